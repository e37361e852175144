//! Departments and officers: who is there, who may do what, and who no longer.
//!
//! An admin looks after a scope: a department's admin after the department, a platform admin after those who look after the whole
//! installation. Nobody changes an own account here: what an admin may do to others takes another admin when it comes to that admin.
//! A role takes two: one admin asks for it, and another one of the department, or a platform admin, confirms it. Taking one away, and
//! shutting somebody out, is at once.

mod account;
mod department;
mod grant;
mod own;

pub use account::{Created, NewAccount, ONE_TIME_LIFE};
pub use department::{CreatedDepartment, NewDepartment};
pub use munadi_store::{
    department::DepartmentRecord,
    officer::{OfficerRecord, PendingRole},
    role_grant::RoleGrantRecord,
};

use std::sync::Arc;

use munadi_domain::{
    access::{Actor, DepartmentAdmin, Forbidden, PlatformAdmin, Role},
    content::whole_seconds,
    id::{DepartmentId, OfficerId},
};
use munadi_store::{Tx, officer::PasswordHash};
use serde_json::json;

use crate::{
    Core, Result, ServiceError,
    audit::Act,
    directory::Directory,
    keys::Keys,
    page::{Listed, Page},
    password::Passwords,
    secret::Secret,
};

/// Proof that somebody looks after the officers of a scope.
#[derive(Debug, Clone, Copy)]
pub enum Admin {
    /// Of a department.
    Department(DepartmentAdmin),
    /// Of the whole installation.
    Platform(PlatformAdmin),
}

impl Admin {
    fn officer(self) -> OfficerId {
        match self {
            Self::Department(admin) => admin.officer,
            Self::Platform(admin) => admin.officer,
        }
    }

    fn scope(self) -> Option<DepartmentId> {
        match self {
            Self::Department(admin) => Some(admin.department),
            Self::Platform(_) => None,
        }
    }

    fn act(self, action: &str, resource: impl ToString) -> Act<'_> {
        let role = match self {
            Self::Department(_) => "department_admin",
            Self::Platform(_) => "platform_admin",
        };
        Act { department: self.scope(), ..Act::by(self.officer(), role, action, resource) }
    }
}

impl TryFrom<&Actor> for Admin {
    type Error = Forbidden;

    /// Whoever is in a department can look after that one only.
    fn try_from(actor: &Actor) -> Result<Self, Forbidden> {
        match actor.department() {
            Some(_) => DepartmentAdmin::try_from(actor).map(Self::Department),
            None => PlatformAdmin::try_from(actor).map(Self::Platform),
        }
    }
}

/// The use cases of people.
#[derive(Debug, Clone)]
pub struct People {
    core: Core,
    passwords: Passwords,
    keys: Arc<Keys>,
    directory: Directory,
}

impl People {
    /// Over what hashes passwords and what looks after keys.
    pub fn new(core: Core, passwords: Passwords, keys: Arc<Keys>, directory: Directory) -> Self {
        Self { core, passwords, keys, directory }
    }

    /// Asks for a role for another officer of the scope, who has it when another admin confirms it
    /// ([`Self::confirm_role_grant`]). Only where there is no other admin yet, a new admin needs nobody else.
    pub async fn grant_role(&self, by: Admin, officer: OfficerId, role: Role) -> Result<OfficerRecord> {
        check_role(by.scope(), role)?;
        let mut tx = self.core.store.begin().await?;
        let mut record = self.lock_other(&mut tx, by, officer).await?;
        self.ask(&mut tx, by, &mut record, role).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Takes a role from another officer of the scope. A key that signs in that role signs no more, also not in another: what it
    /// signed must stay good, so its role cannot be taken away. The officer hands in a new key.
    pub async fn revoke_role(&self, by: Admin, officer: OfficerId, role: Role) -> Result<OfficerRecord> {
        let mut tx = self.core.store.begin().await?;
        let mut record = self.lock_other(&mut tx, by, officer).await?;
        if record.roles.remove(&role) {
            let changed = self.take(&mut tx, by, officer, role, self.core.clock.now()).await?;
            self.publish_if(&mut tx, changed).await?;
        }
        tx.commit().await?;
        Ok(record)
    }

    /// Shuts another officer of the scope out at once: sessions end, and keys are revoked.
    pub async fn disable_officer(&self, by: Admin, officer: OfficerId) -> Result<OfficerRecord> {
        let mut tx = self.core.store.begin().await?;
        let mut record = self.lock_other(&mut tx, by, officer).await?;
        if record.disabled_at.is_none() {
            let now = self.core.clock.now();
            record.disabled_at = Some(now);
            tx.set_officer_disabled(officer, record.disabled_at).await?;
            let sessions = tx.revoke_sessions(officer, None, now).await?;
            let keys = tx.revoke_officer_keys(officer, whole_seconds(now), "the officer's account was closed").await?;
            let detail = json!({ "sessions": sessions, "keys": keys });
            self.core.record(&mut tx, by.act("officer.disable", officer).with(detail)).await?;
            self.publish_if(&mut tx, keys).await?;
        }
        tx.commit().await?;
        Ok(record)
    }

    /// Lets another officer of the scope in again. Keys that were revoked stay so.
    pub async fn enable_officer(&self, by: Admin, officer: OfficerId) -> Result<OfficerRecord> {
        let mut tx = self.core.store.begin().await?;
        let mut record = self.lock_other(&mut tx, by, officer).await?;
        if record.disabled_at.take().is_some() {
            tx.set_officer_disabled(officer, None).await?;
            self.core.record(&mut tx, by.act("officer.enable", officer)).await?;
        }
        tx.commit().await?;
        Ok(record)
    }

    /// Gives another officer of the scope a new password for one sign-in. Sessions end.
    pub async fn reset_password(&self, by: Admin, officer: OfficerId) -> Result<Secret> {
        let (secret, phc, until) = self.one_time_password().await?;
        let mut tx = self.core.store.begin().await?;
        self.lock_other(&mut tx, by, officer).await?;
        tx.set_password(officer, PasswordHash { phc: &phc, one_time_until: Some(until) }).await?;
        tx.revoke_sessions(officer, None, self.core.clock.now()).await?;
        let act = by.act("officer.password", officer).with(json!({ "by": "admin" }));
        self.core.record(&mut tx, act).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// An officer of the scope.
    pub async fn officer(&self, by: Admin, officer: OfficerId) -> Result<OfficerRecord> {
        let record = self.core.store.officer(by.scope(), officer).await?;
        record.ok_or(ServiceError::NotFound("officer"))
    }

    /// The officers of the scope, in the order of their making.
    pub async fn list_officers(&self, by: Admin, page: Page<OfficerId>) -> Result<Listed<OfficerRecord, OfficerId>> {
        let officers = self.core.store.list_officers(by.scope(), page.after(), page.fetch()).await?;
        Ok(page.cut(officers, |officer| officer.id))
    }

    /// All departments, in the order of their making: anybody may know them.
    pub async fn list_departments(&self, page: Page<DepartmentId>) -> Result<Listed<DepartmentRecord, DepartmentId>> {
        let departments = self.core.store.list_departments(page.after(), page.fetch()).await?;
        Ok(page.cut(departments, |department| department.id))
    }

    /// A department: anybody may know it.
    pub async fn department(&self, id: DepartmentId) -> Result<DepartmentRecord> {
        self.core.store.department(id).await?.ok_or(ServiceError::NotFound("department"))
    }

    async fn lock_other(&self, tx: &mut Tx, by: Admin, officer: OfficerId) -> Result<OfficerRecord> {
        if officer == by.officer() {
            return Err(ServiceError::Conflict("another admin must do that to your own account".to_owned()));
        }
        tx.lock_officer(by.scope(), officer).await?.ok_or(ServiceError::NotFound("officer"))
    }

    async fn publish_if(&self, tx: &mut Tx, changed: u64) -> Result<()> {
        if changed > 0 {
            self.directory.publish_edition(tx).await?;
        }
        Ok(())
    }
}

fn check_role(scope: Option<DepartmentId>, role: Role) -> Result<()> {
    if role.is_of_department() == scope.is_some() {
        return Ok(());
    }
    let reason = if scope.is_some() { "is not a role of a department" } else { "is a role of a department" };
    Err(ServiceError::invalid("/role", format!("{} {reason}", role.as_str())))
}
