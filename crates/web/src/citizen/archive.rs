//! `/archive`: every notice that was ever published, with a search.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use munadi_domain::{area::Pin, topic::Topic};
use munadi_services::{
    inbox::{Place, Query},
    page::Page as Part,
    people::People,
};
use time::{Duration, OffsetDateTime};
use url::form_urlencoded;

use super::{Library, card::Card, reader::Reader, wishes};
use crate::{departments, error::Result, fields::Fields, page::Page, words};

const SHOWN: u16 = 20;

struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "citizen/archive.html")]
struct Archive {
    page: Page,
    fields: Fields,
    departments: Vec<Choice>,
    states: Vec<Choice>,
    districts: Vec<Choice>,
    topics: Vec<Choice>,
    faults: Vec<(&'static str, String)>,
    is_searched: bool,
    cards: Vec<Card>,
    older: Option<String>,
    atom: String,
    json: String,
}

impl Archive {
    fn fault_of(&self, field: &str) -> Option<&str> {
        self.faults.iter().find(|(at, _)| *at == field).map(|(_, fault)| fault.as_str())
    }
}

/// `GET /archive`.
pub(super) async fn show(
    State(library): State<Library>,
    State(people): State<People>,
    page: Page,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let fields = Fields::of_query(query.as_deref().unwrap_or_default());
    let (asked, faults) = read(&page, &library, &fields);
    let before = fields.some("before").and_then(|text| text.parse().ok());
    let listed = library.inbox.page(&asked, Part::new(before, SHOWN)).await?;
    let departments = departments::all(&people).await?;
    let departments = departments.iter().map(|department| Choice {
        value: department.id.to_string(),
        words: departments::name_of(department, &page),
        is_chosen: asked.department == Some(department.id),
    });
    let now = library.core.clock.now();
    let archive = Archive {
        departments: departments.collect(),
        states: states(&library, &fields),
        districts: districts(&library, &fields),
        topics: topics(&page, &asked),
        cards: listed.items.iter().map(|notice| Card::new(&page, &reader, notice, now)).collect(),
        older: listed.next.map(|next| older(&fields, next)),
        atom: feed("atom", &fields),
        json: feed("json", &fields),
        is_searched: FIELDS.iter().any(|name| fields.some(name).is_some()),
        faults,
        fields,
        page,
    };
    let status = if archive.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, Html(archive.render()?)).into_response())
}

const FIELDS: [&str; 8] = ["text", "pin", "district", "state", "topic", "department", "from", "to"];

/// What is asked for; what makes no sense is left out and told, with the field it stands in.
fn read(page: &Page, library: &Library, fields: &Fields) -> (Query, Vec<(&'static str, String)>) {
    let places = &library.core.places;
    let pin: Option<Pin> = fields.some("pin").and_then(|text| text.parse().ok());
    let pin = pin.filter(|pin| places.district_of(*pin).is_some());
    let number = |name| fields.some(name).and_then(|text| text.parse::<u16>().ok());
    let district = number("district").filter(|code| places.district(*code).is_some());
    let state = number("state").filter(|code| places.state(*code).is_some());
    // A district of the state that was chosen before is not one of the state that is chosen now.
    let district = district.filter(|code| state.is_none() || places.district(*code).map(|it| it.state) == state);
    let place = pin.map(Place::Pin).or(district.map(Place::District)).or(state.map(Place::State));
    let text: Option<String> = fields.some("text").map(|text| text.chars().take(200).collect());
    let mut faults = Vec::new();
    if fields.some("pin").is_some() && pin.is_none() {
        let typed: String = fields.text("pin").chars().take(20).collect();
        faults.push(("pin", page.t1("home-pins-unknown", "pin", typed)));
    }
    let has_words = |text: &String| text.chars().any(char::is_alphanumeric);
    if text.as_ref().is_some_and(|text| !has_words(text)) {
        faults.push(("text", page.t("archive-text-none")));
    }
    let dates = ["from", "to"].into_iter().filter(|name| fields.some(name).is_some() && day(fields, name).is_none());
    faults.extend(dates.map(|name| (name, page.t("archive-date-none"))));
    let query = Query {
        places: place.into_iter().collect(),
        topics: fields.some("topic").and_then(wishes::topic).into_iter().collect(),
        department: fields.some("department").and_then(|text| text.parse().ok()),
        text: text.filter(has_words),
        from: day(fields, "from"),
        until: day(fields, "to").map(|day| day + Duration::DAY),
    };
    (query, faults)
}

/// The beginning of a day in India.
fn day(fields: &Fields, name: &str) -> Option<OffsetDateTime> {
    words::read_field(&format!("{}T00:00", fields.some(name)?)).filter(|day| (1_000..9_000).contains(&day.year()))
}

fn states(library: &Library, fields: &Fields) -> Vec<Choice> {
    let states = library.core.places.states().map(|(code, name)| Choice {
        value: code.to_string(),
        words: name.to_owned(),
        is_chosen: fields.text("state") == code.to_string(),
    });
    let mut states: Vec<Choice> = states.collect();
    states.sort_by(|one, other| one.words.cmp(&other.words));
    states
}

/// The districts of the state that is chosen.
fn districts(library: &Library, fields: &Fields) -> Vec<Choice> {
    let state: Option<u16> = fields.some("state").and_then(|text| text.parse().ok());
    let districts = library.core.places.districts().filter(|district| Some(district.state) == state);
    let mut districts: Vec<Choice> = districts
        .map(|district| Choice {
            value: district.code.to_string(),
            words: district.name.clone(),
            is_chosen: fields.text("district") == district.code.to_string(),
        })
        .collect();
    districts.sort_by(|one, other| one.words.cmp(&other.words));
    districts
}

fn topics(page: &Page, asked: &Query) -> Vec<Choice> {
    let choice = |topic: &Topic| Choice {
        value: topic.as_str().to_owned(),
        words: page.of("topic", topic.as_str()),
        is_chosen: asked.topics.contains(topic),
    };
    Topic::ALL.iter().map(choice).collect()
}

/// The same search, from a position on.
fn older(fields: &Fields, before: i64) -> String {
    let kept = FIELDS.iter().filter_map(|name| Some((*name, fields.some(name)?)));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("before", &before.to_string())
        .finish();
    format!("/archive?{query}")
}

/// The feed of the same department, place and topic.
fn feed(form: &str, fields: &Fields) -> String {
    let names = ["department", "pin", "district", "state", "topic"];
    let kept = names.iter().filter_map(|name| Some((*name, fields.some(name)?)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/feeds/notices.{form}{mark}{query}")
}
