//! What handlers take out of a request: the actor and its rights, a checked body, a checked query, a revision.

mod body;
mod query;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use munadi_domain::access::{Actor, Forbidden};
use serde::de::DeserializeOwned;

pub(crate) use self::{
    body::Json,
    query::{Limit, List, Query, moment, short_text},
};
use crate::problem::{Kind, Problem};

/// The proof of a right (`munadi_domain::access`): the handler is reached only with it.
#[derive(Debug)]
pub(crate) struct Right<P>(pub(crate) P);

/// The actor, whatever it may do.
#[derive(Debug)]
pub(crate) struct SignedIn(pub(crate) Actor);

fn actor(parts: &Parts) -> Result<&Actor, Problem> {
    // The middleware `authenticate` put it there.
    let missing = || Kind::UNAUTHENTICATED.with("This needs an access token: Authorization: Bearer …");
    parts.extensions.get::<Actor>().ok_or_else(missing)
}

impl<S, P> FromRequestParts<S> for Right<P>
where
    S: Sync,
    P: for<'a> TryFrom<&'a Actor, Error = Forbidden>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let proof = P::try_from(actor(parts)?).map_err(|forbidden| Kind::FORBIDDEN.with(forbidden.to_string()))?;
        Ok(Self(proof))
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        actor(parts).cloned().map(Self)
    }
}

/// The path's parameters. What is not an id names nothing that exists.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let nothing =
            |_| Kind::NOT_FOUND.with("There is nothing at this address: its last part is no id of what should be here");
        path.map(|axum::extract::Path(value)| Self(value)).map_err(nothing)
    }
}

/// The revision that the client saw, from `If-Match: "<revision>"` (RFC 9110 §13.1.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct IfMatch(pub(crate) i64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing =
            || Kind::NO_PRECONDITION.with("Send the ETag that you got as If-Match, so that no one's change is lost");
        let value = parts.headers.get(header::IF_MATCH).ok_or_else(missing)?;
        let revision = value.to_str().ok().and_then(revision);
        revision
            .map(Self)
            .ok_or_else(|| Kind::BAD_REQUEST.with("If-Match must be one ETag as you got it, such as \"3\""))
    }
}

fn revision(tag: &str) -> Option<i64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The `ETag` of a revision.
pub(crate) fn etag(revision: i64) -> [(header::HeaderName, String); 1] {
    [(header::ETAG, format!("\"{revision}\""))]
}

/// The bearer token of a request (RFC 6750 §2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_is_taken_as_it_was_given() {
        assert_eq!(revision("\"3\""), Some(3));
        for text in ["3", "W/\"3\"", "*", "\"-3\"", "\"+3\"", "\"\"", "\"3\", \"4\"", "\"99999999999999999999\""] {
            assert_eq!(revision(text), None, "{text}");
        }
    }

    #[test]
    fn scheme_is_read_in_any_case_and_alone() {
        for (value, token) in
            [("Bearer abc", Some("abc")), ("bearer  abc ", Some("abc")), ("Basic abc", None), ("abc", None)]
        {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(bearer(&headers), token, "{value}");
        }
    }
}
