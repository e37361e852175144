//! `/v1/departments`: anybody may know them; a platform admin makes them.

use std::collections::BTreeMap;

use axum::{
    Json as JsonOut,
    extract::{Extension, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use munadi_domain::{access::PlatformAdmin, id::DepartmentId, language::Lang};
use munadi_services::people::{DepartmentRecord, NewAccount, NewDepartment, People};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, Path, Query, Right},
    middleware::NotKept,
    officers::OfficerCreatedOut,
    page::{PageIn, PageParams, paged},
    problem::Result,
    schema,
};

/// What shows departments.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_department))
}

/// What makes departments and their admins.
pub(crate) fn creating_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_departments, create_department)).routes(routes!(add_admin))
}

/// A new department.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DepartmentIn {
    /// Its name in addresses.
    #[schema(pattern = "^[a-z0-9][a-z0-9-]{1,62}$")]
    slug: String,
    /// Its name by language (BCP 47 tags); at least one.
    #[schema(value_type = BTreeMap<String, String>)]
    name: BTreeMap<Lang, String>,
    /// Its first admin.
    admin: AdminIn,
}

/// An admin's account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AdminIn {
    /// The name to sign in with: lower-case letters, digits and `. _ - @ +`.
    #[schema(min_length = 3, max_length = 200, pattern = "^[a-z0-9._@+-]{3,200}$")]
    sign_in: String,
    /// The name that colleagues see.
    #[schema(min_length = 1, max_length = 200)]
    display_name: String,
}

/// A department.
#[derive(Debug, Serialize, ToSchema)]
struct DepartmentOut {
    #[schema(value_type = schema::DepartmentId)]
    id: String,
    /// Its name in addresses.
    slug: String,
    /// Its name by language.
    #[schema(value_type = BTreeMap<String, String>)]
    name: BTreeMap<Lang, String>,
    /// Since when it is there.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// A department that was just made.
#[derive(Serialize, ToSchema)]
struct DepartmentCreatedOut {
    #[serde(flatten)]
    department: DepartmentOut,
    /// Its first admin, with the password for the first sign-in.
    admin: OfficerCreatedOut,
}

/// A page of departments.
#[derive(Debug, Serialize, ToSchema)]
struct DepartmentsOut {
    /// In the order of their making.
    departments: Vec<DepartmentOut>,
    /// The value of `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<AdminIn> for NewAccount {
    fn from(admin: AdminIn) -> Self {
        Self { sign_in: admin.sign_in, display_name: admin.display_name }
    }
}

impl From<DepartmentRecord> for DepartmentOut {
    fn from(department: DepartmentRecord) -> Self {
        let DepartmentRecord { id, slug, name, created_at } = department;
        Self { id: id.to_string(), slug, name, created_at }
    }
}

/// Lists all departments.
#[utoipa::path(get, path = "/v1/departments", tag = "people", params(PageParams), security((), ("token" = [])),
    responses((status = 200, body = DepartmentsOut)))]
async fn list_departments(
    State(people): State<People>,
    uri: Uri,
    Query(page): Query<PageIn<DepartmentId>>,
) -> Result<Response> {
    let listed = people.list_departments(page.into()).await?;
    let next = listed.next.map(|id| id.to_string());
    let departments = listed.items.into_iter().map(Into::into).collect();
    Ok(paged(&uri, "after", next.clone(), DepartmentsOut { departments, next }))
}

/// Shows a department.
#[utoipa::path(get, path = "/v1/departments/{department}", tag = "people", params(("department" = schema::DepartmentId, Path)),
    security((), ("token" = [])), responses((status = 200, body = DepartmentOut)))]
async fn show_department(
    State(people): State<People>,
    Path(department): Path<DepartmentId>,
) -> Result<JsonOut<DepartmentOut>> {
    Ok(JsonOut(people.department(department).await?.into()))
}

/// Makes a department, its own key and its first admin.
#[utoipa::path(post, path = "/v1/departments", tag = "people", request_body = DepartmentIn,
    responses((status = 201, body = DepartmentCreatedOut)))]
async fn create_department(
    State(people): State<People>,
    Right(admin): Right<PlatformAdmin>,
    Json(body): Json<DepartmentIn>,
) -> Result<impl IntoResponse> {
    let new = NewDepartment { slug: body.slug, name: body.name, admin: body.admin.into() };
    let created = people.create_department(admin, &new).await?;
    let location = [(header::LOCATION, format!("/v1/departments/{}", created.department.id))];
    let out = DepartmentCreatedOut { department: created.department.into(), admin: created.admin.into() };
    Ok((StatusCode::CREATED, Extension(NotKept), location, JsonOut(out)))
}

/// Adds an admin to a department from outside: for one that has lost all.
#[utoipa::path(post, path = "/v1/departments/{department}/admins", tag = "people", params(("department" = schema::DepartmentId, Path)),
    request_body = AdminIn, responses((status = 201, body = OfficerCreatedOut)))]
async fn add_admin(
    State(people): State<People>,
    Right(admin): Right<PlatformAdmin>,
    Path(department): Path<DepartmentId>,
    Json(body): Json<AdminIn>,
) -> Result<impl IntoResponse> {
    let created = people.add_department_admin(admin, department, &body.into()).await?;
    Ok((StatusCode::CREATED, Extension(NotKept), JsonOut(OfficerCreatedOut::from(created))))
}
