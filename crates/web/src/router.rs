//! All pages, and what stands around them.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Uri, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::get,
};

use crate::{
    assets, citizen, console,
    cookie::{self, Kept},
    error, origin,
    page::{self, LANGUAGE_COOKIE, Page, ShownUri},
    security, site,
    state::WebState,
};

const YEAR: i64 = 365 * 24 * 3_600;

/// All pages, to stand inside the API's shell.
pub fn router(web: WebState) -> Router {
    let pages = citizen::router().merge(site::router()).merge(console::router(web.clone()));
    let pages = pages.layer(from_fn(origin::own_pages_only)).layer(from_fn_with_state(web.clone(), security::protect));
    Router::new().route("/assets/{digest}/{*name}", get(assets::show)).merge(pages).with_state(web)
}

/// Stands around the API and its pages: shows a notice's page at the notice's own address to whoever likes pages, and says in a page
/// what went wrong.
pub fn with_pages(inside: Router, web: WebState) -> Router {
    Router::new().fallback_service(inside).layer(from_fn_with_state(web, around))
}

async fn around(State(web): State<WebState>, mut request: Request, next: Next) -> Response {
    let (shown, headers) = (request.uri().clone(), request.headers().clone());
    let likes_pages = error::prefers_page(&headers);
    if let Some(inner) = page_of_notice(&shown).filter(|_| likes_pages) {
        request.extensions_mut().insert(ShownUri(shown.clone()));
        *request.uri_mut() = inner;
    }
    let response = next.run(request).await;
    if !likes_pages {
        return response;
    }
    let response = error::as_page(Page::new(&web, &shown, &headers), response);
    keep_language(&web, &shown, &headers, response)
}

/// `/notices/{id}` without a suffix: where its page is.
fn page_of_notice(uri: &Uri) -> Option<Uri> {
    let name = uri.path().strip_prefix("/notices/")?;
    if name.contains(['.', '/']) {
        return None;
    }
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    format!("/pages/notices/{name}{query}").parse().ok()
}

/// A language that the address asked for is kept for the next page.
fn keep_language(web: &WebState, uri: &Uri, headers: &HeaderMap, mut response: Response) -> Response {
    let asked = page::asked_language(uri).filter(|lang| web.catalogue.of(lang).is_some());
    if let Some(lang) = asked.filter(|lang| cookie::read(headers, LANGUAGE_COOKIE) != Some(lang.as_str())) {
        let made = cookie::make(LANGUAGE_COOKIE, lang.as_str(), Kept::Seconds(YEAR), web.settings.is_https());
        response.headers_mut().extend(made.map(|made| (header::SET_COOKIE, made)));
    }
    response
}
