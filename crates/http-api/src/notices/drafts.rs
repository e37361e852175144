//! Writing notices.

use axum::{
    Json as JsonOut,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use munadi_domain::{access::NoticeDrafter, content::DraftContent, id::NoticeId, limits, notice::Intent};
use munadi_services::notices::Notices;

use super::{
    body::{ImportedOut, NoticeOut},
    shown,
};
use crate::{
    extract::{IfMatch, Json, Path, Right},
    problem::{Kind, Result},
    schema,
};

/// Makes a draft. Anything may still be missing.
#[utoipa::path(post, path = "/v1/notices", tag = "notices", request_body = schema::DraftContent,
    responses((status = 201, body = NoticeOut, headers(("ETag" = String)))))]
pub(super) async fn create_notice(
    State(notices): State<Notices>,
    Right(drafter): Right<NoticeDrafter>,
    Json(content): Json<DraftContent>,
) -> Result<impl IntoResponse> {
    let record = notices.create(&drafter, &content).await?;
    Ok(shown(&notices, StatusCode::CREATED, &record))
}

/// Makes a draft from a CAP 1.1 or 1.2 alert, of at most 1 MiB.
#[utoipa::path(post, path = "/v1/notices/cap", tag = "notices",
    request_body(content = String, content_type = "application/cap+xml"),
    responses((status = 201, body = ImportedOut)))]
pub(super) async fn import_cap(
    State(notices): State<Notices>,
    Right(drafter): Right<NoticeDrafter>,
    headers: HeaderMap,
    document: Bytes,
) -> Result<impl IntoResponse> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !["application/cap+xml", "application/xml", "text/xml"].contains(&media_type) {
        return Err(Kind::MEDIA_TYPE.with("Send the alert with Content-Type: application/cap+xml"));
    }
    if document.len() > limits::CAP_BYTES {
        return Err(Kind::TOO_LARGE.with("A CAP alert may have at most 1 MiB"));
    }
    let imported = notices.import_cap(&drafter, &document).await?;
    Ok((StatusCode::CREATED, JsonOut(ImportedOut::from(imported))))
}

/// Saves an edit. Whatever was signed or approved is void, and the notice is a draft again.
#[utoipa::path(put, path = "/v1/notices/{notice}", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The ETag that the edit was made from")),
    request_body = schema::DraftContent,
    responses((status = 200, body = NoticeOut, headers(("ETag" = String)))))]
pub(super) async fn edit_notice(
    State(notices): State<Notices>,
    Right(drafter): Right<NoticeDrafter>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
    Json(content): Json<DraftContent>,
) -> Result<impl IntoResponse> {
    let record = notices.edit(&drafter, notice, revision, &content).await?;
    Ok(shown(&notices, StatusCode::OK, &record))
}

/// Discards a draft.
#[utoipa::path(delete, path = "/v1/notices/{notice}", tag = "notices",
    params(("notice" = schema::NoticeId, Path), ("If-Match" = schema::Tag, Header, description = "The notice's ETag")),
    responses((status = 204)))]
pub(super) async fn discard_notice(
    State(notices): State<Notices>,
    Right(drafter): Right<NoticeDrafter>,
    Path(notice): Path<NoticeId>,
    IfMatch(revision): IfMatch,
) -> Result<StatusCode> {
    notices.discard(&drafter, notice, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

macro_rules! follow {
    ($(#[$doc:meta])* $name:ident, $path:literal, $intent:ident) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "notices", params(("notice" = schema::NoticeId, Path, description = "The published notice")),
            responses((status = 201, body = NoticeOut, headers(("ETag" = String)))))]
        pub(super) async fn $name(
            State(notices): State<Notices>,
            Right(drafter): Right<NoticeDrafter>,
            Path(notice): Path<NoticeId>,
        ) -> Result<impl IntoResponse> {
            let record = notices.follow(&drafter, notice, Intent::$intent).await?;
            Ok(shown(&notices, StatusCode::CREATED, &record))
        }
    };
}

follow! {
    /// Starts an update of a published notice: a draft with its text, which goes to everyone who got it and to the area it names.
    update_notice, "/v1/notices/{notice}/update", Update
}
follow! {
    /// Starts a correction of a published notice: a draft with its text, which goes to exactly those who got it.
    correct_notice, "/v1/notices/{notice}/correct", Correct
}
follow! {
    /// Starts taking a published notice back: a draft that one person can submit and publish.
    cancel_notice, "/v1/notices/{notice}/cancel", Cancel
}
