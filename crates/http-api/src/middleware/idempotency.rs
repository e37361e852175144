//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): whoever does not know whether a request arrived sends it again, and
//! nothing is made twice.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use munadi_domain::access::Actor;
use munadi_services::idempotency::{Begun, Idempotency};

use crate::problem::{Kind, Problem};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
/// The most bytes of an answer that is kept.
const ANSWER_BYTES: usize = 1024 * 1024;

/// In an answer's extensions: it holds a secret, and is not kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotKept;

/// Answers a request that was done before as it was answered then. Needs the [`Actor`] and the body in the extensions.
pub(crate) async fn remember_answer(
    State(idempotency): State<Idempotency>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (key, actor) = (request.headers().get(KEY), request.extensions().get::<Actor>());
    let (Some(key), Some(actor), &Method::POST) = (key, actor, request.method()) else {
        return Ok(next.run(request).await);
    };
    let unreadable = |_| Kind::BAD_REQUEST.with("Idempotency-Key must be visible ASCII characters");
    let (key, principal) = (key.to_str().map_err(unreadable)?.to_owned(), actor.pseudonym());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = request.extensions().get::<Bytes>().cloned().unwrap_or_default();
    match idempotency.begin(&principal, &key, &[method.as_str().as_bytes(), path.as_bytes(), &body]).await? {
        Begun::Fresh => {}
        Begun::Replay { status, body } => return Ok(replay(status, body)),
        Begun::Mismatch => {
            return Err(Kind::KEY_REUSED.with("Another request was sent with this key: choose a fresh key"));
        }
        Begun::InProgress => {
            let problem = Kind::IN_PROGRESS.with("The first request with this key is not answered yet: try again");
            return Err(problem.retry_after(1));
        }
    }
    let response = next.run(request).await;
    if response.status().is_success() && response.extensions().get::<NotKept>().is_none() {
        return keep(&idempotency, &principal, &key, response).await;
    }
    log_failure(idempotency.abandon(&principal, &key).await);
    Ok(response)
}

async fn keep(idempotency: &Idempotency, principal: &str, key: &str, response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let unreadable = |_| Kind::INTERNAL.with("The answer could not be kept");
    let body = to_bytes(body, ANSWER_BYTES).await.map_err(unreadable)?;
    // The effect is committed: if the answer cannot be kept, the client gets it all the same.
    log_failure(idempotency.finish(principal, key, parts.status.as_u16(), &body).await);
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn log_failure(kept: munadi_services::Result<()>) {
    if let Err(error) = kept {
        tracing::error!(error = error.to_string(), "an answer could not be kept for a repeated request");
    }
}

fn replay(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = [(header::CONTENT_TYPE, "application/json"), (REPLAY, "true")];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (status, headers, body).into_response()
}
