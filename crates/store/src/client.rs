//! Departments' own computer systems.

use std::collections::BTreeSet;

use munadi_domain::{
    access::{ClientKind, Role},
    id::{ClientId, DepartmentId},
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx, read};

/// A department's system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRecord {
    /// The system.
    pub id: ClientId,
    /// Its department.
    pub department: DepartmentId,
    /// What colleagues call it.
    pub name: String,
    /// Whether what it sends can reach a citizen.
    pub kind: ClientKind,
    /// What it is trusted with.
    pub roles: BTreeSet<Role>,
    /// Its public key, a JWK.
    pub jwk: Value,
    /// Who registered it.
    pub created_by: String,
    /// When that was.
    pub created_at: OffsetDateTime,
    /// Since when it is no longer let in.
    pub revoked_at: Option<OffsetDateTime>,
}

struct Row {
    id: String,
    department_id: String,
    name: String,
    kind: String,
    roles: Vec<String>,
    jwk: Value,
    created_by: String,
    created_at: OffsetDateTime,
    revoked_at: Option<OffsetDateTime>,
}

impl Row {
    fn read(self) -> Result<ClientRecord> {
        Ok(ClientRecord {
            id: read::parse("client", &self.id)?,
            department: read::parse("department", &self.department_id)?,
            name: self.name,
            kind: kind(&self.kind)?,
            roles: read::parse_set("role", &self.roles)?,
            jwk: self.jwk,
            created_by: self.created_by,
            created_at: self.created_at,
            revoked_at: self.revoked_at,
        })
    }
}

fn kind(text: &str) -> Result<ClientKind> {
    let kinds = [ClientKind::Live, ClientKind::Team, ClientKind::Test];
    let kind = kinds.into_iter().find(|kind| kind.as_str() == text);
    kind.ok_or_else(|| StoreError::corrupt("kind of a client", text))
}

impl Tx {
    /// Adds a system.
    pub async fn insert_client(&mut self, client: &ClientRecord) -> Result<()> {
        let roles: Vec<String> = client.roles.iter().map(|role| role.as_str().to_owned()).collect();
        sqlx::query!(
            "insert into client (id, department_id, name, kind, roles, jwk, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            client.id.to_string(),
            client.department.to_string(),
            client.name,
            client.kind.as_str(),
            &roles,
            client.jwk,
            client.created_by,
            client.created_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Shuts a department's system out; whether it was still let in.
    pub async fn revoke_client(&mut self, department: DepartmentId, id: ClientId, at: OffsetDateTime) -> Result<bool> {
        let done = sqlx::query!(
            "update client set revoked_at = $3 where id = $1 and department_id = $2 and revoked_at is null",
            id.to_string(),
            department.to_string(),
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Store {
    /// A system that is still let in. Whoever asks does not know yet who it is, so there is no department to ask in.
    pub async fn client_to_authenticate(&self, id: ClientId) -> Result<Option<ClientRecord>> {
        let row = sqlx::query_as!(Row, "select * from client where id = $1 and revoked_at is null", id.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.map(Row::read).transpose()
    }

    /// A department's system.
    pub async fn client(&self, department: DepartmentId, id: ClientId) -> Result<Option<ClientRecord>> {
        let row = sqlx::query_as!(
            Row,
            "select * from client where id = $1 and department_id = $2",
            id.to_string(),
            department.to_string(),
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(Row::read).transpose()
    }

    /// At most so many of the department's systems after that one, in the order of their making.
    pub async fn list_clients(
        &self,
        department: DepartmentId,
        after: Option<ClientId>,
        limit: i64,
    ) -> Result<Vec<ClientRecord>> {
        let rows = sqlx::query_as!(
            Row,
            "select * from client where department_id = $1 and ($2::text is null or id > $2) order by id limit $3",
            department.to_string(),
            after.map(|id| id.to_string()),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Remembers a token's name until it expires, if its system is still let in; whether it is the first time that it is seen.
    pub async fn use_client_token(&self, client: ClientId, jti: &str, expires_at: OffsetDateTime) -> Result<bool> {
        let done = sqlx::query!(
            "insert into client_token (client_id, jti, expires_at)
             select id, $2, $3 from client where id = $1 and revoked_at is null on conflict do nothing",
            client.to_string(),
            jti,
            expires_at,
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets tokens that expired before that time; how many that were.
    pub async fn prune_client_tokens(&self, before: OffsetDateTime) -> Result<u64> {
        let done = sqlx::query!("delete from client_token where expires_at < $1", before).execute(self.pool()).await?;
        Ok(done.rows_affected())
    }
}
