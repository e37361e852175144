//! The department's own computer systems, which write drafts by the API.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use munadi_domain::{
    access::{ClientKind, DepartmentAdmin},
    id::ClientId,
};
use munadi_services::{
    ServiceError,
    clients::{ClientRecord, Clients, NewClient},
    page::Page as Part,
};

use crate::{
    error::Result,
    fields::Fields,
    page::Page,
    session::{Path, Right},
};

const KINDS: [ClientKind; 3] = [ClientKind::Live, ClientKind::Team, ClientKind::Test];

#[derive(Template)]
#[template(path = "console/systems.html")]
struct SystemsPage {
    page: Page,
    clients: Vec<ClientRecord>,
    kinds: [ClientKind; 3],
    name: String,
    kind: String,
    jwk: String,
    /// The text that says what is wrong.
    fault: Option<&'static str>,
}

async fn fill(page: Page, clients: &Clients, admin: DepartmentAdmin) -> Result<SystemsPage> {
    let clients = clients.list(admin, Part::new(None, Part::<ClientId>::MOST)).await?.items;
    let (name, jwk) = (String::new(), String::new());
    Ok(SystemsPage { page, clients, kinds: KINDS, name, kind: "test".to_owned(), jwk, fault: None })
}

/// `GET /console/systems`.
pub(super) async fn show(
    page: Page,
    State(clients): State<Clients>,
    Right(admin): Right<DepartmentAdmin>,
) -> Result<Html<String>> {
    Ok(Html(fill(page, &clients, admin).await?.render()?))
}

/// `POST /console/systems`.
pub(super) async fn register(
    page: Page,
    State(clients): State<Clients>,
    Right(admin): Right<DepartmentAdmin>,
    fields: Fields,
) -> Result<Response> {
    let kind = KINDS.into_iter().find(|kind| kind.as_str() == fields.text("kind")).unwrap_or(ClientKind::Test);
    let (name, jwk) = (fields.text("name").to_owned(), fields.text("jwk").to_owned());
    let fault = match serde_json::from_str(&jwk) {
        Ok(jwk) => match clients.register(admin, &NewClient { name: name.clone(), kind, jwk }).await {
            Ok(_) => return Ok(Redirect::to("/console/systems").into_response()),
            Err(ServiceError::Invalid(_)) => "systems-fault-name",
            Err(error) => return Err(error.into()),
        },
        Err(_) => "systems-fault-key",
    };
    let filled = fill(page, &clients, admin).await?;
    let shown = SystemsPage { name, kind: kind.as_str().to_owned(), jwk, fault: Some(fault), ..filled };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown.render()?)).into_response())
}

/// `POST /console/systems/{system}/revoke`.
pub(super) async fn revoke(
    State(clients): State<Clients>,
    Right(admin): Right<DepartmentAdmin>,
    Path(system): Path<ClientId>,
) -> Result<Redirect> {
    clients.revoke(admin, system).await?;
    Ok(Redirect::to("/console/systems"))
}
