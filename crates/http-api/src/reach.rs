//! `/v1/reach`: how much of the reach depends on no outside company.

use axum::{Json as JsonOut, extract::State, http::header, response::IntoResponse};
use munadi_services::subscriptions::{Reach, Share, Subscriptions};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{ApiState, problem::Result};

/// The reach.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_reach))
}

/// How many subscriptions need our own push service alone. All numbers are rounded, so that nobody is singled out.
#[derive(Debug, Serialize, ToSchema)]
struct ReachOut {
    /// When it was counted.
    #[serde(with = "time::serde::rfc3339")]
    counted_at: OffsetDateTime,
    /// What push services that are not our own are given: the text, a message of constant content, or nothing.
    #[schema(value_type = String, example = "wake-up", pattern = "^(full|wake-up|off)$")]
    foreign: &'static str,
    /// At least so many subscriptions there are: rounded down to two digits, and to tens below 100.
    at_least: u64,
    /// How many percent of them need our own push service alone; to tens where there are fewer than ten; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_percent: Option<u8>,
    /// All push services, the largest first; none where there are fewer than ten subscriptions.
    providers: Vec<ProviderOut>,
}

/// A push service, or several of one company.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderOut {
    /// `own`, `mozilla`, `google`, `apple`, `microsoft`, a host, or `others` for all that few use.
    provider: String,
    /// How many percent of the subscriptions use it, rounded.
    percent: u8,
}

impl ReachOut {
    fn new(reach: Reach, foreign: &'static str) -> Self {
        let (at_least, own_percent, providers) = match reach.share {
            Share::Nobody => (0, None, Vec::new()),
            Share::Few { own_percent } => (1, Some(own_percent), Vec::new()),
            Share::Many { at_least, own_percent, providers } => (at_least, Some(own_percent), providers),
        };
        let provider = |(provider, percent)| ProviderOut { provider, percent };
        let providers = providers.into_iter().map(provider).collect();
        Self { counted_at: reach.counted_at, foreign, at_least, own_percent, providers }
    }
}

/// Shows how much of the reach depends on no outside company. It is counted once a minute at most.
#[utoipa::path(get, path = "/v1/reach", tag = "trust", responses((status = 200, body = ReachOut)))]
async fn show_reach(State(subscriptions): State<Subscriptions>) -> Result<impl IntoResponse> {
    let reach = subscriptions.reach().await?;
    let out = ReachOut::new(reach, subscriptions.push_policy().foreign.as_str());
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], JsonOut(out)))
}
