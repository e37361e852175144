//! Headers of every answer.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, header::HeaderName},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::problem::Kind;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a browser must know of every answer. What an answer says of itself stays.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, header::REFERRER_POLICY, "no-referrer");
    default(headers, header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    default(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(headers, RESOURCE_POLICY, "same-origin");
    // What is not said to be public stays between us and whoever asked.
    default(headers, header::CACHE_CONTROL, "no-store");
    response
}

/// Answers that anyone may read, from a page of whatever origin: nothing in them depends on who asks.
pub(crate) async fn open_to_all(request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    default(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    default(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, "*");
    default(headers, RESOURCE_POLICY, "cross-origin");
    if is_preflight {
        default(headers, header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD");
        default(
            headers,
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "accept, if-none-match, if-modified-since, last-event-id",
        );
        default(headers, header::ACCESS_CONTROL_MAX_AGE, "86400");
    }
    response
}

/// Answers methods that an address does not have, and OPTIONS for every address (RFC 9110 §9.3.7), from what the router says of them.
pub(crate) async fn answer_methods(request: Request, next: Next) -> Response {
    let asks = request.method() == Method::OPTIONS;
    let response = next.run(request).await;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let mut answer = if asks {
        StatusCode::NO_CONTENT.into_response()
    } else {
        Kind::METHOD.with("This address has other methods: see the header Allow").into_response()
    };
    let of_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH];
    let kept = response.headers().iter().filter(|(name, _)| !of_body.contains(name));
    answer.headers_mut().extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    answer
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
