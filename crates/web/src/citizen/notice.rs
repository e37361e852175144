//! `/notices/{id}` as a page: what happened, what to do, where, until when, and who signed it.

use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::Html,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{content::LanguageVersion, id::NoticeId, language::Lang, notice::State as Life, payload::Payload};
use munadi_services::{exports::department_name, inbox::PublicNotice};
use qrcode::{EcLevel, QrCode, render::svg};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{Library, card::Mark};
use crate::{
    error::{PageError, Result},
    fields::Fields,
    page::{Page, direction, own_name},
};

/// A version in another language.
struct Other {
    lang: String,
    name: &'static str,
}

/// Somebody who signed, in words.
struct Signer {
    role: String,
    at: OffsetDateTime,
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
    ended_by: Option<String>,
    withdrawn: bool,
    is_cancel: bool,
    replaces: Option<String>,
    published_at: OffsetDateTime,
    signers: Vec<Signer>,
    /// The QR code of its address, an SVG.
    qr: String,
    /// The text to pass on.
    share: String,
}

/// `GET /notices/{id}` for whoever likes pages.
pub(super) async fn show(
    State(library): State<Library>,
    page: Page,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>> {
    let id: NoticeId = name.parse().map_err(|_| PageError::NotFound)?;
    let found = library.inbox.get(id).await?;
    let wanted = Fields::of_query(query.as_deref().unwrap_or_default()).some("in").and_then(|tag| tag.parse().ok());
    let shown = fill(page, &found, wanted.as_ref(), library.core.clock.now())?;
    Ok(Html(shown.render()?))
}

/// The signed content of a published notice.
pub(super) fn content(found: &PublicNotice) -> Result<Payload> {
    // What was published was read before it was signed; if it cannot be read now, the database is damaged.
    serde_json::from_slice(&found.payload).map_err(|error| {
        tracing::error!(notice = %found.summary.id, %error, "a published notice cannot be read");
        PageError::NotFound
    })
}

/// The version that suits a reader best.
pub(super) fn best<'a>(notice: &'a Payload, reader: &Lang) -> Option<&'a LanguageVersion> {
    let offered: Vec<Lang> = notice.languages.iter().map(|version| version.lang.clone()).collect();
    let best = reader.best_of(&offered)?;
    notice.languages.iter().find(|version| version.lang == *best)
}

fn fill(page: Page, found: &PublicNotice, wanted: Option<&Lang>, now: OffsetDateTime) -> Result<NoticePage> {
    let (summary, notice) = (&found.summary, content(found)?);
    let version = best(&notice, wanted.unwrap_or(page.lang())).ok_or(PageError::NotFound)?.clone();
    let others = notice.languages.iter().filter(|other| other.lang != version.lang);
    let others = others.map(|other| Other { lang: other.lang.to_string(), name: own_name(&other.lang) }).collect();
    let address = page.absolute(&format!("/notices/{}", summary.id));
    let mark = Mark::new(&page, summary.status, summary.state, summary.expires_at, now);
    let signers = signers(&page, &found.envelope);
    Ok(NoticePage {
        id: summary.id.to_string(),
        dir: direction(&version.lang),
        department: department_name(summary, page.lang()),
        severity: summary.severity.as_str().to_ascii_lowercase(),
        ended_by: summary.ended_by.map(|id| id.to_string()),
        withdrawn: summary.state == Life::Withdrawn,
        is_cancel: summary.intent.as_str() == "cancel",
        replaces: summary.replaces.map(|id| id.to_string()),
        published_at: summary.published_at,
        qr: qr(&address),
        share: share(&mark, &version, &address),
        signers,
        others,
        mark,
        version,
        notice,
        address,
        page,
    })
}

/// The text to pass on: whoever gets it can check it by its link.
fn share(mark: &Mark, version: &LanguageVersion, address: &str) -> String {
    let marks = [mark.drill.as_deref(), mark.over.as_deref()];
    let marks: String = marks.into_iter().flatten().flat_map(|mark| [mark, "\n"]).collect();
    format!("{marks}{}\n{}\n{address}", version.headline, version.instruction).replace("\n\n", "\n")
}

/// A QR code as an SVG without style; empty if the address is too long for one.
fn qr(address: &str) -> String {
    let code = QrCode::with_error_correction_level(address, EcLevel::M);
    let drawn = code.map(|code| code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(false).build());
    let drawn = drawn.unwrap_or_default();
    drawn.find("<svg").map(|start| drawn[start..].to_owned()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Envelope {
    signatures: Vec<Signature>,
}

#[derive(Deserialize)]
struct Signature {
    protected: String,
}

#[derive(Deserialize)]
struct Header {
    role: String,
    iat: i64,
}

/// Who signed and when, as the signatures say it. The server has verified them before it published.
fn signers(page: &Page, envelope: &str) -> Vec<Signer> {
    let envelope: Envelope = serde_json::from_str(envelope).unwrap_or(Envelope { signatures: Vec::new() });
    let signer = |signature: Signature| {
        let header = BASE64_URL_SAFE_NO_PAD.decode(signature.protected).ok()?;
        let header: Header = serde_json::from_slice(&header).ok()?;
        let at = OffsetDateTime::from_unix_timestamp(header.iat).ok()?;
        Some(Signer { role: page.of("signer", &header.role), at })
    };
    envelope.signatures.into_iter().filter_map(signer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qr_code_is_a_drawing_and_nothing_else() {
        let drawn = qr("https://munadi.example/notices/ntc_01jd6z3v9we7fbvk3xq5m8n2rt");
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>"), "{drawn}");
        assert!(!drawn.contains("style=") && !drawn.contains("<script"), "{drawn}");
    }
}
