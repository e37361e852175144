//! `/v1/role-grants`: roles that wait for a second admin.

use axum::{Json as JsonOut, extract::State, http::Uri, response::Response};
use munadi_domain::{access::Role, id::RoleGrantId};
use munadi_services::people::{Admin, People, RoleGrantRecord};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Path, Query, Right},
    officers::OfficerOut,
    page::{PageIn, PageParams, paged},
    problem::Result,
    schema,
};

/// What shows and decides them.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_role_grants))
        .routes(routes!(confirm_role_grant))
        .routes(routes!(decline_role_grant))
}

/// A role that one admin has asked for, and that another has to confirm.
#[derive(Debug, Serialize, ToSchema)]
struct RoleGrantOut {
    #[schema(value_type = schema::RoleGrantId)]
    id: String,
    /// For whom.
    #[schema(value_type = schema::OfficerId)]
    officer: String,
    /// The name that colleagues see.
    officer_name: String,
    /// The officer's department; absent for those who look after the whole installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::DepartmentId>)]
    department: Option<String>,
    #[schema(value_type = schema::Role)]
    role: Role,
    /// Who asks.
    #[schema(value_type = schema::OfficerId)]
    asked_by: String,
    /// The name of who asks.
    asked_by_name: String,
    /// Whether who asks is still an admin: else it cannot be confirmed.
    is_backed: bool,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    asked_at: OffsetDateTime,
}

/// A page of roles that wait.
#[derive(Debug, Serialize, ToSchema)]
struct RoleGrantsOut {
    /// In the order of their asking.
    role_grants: Vec<RoleGrantOut>,
    /// The value of `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<RoleGrantRecord> for RoleGrantOut {
    fn from(grant: RoleGrantRecord) -> Self {
        Self {
            id: grant.id.to_string(),
            officer: grant.officer.to_string(),
            officer_name: grant.officer_name,
            department: grant.department.map(|id| id.to_string()),
            role: grant.role,
            asked_by: grant.asked_by.to_string(),
            asked_by_name: grant.asked_by_name,
            is_backed: grant.is_backed,
            asked_at: grant.asked_at,
        }
    }
}

/// Lists the roles that wait for a second admin: of the admin's department; for a platform admin all.
#[utoipa::path(get, path = "/v1/role-grants", tag = "people", params(PageParams), responses((status = 200, body = RoleGrantsOut)))]
async fn list_role_grants(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    uri: Uri,
    Query(page): Query<PageIn<RoleGrantId>>,
) -> Result<Response> {
    let listed = people.list_role_grants(admin, page.into()).await?;
    let next = listed.next.map(|id| id.to_string());
    let role_grants = listed.items.into_iter().map(Into::into).collect();
    Ok(paged(&uri, "after", next.clone(), RoleGrantsOut { role_grants, next }))
}

/// Gives a role that another admin has asked for. Neither who asked nor the officer concerned can do that.
#[utoipa::path(post, path = "/v1/role-grants/{grant}/confirm", tag = "people", params(("grant" = schema::RoleGrantId, Path)),
    responses((status = 200, body = OfficerOut)))]
async fn confirm_role_grant(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path(grant): Path<RoleGrantId>,
) -> Result<JsonOut<OfficerOut>> {
    Ok(JsonOut(people.confirm_role_grant(admin, grant).await?.into()))
}

/// Declines a role that waits; whoever asked for it may do so too.
#[utoipa::path(post, path = "/v1/role-grants/{grant}/decline", tag = "people", params(("grant" = schema::RoleGrantId, Path)),
    responses((status = 200, body = OfficerOut)))]
async fn decline_role_grant(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path(grant): Path<RoleGrantId>,
) -> Result<JsonOut<OfficerOut>> {
    Ok(JsonOut(people.decline_role_grant(admin, grant).await?.into()))
}
