//! `/inbox`: the notices for the places and topics that a citizen has chosen.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Html,
};
use munadi_domain::{
    subscription::PushPolicy,
    vocabulary::{Severity, Status},
};
use munadi_services::{page::Page as Part, subscriptions::Subscriptions};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{Library, card::Card, reader::Reader, wishes::Wishes};
use crate::{error::Result, fields::Fields, page::Page, push_service, state::WebSettings};

const SHOWN: u16 = 20;

#[derive(Template)]
#[template(path = "citizen/inbox.html")]
struct InboxPage {
    page: Page,
    wishes: Wishes,
    /// Whether the wishes are this browser's own, and not those of a link.
    is_own: bool,
    language: String,
    places: Vec<String>,
    topics: Vec<String>,
    cards: Vec<Card>,
    /// Where the older notices are.
    older: Option<String>,
    /// Whether this is such a page: nothing new appears on it.
    is_older: bool,
    position: i64,
    now: OffsetDateTime,
    consent_version: String,
    push: PushPolicy,
    push_services: String,
    severity_names: String,
    status_names: String,
    state_names: String,
}

/// `GET /inbox`: by the address, else by the cookie.
pub(super) async fn show(
    State(library): State<Library>,
    State(settings): State<Arc<WebSettings>>,
    State(subscriptions): State<Subscriptions>,
    page: Page,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Html<String>> {
    let fields = Fields::of_query(query.as_deref().unwrap_or_default());
    let kept = Wishes::of_cookie(&headers);
    let is_own = !fields.has("pins") && !fields.has("topics");
    let wishes = if is_own { kept } else { Wishes { language: kept.language, ..Wishes::of_fields(&fields) } };
    let wishes = wishes.existing(&library.core.places);
    // First the position: what is published meanwhile is shown now, or heard of later, or both.
    let position = library.inbox.position().await?;
    let before: Option<i64> = fields.some("before").and_then(|text| text.parse().ok());
    let listed = library.inbox.page(&wishes.query(), Part::new(before, SHOWN)).await?;
    let now = library.core.clock.now();
    let severities: Vec<&str> = Severity::ALL.iter().map(|severity| severity.as_str()).collect();
    let inbox = InboxPage {
        language: wishes.language.as_ref().unwrap_or(page.lang()).to_string(),
        places: wishes.places(&library.core.places),
        topics: wishes.topics.iter().map(|topic| page.of("topic", topic.as_str())).collect(),
        cards: listed.items.iter().map(|notice| Card::new(&page, &reader, notice, now)).collect(),
        older: listed.next.map(|before| older(&wishes, before)),
        is_older: before.is_some(),
        push: subscriptions.push_policy().clone(),
        push_services: push_service::for_scripts(page.texts(), subscriptions.push_policy()),
        consent_version: settings.consent_text_version.clone(),
        severity_names: names(&page, "severity", &severities),
        status_names: names(&page, "mark", &[Status::Exercise.as_str(), Status::Test.as_str()]),
        state_names: names(&page, "state", &["superseded", "withdrawn", "expired"]),
        is_own,
        position,
        now,
        wishes,
        page,
    };
    Ok(Html(inbox.render()?))
}

/// The address of the same list, from a position on.
fn older(wishes: &Wishes, before: i64) -> String {
    format!("/inbox?pins={}&topics={}&before={before}", wishes.pins_joined(), wishes.topics_joined())
}

/// What a script calls things, as JSON.
fn names(page: &Page, family: &str, members: &[&str]) -> String {
    let name = |member: &&str| ((*member).to_owned(), Value::from(page.of(family, member)));
    Value::Object(members.iter().map(name).collect::<Map<_, _>>()).to_string()
}
