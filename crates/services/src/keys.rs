//! Keys that sign notices: an officer hands one in, a department's admin confirms it, and whoever sees that it is no longer safe
//! revokes it. A department's own keys are made by the server.
//!
//! Each change is in the next edition of the key directory (see [`Directory`]).

mod department;
pub mod proof;

pub use department::{DEPARTMENT_KEY_LIFE, ROTATION_OVERLAP};

use std::sync::Arc;

use munadi_domain::{
    access::{Actor, DepartmentAdmin, Forbidden, NoticeApprover, NoticeAuthor, Role},
    content::whole_seconds,
    id::{DepartmentId, KeyId, OfficerId},
};
pub use munadi_store::key::KeyRecord;
use munadi_store::{Tx, officer::OfficerRecord};
use munadi_transparency::{key::PublicKey, notice};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{
    Core, Result, ServiceError,
    audit::Act,
    directory::Directory,
    page::{Listed, Page},
    signer::Signers,
};

/// How long an officer's key signs. What it signed in time stays good for ever.
pub const OFFICER_KEY_LIFE: Duration = Duration::days(730);
/// The most keys of an officer that are good or wait to be confirmed.
pub const KEYS_PER_OFFICER: usize = 10;
/// The most characters of a revocation's reason, which the directory shows to everybody.
pub const REASON_CHARS: usize = munadi_transparency::directory::MAX_TEXT;

/// Proof that an officer may sign notices, in whatever role.
#[derive(Debug, Clone, Copy)]
pub struct Signatory {
    officer: OfficerId,
    department: DepartmentId,
}

impl TryFrom<&Actor> for Signatory {
    type Error = Forbidden;

    fn try_from(actor: &Actor) -> Result<Self, Forbidden> {
        let author = NoticeAuthor::try_from(actor).map(|it| Self { officer: it.officer, department: it.department });
        author.or_else(|_| {
            NoticeApprover::try_from(actor).map(|it| Self { officer: it.officer, department: it.department })
        })
    }
}

/// Why a key is not trusted any longer, and since when.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// In words for the public.
    pub reason: String,
    /// From when on the key may have been in other hands; now, if it is not said. What it signed from then on is void.
    pub since: Option<OffsetDateTime>,
}

/// The use cases of keys.
#[derive(Debug, Clone)]
pub struct Keys {
    core: Core,
    directory: Directory,
    signers: Arc<Signers>,
}

impl Keys {
    /// Over the directory and the server's own keys.
    pub fn new(core: Core, directory: Directory, signers: Arc<Signers>) -> Self {
        Self { core, directory, signers }
    }

    /// Hands in an officer's public key, with the proof that the officer has its private half ([`proof::verify`]). It signs nothing
    /// until it is confirmed.
    pub async fn enroll(&self, officer: Signatory, jwk: &PublicKey, proof: &str) -> Result<KeyRecord> {
        let now = whole_seconds(self.core.clock.now());
        proof::verify(proof, jwk, officer.officer, now)?;
        self.check_count(officer, now).await?;
        let record = KeyRecord {
            id: KeyId::new(self.core.seed()?),
            department: officer.department,
            officer: Some(officer.officer),
            jwk: jwk_of(jwk),
            thumbprint: jwk.thumbprint().to_string(),
            roles: Vec::new(),
            not_before: now,
            expires_at: now + OFFICER_KEY_LIFE,
            enrolled_at: now,
            confirmed_by: None,
            confirmed_at: None,
            revoked_at: None,
            revoked_reason: None,
        };
        let mut tx = self.core.store.begin().await?;
        insert(&mut tx, &record).await?;
        let act = Act::by(officer.officer, "officer", "key.enroll", record.id).for_department(officer.department);
        self.core.record(&mut tx, act.with(json!({ "thumbprint": record.thumbprint }))).await?;
        tx.commit().await?;
        Ok(record)
    }

    async fn check_count(&self, officer: Signatory, now: OffsetDateTime) -> Result<()> {
        let page = Page::<KeyId>::new(None, Page::<KeyId>::MOST);
        let keys = self.core.store.list_keys(officer.department, Some(officer.officer), None, page.fetch()).await?;
        let good = keys.iter().filter(|key| key.revoked_at.is_none() && key.expires_at > now).count();
        if good < KEYS_PER_OFFICER && keys.len() <= usize::from(Page::<KeyId>::MOST) {
            return Ok(());
        }
        Err(ServiceError::Conflict(format!("an officer has at most {KEYS_PER_OFFICER} keys: revoke one first")))
    }

    /// Confirms that a key is the officer's whose it claims to be. Another person than that officer must do it, who compares the
    /// thumbprint with what the officer reads out. The key signs in the roles that the officer has.
    pub async fn confirm(&self, by: DepartmentAdmin, key: KeyId) -> Result<KeyRecord> {
        let now = whole_seconds(self.core.clock.now());
        let record = self.core.store.key(by.department, key).await?.ok_or(ServiceError::NotFound("key"))?;
        let officer = record.officer.ok_or_else(|| conflict("a department's own key needs no confirmation"))?;
        if officer == by.officer {
            return Err(conflict("another admin must confirm your own key"));
        }
        let mut tx = self.core.store.begin().await?;
        let holder = tx.lock_officer(Some(by.department), officer).await?.ok_or(ServiceError::NotFound("officer"))?;
        let record = lock(&mut tx, by.department, key).await?;
        if record.confirmed_at.is_some() || record.revoked_at.is_some() {
            return Err(conflict("the key was confirmed or revoked before"));
        }
        let roles = roles_of(&holder)?;
        tx.confirm_key(key, by.officer, now, &roles).await?;
        let act = Act::by(by.officer, "department_admin", "key.confirm", key).for_department(by.department);
        let detail = json!({ "officer": officer, "thumbprint": record.thumbprint, "roles": roles });
        self.core.record(&mut tx, act.with(detail)).await?;
        self.directory.publish_edition(&mut tx).await?;
        let record = lock(&mut tx, by.department, key).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Ends the trust in a key: its officer may do that, and an admin of the department. A department's own key is replaced by a new
    /// one at once.
    pub async fn revoke(&self, actor: &Actor, key: KeyId, revocation: &Revocation) -> Result<KeyRecord> {
        check_reason(&revocation.reason)?;
        let needs = Forbidden { needs: Role::DepartmentAdmin };
        let (Actor::Officer(officer), Some(department)) = (actor, actor.department()) else { return Err(needs.into()) };
        let now = whole_seconds(self.core.clock.now());
        let since = since(revocation, now)?;
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, department, key).await?;
        let role = match DepartmentAdmin::try_from(actor) {
            _ if record.officer == Some(officer.id) => "officer",
            Ok(_) => "department_admin",
            Err(forbidden) => return Err(forbidden.into()),
        };
        tx.revoke_key(key, since, &revocation.reason).await?;
        let act = Act::of(actor, role, "key.revoke", key);
        let detail = json!({ "reason": revocation.reason, "since": since.unix_timestamp(), "officer": record.officer });
        self.core.record(&mut tx, act.with(detail)).await?;
        if record.officer.is_none() {
            self.replace_revoked(&mut tx, actor, department, now).await?;
        }
        self.directory.publish_edition(&mut tx).await?;
        let record = lock(&mut tx, department, key).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// The keys of the officer's department; of the officer alone, unless an admin asks.
    pub async fn list(&self, actor: &Actor, page: Page<KeyId>) -> Result<Listed<KeyRecord, KeyId>> {
        let needs = Forbidden { needs: Role::DepartmentAdmin };
        let (Actor::Officer(officer), Some(department)) = (actor, actor.department()) else { return Err(needs.into()) };
        let only = DepartmentAdmin::try_from(actor).is_err().then_some(officer.id);
        let keys = self.core.store.list_keys(department, only, page.after(), page.fetch()).await?;
        Ok(page.cut(keys, |key| key.id))
    }
}

fn jwk_of(key: &PublicKey) -> serde_json::Value {
    serde_json::to_value(key).unwrap_or_default()
}

async fn insert(tx: &mut Tx, record: &KeyRecord) -> Result<()> {
    let inserted = tx.insert_key(record).await;
    let known = "this key is known already: make a new one";
    inserted.map_err(|error| ServiceError::duplicate(error, "signing_key_thumbprint_key", known))
}

async fn lock(tx: &mut Tx, department: DepartmentId, key: KeyId) -> Result<KeyRecord> {
    tx.lock_key(department, key).await?.ok_or(ServiceError::NotFound("key"))
}

fn conflict(why: &str) -> ServiceError {
    ServiceError::Conflict(why.to_owned())
}

/// In which role the holder of a role signs.
pub(crate) fn signs_as(role: Role) -> Option<notice::Role> {
    match role {
        Role::Drafter => Some(notice::Role::Author),
        Role::Approver => Some(notice::Role::Approver),
        Role::Publisher | Role::DepartmentAdmin | Role::PlatformAdmin | Role::Auditor => None,
    }
}

fn roles_of(officer: &OfficerRecord) -> Result<Vec<String>> {
    let roles: Vec<String> =
        officer.roles.iter().filter_map(|role| signs_as(*role)).map(|role| role.to_string()).collect();
    if officer.disabled_at.is_some() || roles.is_empty() {
        return Err(conflict(
            "the officer may not sign notices: an account in use and the role drafter or approver are needed",
        ));
    }
    Ok(roles)
}

fn check_reason(reason: &str) -> Result<()> {
    if (1..=REASON_CHARS).contains(&reason.chars().count()) && !reason.chars().any(char::is_control) {
        return Ok(());
    }
    Err(ServiceError::invalid("/reason", format!("expected 1 to {REASON_CHARS} characters in one line")))
}

fn since(revocation: &Revocation, now: OffsetDateTime) -> Result<OffsetDateTime> {
    let since = revocation.since.map_or(now, whole_seconds);
    if since <= now { Ok(since) } else { Err(ServiceError::invalid("/since", "must not lie in the future")) }
}
