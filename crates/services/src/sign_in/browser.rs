//! Sessions of browsers: one secret in a cookie.

use munadi_domain::{
    access::Actor,
    id::{OfficerId, SessionId},
};
use munadi_store::{Tx, session::BrowserUse};
use time::Duration;

use super::{SignIn, in_use, session, started};
use crate::{Result, ServiceError, secret::Secret, token::Token};

/// How long a browser's session may be left alone; then it has ended, give or take [`NOTED`].
pub const BROWSER_IDLE: Duration = Duration::hours(2);
/// A use is written down at most this often, so that most requests only read.
const NOTED: Duration = Duration::minutes(5);

/// What a browser gets whose officer has signed in.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    /// The officer.
    pub officer: OfficerId,
    /// The session.
    pub session: SessionId,
    /// For the cookie: good for every request until the session ends. It is no access token, and no access token is one.
    pub cookie: Token,
}

impl SignIn {
    /// Begins a session for the browser of an officer for whom somebody has vouched. An officer whose account is disabled gets none.
    pub async fn start_browser_session(&self, officer: OfficerId) -> Result<BrowserSession> {
        let mut tx = self.core.store.begin().await?;
        let session = self.start_browser(&mut tx, officer).await?;
        tx.commit().await?;
        Ok(session)
    }

    pub(super) async fn start_browser(&self, tx: &mut Tx, officer: OfficerId) -> Result<BrowserSession> {
        let account = in_use(tx, officer).await?;
        let session = self.new_session(officer)?;
        let secret = session::new_secret()?;
        tx.insert_browser_session(session, &session::digest_of(&secret)).await?;
        self.core.record(tx, started(&account, session.id)).await?;
        let cookie = Token { secret, expires_at: session.expires_at };
        Ok(BrowserSession { officer, session: session.id, cookie })
    }

    /// Who brings this cookie, with the roles of this moment. The session has ended [`super::SESSION_LIFE`] after the sign-in,
    /// [`BROWSER_IDLE`] after the last use, and at once after signing out, another password, or the end of the account.
    pub async fn authenticate_browser(&self, cookie: &Secret) -> Result<Actor> {
        let now = self.core.clock.now();
        let at = BrowserUse { now, idle_since: now - BROWSER_IDLE, noted_before: now - NOTED };
        let officer = self.core.store.signed_in_browser(&session::digest_of(cookie), at).await?;
        officer.map(Actor::Officer).ok_or(ServiceError::Unauthenticated("the session has ended: sign in again"))
    }
}
