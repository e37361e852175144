//! The life of a session.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::access::Officer;
use munadi_store::session::RefreshToken;
use serde_json::json;

use super::{KEPT, SignIn, SignedIn};
use crate::{
    Result, ServiceError,
    audit::{Act, Outcome},
    entropy,
    secret::Secret,
};

/// 32 random bytes: they name nothing and mean nothing.
pub(super) fn new_secret() -> Result<Secret> {
    Ok(Secret::new(BASE64_URL_SAFE_NO_PAD.encode(entropy::bytes::<32>()?)))
}

/// What is kept of a secret of [`new_secret`]. It is random and long, so it needs no slow hash.
pub(super) fn digest_of(token: &Secret) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.expose().as_bytes()).as_ref());
    hash
}

impl SignIn {
    /// The next pair of tokens. The refresh token is used up; a second use ends the session, because one of the two who had it has
    /// stolen it.
    pub async fn refresh(&self, token: &Secret) -> Result<SignedIn> {
        let now = self.core.clock.now();
        let mut tx = self.core.store.begin().await?;
        let known = tx.use_refresh_token(&digest_of(token), now).await?;
        let known = known.ok_or(ServiceError::Unauthenticated("the refresh token is not known"))?;
        if known.was_used {
            if tx.revoke_session(known.session, now).await? {
                self.core.record(&mut tx, ended(&known).with(json!({ "why": "refresh token used twice" }))).await?;
            }
            tx.commit().await?;
            return Err(ServiceError::Unauthenticated("the refresh token was used before: sign in again"));
        }
        if known.is_ended || known.expires_at <= now {
            return Err(ServiceError::Unauthenticated("the session has ended: sign in again"));
        }
        let signed_in = self.issue(&mut tx, known.officer, known.session, known.expires_at).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Ends the session by which the request came.
    pub async fn sign_out(&self, officer: &Officer) -> Result<()> {
        let mut tx = self.core.store.begin().await?;
        if tx.revoke_session(officer.session, self.core.clock.now()).await? {
            self.core.record(&mut tx, by_officer(officer)).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends all sessions of the officer, this one too; how many that were.
    pub async fn sign_out_everywhere(&self, officer: &Officer) -> Result<u64> {
        let mut tx = self.core.store.begin().await?;
        let ended = tx.revoke_sessions(officer.id, None, self.core.clock.now()).await?;
        self.core.record(&mut tx, by_officer(officer).with(json!({ "sessions": ended }))).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Forgets sessions that ended long ago; how many that were. Call it now and then.
    pub async fn prune(&self) -> Result<u64> {
        Ok(self.core.store.prune_sessions(self.core.clock.now() - KEPT).await?)
    }
}

fn by_officer(officer: &Officer) -> Act<'static> {
    Act { department: officer.department, ..Act::by(officer.id, "officer", "session.end", officer.session) }
}

fn ended(token: &RefreshToken) -> Act<'static> {
    let act = Act::of_system("sign_in", "session.end", token.session).ended(Outcome::Refused);
    Act { department: token.department, ..act }
}
