//! Freezing, and the author's signature, which the officer's device makes.

use askama::Template;
use axum::{
    extract::State,
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{
    access::{NoticeAuthor, NoticeReader},
    id::NoticeId,
    notice::{Intent, State as NoticeState},
    payload::Payload,
};
use munadi_services::{
    ServiceError,
    keys::KeyRecord,
    notices::{NoticeRecord, Notices, SubmittedSignature},
};
use serde_json::json;

use super::{
    keys::own_keys,
    parts::{self, Part},
};
use crate::{
    error::Result,
    fields::Fields,
    page::Page,
    session::{Path, Right, SignedIn},
    state::WebState,
};

/// What the officer's device needs to sign.
pub(super) struct Signing {
    /// Where the signature is sent.
    pub(super) action: String,
    /// `author` or `approver`.
    pub(super) role: &'static str,
    pub(super) officer: String,
    pub(super) issuer: String,
    /// The frozen bytes in base64url.
    pub(super) payload: String,
    /// The officer's keys that sign in this role, as JSON.
    pub(super) keys: String,
    pub(super) has_keys: bool,
    pub(super) revision: i64,
}

impl Signing {
    /// What a role's signature over the frozen bytes of a notice needs; none if nothing is frozen.
    pub(super) async fn of(
        web: &WebState,
        SignedIn(actor, officer): &SignedIn,
        record: &NoticeRecord,
        (role, step): (&'static str, &str),
    ) -> Result<Option<Self>> {
        let Some(version) = &record.version else { return Ok(None) };
        let keys = own_keys(&web.parts.keys, actor, officer, role, web.parts.core.clock.now()).await?;
        let head = record.notice.head();
        Ok(Some(Self {
            action: format!("/console/notices/{}/{step}", head.id),
            role,
            officer: officer.id.to_string(),
            issuer: web.settings.issuer.clone(),
            payload: BASE64_URL_SAFE_NO_PAD.encode(&version.payload),
            keys: named(&keys),
            has_keys: !keys.is_empty(),
            revision: head.revision,
        }))
    }
}

fn named(keys: &[KeyRecord]) -> String {
    let named = keys.iter().map(|key| json!({ "kid": key.id.to_string(), "thumbprint": key.thumbprint }));
    named.collect::<serde_json::Value>().to_string()
}

#[derive(Template)]
#[template(path = "console/sign.html")]
struct SignPage {
    page: Page,
    id: NoticeId,
    revision: i64,
    intent: Intent,
    status: &'static str,
    /// How many others must sign after the author.
    approvers: usize,
    parts: Vec<Part>,
    /// Only once the notice is frozen.
    signing: Option<Signing>,
}

/// `GET /console/notices/{id}/sign`: what will be signed, in words; then, once it is frozen, the button that signs.
pub(super) async fn show(
    page: Page,
    State(web): State<WebState>,
    signed_in: SignedIn,
    Right(author): Right<NoticeAuthor>,
    Path(notice): Path<NoticeId>,
) -> Result<Response> {
    let reader = NoticeReader { department: author.department };
    let record = web.parts.notices.show(reader, notice).await?;
    if record.notice.state() != NoticeState::Draft {
        return Ok(Redirect::to(&format!("/console/notices/{notice}")).into_response());
    }
    if record.version.is_none() && !web.parts.notices.faults(&record.content).is_empty() {
        return Ok(Redirect::to(&format!("/console/notices/{notice}/edit?check=1")).into_response());
    }
    let signing = Signing::of(&web, &signed_in, &record, ("author", "submit")).await?;
    let head = record.notice.head();
    let shown = SignPage {
        id: notice,
        revision: head.revision,
        intent: head.intent,
        status: record.content.status.map_or("none", |it| it.as_str()),
        approvers: approvers(&record),
        parts: parts::of(&page, &web.parts.core.places, &said(&record)),
        signing,
        page,
    };
    Ok(Html(shown.render()?).into_response())
}

/// What is frozen, or else what is typed.
fn said(record: &NoticeRecord) -> munadi_domain::content::DraftContent {
    frozen(record).map_or_else(|| record.content.clone(), |payload| parts::content_of(&payload))
}

/// The frozen bytes as they are read.
pub(super) fn frozen(record: &NoticeRecord) -> Option<Payload> {
    record.version.as_ref().and_then(|version| serde_json::from_slice(&version.payload).ok())
}

fn approvers(record: &NoticeRecord) -> usize {
    match (record.notice.head().intent, record.content.severity) {
        (Intent::Cancel, _) => 0,
        (_, Some(munadi_domain::vocabulary::Severity::Extreme)) => 2,
        _ => 1,
    }
}

/// `POST /console/notices/{id}/freeze`.
pub(super) async fn freeze(
    State(notices): State<Notices>,
    Right(author): Right<NoticeAuthor>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Redirect> {
    match notices.freeze(author, notice, revision(&fields)).await {
        Ok(_) => Ok(Redirect::to(&format!("/console/notices/{notice}/sign"))),
        Err(ServiceError::Invalid(_)) => Ok(Redirect::to(&format!("/console/notices/{notice}/edit?check=1"))),
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/notices/{id}/submit`.
pub(super) async fn submit(
    State(notices): State<Notices>,
    Right(author): Right<NoticeAuthor>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Redirect> {
    notices.submit(author, notice, revision(&fields), &signature(&fields)).await?;
    Ok(Redirect::to(&format!("/console/notices/{notice}")))
}

/// The revision that the officer saw.
pub(super) fn revision(fields: &Fields) -> i64 {
    fields.text("revision").parse().unwrap_or(0)
}

/// The signature that the device made.
pub(super) fn signature(fields: &Fields) -> SubmittedSignature {
    SubmittedSignature {
        protected: fields.text("protected").to_owned(),
        signature: fields.text("signature").to_owned(),
    }
}
