//! Roles that wait for a second admin.

use munadi_domain::{
    access::Role,
    id::{DepartmentId, OfficerId, RoleGrantId},
};
use time::OffsetDateTime;

use crate::{Result, Store, Tx, read};

/// A role that an admin asks for, for somebody else.
#[derive(Debug, Clone, Copy)]
pub struct NewRoleGrant {
    /// By what it is confirmed or declined.
    pub id: RoleGrantId,
    /// For whom.
    pub officer: OfficerId,
    /// The role.
    pub role: Role,
    /// Who asks.
    pub asked_by: OfficerId,
    /// When.
    pub asked_at: OffsetDateTime,
}

/// A role that waits for a second admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGrantRecord {
    /// By what it is confirmed or declined.
    pub id: RoleGrantId,
    /// For whom.
    pub officer: OfficerId,
    /// The name that colleagues see.
    pub officer_name: String,
    /// The officer's department; none for those who look after the whole installation.
    pub department: Option<DepartmentId>,
    /// The role.
    pub role: Role,
    /// Who asks.
    pub asked_by: OfficerId,
    /// The name of who asks.
    pub asked_by_name: String,
    /// Whether who asks is still an admin: else it cannot be confirmed.
    pub is_backed: bool,
    /// Since when.
    pub asked_at: OffsetDateTime,
}

/// What a second admin decides.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// Whether the officer gets the role.
    pub is_confirmed: bool,
    /// Who decides.
    pub by: OfficerId,
    /// When.
    pub at: OffsetDateTime,
}

struct Row {
    id: String,
    officer_id: String,
    officer_name: String,
    department_id: Option<String>,
    role: String,
    asked_by: String,
    asked_by_name: String,
    is_backed: bool,
    asked_at: OffsetDateTime,
}

impl Row {
    fn read(self) -> Result<RoleGrantRecord> {
        Ok(RoleGrantRecord {
            id: read::parse("role grant", &self.id)?,
            officer: read::parse("officer", &self.officer_id)?,
            officer_name: self.officer_name,
            department: read::parse_option("department", self.department_id.as_deref())?,
            role: read::parse("role", &self.role)?,
            asked_by: read::parse("officer", &self.asked_by)?,
            asked_by_name: self.asked_by_name,
            is_backed: self.is_backed,
            asked_at: self.asked_at,
        })
    }
}

impl Tx {
    /// Adds a grant that waits. An officer has one at most for each role.
    pub async fn insert_role_grant(&mut self, grant: NewRoleGrant) -> Result<()> {
        sqlx::query!(
            "insert into role_grant (id, officer_id, role, asked_by, asked_at) values ($1, $2, $3, $4, $5)",
            grant.id.to_string(),
            grant.officer.to_string(),
            grant.role.as_str(),
            grant.asked_by.to_string(),
            grant.asked_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Confirms or declines a grant; whether it still waited. The database takes a confirmation neither of who asked nor of the
    /// officer concerned.
    pub async fn decide_role_grant(&mut self, id: RoleGrantId, decision: Decision) -> Result<bool> {
        let done = sqlx::query!(
            "update role_grant set outcome = $2, decided_by = $3, decided_at = $4 where id = $1 and outcome is null",
            id.to_string(),
            if decision.is_confirmed { "confirmed" } else { "declined" },
            decision.by.to_string(),
            decision.at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Store {
    /// At most so many grants that wait after that one, in the order of their asking: of a department, or of the whole installation
    /// with all its departments.
    pub async fn list_role_grants(
        &self,
        department: Option<DepartmentId>,
        after: Option<RoleGrantId>,
        limit: i64,
    ) -> Result<Vec<RoleGrantRecord>> {
        let rows = sqlx::query_as!(
            Row,
            r#"select g.id, g.officer_id, o.display_name as officer_name, o.department_id, g.role, g.asked_by,
                a.display_name as asked_by_name, g.asked_at,
                a.disabled_at is null and exists (select from officer_role r
                    where r.officer_id = a.id and r.role in ('department_admin', 'platform_admin')) as "is_backed!"
             from role_grant g join officer o on o.id = g.officer_id join officer a on a.id = g.asked_by
             where g.outcome is null and ($1::text is null or o.department_id = $1) and ($2::text is null or g.id > $2)
             order by g.id limit $3"#,
            department.map(|id| id.to_string()),
            after.map(|id| id.to_string()),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// A grant that waits: of a department, or of the whole installation with all its departments.
    pub async fn role_grant(
        &self,
        department: Option<DepartmentId>,
        id: RoleGrantId,
    ) -> Result<Option<RoleGrantRecord>> {
        let row = sqlx::query_as!(
            Row,
            r#"select g.id, g.officer_id, o.display_name as officer_name, o.department_id, g.role, g.asked_by,
                a.display_name as asked_by_name, g.asked_at,
                a.disabled_at is null and exists (select from officer_role r
                    where r.officer_id = a.id and r.role in ('department_admin', 'platform_admin')) as "is_backed!"
             from role_grant g join officer o on o.id = g.officer_id join officer a on a.id = g.asked_by
             where g.outcome is null and g.id = $2 and ($1::text is null or o.department_id = $1)"#,
            department.map(|id| id.to_string()),
            id.to_string(),
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(Row::read).transpose()
    }
}
