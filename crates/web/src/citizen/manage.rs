//! `/manage`: what is stored about a citizen, and its end. The subscription's secret is in the browser alone, so this needs its script.

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::Html,
};
use munadi_domain::topic::Topic;
use serde_json::{Map, Value};

use super::{Library, wishes::Wishes};
use crate::{error::Result, page::Page};

#[derive(Template)]
#[template(path = "citizen/manage.html")]
struct Manage {
    page: Page,
    /// What the cookie keeps, in words.
    places: Vec<String>,
    topic_names: String,
}

/// `GET /manage`.
pub(super) async fn show(State(library): State<Library>, page: Page, headers: HeaderMap) -> Result<Html<String>> {
    let name = |topic: &Topic| (topic.as_str().to_owned(), Value::from(page.of("topic", topic.as_str())));
    let mut names: Map<_, _> = Topic::ALL.iter().map(name).collect();
    names.insert("all".to_owned(), page.t("inbox-topics-all").into());
    let places = Wishes::of_cookie(&headers).places(&library.core.places);
    Ok(Html(Manage { places, topic_names: Value::Object(names).to_string(), page }.render()?))
}
