//! `/notices/{id}`: the address of a notice for ever, in each of its forms.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use munadi_domain::id::NoticeId;
use munadi_services::{
    exports::Exports,
    inbox::{Inbox, PublicNotice},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState, archive,
    cache::{Freshness, Validators},
    extract::Path,
    problem::{Kind, Result},
};

/// How many seconds the other formats may be kept: what they say of the department may change.
const EXPORT_AGE: u32 = 300;

/// The permanent addresses.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_permanent))
}

/// A form in which a notice is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The signed notice, byte for byte as it was published.
    Jws,
    /// A CAP 1.2 alert.
    Cap,
    /// What we know of it.
    Json,
}

impl Form {
    const ALL: [Self; 3] = [Self::Json, Self::Jws, Self::Cap];

    const fn suffix(self) -> &'static str {
        match self {
            Self::Jws => "jws",
            Self::Cap => "cap",
            Self::Json => "json",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Jws => "application/jose+json",
            Self::Cap => "application/cap+xml",
            Self::Json => "application/json",
        }
    }

    /// What the client likes best (RFC 9110 §12.5.1); JSON if it has no wish that can be met.
    fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let wishes = accept.split(',').filter_map(|wish| {
            let (media_type, parameters) = wish.split_once(';').unwrap_or((wish, ""));
            let form = Self::ALL.into_iter().find(|form| form.media_type() == media_type.trim())?;
            let quality = parameters.split(';').find_map(|it| it.trim().strip_prefix("q=")?.parse::<f32>().ok());
            Some((form, quality.unwrap_or(1.0)))
        });
        // Of equals the last one wins here, so the list is turned round.
        let wishes: Vec<_> = wishes.filter(|(_, quality)| *quality > 0.0).collect();
        let best = wishes.into_iter().rev().max_by(|(_, one), (_, other)| one.total_cmp(other));
        best.map_or(Self::Json, |(form, _)| form)
    }
}

/// Shows a notice at its permanent address. With a suffix (`.jws`, `.cap`, `.json`) in that form, else in the one that `Accept` asks for.
/// The JWS is the exact text that was published, and never changes.
#[utoipa::path(get, path = "/notices/{notice}", tag = "archive",
    params(("notice" = String, Path, description = "The notice, perhaps with a suffix", pattern = r"^ntc_[0-7][0-9a-hjkmnp-tv-z]{25}(\.(jws|cap|json))?$")),
    responses(
        (status = 200, content(
            (archive::ArchivedOut = "application/json"), (serde_json::Value = "application/jose+json"), (String = "application/cap+xml"))),
        (status = 304, description = "It is as the client has it")))]
async fn show_permanent(
    State(inbox): State<Inbox>,
    State(exports): State<Exports>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let (notice, form) = parse(&name, &headers).ok_or_else(|| Kind::NOT_FOUND.with("There is no such notice"))?;
    let notice = inbox.get(notice).await?;
    let mut response = match form {
        Form::Json => archive::archived(&notice, None, &headers)?,
        Form::Jws => jws(&notice, &headers),
        Form::Cap => cap(&exports, &notice, &headers).await?,
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn parse(name: &str, headers: &HeaderMap) -> Option<(NoticeId, Form)> {
    let Some((id, suffix)) = name.split_once('.') else { return Some((name.parse().ok()?, Form::accepted(headers))) };
    let form = Form::ALL.into_iter().find(|form| form.suffix() == suffix)?;
    Some((id.parse().ok()?, form))
}

fn jws(notice: &PublicNotice, request: &HeaderMap) -> Response {
    let tag = munadi_services::hex(&notice.summary.digest);
    let validators = Validators { tag, changed: notice.summary.published_at, freshness: Freshness::Immutable };
    validators.answer(request, ([(header::CONTENT_TYPE, Form::Jws.media_type())], notice.envelope.clone()))
}

async fn cap(exports: &Exports, notice: &PublicNotice, request: &HeaderMap) -> Result<Response> {
    let alert = exports.cap(notice.summary.id).await?;
    let validators = Validators {
        tag: format!("{}-cap", &munadi_services::hex(&notice.summary.digest)[..16]),
        changed: notice.summary.published_at,
        freshness: Freshness::Seconds(EXPORT_AGE),
    };
    Ok(validators.answer(request, ([(header::CONTENT_TYPE, Form::Cap.media_type())], alert).into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, form: Form) {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        assert_eq!(Form::accepted(&headers), form, "{accept}");
    }

    #[test]
    fn wish_of_the_client_counts() {
        check("*/*", Form::Json);
        check("text/html,application/xhtml+xml", Form::Json);
        check("application/jose+json", Form::Jws);
        check("application/cap+xml;q=0.5, application/jose+json;q=0.9", Form::Jws);
        check("application/cap+xml, application/json", Form::Cap);
        check("application/cap+xml;q=0, application/json;q=0.1", Form::Json);
        check("application/cap+xml;q=NaN", Form::Json);
        check(";;q=,,", Form::Json);
    }

    #[test]
    fn suffix_is_one_of_three() {
        let id = "ntc_01jd6z3v9we7fbvk3xq5m8n2rt";
        let form = |name: &str| parse(name, &HeaderMap::new()).map(|(_, form)| form);
        assert_eq!(form(id), Some(Form::Json));
        assert_eq!(form(&format!("{id}.jws")), Some(Form::Jws));
        assert_eq!(form(&format!("{id}.cap")), Some(Form::Cap));
        for name in
            ["", "ntc_1", &format!("{id}."), &format!("{id}.jws.cap"), &format!("{id}.xml"), &format!("x{id}.cap")]
        {
            assert_eq!(form(name), None, "{name}");
        }
    }
}
