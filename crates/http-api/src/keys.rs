//! `/v1/keys`: the keys that sign notices.

use std::sync::Arc;

use axum::{
    Json as JsonOut,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use munadi_domain::{access::DepartmentAdmin, id::KeyId};
use munadi_services::keys::{KeyRecord, Keys, Revocation, Signatory};
use munadi_transparency::key::PublicKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, Path, Query, Right, SignedIn, moment},
    page::{PageIn, PageParams, paged},
    problem::Result,
    schema,
};

/// What changes keys.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(confirm_key)).routes(routes!(revoke_key))
}

/// What makes keys.
pub(crate) fn creating_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_keys, enroll_key)).routes(routes!(rotate_key))
}

/// A public key on P-256 (RFC 7517, RFC 7518 §6.2.1).
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) struct Jwk {
    /// `EC`.
    #[schema(pattern = "^EC$")]
    kty: String,
    /// `P-256`.
    #[schema(pattern = "^P-256$")]
    crv: String,
    /// 32 bytes in base64url.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    x: String,
    /// 32 bytes in base64url.
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    y: String,
}

/// A key to be enrolled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyIn {
    /// The public key; the private half never leaves the officer's device.
    #[schema(value_type = Jwk)]
    jwk: PublicKey,
    /// The proof that the officer has the private half: a JWS in Compact Serialization with the header
    /// `{"alg":"ES256","typ":"munadi-enrol+jws"}` over the canonical JSON of `{"iat", "officer", "thumbprint"}`.
    #[schema(max_length = 2048)]
    proof: String,
}

/// A key that signs, or may sign one day, or might once.
#[derive(Debug, Serialize, ToSchema)]
struct KeyOut {
    #[schema(value_type = schema::KeyId)]
    kid: String,
    /// Whose key it is; absent if it is the department's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::OfficerId>)]
    officer: Option<String>,
    /// The public key.
    #[schema(value_type = Jwk)]
    jwk: Value,
    /// Its thumbprint (RFC 7638): what the officer reads out and the admin compares.
    thumbprint: String,
    /// In which roles it signs: author, approver, publisher.
    roles: Vec<String>,
    /// From when it signs.
    #[serde(with = "time::serde::rfc3339")]
    not_before: OffsetDateTime,
    /// Until when it signs, exclusive.
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    /// When it was handed in.
    #[serde(with = "time::serde::rfc3339")]
    enrolled_at: OffsetDateTime,
    /// Who said that it is the officer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::OfficerId>)]
    confirmed_by: Option<String>,
    /// When it was confirmed; until then it signs nothing.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    confirmed_at: Option<OffsetDateTime>,
    /// From when it is no longer trusted.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    revoked_at: Option<OffsetDateTime>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_reason: Option<String>,
}

/// A page of keys.
#[derive(Debug, Serialize, ToSchema)]
struct KeysOut {
    /// In the order of their making.
    keys: Vec<KeyOut>,
    /// The value of `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Why a key is no longer trusted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RevocationIn {
    /// In words, for the public.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// From when on the key may have been in other hands; now, if absent. What it signed from then on is void.
    #[serde(default, deserialize_with = "moment")]
    since: Option<OffsetDateTime>,
}

impl From<KeyRecord> for KeyOut {
    fn from(key: KeyRecord) -> Self {
        Self {
            kid: key.id.to_string(),
            officer: key.officer.map(|id| id.to_string()),
            jwk: key.jwk,
            thumbprint: key.thumbprint,
            roles: key.roles,
            not_before: key.not_before,
            expires_at: key.expires_at,
            enrolled_at: key.enrolled_at,
            confirmed_by: key.confirmed_by.map(|id| id.to_string()),
            confirmed_at: key.confirmed_at,
            revoked_at: key.revoked_at,
            revoked_reason: key.revoked_reason,
        }
    }
}

/// Lists the department's keys for an admin, else the officer's own.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", params(PageParams), responses((status = 200, body = KeysOut)))]
async fn list_keys(
    State(keys): State<Arc<Keys>>,
    SignedIn(actor): SignedIn,
    uri: Uri,
    Query(page): Query<PageIn<KeyId>>,
) -> Result<Response> {
    let listed = keys.list(&actor, page.into()).await?;
    let next = listed.next.map(|id| id.to_string());
    let keys = listed.items.into_iter().map(Into::into).collect();
    Ok(paged(&uri, "after", next.clone(), KeysOut { keys, next }))
}

/// Hands in the officer's own public key. It signs nothing until an admin has confirmed it.
#[utoipa::path(post, path = "/v1/keys", tag = "keys", request_body = KeyIn, responses((status = 201, body = KeyOut)))]
async fn enroll_key(
    State(keys): State<Arc<Keys>>,
    Right(signatory): Right<Signatory>,
    Json(body): Json<KeyIn>,
) -> Result<impl IntoResponse> {
    let key = keys.enroll(signatory, &body.jwk, &body.proof).await?;
    Ok((StatusCode::CREATED, JsonOut(KeyOut::from(key))))
}

/// Confirms that a key is the officer's whose it claims to be.
#[utoipa::path(post, path = "/v1/keys/{kid}/confirm", tag = "keys", params(("kid" = schema::KeyId, Path)), responses((status = 200, body = KeyOut)))]
async fn confirm_key(
    State(keys): State<Arc<Keys>>,
    Right(admin): Right<DepartmentAdmin>,
    Path(key): Path<KeyId>,
) -> Result<JsonOut<KeyOut>> {
    Ok(JsonOut(keys.confirm(admin, key).await?.into()))
}

/// Ends the trust in a key: its officer may do that, and an admin. A department's own key is replaced at once.
#[utoipa::path(post, path = "/v1/keys/{kid}/revoke", tag = "keys", params(("kid" = schema::KeyId, Path)), request_body = RevocationIn,
    responses((status = 200, body = KeyOut)))]
async fn revoke_key(
    State(keys): State<Arc<Keys>>,
    SignedIn(actor): SignedIn,
    Path(key): Path<KeyId>,
    Json(body): Json<RevocationIn>,
) -> Result<JsonOut<KeyOut>> {
    let revocation = Revocation { reason: body.reason, since: body.since };
    Ok(JsonOut(keys.revoke(&actor, key, &revocation).await?.into()))
}

/// Gives the department a new key of its own; the old one verifies what it has signed, and signs no more.
#[utoipa::path(post, path = "/v1/keys/rotate", tag = "keys", responses((status = 201, body = KeyOut)))]
async fn rotate_key(State(keys): State<Arc<Keys>>, Right(admin): Right<DepartmentAdmin>) -> Result<impl IntoResponse> {
    Ok((StatusCode::CREATED, JsonOut(KeyOut::from(keys.rotate(admin).await?))))
}
