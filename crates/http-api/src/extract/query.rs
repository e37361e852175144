//! Query strings. Names that the endpoint does not know are errors, so that no filter is ignored by mistake.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::problem::{Kind, Problem};

/// The most items of a list.
const MOST_ITEMS: usize = 100;

/// The query string.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Kind::BAD_REQUEST.with("The query holds the character U+0000, which no text here may"));
        }
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|axum::extract::Query(value)| Self(value)).map_err(|error| Kind::BAD_REQUEST.with(error.body_text()))
    }
}

/// How many items a page has: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) u16);

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let number = text.parse().ok().filter(|number| (1..=100).contains(number));
        number.map(Self).ok_or_else(|| de::Error::custom("expected a number from 1 to 100"))
    }
}

/// Items with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let items: Result<Vec<T>, _> =
            text.split(',').map(|item| item.trim().parse().map_err(de::Error::custom)).collect();
        let items = items?;
        if items.len() > MOST_ITEMS {
            return Err(de::Error::custom(format!("expected at most {MOST_ITEMS} items")));
        }
        Ok(Self(items))
    }
}

/// A time (RFC 3339) that is a time in UTC too: year 1 to 9999, for `#[serde(default, deserialize_with = "moment")]`.
pub(crate) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OffsetDateTime>, D::Error> {
    let Some(text) = Option::<Cow<'_, str>>::deserialize(deserializer)? else { return Ok(None) };
    let utc = OffsetDateTime::parse(&text, &Rfc3339).ok().and_then(|time| time.checked_to_offset(UtcOffset::UTC));
    let utc = utc.filter(|time| (1..=9999).contains(&time.year()));
    utc.map(Some)
        .ok_or_else(|| de::Error::custom("expected a time such as 2026-01-31T08:00:00Z or 2026-01-31T13:30:00+05:30"))
}

/// A text of 1 to 500 characters, for `#[serde(default, deserialize_with = "short_text")]`.
pub(crate) fn short_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_short = (1..=500).contains(&text.chars().count());
    is_short.then_some(Some(text)).ok_or_else(|| de::Error::custom("expected 1 to 500 characters"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use munadi_domain::area::Pin;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        #[serde(default)]
        pins: List<Pin>,
        #[serde(default)]
        limit: Limit,
    }

    async fn read(query: &str) -> Result<Asked, Problem> {
        let (mut parts, ()) = Request::get(format!("/x?{query}")).body(()).unwrap().into_parts();
        Query::from_request_parts(&mut parts, &()).await.map(|Query(asked)| asked)
    }

    #[tokio::test]
    async fn lists_and_limits_are_read() {
        let asked = read("pins=110001,221001&limit=100").await.unwrap();
        assert_eq!(asked.pins.0.iter().map(ToString::to_string).collect::<Vec<_>>(), ["110001", "221001"]);
        assert_eq!(asked.limit, Limit(100));
        let asked = read("").await.unwrap();
        assert_eq!((asked.pins.0.len(), asked.limit), (0, Limit(20)));
    }

    #[test]
    fn time_is_a_time_in_utc_too() {
        let read = |text: &str| moment(serde_json::json!(text)).map(|time| time.map(OffsetDateTime::unix_timestamp));
        assert_eq!(read("2026-01-31T13:30:00+05:30").unwrap(), Some(1_769_846_400));
        assert!(moment(serde_json::Value::Null).unwrap().is_none());
        for text in [
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-01-31",
            "2026-01-31T08:00:00",
            "",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_is_neither_empty_nor_long() {
        let read = |text: &str| short_text(serde_json::json!(text)).is_ok();
        assert!(read("बाढ़") && read(&"ढ".repeat(500)));
        assert!(!read("") && !read(&"ढ".repeat(501)));
    }

    #[tokio::test]
    async fn what_is_not_understood_is_refused() {
        let many = format!("pins={}", ["110001"; 101].join(","));
        for query in [
            "pin=110001",
            "pins=",
            "pins=x",
            "pins=110001,",
            "limit=0",
            "limit=101",
            "limit=",
            "limit=1&limit=2",
            "pins=%00",
            &many,
        ] {
            assert_eq!(read(query).await.unwrap_err().slug(), "bad-request", "{query}");
        }
    }
}
