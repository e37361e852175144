//! Lists of a department's notices.

use munadi_domain::{
    id::{DepartmentId, NoticeId},
    notice::{Intent, State},
};
use time::OffsetDateTime;

use super::row;
use crate::{Result, Store};

/// Which notices of a department to list.
#[derive(Debug, Clone, Default)]
pub struct NoticeFilter {
    /// Only those in this state.
    pub state: Option<State>,
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
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

impl Store {
    /// The department's notices, the latest first.
    pub async fn list_notices(&self, department: DepartmentId, filter: &NoticeFilter) -> Result<Vec<NoticeLine>> {
        let rows = sqlx::query!(
            "select id, state, intent, revision, updated_at, content->'languages'->0->>'headline' as headline,
                content->>'status' as status
             from notice
             where department_id = $1 and ($2::text is null or state = $2) and ($3::text is null or id < $3)
             order by id desc limit $4",
            department.to_string(),
            filter.state.map(State::as_str),
            filter.before.map(|id| id.to_string()),
            filter.limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|line| {
                Ok(NoticeLine {
                    id: row::parse("notice", &line.id)?,
                    state: row::state(&line.state)?,
                    intent: row::intent(&line.intent)?,
                    revision: line.revision,
                    headline: line.headline,
                    status: line.status,
                    updated_at: line.updated_at,
                })
            })
            .collect()
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
