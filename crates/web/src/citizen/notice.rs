//! `/notices/{id}` as a page: what happened, what to do, where, until when, and who signed it.

mod passing;
mod place;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Html,
};
use munadi_domain::{
    content::LanguageVersion,
    id::NoticeId,
    language::Lang,
    notice::{Intent, State as Life},
    payload::Payload,
};
use munadi_services::{
    authenticity::{self, CheckedNotice, SignedAs, Worth},
    exports::department_name,
};
use time::OffsetDateTime;

use self::place::Places;
use super::{Library, card::Mark, reader::Reader};
use crate::{
    error::{PageError, Result},
    page::{Page, direction, own_name},
};

/// Characters of a description for whoever shows a link with a text.
const PREVIEW: usize = 200;

/// A version in another language.
struct Other {
    lang: String,
    name: &'static str,
    is_shown: bool,
}

/// Somebody who signed, in words.
struct Signer {
    role: &'static str,
    at: OffsetDateTime,
}

/// What a notice does to an earlier one.
struct Follows {
    /// The key of the words.
    key: &'static str,
    id: String,
}

#[derive(Template)]
#[template(path = "citizen/notice.html")]
struct NoticePage {
    page: Page,
    id: String,
    /// Its own address in the whole.
    address: String,
    notice: Payload,
    version: LanguageVersion,
    dir: &'static str,
    others: Vec<Other>,
    department: String,
    mark: Mark,
    severity: String,
    life: Life,
    ended_by: Option<String>,
    ended_at: Option<OffsetDateTime>,
    follows: Option<Follows>,
    is_broken: bool,
    places: Places,
    published_at: OffsetDateTime,
    checked_at: OffsetDateTime,
    signers: Vec<Signer>,
    /// The QR code of its address, an SVG.
    qr: String,
    /// The text to pass on.
    share: String,
    preview: String,
}

impl NoticePage {
    fn is_withdrawn(&self) -> bool {
        self.life == Life::Withdrawn
    }

    /// How many officers signed.
    fn officers(&self) -> usize {
        self.signers.iter().filter(|signer| signer.role != "signer-publisher").count()
    }
}

/// `GET /notices/{id}` for whoever likes pages.
pub(super) async fn show(
    State(library): State<Library>,
    page: Page,
    reader: Reader,
    Path(name): Path<String>,
) -> Result<Html<String>> {
    let id: NoticeId = name.parse().map_err(|_| PageError::NotFound)?;
    let found = library.inbox.get(id).await?;
    let found = authenticity::check(&library.core, &library.directory, found).await?.ok_or(PageError::NotFound)?;
    let shown = fill(&library, page, &reader, found).ok_or(PageError::NotFound)?;
    Ok(Html(shown.render()?))
}

/// The version that suits a reader best.
fn best<'a>(notice: &'a Payload, reader: &Reader) -> Option<&'a LanguageVersion> {
    let offered: Vec<Lang> = notice.languages.iter().map(|version| version.lang.clone()).collect();
    let best = reader.best(&offered)?;
    notice.languages.iter().find(|version| version.lang == *best)
}

fn fill(library: &Library, page: Page, reader: &Reader, found: CheckedNotice) -> Option<NoticePage> {
    let CheckedNotice { notice: published, payload, worth, signers } = found;
    let (summary, now) = (&published.summary, library.core.clock.now());
    let version = best(&payload, reader)?.clone();
    let address = page.absolute(&format!("/notices/{}", summary.id));
    let mark = Mark::new(&page, summary, now);
    let department = department_name(summary, page.lang());
    Some(NoticePage {
        id: summary.id.to_string(),
        dir: direction(&version.lang),
        others: payload.languages.iter().map(|other| Other::new(other, &version)).collect(),
        severity: summary.severity.as_str().to_ascii_lowercase(),
        life: summary.state,
        ended_by: summary.ended_by.map(|id| id.to_string()),
        ended_at: published.ended_at,
        follows: summary.replaces.map(|id| Follows { key: follows(summary.intent), id: id.to_string() }),
        is_broken: matches!(worth, Worth::NotOfficial { .. }),
        places: Places::of(&payload.area, &library.core.places),
        published_at: summary.published_at,
        checked_at: now,
        signers: signers.iter().map(|signer| Signer { role: role(signer.role), at: signer.at }).collect(),
        qr: passing::qr(&address),
        share: passing::share(&page, &mark, &version, &payload, &department, &address),
        preview: passing::preview(&version, PREVIEW),
        notice: payload,
        department,
        mark,
        version,
        address,
        page,
    })
}

impl Other {
    fn new(other: &LanguageVersion, shown: &LanguageVersion) -> Self {
        Self { lang: other.lang.to_string(), name: own_name(&other.lang), is_shown: other.lang == shown.lang }
    }
}

const fn follows(intent: Intent) -> &'static str {
    match intent {
        Intent::Alert | Intent::Update => "notice-updates",
        Intent::Correct => "notice-corrects",
        Intent::Cancel => "notice-cancels",
    }
}

const fn role(role: SignedAs) -> &'static str {
    match role {
        SignedAs::Author => "signer-author",
        SignedAs::Approver => "signer-approver",
        SignedAs::Department => "signer-publisher",
    }
}
