//! Requests that change something must come from a page of ours, not from another site's (CSRF).

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::PageError;

/// Lets reading through, and what a page of ours sends.
pub(crate) async fn own_pages_only(request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_own(request.headers()) {
        return next.run(request).await;
    }
    PageError::Foreign.into_response()
}

/// What the browser says of where the request comes from; no page can make it say something else. Every browser since 2020 sends one
/// of the two headers with a form.
fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let origin = text(header::ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, host)| text(header::HOST.as_str()) == Some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &str)]) -> bool {
        is_own(&pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
    }

    #[test]
    fn only_our_own_pages_change_something() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "https://munadi.in"), ("host", "munadi.in")]));
        assert!(!own(&[("sec-fetch-site", "same-site"), ("origin", "https://munadi.in"), ("host", "munadi.in")]));
        assert!(!own(&[("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("origin", "https://evil.in"), ("host", "munadi.in")]));
        assert!(!own(&[("origin", "null"), ("host", "munadi.in")]));
        assert!(!own(&[("host", "munadi.in")]));
    }
}
