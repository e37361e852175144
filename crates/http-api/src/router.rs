//! All addresses, and what stands around each of them.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, Version, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    archive, clients, dead_letters, departments, directory, document, feeds, health, inbox, keys, log,
    middleware::{
        InFlight, answer_methods, authenticate, collect_body, find_address, limit, limit_pages, limit_sending, observe,
        on_panic, open_to_all, remember_answer, run_in_time, secure, shed_load,
    },
    notices, officers, permanent, places,
    problem::Kind,
    push_origins, reach, role_grants, session,
    state::ApiState,
    stream, subscriptions, well_known,
};

/// A part of the API: its addresses, and how they are described.
type Part = OpenApiRouter<ApiState>;

/// The whole API over its state, and the pages in the same shell. The pages find [`munadi_services::limits::ClientAddress`] in the
/// extensions; how large a body of theirs may be they say themselves, and a header that they set stays. They have no fallback, and no
/// address of the API.
pub fn router(state: ApiState, pages: Router) -> Router {
    let in_flight = InFlight::new(state.settings.in_flight);
    let api = departments_own(&state).merge(public(&state)).merge(open(&state)).merge(subscribing());
    let pages = pages.with_state(()).layer(from_fn_with_state(state.clone(), limit_pages));
    let api = api
        .layer(from_fn(collect_body))
        .merge(pages)
        .layer(from_fn_with_state(state.clone(), find_address))
        .layer(from_fn(run_in_time))
        .layer(from_fn_with_state(in_flight, shed_load));
    let plumbing = routes(health::router()).layer(from_fn_with_state(state.clone(), find_address));
    let documents = Router::new()
        .route("/openapi.json", get(document::show_openapi))
        .route("/problems", get(document::show_problems))
        .layer(from_fn(open_to_all));
    api.merge(plumbing)
        .merge(documents)
        .fallback(nothing_here)
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(1024).and(is_text)))
        .layer(from_fn(answer_methods))
        .layer(from_fn(secure))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn(observe))
        .with_state(state)
}

/// How all of it is described.
pub fn openapi() -> OpenApi {
    let parts = [
        document::Group::of(own().merge(creating()).merge(sending()), document::Needs::Token),
        document::Group::of(public_parts(), document::Needs::Nothing),
        document::Group::of(subscriptions::router(), document::Needs::Secret),
        document::Group::of(session::public_router().merge(subscriptions::creating_router()), document::Needs::Nothing),
        document::Group::of(health::router(), document::Needs::Nothing),
    ];
    document::describe(parts)
}

/// What needs an access token.
fn own() -> Part {
    notices::router()
        .merge(session::router())
        .merge(officers::router())
        .merge(role_grants::router())
        .merge(departments::router())
        .merge(clients::router())
        .merge(keys::router())
        .merge(directory::router())
        .merge(dead_letters::router())
        .merge(push_origins::router())
}

/// What makes something: sent again with the same `Idempotency-Key`, it is not made again.
fn creating() -> Part {
    notices::creating_router()
        .merge(officers::creating_router())
        .merge(departments::creating_router())
        .merge(clients::creating_router())
        .merge(keys::creating_router())
}

/// What makes a department send.
fn sending() -> Part {
    notices::sending_router()
}

/// What everyone may read.
fn public_parts() -> Part {
    archive::router()
        .merge(permanent::router())
        .merge(feeds::router())
        .merge(inbox::router())
        .merge(stream::router())
        .merge(places::router())
        .merge(reach::router())
        .merge(well_known::router())
        .merge(log::router())
}

fn departments_own(state: &ApiState) -> Router<ApiState> {
    let creating = routes(creating()).layer(from_fn_with_state(state.clone(), remember_answer));
    let sending = routes(sending()).layer(from_fn_with_state(state.clone(), limit_sending));
    routes(own())
        .merge(creating)
        .merge(sending)
        .layer(from_fn_with_state(state.clone(), limit))
        .layer(from_fn_with_state(state.clone(), authenticate))
}

fn public(state: &ApiState) -> Router<ApiState> {
    routes(public_parts())
        .layer(from_fn_with_state(state.clone(), limit))
        .layer(from_fn_with_state(state.clone(), authenticate))
        .layer(from_fn(open_to_all))
}

/// Signing in, and what a citizen does with a subscription: both have secrets of their own in place of an access token.
fn open(state: &ApiState) -> Router<ApiState> {
    let parts = session::public_router().merge(subscriptions::router());
    routes(parts).layer(from_fn_with_state(state.clone(), limit))
}

/// The use case itself counts for the address.
fn subscribing() -> Router<ApiState> {
    routes(subscriptions::creating_router())
}

fn routes(part: Part) -> Router<ApiState> {
    part.split_for_parts().0
}

async fn nothing_here() -> Response {
    Kind::NOT_FOUND.with("There is nothing at this address").into_response()
}

/// Streams are not compressed, because each event must leave at once.
fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &axum::http::Extensions) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_written = ["json", "xml", "text/", "javascript"].iter().any(|part| media_type.contains(part));
    (is_written || extensions.get::<log::Compressible>().is_some()) && !media_type.starts_with("text/event-stream")
}
