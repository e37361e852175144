//! Departments' own keys, which the server makes and keeps.

use munadi_domain::{
    access::{Actor, DepartmentAdmin},
    content::whole_seconds,
    id::{DepartmentId, KeyId},
};
use munadi_store::{Tx, key::KeyRecord};
use munadi_transparency::notice::Role;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{Keys, conflict, insert, jwk_of};
use crate::{Result, ServiceError, audit::Act};

/// How long a department's own key signs.
pub const DEPARTMENT_KEY_LIFE: Duration = Duration::days(1_095);
/// How long the old key signs on when the root key is offline: the new one is of use only in a signed edition of the directory.
pub const ROTATION_OVERLAP: Duration = Duration::days(7);

impl Keys {
    /// Makes a department's key.
    ///
    /// The file comes first: a crash before the commit leaves a file that no row names, which does no harm; after the commit both are
    /// there.
    pub(crate) async fn make_for(
        &self,
        tx: &mut Tx,
        department: DepartmentId,
        now: OffsetDateTime,
    ) -> Result<KeyRecord> {
        let id = KeyId::new(self.core.seed()?);
        let signers = self.signers.clone();
        let made = tokio::task::spawn_blocking(move || signers.make_department_key(id)).await;
        let signer = made.map_err(|error| ServiceError::Unavailable(format!("no key could be made: {error}")))??;
        let record = KeyRecord {
            id,
            department,
            officer: None,
            jwk: jwk_of(signer.public_key()),
            thumbprint: signer.public_key().thumbprint().to_string(),
            roles: vec![Role::Publisher.to_string()],
            not_before: now,
            expires_at: now + DEPARTMENT_KEY_LIFE,
            enrolled_at: now,
            confirmed_by: None,
            confirmed_at: Some(now),
            revoked_at: None,
            revoked_reason: None,
        };
        insert(tx, &record).await?;
        Ok(record)
    }

    /// Gives a department a new key; the old one verifies what it has signed, and signs no more.
    pub async fn rotate(&self, by: DepartmentAdmin) -> Result<KeyRecord> {
        let now = whole_seconds(self.core.clock.now());
        let mut tx = self.core.store.begin().await?;
        let old = tx.lock_department_keys(by.department, now).await?;
        if old.iter().any(|key| key.not_before >= now) {
            return Err(conflict("the key is brand new: wait a second"));
        }
        let ends = if self.signers.root().is_some() { now } else { now + ROTATION_OVERLAP };
        for key in &old {
            tx.expire_key(key.id, ends).await?;
        }
        let record = self.make_for(&mut tx, by.department, now).await?;
        let act = Act::by(by.officer, "department_admin", "key.rotate", record.id).for_department(by.department);
        let old: Vec<KeyId> = old.iter().map(|key| key.id).collect();
        self.core.record(&mut tx, act.with(json!({ "old": old, "thumbprint": record.thumbprint }))).await?;
        self.directory.publish_edition(&mut tx).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// A department whose last key was revoked gets another in the same transaction, so that it can warn people again.
    pub(super) async fn replace_revoked(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        department: DepartmentId,
        now: OffsetDateTime,
    ) -> Result<()> {
        if tx.lock_department_keys(department, now).await?.is_empty() {
            let record = self.make_for(tx, department, now).await?;
            let act = Act::of(actor, "department_admin", "key.create", record.id);
            self.core.record(tx, act.with(json!({ "thumbprint": record.thumbprint }))).await?;
        }
        Ok(())
    }

    /// The departments' own keys as a JWK Set (RFC 7517 §5), for tools that do not read the key directory.
    pub async fn jwks(&self) -> Result<Value> {
        let keys = self.core.store.department_keys().await?;
        let keys: Vec<Value> = keys.into_iter().map(jwk_for_tools).collect();
        Ok(json!({ "keys": keys }))
    }
}

fn jwk_for_tools(key: KeyRecord) -> Value {
    let mut jwk = key.jwk;
    for (name, value) in [("kid", key.id.to_string()), ("use", "sig".to_owned()), ("alg", "ES256".to_owned())] {
        jwk[name] = value.into();
    }
    jwk
}
