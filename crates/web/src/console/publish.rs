//! The last page before a notice goes out: to whom, in which languages, and whether it is meant.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use munadi_domain::{
    access::{NoticeDrafter, NoticePublisher, NoticeReader},
    id::NoticeId,
    notice::Intent,
    vocabulary::Status,
};
use munadi_services::{
    ServiceError,
    notices::{Audience, Confirmation, NoticeRecord},
};

use super::{
    parts::{self, Part},
    sign,
};
use crate::{
    error::Result,
    fields::Fields,
    page::{Page, own_name},
    session::{Path, Right, SignedIn},
    state::WebState,
};

#[derive(Template)]
#[template(path = "console/publish.html")]
struct PublishPage {
    page: Page,
    id: NoticeId,
    revision: i64,
    intent: Intent,
    status: &'static str,
    headline: String,
    audience: Audience,
    languages: Vec<&'static str>,
    parts: Vec<Part>,
    may_publish: bool,
    may_edit: bool,
    /// What is wrong with the word that was typed.
    fault: Option<String>,
    typed: String,
}

/// The page of a notice that is approved.
pub(super) async fn show(
    page: Page,
    web: &WebState,
    signed_in: &SignedIn,
    reader: NoticeReader,
    record: &NoticeRecord,
    typed: Option<&str>,
) -> Result<Response> {
    let head = record.notice.head();
    let content = sign::frozen(record).map_or_else(|| record.content.clone(), |it| parts::content_of(&it));
    let status = content.status.map_or("none", |it| it.as_str());
    let shown = PublishPage {
        id: head.id,
        revision: head.revision,
        intent: head.intent,
        status,
        headline: content.languages.first().map(|version| version.headline.clone()).unwrap_or_default(),
        audience: web.parts.notices.audience(reader, head.id).await?,
        languages: content.languages.iter().map(|version| own_name(&version.lang)).collect(),
        parts: parts::of(&page, &web.parts.core.places, &content),
        may_publish: NoticePublisher::try_from(&signed_in.0).is_ok(),
        may_edit: NoticeDrafter::try_from(&signed_in.0).is_ok(),
        fault: typed.map(|_| page.t1("publish-fault", "word", page.of("status", status))),
        typed: typed.unwrap_or_default().to_owned(),
        page,
    };
    let code = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((code, Html(shown.render()?)).into_response())
}

/// `POST /console/notices/{id}/publish`.
pub(super) async fn publish(
    page: Page,
    State(web): State<WebState>,
    signed_in: SignedIn,
    Right(publisher): Right<NoticePublisher>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Response> {
    let notices = &web.parts.notices;
    let typed = fields.text("word");
    let published = match meant(&web, typed) {
        Some(status) => notices.publish(publisher, notice, sign::revision(&fields), Confirmation { status }).await,
        None => Err(ServiceError::invalid("/word", "is no status")),
    };
    match published {
        Ok(_) => Ok(Redirect::to(&format!("/console/notices/{notice}")).into_response()),
        Err(ServiceError::Invalid(_)) => {
            let reader = NoticeReader { department: publisher.department };
            let record = notices.show(reader, notice).await?;
            show(page, &web, &signed_in, reader, &record, Some(typed)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The status whose word was typed, in any language that there are pages in.
fn meant(web: &WebState, typed: &str) -> Option<Status> {
    let is_word = |status: &Status| {
        let key = format!("status-{}", status.as_str().to_ascii_lowercase());
        let mut languages = web.catalogue.languages().filter_map(|lang| web.catalogue.of(lang));
        languages.any(|texts| texts.get(&key, &[]).to_lowercase() == typed.trim().to_lowercase())
    };
    Status::ALL.iter().copied().find(is_word)
}
