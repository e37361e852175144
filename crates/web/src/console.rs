//! What officers see: writing, review, publishing, and who may do what.

mod compose;
mod diff;
mod faults;
mod form;
mod home;
mod import;
mod list;
mod parts;
mod preview;
mod sign_in;

use axum::{
    Router,
    extract::FromRef,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use munadi_services::{Core, notices::Notices};

use crate::{session, state::WebState};

/// What pages about notices work with.
#[derive(Debug, Clone)]
struct Desk {
    core: Core,
    notices: Notices,
}

impl FromRef<WebState> for Desk {
    fn from_ref(web: &WebState) -> Self {
        Self { core: Core::from_ref(web), notices: Notices::from_ref(web) }
    }
}

/// The console's pages. Whoever has not signed in gets to the page where one does.
pub(crate) fn router(web: WebState) -> Router<WebState> {
    let inside = Router::new().route("/console", get(home::show)).merge(writing());
    Router::new()
        .route("/console/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/console/sign-out", post(sign_in::sign_out))
        .merge(inside.layer(from_fn_with_state(web, session::enter)))
}

fn writing() -> Router<WebState> {
    Router::new()
        .route("/console/notices", get(list::show))
        .route("/console/notices/new", get(compose::begin).post(compose::create))
        .route("/console/notices/new/save", post(compose::create_as_typed))
        .route("/console/notices/import", post(import::import))
        .route("/console/notices/{notice}/edit", get(compose::edit).post(compose::save))
        .route("/console/notices/{notice}/save", post(compose::save_as_typed))
        .route("/console/notices/{notice}/preview", get(preview::show))
        .route("/console/notices/{notice}/discard", post(compose::discard))
        .route("/console/notices/{notice}/{intent}", post(compose::follow))
}
