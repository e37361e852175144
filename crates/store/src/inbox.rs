//! Published notices as everyone may read them: the inbox, the archive and the stream.

use std::collections::BTreeMap;

use munadi_domain::{
    content::LanguageVersion,
    id::{DepartmentId, NoticeId},
    language::Lang,
    notice::{Intent, State},
    topic::Topic,
    vocabulary::{Severity, Status},
};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    Result, Store, StoreError,
    broadcast::intent,
    read::{parse, parse_option},
};

/// Which published notices to read.
#[derive(Debug, Clone, Default)]
pub struct PublishedFilter {
    /// Only those with one of these keys of places; all if empty.
    pub places: Vec<i32>,
    /// Only those on one of these topics; all if empty.
    pub topics: Vec<Topic>,
    /// Only those of this department.
    pub department: Option<DepartmentId>,
    /// Only those with words that match this `tsquery`.
    pub words: Option<String>,
    /// Only those published then or later.
    pub from: Option<OffsetDateTime>,
    /// Only those published before.
    pub until: Option<OffsetDateTime>,
}

/// What a list shows of a published notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeSummary {
    /// The notice.
    pub id: NoticeId,
    /// Its place among all published notices; later ones have higher ones.
    pub position: i64,
    /// Whose it is.
    pub department: DepartmentId,
    /// That department's name in addresses.
    pub department_slug: String,
    /// That department's name in each language.
    pub department_name: BTreeMap<Lang, String>,
    /// The first notice of its chain of updates.
    pub family: NoticeId,
    /// What it is meant to do.
    pub intent: Intent,
    /// What it replaces.
    pub replaces: Option<NoticeId>,
    /// Whether it still counts.
    pub state: State,
    /// What superseded or withdrew it.
    pub ended_by: Option<NoticeId>,
    /// Actual, Exercise or Test.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
    /// Whom it interests.
    pub topic: Topic,
    /// When it was published.
    pub published_at: OffsetDateTime,
    /// Until when it applies.
    pub expires_at: OffsetDateTime,
    /// SHA-256 of the signed bytes.
    pub digest: [u8; 32],
    /// The place in words.
    pub area: String,
    /// The headline in each language, in the order of the notice.
    pub headlines: Vec<(Lang, String)>,
    /// The keys of places it applies to, in order.
    pub places: Vec<i32>,
}

impl NoticeSummary {
    /// The headline for a reader of this language, and the language it is in.
    pub fn headline(&self, reader: &Lang) -> Option<(&Lang, &str)> {
        let offered: Vec<Lang> = self.headlines.iter().map(|(lang, _)| lang.clone()).collect();
        let best = reader.best_of(&offered)?;
        self.headlines.iter().find(|(lang, _)| lang == best).map(|(lang, headline)| (lang, headline.as_str()))
    }
}

/// A published notice as everyone may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicNotice {
    /// What a list shows of it.
    pub summary: NoticeSummary,
    /// The signed notice as it is served.
    pub envelope: String,
    /// The canonical bytes that were signed.
    pub payload: Vec<u8>,
    /// When it was superseded or withdrawn.
    pub ended_at: Option<OffsetDateTime>,
}

/// Which part of the published notices, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The newest.
    Newest,
    /// Those before this position, the newest first.
    Before(i64),
    /// Those after this position, the oldest first.
    After(i64),
}

struct Row {
    id: String,
    position: i64,
    department_id: String,
    department_slug: String,
    department_name: Value,
    family_id: String,
    intent: String,
    replaces_id: Option<String>,
    state: String,
    ended_by: Option<String>,
    ended_at: Option<OffsetDateTime>,
    status: String,
    severity: String,
    topic: String,
    published_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    digest: Vec<u8>,
    places: Vec<i32>,
    payload: Vec<u8>,
    envelope: Option<String>,
}

/// What is read of the signed bytes for a list.
#[derive(Deserialize)]
struct Texts {
    area: AreaText,
    languages: Vec<LanguageVersion>,
}

#[derive(Deserialize)]
struct AreaText {
    description: String,
}

impl Store {
    /// Published notices that match, with their positions in the order of the part.
    pub async fn published(&self, filter: &PublishedFilter, part: Part, limit: i64) -> Result<Vec<NoticeSummary>> {
        let (before, after) = match part {
            Part::Newest => (i64::MAX, 0),
            Part::Before(position) => (position, 0),
            Part::After(position) => (i64::MAX, position),
        };
        let topics: Vec<String> = filter.topics.iter().map(ToString::to_string).collect();
        let mut tx = self.begin().await?;
        // With the values known, the conditions that are not asked for fall away and the right index is taken. A plan for all values
        // would read all notices for some.
        sqlx::query!("set local plan_cache_mode = force_custom_plan").execute(&mut *tx.inner).await?;
        let rows = sqlx::query_as!(
            Row,
            r#"select n.id, n.position as "position!", n.department_id, d.slug as department_slug, d.name as department_name, n.family_id,
                n.intent, n.replaces_id, n.state, n.ended_by, n.ended_at, n.status as "status!", n.severity as "severity!",
                n.topic as "topic!", n.published_at as "published_at!", n.expires_at as "expires_at!", n.digest as "digest!",
                n.places as "places!", v.payload, null as envelope
             from notice n join department d on d.id = n.department_id
             join notice_version v on v.notice_id = n.id and v.version = n.version
             where n.position is not null and n.position < $1 and n.position > $2
                and (cardinality($3::integer[]) = 0 or n.places && $3)
                and (cardinality($4::text[]) = 0 or n.topic = any($4))
                and ($5::text is null or n.department_id = $5)
                and ($6::text is null or n.search @@ $6::text::tsquery)
                and ($7::timestamptz is null or n.published_at >= $7)
                and ($8::timestamptz is null or n.published_at < $8)
             order by case when $9 then n.position end, n.position desc limit $10"#,
            before,
            after,
            &filter.places,
            &topics,
            filter.department.map(|id| id.to_string()),
            filter.words,
            filter.from,
            filter.until,
            matches!(part, Part::After(_)),
            limit,
        )
        .fetch_all(&mut *tx.inner)
        .await?;
        rows.into_iter().map(Row::summary).collect()
    }

    /// A published notice, whatever became of it since.
    pub async fn public_notice(&self, notice: NoticeId) -> Result<Option<PublicNotice>> {
        Ok(self.public_notices(&[notice]).await?.pop())
    }

    /// Those of the notices that are published, the newest first.
    pub async fn public_notices(&self, notices: &[NoticeId]) -> Result<Vec<PublicNotice>> {
        let ids: Vec<String> = notices.iter().map(ToString::to_string).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"select n.id, n.position as "position!", n.department_id, d.slug as department_slug, d.name as department_name, n.family_id,
                n.intent, n.replaces_id, n.state, n.ended_by, n.ended_at, n.status as "status!", n.severity as "severity!",
                n.topic as "topic!", n.published_at as "published_at!", n.expires_at as "expires_at!", n.digest as "digest!",
                n.places as "places!", v.payload, n.envelope
             from notice n join department d on d.id = n.department_id
             join notice_version v on v.notice_id = n.id and v.version = n.version
             where n.id = any($1) and n.position is not null order by n.position desc"#,
            &ids,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Row::notice).collect()
    }

    /// The position of the last published notice; 0 if there is none.
    pub async fn last_position(&self) -> Result<i64> {
        Ok(sqlx::query_scalar!("select last from live_position").fetch_one(self.pool()).await?)
    }
}

impl Row {
    fn notice(mut self) -> Result<PublicNotice> {
        let missing = || StoreError::corrupt("notice", "published without an envelope");
        let envelope = self.envelope.take().ok_or_else(missing)?;
        let (payload, ended_at) = (self.payload.clone(), self.ended_at);
        Ok(PublicNotice { summary: self.summary()?, envelope, payload, ended_at })
    }

    fn summary(self) -> Result<NoticeSummary> {
        let corrupt = |error: serde_json::Error| StoreError::corrupt(&self.id, error);
        let texts: Texts = serde_json::from_slice(&self.payload).map_err(corrupt)?;
        Ok(NoticeSummary {
            id: parse("notice", &self.id)?,
            position: self.position,
            department: parse("department", &self.department_id)?,
            department_slug: self.department_slug,
            department_name: serde_json::from_value(self.department_name).map_err(corrupt)?,
            family: parse("family", &self.family_id)?,
            intent: intent(&self.intent)?,
            replaces: parse_option("replaces", self.replaces_id.as_deref())?,
            state: state(&self.state)?,
            ended_by: parse_option("ended_by", self.ended_by.as_deref())?,
            status: parse("status", &self.status)?,
            severity: parse("severity", &self.severity)?,
            topic: parse("topic", &self.topic)?,
            published_at: self.published_at,
            expires_at: self.expires_at,
            digest: self.digest.as_slice().try_into().map_err(|error| StoreError::corrupt("digest", error))?,
            area: texts.area.description,
            headlines: texts.languages.into_iter().map(|text| (text.lang, text.headline)).collect(),
            places: self.places,
        })
    }
}

fn state(text: &str) -> Result<State> {
    State::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| StoreError::corrupt("state", text))
}
