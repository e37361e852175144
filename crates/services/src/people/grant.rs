//! Roles are given by two: one admin asks, another one confirms or declines.

use munadi_domain::{access::Role, content::whole_seconds, id::RoleGrantId};
use munadi_store::{
    Tx,
    officer::{OfficerRecord, PendingRole},
    role_grant::{Decision, NewRoleGrant, RoleGrantRecord},
};
use serde_json::json;

use super::{Admin, People};
use crate::{
    Result, ServiceError,
    audit::Act,
    keys::signs_as,
    page::{Listed, Page},
};

const GONE: ServiceError = ServiceError::NotFound("role that waits under this id");

impl People {
    /// The roles that wait for a second admin: those of the department; for a platform admin all, wherever they are.
    pub async fn list_role_grants(
        &self,
        by: Admin,
        page: Page<RoleGrantId>,
    ) -> Result<Listed<RoleGrantRecord, RoleGrantId>> {
        let grants = self.core.store.list_role_grants(by.scope(), page.after(), page.fetch()).await?;
        Ok(page.cut(grants, |grant| grant.id))
    }

    /// Gives a role that another admin has asked for, for somebody else than who confirms. The officer's keys sign in one more role,
    /// if the role is one of signing.
    pub async fn confirm_role_grant(&self, by: Admin, grant: RoleGrantId) -> Result<OfficerRecord> {
        let found = self.grant_of_another(by, grant).await?;
        if found.asked_by == by.officer() {
            return Err(ServiceError::Conflict("another admin than the one who asked must confirm a role".to_owned()));
        }
        if !found.is_backed {
            let why = "whoever asked for this role is no longer an admin: decline it, and ask again";
            return Err(ServiceError::Conflict(why.to_owned()));
        }
        let mut tx = self.core.store.begin().await?;
        let mut record = self.decide(&mut tx, by, &found, true).await?;
        let detail = json!({ "role": found.role.as_str(), "grant": grant, "asked_by": found.asked_by });
        let changed = self.give(&mut tx, by, &mut record, found.role, Some(grant), detail).await?;
        if changed > 0 {
            self.directory.publish_edition(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(record)
    }

    /// Declines a role that waits. Whoever asked for it may do so too.
    pub async fn decline_role_grant(&self, by: Admin, grant: RoleGrantId) -> Result<OfficerRecord> {
        let found = self.grant_of_another(by, grant).await?;
        let mut tx = self.core.store.begin().await?;
        let record = self.decide(&mut tx, by, &found, false).await?;
        let detail = json!({ "role": found.role.as_str(), "grant": grant, "asked_by": found.asked_by });
        self.core.record(&mut tx, act(by, "officer.grant_decline", &record).with(detail)).await?;
        tx.commit().await?;
        Ok(record)
    }

    async fn grant_of_another(&self, by: Admin, grant: RoleGrantId) -> Result<RoleGrantRecord> {
        let found = self.core.store.role_grant(by.scope(), grant).await?.ok_or(GONE)?;
        if found.officer == by.officer() {
            return Err(ServiceError::Conflict("another admin must do that to your own account".to_owned()));
        }
        Ok(found)
    }

    /// Decides, as the only one: nobody else can until the transaction ends, and then it no longer waits.
    async fn decide(
        &self,
        tx: &mut Tx,
        by: Admin,
        grant: &RoleGrantRecord,
        is_confirmed: bool,
    ) -> Result<OfficerRecord> {
        let mut record = tx.lock_officer(grant.department, grant.officer).await?.ok_or(GONE)?;
        let decision = Decision { is_confirmed, by: by.officer(), at: self.core.clock.now() };
        if !tx.decide_role_grant(grant.id, decision).await? {
            return Err(GONE);
        }
        record.pending.retain(|pending| pending.grant != grant.id);
        Ok(record)
    }

    /// Asks for a role that the officer has not and that does not wait yet. An admin is made at once where there is no other.
    pub(super) async fn ask(&self, tx: &mut Tx, by: Admin, record: &mut OfficerRecord, role: Role) -> Result<()> {
        if record.roles.contains(&role) || record.pending.iter().any(|pending| pending.role == role) {
            return Ok(());
        }
        if self.is_first(tx, by, record, role).await? {
            // No key signs as an admin.
            self.give(tx, by, record, role, None, json!({ "role": role.as_str() })).await?;
            return Ok(());
        }
        let (grant, now) = (RoleGrantId::new(self.core.seed()?), self.core.clock.now());
        let new = NewRoleGrant { id: grant, officer: record.id, role, asked_by: by.officer(), asked_at: now };
        tx.insert_role_grant(new).await?;
        record.pending.push(PendingRole { grant, role, asked_by: by.officer(), asked_at: now });
        let detail = json!({ "role": role.as_str(), "grant": grant });
        self.core.record(tx, act(by, "officer.grant_ask", record).with(detail)).await?;
        Ok(())
    }

    /// Whether this makes an admin where nobody is who could confirm it: the second one of the installation, or the first of a
    /// department, given by a platform admin.
    async fn is_first(&self, tx: &mut Tx, by: Admin, record: &OfficerRecord, role: Role) -> Result<bool> {
        match (by, role) {
            (Admin::Platform(_), Role::PlatformAdmin | Role::DepartmentAdmin) => {
                Ok(!tx.lock_other_holders(role, record.department, by.officer()).await?)
            }
            _ => Ok(false),
        }
    }

    /// Gives a role that the officer has not; how many keys changed.
    async fn give(
        &self,
        tx: &mut Tx,
        by: Admin,
        record: &mut OfficerRecord,
        role: Role,
        grant: Option<RoleGrantId>,
        detail: serde_json::Value,
    ) -> Result<u64> {
        let now = self.core.clock.now();
        tx.grant_role(record.id, role, grant, &by.officer().to_string(), now).await?;
        record.roles.insert(role);
        self.core.record(tx, act(by, "officer.grant", record).with(detail)).await?;
        match signs_as(role) {
            Some(role) => Ok(tx.add_key_role(record.id, role.as_str(), whole_seconds(now)).await?),
            None => Ok(0),
        }
    }
}

/// What an admin does to an officer, who may be of a department that the admin is not in.
fn act(by: Admin, action: &'static str, officer: &OfficerRecord) -> Act<'static> {
    Act { department: officer.department, ..by.act(action, officer.id) }
}
