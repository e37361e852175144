//! Signing in with a name and a password, and changing one's own password.

use std::net::IpAddr;

use munadi_domain::{access::Officer, id::OfficerId};
use munadi_store::{
    Tx,
    officer::{Credentials, PasswordHash},
};
use serde_json::json;

use super::{BrowserSession, SignIn, SignedIn};
use crate::{
    Result, ServiceError,
    audit::{Act, Outcome},
    limits::{Purpose, Subject},
    password,
    secret::Secret,
};

const WRONG: ServiceError = ServiceError::Unauthenticated("the name or the password is wrong");

/// A name and a password, from an address.
#[derive(Debug, Clone)]
pub struct PasswordSignIn<'a> {
    /// The name, in whatever letter case.
    pub name: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// The next password, if the one above was handed over by an admin for the first sign-in.
    pub new_password: Option<&'a Secret>,
    /// Where the request comes from.
    pub address: IpAddr,
}

/// What became of it; `S` is what the officer gets.
#[derive(Debug, Clone)]
pub enum PasswordOutcome<S = SignedIn> {
    /// The officer is signed in.
    SignedIn(S),
    /// The password is right, but good for the first sign-in only: send it again with a new one.
    NewPasswordNeeded,
}

impl SignIn {
    /// Signs in with a name and a password. An unknown name takes as long as a known one, and is told the same.
    pub async fn sign_in_with_password(&self, input: PasswordSignIn<'_>) -> Result<PasswordOutcome> {
        let Some((mut tx, officer)) = self.admit(input).await? else { return Ok(PasswordOutcome::NewPasswordNeeded) };
        let signed_in = self.start(&mut tx, officer).await?;
        tx.commit().await?;
        Ok(PasswordOutcome::SignedIn(signed_in))
    }

    /// Like [`SignIn::sign_in_with_password`], for a browser.
    pub async fn sign_in_browser_with_password(
        &self,
        input: PasswordSignIn<'_>,
    ) -> Result<PasswordOutcome<BrowserSession>> {
        let Some((mut tx, officer)) = self.admit(input).await? else { return Ok(PasswordOutcome::NewPasswordNeeded) };
        let session = self.start_browser(&mut tx, officer).await?;
        tx.commit().await?;
        Ok(PasswordOutcome::SignedIn(session))
    }

    /// Whoever may have a session, and the transaction for it; nobody, if a new password is needed first.
    async fn admit(&self, input: PasswordSignIn<'_>) -> Result<Option<(Tx, OfficerId)>> {
        let name = input.name.trim().to_ascii_lowercase();
        self.limits.check(Subject::SignInAddress(input.address), Purpose::Send)?;
        self.limits.check(Subject::SignInName(&name), Purpose::Send)?;
        let account = self.core.store.credentials(&name).await?;
        let phc = account.as_ref().and_then(|account| account.password_hash.as_deref());
        let is_right = self.passwords.verify(input.password, phc).await?;
        let usable = account.as_ref().filter(|account| is_right && self.is_usable(account));
        let Some(account) = usable else {
            self.record_refusal(account.as_ref()).await?;
            return Err(WRONG);
        };
        let new = match (account.one_time_until, input.new_password) {
            (None, _) => None,
            (Some(_), None) => return Ok(None),
            (Some(_), Some(new)) => Some(self.next_password(&name, input.password, new, "/new_password").await?),
        };
        let mut tx = self.core.store.begin().await?;
        self.still(&mut tx, account).await?;
        if let Some(new) = new {
            self.set_password(&mut tx, account, &new).await?;
        }
        Ok(Some((tx, account.officer)))
    }

    fn is_usable(&self, account: &Credentials) -> bool {
        let in_time = account.one_time_until.is_none_or(|until| self.core.clock.now() < until);
        in_time && !account.is_disabled
    }

    /// A name that does not exist writes the same entry, so that the time it takes does not tell; what was typed is not in it, because
    /// it may be a password. How many are written is limited.
    async fn record_refusal(&self, account: Option<&Credentials>) -> Result<()> {
        metrics::counter!("munadi_sign_in_refusals_total").increment(1);
        if !self.limits.may_audit_refusal() {
            return Ok(());
        }
        let resource = account.map_or_else(|| "unknown".to_owned(), |account| account.officer.to_string());
        let act = Act::of_system("sign_in", "session.refuse", resource).ended(Outcome::Refused);
        let mut tx = self.core.store.begin().await?;
        self.core.record(&mut tx, Act { department: account.and_then(|account| account.department), ..act }).await?;
        Ok(tx.commit().await?)
    }

    async fn next_password(&self, name: &str, current: &Secret, new: &Secret, at: &str) -> Result<String> {
        password::check(new, name, at)?;
        if new.expose() == current.expose() {
            return Err(ServiceError::invalid(at, "the new password is the old one"));
        }
        self.passwords.hash(new).await
    }

    /// Hashing takes its time: whoever was disabled or got another password meanwhile is not signed in, and nobody uses a one-time
    /// password twice.
    async fn still(&self, tx: &mut Tx, account: &Credentials) -> Result<()> {
        let now = tx.lock_credentials(account.officer).await?.ok_or(WRONG)?;
        if now.password_hash == account.password_hash && !now.is_disabled { Ok(()) } else { Err(WRONG) }
    }

    async fn set_password(&self, tx: &mut Tx, account: &Credentials, phc: &str) -> Result<()> {
        tx.set_password(account.officer, PasswordHash { phc, one_time_until: None }).await?;
        let act =
            Act::by(account.officer, "officer", "officer.password", account.officer).with(json!({ "by": "self" }));
        self.core.record(tx, Act { department: account.department, ..act }).await?;
        Ok(())
    }

    pub(super) async fn change_own_password(&self, officer: &Officer, current: &Secret, new: &Secret) -> Result<()> {
        // A stolen access token must not be a way to guess the password.
        self.limits.check(Subject::SignInName(&officer.id.to_string()), Purpose::Send)?;
        let record = self.core.store.officer(officer.department, officer.id).await?.ok_or(WRONG)?;
        let account = self.core.store.credentials(&record.sign_in).await?.ok_or(WRONG)?;
        if !self.passwords.verify(current, account.password_hash.as_deref()).await? {
            self.record_refusal(Some(&account)).await?;
            return Err(ServiceError::invalid("/old", "this is not the current password"));
        }
        let new = self.next_password(&record.sign_in, current, new, "/new").await?;
        let mut tx = self.core.store.begin().await?;
        self.still(&mut tx, &account).await?;
        self.set_password(&mut tx, &account, &new).await?;
        tx.revoke_sessions(officer.id, Some(officer.session), self.core.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
