//! One notice: its page shows what its state calls for.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use munadi_domain::{
    access::{NoticeDrafter, NoticeReader},
    id::NoticeId,
    notice::State as NoticeState,
};

use super::{progress, publish, review};
use crate::{
    error::Result,
    page::Page,
    session::{Path, Right, SignedIn},
    state::WebState,
};

/// `GET /console/notices/{id}`.
pub(super) async fn show(
    page: Page,
    State(web): State<WebState>,
    signed_in: SignedIn,
    Right(reader): Right<NoticeReader>,
    Path(notice): Path<NoticeId>,
) -> Result<Response> {
    let record = web.parts.notices.show(reader, notice).await?;
    match record.notice.state() {
        NoticeState::Draft if NoticeDrafter::try_from(&signed_in.0).is_ok() => Ok(to(notice, "edit")),
        NoticeState::Draft => Ok(to(notice, "preview")),
        NoticeState::InReview => review::show(page, &web, &signed_in, reader, &record).await,
        NoticeState::Approved => publish::show(page, &web, &signed_in, reader, &record, None).await,
        NoticeState::Published | NoticeState::Superseded | NoticeState::Withdrawn => {
            progress::show(page, &web, &signed_in, reader, &record).await
        }
    }
}

/// A page below a notice.
fn to(notice: NoticeId, page: &str) -> Response {
    Redirect::to(&format!("/console/notices/{notice}/{page}")).into_response()
}
