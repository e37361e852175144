//! The installation's departments, and new ones: each begins with its first admin.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use munadi_domain::access::PlatformAdmin;
use munadi_services::{
    ServiceError,
    people::{DepartmentRecord, NewAccount, NewDepartment, People},
};

use super::people;
use crate::{departments, error::Result, fields::Fields, page::Page, session::Right};

/// A department in the list.
struct Line {
    name: String,
    slug: String,
    since: time::OffsetDateTime,
}

#[derive(Template)]
#[template(path = "console/departments.html")]
struct DepartmentsPage {
    page: Page,
    departments: Vec<Line>,
    fields: Fields,
    /// The ids of the fields with something wrong in them.
    faulty: Vec<&'static str>,
    is_taken: bool,
}

impl DepartmentsPage {
    fn is_faulty(&self, id: &str) -> bool {
        self.faulty.contains(&id)
    }
}

async fn fill(page: Page, people: &People, fields: Fields) -> Result<DepartmentsPage> {
    let line = |it: &DepartmentRecord| Line {
        name: departments::name_of(it, &page),
        slug: it.slug.clone(),
        since: it.created_at,
    };
    let departments = departments::all(people).await?.iter().map(line).collect();
    Ok(DepartmentsPage { page, departments, fields, faulty: Vec::new(), is_taken: false })
}

/// `GET /console/departments`.
pub(super) async fn show(
    page: Page,
    State(people): State<People>,
    Right(_): Right<PlatformAdmin>,
) -> Result<Html<String>> {
    Ok(Html(fill(page, &people, Fields::default()).await?.render()?))
}

/// `POST /console/departments`: the department with its own key, and the password for its first admin's first sign-in, shown once.
pub(super) async fn create(
    page: Page,
    State(people): State<People>,
    Right(admin): Right<PlatformAdmin>,
    fields: Fields,
) -> Result<Response> {
    let (faulty, is_taken) = match people.create_department(admin, &read(&fields)).await {
        Ok(created) => return people::once(page, &created.admin.officer, created.admin.password),
        Err(ServiceError::Invalid(faults)) => (faults.iter().filter_map(|fault| field_of(&fault.at)).collect(), false),
        Err(ServiceError::Conflict(_)) => (Vec::new(), true),
        Err(error) => return Err(error.into()),
    };
    let shown = DepartmentsPage { faulty, is_taken, ..fill(page, &people, fields).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown.render()?)).into_response())
}

fn read(fields: &Fields) -> NewDepartment {
    let names = [("en", "name_en"), ("hi", "name_hi")];
    let name = |(tag, field): (&str, &str)| Some((tag.parse().ok()?, fields.some(field)?.to_owned()));
    NewDepartment {
        slug: fields.text("slug").to_ascii_lowercase(),
        name: names.into_iter().filter_map(name).collect(),
        admin: NewAccount {
            sign_in: fields.text("sign_in").to_ascii_lowercase(),
            display_name: fields.text("display_name").to_owned(),
        },
    }
}

/// The field that a fault's JSON Pointer is about.
fn field_of(at: &str) -> Option<&'static str> {
    let ids = [
        ("/slug", "slug"),
        ("/name/hi", "name_hi"),
        ("/name", "name_en"),
        ("/admin/sign_in", "sign_in"),
        ("/admin/display_name", "display_name"),
    ];
    ids.into_iter().find(|(start, _)| at.starts_with(start)).map(|(_, id)| id)
}
