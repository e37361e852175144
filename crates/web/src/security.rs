//! What browsers are told about pages.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::state::WebState;

/// Nothing but what is served here, and nothing that is written into a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Sets the headers of pages. What an answer says of itself stays.
pub(crate) async fn protect(State(web): State<WebState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    default(headers, header::CONTENT_SECURITY_POLICY, POLICY);
    default(headers, HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    default(headers, header::CACHE_CONTROL, "private, no-cache");
    headers.append(header::VARY, HeaderValue::from_static("accept, accept-language, cookie"));
    if web.settings.is_https() {
        default(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    }
    response
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
