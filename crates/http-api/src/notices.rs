//! `/v1/notices`: a department's notices, from the draft to its delivery.

mod body;
mod delivery;
mod drafts;
mod review;

use axum::{
    Json as JsonOut,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use munadi_domain::{access::NoticeReader, id::NoticeId, notice::State as NoticeState};
use munadi_services::notices::{NoticeFilter, NoticeRecord, Notices};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::body::{AudienceOut, NoticeLineOut, NoticeOut, NoticesOut};
use crate::{
    ApiState,
    extract::{Limit, Path, Query, Right, etag},
    page::paged,
    problem::Result,
    schema,
};

/// What shows and changes notices.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_notice, drafts::edit_notice, drafts::discard_notice))
        .routes(routes!(show_audience))
        .routes(routes!(delivery::show_delivery))
        .routes(routes!(review::freeze_notice))
        .routes(routes!(review::return_notice))
        .routes(routes!(review::approve_languages))
}

/// What makes notices.
pub(crate) fn creating_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_notices, drafts::create_notice))
        .routes(routes!(drafts::import_cap))
        .routes(routes!(drafts::update_notice))
        .routes(routes!(drafts::correct_notice))
        .routes(routes!(drafts::cancel_notice))
}

/// What brings notices nearer to citizens.
pub(crate) fn sending_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(review::submit_notice))
        .routes(routes!(review::approve_notice))
        .routes(routes!(review::publish_notice))
}

/// Which notices to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListIn {
    /// Only those in this state.
    #[param(value_type = Option<schema::State>)]
    state: Option<NoticeState>,
    /// Only those made before this one: `next` of the page before.
    #[param(value_type = Option<schema::NoticeId>)]
    before: Option<NoticeId>,
    /// At most so many; 20 if absent.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
}

/// Lists the department's notices, the latest first.
#[utoipa::path(get, path = "/v1/notices", tag = "notices", params(ListIn),
    responses((status = 200, body = NoticesOut)))]
async fn list_notices(
    State(notices): State<Notices>,
    Right(reader): Right<NoticeReader>,
    uri: Uri,
    Query(query): Query<ListIn>,
) -> Result<Response> {
    let limit = query.limit.0;
    let filter = NoticeFilter { states: query.state.into_iter().collect(), before: query.before, limit: limit.into() };
    let lines: Vec<NoticeLineOut> = notices.list(reader, filter).await?.into_iter().map(Into::into).collect();
    let is_full = lines.len() == usize::from(limit);
    let next = lines.last().filter(|_| is_full).map(|line| line.id.clone());
    Ok(paged(&uri, "before", next.clone(), NoticesOut { notices: lines, next }))
}

/// Shows a notice of the department with everything that belongs to it.
#[utoipa::path(get, path = "/v1/notices/{notice}", tag = "notices", params(("notice" = schema::NoticeId, Path)),
    responses((status = 200, body = NoticeOut, headers(("ETag" = String)))))]
async fn show_notice(
    State(notices): State<Notices>,
    Right(reader): Right<NoticeReader>,
    Path(notice): Path<NoticeId>,
) -> Result<impl IntoResponse> {
    let record = notices.show(reader, notice).await?;
    Ok(shown(&notices, StatusCode::OK, &record))
}

/// Shows whom a notice would reach, counted now.
#[utoipa::path(get, path = "/v1/notices/{notice}/audience", tag = "notices", params(("notice" = schema::NoticeId, Path)),
    responses((status = 200, body = AudienceOut)))]
async fn show_audience(
    State(notices): State<Notices>,
    Right(reader): Right<NoticeReader>,
    Path(notice): Path<NoticeId>,
) -> Result<JsonOut<AudienceOut>> {
    Ok(JsonOut(notices.audience(reader, notice).await?.into()))
}

/// The answer that shows a notice, with its revision as the `ETag`.
fn shown(notices: &Notices, status: StatusCode, record: &NoticeRecord) -> impl IntoResponse + use<> {
    let revision = record.notice.head().revision;
    (status, etag(revision), JsonOut(NoticeOut::new(record, notices.faults(&record.content))))
}
