//! `/verify`: takes a link, a text or a picture of a QR code, and answers whether it is one of our notices. Nothing that is given is
//! ever fetched.

mod answer;
mod compare;
mod picture;
mod text;

use askama::Template;
use axum::{
    extract::{Multipart, RawQuery, State, multipart::Field},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use self::answer::{Answer, Asker};
pub(super) use self::picture::LARGEST as LARGEST_PICTURE;
use super::{Library, reader::Reader};
use crate::{error::Result, fields::Fields, page::Page};

/// The longest text that is looked at, in characters.
const LONGEST: usize = 8_000;

/// Why a form was not answered: the field, and the key of the words.
type Fault = (&'static str, &'static str);

#[derive(Template)]
#[template(path = "citizen/verify.html")]
struct Verify {
    page: Page,
    /// What was asked, as it was typed.
    asked: String,
    /// What the QR code says.
    scanned: Option<String>,
    fault: Option<Fault>,
    answer: Option<Answer>,
}

impl Verify {
    fn fault_of(&self, field: &str) -> Option<String> {
        self.fault.filter(|(at, _)| *at == field).map(|(_, key)| self.page.t(key))
    }
}

/// What a form has brought.
#[derive(Default)]
struct Asked {
    text: String,
    scanned: Option<String>,
    fault: Option<Fault>,
}

/// `GET /verify?q=`.
pub(super) async fn show(
    State(library): State<Library>,
    page: Page,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let query = query.as_deref().unwrap_or_default();
    let fields = Fields::of_query(query);
    let asked = Asked { text: shortened(fields.text("q")), ..Asked::default() };
    let is_first = !fields.has("q");
    reply(&library, page, &reader, asked, is_first).await
}

/// `POST /verify`: a text in the field `q`, or a picture of a QR code in the field `picture`.
pub(super) async fn ask(
    State(library): State<Library>,
    page: Page,
    reader: Reader,
    mut form: Multipart,
) -> Result<Response> {
    let mut asked = Asked::default();
    loop {
        match form.next_field().await {
            Ok(Some(field)) => read(field, &mut asked).await,
            Ok(None) => break,
            Err(error) => {
                asked.fault = Some(("picture", too_large_or(error.status(), "verify-fault-form")));
                break;
            }
        }
    }
    reply(&library, page, &reader, asked, false).await
}

async fn read(field: Field<'_>, asked: &mut Asked) {
    let name = field.name().unwrap_or_default().to_owned();
    match (name.as_str(), field.bytes().await) {
        ("q", Ok(bytes)) => asked.text = shortened(String::from_utf8_lossy(&bytes).trim()),
        ("picture", Ok(bytes)) if !bytes.is_empty() => {
            asked.scanned = picture::read(bytes).await.map(|text| shortened(&text));
            asked.fault = asked.scanned.is_none().then_some(("picture", "verify-fault-no-code"));
        }
        ("picture", Err(error)) => asked.fault = Some(("picture", too_large_or(error.status(), "verify-fault-form"))),
        _ => (),
    }
}

fn too_large_or(status: StatusCode, other: &'static str) -> &'static str {
    if status == StatusCode::PAYLOAD_TOO_LARGE { "verify-fault-large" } else { other }
}

fn shortened(text: &str) -> String {
    text.chars().filter(|letter| *letter != '\0').take(LONGEST).collect()
}

async fn reply(library: &Library, page: Page, reader: &Reader, asked: Asked, is_first: bool) -> Result<Response> {
    let text = asked.scanned.as_deref().unwrap_or(&asked.text);
    let is_nothing = !is_first && text.is_empty() && asked.fault.is_none();
    let fault = if is_nothing { Some(("q", "verify-fault-nothing")) } else { asked.fault };
    let answer = if is_first || fault.is_some() {
        None
    } else {
        Some(Asker { library, page: &page, reader }.answer(text).await?)
    };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = Verify { asked: asked.text, scanned: asked.scanned, fault, answer, page };
    Ok((status, Html(shown.render()?)).into_response())
}
