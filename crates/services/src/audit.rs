//! The audit entry of an act, written by the act's own transaction.

use aws_lc_rs::digest::{SHA256, digest};
use munadi_domain::{
    access::Actor,
    id::{DepartmentId, EventId},
};
use munadi_store::{AuditRow, Tx};
use munadi_transparency::canonical::CanonicalJson;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::{Core, Result, ServiceError, entropy};

/// Who did what to which resource, and how it ended. Nothing in it may name a citizen; what may have to be erased goes into `detail`.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    /// A pseudonymous id, or the name of a part of Munadi.
    pub actor: String,
    /// In which role: a role's word, or `system`.
    pub actor_role: &'a str,
    /// For which department.
    pub department: Option<DepartmentId>,
    /// What, such as `notice.publish`.
    pub action: &'a str,
    /// To which resource: an id.
    pub resource: String,
    /// SHA-256 of what was public of the resource when this was done, such as a notice's signed payload: what the entry's place in the log
    /// then proves.
    pub resource_digest: Option<[u8; 32]>,
    /// How it ended.
    pub outcome: Outcome,
    /// What can be erased without breaking the log. Integers and texts only (RFC 8785 as far as it is used here).
    pub detail: Value,
}

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Success,
    /// Not allowed.
    Refused,
    /// Tried in vain.
    Failed,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

impl<'a> Act<'a> {
    /// A successful act of an actor, without detail.
    pub fn of(actor: &Actor, actor_role: &'a str, action: &'a str, resource: impl ToString) -> Self {
        Self { department: actor.department(), ..Self::by(actor.pseudonym(), actor_role, action, resource) }
    }

    /// A successful act of a part of Munadi, without detail.
    pub fn of_system(part: &str, action: &'a str, resource: impl ToString) -> Self {
        Self::by(part, "system", action, resource)
    }

    /// A successful act of someone known by a pseudonymous id.
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts alike, without a borrow at every call")]
    pub fn by(actor: impl ToString, actor_role: &'a str, action: &'a str, resource: impl ToString) -> Self {
        Self {
            actor: actor.to_string(),
            actor_role,
            department: None,
            action,
            resource: resource.to_string(),
            resource_digest: None,
            outcome: Outcome::Success,
            detail: json!({}),
        }
    }

    /// For a department.
    #[must_use]
    pub fn for_department(mut self, department: DepartmentId) -> Self {
        self.department = Some(department);
        self
    }

    /// To exactly these bytes.
    #[must_use]
    pub fn to_digest(mut self, digest: [u8; 32]) -> Self {
        self.resource_digest = Some(digest);
        self
    }

    /// With a detail.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// With another outcome.
    #[must_use]
    pub fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

impl Core {
    /// Appends the act to the audit trail, in the transaction that does it.
    pub async fn record(&self, tx: &mut Tx, act: Act<'_>) -> Result<EventId> {
        let id = EventId::new(self.seed()?);
        let at = munadi_domain::content::whole_seconds(self.clock.now());
        let salt: [u8; 32] = entropy::bytes()?;
        let detail =
            CanonicalJson::from_value(&act.detail).map_err(|error| ServiceError::Conflict(error.to_string()))?;
        let salted = [salt.as_slice(), detail.as_bytes()].concat();
        let mut detail_digest = [0; 32];
        detail_digest.copy_from_slice(digest(&SHA256, &salted).as_ref());
        let leaf = leaf(&act, id, &at.format(&Rfc3339).unwrap_or_default(), &detail_digest)?;
        let row = AuditRow {
            id,
            at,
            actor: &act.actor,
            actor_role: act.actor_role,
            department: act.department,
            action: act.action,
            resource: &act.resource,
            outcome: act.outcome.as_str(),
            detail_digest,
            leaf: leaf.as_bytes(),
            salt,
            detail: &act.detail,
        };
        tx.append_audit(row).await?;
        Ok(id)
    }
}

fn leaf(act: &Act<'_>, id: EventId, at: &str, detail_digest: &[u8]) -> Result<CanonicalJson> {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let mut leaf = json!({
        "id": id,
        "at": at,
        "actor": act.actor,
        "actor_role": act.actor_role,
        "department": act.department,
        "action": act.action,
        "resource": act.resource,
        "outcome": act.outcome.as_str(),
        "detail_digest": BASE64_URL_SAFE_NO_PAD.encode(detail_digest),
    });
    if let Some(digest) = &act.resource_digest {
        leaf["resource_digest"] = BASE64_URL_SAFE_NO_PAD.encode(digest).into();
    }
    CanonicalJson::from_value(&leaf).map_err(|error| ServiceError::Conflict(error.to_string()))
}
