//! A notice as a list of named parts in words: what is signed, what changed, whose edit is which.

use munadi_domain::{
    area::Area,
    content::{Attachment, DraftContent, Link},
    language::Lang,
    payload::Payload,
    place::Places,
};
use time::OffsetDateTime;

use super::diff::{self, Piece};
use crate::page::{Page, direction, own_name};

/// A part of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// What it is, in the page's language.
    pub(super) label: String,
    /// What it says.
    pub(super) text: String,
    /// The language of what it says, if that is not the page's.
    pub(super) lang: Option<Lang>,
}

/// A part that is not the same in two versions of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    /// What it is.
    pub(super) label: String,
    /// The language of what it says, if that is not the page's.
    pub(super) lang: Option<Lang>,
    /// What it said before.
    pub(super) old: String,
    /// What it says now.
    pub(super) new: String,
    /// Both, word by word.
    pub(super) pieces: Vec<Piece>,
}

macro_rules! with_lang {
    ($($of:ty),*) => {$(
        impl $of {
            /// For the attribute `lang`.
            pub(super) fn tag(&self) -> &str {
                self.lang.as_ref().map_or("", Lang::as_str)
            }

            /// For the attribute `dir`.
            pub(super) fn dir(&self) -> &'static str {
                self.lang.as_ref().map_or("auto", direction)
            }
        }
    )*};
}

with_lang!(Part, Changed);

/// All parts of a notice that say something.
pub(super) fn of(page: &Page, places: &Places, content: &DraftContent) -> Vec<Part> {
    let mut parts = facts(page, places, content);
    for version in &content.languages {
        let texts = [("headline", &version.headline), ("body", &version.body), ("instruction", &version.instruction)];
        parts.extend(texts.map(|(name, text)| Part {
            label: format!("{} ({})", page.of("part", name), own_name(&version.lang)),
            text: text.clone(),
            lang: Some(version.lang.clone()),
        }));
    }
    parts.retain(|part| !part.text.is_empty());
    parts
}

/// Everything but the texts.
pub(super) fn facts(page: &Page, places: &Places, content: &DraftContent) -> Vec<Part> {
    let word = |family: &str, word: Option<&'static str>| word.map(|word| page.of(family, word)).unwrap_or_default();
    let moment = |time: Option<OffsetDateTime>| time.map(|time| page.moment(&time)).unwrap_or_default();
    let parts = [
        ("status", word("status", content.status.map(munadi_domain::vocabulary::Status::as_str))),
        ("topic", word("topic", content.topic.map(munadi_domain::topic::Topic::as_str))),
        ("category", word("category", content.category.map(munadi_domain::vocabulary::Category::as_str))),
        ("severity", word("severity", content.severity.map(munadi_domain::vocabulary::Severity::as_str))),
        ("urgency", word("urgency", content.urgency.map(munadi_domain::vocabulary::Urgency::as_str))),
        ("certainty", word("certainty", content.certainty.map(munadi_domain::vocabulary::Certainty::as_str))),
        ("effective", moment(content.effective)),
        ("expires", moment(content.expires)),
        ("area", area(page, places, &content.area)),
        ("links", content.links.iter().map(link).collect::<Vec<_>>().join("\n")),
        ("attachments", content.attachments.iter().map(attachment).collect::<Vec<_>>().join("\n")),
        ("references", content.references.join("\n")),
    ];
    let part = |(name, text): (&str, String)| Part { label: page.of("part", name), text, lang: None };
    parts.map(part).into_iter().filter(|part| !part.text.is_empty()).collect()
}

fn link(link: &Link) -> String {
    if link.title.is_empty() { link.href.clone() } else { format!("{} – {}", link.title, link.href) }
}

fn attachment(file: &Attachment) -> String {
    format!("{} ({}, {} B, SHA-256 {})", file.name, file.media_type, file.size, file.sha256)
}

/// An area in words.
pub(super) fn area(page: &Page, places: &Places, area: &Area) -> String {
    let mut words: Vec<String> = vec![area.description.clone()];
    let state = |code: &u16| page.t1("part-state", "name", places.state(*code).unwrap_or("?"));
    let district = |code: &u16| places.district(*code).map_or("?".to_owned(), |district| district.name.clone());
    words.extend(area.states.iter().map(state));
    words.extend(area.districts.iter().map(district));
    words.extend(area.pins.iter().map(ToString::to_string));
    words.extend(area.polygons.iter().map(|polygon| {
        let points: Vec<String> = polygon.0.iter().map(|point| format!("{} {}", point.lat, point.lon)).collect();
        page.t1("part-polygon", "points", points.join(", "))
    }));
    words.extend(area.circles.iter().map(|circle| {
        let center = format!("{} {}", circle.center.lat, circle.center.lon);
        page.t2("part-circle", "km", circle.radius_km, "center", center)
    }));
    words.retain(|word| !word.is_empty());
    words.join("; ")
}

/// The parts that differ.
pub(super) fn changes(old: &[Part], new: &[Part]) -> Vec<Changed> {
    let text = |parts: &[Part], label: &str| {
        parts.iter().find(|part| part.label == label).map_or(String::new(), |part| part.text.clone())
    };
    let gone = old.iter().filter(|part| new.iter().all(|other| other.label != part.label));
    let all = new.iter().chain(gone).filter(|part| text(old, &part.label) != text(new, &part.label));
    all.map(|part| {
        let (old, new) = (text(old, &part.label), text(new, &part.label));
        let pieces = diff::words(&old, &new);
        Changed { label: part.label.clone(), lang: part.lang.clone(), old, new, pieces }
    })
    .collect()
}

/// What frozen bytes say, as a draft says it.
pub(super) fn content_of(payload: &Payload) -> DraftContent {
    let payload = payload.clone();
    DraftContent {
        status: Some(payload.status),
        category: Some(payload.category),
        severity: Some(payload.severity),
        urgency: Some(payload.urgency),
        certainty: Some(payload.certainty),
        topic: Some(payload.topic),
        area: payload.area.into(),
        effective: Some(payload.effective),
        expires: Some(payload.expires),
        languages: payload.languages,
        links: payload.links,
        attachments: payload.attachments,
        references: Vec::new(),
    }
}
