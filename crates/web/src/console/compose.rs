//! Writing a notice: the form, saving it, and what happens when a colleague was faster.

mod view;

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use munadi_domain::{
    access::{NoticeDrafter, NoticeReader},
    content::DraftContent,
    fault::Fault,
    id::NoticeId,
    notice::{Intent, State as NoticeState},
};
use munadi_services::{
    ServiceError,
    notices::{NoticeRecord, Notices},
};
use serde_json::json;

use self::view::{Showing, Shown};
use super::{Desk, form::Form};
use crate::{
    error::{PageError, Result},
    fields::Fields,
    page::Page,
    session::{Path, Right},
};

/// `GET /console/notices/new`.
pub(super) async fn begin(page: Page, State(desk): State<Desk>, Right(_): Right<NoticeDrafter>) -> Result<Response> {
    let form = Form::empty(page.lang());
    view::show(Shown { page, desk: &desk, form, saved: None, showing: Showing::default() }, StatusCode::OK)
}

/// `POST /console/notices/new`.
pub(super) async fn create(
    page: Page,
    State(desk): State<Desk>,
    Right(drafter): Right<NoticeDrafter>,
    fields: Fields,
) -> Result<Response> {
    let (form, next) = pressed(&fields);
    match write(&desk.notices, &drafter, None, &form).await? {
        Written::Saved(record) => Ok(next.of(&desk.notices, &record)),
        Written::Unreadable(faults) => {
            let showing = Showing { faults, ..Showing::default() };
            view::show(Shown { page, desk: &desk, form, saved: None, showing }, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Written::Stale(_) => Err(PageError::NotFound),
    }
}

/// `GET /console/notices/{id}/edit`.
pub(super) async fn edit(
    page: Page,
    State(desk): State<Desk>,
    Right(drafter): Right<NoticeDrafter>,
    Path(notice): Path<NoticeId>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response> {
    let record = desk.notices.show(reader(&drafter), notice).await?;
    if !is_open(&record) {
        return Ok(Redirect::to(&format!("/console/notices/{notice}")).into_response());
    }
    let query = Fields::of_query(uri.query().unwrap_or_default());
    let faults = if query.has("check") { desk.notices.faults(&record.content) } else { Vec::new() };
    let showing = Showing {
        faults,
        browse: query.text("browse").parse().ok(),
        is_saved: query.has("saved"),
        audience: desk.notices.audience(reader(&drafter), notice).await.ok(),
        conflict: None,
    };
    let form = Form::of(record.notice.head().revision, &record.content);
    view::show(Shown { page, desk: &desk, form, saved: Some(&record), showing }, StatusCode::OK)
}

/// `POST /console/notices/{id}/edit`: every button of the form saves it.
pub(super) async fn save(
    page: Page,
    State(desk): State<Desk>,
    Right(drafter): Right<NoticeDrafter>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Response> {
    let (mut form, next) = pressed(&fields);
    let (record, faults, conflict) = match write(&desk.notices, &drafter, Some(notice), &form).await? {
        Written::Saved(record) => return Ok(next.of(&desk.notices, &record)),
        Written::Unreadable(faults) => (desk.notices.show(reader(&drafter), notice).await?, faults, None),
        Written::Stale(theirs) => (*theirs, Vec::new(), Some(form.content().content)),
    };
    let status = if conflict.is_some() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    if conflict.is_some() {
        // Whoever has seen theirs may write over it.
        form.revision = record.notice.head().revision;
    }
    let showing = Showing { faults, conflict, ..Showing::default() };
    view::show(Shown { page, desk: &desk, form, saved: Some(&record), showing }, status)
}

/// `POST /console/notices/new/save`: the first of the savings that a script makes as one types.
pub(super) async fn create_as_typed(
    page: Page,
    State(desk): State<Desk>,
    Right(drafter): Right<NoticeDrafter>,
    fields: Fields,
) -> Result<Response> {
    let written = write(&desk.notices, &drafter, None, &Form::read(&fields)).await?;
    Ok(told(&page, &desk.notices, written))
}

/// `POST /console/notices/{id}/save`.
pub(super) async fn save_as_typed(
    page: Page,
    State(desk): State<Desk>,
    Right(drafter): Right<NoticeDrafter>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Response> {
    let record = desk.notices.show(reader(&drafter), notice).await?;
    if record.notice.state() != NoticeState::Draft {
        // A signature is not voided by a touch of a key.
        return Ok(told(&page, &desk.notices, Written::Stale(Box::new(record))));
    }
    let written = write(&desk.notices, &drafter, Some(notice), &Form::read(&fields)).await?;
    Ok(told(&page, &desk.notices, written))
}

/// What the script shows, in the page's language.
fn told(page: &Page, notices: &Notices, written: Written) -> Response {
    match written {
        Written::Saved(record) => {
            let missing = notices.faults(&record.content).len();
            let said = if missing == 0 { page.t("compose-complete") } else { page.count("compose-missing", missing) };
            let head = record.notice.head();
            let edit = format!("/console/notices/{}/edit", head.id);
            let saved = page.t("compose-saved");
            Json(json!({ "state": "saved", "revision": head.revision, "edit": edit, "said": saved, "missing": said }))
                .into_response()
        }
        Written::Unreadable(_) => {
            let body = Json(json!({ "state": "unreadable", "said": page.t("compose-unreadable") }));
            (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
        }
        Written::Stale(_) => {
            let body = Json(json!({ "state": "conflict", "said": page.t("compose-conflict-short") }));
            (StatusCode::CONFLICT, body).into_response()
        }
    }
}

/// What became of a saving.
enum Written {
    Saved(Box<NoticeRecord>),
    /// Something cannot be read, or is too much.
    Unreadable(Vec<Fault>),
    /// A colleague has saved meanwhile; what there is now.
    Stale(Box<NoticeRecord>),
}

async fn write(
    notices: &Notices,
    drafter: &NoticeDrafter,
    notice: Option<NoticeId>,
    form: &Form,
) -> Result<Written, ServiceError> {
    let read = form.content();
    if !read.faults.is_empty() {
        return Ok(Written::Unreadable(read.faults));
    }
    let saved = match notice {
        Some(notice) => edit_if_other(notices, drafter, notice, form.revision, &read.content).await,
        None => notices.create(drafter, &read.content).await,
    };
    match (saved, notice) {
        (Ok(record), _) => Ok(Written::Saved(Box::new(record))),
        (Err(ServiceError::Invalid(faults)), _) => Ok(Written::Unreadable(faults)),
        (Err(ServiceError::StaleRevision { .. }), Some(notice)) => {
            Ok(Written::Stale(Box::new(notices.show(reader(drafter), notice).await?)))
        }
        (Err(error), _) => Err(error),
    }
}

/// What says the same is not saved again: whoever only looks at a draft is no editor, and voids nobody's signature.
async fn edit_if_other(
    notices: &Notices,
    drafter: &NoticeDrafter,
    notice: NoticeId,
    revision: i64,
    content: &DraftContent,
) -> Result<NoticeRecord, ServiceError> {
    let record = notices.show(reader(drafter), notice).await?;
    if record.content == *content && is_open(&record) {
        return Ok(record);
    }
    notices.edit(drafter, notice, revision, content).await
}

fn is_open(record: &NoticeRecord) -> bool {
    matches!(record.notice.state(), NoticeState::Draft | NoticeState::InReview | NoticeState::Approved)
}

fn reader(drafter: &NoticeDrafter) -> NoticeReader {
    NoticeReader { department: drafter.department }
}

/// Where a button of the form leads once everything is saved.
enum Next {
    Form(String),
    Preview,
    Sign,
}

impl Next {
    fn of(self, notices: &Notices, record: &NoticeRecord) -> Response {
        let id = record.notice.head().id;
        let path = match self {
            Self::Form(rest) => format!("edit{rest}"),
            Self::Preview => "preview".to_owned(),
            Self::Sign if notices.faults(&record.content).is_empty() => "sign".to_owned(),
            Self::Sign => "edit?check=1".to_owned(),
        };
        Redirect::to(&format!("/console/notices/{id}/{path}")).into_response()
    }
}

/// The form with what its button does to it, and where that leads.
fn pressed(fields: &Fields) -> (Form, Next) {
    let mut form = Form::read(fields);
    let button = fields.text("do");
    if let Some(index) = button.strip_prefix("remove-language-").and_then(|index| index.parse().ok()) {
        form.remove_language(index);
        return (form, Next::Form("#languages".to_owned()));
    }
    let next = match button {
        "add-language" => {
            form.add_language(fields.text("new-language"));
            Next::Form("#languages".to_owned())
        }
        "districts" => Next::Form(format!("?browse={}#places", fields.text("browse").parse().unwrap_or(0_u16))),
        "more" => Next::Form("#links".to_owned()),
        "preview" => Next::Preview,
        "sign" => Next::Sign,
        _ => Next::Form("?saved=1".to_owned()),
    };
    (form, next)
}

/// `POST /console/notices/{id}/update`, `…/correct`, `…/cancel`: a draft that follows what is published.
pub(super) async fn follow(
    State(desk): State<Desk>,
    Right(drafter): Right<NoticeDrafter>,
    Path((notice, intent)): Path<(NoticeId, String)>,
) -> Result<Redirect> {
    let intent = Intent::ALL.into_iter().find(|it| it.as_str() == intent && *it != Intent::Alert);
    let record = desk.notices.follow(&drafter, notice, intent.ok_or(PageError::NotFound)?).await?;
    Ok(Redirect::to(&format!("/console/notices/{}/edit", record.notice.head().id)))
}

/// `POST /console/notices/{id}/discard`.
pub(super) async fn discard(
    State(desk): State<Desk>,
    Right(drafter): Right<NoticeDrafter>,
    Path(notice): Path<NoticeId>,
    fields: Fields,
) -> Result<Redirect> {
    desk.notices.discard(&drafter, notice, fields.text("revision").parse().unwrap_or(0)).await?;
    Ok(Redirect::to("/console/notices"))
}
