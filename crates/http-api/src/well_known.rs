//! `/.well-known`: what a verifier, a browser and a finder of faults must know of this installation.

use std::sync::Arc;

use axum::{
    Json as JsonOut,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_services::{clock::Clock, directory::Directory, keys::Keys, signer::Signers};
use munadi_transparency::key::{PublicKey, Signer};
use serde::Serialize;
use time::{Duration, Time, format_description::well_known::Rfc3339};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState, HttpSettings,
    cache::{Freshness, Validators},
    keys::Jwk,
    problem::Result,
};

/// How many seconds the key directory may be told from memory: a revocation must be seen soon.
const DIRECTORY_AGE: u32 = 60;
/// How long the statement of `security.txt` holds (RFC 9116 §2.5.5): less than a year.
const SECURITY_TXT_LIFE: Duration = Duration::days(180);

/// The well-known addresses.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_directory))
        .routes(routes!(show_jwks))
        .routes(routes!(show_about))
        .routes(routes!(show_security))
}

/// What an app must know of this installation.
#[derive(Debug, Serialize, ToSchema)]
struct AboutOut {
    /// The name under which it signs. Apps pin it together with the root key.
    issuer: String,
    /// The public half of the root key, which signs the key directory.
    #[schema(value_type = Jwk)]
    root: PublicKey,
    /// The root key's thumbprint (RFC 7638).
    root_thumbprint: String,
    /// For `PushManager.subscribe()`: the public key with which messages are signed (RFC 8292), in base64url.
    vapid_public_key: String,
    /// Where the key directory is.
    directory: String,
    /// The version of the text that citizens consent to.
    consent_text_version: String,
    /// This installation is for development, and proves nothing.
    development: bool,
}

/// Shows the key directory, a JWS by the root key: which keys sign for which department.
#[utoipa::path(get, path = "/.well-known/munadi/keys.jws", tag = "trust",
    responses((status = 200, body = Object, content_type = "application/jose+json"), (status = 304, description = "It is as the client has it")))]
async fn show_directory(State(directory): State<Directory>, headers: HeaderMap) -> Result<Response> {
    let edition = directory.served().await?;
    let validators = Validators {
        tag: edition.number.to_string(),
        changed: edition.issued_at,
        freshness: Freshness::Seconds(DIRECTORY_AGE),
    };
    Ok(validators.answer(&headers, ([(header::CONTENT_TYPE, "application/jose+json")], edition.jws)))
}

/// Shows the departments' own keys as a JWK Set, for tools that do not read the key directory.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "trust",
    responses((status = 200, body = Object, content_type = "application/jwk-set+json")))]
async fn show_jwks(State(keys): State<Arc<Keys>>) -> Result<impl IntoResponse> {
    let kept = format!("public, max-age={DIRECTORY_AGE}");
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json".to_owned()), (header::CACHE_CONTROL, kept)];
    Ok((headers, keys.jwks().await?.to_string()))
}

/// Shows what an app must know of this installation.
#[utoipa::path(get, path = "/.well-known/munadi.json", tag = "trust", responses((status = 200, body = AboutOut)))]
async fn show_about(
    State(settings): State<Arc<HttpSettings>>,
    State(signers): State<Arc<Signers>>,
) -> impl IntoResponse {
    let root = signers.root_public().clone();
    let about = AboutOut {
        issuer: settings.issuer.clone(),
        root_thumbprint: root.thumbprint().to_string(),
        root,
        vapid_public_key: BASE64_URL_SAFE_NO_PAD.encode(signers.vapid().public_key().as_sec1()),
        directory: format!("{}/.well-known/munadi/keys.jws", settings.base()),
        consent_text_version: settings.consent_text_version.clone(),
        development: settings.development,
    };
    ([(header::CACHE_CONTROL, "public, max-age=300")], JsonOut(about))
}

/// Says whom to write to when something is wrong with this installation's security (RFC 9116).
#[utoipa::path(get, path = "/.well-known/security.txt", tag = "trust", responses((status = 200, body = String, content_type = "text/plain")))]
async fn show_security(State(settings): State<Arc<HttpSettings>>, State(clock): State<Clock>) -> impl IntoResponse {
    let expires = (clock.now() + SECURITY_TXT_LIFE).replace_time(Time::MIDNIGHT);
    let text = format!(
        "Contact: {}\nExpires: {}\nPreferred-Languages: en, hi\nCanonical: {}/.well-known/security.txt\n",
        settings.security_contact,
        expires.format(&Rfc3339).unwrap_or_default(),
        settings.base(),
    );
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, text)
}
