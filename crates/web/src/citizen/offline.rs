//! What the service worker shows when there is no connection.

use askama::Template;
use axum::response::Html;

use crate::{error::Result, page::Page};

#[derive(Template)]
#[template(path = "citizen/offline.html")]
struct Offline {
    page: Page,
}

/// `/offline`.
pub(crate) async fn show(page: Page) -> Result<Html<String>> {
    Ok(Html(Offline { page }.render()?))
}
