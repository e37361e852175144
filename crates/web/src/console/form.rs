//! The form in which a notice is written. It keeps every field as it was typed, so that nothing is lost that cannot be read (yet).

mod area;
mod rows;

use std::str::FromStr;

use munadi_domain::{
    area::{DistrictCode, StateCode},
    content::DraftContent,
    fault::Fault,
    language::Lang,
    limits::LANGUAGES,
};
use time::OffsetDateTime;

pub(super) use self::rows::{FileRow, LanguageRow, LinkRow};
use crate::{fields::Fields, words};

/// A notice as it stands in the form's fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// The revision that the writer saw; 0 for a notice that is not saved yet.
    pub(super) revision: i64,
    pub(super) status: String,
    pub(super) category: String,
    pub(super) severity: String,
    pub(super) urgency: String,
    pub(super) certainty: String,
    pub(super) topic: String,
    pub(super) effective: String,
    pub(super) expires: String,
    pub(super) description: String,
    pub(super) states: Vec<StateCode>,
    pub(super) districts: Vec<DistrictCode>,
    pub(super) pins: String,
    pub(super) polygons: String,
    pub(super) circles: String,
    pub(super) languages: Vec<LanguageRow>,
    pub(super) links: Vec<LinkRow>,
    pub(super) files: Vec<FileRow>,
    pub(super) references: Vec<String>,
}

/// What the form says, as far as it can be read, and what cannot.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) content: DraftContent,
    pub(super) faults: Vec<Fault>,
}

impl Form {
    /// The form of a notice that is only begun: in the page's language, and in English.
    pub(super) fn empty(lang: &Lang) -> Self {
        let mut languages = vec![LanguageRow::new(lang.as_str())];
        if lang.primary() != "en" {
            languages.push(LanguageRow::new("en"));
        }
        Self { languages, ..Self::default() }
    }

    /// The form that shows a draft.
    pub(super) fn of(revision: i64, content: &DraftContent) -> Self {
        let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
        Self {
            revision,
            status: word(content.status.map(munadi_domain::vocabulary::Status::as_str)),
            category: word(content.category.map(munadi_domain::vocabulary::Category::as_str)),
            severity: word(content.severity.map(munadi_domain::vocabulary::Severity::as_str)),
            urgency: word(content.urgency.map(munadi_domain::vocabulary::Urgency::as_str)),
            certainty: word(content.certainty.map(munadi_domain::vocabulary::Certainty::as_str)),
            topic: word(content.topic.map(munadi_domain::topic::Topic::as_str)),
            effective: content.effective.map(time_field).unwrap_or_default(),
            expires: content.expires.map(time_field).unwrap_or_default(),
            description: content.area.description.clone(),
            states: content.area.states.clone(),
            districts: content.area.districts.clone(),
            pins: area::print_pins(&content.area.pins),
            polygons: area::print_polygons(&content.area.polygons),
            circles: area::print_circles(&content.area.circles),
            languages: content.languages.iter().map(LanguageRow::from).collect(),
            links: content.links.iter().map(LinkRow::from).collect(),
            files: content.attachments.iter().map(FileRow::from).collect(),
            references: content.references.clone(),
        }
    }

    /// The form as a browser sends it.
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            revision: fields.text("revision").parse().unwrap_or(0),
            status: text("status"),
            category: text("category"),
            severity: text("severity"),
            urgency: text("urgency"),
            certainty: text("certainty"),
            topic: text("topic"),
            effective: text("effective"),
            expires: text("expires"),
            description: text("description"),
            states: codes(fields, "states"),
            districts: codes(fields, "districts"),
            pins: text("pins"),
            polygons: text("polygons"),
            circles: text("circles"),
            languages: rows::languages(fields),
            links: rows::links(fields),
            files: rows::files(fields),
            references: fields.all("references").map(str::to_owned).collect(),
        }
    }

    /// What it says.
    pub(super) fn content(&self) -> Read {
        let mut faults = Vec::new();
        let area = area::read(self, &mut faults);
        let content = DraftContent {
            status: word(&self.status),
            category: word(&self.category),
            severity: word(&self.severity),
            urgency: word(&self.urgency),
            certainty: word(&self.certainty),
            topic: word(&self.topic),
            area,
            effective: moment(&self.effective, "/effective", &mut faults),
            expires: moment(&self.expires, "/expires", &mut faults),
            languages: self.languages.iter().filter_map(LanguageRow::read).collect(),
            links: self.links.iter().map(LinkRow::read).collect(),
            attachments: self.files.iter().enumerate().map(|(i, row)| row.read(i, &mut faults)).collect(),
            references: self.references.clone(),
        };
        Read { content, faults }
    }

    /// Adds an empty version in this language, if there is room and none in it yet.
    pub(super) fn add_language(&mut self, tag: &str) {
        let is_new = self.languages.iter().all(|row| row.lang != tag);
        if is_new && self.languages.len() < LANGUAGES && tag.parse::<Lang>().is_ok() {
            self.languages.push(LanguageRow::new(tag));
        }
    }

    /// Removes a version by its place.
    pub(super) fn remove_language(&mut self, index: usize) {
        if index < self.languages.len() {
            self.languages.remove(index);
        }
    }
}

/// What is not in the vocabulary was not chosen from the page, and counts as nothing.
fn word<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn codes(fields: &Fields, name: &str) -> Vec<u16> {
    let mut codes = Vec::new();
    for code in fields.all(name).filter_map(|text| text.parse().ok()) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// To the minute where that is all there is to say.
fn time_field(time: OffsetDateTime) -> String {
    let field = words::field(time);
    if time.second() == 0 { field } else { format!("{field}:{:02}", time.second()) }
}

fn moment(text: &str, at: &str, faults: &mut Vec<Fault>) -> Option<OffsetDateTime> {
    if text.is_empty() {
        return None;
    }
    let time = words::read_field(text);
    if time.is_none() {
        faults.push(Fault::new(at, "is no day and time"));
    }
    time
}

#[cfg(test)]
mod tests;
