//! What citizens see: no account, no name.

mod archive;
mod card;
mod home;
mod inbox;
mod manage;
mod notice;
mod offline;
mod statement;
mod verify;
mod wishes;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    routing::{get, post},
};
use munadi_services::{Core, inbox::Inbox};

use crate::state::WebState;

/// What pages about published notices work with.
#[derive(Debug, Clone)]
struct Library {
    core: Core,
    inbox: Inbox,
}

impl FromRef<WebState> for Library {
    fn from_ref(web: &WebState) -> Self {
        Self { core: Core::from_ref(web), inbox: Inbox::from_ref(web) }
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
        .route("/verify", get(verify::show).post(verify::look_at_picture).layer(pictures))
        .route("/manage", get(manage::show))
        .route("/offline", get(offline::show))
        .merge(statement::router())
}
