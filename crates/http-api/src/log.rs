//! `/log`: the public log as files, as [tlog-tiles](https://c2sp.org/tlog-tiles) has them. What is here needs no trust: a verifier
//! recomputes it.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use munadi_services::transparency_log::TransparencyLog;
use munadi_transparency::log::tile::{BundleId, TileId};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::Path,
    problem::{Kind, Result},
};

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const NEVER_CHANGES: &str = "public, max-age=31536000, immutable";

/// Put into a response whose bytes compress well, though their type does not say so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compressible;

/// Two addresses that are one route, because the number of a tile has slashes in it.
#[derive(OpenApi)]
#[openapi(paths(show_tile, show_bundle))]
struct Tiles;

/// The log's addresses.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Tiles::openapi())
        .routes(routes!(show_checkpoint))
        .routes(routes!(show_policy))
        .route("/log/tile/{*rest}", get(show_tile_or_bundle))
}

/// Shows the newest checkpoint of the public log, a [signed note](https://c2sp.org/signed-note).
#[utoipa::path(get, path = "/log/checkpoint", tag = "trust", responses((status = 200, body = String, content_type = "text/plain")))]
async fn show_checkpoint(State(log): State<TransparencyLog>) -> Result<impl IntoResponse> {
    let note = log.checkpoint().await?.note;
    Ok(([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "no-cache")], note))
}

/// Shows what a verifier of the public log must know, as a [policy](https://c2sp.org/tlog-policy): the log's key and address. Who got it
/// from here trusts this server; compare it with what was printed elsewhere.
#[utoipa::path(get, path = "/log/policy", tag = "trust", responses((status = 200, body = String, content_type = "text/plain")))]
async fn show_policy(State(log): State<TransparencyLog>) -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, log.policy().to_vec())
}

async fn show_tile_or_bundle(log: State<TransparencyLog>, rest: Path<String>) -> Result<Response> {
    if rest.0.starts_with("entries/") { show_bundle(log, rest).await } else { show_tile(log, rest).await }
}

/// Shows a tile of the public log: 256 hashes of 32 bytes, or fewer at the right edge. The number is written in groups of three digits,
/// `x001/x234/067`; its slashes are not escaped.
#[utoipa::path(get, path = "/log/tile/{level}/{number}", tag = "trust",
    params(
        ("level" = u8, Path, description = "The level, from 0", maximum = 7),
        ("number" = String, Path, description = "The number, perhaps with the width of a partial tile",
            pattern = r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn show_tile(State(log): State<TransparencyLog>, Path(rest): Path<String>) -> Result<Response> {
    let id: TileId = format!("tile/{rest}").parse().map_err(|_| Kind::NOT_FOUND.with("There is no such tile"))?;
    let tile = log.tile(id).await?;
    Ok(([(header::CONTENT_TYPE, BYTES), (header::CACHE_CONTROL, NEVER_CHANGES)], tile).into_response())
}

/// Shows a bundle of the public log: 256 entries, or fewer at the right edge, each after its length in two bytes. The number is written
/// as that of a tile.
#[utoipa::path(get, path = "/log/tile/entries/{number}", tag = "trust",
    params(("number" = String, Path, description = "The number, perhaps with the width of a partial bundle",
        pattern = r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
async fn show_bundle(State(log): State<TransparencyLog>, Path(rest): Path<String>) -> Result<Response> {
    let no_such = |_| Kind::NOT_FOUND.with("There is no such entry bundle");
    let id: BundleId = format!("tile/{rest}").parse().map_err(no_such)?;
    let bundle = log.bundle(id).await?;
    let mut response =
        ([(header::CONTENT_TYPE, BYTES), (header::CACHE_CONTROL, NEVER_CHANGES)], bundle).into_response();
    response.extensions_mut().insert(Compressible);
    Ok(response)
}
