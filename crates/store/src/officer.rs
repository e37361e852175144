//! Officers: who they are, what they are trusted with, and how they sign in. A scope is a department, or `None` for those who look
//! after the whole installation: who asks in one scope never sees an officer of another.

use std::collections::BTreeSet;

use munadi_domain::{
    access::Role,
    id::{DepartmentId, OfficerId, RoleGrantId},
};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx, read};

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerRecord {
    /// The officer.
    pub id: OfficerId,
    /// The department, or none for those who look after the whole installation.
    pub department: Option<DepartmentId>,
    /// The name to sign in with.
    pub sign_in: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// What the officer is trusted with.
    pub roles: BTreeSet<Role>,
    /// Roles that wait for a second admin, in the order of their asking.
    pub pending: Vec<PendingRole>,
    /// Since when the officer can no longer sign in.
    pub disabled_at: Option<OffsetDateTime>,
    /// Since when the officer is there.
    pub created_at: OffsetDateTime,
}

/// A role that one admin has asked for, and that another has to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct PendingRole {
    /// By what it is confirmed or declined.
    pub grant: RoleGrantId,
    /// The role.
    pub role: Role,
    /// Who asks.
    pub asked_by: OfficerId,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
}

/// A password as it is kept.
#[derive(Clone)]
pub struct PasswordHash<'a> {
    /// A PHC string.
    pub phc: &'a str,
    /// Until when it can be used once, to choose another; none for a password that its officer chose.
    pub one_time_until: Option<OffsetDateTime>,
}

/// What a sign-in by password is checked with.
#[derive(Clone)]
pub struct Credentials {
    /// The officer.
    pub officer: OfficerId,
    /// The department.
    pub department: Option<DepartmentId>,
    /// A PHC string; none if the officer has no password.
    pub password_hash: Option<String>,
    /// Until when the password can be used once.
    pub one_time_until: Option<OffsetDateTime>,
    /// Whether the officer can no longer sign in.
    pub is_disabled: bool,
}

struct Row {
    id: String,
    department_id: Option<String>,
    sign_in: String,
    display_name: String,
    roles: Vec<String>,
    pending: Value,
    disabled_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
}

impl Row {
    fn read(self) -> Result<OfficerRecord> {
        Ok(OfficerRecord {
            id: read::parse("officer", &self.id)?,
            department: read::parse_option("department", self.department_id.as_deref())?,
            sign_in: self.sign_in,
            display_name: self.display_name,
            roles: read::parse_set("role", &self.roles)?,
            pending: serde_json::from_value(self.pending).map_err(|error| StoreError::corrupt(&self.id, error))?,
            disabled_at: self.disabled_at,
            created_at: self.created_at,
        })
    }
}

impl Tx {
    /// Adds an officer, without roles: [`Tx::grant_role`] gives them.
    pub async fn insert_officer(&mut self, officer: &OfficerRecord, password: PasswordHash<'_>) -> Result<()> {
        sqlx::query!(
            "insert into officer (id, department_id, sign_in, display_name, password_hash, password_expires_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            officer.id.to_string(),
            officer.department.map(|id| id.to_string()),
            officer.sign_in,
            officer.display_name,
            password.phc,
            password.one_time_until,
            officer.created_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The officer of that scope, who cannot be changed by others until the transaction ends.
    pub async fn lock_officer(&mut self, scope: Option<DepartmentId>, id: OfficerId) -> Result<Option<OfficerRecord>> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, department_id, sign_in, display_name, disabled_at, created_at,
                array(select role from officer_role where officer_id = officer.id order by role) as "roles!",
                (select coalesce(jsonb_agg(jsonb_build_object('grant', id, 'role', role, 'asked_by', asked_by, 'asked_at', asked_at)
                    order by id), '[]') from role_grant where officer_id = officer.id and outcome is null) as "pending!"
             from officer where id = $1 and department_id is not distinct from $2 for update"#,
            id.to_string(),
            scope.map(|id| id.to_string()),
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// Whether there is an officer with that role anywhere. Nobody can become one meanwhile.
    pub async fn lock_role_holders(&mut self, role: Role) -> Result<bool> {
        sqlx::query!("lock table officer_role in share row exclusive mode").execute(&mut *self.inner).await?;
        let query = sqlx::query_scalar!("select exists (select from officer_role where role = $1)", role.as_str());
        Ok(query.fetch_one(&mut *self.inner).await? == Some(true))
    }

    /// Whether anyone but that officer has the role in that scope and can sign in. Nobody can become one meanwhile.
    pub async fn lock_other_holders(
        &mut self,
        role: Role,
        scope: Option<DepartmentId>,
        except: OfficerId,
    ) -> Result<bool> {
        sqlx::query!("lock table officer_role in share row exclusive mode").execute(&mut *self.inner).await?;
        let query = sqlx::query_scalar!(
            r#"select exists (
                select from officer_role r join officer o on o.id = r.officer_id
                where r.role = $1 and o.department_id is not distinct from $2 and o.id <> $3 and o.disabled_at is null
             ) as "any!""#,
            role.as_str(),
            scope.map(|id| id.to_string()),
            except.to_string(),
        );
        Ok(query.fetch_one(&mut *self.inner).await?)
    }

    /// Gives a role, for a grant that was confirmed; without one the database takes an admin's role only. Whether the officer did not
    /// have it yet.
    pub async fn grant_role(
        &mut self,
        officer: OfficerId,
        role: Role,
        grant: Option<RoleGrantId>,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "insert into officer_role (officer_id, role, grant_id, granted_by, granted_at) values ($1, $2, $3, $4, $5)
             on conflict (officer_id, role) do nothing",
            officer.to_string(),
            role.as_str(),
            grant.map(|id| id.to_string()),
            by,
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a role away; whether the officer had it.
    pub async fn revoke_role(&mut self, officer: OfficerId, role: Role) -> Result<bool> {
        let done = sqlx::query!(
            "delete from officer_role where officer_id = $1 and role = $2",
            officer.to_string(),
            role.as_str()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends or renews an officer's right to sign in.
    pub async fn set_officer_disabled(&mut self, officer: OfficerId, at: Option<OffsetDateTime>) -> Result<()> {
        sqlx::query!("update officer set disabled_at = $2 where id = $1", officer.to_string(), at)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Gives the officer another password.
    pub async fn set_password(&mut self, officer: OfficerId, password: PasswordHash<'_>) -> Result<()> {
        sqlx::query!(
            "update officer set password_hash = $2, password_expires_at = $3 where id = $1",
            officer.to_string(),
            password.phc,
            password.one_time_until,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// What a sign-in of this officer is checked with; nobody can change it until the transaction ends.
    pub async fn lock_credentials(&mut self, officer: OfficerId) -> Result<Option<Credentials>> {
        let row = sqlx::query_as!(
            CredentialsRow,
            "select id, department_id, password_hash, password_expires_at, disabled_at from officer where id = $1 for update",
            officer.to_string(),
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(CredentialsRow::read).transpose()
    }
}

impl Store {
    /// The officer of that scope.
    pub async fn officer(&self, scope: Option<DepartmentId>, id: OfficerId) -> Result<Option<OfficerRecord>> {
        let row = sqlx::query_as!(
            Row,
            r#"select id, department_id, sign_in, display_name, disabled_at, created_at,
                array(select role from officer_role where officer_id = officer.id order by role) as "roles!",
                (select coalesce(jsonb_agg(jsonb_build_object('grant', id, 'role', role, 'asked_by', asked_by, 'asked_at', asked_at)
                    order by id), '[]') from role_grant where officer_id = officer.id and outcome is null) as "pending!"
             from officer where id = $1 and department_id is not distinct from $2"#,
            id.to_string(),
            scope.map(|id| id.to_string()),
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(Row::read).transpose()
    }

    /// At most so many officers of that scope after that one, in the order of their making.
    pub async fn list_officers(
        &self,
        scope: Option<DepartmentId>,
        after: Option<OfficerId>,
        limit: i64,
    ) -> Result<Vec<OfficerRecord>> {
        let rows = sqlx::query_as!(
            Row,
            r#"select id, department_id, sign_in, display_name, disabled_at, created_at,
                array(select role from officer_role where officer_id = officer.id order by role) as "roles!",
                (select coalesce(jsonb_agg(jsonb_build_object('grant', id, 'role', role, 'asked_by', asked_by, 'asked_at', asked_at)
                    order by id), '[]') from role_grant where officer_id = officer.id and outcome is null) as "pending!"
             from officer
             where department_id is not distinct from $1 and ($2::text is null or id > $2) order by id limit $3"#,
            scope.map(|id| id.to_string()),
            after.map(|id| id.to_string()),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// What a sign-in under this name is checked with.
    pub async fn credentials(&self, sign_in: &str) -> Result<Option<Credentials>> {
        let row = sqlx::query_as!(
            CredentialsRow,
            "select id, department_id, password_hash, password_expires_at, disabled_at from officer where sign_in = $1",
            sign_in,
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(CredentialsRow::read).transpose()
    }
}

struct CredentialsRow {
    id: String,
    department_id: Option<String>,
    password_hash: Option<String>,
    password_expires_at: Option<OffsetDateTime>,
    disabled_at: Option<OffsetDateTime>,
}

impl CredentialsRow {
    fn read(self) -> Result<Credentials> {
        Ok(Credentials {
            officer: read::parse("officer", &self.id)?,
            department: read::parse_option("department", self.department_id.as_deref())?,
            password_hash: self.password_hash,
            one_time_until: self.password_expires_at,
            is_disabled: self.disabled_at.is_some(),
        })
    }
}
