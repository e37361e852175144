//! What is wrong with a notice, in the reader's words and beside the field that it is about.
//!
//! The use cases say what is wrong in English sentences, which the API shows as they are. Here each becomes a text of the catalogue; a
//! sentence that has none yet is shown as it is, and marked as English.

use askama::Template;
use munadi_domain::fault::Fault;

use crate::{catalogue::Arg, page::Page};

/// A fault as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The id of the field.
    pub(super) at: String,
    /// What is wrong.
    pub(super) text: String,
    /// Whether the text is in English whatever the page's language.
    pub(super) is_foreign: bool,
}

/// All faults of a form, for the list on top and for each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Faults(Vec<Said>);

impl Faults {
    /// In the page's language.
    pub(super) fn new(page: &Page, faults: &[Fault]) -> Self {
        let mut said: Vec<Said> = Vec::new();
        for fault in faults {
            let next = say(page, fault);
            if !said.contains(&next) {
                said.push(next);
            }
        }
        Self(said)
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Said] {
        &self.0
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, id: &str) -> bool {
        self.0.iter().any(|said| said.at == id)
    }

    /// Those of a field, as HTML that stands before it.
    pub(super) fn html(&self, id: &str) -> askama::Result<String> {
        let said = self.0.iter().filter(|said| said.at == id).collect();
        FieldFaults { id, said }.render()
    }

    /// The class of what holds the field.
    pub(super) fn class(&self, id: &str) -> &'static str {
        if self.has(id) { "field faulty" } else { "field" }
    }

    /// The attributes of the field that has a hint `…-hint`.
    pub(super) fn hinted(&self, id: &str) -> String {
        if self.has(id) {
            format!("aria-describedby=\"{id}-hint {id}-fault\" aria-invalid=\"true\"")
        } else {
            format!("aria-describedby=\"{id}-hint\"")
        }
    }

    /// The attributes of the field that has no hint.
    pub(super) fn bare(&self, id: &str) -> String {
        if self.has(id) { format!("aria-describedby=\"{id}-fault\" aria-invalid=\"true\"") } else { String::new() }
    }
}

#[derive(Template)]
#[template(path = "console/faults-of-field.html")]
struct FieldFaults<'a> {
    id: &'a str,
    said: Vec<&'a Said>,
}

fn say(page: &Page, fault: &Fault) -> Said {
    let at = field_of(&fault.at);
    match key_of(&at, fault) {
        Some((key, args)) => Said { at, text: page.texts().get(&key, &args), is_foreign: false },
        None => Said { at, text: fault.reason.clone(), is_foreign: page.lang().primary() != "en" },
    }
}

/// The id of the field that a JSON Pointer into a draft names.
fn field_of(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["languages", index, name] => format!("{name}-{index}"),
        ["languages", ..] => "languages".to_owned(),
        ["links", index, name] => format!("link-{name}-{index}"),
        ["links", ..] => "link-href-0".to_owned(),
        ["attachments", index, ..] => format!("file-name-{index}"),
        ["attachments"] => "file-name-0".to_owned(),
        ["area", "pins", ..] => "pins".to_owned(),
        ["area", "polygons", ..] => "polygons".to_owned(),
        ["area", "circles", ..] => "circles".to_owned(),
        ["area", "description"] => "description".to_owned(),
        ["area", ..] => "places".to_owned(),
        [name, ..] => (*name).to_owned(),
        [] => String::new(),
    }
}

type Text = (String, Vec<(&'static str, Arg<'static>)>);

/// The text of the catalogue, and what is put into it.
fn key_of(at: &str, fault: &Fault) -> Option<Text> {
    let reason = fault.reason.as_str();
    if reason.starts_with("is missing") {
        return Some((format!("fault-missing-{at}"), Vec::new()));
    }
    numbered(reason).or_else(|| quoted(reason)).or_else(|| plain(reason))
}

/// Faults without anything of their own in them: how they begin or what is in them, and their text.
const PLAIN: [(&str, &str); 26] = [
    ("is empty: write the notice", "fault-languages"),
    ("is there twice", "fault-twice"),
    ("is empty: say in one line", "fault-headline"),
    ("has control characters", "fault-control"),
    ("lies in the past", "fault-past"),
    ("lies before the time", "fault-before"),
    ("days ahead", "fault-far"),
    ("expected an https address", "fault-link"),
    ("the name must be a file", "fault-file-name"),
    ("the type must be", "fault-file-type"),
    ("sha256 must have", "fault-file-sha256"),
    ("the size lies between", "fault-file-size"),
    ("the size is no number", "fault-file-size"),
    ("expected sender,identifier,sent", "fault-reference"),
    ("needs at least four points", "fault-polygon-few"),
    ("the polygon is open", "fault-polygon-open"),
    ("a latitude lies between", "fault-latitude"),
    ("spans more than half", "fault-polygon-large"),
    ("a radius lies between", "fault-radius"),
    ("no state has", "fault-no-state"),
    ("no district has", "fault-no-district"),
    ("the area names no place", "fault-no-place"),
    ("is no day and time", "fault-time"),
    ("is no list of latitude and longitude", "fault-polygon"),
    ("is no list of latitude, longitude and kilometers", "fault-circle"),
    ("for the team", "fault-team"),
];

fn plain(reason: &str) -> Option<Text> {
    let found = PLAIN.iter().find(|(words, _)| reason.contains(words));
    found.map(|(_, key)| ((*key).to_owned(), Vec::new()))
}

/// Faults that name how many there are and how many there may be.
fn numbered(reason: &str) -> Option<Text> {
    let most = reason.split_once("at most ")?.1.split_whitespace().next()?.parse::<u64>().ok()?;
    let count = reason.split_whitespace().find_map(|word| word.parse::<u64>().ok())?;
    let key = if reason.contains("given") { "fault-many" } else { "fault-long" };
    let words = |number: u64| Arg::from(crate::words::number(number));
    Some((key.to_owned(), vec![("count", words(count)), ("most", words(most))]))
}

/// Faults that quote what was typed.
fn quoted(reason: &str) -> Option<Text> {
    if let Some(typed) = reason.strip_prefix("is no PIN code: ") {
        return Some(("fault-pins".to_owned(), vec![("typed", typed.to_owned().into())]));
    }
    if let Some(pin) = reason.strip_prefix("no place has the PIN code ") {
        return Some(("fault-pin".to_owned(), vec![("pin", pin.to_owned().into())]));
    }
    let (pin, rest) = reason.split_once("the nearest is ")?.1.split_once(", ")?;
    let km = rest.split_whitespace().next()?;
    Some(("fault-empty-area".to_owned(), vec![("pin", pin.to_owned().into()), ("km", km.to_owned().into())]))
}

#[cfg(test)]
mod tests {
    use munadi_domain::{
        area::{Area, Circle, Point, Polygon},
        content::{Attachment, DraftContent, LanguageVersion, Link},
        place::Places,
    };
    use time::macros::datetime;

    use super::*;
    use crate::catalogue::Catalogue;

    fn version(headline: &str, body: &str) -> LanguageVersion {
        LanguageVersion {
            lang: "hi".parse().unwrap(),
            headline: headline.to_owned(),
            body: body.to_owned(),
            instruction: String::new(),
        }
    }

    fn file(name: &str, media_type: &str, size: u64, sha256: &str) -> Attachment {
        Attachment { name: name.to_owned(), media_type: media_type.to_owned(), size, sha256: sha256.to_owned() }
    }

    fn point(lat: i32, lon: i32) -> Point {
        let decimal = |degrees: i32| munadi_domain::area::Decimal5::from_e5(degrees * 100_000);
        Point { lat: decimal(lat), lon: decimal(lon) }
    }

    fn bad_areas() -> Vec<Area> {
        let circle = |km: i32| Circle { center: point(95, 80), radius_km: munadi_domain::area::Decimal5::from_e5(km) };
        let ring = |points: Vec<Point>| Polygon(points);
        let sea = vec![point(0, 70), point(0, 71), point(1, 71), point(0, 70)];
        let wide = vec![point(0, -170), point(0, 170), point(1, 170), point(0, -170)];
        let near = Circle { center: point(0, 70), radius_km: munadi_domain::area::Decimal5::from_e5(-1) };
        vec![
            Area { states: vec![9_999], districts: vec![9_999], ..Area::default() },
            Area { pins: vec!["999999".parse().unwrap()], description: "x".repeat(501), ..Area::default() },
            Area { pins: vec!["110001".parse().unwrap(); 5_001], ..Area::default() },
            Area {
                polygons: vec![ring(sea[..2].to_vec()), ring(sea.clone())],
                circles: vec![circle(1), near],
                ..Area::default()
            },
            Area { polygons: vec![ring(vec![sea[0], sea[1], sea[2], sea[2]]), ring(wide)], ..Area::default() },
            Area { polygons: vec![ring(sea)], ..Area::default() },
        ]
    }

    fn bad_drafts() -> Vec<DraftContent> {
        let mut drafts: Vec<DraftContent> =
            bad_areas().into_iter().map(|area| DraftContent { area, ..DraftContent::default() }).collect();
        drafts.push(DraftContent {
            languages: vec![version("", "a\u{202e}b"), version("x", &"y".repeat(10_001))],
            links: vec![Link { href: "http://x.in".to_owned(), title: String::new() }; 11],
            attachments: vec![
                file("a/b", "x/y", 1, &"0".repeat(64)),
                file("a", "x", 1, &"0".repeat(64)),
                file("a", "x/y", 1, "0"),
                file("a", "x/y", 0, &"0".repeat(64)),
            ],
            references: vec!["x".to_owned()],
            ..DraftContent::default()
        });
        let now = datetime!(2026-01-31 08:00 UTC);
        let times = [(None, datetime!(2026-01-31 07:00 UTC)), (None, datetime!(2026-06-30 07:00 UTC))];
        let late = (Some(now + time::Duration::days(2)), now + time::Duration::days(1));
        for (effective, expires) in times.into_iter().chain([late]) {
            drafts.push(DraftContent { effective, expires: Some(expires), ..DraftContent::default() });
        }
        drafts
    }

    #[test]
    fn every_fault_of_a_draft_is_said_in_the_readers_words() {
        let (places, catalogue) = (Places::india().unwrap(), Catalogue::load().unwrap());
        let now = datetime!(2026-01-31 08:00 UTC);
        let mut seen = std::collections::BTreeSet::new();
        for draft in bad_drafts() {
            for fault in draft.complete(&places, now).unwrap_err() {
                let (key, args) = key_of(&field_of(&fault.at), &fault).unwrap_or_else(|| panic!("{fault}"));
                assert_ne!(catalogue.first().get(&key, &args), key, "{fault}");
                seen.insert(key);
            }
        }
        assert!(seen.len() > 28, "{seen:?}");
    }

    #[test]
    fn faults_stand_at_their_fields() {
        for (pointer, id) in [
            ("/languages/1/headline", "headline-1"),
            ("/languages", "languages"),
            ("/area", "places"),
            ("/area/pins/3", "pins"),
            ("/area/districts/0", "places"),
            ("/links/0/href", "link-href-0"),
            ("/attachments/2", "file-name-2"),
            ("/expires", "expires"),
        ] {
            assert_eq!(field_of(pointer), id);
        }
    }
}
