//! The Atom feed of notices (RFC 4287).

use munadi_domain::{
    content::whole_seconds,
    language::Lang,
    payload::Payload,
    vocabulary::{MsgType, Status},
};
use time::OffsetDateTime;

use crate::write::Xml;

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its permanent and unique IRI.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The language of its title.
    pub lang: Lang,
    /// Who publishes it; the author of entries that name none.
    pub author: String,
    /// When one of its entries last changed; for a feed without entries, any time that does not move.
    pub updated: OffsetDateTime,
    /// Its own address.
    pub self_href: String,
    /// The page that shows the same.
    pub page_href: String,
    /// The newest notices first.
    pub entries: Vec<Entry>,
}

/// A notice in a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its permanent and unique IRI: see [`tag_uri`].
    pub id: String,
    /// The headline.
    pub title: String,
    /// The language of title and summary.
    pub lang: Lang,
    /// The department.
    pub author: String,
    /// When it was published.
    pub published: OffsetDateTime,
    /// When it or its state last changed.
    pub updated: OffsetDateTime,
    /// What is known and what to do, as plain text.
    pub summary: String,
    /// The page for people.
    pub page_href: String,
    /// The same notice in other forms.
    pub alternates: Vec<Link>,
    /// What it is about.
    pub categories: Vec<Term>,
}

/// The same notice in another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its address.
    pub href: String,
    /// Its media type, such as `application/cap+xml`.
    pub media_type: String,
}

/// A word of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The vocabulary's IRI; empty for Munadi's own topics.
    pub scheme: String,
    /// The word.
    pub term: String,
}

/// A tag URI (RFC 4151): an id that stays when addresses move. The date is that of the publication.
pub fn tag_uri(host: &str, published: OffsetDateTime, id: &str) -> String {
    let date = whole_seconds(published).date();
    format!("tag:{host},{:04}-{:02}-{:02}:{id}", date.year(), u8::from(date.month()), date.day())
}

/// What an entry says and the signed payload does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryMeta {
    /// The host that names the notice for ever: see [`tag_uri`].
    pub host: String,
    /// The department.
    pub author: String,
    /// When it was published.
    pub published: OffsetDateTime,
    /// When it or its state last changed.
    pub updated: OffsetDateTime,
    /// The page for people.
    pub page_href: String,
    /// The same notice in other forms.
    pub alternates: Vec<Link>,
}

impl Entry {
    /// The entry of a notice in the version that suits a reader of `lang` best. Its title says when the notice is a drill, a test or a
    /// withdrawal: many readers see nothing else.
    pub fn of(payload: &Payload, lang: &Lang, meta: EntryMeta) -> Self {
        let offered: Vec<Lang> = payload.languages.iter().map(|version| version.lang.clone()).collect();
        let best = lang.best_of(&offered).cloned().unwrap_or_else(Lang::fallback);
        let version = payload.languages.iter().find(|version| version.lang == best);
        let (headline, summary) = version.map_or_else(Default::default, |version| {
            let paragraphs = [version.body.as_str(), &version.instruction].into_iter().filter(|text| !text.is_empty());
            (version.headline.as_str(), paragraphs.collect::<Vec<_>>().join("\n\n"))
        });
        Self {
            id: tag_uri(&meta.host, meta.published, &payload.id.to_string()),
            title: format!("{}{headline}", mark(payload)),
            lang: best,
            author: meta.author,
            published: meta.published,
            updated: meta.updated,
            summary,
            page_href: meta.page_href,
            alternates: meta.alternates,
            categories: terms(payload),
        }
    }
}

const fn mark(payload: &Payload) -> &'static str {
    match (payload.status, payload.msg_type) {
        (Status::Exercise, _) => "[EXERCISE] ",
        (Status::Test, _) => "[TEST] ",
        (Status::Actual, MsgType::Cancel) => "[CANCELED] ",
        (Status::Actual, _) => "",
    }
}

/// The words of the notice, in CAP's vocabularies where CAP has one.
fn terms(payload: &Payload) -> Vec<Term> {
    let cap = |element: &str, term: &str| Term {
        scheme: format!("{}#{element}", crate::xml::NAMESPACE),
        term: term.to_owned(),
    };
    vec![
        Term { scheme: String::new(), term: payload.topic.to_string() },
        cap("status", payload.status.as_str()),
        cap("msgType", payload.msg_type.as_str()),
        cap("category", payload.category.as_str()),
        cap("severity", payload.severity.as_str()),
    ]
}

/// Writes the feed (RFC 4287).
pub fn atom(feed: &Feed) -> String {
    let mut xml = Xml::new();
    xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", feed.lang.as_str())]);
    xml.leaf("id", &feed.id);
    xml.leaf("title", &feed.title);
    xml.leaf("updated", &rfc3339(feed.updated));
    author(&mut xml, &feed.author);
    xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &feed.self_href)]);
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &feed.page_href)]);
    for entry in &feed.entries {
        write_entry(&mut xml, entry);
    }
    xml.finish()
}

fn write_entry(xml: &mut Xml, entry: &Entry) {
    xml.open("entry", &[("xml:lang", entry.lang.as_str())]);
    xml.leaf("id", &entry.id);
    xml.leaf("title", &entry.title);
    xml.leaf("published", &rfc3339(entry.published));
    xml.leaf("updated", &rfc3339(entry.updated));
    if !entry.author.is_empty() {
        author(xml, &entry.author);
    }
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &entry.page_href)]);
    for link in &entry.alternates {
        xml.empty("link", &[("rel", "alternate"), ("type", &link.media_type), ("href", &link.href)]);
    }
    for term in &entry.categories {
        let attributes = [("term", term.term.as_str()), ("scheme", &term.scheme)];
        let known = if term.scheme.is_empty() { &attributes[..1] } else { &attributes };
        xml.empty("category", known);
    }
    xml.leaf("summary", &entry.summary);
    xml.close();
}

fn author(xml: &mut Xml, name: &str) {
    xml.open("author", &[]);
    xml.leaf("name", name);
    xml.close();
}

/// RFC 4287 §3.3, in UTC.
fn rfc3339(time: OffsetDateTime) -> String {
    let utc = whole_seconds(time);
    let (date, clock) = (utc.date(), utc.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}

#[cfg(test)]
mod tests;
