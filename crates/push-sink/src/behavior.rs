//! How a sink answers: as it should, or as services sometimes do.

use std::{convert::Infallible, time::Duration};

use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Response, StatusCode,
    body::{Bytes, Frame},
    header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER},
};

/// How a correct request for a subscription is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Behavior {
    /// 201, as it should be. Only this one, at once or late, counts as arrived.
    #[default]
    Accept,
    /// 201 after a time.
    AcceptAfter(Duration),
    /// A bare status.
    Status(u16),
    /// A status with a `Retry-After`.
    RetryAfter(u16, String),
    /// 307 to another address.
    Redirect(String),
    /// 500 with this many bytes of body.
    Huge(usize),
    /// 500 with a `Content-Length` of 100 and a body of ten bytes.
    LyingLength,
    /// Nothing, for ever.
    Hang,
    /// The connection (with HTTP/2: the stream) is cut without an answer.
    Reset,
}

pub(crate) type Body = BoxBody<Bytes, Infallible>;

/// The connection is to be cut.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
pub(crate) struct Cut;

impl Behavior {
    /// Whether a request counts as arrived.
    pub(crate) const fn accepts(&self) -> bool {
        matches!(self, Self::Accept | Self::AcceptAfter(_))
    }

    pub(crate) async fn respond(self, location: &str) -> Result<Response<Body>, Cut> {
        match self {
            Self::Accept => Ok(created(location)),
            Self::AcceptAfter(time) => {
                tokio::time::sleep(time).await;
                Ok(created(location))
            }
            Self::Status(code) => Ok(answer(code)),
            Self::RetryAfter(code, value) => Ok(with(answer(code), RETRY_AFTER, &value)),
            Self::Redirect(to) => Ok(with(answer(307), LOCATION, &to)),
            Self::Huge(len) => Ok(answer(500).map(|_| zeros(len))),
            Self::LyingLength => Ok(with(answer(500), CONTENT_LENGTH, "100").map(|_| zeros(10))),
            Self::Hang => std::future::pending().await,
            Self::Reset => Err(Cut),
        }
    }
}

pub(crate) fn text(code: u16, text: String) -> Response<Body> {
    answer(code).map(|_| Full::from(text).boxed())
}

fn created(location: &str) -> Response<Body> {
    with(answer(201), LOCATION, location)
}

fn answer(code: u16) -> Response<Body> {
    let mut response = Response::new(Full::default().boxed());
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

fn with(mut response: Response<Body>, name: hyper::header::HeaderName, value: &str) -> Response<Body> {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A body in pieces, so that its length is not announced.
fn zeros(len: usize) -> Body {
    const PIECE: usize = 16 * 1024;
    let pieces = (0..len).step_by(PIECE).map(move |from| Ok(Frame::data(Bytes::from(vec![0; PIECE.min(len - from)]))));
    StreamBody::new(futures_util::stream::iter(pieces)).boxed()
}
