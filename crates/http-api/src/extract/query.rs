//! Query strings. Names that the endpoint does not know are errors, so that no filter is ignored by mistake.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};

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
        if text.is_empty() {
            return Ok(Self::default());
        }
        let items: Result<Vec<T>, _> =
            text.split(',').map(|item| item.trim().parse().map_err(de::Error::custom)).collect();
        let items = items?;
        if items.len() > MOST_ITEMS {
            return Err(de::Error::custom(format!("expected at most {MOST_ITEMS} items")));
        }
        Ok(Self(items))
    }
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
        let asked = read("pins=").await.unwrap();
        assert_eq!((asked.pins.0.len(), asked.limit), (0, Limit(20)));
    }

    #[tokio::test]
    async fn what_is_not_understood_is_refused() {
        let many = format!("pins={}", ["110001"; 101].join(","));
        for query in [
            "pin=110001",
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
