//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Extension, OriginalUri, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use munadi_domain::access::Actor;
use munadi_services::{
    ServiceError,
    limits::ClientAddress,
    secret::Secret,
    sign_in::{BrowserSession, PasswordOutcome, PasswordSignIn, SESSION_LIFE, SignIn},
};

use crate::{
    cookie::Kept,
    error::Result,
    fields::Fields,
    page::Page,
    session::{self, next_path},
    state::WebSettings,
};

#[derive(Template)]
#[template(path = "console/sign-in.html")]
struct SignInPage {
    page: Page,
    next: String,
    name: String,
    /// Whether the password was handed over for the first sign-in, so that another is to be chosen.
    is_first: bool,
    /// What is wrong with both fields together.
    fault: Option<String>,
    /// What is wrong with the new password.
    new_fault: Option<String>,
}

/// `GET /console/sign-in`.
pub(super) async fn show(page: Page, OriginalUri(uri): OriginalUri) -> Result<Html<String>> {
    let query = Fields::of_query(uri.query().unwrap_or_default());
    let next = next_path(query.text("next")).to_owned();
    let empty = SignInPage { page, next, name: String::new(), is_first: false, fault: None, new_fault: None };
    Ok(Html(empty.render()?))
}

/// `POST /console/sign-in`.
pub(super) async fn sign_in(
    page: Page,
    State(sign_in): State<SignIn>,
    State(settings): State<Arc<WebSettings>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    fields: Fields,
) -> Result<Response> {
    let next = next_path(fields.text("next")).to_owned();
    let (password, new) = (secret(&fields, "password"), secret(&fields, "new_password"));
    let again = secret(&fields, "new_password_again");
    let asked_for_new = fields.has("new_password");
    let mut form = SignInPage {
        page,
        next,
        name: fields.text("name").to_owned(),
        is_first: asked_for_new,
        fault: None,
        new_fault: None,
    };
    if asked_for_new && new.expose() != again.expose() {
        form.new_fault = Some(form.page.t("sign-in-fault-again"));
        return form.answer(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let new_password = Some(&new).filter(|_| asked_for_new);
    let input = PasswordSignIn { name: &form.name.clone(), password: &password, new_password, address };
    match sign_in.sign_in_browser_with_password(input).await {
        Ok(PasswordOutcome::SignedIn(session)) => Ok(entered(&settings, &session, &form.next)),
        Ok(PasswordOutcome::NewPasswordNeeded) => form.with_new_password().answer(StatusCode::OK),
        Err(error) => form.refused(error),
    }
}

/// A password is taken as it was typed, with the spaces around it.
fn secret(fields: &Fields, name: &str) -> Secret {
    Secret::from(fields.raw(name))
}

fn entered(settings: &WebSettings, session: &BrowserSession, next: &str) -> Response {
    let kept = Kept::Seconds(SESSION_LIFE.whole_seconds());
    let cookie = session::cookie(settings, session.cookie.secret.expose(), kept);
    let cookie = cookie.map(|cookie| (header::SET_COOKIE, cookie));
    (HeaderMap::from_iter(cookie), Redirect::to(next)).into_response()
}

impl SignInPage {
    fn with_new_password(self) -> Self {
        Self { is_first: true, ..self }
    }

    fn refused(mut self, error: ServiceError) -> Result<Response> {
        match error {
            ServiceError::Unauthenticated(_) => {
                self.fault = Some(self.page.t("sign-in-fault-wrong"));
                self.answer(StatusCode::UNPROCESSABLE_ENTITY)
            }
            ServiceError::Invalid(_) => {
                self.is_first = true;
                self.new_fault = Some(self.page.t("sign-in-fault-new"));
                self.answer(StatusCode::UNPROCESSABLE_ENTITY)
            }
            ServiceError::TooMany { retry_after } => {
                let minutes = retry_after.as_secs().div_ceil(60).max(1);
                self.fault = Some(self.page.count("sign-in-fault-often", minutes));
                let mut response = self.answer(StatusCode::TOO_MANY_REQUESTS)?;
                response.headers_mut().insert(header::RETRY_AFTER, retry_after.as_secs().max(1).into());
                Ok(response)
            }
            other => Err(other.into()),
        }
    }

    fn answer(self, status: StatusCode) -> Result<Response> {
        Ok((status, Html(self.render()?)).into_response())
    }
}

/// `POST /console/sign-out`. Whoever has no session is signed out already.
pub(super) async fn sign_out(
    State(sign_in): State<SignIn>,
    State(settings): State<Arc<WebSettings>>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(secret) = session::secret_of(&settings, &headers) {
        match sign_in.authenticate_browser(&secret).await {
            Ok(Actor::Officer(officer)) => sign_in.sign_out(&officer).await?,
            Ok(Actor::Client(_)) | Err(ServiceError::Unauthenticated(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let gone = session::cookie(&settings, "", Kept::Gone).map(|cookie| (header::SET_COOKIE, cookie));
    Ok((HeaderMap::from_iter(gone), Redirect::to("/console/sign-in")).into_response())
}
