//! For those who look after the installation: what queues gave up on, and push services that are stopped.

use askama::Template;
use axum::{
    extract::{FromRef, State},
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
    state::{LookAtQueues, QueueLine, WebState},
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
    /// Nothing if RabbitMQ does not answer.
    queues: Option<Vec<QueueLine>>,
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

/// What the page is made from.
#[derive(Clone)]
pub(super) struct Machine {
    letters: DeadLetters,
    origins: Origins,
    queues: LookAtQueues,
}

impl FromRef<WebState> for Machine {
    fn from_ref(web: &WebState) -> Self {
        let (letters, origins) = (DeadLetters::from_ref(web), Origins::from_ref(web));
        Self { letters, origins, queues: LookAtQueues::from_ref(web) }
    }
}

async fn fill(page: Page, machine: &Machine, operator: PlatformAdmin) -> Result<OperatorPage> {
    let listed = machine.letters.list(operator, false, Part::default()).await?;
    let origins = machine.origins.list(operator).await?;
    let queues = (machine.queues)().await;
    let has_more = listed.next.is_some();
    Ok(OperatorPage { page, letters: listed.items, has_more, origins, queues, unreasoned: None })
}

/// `GET /console/operator`.
pub(super) async fn show(
    page: Page,
    State(machine): State<Machine>,
    Right(operator): Right<PlatformAdmin>,
) -> Result<Html<String>> {
    Ok(Html(fill(page, &machine, operator).await?.render()?))
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
    State(machine): State<Machine>,
    Right(operator): Right<PlatformAdmin>,
    Path(letter): Path<DeadLetterId>,
    fields: Fields,
) -> Result<Response> {
    match machine.letters.drop_letter(operator, letter, fields.text("because")).await {
        Ok(()) => Ok(Redirect::to("/console/operator").into_response()),
        Err(ServiceError::Invalid(_)) => {
            let filled = fill(page, &machine, operator).await?;
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
