//! `/v1/officers`: who may do what, and who no longer.

use std::collections::BTreeSet;

use axum::{
    Json as JsonOut,
    extract::{Extension, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use munadi_domain::{access::Role, id::OfficerId};
use munadi_services::people::{Admin, Created, NewAccount, OfficerRecord, PendingRole, People};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, Path, Query, Right},
    middleware::NotKept,
    page::{PageIn, PageParams, paged},
    problem::Result,
    schema,
};

/// What changes or shows officers.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(show_officer))
        .routes(routes!(set_roles))
        .routes(routes!(disable_officer))
        .routes(routes!(enable_officer))
        .routes(routes!(reset_password))
}

/// What makes officers.
pub(crate) fn creating_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_officers, create_officer))
}

/// A new officer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfficerIn {
    /// The name to sign in with: lower-case letters, digits and `. _ - @ +`.
    #[schema(min_length = 3, max_length = 200, pattern = "^[a-z0-9._@+-]{3,200}$")]
    sign_in: String,
    /// The name that colleagues see.
    #[schema(min_length = 1, max_length = 200)]
    display_name: String,
    /// What the officer is to be trusted with, once another admin confirms it.
    #[serde(default)]
    #[schema(value_type = Vec<schema::Role>, max_items = 6)]
    roles: BTreeSet<Role>,
}

/// An officer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerOut {
    #[schema(value_type = schema::OfficerId)]
    id: String,
    /// The name to sign in with.
    sign_in: String,
    /// The name that colleagues see.
    display_name: String,
    /// The department; absent for those who look after the whole installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::DepartmentId>)]
    department: Option<String>,
    /// What the officer is trusted with.
    #[schema(value_type = Vec<schema::Role>)]
    roles: BTreeSet<Role>,
    /// What waits for a second admin, in the order of asking.
    pending_roles: Vec<PendingRoleOut>,
    /// Since when the officer can no longer sign in.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    disabled_at: Option<OffsetDateTime>,
    /// Since when the officer is there.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// A role that one admin has asked for, and that another has to confirm.
#[derive(Debug, Serialize, ToSchema)]
struct PendingRoleOut {
    /// By what it is confirmed or declined.
    #[schema(value_type = schema::RoleGrantId)]
    grant: String,
    #[schema(value_type = schema::Role)]
    role: Role,
    /// Who asks.
    #[schema(value_type = schema::OfficerId)]
    asked_by: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    asked_at: OffsetDateTime,
}

impl From<PendingRole> for PendingRoleOut {
    fn from(pending: PendingRole) -> Self {
        let PendingRole { grant, role, asked_by, asked_at } = pending;
        Self { grant: grant.to_string(), role, asked_by: asked_by.to_string(), asked_at }
    }
}

/// An officer who was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfficerCreatedOut {
    #[serde(flatten)]
    officer: OfficerOut,
    /// The password for the first sign-in, within 72 hours. It is shown this once.
    password: String,
}

/// A page of officers.
#[derive(Debug, Serialize, ToSchema)]
struct OfficersOut {
    /// In the order of their making.
    officers: Vec<OfficerOut>,
    /// The value of `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// All roles of an officer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RolesIn {
    /// What the officer is trusted with from now on, or once another admin confirms it.
    #[schema(value_type = Vec<schema::Role>, max_items = 6)]
    roles: BTreeSet<Role>,
}

/// A password that was just made.
#[derive(Serialize, ToSchema)]
struct PasswordOut {
    /// The password for the next sign-in, within 72 hours. It is shown this once.
    password: String,
}

impl From<OfficerRecord> for OfficerOut {
    fn from(officer: OfficerRecord) -> Self {
        Self {
            id: officer.id.to_string(),
            sign_in: officer.sign_in,
            display_name: officer.display_name,
            department: officer.department.map(|id| id.to_string()),
            roles: officer.roles,
            pending_roles: officer.pending.into_iter().map(Into::into).collect(),
            disabled_at: officer.disabled_at,
            created_at: officer.created_at,
        }
    }
}

impl From<Created> for OfficerCreatedOut {
    fn from(created: Created) -> Self {
        Self { officer: created.officer.into(), password: created.password.expose().to_owned() }
    }
}

/// Lists the officers of the admin's department; a platform admin's are those who look after the whole installation.
#[utoipa::path(get, path = "/v1/officers", tag = "people", params(PageParams), responses((status = 200, body = OfficersOut)))]
async fn list_officers(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    uri: Uri,
    Query(page): Query<PageIn<OfficerId>>,
) -> Result<Response> {
    let listed = people.list_officers(admin, page.into()).await?;
    let next = listed.next.map(|id| id.to_string());
    let officers = listed.items.into_iter().map(Into::into).collect();
    Ok(paged(&uri, "after", next.clone(), OfficersOut { officers, next }))
}

/// Adds an officer to the admin's department, with a password for the first sign-in. The roles wait for another admin.
#[utoipa::path(post, path = "/v1/officers", tag = "people", request_body = OfficerIn, responses((status = 201, body = OfficerCreatedOut)))]
async fn create_officer(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Json(body): Json<OfficerIn>,
) -> Result<impl IntoResponse> {
    let account = NewAccount { sign_in: body.sign_in, display_name: body.display_name };
    let created = people.add_officer(admin, &account, &body.roles).await?;
    let location = [(header::LOCATION, format!("/v1/officers/{}", created.officer.id))];
    Ok((StatusCode::CREATED, Extension(NotKept), location, JsonOut(OfficerCreatedOut::from(created))))
}

/// Shows an officer.
#[utoipa::path(get, path = "/v1/officers/{officer}", tag = "people", params(("officer" = schema::OfficerId, Path)),
    responses((status = 200, body = OfficerOut)))]
async fn show_officer(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path(officer): Path<OfficerId>,
) -> Result<JsonOut<OfficerOut>> {
    Ok(JsonOut(people.officer(admin, officer).await?.into()))
}

/// Sets what another officer is trusted with. What is taken ends at once, and with it the keys that sign in it; what is new waits for
/// another admin.
#[utoipa::path(put, path = "/v1/officers/{officer}/roles", tag = "people", params(("officer" = schema::OfficerId, Path)),
    request_body = RolesIn, responses((status = 200, body = OfficerOut)))]
async fn set_roles(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path(officer): Path<OfficerId>,
    Json(body): Json<RolesIn>,
) -> Result<JsonOut<OfficerOut>> {
    Ok(JsonOut(people.set_roles(admin, officer, &body.roles).await?.into()))
}

/// Shuts another officer out at once: sessions end, and keys are revoked.
#[utoipa::path(post, path = "/v1/officers/{officer}/disable", tag = "people", params(("officer" = schema::OfficerId, Path)),
    responses((status = 200, body = OfficerOut)))]
async fn disable_officer(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path(officer): Path<OfficerId>,
) -> Result<JsonOut<OfficerOut>> {
    Ok(JsonOut(people.disable_officer(admin, officer).await?.into()))
}

/// Lets another officer in again. Keys that were revoked stay so.
#[utoipa::path(post, path = "/v1/officers/{officer}/enable", tag = "people", params(("officer" = schema::OfficerId, Path)),
    responses((status = 200, body = OfficerOut)))]
async fn enable_officer(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path(officer): Path<OfficerId>,
) -> Result<JsonOut<OfficerOut>> {
    Ok(JsonOut(people.enable_officer(admin, officer).await?.into()))
}

/// Gives another officer a new password for one sign-in. Sessions end.
#[utoipa::path(post, path = "/v1/officers/{officer}/password", tag = "people", params(("officer" = schema::OfficerId, Path)),
    responses((status = 200, body = PasswordOut)))]
async fn reset_password(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path(officer): Path<OfficerId>,
) -> Result<JsonOut<PasswordOut>> {
    let password = people.reset_password(admin, officer).await?.expose().to_owned();
    Ok(JsonOut(PasswordOut { password }))
}
