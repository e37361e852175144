//! Forms as browsers send them, of a bounded size.

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::header,
};
use url::form_urlencoded;

use crate::error::PageError;

/// A notice may have 64 KiB, and its form some more.
const LARGEST: usize = 512 * 1024;

/// The fields of a form, in their order. A field can be there several times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The fields of a query.
    pub(crate) fn of_query(query: &str) -> Self {
        Self(
            form_urlencoded::parse(query.as_bytes())
                .take(1_000)
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect(),
        )
    }

    /// The first value of a field without the spaces around it; empty if it is missing.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// The first value of a field as it was typed; empty if it is missing. Passwords may begin and end with spaces.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The value of a field, if it is there and not empty.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// All values of a field, without the spaces around them.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// Whether a field is there: a box that is ticked, a button that was pressed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = PageError;

    async fn from_request(request: Request, _: &S) -> Result<Self, PageError> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded")) {
            return Err(PageError::Unreadable);
        }
        let body = to_bytes(request.into_body(), LARGEST).await.map_err(|_| PageError::Unreadable)?;
        // Lines end with CR LF in forms (HTML, "append an entry"); everywhere else with LF.
        let fields = form_urlencoded::parse(&body).map(|(key, value)| (key.into_owned(), value.replace("\r\n", "\n")));
        Ok(Self(fields.collect()))
    }
}
