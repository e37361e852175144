//! What citizens see: no account, no name.

mod archive;
mod card;
mod home;
mod inbox;
mod manage;
mod notice;
mod offline;
mod reach;
mod reader;
mod statement;
mod verify;
mod wishes;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    routing::{get, post},
};
use munadi_services::{Core, directory::Directory, inbox::Inbox};

use crate::{catalogue::Catalogue, state::WebState};

/// What pages about published notices work with.
#[derive(Clone)]
struct Library {
    core: Core,
    directory: Directory,
    inbox: Inbox,
    catalogue: Arc<Catalogue>,
}

impl FromRef<WebState> for Library {
    fn from_ref(web: &WebState) -> Self {
        Self {
            core: Core::from_ref(web),
            directory: Directory::from_ref(web),
            inbox: Inbox::from_ref(web),
            catalogue: web.catalogue.clone(),
        }
    }
}

/// The citizens' pages.
pub(crate) fn router() -> Router<WebState> {
    let pictures = DefaultBodyLimit::max(verify::LARGEST_PICTURE + 64 * 1024);
    Router::new()
        .route("/", get(home::show))
        .route("/subscribe", post(home::subscribe))
        .route("/inbox", get(inbox::show))
        .route("/pages/notices/{notice}", get(notice::show))
        .route("/archive", get(archive::show))
        .route("/verify", get(verify::show).post(verify::ask).layer(pictures))
        .route("/manage", get(manage::show))
        .route("/forget", post(manage::forget))
        .route("/offline", get(offline::show))
        .route("/reach", get(reach::show))
        .merge(statement::router())
}
