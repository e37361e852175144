//! In which language somebody reads notices. There are notices in more languages than there are pages in.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, request::Parts},
};
use munadi_domain::language::Lang;

use super::wishes::Wishes;
use crate::{
    cookie,
    fields::Fields,
    page::{LANGUAGE_COOKIE, Page, ShownUri, accepted_languages, asked_language},
    state::WebState,
};

/// The languages that somebody reads, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader(Vec<Lang>);

impl Reader {
    /// What the address asks for (`in` of a notice, `lang` of the page), what was chosen for notices, the page's language, and what the
    /// browser accepts.
    fn new(uri: &Uri, headers: &HeaderMap, page: &Lang) -> Self {
        let fields = Fields::of_query(uri.query().unwrap_or_default());
        let asked = fields.some("in").and_then(|tag| tag.parse().ok());
        let kept = cookie::read(headers, LANGUAGE_COOKIE).and_then(|tag| tag.parse().ok());
        let first = [asked, asked_language(uri), Wishes::of_cookie(headers).language, kept].into_iter().flatten();
        let accepted = accepted_languages(headers);
        // Without a wish that was told here, the browser's first one counts, in which there may be no pages.
        Self(first.chain(accepted.first().cloned()).chain([page.clone()]).chain(accepted.into_iter().skip(1)).collect())
    }

    /// The best of these for the reader; none only if there are none.
    pub(super) fn best<'a>(&self, offered: &'a [Lang]) -> Option<&'a Lang> {
        let find = |wish: &Lang| {
            let same = offered.iter().find(|lang| *lang == wish);
            same.or_else(|| offered.iter().find(|lang| lang.primary() == wish.primary()))
        };
        self.0.iter().find_map(find).or_else(|| Lang::fallback().best_of(offered))
    }
}

impl FromRequestParts<WebState> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &WebState) -> Result<Self, Infallible> {
        let page = Page::from_request_parts(parts, web).await?;
        let uri = parts.extensions.get::<ShownUri>().map_or(&parts.uri, |shown| &shown.0);
        Ok(Self::new(uri, &parts.headers, page.lang()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[track_caller]
    fn check(uri: &str, cookie: &str, accept: &str, best: &str) {
        let headers = [(header::COOKIE, cookie.parse().unwrap()), (header::ACCEPT_LANGUAGE, accept.parse().unwrap())];
        let page = "hi".parse().unwrap();
        let reader = Reader::new(&uri.parse().unwrap(), &HeaderMap::from_iter(headers), &page);
        let offered = ["hi", "en-IN", "ta", "ur"].map(|tag| tag.parse().unwrap());
        assert_eq!(reader.best(&offered).unwrap().as_str(), best, "{uri} {cookie} {accept}");
    }

    #[test]
    fn what_was_asked_for_comes_first() {
        check("/notices/x?in=ur", "inbox=~~ta", "en", "ur");
        check("/notices/x?lang=en", "inbox=~~ta", "hi", "en-IN");
        check("/notices/x", "inbox=110001~~ta", "hi", "ta");
        check("/notices/x", "lang=hi", "en", "hi");
        check("/notices/x", "", "ta-IN,hi;q=0.9", "ta");
        check("/notices/x", "", "fr,ta;q=0.5", "hi");
        check("/notices/x?in=fr", "", "", "hi");
    }
}
