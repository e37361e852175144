//! A draft from a CAP alert that is handed in as a file.

use askama::Template;
use axum::{
    extract::{Multipart, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use munadi_domain::{access::NoticeDrafter, fault::Fault, id::NoticeId, limits::CAP_BYTES};
use munadi_services::{ServiceError, notices::Notices};

use crate::{
    error::{PageError, Result},
    page::Page,
    session::Right,
};

#[derive(Template)]
#[template(path = "console/import.html")]
struct ImportPage {
    page: Page,
    /// The draft, if one was made.
    notice: Option<NoticeId>,
    /// What was decided on the way, or why there is no draft.
    remarks: Vec<Fault>,
}

/// `POST /console/notices/import`.
pub(super) async fn import(
    page: Page,
    State(notices): State<Notices>,
    Right(drafter): Right<NoticeDrafter>,
    form: Multipart,
) -> Result<Response> {
    let document = file(form).await?;
    let (status, notice, remarks) = match notices.import_cap(&drafter, &document).await {
        Ok(imported) => (StatusCode::OK, Some(imported.notice), imported.warnings),
        Err(ServiceError::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, None, faults),
        Err(error) => return Err(error.into()),
    };
    Ok((status, Html(ImportPage { page, notice, remarks }.render()?)).into_response())
}

async fn file(mut form: Multipart) -> Result<Vec<u8>> {
    while let Some(mut field) = form.next_field().await.map_err(|_| PageError::Unreadable)? {
        if field.name() != Some("cap") {
            continue;
        }
        let mut document = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|_| PageError::Unreadable)? {
            document.extend_from_slice(&chunk);
            if document.len() > CAP_BYTES {
                return Err(PageError::Unreadable);
            }
        }
        return Ok(document);
    }
    Err(PageError::Unreadable)
}
