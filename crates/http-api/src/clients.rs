//! `/v1/clients`: departments' own computer systems.

use std::collections::BTreeSet;

use axum::{
    Json as JsonOut,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use munadi_domain::{
    access::{ClientKind, DepartmentAdmin, Role},
    id::ClientId,
};
use munadi_services::clients::{ClientRecord, Clients, NewClient};
use munadi_transparency::key::PublicKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, Path, Query, Right},
    keys::Jwk,
    page::{PageIn, PageParams, paged},
    problem::Result,
    schema,
};

/// What changes systems.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(revoke_client))
}

/// What makes systems.
pub(crate) fn creating_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_clients, register_client))
}

/// A new system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClientIn {
    /// What colleagues call it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Whether what it sends can reach a citizen.
    #[schema(value_type = schema::ClientKind)]
    kind: ClientKind,
    /// Its public key; the private half never leaves the system.
    #[schema(value_type = Jwk)]
    jwk: PublicKey,
}

/// A department's system.
#[derive(Debug, Serialize, ToSchema)]
struct ClientOut {
    #[schema(value_type = schema::ClientId)]
    id: String,
    /// What colleagues call it.
    name: String,
    /// Whether what it sends can reach a citizen.
    #[schema(value_type = schema::ClientKind)]
    kind: ClientKind,
    /// What it is trusted with.
    #[schema(value_type = Vec<schema::Role>)]
    roles: BTreeSet<Role>,
    /// Its public key.
    #[schema(value_type = Jwk)]
    jwk: Value,
    /// Who registered it.
    created_by: String,
    /// When that was.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// Since when it is no longer let in.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    revoked_at: Option<OffsetDateTime>,
}

/// A page of systems.
#[derive(Debug, Serialize, ToSchema)]
struct ClientsOut {
    /// In the order of their making.
    clients: Vec<ClientOut>,
    /// The value of `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<ClientRecord> for ClientOut {
    fn from(client: ClientRecord) -> Self {
        Self {
            id: client.id.to_string(),
            name: client.name,
            kind: client.kind,
            roles: client.roles,
            jwk: client.jwk,
            created_by: client.created_by,
            created_at: client.created_at,
            revoked_at: client.revoked_at,
        }
    }
}

/// Lists the department's systems.
#[utoipa::path(get, path = "/v1/clients", tag = "clients", params(PageParams), responses((status = 200, body = ClientsOut)))]
async fn list_clients(
    State(clients): State<Clients>,
    Right(admin): Right<DepartmentAdmin>,
    uri: Uri,
    Query(page): Query<PageIn<ClientId>>,
) -> Result<Response> {
    let listed = clients.list(admin, page.into()).await?;
    let next = listed.next.map(|id| id.to_string());
    let clients = listed.items.into_iter().map(Into::into).collect();
    Ok(paged(&uri, "after", next.clone(), ClientsOut { clients, next }))
}

/// Registers a system of the department. It drafts notices; it never approves or publishes.
#[utoipa::path(post, path = "/v1/clients", tag = "clients", request_body = ClientIn, responses((status = 201, body = ClientOut)))]
async fn register_client(
    State(clients): State<Clients>,
    Right(admin): Right<DepartmentAdmin>,
    Json(body): Json<ClientIn>,
) -> Result<impl IntoResponse> {
    let new = NewClient { name: body.name, kind: body.kind, jwk: body.jwk };
    Ok((StatusCode::CREATED, JsonOut(ClientOut::from(clients.register(admin, &new).await?))))
}

/// Shuts a system of the department out at once.
#[utoipa::path(post, path = "/v1/clients/{client}/revoke", tag = "clients", params(("client" = schema::ClientId, Path)),
    responses((status = 200, body = ClientOut)))]
async fn revoke_client(
    State(clients): State<Clients>,
    Right(admin): Right<DepartmentAdmin>,
    Path(client): Path<ClientId>,
) -> Result<JsonOut<ClientOut>> {
    Ok(JsonOut(clients.revoke(admin, client).await?.into()))
}
