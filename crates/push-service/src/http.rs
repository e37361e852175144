//! The HTTP side (RFC 8030), and the door to the WebSocket side.

mod fault;
mod publish;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{Path, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use munadi_services::limits::ClientAddress;

use self::fault::Fault;
use crate::{shared::Shared, socket, wire::MAX_FRAME};

/// The subprotocol of RFC 6455 that Firefox asks for.
const SUBPROTOCOL: &str = "push-notification";
/// Most frames are short, and there are many connections: what is read at a time, in bytes.
const READ_BUFFER: usize = 1_024;
/// What may wait to be written to one user agent, in bytes: a whole batch of the largest messages.
const WRITE_BUFFER: usize = 128 * 1_024;

/// All addresses of the service.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(connect))
        .route("/wpush/v2/{endpoint}", post(publish::publish))
        .route("/m/{message}", delete(take_back))
        .route("/healthz", get(async || "alive\n"))
        .fallback(async || Fault::NotFound)
        .with_state(shared)
}

/// A user agent connects; anybody else is told what this is.
async fn connect(
    State(shared): State<Arc<Shared>>,
    Extension(ClientAddress(from)): Extension<ClientAddress>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else { return what_this_is() };
    let Ok(seat) = shared.seats.take(from) else {
        metrics::counter!("munadi_push_turned_away_total").increment(1);
        // Whoever is turned away leaves no connection behind.
        return ([(header::CONNECTION, "close")], Fault::Full).into_response();
    };
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME);
    let tasks = shared.sessions.token();
    upgrade.on_upgrade(async move |socket| {
        socket::serve(shared, socket, from).await;
        drop((seat, tasks));
    })
}

fn what_this_is() -> Response {
    let text = "This is a push service: browsers connect to it by WebSocket, senders post to the endpoints it gives out (RFC 8030).\n";
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response()
}

/// A sender takes back a message (RFC 8030 §6.2). Knowing its address is the right to do so.
async fn take_back(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Result<StatusCode, Fault> {
    let resource = shared.names.read_resource(&name).ok_or(Fault::NotFound)?;
    let was_there = shared.desk.take_back(resource.agent, resource.id).await?;
    if was_there { Ok(StatusCode::NO_CONTENT) } else { Err(Fault::MessageGone) }
}
