//! Refusals, in the words that senders' libraries know: an HTTP status, and a number that says more.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use munadi_services::ServiceError;
use serde::Serialize;

use crate::{batch::Unanswered, envelope::EnvelopeError, vapid::VapidError};

/// When to try again that which failed because too much is going on, in seconds.
const LATER: u64 = 10;

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// No such endpoint, message or page.
    #[error("there is nothing at this address")]
    NotFound,
    /// The subscription has ended.
    #[error("the subscription has ended: do not send to it again")]
    Gone,
    /// The message was delivered, replaced or taken back, or is out of date.
    #[error("the message is not here any more")]
    MessageGone,
    /// RFC 8030 §7.2.
    #[error("the body has more than {} bytes", super::publish::MAX_BODY)]
    TooLarge,
    /// The body ended early.
    #[error("the body could not be read")]
    Unreadable,
    /// A header is wrong.
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// RFC 8292 §4.2: this subscription takes messages from one sender, who must say so.
    #[error("Authorization is missing: this subscription takes messages of one sender alone")]
    NoSender,
    /// RFC 8292.
    #[error("{0}")]
    Vapid(#[from] VapidError),
    /// RFC 8292 §4.2.
    #[error("the key that signs is not the one this subscription was made for")]
    OtherSender,
    /// Too many messages to one user agent.
    #[error("too many messages to this subscription")]
    TooMany(Duration),
    /// All seats are taken, or the store is full or does not answer.
    #[error("too much is going on: try again later")]
    Full,
    /// Something failed here.
    #[error("this service failed: try again later")]
    Failed,
}

/// As Mozilla's service answers, whose numbers senders know.
#[derive(Serialize)]
struct FaultOut {
    code: u16,
    errno: u16,
    error: &'static str,
    message: String,
}

impl Fault {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone | Self::MessageGone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable | Self::Envelope(_) => StatusCode::BAD_REQUEST,
            Self::NoSender | Self::Vapid(_) => StatusCode::UNAUTHORIZED,
            Self::OtherSender => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Full | Self::Failed => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn errno(&self) -> u16 {
        match self {
            Self::NotFound => 102,
            Self::Gone => 106,
            Self::MessageGone => 105,
            Self::TooLarge => 104,
            Self::NoSender | Self::Vapid(_) | Self::OtherSender | Self::Envelope(EnvelopeError::Authorization) => 109,
            Self::Unreadable | Self::Envelope(EnvelopeError::ContentEncoding) => 110,
            Self::Envelope(EnvelopeError::TtlMissing) => 111,
            Self::Envelope(EnvelopeError::TtlInvalid) => 112,
            Self::Envelope(EnvelopeError::Topic) => 113,
            Self::Envelope(EnvelopeError::Urgency) => 120,
            Self::Full | Self::Failed => 201,
            Self::TooMany(_) => 202,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(wait) => Some(wait.as_secs().max(1)),
            Self::Full | Self::Failed => Some(LATER),
            _ => None,
        }
    }
}

impl From<Unanswered> for Fault {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Busy => Self::Full,
            Unanswered::Failed => Self::Failed,
        }
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::TooMany { retry_after } => Self::TooMany(retry_after),
            _ => Self::Failed,
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, errno) = (self.status(), self.errno());
        metrics::counter!("munadi_push_refused_total", "errno" => errno.to_string()).increment(1);
        let error = status.canonical_reason().unwrap_or_default();
        let body = FaultOut { code: status.as_u16(), errno, error, message: self.to_string() };
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("vapid"));
        }
        response
    }
}
