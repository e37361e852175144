//! Who belongs to the department and may do what. A role takes two admins; taking one away is at once.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use munadi_domain::{
    access::{Officer, Role},
    id::{OfficerId, RoleGrantId},
};
use munadi_services::{
    ServiceError,
    page::Page as Part,
    people::{Admin, NewAccount, OfficerRecord, People, RoleGrantRecord},
    secret::Secret,
};

use crate::{
    error::{PageError, Result},
    fields::Fields,
    page::Page,
    session::{Path, Right, SignedIn},
};

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage {
    page: Page,
    me: OfficerId,
    officers: Vec<OfficerRecord>,
    grants: Vec<RoleGrantRecord>,
    roles: Vec<Role>,
    account: NewAccount,
    /// Why nothing was done: in English, as the use case says it.
    refusal: Option<String>,
}

impl PeoplePage {
    /// What the officer could still be asked for.
    fn missing<'a>(&'a self, officer: &'a OfficerRecord) -> impl Iterator<Item = &'a Role> {
        let waits = |role: &Role| officer.pending.iter().any(|pending| pending.role == *role);
        self.roles.iter().filter(move |role| !officer.roles.contains(role) && !waits(role))
    }
}

#[derive(Template)]
#[template(path = "console/password.html")]
struct PasswordPage {
    page: Page,
    name: String,
    sign_in: String,
    password: Secret,
}

async fn fill(page: Page, people: &People, admin: Admin, me: &Officer) -> Result<PeoplePage> {
    let (mut officers, mut after) = (Vec::new(), None);
    loop {
        let listed = people.list_officers(admin, Part::new(after, Part::<OfficerId>::MOST)).await?;
        officers.extend(listed.items);
        after = listed.next;
        if after.is_none() {
            break;
        }
    }
    let grants = people.list_role_grants(admin, Part::new(None, Part::<RoleGrantId>::MOST)).await?.items;
    let is_of_department = matches!(admin, Admin::Department(_));
    let roles = Role::ALL.into_iter().filter(|role| role.is_of_department() == is_of_department).collect();
    let account = NewAccount { sign_in: String::new(), display_name: String::new() };
    Ok(PeoplePage { page, me: me.id, officers, grants, roles, account, refusal: None })
}

/// `GET /console/people`.
pub(super) async fn show(
    page: Page,
    State(people): State<People>,
    Right(admin): Right<Admin>,
    SignedIn(_, me): SignedIn,
) -> Result<Html<String>> {
    Ok(Html(fill(page, &people, admin, &me).await?.render()?))
}

/// `POST /console/people`: a new officer, and the password for the first sign-in, shown once.
pub(super) async fn add(
    page: Page,
    State(people): State<People>,
    Right(admin): Right<Admin>,
    SignedIn(_, me): SignedIn,
    fields: Fields,
) -> Result<Response> {
    let account = NewAccount {
        sign_in: fields.text("sign_in").to_ascii_lowercase(),
        display_name: fields.text("display_name").to_owned(),
    };
    let roles = fields.all("roles").filter_map(|word| word.parse().ok()).collect();
    match people.add_officer(admin, &account, &roles).await {
        Ok(created) => once(page, &created.officer, created.password),
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Conflict(_))) => {
            let refusal = Some(error.to_string());
            let shown = PeoplePage { account, refusal, ..fill(page, &people, admin, &me).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(shown.render()?)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The page with the password is kept by no browser.
pub(super) fn once(page: Page, officer: &OfficerRecord, password: Secret) -> Result<Response> {
    let (name, sign_in) = (officer.display_name.clone(), officer.sign_in.clone());
    let html = Html(PasswordPage { page, name, sign_in, password }.render()?);
    Ok(([(axum::http::header::CACHE_CONTROL, "no-store")], html).into_response())
}

/// `POST /console/people/{officer}/{what}`.
pub(super) async fn change(
    page: Page,
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path((officer, what)): Path<(OfficerId, String)>,
    fields: Fields,
) -> Result<Response> {
    let role = || fields.text("role").parse::<Role>().map_err(|_| PageError::Unreadable);
    match what.as_str() {
        "ask" => people.grant_role(admin, officer, role()?).await.map(drop)?,
        "take" => people.revoke_role(admin, officer, role()?).await.map(drop)?,
        "disable" => people.disable_officer(admin, officer).await.map(drop)?,
        "enable" => people.enable_officer(admin, officer).await.map(drop)?,
        "reset" => {
            let password = people.reset_password(admin, officer).await?;
            return once(page, &people.officer(admin, officer).await?, password);
        }
        _ => return Err(PageError::NotFound),
    }
    Ok(Redirect::to("/console/people").into_response())
}

/// `POST /console/people/grants/{grant}/confirm`, `…/decline`.
pub(super) async fn decide(
    State(people): State<People>,
    Right(admin): Right<Admin>,
    Path((grant, what)): Path<(RoleGrantId, String)>,
) -> Result<Redirect> {
    match what.as_str() {
        "confirm" => people.confirm_role_grant(admin, grant).await?,
        "decline" => people.decline_role_grant(admin, grant).await?,
        _ => return Err(PageError::NotFound),
    };
    Ok(Redirect::to("/console/people"))
}
