//! Signing, review and publishing.

use axum::{Json as JsonOut, extract::State, http::StatusCode, response::IntoResponse};
use munadi_domain::{
    access::{NoticeApprover, NoticeAuthor, NoticePublisher},
    id::NoticeId,
};
use munadi_services::notices::{Confirmation, Notices};

use super::{
    body::{FrozenBytesOut, LanguagesIn, NoticeOut, PublishIn, ReturnIn, SignatureIn, StateOut},
    shown,
};
use crate::{
    extract::{IfMatch, Json, Path, Right, etag},
    problem::Result,
    schema,
};

/// Freezes a complete draft and gives the bytes to sign. An edit makes them void.
#[utoipa::path(post, path = "/v1/notices/{notice}/freeze", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The notice's ETag")),
    responses((status = 200, body = FrozenBytesOut)))]
pub(super) async fn freeze_notice(
    State(notices): State<Notices>,
    Right(author): Right<NoticeAuthor>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
) -> Result<impl IntoResponse> {
    let frozen = notices.freeze(author, notice, revision).await?;
    Ok((etag(frozen.revision), JsonOut(FrozenBytesOut::from(frozen))))
}

/// Submits a frozen draft with its author's signature.
#[utoipa::path(post, path = "/v1/notices/{notice}/submit", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The notice's ETag")),
    request_body = SignatureIn,
    responses((status = 200, body = StateOut)))]
pub(super) async fn submit_notice(
    State(notices): State<Notices>,
    Right(author): Right<NoticeAuthor>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
    Json(signature): Json<SignatureIn>,
) -> Result<impl IntoResponse> {
    let state = notices.submit(author, notice, revision, &signature.into()).await?;
    Ok(stepped(state.as_str(), revision + 1, None))
}

/// Sends a notice back to its author. All signatures are void.
#[utoipa::path(post, path = "/v1/notices/{notice}/return", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The notice's ETag")),
    request_body = ReturnIn,
    responses((status = 200, body = NoticeOut)))]
pub(super) async fn return_notice(
    State(notices): State<Notices>,
    Right(approver): Right<NoticeApprover>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
    Json(body): Json<ReturnIn>,
) -> Result<impl IntoResponse> {
    let record = notices.send_back(approver, notice, revision, &body.comment).await?;
    Ok(shown(&notices, StatusCode::OK, &record))
}

/// Says that language versions are right. Neither author nor editors may.
#[utoipa::path(post, path = "/v1/notices/{notice}/languages", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The notice's ETag")),
    request_body = LanguagesIn,
    responses((status = 200, body = NoticeOut)))]
pub(super) async fn approve_languages(
    State(notices): State<Notices>,
    Right(approver): Right<NoticeApprover>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
    Json(body): Json<LanguagesIn>,
) -> Result<impl IntoResponse> {
    let record = notices.approve_languages(approver, notice, revision, &body.languages).await?;
    Ok(shown(&notices, StatusCode::OK, &record))
}

/// Approves a notice, each language of which is approved, with the approver's signature.
#[utoipa::path(post, path = "/v1/notices/{notice}/approve", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The notice's ETag")),
    request_body = SignatureIn,
    responses((status = 200, body = StateOut)))]
pub(super) async fn approve_notice(
    State(notices): State<Notices>,
    Right(approver): Right<NoticeApprover>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
    Json(signature): Json<SignatureIn>,
) -> Result<impl IntoResponse> {
    let state = notices.approve(approver, notice, revision, &signature.into()).await?;
    Ok(stepped(state.as_str(), revision + 1, None))
}

/// Publishes an approved notice. From here on everything follows by itself.
#[utoipa::path(post, path = "/v1/notices/{notice}/publish", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The notice's ETag")),
    request_body = PublishIn,
    responses((status = 200, body = StateOut)))]
pub(super) async fn publish_notice(
    State(notices): State<Notices>,
    Right(publisher): Right<NoticePublisher>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
    Json(body): Json<PublishIn>,
) -> Result<impl IntoResponse> {
    let confirmation = Confirmation { status: body.confirm_status };
    let position = notices.publish(publisher, notice, revision, confirmation).await?;
    Ok(stepped("published", revision + 1, Some(position)))
}

fn stepped(state: &'static str, revision: i64, position: Option<i64>) -> impl IntoResponse {
    (etag(revision), JsonOut(StateOut { state, revision, position }))
}
