//! Limits on how often somebody may ask, told in the `RateLimit-*` headers
//! (draft-ietf-httpapi-ratelimit-headers-03, the last one with a field for each number).

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Extension, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, Method},
    middleware::Next,
    response::{IntoResponse, Response},
};
use munadi_domain::access::Actor;
use munadi_services::{
    Core, ServiceError,
    limits::{ClientAddress, Decision, Limits, Purpose, Subject},
};

use crate::problem::Problem;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Counts the request: for the officer or system and its department, or for the address of whoever did not sign in. An office of many
/// officers behind one address is not held to the limit of one.
pub(crate) async fn limit(
    State(limits): State<Arc<Limits>>,
    State(core): State<Core>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    request: Request,
    next: Next,
) -> Response {
    let purpose = purpose(request.method());
    let actor = request.extensions().get::<Actor>().cloned();
    let checked = match &actor {
        Some(actor) => limits.check_actor(actor, purpose),
        None => limits.check(Subject::Address(address), purpose),
    };
    match (checked, actor) {
        (Ok(decision), _) => {
            let mut response = next.run(request).await;
            tell(response.headers_mut(), decision);
            response
        }
        (Err(error), Some(actor)) => refuse_actor(&limits, &core, &actor, &action(&request), error).await,
        (Err(error), None) => refused(error),
    }
}

/// Counts a request for a page, but not for what belongs to pages and never changes: one page needs a dozen of those.
pub(crate) async fn limit_pages(
    limits: State<Arc<Limits>>,
    core: State<Core>,
    address: Extension<ClientAddress>,
    request: Request,
    next: Next,
) -> Response {
    if is_asset(request.uri().path()) {
        next.run(request).await
    } else {
        limit(limits, core, address, request, next).await
    }
}

fn is_asset(path: &str) -> bool {
    path.starts_with("/assets/") || path.starts_with("/icons/") || path == "/sw.js"
}

/// Counts what makes a department send: submitting, approving, publishing.
pub(crate) async fn limit_sending(
    State(limits): State<Arc<Limits>>,
    State(core): State<Core>,
    request: Request,
    next: Next,
) -> Response {
    let Some(actor) = request.extensions().get::<Actor>().cloned() else { return next.run(request).await };
    let Some(department) = actor.department() else { return next.run(request).await };
    match limits.check(Subject::Sending(department), Purpose::Send) {
        Ok(_) => next.run(request).await,
        Err(error) => refuse_actor(&limits, &core, &actor, &action(&request), error).await,
    }
}

fn action(request: &Request) -> String {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    format!("{} {route}", request.method())
}

async fn refuse_actor(limits: &Limits, core: &Core, actor: &Actor, action: &str, error: ServiceError) -> Response {
    if let Err(error) = limits.record_refusal(core, actor, action).await {
        tracing::error!(error = error.to_string(), "a refusal could not be written to the audit trail");
    }
    refused(error)
}

/// The answer to one request too many.
pub(crate) fn refused(error: ServiceError) -> Response {
    let wait = match error {
        ServiceError::TooMany { retry_after } => retry_after,
        _ => Duration::ZERO,
    };
    let mut response = Problem::from(error).into_response();
    response.headers_mut().insert(REMAINING, 0.into());
    response.headers_mut().insert(RESET, seconds(wait).into());
    response
}

fn tell(headers: &mut HeaderMap, decision: Decision) {
    headers.insert(LIMIT, decision.limit.into());
    headers.insert(REMAINING, decision.remaining.into());
    headers.insert(RESET, seconds(decision.reset).into());
}

/// Whole seconds, rounded up: whoever waits that long is not refused.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

fn purpose(method: &Method) -> Purpose {
    if method.is_safe() { Purpose::Read } else { Purpose::Send }
}
