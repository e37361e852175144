//! The department's notices, by state and a page at a time.

use askama::Template;
use axum::{
    extract::{OriginalUri, State},
    response::Html,
};
use munadi_domain::{access::NoticeReader, notice::State as NoticeState};
use munadi_services::notices::{NoticeFilter, NoticeLine, Notices};

use crate::{error::Result, fields::Fields, page::Page, session::Right};

const ON_A_PAGE: usize = 25;

#[derive(Template)]
#[template(path = "console/list.html")]
struct ListPage {
    page: Page,
    /// The state that is asked for; empty for all.
    state: String,
    states: [NoticeState; 6],
    lines: Vec<NoticeLine>,
    /// The query of the next page.
    next: Option<String>,
}

/// `GET /console/notices?state=draft&before=ntc_…`.
pub(super) async fn show(
    page: Page,
    State(notices): State<Notices>,
    Right(reader): Right<NoticeReader>,
    OriginalUri(uri): OriginalUri,
) -> Result<Html<String>> {
    let query = Fields::of_query(uri.query().unwrap_or_default());
    let state = NoticeState::ALL.into_iter().find(|state| state.as_str() == query.text("state"));
    let before = query.text("before").parse().ok();
    let mut lines =
        notices.list(reader, NoticeFilter { states: state.into_iter().collect(), before, limit: 26 }).await?;
    let has_more = lines.len() > ON_A_PAGE;
    lines.truncate(ON_A_PAGE);
    let word = state.map_or("", NoticeState::as_str);
    let next = lines.last().filter(|_| has_more).map(|line| format!("?state={word}&before={}", line.id));
    Ok(Html(ListPage { page, state: word.to_owned(), states: NoticeState::ALL, lines, next }.render()?))
}
