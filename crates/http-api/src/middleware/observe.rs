//! What is logged and counted of every request: which endpoint, how it ended and how long it took. Nothing that the client wrote
//! reaches the log: no address, no header, no query.

use std::{any::Any, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::{IntoResponse, Response},
};
use munadi_services::entropy;
use tracing::Instrument;

use crate::problem::Kind;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, which is in the log and in the answer, and counts it.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = known(request.method());
    let id = request_id();
    let span = tracing::info_span!("request", id, method, route);
    let start = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (took, status) = (start.elapsed(), response.status());
    span.in_scope(|| tracing::debug!(status = status.as_u16(), milliseconds = took.as_millis(), "answered"));
    let labels = [("route", route), ("method", method.to_owned()), ("status", status.as_u16().to_string())];
    metrics::counter!("munadi_http_requests_total", &labels).increment(1);
    metrics::histogram!("munadi_http_request_seconds", &labels).record(took);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A method that anyone can make up would be a metric of its own.
fn known(method: &Method) -> &'static str {
    let all = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS];
    let names = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    all.iter().position(|known| known == method).map_or("other", |index| names[index])
}

/// 16 hexadecimal digits. Without randomness there is none, and the request goes on.
fn request_id() -> String {
    entropy::bytes().map(u64::from_le_bytes).map_or_else(|_| String::new(), |number| format!("{number:016x}"))
}

/// A handler that panics fails one request. The message stays in the log of panics: it may hold anything.
pub(crate) fn on_panic(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Kind::INTERNAL.with("Something went wrong on our side. It is in our log; try again in a moment.").into_response()
}
