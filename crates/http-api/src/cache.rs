//! Answers that others may keep: `ETag`, `Last-Modified` and the requests that ask whether something has changed (RFC 9110 §13).

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use time::{OffsetDateTime, UtcOffset, macros::format_description};

/// How long somebody may keep an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Freshness {
    /// It never changes.
    Immutable,
    /// So many seconds.
    Seconds(u32),
}

/// What identifies the state that an answer shows.
#[derive(Debug, Clone)]
pub(crate) struct Validators {
    /// The entity tag, without quotes.
    pub(crate) tag: String,
    /// When it last changed.
    pub(crate) changed: OffsetDateTime,
    /// How long it may be kept.
    pub(crate) freshness: Freshness,
}

impl Validators {
    /// The answer, or that it is still what the client has.
    pub(crate) fn answer(&self, request: &HeaderMap, answer: impl IntoResponse) -> Response {
        let is_known = match request.get(header::IF_NONE_MATCH) {
            Some(tags) => tags.to_str().is_ok_and(|tags| self.is_among(tags)),
            None => request.get(header::IF_MODIFIED_SINCE).is_some_and(|since| *since == self.date()),
        };
        let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { answer.into_response() };
        let control = match self.freshness {
            Freshness::Immutable => "public, max-age=31536000, immutable".to_owned(),
            Freshness::Seconds(seconds) => format!("public, max-age={seconds}"),
        };
        let headers = response.headers_mut();
        headers.insert(header::LAST_MODIFIED, self.date());
        for (name, value) in [(header::ETAG, format!("\"{}\"", self.tag)), (header::CACHE_CONTROL, control)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        response
    }

    /// Weak comparison (RFC 9110 §8.8.3.2): a proxy that compressed the answer has made the tag weak.
    fn is_among(&self, tags: &str) -> bool {
        let mut tags = tags.split(',').map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'));
        tags.any(|tag| tag == "*" || tag == self.tag)
    }

    /// RFC 9110 §5.6.7.
    fn date(&self) -> HeaderValue {
        let form =
            format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
        let date = self.changed.to_offset(UtcOffset::UTC).format(&form).unwrap_or_default();
        HeaderValue::try_from(date).unwrap_or(HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[track_caller]
    fn status(name: header::HeaderName, value: &str) -> u16 {
        let shown = Validators {
            tag: "a1".to_owned(),
            changed: datetime!(2026-01-05 08:09:10 UTC),
            freshness: Freshness::Seconds(5),
        };
        let request = HeaderMap::from_iter([(name, value.parse().unwrap())]);
        let response = shown.answer(&request, "text");
        assert_eq!(response.headers()[header::LAST_MODIFIED], "Mon, 05 Jan 2026 08:09:10 GMT");
        assert_eq!(response.headers()[header::ETAG], "\"a1\"");
        response.status().as_u16()
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        for (value, expected) in
            [("\"a1\"", 304), ("W/\"a1\"", 304), ("\"b\", \"a1\"", 304), ("*", 304), ("\"a\"", 200), ("", 200)]
        {
            assert_eq!(status(header::IF_NONE_MATCH, value), expected, "{value}");
        }
        assert_eq!(status(header::IF_MODIFIED_SINCE, "Mon, 05 Jan 2026 08:09:10 GMT"), 304);
        assert_eq!(status(header::IF_MODIFIED_SINCE, "Mon, 05 Jan 2026 08:09:09 GMT"), 200);
    }
}
