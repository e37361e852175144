//! `/v1/key-directory`: editions of the key directory, where the root key is kept offline.

use axum::{
    Json as JsonOut,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use munadi_domain::access::PlatformAdmin;
use munadi_services::directory::Directory;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::Right,
    problem::{Kind, Result},
};

/// Editions.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(import_edition)).routes(routes!(show_pending))
}

/// An edition that is served from now on.
#[derive(Debug, Serialize, ToSchema)]
struct EditionOut {
    /// Its number.
    edition: u64,
}

/// Shows the edition that waits for the root key's signature; nothing, if none does.
#[utoipa::path(get, path = "/v1/key-directory/pending", tag = "keys",
    responses((status = 200, body = Object), (status = 204, description = "Nothing has changed since the last edition")))]
async fn show_pending(State(directory): State<Directory>, Right(_operator): Right<PlatformAdmin>) -> Result<Response> {
    let pending = directory.pending().await?;
    Ok(pending.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |edition| JsonOut(edition).into_response()))
}

/// Takes an edition that the root key has signed elsewhere.
#[utoipa::path(post, path = "/v1/key-directory", tag = "keys", request_body(content = Object, content_type = "application/jose+json"),
    responses((status = 200, body = EditionOut)))]
async fn import_edition(
    State(directory): State<Directory>,
    Right(operator): Right<PlatformAdmin>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<JsonOut<EditionOut>> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !["application/jose+json", "application/json"].contains(&media_type.split(';').next().unwrap_or_default().trim())
    {
        return Err(Kind::MEDIA_TYPE.with("Send the signed edition with Content-Type: application/jose+json"));
    }
    let jws = str::from_utf8(&body).map_err(|_| Kind::BAD_REQUEST.with("The signed edition is not UTF-8"))?;
    Ok(JsonOut(EditionOut { edition: directory.import(operator, jws).await? }))
}
