//! Public keys that sign notices: officers' and departments'. The editions of the signed directory are in [`edition`].

mod edition;

pub use edition::EditionRecord;

use munadi_domain::id::{DepartmentId, KeyId, OfficerId};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{Result, Store, Tx, read};

/// A key that signs, or may sign one day, or might once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key's name.
    pub id: KeyId,
    /// The department for which it signs.
    pub department: DepartmentId,
    /// Whose key it is; none if it is the department's own.
    pub officer: Option<OfficerId>,
    /// The public key, a JWK.
    pub jwk: Value,
    /// Its thumbprint (RFC 7638).
    pub thumbprint: String,
    /// In which roles it signs: `author`, `approver`, `publisher`.
    pub roles: Vec<String>,
    /// From when it signs.
    pub not_before: OffsetDateTime,
    /// Until when it signs, exclusive.
    pub expires_at: OffsetDateTime,
    /// When it was handed in.
    pub enrolled_at: OffsetDateTime,
    /// Who said that it is the officer's; nobody for a department's own key.
    pub confirmed_by: Option<OfficerId>,
    /// When it was confirmed; until then it signs nothing and is in no directory.
    pub confirmed_at: Option<OffsetDateTime>,
    /// From when it is no longer trusted.
    pub revoked_at: Option<OffsetDateTime>,
    /// Why.
    pub revoked_reason: Option<String>,
}

struct Row {
    kid: String,
    department_id: String,
    officer_id: Option<String>,
    jwk: Value,
    thumbprint: String,
    roles: Vec<String>,
    not_before: OffsetDateTime,
    expires_at: OffsetDateTime,
    enrolled_at: OffsetDateTime,
    confirmed_by: Option<String>,
    confirmed_at: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
    revoked_reason: Option<String>,
}

impl Row {
    fn read(self) -> Result<KeyRecord> {
        Ok(KeyRecord {
            id: read::parse("key", &self.kid)?,
            department: read::parse("department", &self.department_id)?,
            officer: read::parse_option("officer", self.officer_id.as_deref())?,
            jwk: self.jwk,
            thumbprint: self.thumbprint,
            roles: self.roles,
            not_before: self.not_before,
            expires_at: self.expires_at,
            enrolled_at: self.enrolled_at,
            confirmed_by: read::parse_option("officer", self.confirmed_by.as_deref())?,
            confirmed_at: self.confirmed_at,
            revoked_at: self.revoked_at,
            revoked_reason: self.revoked_reason,
        })
    }
}

/// Reads the columns of a key, whatever selects them.
macro_rules! select_keys {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select kid, department_id, officer_id, jwk, thumbprint, roles, not_before, expires_at, enrolled_at,
                confirmed_by, confirmed_at, revoked_at, revoked_reason
             from signing_key " + $rest,
            $($argument),*
        )
    };
}

impl Tx {
    /// Adds a key. A key that is there already, under whatever name, is refused.
    pub async fn insert_key(&mut self, key: &KeyRecord) -> Result<()> {
        let subject = key.officer.map_or_else(|| key.department.to_string(), |officer| officer.to_string());
        sqlx::query!(
            "insert into signing_key (kid, kind, subject, department_id, officer_id, jwk, thumbprint, roles, not_before,
                expires_at, enrolled_at, confirmed_by, confirmed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            key.id.to_string(),
            if key.officer.is_some() { "officer" } else { "department" },
            subject,
            key.department.to_string(),
            key.officer.map(|id| id.to_string()),
            key.jwk,
            key.thumbprint,
            &key.roles,
            key.not_before,
            key.expires_at,
            key.enrolled_at,
            key.confirmed_by.map(|id| id.to_string()),
            key.confirmed_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// A department's key, which nobody else can change until the transaction ends.
    pub async fn lock_key(&mut self, department: DepartmentId, id: KeyId) -> Result<Option<KeyRecord>> {
        let row =
            select_keys!("where kid = $1 and department_id = $2 for update", id.to_string(), department.to_string(),)
                .fetch_optional(&mut *self.inner)
                .await?;
        row.map(Row::read).transpose()
    }

    /// The department's own keys that sign at that time, which nobody else can change until the transaction ends.
    pub async fn lock_department_keys(
        &mut self,
        department: DepartmentId,
        now: OffsetDateTime,
    ) -> Result<Vec<KeyRecord>> {
        let rows = select_keys!(
            "where department_id = $1 and kind = 'department' and revoked_at is null and expires_at > $2
             order by kid for update",
            department.to_string(),
            now,
        )
        .fetch_all(&mut *self.inner)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// The keys that the directory lists: every key that was ever confirmed.
    pub async fn directory_keys(&mut self) -> Result<Vec<KeyRecord>> {
        let rows = select_keys!("where confirmed_at is not null order by kid").fetch_all(&mut *self.inner).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Confirms an officer's key: it signs in these roles from now on.
    pub async fn confirm_key(&mut self, id: KeyId, by: OfficerId, at: OffsetDateTime, roles: &[String]) -> Result<()> {
        sqlx::query!(
            "update signing_key set confirmed_by = $2, confirmed_at = $3, not_before = greatest(not_before, $3), roles = $4
             where kid = $1",
            id.to_string(),
            by.to_string(),
            at,
            roles,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Ends the trust in a key from that time on, which may lie in the past. What was revoked stays revoked, at the earlier time.
    pub async fn revoke_key(&mut self, id: KeyId, at: OffsetDateTime, reason: &str) -> Result<()> {
        sqlx::query!(
            "update signing_key set revoked_at = least(revoked_at, $2), revoked_reason = coalesce(revoked_reason, $3) where kid = $1",
            id.to_string(),
            at,
            reason,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Lets a key sign no longer from that time on; what it signed before stays good.
    pub async fn expire_key(&mut self, id: KeyId, at: OffsetDateTime) -> Result<()> {
        sqlx::query!(
            "update signing_key set expires_at = greatest(least(expires_at, $2), not_before + interval '1 second') where kid = $1",
            id.to_string(),
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Ends the trust in all keys of an officer; how many that were.
    pub async fn revoke_officer_keys(&mut self, officer: OfficerId, at: OffsetDateTime, reason: &str) -> Result<u64> {
        let done = sqlx::query!(
            "update signing_key set revoked_at = $2, revoked_reason = $3 where officer_id = $1 and revoked_at is null",
            officer.to_string(),
            at,
            reason,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected())
    }

    /// Lets the officer's keys sign in one more role; how many keys that changed.
    pub async fn add_key_role(&mut self, officer: OfficerId, role: &str, now: OffsetDateTime) -> Result<u64> {
        let done = sqlx::query!(
            "update signing_key set roles = array_append(roles, $2)
             where officer_id = $1 and confirmed_at is not null and revoked_at is null and expires_at > $3
                and not $2 = any (roles)",
            officer.to_string(),
            role,
            now,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected())
    }

    /// Lets the officer's keys that sign in that role sign no longer, in whatever role; how many keys that changed.
    pub async fn expire_keys_with_role(&mut self, officer: OfficerId, role: &str, now: OffsetDateTime) -> Result<u64> {
        let done = sqlx::query!(
            "update signing_key set expires_at = greatest($3, not_before + interval '1 second')
             where officer_id = $1 and $2 = any (roles) and revoked_at is null and expires_at > $3",
            officer.to_string(),
            role,
            now,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected())
    }
}

impl Store {
    /// A department's key.
    pub async fn key(&self, department: DepartmentId, id: KeyId) -> Result<Option<KeyRecord>> {
        let row = select_keys!("where kid = $1 and department_id = $2", id.to_string(), department.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.map(Row::read).transpose()
    }

    /// At most so many of the department's keys after that one, in the order of their making; only those of one officer if one is
    /// named.
    pub async fn list_keys(
        &self,
        department: DepartmentId,
        officer: Option<OfficerId>,
        after: Option<KeyId>,
        limit: i64,
    ) -> Result<Vec<KeyRecord>> {
        let rows = select_keys!(
            "where department_id = $1 and ($2::text is null or officer_id = $2) and ($3::text is null or kid > $3)
             order by kid limit $4",
            department.to_string(),
            officer.map(|id| id.to_string()),
            after.map(|id| id.to_string()),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// The departments' own keys that are trusted, also those that sign no longer.
    pub async fn department_keys(&self) -> Result<Vec<KeyRecord>> {
        let rows = select_keys!("where kind = 'department' and revoked_at is null order by kid")
            .fetch_all(self.pool())
            .await?;
        rows.into_iter().map(Row::read).collect()
    }
}
