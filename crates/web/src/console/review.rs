//! Review: read each language, see what changed, sign or send back.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use munadi_domain::{
    access::{NoticeApprover, NoticeDrafter, NoticeReader},
    content::DraftContent,
    id::NoticeId,
    limits::COMMENT_CHARS,
    notice::{Intent, Notice, Refusal},
};
use munadi_services::{
    ServiceError,
    notices::{NoticeRecord, Notices},
};

use super::{
    diff::Kind,
    form::LanguageRow,
    parts::{self, Changed, Part},
    sign::{self, Signing},
};
use crate::{
    error::Result,
    fields::Fields,
    page::Page,
    session::{Path, Right, SignedIn},
    state::WebState,
};

/// A language version, and whether somebody has found it right.
struct Version {
    row: LanguageRow,
    is_read: bool,
}

#[derive(Template)]
#[template(path = "console/review.html")]
struct ReviewPage {
    page: Page,
    id: NoticeId,
    revision: i64,
    intent: Intent,
    status: &'static str,
    facts: Vec<Part>,
    versions: Vec<Version>,
    /// What changed since somebody last read it; none if there is nothing to compare with.
    changes: Option<Vec<Changed>>,
    /// Signatures of approvers that are there, and that are needed.
    given: usize,
    needed: usize,
    may_approve: bool,
    /// The text that says why this officer cannot approve it.
    why_not: Option<&'static str>,
    may_edit: bool,
    /// Only once every language is read.
    signing: Option<Signing>,
    /// Whether a comment is missing or too long.
    is_comment_wrong: bool,
}

/// The page of a notice that is in review.
pub(super) async fn show(
    page: Page,
    web: &WebState,
    signed_in: &SignedIn,
    reader: NoticeReader,
    record: &NoticeRecord,
) -> Result<Response> {
    let shown = fill(page, web, signed_in, reader, record).await?;
    Ok(Html(shown.render()?).into_response())
}

async fn fill(
    page: Page,
    web: &WebState,
    signed_in: &SignedIn,
    reader: NoticeReader,
    record: &NoticeRecord,
) -> Result<ReviewPage> {
    let head = record.notice.head();
    let content = sign::frozen(record).map_or_else(|| record.content.clone(), |it| parts::content_of(&it));
    let why_not = why_not(signed_in, &record.notice);
    let (given, needed, read_all) = progress(&record.notice);
    let is_ready = read_all && why_not.is_none();
    let signing = if is_ready { Signing::of(web, signed_in, record, ("approver", "approve")).await? } else { None };
    Ok(ReviewPage {
        id: head.id,
        revision: head.revision,
        intent: head.intent,
        status: content.status.map_or("none", |it| it.as_str()),
        facts: parts::facts(&page, &web.parts.core.places, &content),
        versions: versions(&record.notice, &content),
        changes: changes(&page, web, reader, record, &content).await?,
        given,
        needed,
        may_approve: why_not.is_none(),
        why_not,
        may_edit: NoticeDrafter::try_from(&signed_in.0).is_ok(),
        signing,
        is_comment_wrong: false,
        page,
    })
}

fn why_not(SignedIn(actor, officer): &SignedIn, notice: &Notice) -> Option<&'static str> {
    let Notice::InReview(review) = notice else { return Some("review-not-state") };
    match review.may_approve(officer.id) {
        Err(Refusal::AuthorApproves) => Some("review-not-author"),
        Err(_) => Some("review-not-editor"),
        Ok(()) if NoticeApprover::try_from(actor).is_err() => Some("review-not-approver"),
        Ok(()) if review.approvers.contains(&officer.id) => Some("review-not-twice"),
        Ok(()) => None,
    }
}

fn progress(notice: &Notice) -> (usize, usize, bool) {
    match notice {
        Notice::InReview(review) => {
            (review.approvers.len(), review.frozen.payload.approvers_needed(), review.languages_missing().is_empty())
        }
        _ => (0, 0, false),
    }
}

fn versions(notice: &Notice, content: &DraftContent) -> Vec<Version> {
    let is_read = |lang| matches!(notice, Notice::InReview(review) if review.languages.contains_key(lang));
    let versions = content.languages.iter();
    versions.map(|version| Version { row: version.into(), is_read: is_read(&version.lang) }).collect()
}

/// Compared with what was submitted before; if nothing was, with the notice that this one follows.
async fn changes(
    page: &Page,
    web: &WebState,
    reader: NoticeReader,
    record: &NoticeRecord,
    content: &DraftContent,
) -> Result<Option<Vec<Changed>>> {
    let (notices, head) = (&web.parts.notices, record.notice.head());
    let before = match notices.previous_version(reader, head.id).await? {
        Some(version) => Some(parts::content_of(&version.payload)),
        None => match head.replaces {
            Some(original) => Some(notices.show(reader, original).await?.content),
            None => None,
        },
    };
    let words = |content: &DraftContent| parts::of(page, &web.parts.core.places, content);
    Ok(before.map(|before| parts::changes(&words(&before), &words(content))))
}

/// `POST /console/notices/{id}/languages`: the officer has read these.
pub(super) async fn approve_languages(
    State(notices): State<Notices>,
    Right(approver): Right<NoticeApprover>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Redirect> {
    let languages: Vec<_> = fields.all("languages").filter_map(|tag| tag.parse().ok()).collect();
    if !languages.is_empty() {
        notices.approve_languages(approver, notice, sign::revision(&fields), &languages).await?;
    }
    Ok(Redirect::to(&format!("/console/notices/{notice}#languages")))
}

/// `POST /console/notices/{id}/approve`.
pub(super) async fn approve(
    State(notices): State<Notices>,
    Right(approver): Right<NoticeApprover>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Redirect> {
    notices.approve(approver, notice, sign::revision(&fields), &sign::signature(&fields)).await?;
    Ok(Redirect::to(&format!("/console/notices/{notice}")))
}

/// `POST /console/notices/{id}/return`.
pub(super) async fn send_back(
    page: Page,
    State(web): State<WebState>,
    signed_in: SignedIn,
    Right(approver): Right<NoticeApprover>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Response> {
    let notices = &web.parts.notices;
    match notices.send_back(approver, notice, sign::revision(&fields), fields.text("comment")).await {
        Ok(_) => Ok(Redirect::to("/console").into_response()),
        Err(ServiceError::Invalid(_)) => {
            let reader = NoticeReader { department: approver.department };
            let record = notices.show(reader, notice).await?;
            let shown = fill(page, &web, &signed_in, reader, &record).await?;
            let shown = ReviewPage { is_comment_wrong: true, ..shown };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown.render()?)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
