//! Published notices in the formats of others: CAP 1.2, Atom, and JSON Feed 1.1.

use std::{collections::BTreeMap, time::Duration};

use munadi_cap::{CapMeta, CapReference, Entry, EntryMeta, Feed, Link};
use munadi_domain::{id::NoticeId, language::Lang, notice::State, payload::Payload};
use munadi_store::{
    StoreError,
    inbox::{NoticeSummary, PublicNotice},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;

use crate::{
    Core, Result, hex,
    inbox::{Inbox, Query},
    page::Page,
};

/// The most notices of a feed.
const ENTRIES: u16 = 50;
/// How long a feed may be kept by whoever reads it.
pub const FEED_AGE: Duration = Duration::from_secs(30);

/// What is written of published notices for other software.
#[derive(Debug, Clone)]
pub struct Exports {
    core: Core,
    inbox: Inbox,
    /// How the world reaches this installation, without a slash at the end.
    base: String,
    /// Its host: the name in ids that stay.
    host: String,
}

/// A feed that is asked for.
#[derive(Debug, Clone)]
pub struct FeedQuery {
    /// Which notices.
    pub query: Query,
    /// The language that its reader likes best.
    pub lang: Lang,
    /// Its own address: path and query.
    pub path: String,
}

/// A feed as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The document.
    pub text: String,
    /// When one of its entries last changed.
    pub updated: OffsetDateTime,
}

impl Exports {
    /// `public_url` is how the world reaches this installation.
    pub fn new(core: Core, inbox: Inbox, public_url: &Url) -> Self {
        let base = public_url.as_str().trim_end_matches('/').to_owned();
        let host = public_url.host_str().unwrap_or("localhost").to_owned();
        Self { core, inbox, base, host }
    }

    /// A notice as a CAP 1.2 alert. It says what the signatures cover, and leads to them by the digest.
    pub async fn cap(&self, notice: NoticeId) -> Result<String> {
        let notice = self.inbox.get(notice).await?;
        let payload = payload(&notice)?;
        let replaces = self.replaced(&payload).await?;
        let meta = CapMeta {
            places: &self.core.places,
            sender: self.sender(&notice.summary),
            sender_names: notice.summary.department_name.clone(),
            web: self.page(notice.summary.id),
            payload_sha256: hex(&notice.summary.digest),
            replaces,
        };
        Ok(munadi_cap::print(&payload, &meta))
    }

    async fn replaced(&self, of: &Payload) -> Result<Vec<CapReference>> {
        let own: Vec<NoticeId> = of.references.iter().filter_map(|reference| reference.parse().ok()).collect();
        let replaced = self.core.store.public_notices(&own).await?;
        let by_id =
            replaced.iter().map(|notice| Ok((notice.summary.id, (self.sender(&notice.summary), payload(notice)?))));
        let by_id: BTreeMap<NoticeId, (String, Payload)> = by_id.collect::<Result<_>>()?;
        let known = own.iter().filter_map(|id| by_id.get(id));
        Ok(known.map(|(sender, payload)| CapReference::of_notice(sender, payload)).collect())
    }

    /// The newest notices as an Atom feed (RFC 4287).
    pub async fn atom(&self, asked: &FeedQuery) -> Result<Written> {
        let feed = self.feed(asked).await?;
        Ok(Written { text: munadi_cap::atom(&feed), updated: feed.updated })
    }

    /// The newest notices as a JSON Feed 1.1.
    pub async fn json_feed(&self, asked: &FeedQuery) -> Result<Written> {
        let feed = self.feed(asked).await?;
        let items: Vec<Value> = feed.entries.iter().map(item).collect();
        let text = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.page_href,
            "feed_url": feed.self_href,
            "language": feed.lang,
            "items": items,
        });
        Ok(Written { text: text.to_string(), updated: feed.updated })
    }

    async fn feed(&self, asked: &FeedQuery) -> Result<Feed> {
        let listed = self.inbox.page(&asked.query, Page::new(None, ENTRIES)).await?;
        let ids: Vec<NoticeId> = listed.items.iter().map(|notice| notice.id).collect();
        let notices = self.core.store.public_notices(&ids).await?;
        let entries: Vec<Entry> =
            notices.iter().map(|notice| self.entry(notice, &asked.lang)).collect::<Result<_>>()?;
        let newest = entries.iter().map(|entry| entry.updated).max();
        Ok(Feed {
            id: format!("{}{}", self.base, asked.path),
            title: format!("Notices of {}", self.host),
            lang: Lang::fallback(),
            author: self.host.clone(),
            updated: newest.unwrap_or(OffsetDateTime::UNIX_EPOCH),
            self_href: format!("{}{}", self.base, asked.path),
            page_href: format!("{}/", self.base),
            entries,
        })
    }

    fn entry(&self, notice: &PublicNotice, lang: &Lang) -> Result<Entry> {
        let summary = &notice.summary;
        let page = self.page(summary.id);
        let form = |suffix: &str, media_type: &str| Link {
            href: format!("{page}.{suffix}"),
            media_type: media_type.to_owned(),
        };
        let alternates = vec![
            form("cap", "application/cap+xml"),
            form("jws", "application/jose+json"),
            form("json", "application/json"),
        ];
        let meta = EntryMeta {
            host: self.host.clone(),
            author: department_name(summary, lang),
            published: summary.published_at,
            updated: notice.ended_at.unwrap_or(summary.published_at),
            page_href: page,
            alternates,
        };
        let mut entry = Entry::of(&payload(notice)?, lang, meta);
        entry.title.insert_str(0, mark(summary.state));
        Ok(entry)
    }

    fn page(&self, notice: NoticeId) -> String {
        format!("{}/notices/{notice}", self.base)
    }

    fn sender(&self, notice: &NoticeSummary) -> String {
        format!("{}@{}", notice.department_slug, self.host)
    }
}

/// A department's name for a reader of a language.
pub fn department_name(notice: &NoticeSummary, lang: &Lang) -> String {
    let offered: Vec<Lang> = notice.department_name.keys().cloned().collect();
    let best = lang.best_of(&offered).and_then(|lang| notice.department_name.get(lang));
    best.unwrap_or(&notice.department_slug).clone()
}

/// Many readers of feeds see the title and nothing else.
const fn mark(state: State) -> &'static str {
    match state {
        State::Superseded => "[SUPERSEDED] ",
        State::Withdrawn => "[WITHDRAWN] ",
        State::Draft | State::InReview | State::Approved | State::Published => "",
    }
}

fn payload(notice: &PublicNotice) -> Result<Payload> {
    let id = notice.summary.id;
    serde_json::from_slice(&notice.payload).map_err(|error| StoreError::corrupt(id, error).into())
}

fn item(entry: &Entry) -> Value {
    let at = |time: OffsetDateTime| time.format(&Rfc3339).unwrap_or_default();
    let forms = entry.alternates.iter().map(|link| json!({ "url": link.href, "mime_type": link.media_type }));
    json!({
        "id": entry.id,
        "url": entry.page_href,
        "title": entry.title,
        "content_text": entry.summary,
        "language": entry.lang,
        "date_published": at(entry.published),
        "date_modified": at(entry.updated),
        "authors": [{ "name": entry.author }],
        "tags": entry.categories.iter().map(|term| term.term.as_str()).collect::<Vec<_>>(),
        "attachments": forms.collect::<Vec<_>>(),
    })
}
