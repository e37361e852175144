//! `/v1/inbox`: what concerns a place, without saying who asks.

use axum::{extract::State, http::Uri, response::Response};
use munadi_domain::{area::Pin, language::Lang, topic::Topic};
use munadi_services::{
    inbox::{self, Inbox, Place, Since},
    page::Page,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Limit, List, Query},
    page::paged,
    problem::{Kind, Result},
    schema,
    summary::SummaryOut,
};

/// The inbox.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read_inbox))
}

/// Which notices are of interest. Lists have commas and mean any of their items; an absent one asks for everything.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InboxIn {
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
    /// Those published after this position, the oldest first.
    after: Option<i64>,
    /// Those published before this position, the newest first.
    before: Option<i64>,
    /// At most so many; 20 if absent.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
}

/// A part of the inbox.
#[derive(Debug, Serialize, ToSchema)]
struct InboxOut {
    /// The newest first; with `after`, the oldest first.
    notices: Vec<SummaryOut>,
    /// Follow the stream from this position, and nothing is missed.
    position: i64,
    /// More was published since `after` than was asked for, or it is no position of ours: these are the newest, so begin anew.
    reset: bool,
    /// The value of `before` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// Reads the notices that concern a place.
#[utoipa::path(get, path = "/v1/inbox", tag = "inbox", params(InboxIn), responses((status = 200, body = InboxOut)))]
async fn read_inbox(State(inbox): State<Inbox>, uri: Uri, Query(asked): Query<InboxIn>) -> Result<Response> {
    if asked.after.is_some() && asked.before.is_some() {
        return Err(Kind::BAD_REQUEST.with("Ask for what is after a position or before one, not both"));
    }
    let out = read(&inbox, asked).await?;
    Ok(paged(&uri, "before", out.next, out))
}

async fn read(inbox: &Inbox, asked: InboxIn) -> Result<InboxOut> {
    // First the position: what is published meanwhile is read now or followed later, or both, and never missed.
    let position = inbox.position().await?;
    let query = query(asked.pins, asked.topics);
    let limit = asked.limit.0;
    let since = match asked.after {
        Some(after) => inbox.since(&query, after, limit).await?,
        None => Since::Reset,
    };
    let (notices, next, reset) = match since {
        Since::Notices(notices) => (notices, None, false),
        Since::Reset => {
            let listed = inbox.page(&query, Page::new(asked.before, limit)).await?;
            (listed.items, listed.next, asked.after.is_some())
        }
    };
    let notices = notices.iter().map(|notice| SummaryOut::new(notice, asked.lang.as_ref())).collect();
    Ok(InboxOut { notices, position, reset, next })
}

/// What a reader of these places and topics asks for.
pub(crate) fn query(pins: List<Pin>, topics: List<Topic>) -> inbox::Query {
    let places = pins.0.into_iter().map(Place::Pin).collect();
    inbox::Query { places, topics: topics.0, ..inbox::Query::default() }
}
