//! `/archive`: every notice that was ever published, with a search.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Html,
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
use crate::{error::Result, fields::Fields, page::Page, words};

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
    fault: Option<String>,
    is_searched: bool,
    cards: Vec<Card>,
    older: Option<String>,
    atom: String,
    json: String,
}

/// `GET /archive`.
pub(super) async fn show(
    State(library): State<Library>,
    State(people): State<People>,
    page: Page,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Html<String>> {
    let fields = Fields::of_query(query.as_deref().unwrap_or_default());
    let (asked, fault) = read(&page, &library, &fields);
    let before = fields.some("before").and_then(|text| text.parse().ok());
    let listed = library.inbox.page(&asked, Part::new(before, SHOWN)).await?;
    let departments = people.list_departments(Part::new(None, 100)).await?;
    let departments = departments.items.iter().map(|department| Choice {
        value: department.id.to_string(),
        words: name_in(&page, &department.name),
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
        fault,
        fields,
        page,
    };
    Ok(Html(archive.render()?))
}

const FIELDS: [&str; 8] = ["text", "pin", "district", "state", "topic", "department", "from", "to"];

/// What is asked for; what makes no sense is left out and told.
fn read(page: &Page, library: &Library, fields: &Fields) -> (Query, Option<String>) {
    let places = &library.core.places;
    let pin: Option<Pin> = fields.some("pin").and_then(|text| text.parse().ok());
    let pin = pin.filter(|pin| places.district_of(*pin).is_some());
    let fault = (fields.some("pin").is_some() && pin.is_none())
        .then(|| page.t1("home-pins-unknown", "pin", fields.text("pin").chars().take(20).collect::<String>()));
    let number = |name| fields.some(name).and_then(|text| text.parse::<u16>().ok());
    let district = number("district").filter(|code| places.district(*code).is_some());
    let state = number("state").filter(|code| places.state(*code).is_some());
    let place = pin.map(Place::Pin).or(district.map(Place::District)).or(state.map(Place::State));
    let query = Query {
        places: place.into_iter().collect(),
        topics: fields.some("topic").and_then(wishes::topic).into_iter().collect(),
        department: fields.some("department").and_then(|text| text.parse().ok()),
        text: fields.some("text").map(|text| text.chars().take(200).collect()),
        from: day(fields, "from"),
        until: day(fields, "to").map(|day| day + Duration::DAY),
    };
    (query, fault)
}

/// The beginning of a day in India.
fn day(fields: &Fields, name: &str) -> Option<OffsetDateTime> {
    words::read_field(&format!("{}T00:00", fields.some(name)?))
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

fn name_in(page: &Page, names: &std::collections::BTreeMap<munadi_domain::language::Lang, String>) -> String {
    let offered: Vec<_> = names.keys().cloned().collect();
    page.lang().best_of(&offered).and_then(|lang| names.get(lang)).cloned().unwrap_or_default()
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
