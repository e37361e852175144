//! What a list shows of a published notice, in the archive, the inbox and the stream alike.

use munadi_domain::language::{Direction, Lang};
use munadi_services::{
    exports::department_name,
    inbox::{NoticeSummary, Place},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{extract::List, schema};

/// A published notice in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryOut {
    #[schema(value_type = schema::NoticeId)]
    id: String,
    /// Its place among all published notices; later ones have higher ones.
    position: i64,
    department: DepartmentNameOut,
    /// The first notice of its chain of updates.
    #[schema(value_type = schema::NoticeId)]
    family: String,
    #[schema(value_type = schema::Intent)]
    intent: &'static str,
    /// What it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::NoticeId>)]
    replaces: Option<String>,
    /// Whether it still counts: published, superseded or withdrawn.
    #[schema(value_type = schema::State)]
    state: &'static str,
    /// What superseded or withdrew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::NoticeId>)]
    ended_by: Option<String>,
    #[schema(value_type = schema::Status)]
    status: &'static str,
    #[schema(value_type = schema::Severity)]
    severity: &'static str,
    #[schema(value_type = schema::Topic)]
    topic: &'static str,
    /// When it was published.
    #[serde(with = "time::serde::rfc3339")]
    published_at: OffsetDateTime,
    /// Until when it applies.
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    /// SHA-256 of the signed bytes.
    #[schema(value_type = schema::Hex32)]
    digest: String,
    /// The place in words.
    area: String,
    /// The headline, in the version that suits the reader best.
    headline: String,
    /// That version's language.
    #[schema(value_type = schema::Lang)]
    lang: String,
    /// That language's direction of writing.
    #[schema(value_type = schema::Direction)]
    dir: Direction,
    /// All languages that there are versions in.
    #[schema(value_type = Vec<schema::Lang>)]
    languages: Vec<String>,
    /// Its permanent address.
    href: String,
}

/// Whose a notice is.
#[derive(Debug, Serialize, ToSchema)]
struct DepartmentNameOut {
    #[schema(value_type = schema::DepartmentId)]
    id: String,
    /// Its name in addresses.
    slug: String,
    /// Its name, in the language that suits the reader best.
    name: String,
}

impl SummaryOut {
    /// For a reader of that language, or of English.
    pub(crate) fn new(notice: &NoticeSummary, reader: Option<&Lang>) -> Self {
        let fallback = Lang::fallback();
        let reader = reader.unwrap_or(&fallback);
        let offered: Vec<Lang> = notice.headlines.iter().map(|(lang, _)| lang.clone()).collect();
        let best = reader.best_of(&offered).unwrap_or(&fallback);
        let headline = notice.headlines.iter().find(|(lang, _)| lang == best);
        let department = DepartmentNameOut {
            id: notice.department.to_string(),
            slug: notice.department_slug.clone(),
            name: department_name(notice, reader),
        };
        Self {
            id: notice.id.to_string(),
            position: notice.position,
            department,
            family: notice.family.to_string(),
            intent: notice.intent.as_str(),
            replaces: notice.replaces.map(|id| id.to_string()),
            state: notice.state.as_str(),
            ended_by: notice.ended_by.map(|id| id.to_string()),
            status: notice.status.as_str(),
            severity: notice.severity.as_str(),
            topic: notice.topic.as_str(),
            published_at: notice.published_at,
            expires_at: notice.expires_at,
            digest: munadi_services::hex(&notice.digest),
            area: notice.area.clone(),
            headline: headline.map(|(_, text)| text.clone()).unwrap_or_default(),
            lang: best.to_string(),
            dir: best.direction(),
            languages: offered.iter().map(ToString::to_string).collect(),
            href: format!("/notices/{}", notice.id),
        }
    }
}

/// Places as they are asked for, each kind under its own name.
pub(crate) fn places(pins: List<munadi_domain::area::Pin>, districts: List<u16>, states: List<u16>) -> Vec<Place> {
    let pins = pins.0.into_iter().map(Place::Pin);
    let districts = districts.0.into_iter().map(Place::District);
    pins.chain(districts).chain(states.0.into_iter().map(Place::State)).collect()
}
