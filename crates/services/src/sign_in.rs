//! Signing in, staying signed in, and signing out.
//!
//! A session begins with [`SignIn::start_session`], whoever vouches for the officer: a password does now, an OpenID provider may. It
//! has a short access token, and a refresh token that is used once for the next pair. Whether a session still exists, and which roles
//! its officer has, is read from the database with every request, so that ending one takes effect at once.
//!
//! A browser has a session of another kind: one secret, in a cookie that no script can read, which is good until the session ends.

mod browser;
mod password;
mod session;

pub use browser::{BROWSER_IDLE, BrowserSession};
pub use password::{PasswordOutcome, PasswordSignIn};

use std::sync::Arc;

use munadi_domain::{
    access::{Actor, Officer},
    content::whole_seconds,
    id::{OfficerId, SessionId},
};
use munadi_store::{Tx, officer::Credentials, session::NewSession};
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
        let account = in_use(tx, officer).await?;
        let session = self.new_session(officer)?;
        tx.insert_session(session).await?;
        self.core.record(tx, started(&account, session.id)).await?;
        self.issue(tx, officer, session.id, session.expires_at).await
    }

    fn new_session(&self, officer: OfficerId) -> Result<NewSession> {
        let created_at = whole_seconds(self.core.clock.now());
        let id = SessionId::new(self.core.seed()?);
        Ok(NewSession { id, officer, created_at, expires_at: created_at + SESSION_LIFE })
    }

    async fn issue(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        session: SessionId,
        expires_at: OffsetDateTime,
    ) -> Result<SignedIn> {
        let now = whole_seconds(self.core.clock.now());
        let secret = session::new_secret()?;
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

/// The account of the officer, who may sign in; nobody can change that until the transaction ends.
async fn in_use(tx: &mut Tx, officer: OfficerId) -> Result<Credentials> {
    let account = tx.lock_credentials(officer).await?.filter(|account| !account.is_disabled);
    account.ok_or(ServiceError::Unauthenticated("the account is not in use"))
}

fn started(account: &Credentials, session: SessionId) -> Act<'static> {
    let act = Act::by(account.officer, "officer", "session.start", session);
    Act { department: account.department, ..act }
}
