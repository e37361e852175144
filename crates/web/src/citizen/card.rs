//! A published notice in a list.

use munadi_domain::{language::Lang, notice::State, vocabulary::Status};
use munadi_services::{exports::department_name, inbox::NoticeSummary};
use time::OffsetDateTime;

use super::reader::Reader;
use crate::page::{Page, direction};

/// A notice as lists show it.
pub(super) struct Card {
    pub(super) id: String,
    pub(super) position: i64,
    pub(super) headline: String,
    pub(super) lang: String,
    pub(super) dir: &'static str,
    pub(super) department: String,
    pub(super) area: String,
    pub(super) topic: String,
    pub(super) published_at: OffsetDateTime,
    pub(super) expires_at: OffsetDateTime,
    /// `Severity` in small letters, for the look.
    pub(super) severity: String,
    /// The same in words.
    pub(super) severity_words: String,
    pub(super) mark: Mark,
}

/// What must be seen of a notice before its text is read.
pub(super) struct Mark {
    /// Classes for the look.
    pub(super) look: &'static str,
    /// EXERCISE or TEST in one word, for every heading; empty if it is meant.
    pub(super) word: String,
    /// The same in a sentence; empty if it is meant.
    pub(super) drill: String,
    /// Expired, superseded or withdrawn in words; nothing if it counts.
    pub(super) over: Option<String>,
}

impl Mark {
    pub(super) fn new(page: &Page, notice: &NoticeSummary, now: OffsetDateTime) -> Self {
        let over = match notice.state {
            State::Superseded | State::Withdrawn => Some(page.of("state", notice.state.as_str())),
            _ if notice.expires_at <= now => Some(page.t("state-expired")),
            _ => None,
        };
        let look = match (notice.status, over.is_some()) {
            (Status::Exercise, _) => "exercise",
            (Status::Test, _) => "test",
            (Status::Actual, true) => "over",
            (Status::Actual, false) => "",
        };
        let of = |family| {
            if notice.status == Status::Actual { String::new() } else { page.of(family, notice.status.as_str()) }
        };
        Self { look, word: of("mark"), drill: of("drill"), over }
    }
}

impl Card {
    pub(super) fn new(page: &Page, reader: &Reader, notice: &NoticeSummary, now: OffsetDateTime) -> Self {
        let offered: Vec<Lang> = notice.headlines.iter().map(|(lang, _)| lang.clone()).collect();
        let lang = reader.best(&offered).cloned().unwrap_or_else(Lang::fallback);
        let headline = notice.headlines.iter().find(|(version, _)| *version == lang);
        Self {
            id: notice.id.to_string(),
            position: notice.position,
            headline: headline.map(|(_, headline)| headline.clone()).unwrap_or_default(),
            dir: direction(&lang),
            lang: lang.to_string(),
            department: department_name(notice, page.lang()),
            area: notice.area.clone(),
            topic: page.of("topic", notice.topic.as_str()),
            published_at: notice.published_at,
            expires_at: notice.expires_at,
            severity: notice.severity.as_str().to_ascii_lowercase(),
            severity_words: page.of("severity", notice.severity.as_str()),
            mark: Mark::new(page, notice, now),
        }
    }
}
