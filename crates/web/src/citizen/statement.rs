//! The pages that a site of a government must have: who runs it, privacy, accessibility, terms. Each names its owner and the day of its
//! last change.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, response::Html, routing::get};
use munadi_services::{people::People, subscriptions::Subscriptions};
use time::{OffsetDateTime, macros::datetime};

use crate::{
    departments::{self, name_of},
    error::Result,
    page::Page,
    state::{WebSettings, WebState},
};

/// When the texts of these pages were last changed. Set it with every change of a text whose key begins with the page's name.
const CHANGED: OffsetDateTime = datetime!(2026-11-23 00:00 UTC);

/// A part of a statement: its anchor, and the keys of its heading and of its paragraphs.
struct Section {
    anchor: &'static str,
    heading: String,
    paragraphs: Vec<String>,
    items: Vec<String>,
    /// A page that says more, and its name.
    more: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "citizen/statement.html")]
struct Statement {
    page: Page,
    title: String,
    lead: String,
    sections: Vec<Section>,
    contact: String,
    contact_words: String,
    changed: OffsetDateTime,
}

/// Their addresses.
pub(super) fn router() -> Router<WebState> {
    let about = |state, people, subscriptions, page| {
        show(state, people, subscriptions, page, "about", &["who", "signed", "check", "reach", "drills"])
    };
    let privacy = |state, people, subscriptions, page| {
        show(state, people, subscriptions, page, "privacy", &["stored", "not", "cookies", "push", "rights"])
    };
    let accessibility = |state, people, subscriptions, page| {
        show(state, people, subscriptions, page, "accessibility", &["how", "known", "tell"])
    };
    let terms = |state, people, subscriptions, page| {
        show(state, people, subscriptions, page, "terms", &["use", "late", "copy"])
    };
    Router::new()
        .route("/about", get(about))
        .route("/privacy", get(privacy))
        .route("/accessibility", get(accessibility))
        .route("/terms", get(terms))
}

async fn show(
    State(settings): State<Arc<WebSettings>>,
    State(people): State<People>,
    State(subscriptions): State<Subscriptions>,
    page: Page,
    name: &'static str,
    parts: &[&'static str],
) -> Result<Html<String>> {
    let section = |anchor: &&'static str| Section {
        anchor,
        heading: page.of(name, &format!("{anchor}-title")),
        paragraphs: texts(&page, &format!("{name}-{anchor}-text")),
        items: Vec::new(),
        more: ["reach", "push"].contains(anchor).then(|| ("/reach", page.t("reach-title"))),
    };
    let mut sections: Vec<Section> = parts.iter().map(section).collect();
    if let Some(who) = sections.iter_mut().find(|section| section.anchor == "who") {
        who.items = departments(&people, &page).await?;
    }
    if let Some(push) = sections.iter_mut().find(|section| section.anchor == "push") {
        push.paragraphs.push(page.of("reach-given", subscriptions.push_policy().foreign.as_str()));
    }
    let statement = Statement {
        title: page.of(name, "title"),
        lead: page.of(name, "lead"),
        sections,
        contact: settings.contact.clone(),
        contact_words: settings.contact.trim_start_matches("mailto:").to_owned(),
        changed: CHANGED,
        page,
    };
    Ok(Html(statement.render()?))
}

/// The paragraphs of a text, which may name who signs here.
fn texts(page: &Page, key: &str) -> Vec<String> {
    page.texts().get(key, &[("issuer", page.issuer().into())]).lines().map(str::to_owned).collect()
}

/// The departments that publish here.
async fn departments(people: &People, page: &Page) -> Result<Vec<String>> {
    Ok(departments::all(people).await?.iter().map(|department| name_of(department, page)).collect())
}
