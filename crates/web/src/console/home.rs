//! The first page of the console: what waits for me, what is out, and how it is doing.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};
use munadi_domain::{
    access::{Actor, DepartmentAdmin, NoticeReader, Officer},
    notice::State as NoticeState,
};
use munadi_services::{
    Result as ServiceResult,
    figures::{DeliveryFigures, Figures},
    keys::Keys,
    notices::{NoticeFilter, NoticeLine, Notices},
    page::Page as Part,
    people::{Admin, People},
};

use crate::{error::Result, page::Page, session::SignedIn};

/// A notice that is out, and how far it has come.
struct Out {
    line: NoticeLine,
    figures: Option<DeliveryFigures>,
}

#[derive(Default)]
struct Waiting {
    review: Vec<NoticeLine>,
    publish: Vec<NoticeLine>,
    sent_back: Vec<NoticeLine>,
    drafts: Vec<NoticeLine>,
    keys: usize,
    grants: usize,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.review.is_empty()
            && self.publish.is_empty()
            && self.sent_back.is_empty()
            && self.keys == 0
            && self.grants == 0
    }
}

#[derive(Template)]
#[template(path = "console/home.html")]
struct HomePage {
    page: Page,
    name: String,
    is_drafter: bool,
    is_of_department: bool,
    waiting: Waiting,
    out: Vec<Out>,
}

/// `GET /console`.
pub(super) async fn show(
    page: Page,
    SignedIn(actor, officer): SignedIn,
    State(notices): State<Notices>,
    State(figures): State<Figures>,
    State(keys): State<Arc<Keys>>,
    State(people): State<People>,
) -> Result<Html<String>> {
    let mut waiting = Waiting { grants: grants(&people, &actor, &officer).await?, ..Waiting::default() };
    let mut out = Vec::new();
    if let Ok(reader) = NoticeReader::try_from(&actor) {
        waiting.sort(notices.waiting_for(&officer).await?);
        waiting.keys = unconfirmed(&keys, &actor, &officer).await?;
        out = published(&notices, &figures, reader).await?;
    }
    let viewer = page.viewer.as_ref();
    let name = viewer.map(|viewer| viewer.name.clone()).unwrap_or_default();
    let is_drafter = viewer.is_some_and(|viewer| viewer.is("drafter"));
    let is_of_department = officer.department.is_some();
    Ok(Html(HomePage { page, name, is_drafter, is_of_department, waiting, out }.render()?))
}

impl Waiting {
    /// By what there is to do.
    fn sort(&mut self, lines: Vec<NoticeLine>) {
        for line in lines {
            match line.state {
                NoticeState::InReview => self.review.push(line),
                NoticeState::Approved => self.publish.push(line),
                _ if line.return_comment.is_some() => self.sent_back.push(line),
                _ => self.drafts.push(line),
            }
        }
    }
}

async fn unconfirmed(keys: &Keys, actor: &Actor, officer: &Officer) -> ServiceResult<usize> {
    if DepartmentAdmin::try_from(actor).is_err() {
        return Ok(0);
    }
    let listed = keys.list(actor, Part::new(None, Part::<munadi_domain::id::KeyId>::MOST)).await?;
    let waits = listed.items.iter().filter(|key| key.confirmed_at.is_none() && key.revoked_at.is_none());
    Ok(waits.filter(|key| key.officer.is_some_and(|other| other != officer.id)).count())
}

async fn grants(people: &People, actor: &Actor, officer: &Officer) -> ServiceResult<usize> {
    let Ok(admin) = Admin::try_from(actor) else { return Ok(0) };
    let listed = people.list_role_grants(admin, Part::default()).await?;
    Ok(listed.items.iter().filter(|grant| grant.asked_by != officer.id && grant.officer != officer.id).count())
}

async fn published(notices: &Notices, figures: &Figures, reader: NoticeReader) -> ServiceResult<Vec<Out>> {
    let filter = NoticeFilter { states: vec![NoticeState::Published], before: None, limit: 5 };
    let mut out = Vec::new();
    for line in notices.list(reader, filter).await? {
        let figures = figures.of(reader, line.id).await.ok();
        out.push(Out { line, figures });
    }
    Ok(out)
}
