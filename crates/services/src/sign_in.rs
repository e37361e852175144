//! Signing in, staying signed in, and signing out.
//!
//! A session begins with [`SignIn::start_session`], whoever vouches for the officer: a password does now, an OpenID provider may. It
//! has a short access token, and a refresh token that is used once for the next pair. Whether a session still exists, and which roles
//! its officer has, is read from the database with every request, so that ending one takes effect at once.

mod password;
mod session;

pub use password::{PasswordOutcome, PasswordSignIn};

use std::sync::Arc;

use munadi_domain::{
    access::{Actor, Officer},
    content::whole_seconds,
    id::{OfficerId, SessionId},
};
use munadi_store::Tx;
use time::{Duration, OffsetDateTime};

use crate::{
    Core, Result, ServiceError, audit::Act, limits::Limits, password::Passwords, secret::Secret, token::Token,
    token::Tokens,
};

/// How long a session lasts at most; then the officer signs in anew.
pub const SESSION_LIFE: Duration = Duration::hours(12);
/// How long an ended session is kept, for those who ask what happened.
const KEPT: Duration = Duration::days(30);

/// What an officer gets who has signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The officer.
    pub officer: OfficerId,
    /// The session.
    pub session: SessionId,
    /// For every request.
    pub access: Token,
    /// For the next pair, once. It ends with the session.
    pub refresh: Token,
}

/// The use cases of signing in.
#[derive(Debug, Clone)]
pub struct SignIn {
    core: Core,
    passwords: Passwords,
    tokens: Tokens,
    limits: Arc<Limits>,
}

impl SignIn {
    /// Over the limits, and over what makes tokens and checks passwords.
    pub fn new(core: Core, passwords: Passwords, tokens: Tokens, limits: Arc<Limits>) -> Self {
        Self { core, passwords, tokens, limits }
    }

    /// Begins a session for an officer for whom somebody has vouched. An officer whose account is disabled gets none.
    pub async fn start_session(&self, officer: OfficerId) -> Result<SignedIn> {
        let mut tx = self.core.store.begin().await?;
        let signed_in = self.start(&mut tx, officer).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    async fn start(&self, tx: &mut Tx, officer: OfficerId) -> Result<SignedIn> {
        let account = tx.lock_credentials(officer).await?.filter(|account| !account.is_disabled);
        let account = account.ok_or(ServiceError::Unauthenticated("the account is not in use"))?;
        let now = whole_seconds(self.core.clock.now());
        let session = SessionId::new(self.core.seed()?);
        let expires_at = now + SESSION_LIFE;
        tx.insert_session(munadi_store::session::NewSession { id: session, officer, created_at: now, expires_at })
            .await?;
        let act = Act { department: account.department, ..Act::by(officer, "officer", "session.start", session) };
        self.core.record(tx, act).await?;
        self.issue(tx, officer, session, expires_at).await
    }

    async fn issue(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        session: SessionId,
        expires_at: OffsetDateTime,
    ) -> Result<SignedIn> {
        let now = whole_seconds(self.core.clock.now());
        let secret = session::new_refresh_token()?;
        tx.insert_refresh_token(session, &session::digest_of(&secret), now).await?;
        let mut access = self.tokens.issue(officer, session, now)?;
        access.expires_at = access.expires_at.min(expires_at);
        Ok(SignedIn { officer, session, access, refresh: Token { secret, expires_at } })
    }

    /// Who brings this access token, with the roles of this moment.
    pub async fn authenticate_officer(&self, token: &str) -> Result<Actor> {
        let now = self.core.clock.now();
        let claims = self.tokens.verify(token, now)?;
        let officer = self.core.store.signed_in(claims.session, claims.officer, now).await?;
        officer.map(Actor::Officer).ok_or(ServiceError::Unauthenticated("the session has ended: sign in again"))
    }

    /// Changes the officer's own password. All other sessions end.
    pub async fn change_password(&self, officer: &Officer, current: &Secret, new: &Secret) -> Result<()> {
        self.change_own_password(officer, current, new).await
    }
}
