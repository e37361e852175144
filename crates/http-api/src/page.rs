//! Lists that are read a page at a time.

use std::fmt::Display;

use axum::{
    Json,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use munadi_services::page::Page;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::IntoParams;

use crate::extract::Limit;

/// Which part of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageIn<I> {
    after: Option<I>,
    #[serde(default)]
    limit: Limit,
}

/// How [`PageIn`] is described.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct PageParams {
    /// Only those after this one: `next` of the page before.
    #[param(pattern = "^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    after: Option<String>,
    /// At most so many; 20 if absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
}

impl<I: Copy> From<PageIn<I>> for Page<I> {
    fn from(page: PageIn<I>) -> Self {
        Self::new(page.after, page.limit.0)
    }
}

/// A page with the address of the next one (RFC 8288), if there is one: the same query, with the cursor under this name.
pub(crate) fn paged(uri: &Uri, cursor: &str, next: Option<impl Display>, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    let link = next.map(|next| format!("<{}>; rel=\"next\"", with(uri, cursor, &next.to_string())));
    if let Some(Ok(link)) = link.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

fn with(uri: &Uri, name: &str, value: &str) -> String {
    let kept = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(other, _)| other != name);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair(name, value).finish();
    format!("{}?{query}", uri.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_page_is_asked_for_like_this_one() {
        for (uri, next) in [
            ("/v1/officers", "/v1/officers?after=x"),
            ("/v1/officers?after=a&limit=2", "/v1/officers?limit=2&after=x"),
            ("/v1/archive?text=%E0%A4%AC+b&after=a", "/v1/archive?text=%E0%A4%AC+b&after=x"),
        ] {
            assert_eq!(with(&uri.parse().unwrap(), "after", "x"), next);
        }
    }
}
