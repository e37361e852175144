//! `/`: what this is, and how to get notices: a place, topics, a language.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, Html, IntoResponse, Redirect, Response},
};
use munadi_domain::{area::Pin, language::KNOWN, limits::SUBSCRIPTION_PINS, place::Places, topic::Topic};
use munadi_services::{inbox::Query, page::Page as Part};

use super::{
    Library,
    card::Card,
    reader::Reader,
    wishes::{self, Wishes},
};
use crate::{
    cookie::{self, Kept},
    error::Result,
    fields::Fields,
    page::{LANGUAGE_COOKIE, Page},
    state::{WebSettings, WebState},
};

/// How many notices the first page shows.
const LATEST: u16 = 5;
/// How long the wishes are kept: a year.
const KEPT: i64 = 365 * 24 * 3_600;

/// A box to tick, or a language to choose.
struct Choice {
    value: &'static str,
    words: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "citizen/home.html")]
struct Home {
    page: Page,
    /// The PIN codes as they were typed.
    pins: String,
    /// What is wrong with them.
    fault: Option<String>,
    /// What they are called.
    places: Vec<String>,
    topics: Vec<Choice>,
    languages: Vec<Choice>,
    latest: Vec<Card>,
    most_pins: usize,
}

/// `GET /`. With `pins` it shows what places these are called; `pin` is the same for links.
pub(super) async fn show(
    State(library): State<Library>,
    page: Page,
    reader: Reader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let query = query.unwrap_or_default();
    let fields = Fields::of_query(&if query.starts_with("pin=") { query.replacen("pin=", "pins=", 1) } else { query });
    if fields.has("pins") {
        let fault = fault(&page, &fields, &library.core.places);
        let (pins, asked) = (fields.text("pins").to_owned(), Wishes::of_fields(&fields));
        return form(&library, page, &reader, pins, &asked, fault).await;
    }
    let kept = Wishes::of_cookie(&headers).existing(&library.core.places);
    let pins = kept.pins_joined().replace(',', " ");
    form(&library, page, &reader, pins, &kept, None).await
}

/// `POST /subscribe`: keeps the wishes for the inbox, where notifications can be turned on.
pub(super) async fn subscribe(
    State(library): State<Library>,
    State(settings): State<Arc<WebSettings>>,
    State(web): State<WebState>,
    page: Page,
    reader: Reader,
    fields: Fields,
) -> Result<Response> {
    let wishes = Wishes::of_fields(&fields);
    let fault = fault(&page, &fields, &library.core.places);
    if fault.is_some() {
        return form(&library, page, &reader, fields.text("pins").to_owned(), &wishes, fault).await;
    }
    let secure = settings.is_https();
    let mut cookies = vec![cookie::make(wishes::COOKIE, &wishes.to_cookie(), Kept::Seconds(KEPT), secure)];
    // The pages speak the chosen language too, if they can.
    if let Some(lang) = wishes.language.as_ref().filter(|lang| web.catalogue.of(lang).is_some()) {
        cookies.push(cookie::make(LANGUAGE_COOKIE, lang.as_str(), Kept::Seconds(KEPT), secure));
    }
    let cookies: Vec<_> = cookies.into_iter().flatten().map(|cookie| (header::SET_COOKIE, cookie)).collect();
    Ok((AppendHeaders(cookies), Redirect::to("/inbox#notifications")).into_response())
}

async fn form(
    library: &Library,
    page: Page,
    reader: &Reader,
    pins: String,
    wishes: &Wishes,
    fault: Option<String>,
) -> Result<Response> {
    let latest = library.inbox.page(&Query::default(), Part::new(None, LATEST)).await?;
    let now = library.core.clock.now();
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let home = Home {
        places: wishes.places(&library.core.places),
        topics: topics(&page, wishes),
        languages: languages(&page, wishes),
        latest: latest.items.iter().map(|notice| Card::new(&page, reader, notice, now)).collect(),
        most_pins: SUBSCRIPTION_PINS,
        pins: pins.chars().take(300).collect(),
        fault,
        page,
    };
    Ok((status, Html(home.render()?)).into_response())
}

/// What is wrong with the PIN codes, in words.
fn fault(page: &Page, fields: &Fields, places: &Places) -> Option<String> {
    let typed = wishes::typed_pins(fields);
    let is_unknown = |typed: &&String| {
        let pin: Option<Pin> = typed.parse().ok();
        pin.and_then(|pin| places.district_of(pin)).is_none()
    };
    match typed.iter().find(is_unknown) {
        _ if typed.is_empty() => Some(page.t("home-pins-missing")),
        Some(word) => Some(page.t1("home-pins-unknown", "pin", word.chars().take(20).collect::<String>())),
        None if typed.len() > SUBSCRIPTION_PINS => Some(page.count("home-pins-many", SUBSCRIPTION_PINS)),
        None => None,
    }
}

fn topics(page: &Page, wishes: &Wishes) -> Vec<Choice> {
    let choice = |topic: &Topic| Choice {
        value: topic.as_str(),
        words: page.of("topic", topic.as_str()),
        is_chosen: wishes.topics.contains(topic),
    };
    Topic::ALL.iter().map(choice).collect()
}

fn languages(page: &Page, wishes: &Wishes) -> Vec<Choice> {
    let wanted = wishes.language.as_ref().unwrap_or(page.lang()).primary().to_owned();
    let choice = |(tag, _, own): &(&'static str, &str, &str)| Choice {
        value: tag,
        words: (*own).to_owned(),
        is_chosen: *tag == wanted,
    };
    KNOWN.iter().map(choice).collect()
}
