//! How a notice looks on a citizen's phone, before anybody else sees it.

use askama::Template;
use axum::{extract::State, response::Html};
use munadi_domain::{access::NoticeReader, content::LanguageVersion, id::NoticeId, notice::State as NoticeState};

use super::Desk;
use crate::{
    departments,
    error::{PageError, Result},
    page::{Page, direction, own_name},
    session::{Path, Right},
    state::WebState,
};

/// A locked phone shows about so much of a text.
const LOCKED_CHARS: usize = 140;

/// One language version on a phone. Its words are in its own language where there are texts in it.
struct Phone {
    /// Its page, so that labels are in the citizen's language.
    page: Page,
    version: LanguageVersion,
    department: String,
}

impl Phone {
    fn name(&self) -> &'static str {
        own_name(&self.version.lang)
    }

    fn dir(&self) -> &'static str {
        direction(&self.version.lang)
    }

    /// What fits on a locked phone.
    fn short(&self) -> String {
        let text = if self.version.instruction.is_empty() { &self.version.body } else { &self.version.instruction };
        let mut short: String = text.chars().take(LOCKED_CHARS).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        short
    }
}

#[derive(Template)]
#[template(path = "console/preview.html")]
struct PreviewPage {
    page: Page,
    id: NoticeId,
    is_draft: bool,
    status: &'static str,
    severity: &'static str,
    content: munadi_domain::content::DraftContent,
    phones: Vec<Phone>,
}

/// `GET /console/notices/{id}/preview`.
pub(super) async fn show(
    page: Page,
    State(web): State<WebState>,
    State(desk): State<Desk>,
    Right(reader): Right<NoticeReader>,
    Path(notice): Path<NoticeId>,
) -> Result<Html<String>> {
    let record = desk.notices.show(reader, notice).await?;
    let department = web.parts.people.department(reader.department).await.map_err(PageError::from)?;
    let phone = |version: &LanguageVersion| {
        let page = page.in_other(&web, &version.lang);
        Phone { department: departments::name_of(&department, &page), page, version: version.clone() }
    };
    let phones = record.content.languages.iter().map(phone).collect();
    let status = record.content.status.map_or("none", |it| it.as_str());
    let severity = record.content.severity.map_or("unknown", |it| it.as_str());
    let is_draft = record.notice.state() == NoticeState::Draft;
    Ok(Html(PreviewPage { id: notice, is_draft, status, severity, content: record.content, phones, page }.render()?))
}
