//! What the form shows beside what is typed.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use munadi_domain::{
    area::{Area, StateCode},
    content::DraftContent,
    fault::Fault,
    language::KNOWN,
    limits::LANGUAGES,
    notice::{Intent, State},
    place::Places,
    topic::Topic,
    vocabulary::{Category, Certainty, Severity, Status, Urgency},
};
use munadi_services::notices::{Audience, NoticeRecord};

use crate::{
    console::{
        Desk,
        faults::Faults,
        form::{FileRow, Form, LinkRow},
        parts::{self, Changed},
    },
    error::Result,
    page::Page,
};

/// So many districts are named beside the places; the others are counted.
const DISTRICTS_SHOWN: usize = 30;

/// What there is to show.
pub(super) struct Shown<'a> {
    pub(super) page: Page,
    pub(super) desk: &'a Desk,
    pub(super) form: Form,
    /// The notice as it is saved, if it is.
    pub(super) saved: Option<&'a NoticeRecord>,
    pub(super) showing: Showing,
}

/// What a request has to say besides the form.
#[derive(Default)]
pub(super) struct Showing {
    pub(super) faults: Vec<Fault>,
    pub(super) browse: Option<StateCode>,
    pub(super) is_saved: bool,
    pub(super) audience: Option<Audience>,
    /// What the writer wanted to save over a colleague's edit.
    pub(super) conflict: Option<DraftContent>,
}

/// One of several words to choose from.
struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

/// A field with words to choose from.
struct Select {
    name: &'static str,
    label: String,
    hint: String,
    choices: Vec<Choice>,
}

/// The districts of the state that is looked at.
struct Browse {
    code: StateCode,
    name: String,
    is_whole: bool,
    districts: Vec<Choice>,
}

/// What the area covers.
struct Cover {
    pins: usize,
    /// Name, PIN codes that are covered, and all of the district.
    districts: Vec<(String, usize, usize)>,
    more: usize,
}

#[derive(Template)]
#[template(path = "console/compose.html")]
struct ComposePage<'a> {
    page: Page,
    form: Form,
    faults: Faults,
    /// `/console/notices/new` or `/console/notices/ntc_…`.
    base: String,
    record: Option<&'a NoticeRecord>,
    intent: Intent,
    is_saved: bool,
    /// Whether saving voids signatures.
    is_signed: bool,
    statuses: Vec<Choice>,
    selects: Vec<Select>,
    states: Vec<Choice>,
    chosen_states: Vec<Choice>,
    chosen_districts: Vec<Choice>,
    browse: Option<Browse>,
    cover: Option<Cover>,
    audience: Option<Audience>,
    new_languages: Vec<Choice>,
    missing: usize,
    conflict: Option<Vec<Changed>>,
}

impl ComposePage<'_> {
    /// The id of a row's field.
    fn row_id(name: &str, index: impl std::fmt::Display) -> String {
        format!("{name}-{index}")
    }
}

/// Shows the form.
pub(super) fn show(shown: Shown<'_>, status: StatusCode) -> Result<Response> {
    let Shown { page, desk, mut form, saved, showing } = shown;
    let (places, content) = (&desk.core.places, form.content().content);
    let faults = Faults::new(&page, &showing.faults);
    let conflict = showing.conflict.zip(saved).map(|(mine, theirs)| {
        parts::changes(&parts::of(&page, places, &theirs.content), &parts::of(&page, places, &mine))
    });
    // One row more than there are, to write into.
    form.links.push(LinkRow::default());
    form.files.push(FileRow::default());
    let filled = ComposePage {
        base: saved.map_or("new".to_owned(), |record| record.notice.head().id.to_string()),
        intent: saved.map_or(Intent::Alert, |record| record.notice.head().intent),
        is_saved: showing.is_saved,
        is_signed: saved.is_some_and(|record| record.notice.state() != State::Draft),
        statuses: choices(&page, "status", Status::ALL.iter().map(|it| it.as_str()), &form.status),
        selects: selects(&page, &form),
        states: states(places, showing.browse),
        chosen_states: chosen(&form.states, showing.browse, |code| places.state(code).map(str::to_owned), |code| code),
        chosen_districts: chosen(
            &form.districts,
            showing.browse,
            |code| places.district(code).map(|it| it.name.clone()),
            |code| places.district(code).map_or(0, |it| it.state),
        ),
        browse: showing.browse.and_then(|code| browse(places, &form, code)),
        cover: cover(places, &content.area),
        audience: showing.audience,
        new_languages: new_languages(&form),
        missing: desk.notices.faults(&content).len(),
        record: saved,
        page,
        form,
        faults,
        conflict,
    };
    Ok((status, Html(filled.render()?)).into_response())
}

fn choices<'a>(page: &Page, family: &str, words: impl Iterator<Item = &'a str>, now: &str) -> Vec<Choice> {
    let choice = |word: &str| Choice { value: word.to_owned(), words: page.of(family, word), is_chosen: word == now };
    words.map(choice).collect()
}

fn selects(page: &Page, form: &Form) -> Vec<Select> {
    let select = |name: &'static str, words: Vec<&'static str>, now: &str| Select {
        name,
        label: page.of("part", name),
        hint: page.of("compose-hint", name),
        choices: choices(page, name, words.into_iter(), now),
    };
    vec![
        select("topic", Topic::ALL.iter().map(|it| it.as_str()).collect(), &form.topic),
        select("category", Category::ALL.iter().map(|it| it.as_str()).collect(), &form.category),
        select("severity", Severity::ALL.iter().map(|it| it.as_str()).collect(), &form.severity),
        select("urgency", Urgency::ALL.iter().map(|it| it.as_str()).collect(), &form.urgency),
        select("certainty", Certainty::ALL.iter().map(|it| it.as_str()).collect(), &form.certainty),
    ]
}

fn states(places: &Places, browse: Option<StateCode>) -> Vec<Choice> {
    let choice = |(code, name): (StateCode, &str)| Choice {
        value: code.to_string(),
        words: name.to_owned(),
        is_chosen: Some(code) == browse,
    };
    let mut states: Vec<Choice> = places.states().map(choice).collect();
    states.sort_by(|one, other| one.words.cmp(&other.words));
    states
}

/// What is chosen outside of the state that is looked at.
fn chosen(
    codes: &[u16],
    browse: Option<StateCode>,
    name: impl Fn(u16) -> Option<String>,
    state: impl Fn(u16) -> StateCode,
) -> Vec<Choice> {
    let elsewhere = codes.iter().filter(|code| Some(state(**code)) != browse);
    let choice = |code: &u16| Choice {
        value: code.to_string(),
        words: name(*code).unwrap_or_else(|| code.to_string()),
        is_chosen: true,
    };
    elsewhere.map(choice).collect()
}

fn browse(places: &Places, form: &Form, code: StateCode) -> Option<Browse> {
    let own = places.districts().filter(|district| district.state == code);
    let choice = |district: &munadi_domain::place::District| Choice {
        value: district.code.to_string(),
        words: district.name.clone(),
        is_chosen: form.districts.contains(&district.code),
    };
    let mut districts: Vec<Choice> = own.map(choice).collect();
    districts.sort_by(|one, other| one.words.cmp(&other.words));
    let name = places.state(code)?.to_owned();
    Some(Browse { code, name, is_whole: form.states.contains(&code), districts })
}

fn cover(places: &Places, area: &Area) -> Option<Cover> {
    let pins = places.resolve(area, "/area").ok()?;
    let mut counts = BTreeMap::<u16, (usize, usize)>::new();
    for pin in places.pins() {
        if let Some(district) = places.district_of(pin) {
            let count = counts.entry(district.code).or_default();
            count.0 += usize::from(pins.contains(&pin));
            count.1 += 1;
        }
    }
    let named = counts.into_iter().filter(|(_, (covered, _))| *covered > 0);
    let named = named.filter_map(|(code, (covered, all))| Some((places.district(code)?.name.clone(), covered, all)));
    let mut districts: Vec<_> = named.collect();
    districts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    let more = districts.len().saturating_sub(DISTRICTS_SHOWN);
    districts.truncate(DISTRICTS_SHOWN);
    Some(Cover { pins: pins.len(), districts, more })
}

fn new_languages(form: &Form) -> Vec<Choice> {
    if form.languages.len() >= LANGUAGES {
        return Vec::new();
    }
    let free = KNOWN.iter().filter(|(tag, ..)| form.languages.iter().all(|row| row.lang != *tag));
    let choice = |(tag, english, own): &(&str, &str, &str)| Choice {
        value: (*tag).to_owned(),
        words: if english == own { (*own).to_owned() } else { format!("{own} ({english})") },
        is_chosen: false,
    };
    free.map(choice).collect()
}
