//! `/v1/archive`: every notice that was ever published, with a search.

use axum::{
    Json as JsonOut,
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};
use munadi_domain::{
    area::Pin,
    id::{DepartmentId, NoticeId},
    language::Lang,
    topic::Topic,
};
use munadi_services::{
    inbox::{self, Inbox, PublicNotice},
    page::Page,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    cache::{Freshness, Validators},
    extract::{Limit, List, Path, Query, moment, short_text},
    page::paged,
    problem::{Kind, Result},
    schema,
    summary::{SummaryOut, places},
};

/// How many seconds a notice's state may be told from memory.
pub(crate) const STATE_AGE: u32 = 10;

/// The archive.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(search_archive)).routes(routes!(show_archived))
}

/// What to look for. All of it must be true; lists have commas and mean any of their items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchIn {
    /// Of this department.
    #[param(value_type = Option<schema::DepartmentId>)]
    department: Option<DepartmentId>,
    /// Concerning any of these PIN codes.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::Pin>>, style = Form, explode = false, max_items = 20)]
    pin: List<Pin>,
    /// Concerning any of these districts, by LGD code.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::LgdCode>>, style = Form, explode = false, max_items = 20)]
    district: List<u16>,
    /// Concerning any of these states, by LGD code.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::LgdCode>>, style = Form, explode = false, max_items = 20)]
    state: List<u16>,
    /// On any of these topics.
    #[serde(default)]
    #[param(value_type = Option<Vec<schema::Topic>>, style = Form, explode = false)]
    topic: List<Topic>,
    /// With all of these words, or words that begin so, in whatever language.
    #[serde(default, deserialize_with = "short_text")]
    #[param(min_length = 1, max_length = 500)]
    text: Option<String>,
    /// Published then or later.
    #[serde(default, deserialize_with = "moment")]
    from: Option<OffsetDateTime>,
    /// Published before.
    #[serde(default, deserialize_with = "moment")]
    to: Option<OffsetDateTime>,
    /// The language that the reader likes best.
    #[param(value_type = Option<schema::Lang>)]
    lang: Option<Lang>,
    /// `next` of the page before.
    cursor: Option<i64>,
    /// At most so many; 20 if absent.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
}

/// A page of published notices.
#[derive(Debug, Serialize, ToSchema)]
struct ArchiveOut {
    /// The newest first.
    notices: Vec<SummaryOut>,
    /// The value of `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// A published notice with its proof.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchivedOut {
    #[serde(flatten)]
    summary: SummaryOut,
    /// When it was superseded or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    ended_at: Option<OffsetDateTime>,
    /// The signed notice: a JWS in General JSON Serialization (RFC 7515 §7.2.1).
    #[schema(value_type = Object)]
    envelope: Box<RawValue>,
    /// What the signatures cover.
    #[schema(value_type = schema::SignedPayload)]
    payload: Box<RawValue>,
}

impl From<SearchIn> for inbox::Query {
    fn from(asked: SearchIn) -> Self {
        Self {
            places: places(asked.pin, asked.district, asked.state),
            topics: asked.topic.0,
            department: asked.department,
            text: asked.text,
            from: asked.from,
            until: asked.to,
        }
    }
}

/// Searches all notices that were ever published, also those that are over, superseded or withdrawn.
#[utoipa::path(get, path = "/v1/archive", tag = "archive", params(SearchIn), responses((status = 200, body = ArchiveOut)))]
async fn search_archive(State(inbox): State<Inbox>, uri: Uri, Query(asked): Query<SearchIn>) -> Result<Response> {
    let (lang, page) = (asked.lang.clone(), Page::new(asked.cursor, asked.limit.0));
    let listed = inbox.page(&asked.into(), page).await?;
    let notices = listed.items.iter().map(|notice| SummaryOut::new(notice, lang.as_ref())).collect();
    Ok(paged(&uri, "cursor", listed.next, ArchiveOut { notices, next: listed.next }))
}

/// How to show one notice.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ShowIn {
    /// The language that the reader likes best.
    #[param(value_type = Option<schema::Lang>)]
    lang: Option<Lang>,
}

/// Shows a published notice, whatever became of it since.
#[utoipa::path(get, path = "/v1/archive/{notice}", tag = "archive", params(("notice" = schema::NoticeId, Path), ShowIn),
    responses((status = 200, body = ArchivedOut), (status = 304, description = "It is as the client has it")))]
async fn show_archived(
    State(inbox): State<Inbox>,
    Path(notice): Path<NoticeId>,
    Query(asked): Query<ShowIn>,
    headers: HeaderMap,
) -> Result<Response> {
    archived(&inbox.get(notice).await?, asked.lang.as_ref(), &headers)
}

/// A notice as JSON. Its signed part never changes; whether it still counts may.
pub(crate) fn archived(notice: &PublicNotice, lang: Option<&Lang>, request: &HeaderMap) -> Result<Response> {
    let unreadable = |_| Kind::INTERNAL.with("This notice cannot be read");
    let raw = |text: String| RawValue::from_string(text).map_err(unreadable);
    let payload = String::from_utf8_lossy(&notice.payload).into_owned();
    let summary = SummaryOut::new(&notice.summary, lang);
    let validators = Validators {
        tag: format!(
            "{}-{}-{}",
            &munadi_services::hex(&notice.summary.digest)[..16],
            notice.summary.state.as_str(),
            summary_tag(lang)
        ),
        changed: notice.ended_at.unwrap_or(notice.summary.published_at),
        freshness: Freshness::Seconds(STATE_AGE),
    };
    let (envelope, payload) = (raw(notice.envelope.clone())?, raw(payload)?);
    let out = ArchivedOut { summary, ended_at: notice.ended_at, envelope, payload };
    Ok(validators.answer(request, JsonOut(out)))
}

fn summary_tag(lang: Option<&Lang>) -> &str {
    lang.map_or("any", Lang::as_str)
}
