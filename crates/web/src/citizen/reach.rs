//! `/reach`: who carries notices to citizens, and how many need nobody but this government.

use askama::Template;
use axum::{extract::State, response::Html};
use munadi_domain::subscription::{OWN, PushPolicy};
use munadi_services::subscriptions::{Share, Subscriptions};
use time::OffsetDateTime;

use crate::{error::Result, page::Page, push_service};

/// A push service in the table.
struct Line {
    name: String,
    percent: u8,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "citizen/reach.html")]
struct ReachPage {
    page: Page,
    policy: PushPolicy,
    /// The share that needs our own push service alone; nothing before the first subscription.
    own: Option<u8>,
    /// At least so many subscriptions there are; nothing if they are too few to be told.
    at_least: Option<u64>,
    lines: Vec<Line>,
    counted_at: OffsetDateTime,
}

/// `GET /reach`.
pub(super) async fn show(State(subscriptions): State<Subscriptions>, page: Page) -> Result<Html<String>> {
    let reach = subscriptions.reach().await?;
    let (own, at_least, providers) = match reach.share {
        Share::Nobody => (None, None, Vec::new()),
        Share::Few { own_percent } => (Some(own_percent), None, Vec::new()),
        Share::Many { at_least, own_percent, providers } => (Some(own_percent), Some(at_least), providers),
    };
    let line = |(provider, percent): (String, u8)| {
        let (name, is_own) = (push_service::name(&page, &provider), provider == OWN);
        Line { name, percent, is_own }
    };
    let lines = providers.into_iter().map(line).collect();
    let policy = subscriptions.push_policy().clone();
    Ok(Html(ReachPage { policy, own, at_least, lines, counted_at: reach.counted_at, page }.render()?))
}
