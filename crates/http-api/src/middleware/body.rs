//! The request's body, read as a whole before anything looks at it: in time, and within its limit.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::LengthLimitError;
use munadi_domain::limits;

use crate::problem::{Kind, Problem};

/// The most bytes of a body that is not a CAP document.
const BODY_BYTES: usize = 256 * 1024;
/// The path that takes CAP documents.
const CAP_PATH: &str = "/v1/notices/cap";
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads the body, and leaves its bytes both in the request and, as [`Bytes`], in the extensions.
pub(crate) async fn collect_body(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let most = if parts.uri.path() == CAP_PATH { limits::CAP_BYTES } else { BODY_BYTES };
    let bytes = match collect(&parts.headers, body, most).await {
        Ok(bytes) => bytes,
        Err(problem) => return problem.into_response(),
    };
    parts.extensions.insert(bytes.clone());
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

async fn collect(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Problem> {
    let too_large = || Kind::TOO_LARGE.with(format!("A request to this address may have at most {} KiB", most / 1024));
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(PATIENCE, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.source().is_some_and(<dyn Error>::is::<LengthLimitError>) => Err(too_large()),
        Ok(Err(_)) => Err(Kind::BAD_REQUEST.with("The connection broke before the whole request was there")),
        Err(_) => Err(Kind::TOO_SLOW.with("The request did not arrive within 15 seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn collected(announced: Option<&str>, body: Body) -> Result<usize, String> {
        let mut headers = HeaderMap::new();
        if let Some(length) = announced {
            headers.insert(header::CONTENT_LENGTH, length.parse().unwrap());
        }
        let bytes = collect(&headers, body, 8).await;
        bytes.map(|bytes| bytes.len()).map_err(|problem| problem.slug().to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn body_is_whole_or_refused() {
        assert_eq!(collected(None, Body::from("12345678")).await, Ok(8));
        assert_eq!(collected(None, Body::from("123456789")).await, Err("too-large".to_owned()));
        assert_eq!(collected(Some("9"), Body::empty()).await, Err("too-large".to_owned()));
        assert_eq!(collected(Some("-1"), Body::empty()).await, Ok(0));
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        assert_eq!(collected(None, Body::from_stream(never)).await, Err("request-too-slow".to_owned()));
    }
}
