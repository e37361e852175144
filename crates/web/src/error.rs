//! What goes wrong, and the page that says so.

mod refusal;

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use munadi_services::ServiceError;
use url::form_urlencoded;

use self::refusal::Said;
use crate::page::Page;

/// What handlers of pages return.
pub(crate) type Result<T, E = PageError> = std::result::Result<T, E>;

/// Why there is no page to show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// A use case did not happen.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// There is nothing at this address, or not for this visitor.
    #[error("there is nothing here")]
    NotFound,
    /// Somebody must sign in first, and is brought back then.
    #[error("sign in first")]
    SignIn {
        /// The path to come back to.
        next: String,
    },
    /// The request comes from another site's page.
    #[error("the request comes from another site")]
    Foreign,
    /// The input is no form, or too large.
    #[error("the form cannot be read")]
    Unreadable,
    /// A template failed.
    #[error("the page cannot be written")]
    Template(#[from] askama::Error),
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn { .. } => StatusCode::UNAUTHORIZED,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Service(error) => status(error),
        }
    }
}

fn status(error: &ServiceError) -> StatusCode {
    match error {
        ServiceError::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        ServiceError::Forbidden(_) | ServiceError::Refused(_) => StatusCode::FORBIDDEN,
        ServiceError::NotFound(_) => StatusCode::NOT_FOUND,
        ServiceError::Invalid(_) | ServiceError::BadSignature(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::Conflict(_) | ServiceError::StaleRevision { .. } => StatusCode::CONFLICT,
        ServiceError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        ServiceError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        ServiceError::Entropy | ServiceError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Marks an answer that [`as_page`] shall turn into a page.
#[derive(Debug, Clone)]
struct Unwritten {
    /// Why the use case did not happen.
    why: Option<Arc<ServiceError>>,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let Self::SignIn { next } = &self {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
            return Redirect::to(&format!("/console/sign-in?{query}")).into_response();
        }
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "a page failed");
        }
        let mut response = status.into_response();
        if let Self::Service(ServiceError::TooMany { retry_after }) = &self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
        }
        let why = match self {
            Self::Service(error) => Some(Arc::new(error)),
            _ => None,
        };
        response.extensions_mut().insert(Unwritten { why });
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    title: String,
    text: String,
    said: Option<Said>,
}

/// Whether the visitor would rather have a page than data.
pub(crate) fn prefers_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Writes the page of an answer that says only that something went wrong; any other answer stays what it is.
pub(crate) fn as_page(page: Page, response: Response) -> Response {
    let unwritten = response.extensions().get::<Unwritten>().cloned();
    if unwritten.is_none() && !is_problem(&response) {
        return response;
    }
    let status = response.status();
    let family = words_of(status);
    let written = ErrorPage {
        status: status.as_u16(),
        title: page.of("error-title", family),
        text: page.of("error-text", family),
        said: unwritten.and_then(|unwritten| refusal::say(&page, &unwritten.why?)),
        page,
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    match written.render() {
        Ok(html) => (parts, Html(html)).into_response(),
        Err(_) => Response::from_parts(parts, Body::empty()),
    }
}

fn is_problem(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"))
}

/// The member of the families `error-title` and `error-text`.
fn words_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 405 | 415 | 422 | 428 => "unreadable",
        401 => "sign-in",
        403 => "forbidden",
        404 | 410 => "missing",
        409 | 412 => "conflict",
        413 => "large",
        429 => "often",
        503 => "busy",
        _ => "broken",
    }
}
