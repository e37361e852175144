//! Sign-ins and their refresh tokens. Of a token only its SHA-256 is kept.

use munadi_domain::{
    access::Officer,
    id::{DepartmentId, OfficerId, SessionId},
};
use time::OffsetDateTime;

use crate::{Result, Store, Tx, read};

/// A new sign-in.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    /// The session.
    pub id: SessionId,
    /// Whose it is.
    pub officer: OfficerId,
    /// When it begins.
    pub created_at: OffsetDateTime,
    /// When it ends, however often it is refreshed.
    pub expires_at: OffsetDateTime,
}

/// When a browser uses its secret, and what that means for one that was last used at some time.
#[derive(Debug, Clone, Copy)]
pub struct BrowserUse {
    /// Now.
    pub now: OffsetDateTime,
    /// A session that was not used after this has ended.
    pub idle_since: OffsetDateTime,
    /// A use is written down if the last one that was is no later than this.
    pub noted_before: OffsetDateTime,
}

/// A refresh token that was handed in, and what it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct RefreshToken {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub officer: OfficerId,
    /// The officer's department.
    pub department: Option<DepartmentId>,
    /// When the session ends.
    pub expires_at: OffsetDateTime,
    /// Whether the token was used before: then somebody has stolen it.
    pub was_used: bool,
    /// Whether the session has been ended, or its officer can no longer sign in.
    pub is_ended: bool,
}

impl Tx {
    /// Begins a session.
    pub async fn insert_session(&mut self, session: NewSession) -> Result<()> {
        sqlx::query!(
            "insert into session (id, officer_id, created_at, expires_at) values ($1, $2, $3, $4)",
            session.id.to_string(),
            session.officer.to_string(),
            session.created_at,
            session.expires_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Begins a session whose secret a browser keeps; of it only this digest is kept.
    pub async fn insert_browser_session(&mut self, session: NewSession, digest: &[u8; 32]) -> Result<()> {
        sqlx::query!(
            "insert into session (id, officer_id, created_at, expires_at, browser_digest, used_at)
             values ($1, $2, $3, $4, $5, $3)",
            session.id.to_string(),
            session.officer.to_string(),
            session.created_at,
            session.expires_at,
            digest,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Adds a refresh token to a session.
    pub async fn insert_refresh_token(
        &mut self,
        session: SessionId,
        digest: &[u8; 32],
        created_at: OffsetDateTime,
    ) -> Result<()> {
        sqlx::query!(
            "insert into refresh_token (digest, session_id, created_at) values ($1, $2, $3)",
            digest,
            session.to_string(),
            created_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Finds a refresh token and marks it as used. Two who use it at once are one after the other here: only one was the first.
    pub async fn use_refresh_token(&mut self, digest: &[u8; 32], at: OffsetDateTime) -> Result<Option<RefreshToken>> {
        let row = sqlx::query!(
            r#"select s.id, s.officer_id, o.department_id, s.expires_at, t.used_at is not null as "was_used!",
                (s.revoked_at is not null or o.disabled_at is not null) as "is_ended!"
             from refresh_token t join session s on s.id = t.session_id join officer o on o.id = s.officer_id
             where t.digest = $1 for update of t"#,
            digest,
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        sqlx::query!("update refresh_token set used_at = coalesce(used_at, $2) where digest = $1", digest, at)
            .execute(&mut *self.inner)
            .await?;
        Ok(Some(RefreshToken {
            session: read::parse("session", &row.id)?,
            officer: read::parse("officer", &row.officer_id)?,
            department: read::parse_option("department", row.department_id.as_deref())?,
            expires_at: row.expires_at,
            was_used: row.was_used,
            is_ended: row.is_ended,
        }))
    }

    /// Ends a session; whether it had not ended yet.
    pub async fn revoke_session(&mut self, session: SessionId, at: OffsetDateTime) -> Result<bool> {
        let done = sqlx::query!(
            "update session set revoked_at = $2 where id = $1 and revoked_at is null",
            session.to_string(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends all sessions of an officer, except perhaps the one by which the request came; how many that were.
    pub async fn revoke_sessions(
        &mut self,
        officer: OfficerId,
        except: Option<SessionId>,
        at: OffsetDateTime,
    ) -> Result<u64> {
        let done = sqlx::query!(
            "update session set revoked_at = $3
             where officer_id = $1 and revoked_at is null and expires_at > $3 and id is distinct from $2",
            officer.to_string(),
            except.map(|id| id.to_string()),
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected())
    }
}

impl Store {
    /// The officer who is signed in by this session, with the roles of this moment; none if the session has ended or is a browser's, or
    /// the officer can no longer sign in.
    pub async fn signed_in(
        &self,
        session: SessionId,
        officer: OfficerId,
        now: OffsetDateTime,
    ) -> Result<Option<Officer>> {
        let row = sqlx::query!(
            r#"select o.department_id, array(select role from officer_role where officer_id = o.id) as "roles!"
             from session s join officer o on o.id = s.officer_id
             where s.id = $1 and o.id = $2 and s.revoked_at is null and s.expires_at > $3 and o.disabled_at is null
                and s.browser_digest is null"#,
            session.to_string(),
            officer.to_string(),
            now,
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let department = read::parse_option("department", row.department_id.as_deref())?;
        let roles = read::parse_set("role", &row.roles)?;
        Ok(Some(Officer { id: officer, department, roles, session }))
    }

    /// The officer whose browser has the secret with this digest; none if the session has ended, nobody has used it for too long, or
    /// the officer can no longer sign in. That it is in use is written down now and then only.
    pub async fn signed_in_browser(&self, digest: &[u8; 32], at: BrowserUse) -> Result<Option<Officer>> {
        let row = sqlx::query!(
            r#"with used as (
                update session set used_at = $2
                where browser_digest = $1 and revoked_at is null and expires_at > $2 and used_at > $3 and used_at <= $4
             )
             select s.id as session, o.id, o.department_id,
                array(select role from officer_role where officer_id = o.id) as "roles!"
             from session s join officer o on o.id = s.officer_id
             where s.browser_digest = $1 and s.revoked_at is null and s.expires_at > $2 and s.used_at > $3
                and o.disabled_at is null"#,
            digest,
            at.now,
            at.idle_since,
            at.noted_before,
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Officer {
            id: read::parse("officer", &row.id)?,
            department: read::parse_option("department", row.department_id.as_deref())?,
            roles: read::parse_set("role", &row.roles)?,
            session: read::parse("session", &row.session)?,
        }))
    }

    /// Deletes sessions, with their refresh tokens, that ended before that time; how many that were.
    pub async fn prune_sessions(&self, before: OffsetDateTime) -> Result<u64> {
        let done = sqlx::query!("delete from session where expires_at < $1", before).execute(self.pool()).await?;
        Ok(done.rows_affected())
    }
}
