//! `/v1/push-origins`: push services that are paused or stopped, for the operator.

use axum::{Json as JsonOut, extract::State, http::StatusCode};
use munadi_domain::access::PlatformAdmin;
use munadi_services::origins::{OriginRow, Origins};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, Right},
    problem::Result,
};

/// The push services.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_origins)).routes(routes!(resume))
}

/// Push services with something to say about them.
#[derive(Debug, Serialize, ToSchema)]
struct OriginsOut {
    origins: Vec<OriginOut>,
}

/// What a push service asked for, or why nothing is sent to it.
#[derive(Debug, Serialize, ToSchema)]
struct OriginOut {
    /// Scheme, host and port.
    origin: String,
    /// Nothing is sent before.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    paused_until: Option<OffsetDateTime>,
    /// Since when it is stopped, because it refuses what we send.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    stopped_at: Option<OffsetDateTime>,
    /// What it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_reason: Option<String>,
}

/// A push service.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResumeIn {
    /// Scheme, host and port, as the list has it.
    #[schema(max_length = 1024)]
    origin: String,
}

impl From<OriginRow> for OriginOut {
    fn from(row: OriginRow) -> Self {
        let OriginRow { origin, paused_until, stopped_at, stopped_reason } = row;
        Self { origin, paused_until, stopped_at, stopped_reason }
    }
}

/// Lists push services that are paused or stopped, or were once.
#[utoipa::path(get, path = "/v1/push-origins", tag = "operator", responses((status = 200, body = OriginsOut)))]
async fn list_origins(
    State(origins): State<Origins>,
    Right(operator): Right<PlatformAdmin>,
) -> Result<JsonOut<OriginsOut>> {
    let origins = origins.list(operator).await?.into_iter().map(Into::into).collect();
    Ok(JsonOut(OriginsOut { origins }))
}

/// Sends to a stopped push service again.
#[utoipa::path(post, path = "/v1/push-origins/resume", tag = "operator", request_body = ResumeIn, responses((status = 204)))]
async fn resume(
    State(origins): State<Origins>,
    Right(operator): Right<PlatformAdmin>,
    Json(body): Json<ResumeIn>,
) -> Result<StatusCode> {
    origins.resume(operator, &body.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
