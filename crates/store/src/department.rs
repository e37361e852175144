//! Departments.

use std::collections::BTreeMap;

use munadi_domain::{id::DepartmentId, language::Lang};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx, read};

/// A department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentRecord {
    /// The department.
    pub id: DepartmentId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name in each language.
    pub name: BTreeMap<Lang, String>,
    /// Since when it is there.
    pub created_at: OffsetDateTime,
}

struct Row {
    id: String,
    slug: String,
    name: Value,
    created_at: OffsetDateTime,
}

impl Row {
    fn read(self) -> Result<DepartmentRecord> {
        let name = serde_json::from_value(self.name).map_err(|error| StoreError::corrupt(&self.id, error))?;
        let id = read::parse("department", &self.id)?;
        Ok(DepartmentRecord { id, slug: self.slug, name, created_at: self.created_at })
    }
}

impl Tx {
    /// Adds a department. A slug is given once.
    pub async fn insert_department(&mut self, department: &DepartmentRecord) -> Result<()> {
        let name = serde_json::to_value(&department.name).map_err(|error| StoreError::corrupt("name", error))?;
        sqlx::query!(
            "insert into department (id, slug, name, created_at) values ($1, $2, $3, $4)",
            department.id.to_string(),
            department.slug,
            name,
            department.created_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Store {
    /// The department of that id.
    pub async fn department(&self, id: DepartmentId) -> Result<Option<DepartmentRecord>> {
        let row =
            sqlx::query_as!(Row, "select id, slug, name, created_at from department where id = $1", id.to_string())
                .fetch_optional(self.pool())
                .await?;
        row.map(Row::read).transpose()
    }

    /// The department of that slug.
    pub async fn department_by_slug(&self, slug: &str) -> Result<Option<DepartmentRecord>> {
        let row = sqlx::query_as!(Row, "select id, slug, name, created_at from department where slug = $1", slug)
            .fetch_optional(self.pool())
            .await?;
        row.map(Row::read).transpose()
    }

    /// Whether somebody uses this database: `false` also where there is no schema yet.
    pub async fn has_departments(&self) -> Result<bool> {
        let is_there = sqlx::query_scalar!(r#"select to_regclass('department') is not null as "is!""#);
        if !is_there.fetch_one(self.pool()).await? {
            return Ok(false);
        }
        let any = sqlx::query_scalar!(r#"select exists (select from department) as "any!""#);
        Ok(any.fetch_one(self.pool()).await?)
    }

    /// At most so many departments after that one, in the order of their making.
    pub async fn list_departments(&self, after: Option<DepartmentId>, limit: i64) -> Result<Vec<DepartmentRecord>> {
        let rows = sqlx::query_as!(
            Row,
            "select id, slug, name, created_at from department where $1::text is null or id > $1 order by id limit $2",
            after.map(|id| id.to_string()),
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }
}
