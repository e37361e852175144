//! What officers see: writing, review, publishing, and who may do what.

mod compose;
mod departments;
mod diff;
mod faults;
mod form;
mod home;
mod import;
mod keys;
mod list;
mod notice;
mod operator;
mod parts;
mod people;
mod preview;
mod progress;
mod publish;
mod review;
mod sign;
mod sign_in;
mod systems;
mod usage;

use axum::{
    Router,
    extract::{Extension, FromRef},
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
    let inside = Router::new().route("/console", get(home::show)).merge(writing()).merge(signing(web.clone()));
    let inside = inside.merge(looking_after());
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
        .route("/console/notices/{notice}", get(notice::show))
        .route("/console/notices/{notice}/edit", get(compose::edit).post(compose::save))
        .route("/console/notices/{notice}/save", post(compose::save_as_typed))
        .route("/console/notices/{notice}/preview", get(preview::show))
        .route("/console/notices/{notice}/discard", post(compose::discard))
        .route("/console/notices/{notice}/{intent}", post(compose::follow))
}

/// From the frozen bytes on. What makes a department send counts as it does with the API.
fn signing(web: WebState) -> Router<WebState> {
    let sending = Router::new()
        .route("/console/notices/{notice}/submit", post(sign::submit))
        .route("/console/notices/{notice}/approve", post(review::approve))
        .route("/console/notices/{notice}/publish", post(publish::publish))
        .layer(from_fn_with_state(web, session::count_sending));
    Router::new()
        .route("/console/notices/{notice}/sign", get(sign::show))
        .route("/console/notices/{notice}/freeze", post(sign::freeze))
        .route("/console/notices/{notice}/languages", post(review::approve_languages))
        .route("/console/notices/{notice}/return", post(review::send_back))
        .route("/console/notices/{notice}/progress", get(progress::follow))
        .layer(Extension(progress::Seats::default()))
        .merge(sending)
}

fn looking_after() -> Router<WebState> {
    Router::new()
        .route("/console/keys", get(keys::show).post(keys::enroll))
        .route("/console/keys/rotate", post(keys::rotate))
        .route("/console/keys/{key}/confirm", post(keys::confirm))
        .route("/console/keys/{key}/revoke", post(keys::revoke))
        .route("/console/people", get(people::show).post(people::add))
        .route("/console/people/grants/{grant}/{what}", post(people::decide))
        .route("/console/people/{officer}/{what}", post(people::change))
        .route("/console/departments", get(departments::show).post(departments::create))
        .route("/console/systems", get(systems::show).post(systems::register))
        .route("/console/systems/{system}/revoke", post(systems::revoke))
        .route("/console/limits", get(usage::show))
        .route("/console/operator", get(operator::show))
        .route("/console/operator/letters/{letter}/retry", post(operator::retry))
        .route("/console/operator/letters/{letter}/drop", post(operator::drop_letter))
        .route("/console/operator/origins/resume", post(operator::resume))
}
