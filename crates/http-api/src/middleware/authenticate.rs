//! Who asks: an officer with an access token, or a department's system with a token that it signed for this very request.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Extension, Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use munadi_domain::access::Actor;
use munadi_services::{
    Result, ServiceError,
    clients::Clients,
    limits::{ClientAddress, Limits, Purpose, Subject},
    secret::Secret,
    sign_in::SignIn,
    token::{self, Bearer},
};

use super::limit::refused;
use crate::{extract::bearer, problem::Problem};

/// Puts the [`Actor`] into the extensions. A token that is not good is refused even where none is needed: whoever sends one wants to
/// know. Each such attempt counts for the address that it came from.
pub(crate) async fn authenticate(
    State(sign_in): State<SignIn>,
    State(clients): State<Clients>,
    State(limits): State<Arc<Limits>>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    mut request: Request,
    next: Next,
) -> Response {
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return next.run(request).await;
    }
    // `collect_body` has left the body there.
    let body = request.extensions().get::<Bytes>().cloned().unwrap_or_default();
    let token = bearer(request.headers()).map(Secret::from);
    match identify(&sign_in, &clients, token, &body).await {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(error) => match limits.check(Subject::Address(address), Purpose::Send) {
            Ok(_) => Problem::from(error).into_response(),
            Err(too_many) => refused(too_many),
        },
    }
}

async fn identify(sign_in: &SignIn, clients: &Clients, token: Option<Secret>, body: &[u8]) -> Result<Actor> {
    let missing = || ServiceError::Unauthenticated("the header must be Authorization: Bearer and a token");
    let token = token.ok_or_else(missing)?;
    match token::bearer(token.expose()) {
        Bearer::Officer => sign_in.authenticate_officer(token.expose()).await,
        Bearer::Client => clients.authenticate_client(token.expose(), body).await,
    }
}
