//! For those who look after the installation: what queues gave up on, and push services that are stopped.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use munadi_domain::{access::PlatformAdmin, id::DeadLetterId};
use munadi_services::{
    ServiceError,
    dead_letters::{DeadLetterRecord, DeadLetters},
    origins::{OriginRow, Origins},
    page::Page as Part,
};

use crate::{
    error::Result,
    fields::Fields,
    page::Page,
    session::{Path, Right},
};

/// So much of a message is shown.
const SHOWN_BYTES: usize = 400;

#[derive(Template)]
#[template(path = "console/operator.html")]
struct OperatorPage {
    page: Page,
    letters: Vec<DeadLetterRecord>,
    has_more: bool,
    origins: Vec<OriginRow>,
    /// The letter whose reason is missing.
    unreasoned: Option<DeadLetterId>,
}

impl OperatorPage {
    /// Whether the reason for dropping this one is missing.
    fn lacks_reason(&self, letter: &DeadLetterRecord) -> bool {
        self.unreasoned == Some(letter.id)
    }

    /// The beginning of a message, which may be anything.
    fn body(letter: &DeadLetterRecord) -> String {
        let end = letter.body.len().min(SHOWN_BYTES);
        String::from_utf8_lossy(&letter.body[..end]).into_owned()
    }
}

async fn fill(page: Page, letters: &DeadLetters, origins: &Origins, operator: PlatformAdmin) -> Result<OperatorPage> {
    let listed = letters.list(operator, false, Part::default()).await?;
    let origins = origins.list(operator).await?;
    let has_more = listed.next.is_some();
    Ok(OperatorPage { page, letters: listed.items, has_more, origins, unreasoned: None })
}

/// `GET /console/operator`.
pub(super) async fn show(
    page: Page,
    State(letters): State<DeadLetters>,
    State(origins): State<Origins>,
    Right(operator): Right<PlatformAdmin>,
) -> Result<Html<String>> {
    Ok(Html(fill(page, &letters, &origins, operator).await?.render()?))
}

/// `POST /console/operator/letters/{letter}/retry`.
pub(super) async fn retry(
    State(letters): State<DeadLetters>,
    Right(operator): Right<PlatformAdmin>,
    Path(letter): Path<DeadLetterId>,
) -> Result<Redirect> {
    letters.retry(operator, letter).await?;
    Ok(Redirect::to("/console/operator"))
}

/// `POST /console/operator/letters/{letter}/drop`.
pub(super) async fn drop_letter(
    page: Page,
    State(letters): State<DeadLetters>,
    State(origins): State<Origins>,
    Right(operator): Right<PlatformAdmin>,
    Path(letter): Path<DeadLetterId>,
    fields: Fields,
) -> Result<Response> {
    match letters.drop_letter(operator, letter, fields.text("because")).await {
        Ok(()) => Ok(Redirect::to("/console/operator").into_response()),
        Err(ServiceError::Invalid(_)) => {
            let filled = fill(page, &letters, &origins, operator).await?;
            let shown = OperatorPage { unreasoned: Some(letter), ..filled };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown.render()?)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/operator/origins/resume`.
pub(super) async fn resume(
    State(origins): State<Origins>,
    Right(operator): Right<PlatformAdmin>,
    fields: Fields,
) -> Result<Redirect> {
    origins.resume(operator, fields.text("origin")).await?;
    Ok(Redirect::to("/console/operator"))
}
