//! Holds a request against the standards, more strictly than services do.

use std::ops::Range;

use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use hyper::{HeaderMap, Method, http::request::Parts};

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
    let headers = &head.headers;
    let ttl = text(headers, "ttl").and_then(digits).filter(|ttl| (1..=MAX_TTL).contains(ttl)).ok_or(Reason::Ttl)?;
    let urgency = optional(headers, "urgency", "normal").ok_or(Reason::Urgency)?;
    if !matches!(urgency, "very-low" | "low" | "normal" | "high") {
        return Err(Reason::Urgency);
    }
    let topic = optional(headers, "topic", "").filter(|topic| is_topic(headers, topic)).ok_or(Reason::Topic)?;
    if text(headers, "content-encoding") != Some("aes128gcm") {
        return Err(Reason::ContentEncoding);
    }
    let authorization = text(headers, "authorization").ok_or(Reason::VapidMissing)?;
    vapid.check(authorization, origin, now)?;
    Ok(Envelope { ttl, urgency: urgency.to_owned(), topic: topic.to_owned(), authorization: authorization.to_owned() })
}

/// The value of a header that stands there exactly once.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// The value of a header that may be absent; `None` if it stands there in a wrong way.
fn optional<'a>(headers: &'a HeaderMap, name: &str, default: &'a str) -> Option<&'a str> {
    if headers.contains_key(name) { text(headers, name) } else { Some(default) }
}

fn digits(text: &str) -> Option<u32> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| all_digits)
}

fn is_topic(headers: &HeaderMap, topic: &str) -> bool {
    let symbols = topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    symbols && topic.len() <= 32 && (!topic.is_empty() || !headers.contains_key("topic"))
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
