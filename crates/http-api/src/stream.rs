//! `/v1/inbox/stream`: what is published, as it is published (server-sent events).
//!
//! A stream begins with the position from which it follows, so that a client that loses it at once can come back and has missed nothing.
//! Whoever comes back with `Last-Event-ID` gets what was published meanwhile, or, if that is too much, the event `reset`.

mod places;

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Extension, State},
    http::{HeaderMap, HeaderName},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream::{self, Stream};
use munadi_domain::{area::Pin, language::Lang, topic::Topic};
use munadi_services::{
    entropy,
    inbox::{Follower, LiveEvent, LiveHub},
    limits::{ClientAddress, Seat},
};
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::places::Streams;
use crate::{
    ApiState, Probes,
    extract::{List, Query},
    inbox,
    problem::Result,
    schema,
    summary::SummaryOut,
};

/// How long a client waits before it comes back.
const RETRY: Duration = Duration::from_secs(5);
/// A comment is sent so often, so that nobody in between closes a quiet connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The stream.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(follow_inbox))
}

/// Which notices are of interest. Lists have commas and mean any of their items; an absent one asks for everything.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StreamIn {
    /// Concerning any of these PIN codes.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::Pin>>, style = Form, explode = false, max_items = 20)]
    pins: List<Pin>,
    /// On any of these topics.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::Topic>>, style = Form, explode = false)]
    topics: List<Topic>,
    /// The language that the reader likes best.
    #[param(value_type = Option<schema::Lang>)]
    lang: Option<Lang>,
    /// The same as the header `Last-Event-ID`, for clients that cannot set it.
    last_event_id: Option<String>,
}

/// Follows what is published for a place. Events: `notice`, with the position as its id and a notice of the archive's list as its data,
/// and `reset`: something was missed, so read the inbox anew.
#[utoipa::path(get, path = "/v1/inbox/stream", tag = "inbox",
    params(StreamIn, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that arrived")),
    responses((status = 200, body = String, content_type = "text/event-stream")))]
async fn follow_inbox(
    State(live): State<Arc<LiveHub>>,
    State(streams): State<Streams>,
    State(probes): State<Probes>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    Query(asked): Query<StreamIn>,
) -> Result<Response> {
    let seat = streams.admit(address)?;
    let after = last_event_id(&headers, asked.last_event_id.as_deref());
    let follower = live.follow(inbox::query(asked.pins, asked.topics), after).await?;
    let open = Open { follower, lang: asked.lang, shutdown: probes.shutdown, has_begun: false, _seat: seat };
    let keep_alive = KeepAlive::new().interval(HEARTBEAT).text("still here");
    Ok(([("x-accel-buffering", "no")], Sse::new(events(open)).keep_alive(keep_alive)).into_response())
}

/// What is no position of ours is one that nobody can come back to.
fn last_event_id(headers: &HeaderMap, query: Option<&str>) -> Option<i64> {
    let header = headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or("-"));
    let given = header.or(query).filter(|text| !text.is_empty())?;
    Some(given.parse().unwrap_or(-1))
}

/// An open stream.
struct Open {
    follower: Follower,
    lang: Option<Lang>,
    shutdown: CancellationToken,
    has_begun: bool,
    /// Given back when the stream ends, however that happens.
    _seat: Seat,
}

fn events(open: Open) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(open), |open| async move {
        let mut open = open?;
        if !std::mem::replace(&mut open.has_begun, true) {
            let begin = Event::default().retry(RETRY).id(open.follower.position().to_string());
            return Some((Ok(begin), Some(open)));
        }
        let event = tokio::select! {
            event = open.follower.next() => event,
            () = open.shutdown.cancelled() => None,
        };
        match event {
            Some(event) => Some((Ok(written(&event, open.lang.as_ref())), Some(open))),
            None => Some((Ok(farewell()), None)),
        }
    })
}

fn written(event: &LiveEvent, lang: Option<&Lang>) -> Event {
    let (name, position, data) = match event {
        LiveEvent::Notice(notice) => {
            let data = serde_json::to_string(&SummaryOut::new(notice, lang)).unwrap_or_default();
            ("notice", notice.position, data)
        }
        LiveEvent::Reset { position } => ("reset", *position, json!({ "position": position }).to_string()),
    };
    Event::default().event(name).id(position.to_string()).data(data)
}

/// Whoever is sent away comes back at a time of its own, so that not all come at once to whoever is left.
fn farewell() -> Event {
    let spread = entropy::bytes().map_or(0, u16::from_le_bytes);
    Event::default().retry(Duration::from_secs(1) + Duration::from_millis(u64::from(spread) / 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_comes_from_the_header_or_the_query() {
        let with = |value: &str| HeaderMap::from_iter([(LAST_EVENT_ID, value.parse().unwrap())]);
        assert_eq!(last_event_id(&with("7"), Some("8")), Some(7));
        assert_eq!(last_event_id(&HeaderMap::new(), Some("8")), Some(8));
        assert_eq!(last_event_id(&HeaderMap::new(), None), None);
        assert_eq!(last_event_id(&HeaderMap::new(), Some("")), None);
        for text in ["x", "99999999999999999999", "1.5"] {
            assert_eq!(last_event_id(&with(text), None), Some(-1), "{text}");
        }
    }
}
