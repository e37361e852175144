//! Earlier frozen bytes of a notice.

use munadi_domain::{
    id::{DepartmentId, NoticeId, OfficerId},
    payload::Payload,
};
use time::OffsetDateTime;

use super::row;
use crate::{Result, Store, StoreError};

/// Frozen bytes that an author has submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedVersion {
    /// Counts the freezings of the notice, from 1; those that were never submitted are counted too.
    pub version: i32,
    /// What was signed.
    pub payload: Payload,
    /// Who froze it.
    pub frozen_by: OfficerId,
    /// When.
    pub frozen_at: OffsetDateTime,
    /// Since when it no longer counts.
    pub voided_at: Option<OffsetDateTime>,
}

struct Row {
    version: i32,
    payload: Vec<u8>,
    frozen_by: String,
    frozen_at: OffsetDateTime,
    voided_at: Option<OffsetDateTime>,
}

impl Row {
    fn read(self) -> Result<SubmittedVersion> {
        let payload = serde_json::from_slice(&self.payload);
        Ok(SubmittedVersion {
            version: self.version,
            payload: payload.map_err(|error| StoreError::corrupt("frozen bytes", error))?,
            frozen_by: row::parse("officer", &self.frozen_by)?,
            frozen_at: self.frozen_at,
            voided_at: self.voided_at,
        })
    }
}

impl Store {
    /// The last version of a notice of the department that was submitted before the one which counts now; if none counts, because it
    /// is a draft, the last one that was submitted at all.
    pub async fn previous_version(
        &self,
        department: DepartmentId,
        notice: NoticeId,
    ) -> Result<Option<SubmittedVersion>> {
        let row = sqlx::query_as!(
            Row,
            "select v.version, v.payload, v.frozen_by, v.frozen_at, v.voided_at
             from notice n join notice_version v on v.notice_id = n.id and (n.version is null or v.version < n.version)
             where n.id = $1 and n.department_id = $2 and exists (
                select from notice_signature s where s.notice_id = n.id and s.version = v.version and s.role = 'author')
             order by v.version desc limit 1",
            notice.to_string(),
            department.to_string(),
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(Row::read).transpose()
    }
}
