//! The limits, and how much of them is used.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Html};
use munadi_domain::access::{DepartmentAdmin, NoticeReader};
use munadi_services::{
    Core,
    limits::{DepartmentUsage, InUse, Limits, Subject},
};

use crate::{
    error::Result,
    page::Page,
    session::{Right, SignedIn},
};

#[derive(Template)]
#[template(path = "console/limits.html")]
struct LimitsPage {
    page: Page,
    own: InUse,
    requests: InUse,
    sending: InUse,
    /// For admins: everybody.
    all: Option<DepartmentUsage>,
}

/// `GET /console/limits`.
pub(super) async fn show(
    page: Page,
    State(limits): State<Arc<Limits>>,
    State(core): State<Core>,
    SignedIn(actor, officer): SignedIn,
    Right(reader): Right<NoticeReader>,
) -> Result<Html<String>> {
    let all = match DepartmentAdmin::try_from(&actor) {
        Ok(admin) => Some(limits.usage_of_department(&core, admin).await?),
        Err(_) => None,
    };
    let own = limits.usage(Subject::Officer(officer.id));
    let requests = limits.usage(Subject::Department(reader.department));
    let sending = limits.usage(Subject::Sending(reader.department));
    Ok(Html(LimitsPage { page, own, requests, sending, all }.render()?))
}
