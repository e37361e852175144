//! Who is signed in: the cookie of a browser's session, and the rights that handlers ask for.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, Method, Uri, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use munadi_domain::access::{Actor, Forbidden, Officer};
use munadi_services::{
    Core, ServiceError,
    limits::{Limits, Purpose, Subject},
    people::People,
    secret::Secret,
};

use crate::{
    cookie::{self, Kept},
    departments::name_of,
    error::{PageError, Result},
    page::{Page, Viewer},
    state::{WebSettings, WebState},
};

/// Where the console begins.
pub(crate) const HOME: &str = "/console";

/// A browser lets no other host set a cookie of this prefix (RFC 6265bis §4.1.3.2); without TLS it would not keep it.
const fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-munadi" } else { "munadi" }
}

/// The session's secret, if the browser has one.
pub(crate) fn secret_of(settings: &WebSettings, headers: &HeaderMap) -> Option<Secret> {
    cookie::read(headers, cookie_name(settings.is_https())).map(Secret::from)
}

/// Keeps the session's secret in the browser, or removes it.
pub(crate) fn cookie(settings: &WebSettings, secret: &str, kept: Kept) -> Option<HeaderValue> {
    cookie::make(cookie_name(settings.is_https()), secret, kept, settings.is_https())
}

/// Where to go after signing in: a page of the console, whatever the address says.
pub(crate) fn next_path(asked: &str) -> &str {
    let is_below =
        |path: &str| asked.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = asked.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_page = is_below(HOME) && !is_below("/console/sign-in") && !is_below("/console/sign-out");
    if is_plain && is_page { asked } else { HOME }
}

/// Lets only those in who have signed in, and puts the [`Actor`] and the [`Viewer`] into the extensions. Each request counts for the
/// officer and for the department, as it does with the API.
pub(crate) async fn enter(State(web): State<WebState>, mut request: Request, next: Next) -> Response {
    let asked =
        Asked { method: request.method().clone(), uri: request.uri().clone(), headers: request.headers().clone() };
    match identify(&web, &asked).await {
        Ok((actor, viewer)) => {
            request.extensions_mut().insert(actor);
            request.extensions_mut().insert(viewer);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}

/// A request without its body.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

async fn identify(web: &WebState, asked: &Asked) -> Result<(Actor, Viewer)> {
    // What was to be sent is not sent again after signing in; a page is shown.
    let sign_in = || PageError::SignIn { next: wanted(&asked.method, &asked.uri) };
    let secret = secret_of(&web.settings, &asked.headers).ok_or_else(sign_in)?;
    let actor = match web.parts.sign_in.authenticate_browser(&secret).await {
        Err(ServiceError::Unauthenticated(_)) => return Err(sign_in()),
        authenticated => authenticated?,
    };
    let Actor::Officer(officer) = &actor else { return Err(sign_in()) };
    count(&web.parts.limits, &web.parts.core, &actor, asked).await?;
    let page = Page::new(web, &asked.uri, &asked.headers);
    let viewer = viewer(&web.parts.people, officer, &page).await?;
    Ok((actor, viewer))
}

async fn count(limits: &Arc<Limits>, core: &Core, actor: &Actor, asked: &Asked) -> Result<()> {
    let purpose = if asked.method.is_safe() { Purpose::Read } else { Purpose::Send };
    let Err(error) = limits.check_actor(actor, purpose) else { return Ok(()) };
    let action = format!("{} {}", asked.method, asked.uri.path());
    if let Err(error) = limits.record_refusal(core, actor, &action).await {
        tracing::error!(error = &error as &dyn std::error::Error, "a refusal could not be written to the audit trail");
    }
    Err(error.into())
}

fn wanted(method: &Method, uri: &Uri) -> String {
    let asked = uri.path_and_query().filter(|_| method.is_safe()).map_or(HOME, |it| it.as_str());
    next_path(asked).to_owned()
}

/// Counts what makes a department send: submitting, approving, publishing.
pub(crate) async fn count_sending(State(web): State<WebState>, request: Request, next: Next) -> Response {
    let department = request.extensions().get::<Actor>().and_then(Actor::department);
    let checked = department.map(|department| web.parts.limits.check(Subject::Sending(department), Purpose::Send));
    match checked {
        Some(Err(error)) => PageError::from(error).into_response(),
        Some(Ok(_)) | None => next.run(request).await,
    }
}

async fn viewer(people: &People, officer: &Officer, page: &Page) -> Result<Viewer> {
    let account = people.own_account(officer).await?;
    let department = match officer.department {
        Some(department) => Some(name_of(&people.department(department).await?, page)),
        None => None,
    };
    let roles = officer.roles.iter().map(|role| role.as_str()).collect();
    Ok(Viewer { name: account.display_name, department, roles })
}

/// The proof of a right (`munadi_domain::access`): the handler is reached only with it.
#[derive(Debug)]
pub(crate) struct Right<P>(pub(crate) P);

/// The officer who is signed in, whatever the officer may do.
#[derive(Debug)]
pub(crate) struct SignedIn(pub(crate) Actor, pub(crate) Officer);

fn actor(parts: &Parts) -> Result<&Actor> {
    parts.extensions.get::<Actor>().ok_or_else(|| PageError::SignIn { next: wanted(&parts.method, &parts.uri) })
}

impl<S, P> FromRequestParts<S> for Right<P>
where
    S: Sync,
    P: for<'a> TryFrom<&'a Actor, Error = Forbidden>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Ok(Self(P::try_from(actor(parts)?).map_err(ServiceError::from)?))
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        match actor(parts)? {
            actor @ Actor::Officer(officer) => Ok(Self(actor.clone(), officer.clone())),
            Actor::Client(_) => Err(PageError::NotFound),
        }
    }
}

/// The path's parameters. What is not an id names nothing that exists.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|_| PageError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for path in ["/console", "/console/notices/ntc_1?lang=hi", "/console?check=1"] {
            assert_eq!(next_path(path), path);
        }
        for path in [
            "",
            "/",
            "//evil.in",
            "https://evil.in/console",
            "/\\evil.in",
            "/consoles",
            "/console/\\evil",
            "/console/a\r\nSet-Cookie:b",
            "javascript:alert(1)",
            "/console/sign-out",
            "/console/sign-in?next=/console",
            "/inbox",
        ] {
            assert_eq!(next_path(path), HOME, "{path}");
        }
    }

    #[test]
    fn form_that_was_sent_too_late_is_not_sent_again() {
        let uri = "/console/notices/new?x=1".parse().unwrap();
        assert_eq!(wanted(&Method::GET, &uri), "/console/notices/new?x=1");
        assert_eq!(wanted(&Method::POST, &uri), HOME);
    }
}
