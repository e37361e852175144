//! `/verify`: takes a link, a text or a picture of a QR code, and answers whether it is one of our notices. Nothing that is given is
//! ever fetched.

mod picture;
mod words;

use askama::Template;
use axum::{
    extract::{Multipart, RawQuery, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use munadi_domain::{id::NoticeId, notice::State as Life};
use munadi_services::{
    ServiceError,
    inbox::{PublicNotice, Query},
    page::Page as Part,
};

use super::{Library, card::Card, notice};
use crate::{
    error::{PageError, Result},
    fields::Fields,
    page::Page,
};

pub(super) use picture::LARGEST as LARGEST_PICTURE;

/// The longest text that is looked at.
const LONGEST: usize = 8_000;
/// How many notices with the same first words are compared.
const CANDIDATES: u16 = 10;

/// What became of the question.
enum Answer {
    /// It is real, and still counts.
    Real,
    /// It is real, and no longer counts.
    Over,
    /// The notice is real, but not everything in the text is in it.
    Changed,
    /// A real notice's id in a link to another site.
    ElsewhereLink,
    /// Not one of ours.
    Unknown,
    /// There was no QR code in the picture, or it was no picture.
    NoCode,
    /// The picture is too large.
    TooLarge,
}

impl Answer {
    const fn key(&self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Over => "over",
            Self::Changed => "changed",
            Self::ElsewhereLink => "elsewhere",
            Self::Unknown => "unknown",
            Self::NoCode => "no-code",
            Self::TooLarge => "too-large",
        }
    }

    const fn look(&self) -> &'static str {
        match self {
            Self::Real => "good",
            Self::Over | Self::NoCode | Self::TooLarge => "warn",
            Self::Changed | Self::ElsewhereLink | Self::Unknown => "bad",
        }
    }
}

#[derive(Template)]
#[template(path = "citizen/verify.html")]
struct Verify {
    page: Page,
    /// What was asked, as it was typed or found in the picture.
    asked: String,
    answer: Option<(Answer, Option<Card>)>,
}

/// `GET /verify?q=`.
pub(super) async fn show(
    State(library): State<Library>,
    page: Page,
    RawQuery(query): RawQuery,
) -> Result<Html<String>> {
    let fields = Fields::of_query(query.as_deref().unwrap_or_default());
    let asked: String = fields.text("q").chars().take(LONGEST).collect();
    let answer = if asked.is_empty() { None } else { Some(look_up(&library, &page, &asked).await?) };
    Ok(Html(Verify { page, asked, answer }.render()?))
}

/// `POST /verify`: a picture of a QR code, in the field `picture`.
pub(super) async fn look_at_picture(
    State(library): State<Library>,
    page: Page,
    mut form: Multipart,
) -> Result<Response> {
    let mut bytes = None;
    while let Some(field) = form.next_field().await.map_err(|_| PageError::Unreadable)? {
        if field.name() == Some("picture") {
            bytes = Some(field.bytes().await);
            break;
        }
    }
    let (asked, answer) = match bytes {
        Some(Ok(bytes)) if !bytes.is_empty() => match picture::read(bytes).await {
            Some(text) => {
                let answer = look_up(&library, &page, &text).await?;
                (text, answer)
            }
            None => (String::new(), (Answer::NoCode, None)),
        },
        Some(Err(_)) => (String::new(), (Answer::TooLarge, None)),
        _ => (String::new(), (Answer::NoCode, None)),
    };
    let status = match answer.0 {
        Answer::NoCode => StatusCode::UNPROCESSABLE_ENTITY,
        Answer::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::OK,
    };
    Ok((status, Html(Verify { page, asked, answer: Some(answer) }.render()?)).into_response())
}

/// A link or an id in the text decides; without one, its words do.
async fn look_up(library: &Library, page: &Page, asked: &str) -> Result<(Answer, Option<Card>)> {
    let found = match words::id_in(asked) {
        Some(id) => by_id(library, id).await?.map(|found| {
            let is_ours = words::leads_to(asked, &page.absolute("/"));
            (if is_ours { None } else { Some(Answer::ElsewhereLink) }, found)
        }),
        None => by_words(library, asked).await?.map(|(is_whole, found)| {
            (if is_whole { None } else { Some(Answer::Changed) }, found)
        }),
    };
    let Some((fault, found)) = found else { return Ok((Answer::Unknown, None)) };
    let now = library.core.clock.now();
    let counts = found.summary.state == Life::Published && found.summary.expires_at > now;
    let answer = fault.unwrap_or(if counts { Answer::Real } else { Answer::Over });
    Ok((answer, Some(Card::new(page, &found.summary, now))))
}

async fn by_id(library: &Library, id: NoticeId) -> Result<Option<PublicNotice>> {
    match library.inbox.get(id).await {
        Ok(found) => Ok(Some(found)),
        Err(ServiceError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A notice whose headline is in the text, and whether everything else in the text is the notice's, too.
async fn by_words(library: &Library, asked: &str) -> Result<Option<(bool, PublicNotice)>> {
    let mut changed = None;
    for line in words::lines(asked) {
        let query = Query { text: Some(line.to_owned()), ..Query::default() };
        for candidate in library.inbox.page(&query, Part::new(None, CANDIDATES)).await?.items {
            let Some(found) = by_id(library, candidate.id).await? else { continue };
            let notice = notice::content(&found)?;
            match words::compare(asked, &notice.languages) {
                words::Likeness::Same => return Ok(Some((true, found))),
                words::Likeness::Changed => changed = changed.or(Some((false, found))),
                words::Likeness::Other => (),
            }
        }
    }
    Ok(changed)
}
