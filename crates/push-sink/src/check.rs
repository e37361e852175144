//! Holds a request against the standards, more strictly than services do.

use std::ops::Range;

use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use hyper::{Method, http::request::Parts};
use munadi_push_service::{EnvelopeError, check_encoding};

use crate::vapid::VapidCheck;

pub(crate) const SALT: Range<usize> = 0..16;
const RECORD_SIZE: Range<usize> = 16..20;
pub(crate) const KEY_ID: Range<usize> = 21..86;
/// Salt, record size, length of the key id, key id (RFC 8188 §2.1, RFC 8291 §4).
pub(crate) const HEADER_LEN: usize = KEY_ID.end;
/// The padding's first byte and the tag.
const LEAST_RECORD: usize = 1 + 16;
/// The smallest limit that push services set, in bytes.
pub(crate) const MAX_BODY: usize = 2_744;
/// 28 days in seconds: the longest time that push services keep a message.
const MAX_TTL: u32 = 28 * 24 * 60 * 60;

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// No such path here.
    #[error("the path is not /push/<number>")]
    Path,
    /// RFC 8030 §5.
    #[error("the method is not POST")]
    Method,
    /// RFC 8030 §5.2.
    #[error("TTL is missing, or not a number of 1 to 2419200 seconds")]
    Ttl,
    /// RFC 8030 §5.3.
    #[error("Urgency is none of very-low, low, normal and high")]
    Urgency,
    /// RFC 8030 §5.4.
    #[error("Topic has not 1 to 32 characters of base64url")]
    Topic,
    /// RFC 8291 §4.
    #[error("Content-Encoding is not aes128gcm")]
    ContentEncoding,
    /// RFC 8030 §7.2.
    #[error("the body has more than 2744 bytes")]
    TooLarge,
    /// The body ended early, or the connection did.
    #[error("the body could not be read")]
    Unreadable,
    /// RFC 8188 §2.1.
    #[error("the body has no header with a key id of 65 bytes, or no record after it")]
    Header,
    /// RFC 8291 §4.
    #[error("the body is more than one record of the announced size")]
    RecordSize,
    /// RFC 8291 §3.1.
    #[error("the sender's key is not a point on P-256")]
    SenderKey,
    /// RFC 8292 §2.
    #[error("Authorization is missing")]
    VapidMissing,
    /// RFC 8292 §3.
    #[error("Authorization is not “vapid t=…, k=…” with a token that has aud, exp and sub")]
    VapidSyntax,
    /// RFC 8292 §3.2 and §4.2.
    #[error("the key that signs is not a point on P-256, or not the one expected")]
    VapidKey,
    /// RFC 8292 §2.
    #[error("the token's signature does not verify")]
    VapidSignature,
    /// RFC 8292 §2: the origin with a port that is not the default.
    #[error("the token's aud is not the origin it was sent to")]
    VapidAudience,
    /// RFC 8292 §2.
    #[error("the token has expired, or lives longer than 24 hours")]
    VapidExpiry,
    /// RFC 8292 §2.1.
    #[error("the token's sub is not a mailto: or https: address without spaces")]
    VapidSubject,
}

impl Reason {
    /// How a push service answers it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Path => 404,
            Self::Method => 405,
            Self::TooLarge => 413,
            Self::VapidMissing => 401,
            Self::VapidKey | Self::VapidSignature | Self::VapidAudience | Self::VapidExpiry | Self::VapidSubject => 403,
            _ => 400,
        }
    }
}

/// A request that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The subscription, if the path named one.
    pub subscription: Option<u64>,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What the headers of a correct request say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) ttl: u32,
    pub(crate) urgency: String,
    pub(crate) topic: String,
    pub(crate) authorization: String,
}

/// The number in `/push/<number>`.
pub(crate) fn subscription(path: &str) -> Option<u64> {
    let digits = path.strip_prefix("/push/")?;
    let canonical = digits == "0" || !digits.starts_with(['0', '+']);
    digits.parse().ok().filter(|_| canonical)
}

/// Checks everything in front of the body, for a sink at `origin` and a time in seconds since 1970.
pub(crate) fn envelope(head: &Parts, vapid: &VapidCheck, origin: &str, now: u64) -> Result<Envelope, Reason> {
    if head.method != Method::POST {
        return Err(Reason::Method);
    }
    let read = munadi_push_service::Envelope::read(&head.headers)?;
    if !(1..=MAX_TTL).contains(&read.ttl) {
        return Err(Reason::Ttl);
    }
    check_encoding(&head.headers)?;
    let authorization = read.authorization.ok_or(Reason::VapidMissing)?;
    vapid.check(authorization, origin, now)?;
    Ok(Envelope {
        ttl: read.ttl,
        urgency: read.urgency.as_str().to_owned(),
        topic: read.topic.unwrap_or_default().to_owned(),
        authorization: authorization.to_owned(),
    })
}

impl From<EnvelopeError> for Reason {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::TtlMissing | EnvelopeError::TtlInvalid => Self::Ttl,
            EnvelopeError::Urgency => Self::Urgency,
            EnvelopeError::Topic => Self::Topic,
            EnvelopeError::ContentEncoding => Self::ContentEncoding,
            EnvelopeError::Authorization => Self::VapidMissing,
        }
    }
}

/// Checks the header of the body, and that one record follows.
pub(crate) fn body(body: &[u8]) -> Result<(), Reason> {
    if body.len() > MAX_BODY {
        return Err(Reason::TooLarge);
    }
    if body.len() < HEADER_LEN + LEAST_RECORD || usize::from(body[RECORD_SIZE.end]) != KEY_ID.len() {
        return Err(Reason::Header);
    }
    let record_size = body[RECORD_SIZE].iter().fold(0, |size, &byte| size << 8 | usize::from(byte));
    // RFC 8188 §2.1: fewer than 18 is invalid.
    if record_size <= LEAST_RECORD || body.len() - HEADER_LEN > record_size {
        return Err(Reason::RecordSize);
    }
    let key = &body[KEY_ID];
    let point = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, key));
    if key[0] != 4 || point.is_err() {
        return Err(Reason::SenderKey);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
