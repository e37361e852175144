//! A published notice in a list.

use munadi_domain::{language::Lang, notice::State, vocabulary::Status};
use munadi_services::{exports::department_name, inbox::NoticeSummary};
use time::OffsetDateTime;

use crate::page::{Page, direction};

/// A notice as lists show it, in the page's language as far as there is a version in it.
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
    /// EXERCISE or TEST in words; nothing if it is meant.
    pub(super) drill: Option<String>,
    /// Expired, superseded or withdrawn in words; nothing if it counts.
    pub(super) over: Option<String>,
}

impl Mark {
    pub(super) fn new(page: &Page, status: Status, state: State, expires_at: OffsetDateTime, now: OffsetDateTime) -> Self {
        let drill = (status != Status::Actual).then(|| page.of("drill", status.as_str()));
        let over = match state {
            State::Superseded | State::Withdrawn => Some(page.of("state", state.as_str())),
            _ if expires_at <= now => Some(page.t("state-expired")),
            _ => None,
        };
        let look = match (status, over.is_some()) {
            (Status::Exercise, _) => "exercise",
            (Status::Test, _) => "test",
            (Status::Actual, true) => "over",
            (Status::Actual, false) => "",
        };
        Self { look, drill, over }
    }
}

impl Card {
    pub(super) fn new(page: &Page, notice: &NoticeSummary, now: OffsetDateTime) -> Self {
        let fallback = Lang::fallback();
        let (lang, headline) = notice.headline(page.lang()).unwrap_or((&fallback, ""));
        Self {
            id: notice.id.to_string(),
            position: notice.position,
            headline: headline.to_owned(),
            lang: lang.to_string(),
            dir: direction(lang),
            department: department_name(notice, page.lang()),
            area: notice.area.clone(),
            topic: page.of("topic", notice.topic.as_str()),
            published_at: notice.published_at,
            expires_at: notice.expires_at,
            severity: notice.severity.as_str().to_ascii_lowercase(),
            severity_words: page.of("severity", notice.severity.as_str()),
            mark: Mark::new(page, notice.status, notice.state, notice.expires_at, now),
        }
    }
}
