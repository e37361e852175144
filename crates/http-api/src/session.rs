//! `/v1/session` and `/v1/me`: signing in, staying signed in, and what officers may do with their own account.

use axum::{
    Json as JsonOut,
    extract::{Extension, State},
    http::StatusCode,
};
use munadi_domain::access::{Actor, Officer};
use munadi_services::{
    clock::Clock,
    limits::ClientAddress,
    people::People,
    secret::Secret,
    sign_in::{PasswordOutcome, PasswordSignIn, SignIn, SignedIn as Session},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, SignedIn},
    officers::OfficerOut,
    problem::{Kind, Result},
};

/// Signing in: nobody is signed in yet.
pub(crate) fn public_router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(refresh))
}

/// What needs a session.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(sign_out)).routes(routes!(show_me)).routes(routes!(change_password))
}

/// A name and a password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInIn {
    /// The name to sign in with.
    #[schema(min_length = 1, max_length = 200)]
    sign_in: String,
    /// The password.
    #[schema(value_type = String, max_length = 1000)]
    password: Secret,
    /// The next password, if the one above is good for the first sign-in only.
    #[schema(value_type = Option<String>, max_length = 1000)]
    new_password: Option<Secret>,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshIn {
    /// The token; it is used up.
    #[schema(value_type = String, max_length = 200)]
    refresh_token: Secret,
}

/// A session.
#[derive(Serialize, ToSchema)]
struct SessionOut {
    /// For every request: `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token ends.
    expires_in: i64,
    /// For the next pair of tokens, once.
    refresh_token: String,
    /// Seconds until the session ends, however often it is refreshed.
    refresh_expires_in: i64,
    /// Who is signed in.
    officer: OfficerOut,
}

/// Signs in with a name and a password.
#[utoipa::path(post, path = "/v1/session", tag = "session", request_body = SignInIn, responses((status = 201, body = SessionOut)))]
async fn sign_in(
    State(sign_in): State<SignIn>,
    State(people): State<People>,
    State(clock): State<Clock>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Json(body): Json<SignInIn>,
) -> Result<(StatusCode, JsonOut<SessionOut>)> {
    let new_password = body.new_password.as_ref();
    let input = PasswordSignIn { name: &body.sign_in, password: &body.password, new_password, address };
    match sign_in.sign_in_with_password(input).await? {
        PasswordOutcome::SignedIn(session) => answer(&sign_in, &people, &clock, session).await,
        PasswordOutcome::NewPasswordNeeded => {
            let what =
                "The password is right, but for the first sign-in only: send it again, with a new one as new_password";
            Err(Kind::NEW_PASSWORD.with(what))
        }
    }
}

/// Gives the next pair of tokens. A refresh token that is used twice ends the session.
#[utoipa::path(post, path = "/v1/session/refresh", tag = "session", request_body = RefreshIn, responses((status = 201, body = SessionOut)))]
async fn refresh(
    State(sign_in): State<SignIn>,
    State(people): State<People>,
    State(clock): State<Clock>,
    Json(body): Json<RefreshIn>,
) -> Result<(StatusCode, JsonOut<SessionOut>)> {
    let session = sign_in.refresh(&body.refresh_token).await?;
    answer(&sign_in, &people, &clock, session).await
}

async fn answer(
    sign_in: &SignIn,
    people: &People,
    clock: &Clock,
    session: Session,
) -> Result<(StatusCode, JsonOut<SessionOut>)> {
    let access_token = session.access.secret.expose().to_owned();
    let actor = sign_in.authenticate_officer(&access_token).await?;
    let officer = people.own_account(officer(&actor)?).await?;
    let now = clock.now();
    let out = SessionOut {
        access_token,
        token_type: "Bearer",
        expires_in: (session.access.expires_at - now).whole_seconds(),
        refresh_token: session.refresh.secret.expose().to_owned(),
        refresh_expires_in: (session.refresh.expires_at - now).whole_seconds(),
        officer: officer.into(),
    };
    Ok((StatusCode::CREATED, JsonOut(out)))
}

/// Signs out: the session ends at once.
#[utoipa::path(delete, path = "/v1/session", tag = "session", responses((status = 204)))]
async fn sign_out(State(sign_in): State<SignIn>, SignedIn(actor): SignedIn) -> Result<StatusCode> {
    sign_in.sign_out(officer(&actor)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows the officer who is signed in.
#[utoipa::path(get, path = "/v1/me", tag = "session", responses((status = 200, body = OfficerOut)))]
async fn show_me(State(people): State<People>, SignedIn(actor): SignedIn) -> Result<JsonOut<OfficerOut>> {
    Ok(JsonOut(people.own_account(officer(&actor)?).await?.into()))
}

/// The officer's own passwords.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordIn {
    /// The password until now.
    #[schema(value_type = String, max_length = 1000)]
    old: Secret,
    /// The password from now on.
    #[schema(value_type = String, min_length = 12, max_length = 1000)]
    new: Secret,
}

/// Changes the officer's own password. All other sessions end.
#[utoipa::path(post, path = "/v1/me/password", tag = "session", request_body = PasswordIn, responses((status = 204)))]
async fn change_password(
    State(sign_in): State<SignIn>,
    SignedIn(actor): SignedIn,
    Json(body): Json<PasswordIn>,
) -> Result<StatusCode> {
    sign_in.change_password(officer(&actor)?, &body.old, &body.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn officer(actor: &Actor) -> Result<&Officer> {
    match actor {
        Actor::Officer(officer) => Ok(officer),
        Actor::Client(_) => {
            Err(Kind::FORBIDDEN.with("This is for people: a department's system has no session and no account"))
        }
    }
}
