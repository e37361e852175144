//! The headers with which a message is sent (RFC 8030 §5, RFC 8291 §4).

use axum::http::{HeaderMap, header};
use munadi_domain::push::Urgency;

/// The longest that a message is kept, in seconds: 30 days. What asks for more is kept as long as that, and told so (RFC 8030 §5.2).
pub(crate) const MAX_TTL: u32 = 30 * 24 * 60 * 60;
/// The longest topic (RFC 8030 §5.4).
const MAX_TOPIC: usize = 32;

/// What the headers of a correct request say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// How long to keep the message, in seconds, as it was asked.
    pub ttl: u32,
    /// How much it matters.
    pub urgency: Urgency,
    /// A waiting message with the same topic is replaced.
    pub topic: Option<&'a str>,
    /// Who sends (RFC 8292), unchecked.
    pub authorization: Option<&'a str>,
}

/// Why the headers of a request are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum EnvelopeError {
    /// RFC 8030 §5.2: without it nothing is kept, so it must be said.
    #[error("TTL is missing: say for how many seconds the message is to be kept")]
    TtlMissing,
    /// RFC 8030 §5.2.
    #[error("TTL is not a number of seconds")]
    TtlInvalid,
    /// RFC 8030 §5.3.
    #[error("Urgency is none of very-low, low, normal and high")]
    Urgency,
    /// RFC 8030 §5.4.
    #[error("Topic has not 1 to 32 characters of base64url")]
    Topic,
    /// RFC 8291 §4.
    #[error("Content-Encoding is not aes128gcm")]
    ContentEncoding,
    /// It stands there twice, or is not text.
    #[error("Authorization cannot be read")]
    Authorization,
}

/// A header that is there in a wrong way.
struct Unreadable;

impl<'a> Envelope<'a> {
    /// Reads the headers. Whether there is a body is not known yet: [`check_encoding`] is for those that have one.
    pub fn read(headers: &'a HeaderMap) -> Result<Self, EnvelopeError> {
        let ttl = one(headers, "ttl").map_err(|Unreadable| EnvelopeError::TtlInvalid)?;
        let ttl = digits(ttl.ok_or(EnvelopeError::TtlMissing)?).ok_or(EnvelopeError::TtlInvalid)?;
        let urgency = one(headers, "urgency").map_err(|Unreadable| EnvelopeError::Urgency)?;
        let urgency = urgency.map_or(Ok(Urgency::default()), str::parse).map_err(|_| EnvelopeError::Urgency)?;
        let topic = one(headers, "topic").map_err(|Unreadable| EnvelopeError::Topic)?;
        if topic.is_some_and(|topic| !is_topic(topic)) {
            return Err(EnvelopeError::Topic);
        }
        let authorization =
            one(headers, header::AUTHORIZATION.as_str()).map_err(|Unreadable| EnvelopeError::Authorization)?;
        Ok(Self { ttl, urgency, topic, authorization })
    }
}

/// Whether a body is encrypted in the one way that browsers must understand (RFC 8291 §4).
pub fn check_encoding(headers: &HeaderMap) -> Result<(), EnvelopeError> {
    match one(headers, header::CONTENT_ENCODING.as_str()) {
        Ok(Some("aes128gcm")) => Ok(()),
        _ => Err(EnvelopeError::ContentEncoding),
    }
}

/// The value of a header that stands there at most once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Unreadable> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(|value| value.to_str().map_err(|_| Unreadable)).transpose()?;
    if values.next().is_some() { Err(Unreadable) } else { Ok(first) }
}

/// A number of any length; one that is too large is as large as can be.
fn digits(text: &str) -> Option<u32> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().unwrap_or(u32::MAX))
}

fn is_topic(topic: &str) -> bool {
    let symbols = topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    symbols && (1..=MAX_TOPIC).contains(&topic.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&str, &str)], expected: Result<(u32, Urgency, Option<&str>), EnvelopeError>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                name.parse::<header::HeaderName>().unwrap(),
                header::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let found = Envelope::read(&map);
        assert_eq!(found.map(|it| (it.ttl, it.urgency, it.topic)), expected, "{headers:?}");
    }

    #[test]
    fn correct_headers_are_read() {
        check(&[("TTL", "0")], Ok((0, Urgency::Normal, None)));
        check(&[("ttl", "60"), ("urgency", "very-low"), ("topic", "A-z_9")], Ok((60, Urgency::VeryLow, Some("A-z_9"))));
        check(&[("ttl", "99999999999999999999")], Ok((u32::MAX, Urgency::Normal, None)));
        let longest = "x".repeat(32);
        check(&[("ttl", "1"), ("topic", &longest)], Ok((1, Urgency::Normal, Some(&longest))));
    }

    #[test]
    fn wrong_headers_are_named() {
        use EnvelopeError::{Authorization, Topic, TtlInvalid, TtlMissing};
        check(&[], Err(TtlMissing));
        for ttl in ["", "-1", "+1", "1.5", "ten", "१"] {
            check(&[("ttl", ttl)], Err(TtlInvalid));
        }
        check(&[("ttl", "1"), ("ttl", "1")], Err(TtlInvalid));
        for urgency in ["", "HIGH", "urgent"] {
            check(&[("ttl", "1"), ("urgency", urgency)], Err(EnvelopeError::Urgency));
        }
        let long = "x".repeat(33);
        for topic in ["", "a b", "a/b", "a=", "ä", &long] {
            check(&[("ttl", "1"), ("topic", topic)], Err(Topic));
        }
        check(&[("ttl", "1"), ("authorization", "vapid a"), ("authorization", "vapid b")], Err(Authorization));
    }

    #[test]
    fn one_encoding_is_understood() {
        for (value, fine) in [(Some("aes128gcm"), true), (Some("aesgcm"), false), (Some("gzip"), false), (None, false)]
        {
            let pairs = value.map(|value| (header::CONTENT_ENCODING, value.parse().unwrap()));
            assert_eq!(check_encoding(&pairs.into_iter().collect()).is_ok(), fine, "{value:?}");
        }
    }
}
