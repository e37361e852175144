//! The audit trail's rows, appended by the transaction whose act they record.

use munadi_domain::id::{DepartmentId, EventId};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{Result, Tx};

/// One official act. `leaf` holds the exact bytes of the log's entry, from which the other members are copies.
#[derive(Debug, Clone)]
pub struct AuditRow<'a> {
    /// The event.
    pub id: EventId,
    /// When.
    pub at: OffsetDateTime,
    /// Who: a pseudonymous id, or the name of a part of Munadi.
    pub actor: &'a str,
    /// In which role.
    pub actor_role: &'a str,
    /// For which department.
    pub department: Option<DepartmentId>,
    /// What, such as `notice.publish`.
    pub action: &'a str,
    /// To which resource.
    pub resource: &'a str,
    /// `success`, `refused` or `failed`.
    pub outcome: &'a str,
    /// SHA-256 of salt and canonical detail.
    pub detail_digest: [u8; 32],
    /// The log's entry.
    pub leaf: &'a [u8],
    /// 32 random bytes.
    pub salt: [u8; 32],
    /// What can be erased without breaking the log.
    pub detail: &'a Value,
}

impl Tx {
    /// Appends an event and its detail.
    pub async fn append_audit(&mut self, row: AuditRow<'_>) -> Result<()> {
        let id = row.id.to_string();
        sqlx::query!(
            "insert into audit_event (id, at, actor, actor_role, department_id, action, resource, outcome, detail_digest, leaf)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            id,
            row.at,
            row.actor,
            row.actor_role,
            row.department.map(|department| department.to_string()),
            row.action,
            row.resource,
            row.outcome,
            &row.detail_digest,
            row.leaf,
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into audit_detail (event_id, salt, detail) values ($1, $2, $3)",
            id,
            &row.salt,
            row.detail
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
