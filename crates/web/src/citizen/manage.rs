//! `/manage`: what is stored about a citizen, and its end. The subscription's secret is in the browser alone, so its part needs a script.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{AppendHeaders, Html, IntoResponse, Redirect, Response},
};
use munadi_domain::topic::Topic;
use munadi_services::subscriptions::Subscriptions;
use serde_json::{Map, Value};

use super::{
    Library,
    wishes::{self, Wishes},
};
use crate::{
    cookie::{self, Kept},
    error::Result,
    page::{Page, own_name},
    push_service,
    state::WebSettings,
};

#[derive(Template)]
#[template(path = "citizen/manage.html")]
struct Manage {
    page: Page,
    /// What the cookie keeps, in words.
    places: Vec<String>,
    topics: Vec<String>,
    language: Option<&'static str>,
    topic_names: String,
    push_services: String,
}

/// `GET /manage`.
pub(super) async fn show(
    State(library): State<Library>,
    State(subscriptions): State<Subscriptions>,
    page: Page,
    headers: HeaderMap,
) -> Result<Html<String>> {
    let name = |topic: &Topic| (topic.as_str().to_owned(), Value::from(page.of("topic", topic.as_str())));
    let mut names: Map<_, _> = Topic::ALL.iter().map(name).collect();
    names.insert("all".to_owned(), page.t("inbox-topics-all").into());
    let kept = Wishes::of_cookie(&headers);
    let manage = Manage {
        places: kept.places(&library.core.places),
        topics: kept.topics.iter().map(|topic| page.of("topic", topic.as_str())).collect(),
        language: kept.language.as_ref().map(own_name),
        topic_names: Value::Object(names).to_string(),
        push_services: push_service::for_scripts(page.texts(), subscriptions.push_policy()),
        page,
    };
    Ok(Html(manage.render()?))
}

/// `POST /forget`: the browser forgets the places, topics and language. No script can read or erase the cookie.
pub(super) async fn forget(State(settings): State<Arc<WebSettings>>) -> Response {
    let gone = cookie::make(wishes::COOKIE, "", Kept::Gone, settings.is_https());
    let gone: Vec<_> = gone.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect();
    (AppendHeaders(gone), Redirect::to("/manage")).into_response()
}
