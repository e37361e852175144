//! How far a notice has come on its way, in numbers.

use munadi_domain::{
    delivery::Outcome,
    id::{DepartmentId, NoticeId},
    message::Lane,
};
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx, broadcast::lane, read::parse};

/// A broadcast and what became of its messages until now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BroadcastFigures {
    /// Whose notice it is.
    pub department: DepartmentId,
    /// The lane it travels in.
    pub lane: Lane,
    /// How many subscriptions its batches hold until now.
    pub audience: u64,
    /// How many batches there are until now.
    pub batches: u64,
    /// How many of them are done.
    pub batches_done: u64,
    /// When the notice was published.
    pub published_at: OffsetDateTime,
    /// When the fan-out began.
    pub started_at: Option<OffsetDateTime>,
    /// When the last batch was queued.
    pub queued_at: Option<OffsetDateTime>,
    /// When a push service took the first message.
    pub first_sent_at: Option<OffsetDateTime>,
    /// When a push service took the last message until now.
    pub last_sent_at: Option<OffsetDateTime>,
    /// When everything was done.
    pub finished_at: Option<OffsetDateTime>,
    /// How often which outcome occurred at which provider. What is in no batch that was worked on is not among them.
    pub tally: Vec<(String, Outcome, u64)>,
}

/// What became of messages in one span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// How many spans lie before it.
    pub index: u32,
    /// Taken by the push service.
    pub sent: u64,
    /// The push service knew no such subscription any more.
    pub gone: u64,
    /// Refused by the push service for good.
    pub failed: u64,
    /// The notice was over, or the citizen had left, before it could be sent.
    pub unsent: u64,
}

impl Store {
    /// How the delivery of a notice went, in spans of so many seconds from a time on. Spans in which nothing happened are not among them.
    pub async fn delivery_spans(&self, notice: NoticeId, from: OffsetDateTime, seconds: u32) -> Result<Vec<Span>> {
        let rows = sqlx::query!(
            r#"select greatest(floor(extract(epoch from at - $2)::float8 / $3), 0)::integer as "index!",
                sum(sent) as "sent!", sum(gone) as "gone!", sum(failed) as "failed!", sum(unsent) as "unsent!"
             from delivery_attempt where notice_id = $1 group by 1 order by 1"#,
            notice.to_string(),
            from,
            f64::from(seconds),
        )
        .fetch_all(self.pool())
        .await?;
        let spans = rows.into_iter().map(|row| Span {
            index: row.index.unsigned_abs(),
            sent: row.sent.unsigned_abs(),
            gone: row.gone.unsigned_abs(),
            failed: row.failed.unsigned_abs(),
            unsent: row.unsent.unsigned_abs(),
        });
        Ok(spans.collect())
    }

    /// The figures of a published notice; `None` if it is not.
    pub async fn broadcast_figures(&self, notice: NoticeId) -> Result<Option<BroadcastFigures>> {
        self.begin().await?.broadcast_figures(notice).await
    }
}

impl Tx {
    /// The figures of a published notice; `None` if it is not.
    pub async fn broadcast_figures(&mut self, notice: NoticeId) -> Result<Option<BroadcastFigures>> {
        // One statement, so that the numbers fit together. The tally is at most a few rows for each batch.
        let rows = sqlx::query!(
            r#"select n.department_id, n.lane as "lane!", n.published_at as "published_at!", b.audience as "audience?",
                b.batches as "batches?", b.started_at as "started_at?", b.queued_at, b.first_sent_at, b.last_sent_at, b.finished_at,
                (select count(*) from delivery_batch open where open.notice_id = n.id and not open.done) as "open!",
                t.provider as "provider?", t.outcome as "outcome?", t.count as "count?"
             from notice n left join broadcast b on b.notice_id = n.id
             left join (
                select provider, outcome, sum(count) as count from delivery_tally where notice_id = $1 group by provider, outcome
             ) t on true
             where n.id = $1 and n.position is not null order by t.provider, t.outcome"#,
            notice.to_string(),
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let batches = u64::from(first.batches.unwrap_or(0).unsigned_abs());
        let mut figures = BroadcastFigures {
            department: parse("department", &first.department_id)?,
            lane: lane(&first.lane)?,
            audience: first.audience.unwrap_or(0).unsigned_abs(),
            batches,
            batches_done: batches.saturating_sub(first.open.unsigned_abs()),
            published_at: first.published_at,
            started_at: first.started_at,
            queued_at: first.queued_at,
            first_sent_at: first.first_sent_at,
            last_sent_at: first.last_sent_at,
            finished_at: first.finished_at,
            tally: Vec::new(),
        };
        for row in rows {
            if let (Some(provider), Some(outcome), Some(count)) = (row.provider, row.outcome, row.count) {
                figures.tally.push((provider, self::outcome(outcome)?, count.unsigned_abs()));
            }
        }
        Ok(Some(figures))
    }
}

fn outcome(code: i16) -> Result<Outcome> {
    let known = u8::try_from(code).ok().and_then(Outcome::from_code);
    known.ok_or_else(|| StoreError::corrupt("outcome", code.to_string()))
}
