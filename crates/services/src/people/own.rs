//! What officers see of their own account, and all roles of another one at once.

use std::collections::BTreeSet;

use munadi_domain::{
    access::{Officer, Role},
    content::whole_seconds,
    id::OfficerId,
};
use munadi_store::{Tx, officer::OfficerRecord};
use serde_json::json;
use time::OffsetDateTime;

use super::{Admin, People, check_role};
use crate::{Result, ServiceError, keys::signs_as};

impl People {
    /// The account of the officer who is signed in.
    pub async fn own_account(&self, officer: &Officer) -> Result<OfficerRecord> {
        let record = self.core.store.officer(officer.department, officer.id).await?;
        record.ok_or(ServiceError::NotFound("officer"))
    }

    /// Takes from another officer of the scope every role that is not among these, and asks for those that the officer has not:
    /// [`Self::revoke_role`] and [`Self::grant_role`] as often as it takes, in one transaction. What waits already goes on waiting.
    pub async fn set_roles(&self, by: Admin, officer: OfficerId, roles: &BTreeSet<Role>) -> Result<OfficerRecord> {
        roles.iter().try_for_each(|role| check_role(by.scope(), *role))?;
        let mut tx = self.core.store.begin().await?;
        let mut record = self.lock_other(&mut tx, by, officer).await?;
        let now = self.core.clock.now();
        let mut changed = 0;
        for role in record.roles.difference(roles).copied() {
            changed += self.take(&mut tx, by, officer, role, now).await?;
        }
        record.roles.retain(|role| roles.contains(role));
        for role in roles {
            self.ask(&mut tx, by, &mut record, *role).await?;
        }
        self.publish_if(&mut tx, changed).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Takes a role that the officer has; how many keys changed.
    pub(super) async fn take(
        &self,
        tx: &mut Tx,
        by: Admin,
        officer: OfficerId,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<u64> {
        tx.revoke_role(officer, role).await?;
        let ended = match signs_as(role) {
            Some(role) => tx.expire_keys_with_role(officer, role.as_str(), whole_seconds(now)).await?,
            None => 0,
        };
        let detail = json!({ "role": role.as_str(), "keys_ended": ended });
        self.core.record(tx, by.act("officer.revoke", officer).with(detail)).await?;
        Ok(ended)
    }
}
