//! `/inbox`: the notices for the places and topics that a citizen has chosen.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Html,
};
use munadi_domain::vocabulary::{Severity, Status};
use munadi_services::page::Page as Part;
use serde_json::{Map, Value};

use super::{Library, card::Card, wishes::Wishes};
use crate::{error::Result, fields::Fields, page::Page, state::WebSettings};

const SHOWN: u16 = 20;

#[derive(Template)]
#[template(path = "citizen/inbox.html")]
struct InboxPage {
    page: Page,
    wishes: Wishes,
    language: String,
    places: Vec<String>,
    topics: Vec<String>,
    cards: Vec<Card>,
    /// Where the next page of older notices begins.
    next: Option<i64>,
    position: i64,
    consent_version: String,
    severity_names: String,
    status_names: String,
    state_names: String,
}

impl InboxPage {
    /// The address of this list, from a position on.
    fn older(&self, before: &i64) -> String {
        format!("/inbox?pins={}&topics={}&before={before}", self.wishes.pins_joined(), self.wishes.topics_joined())
    }
}

/// `GET /inbox`: by the address, else by the cookie.
pub(super) async fn show(
    State(library): State<Library>,
    State(settings): State<Arc<WebSettings>>,
    page: Page,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Html<String>> {
    let fields = Fields::of_query(query.as_deref().unwrap_or_default());
    let kept = Wishes::of_cookie(&headers);
    let wishes = if fields.has("pins") { Wishes { language: kept.language, ..Wishes::of_fields(&fields) } } else { kept };
    // First the position: what is published meanwhile is shown now, or heard of later, or both.
    let position = library.inbox.position().await?;
    let before = fields.some("before").and_then(|text| text.parse().ok());
    let known = Wishes { pins: known_pins(&wishes, &library), ..wishes };
    let listed = library.inbox.page(&known.query(), Part::new(before, SHOWN)).await?;
    let now = library.core.clock.now();
    let names = |family: &str, members: &[&str]| {
        let name = |member: &&str| ((*member).to_owned(), Value::from(page.of(family, member)));
        Value::Object(members.iter().map(name).collect::<Map<_, _>>()).to_string()
    };
    let inbox = InboxPage {
        language: known.language.as_ref().unwrap_or(page.lang()).to_string(),
        places: known.places(&library.core.places),
        topics: known.topics.iter().map(|topic| page.of("topic", topic.as_str())).collect(),
        cards: listed.items.iter().map(|notice| Card::new(&page, notice, now)).collect(),
        next: listed.next,
        position,
        consent_version: settings.consent_text_version.clone(),
        severity_names: names("severity", &Severity::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>()),
        status_names: names("drill", &[Status::Exercise.as_str(), Status::Test.as_str()]),
        state_names: names("state", &["superseded", "withdrawn", "expired"]),
        wishes: known,
        page,
    };
    Ok(Html(inbox.render()?))
}

/// PIN codes that no longer exist would make the whole list fail.
fn known_pins(wishes: &Wishes, library: &Library) -> Vec<munadi_domain::area::Pin> {
    let exists = |pin: &&munadi_domain::area::Pin| library.core.places.district_of(**pin).is_some();
    wishes.pins.iter().filter(exists).copied().collect()
}
