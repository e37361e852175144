//! What a browser asks a site for besides pages: the service worker, the manifest, and a word to robots.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use crate::{page::Page, state::WebState};

/// The parts of the service worker, in their order. It is a classic script, because not every browser that has push has modules there.
const WORKER: [&str; 4] = [
    include_str!("../assets/verifier.mjs"),
    include_str!("../assets/store.mjs"),
    include_str!("../assets/trust.mjs"),
    include_str!("../assets/sw.mjs"),
];

/// What a page needs that is shown without a connection.
const SHELL_FILES: [&str; 11] = [
    "munadi.css",
    "mark.svg",
    "start.mjs",
    "store.mjs",
    "inbox.mjs",
    "live.mjs",
    "words.mjs",
    "subscribe.mjs",
    "push-service.mjs",
    "verifier.mjs",
    "icons/icon-192.png",
];

/// What the service worker says, by the keys of the texts.
const WORDS: [(&str, &str); 10] = [
    ("title", "push-title"),
    ("unchecked", "push-unchecked"),
    ("official", "push-official"),
    ("refused_title", "push-refused-title"),
    ("refused", "push-refused"),
    ("over_title", "push-over-title"),
    ("over", "push-over"),
    ("exercise", "push-exercise"),
    ("test", "push-test"),
    ("withdrawn", "push-withdrawn"),
];

/// Their addresses.
pub(crate) fn router() -> Router<WebState> {
    Router::new()
        .route("/sw.js", get(worker))
        .route("/manifest.webmanifest", get(manifest))
        .route("/robots.txt", get(robots))
}

/// `/sw.js`.
async fn worker(State(web): State<WebState>) -> Response {
    let script = format!("const SHELL = {};\n{}", shell(&web), joined(&WORKER));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        // A worker's own policy counts, not that of its pages.
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; connect-src 'self'")),
    ];
    (headers, script).into_response()
}

/// What the service worker must know of this version.
fn shell(web: &WebState) -> Value {
    let assets = &web.assets;
    let words = |lang| {
        let texts = web.catalogue.of(lang)?;
        let texts = WORDS.iter().map(|(name, key)| ((*name).to_owned(), texts.get(key, &[]).into()));
        Some((lang.to_string(), Value::Object(texts.collect())))
    };
    let files = SHELL_FILES.map(|name| assets.path(name));
    let urls: Vec<_> = ["/offline".to_owned(), "/inbox".to_owned()].into_iter().chain(files).collect();
    json!({
        "version": assets.digest(),
        "urls": urls,
        "icon": assets.path("icons/icon-192.png"),
        "badge": assets.path("icons/badge-96.png"),
        "texts": web.catalogue.languages().filter_map(words).collect::<serde_json::Map<_, _>>(),
    })
}

/// Modules as one script: they share their names, and neither import nor export.
fn joined(modules: &[&str]) -> String {
    let is_kept = |line: &&str| !line.starts_with("import ") && !line.starts_with("export ");
    modules.iter().flat_map(|module| module.lines()).filter(is_kept).flat_map(|line| [line, "\n"]).collect()
}

/// `/manifest.webmanifest`.
async fn manifest(State(web): State<WebState>, page: Page) -> Response {
    let icon = |name: &str, sizes: &str, purpose: &str| json!({ "src": web.assets.path(name), "sizes": sizes, "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": "/", "start_url": "/inbox", "scope": "/", "display": "standalone",
        "name": page.t("name"), "short_name": page.t("name"), "description": page.t("name-line"),
        "lang": page.lang().as_str(), "dir": page.dir(),
        "background_color": "#ffffff", "theme_color": "#2b2a6b",
        "icons": [
            icon("icons/icon-192.png", "192x192", "any"),
            icon("icons/icon-512.png", "512x512", "any"),
            icon("icons/maskable-512.png", "512x512", "maskable"),
        ],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], Json(manifest)).into_response()
}

/// `/robots.txt`.
async fn robots() -> Response {
    ([(header::CACHE_CONTROL, "public, max-age=86400")], "User-agent: *\nDisallow: /console\nDisallow: /manage\n")
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worker_has_every_part_and_no_modules() {
        let script = joined(&WORKER);
        for part in ["function verifyNotice", "function keepNotice", "function checkNotice", "addEventListener('push'"]
        {
            assert!(script.contains(part), "{part}");
        }
        assert!(!script.lines().any(|line| line.starts_with("import ") || line.starts_with("export ")));
    }
}
