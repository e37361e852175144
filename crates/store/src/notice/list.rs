//! Lists of a department's notices.

use munadi_domain::{
    id::{DepartmentId, NoticeId, OfficerId},
    notice::{Intent, State},
};
use time::OffsetDateTime;

use super::row;
use crate::{Result, Store};

/// Which notices of a department to list.
#[derive(Debug, Clone, Default)]
pub struct NoticeFilter {
    /// Only those in one of these states; in any, if there is none.
    pub states: Vec<State>,
    /// Only those made before this one.
    pub before: Option<NoticeId>,
    /// At most so many.
    pub limit: i64,
}

/// A notice in a list.
#[derive(Debug, Clone)]
pub struct NoticeLine {
    /// The notice.
    pub id: NoticeId,
    /// Its state.
    pub state: State,
    /// What it is meant to do.
    pub intent: Intent,
    /// Its revision.
    pub revision: i64,
    /// The headline of its first language version, if it has one.
    pub headline: Option<String>,
    /// Actual, Exercise or Test, if that is said.
    pub status: Option<String>,
    /// Why it came back from review, if it did and was not changed since.
    pub return_comment: Option<String>,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// What an officer may do with notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Write.
    pub draft: bool,
    /// Approve what others wrote.
    pub approve: bool,
    /// Publish what was approved.
    pub publish: bool,
}

struct LineRow {
    id: String,
    state: String,
    intent: String,
    revision: i64,
    headline: Option<String>,
    status: Option<String>,
    return_comment: Option<String>,
    updated_at: OffsetDateTime,
}

impl LineRow {
    fn read(self) -> Result<NoticeLine> {
        Ok(NoticeLine {
            id: row::parse("notice", &self.id)?,
            state: row::state(&self.state)?,
            intent: row::intent(&self.intent)?,
            revision: self.revision,
            headline: self.headline,
            status: self.status,
            return_comment: self.return_comment,
            updated_at: self.updated_at,
        })
    }
}

impl Store {
    /// The department's notices, the latest first.
    pub async fn list_notices(&self, department: DepartmentId, filter: &NoticeFilter) -> Result<Vec<NoticeLine>> {
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let rows = sqlx::query_as!(
            LineRow,
            "select id, state, intent, revision, updated_at, content->'languages'->0->>'headline' as headline,
                content->>'status' as status, return_comment
             from notice
             where department_id = $1 and (cardinality($2::text[]) = 0 or state = any($2)) and ($3::text is null or id < $3)
             order by id desc limit $4",
            department.to_string(),
            &states as _,
            filter.before.map(|id| id.to_string()),
            filter.limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(LineRow::read).collect()
    }

    /// The department's notices which an officer with these rights would take in hand next, the latest first, at most so many: own
    /// drafts, what others have submitted and the officer may still approve, and what can be published.
    pub async fn waiting_notices(
        &self,
        department: DepartmentId,
        officer: OfficerId,
        may: Rights,
        limit: i64,
    ) -> Result<Vec<NoticeLine>> {
        let rows = sqlx::query_as!(
            LineRow,
            "select id, state, intent, revision, updated_at, content->'languages'->0->>'headline' as headline,
                content->>'status' as status, return_comment
             from notice n
             where department_id = $1 and (
                $3 and state = 'draft' and exists (select from notice_editor e where e.notice_id = n.id and e.officer_id = $2)
                or $4 and state = 'in_review' and author_id <> $2
                    and not exists (select from notice_editor e where e.notice_id = n.id and e.officer_id = $2)
                    and not exists (select from notice_signature s
                        where s.notice_id = n.id and s.version = n.version and s.officer_id = $2)
                or $5 and state = 'approved')
             order by id desc limit $6",
            department.to_string(),
            officer.to_string(),
            may.draft,
            may.approve,
            may.publish,
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(LineRow::read).collect()
    }

    /// How many notices the department has in each state that it has any in.
    pub async fn count_notices(&self, department: DepartmentId) -> Result<Vec<(State, u64)>> {
        let rows = sqlx::query!(
            r#"select state, count(*) as "count!" from notice where department_id = $1 group by state"#,
            department.to_string(),
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(|line| Ok((row::state(&line.state)?, line.count.unsigned_abs()))).collect()
    }

    /// The published notice that says what counts now of a CAP alert: the last one of the family of the notice which was made from the
    /// alert, or which is the alert's origin, in which case its id is the alert's identifier. None, if that was canceled.
    pub async fn notice_of_alert(
        &self,
        department: DepartmentId,
        sender: &str,
        identifier: &str,
    ) -> Result<Option<NoticeId>> {
        let id = sqlx::query_scalar!(
            "select n.id from notice alert join notice n on n.family_id = alert.family_id and n.state = 'published' and n.intent <> 'cancel'
             where alert.department_id = $1 and alert.published_at is not null
                and (alert.source_sender = $2 and alert.source_identifier = $3 or alert.id = $3)
             order by n.position desc limit 1",
            department.to_string(),
            sender,
            identifier,
        )
        .fetch_optional(self.pool())
        .await?;
        id.map(|id| row::parse("notice", &id)).transpose()
    }
}
