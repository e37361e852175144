//! How a published notice becomes batches of recipients.
//!
//! The audience is read in windows of subscription ids, from indexes alone, in one of two ways that find the same ids:
//!
//! - *By PIN codes*: one descent into `subscription_place_pkey` for each PIN code and window, then only entries that are wanted. What it
//!   costs grows with the PIN codes.
//! - *Along the subscriptions*: the window's part of `subscription_place_subscription` from its beginning to its end, and the PIN codes
//!   are compared here. What it costs grows with the window.
//!
//! [`Audience::page`] takes the cheaper one. Which plan PostgreSQL makes does not depend on statistics in either: there is one index
//! that fits. Measured with 1,000,000 subscriptions and 2,000,000 places: a notice for all 19,486 PIN codes reads 157 buffers for a window
//! of 20,000 ids along the subscriptions, and would read 58,715 by PIN codes; a notice for 21 PIN codes reads 69 buffers for all
//! 1,000,000 ids by PIN codes, and would read 12,858 along the subscriptions. Sorting and joining never leave memory.

use std::collections::BTreeSet;

use munadi_domain::{
    id::NoticeId,
    message::Lane,
    notice::{Intent, State},
    topic::{Topic, TopicSet},
};
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx, read::parse};

/// A descent into an index costs about as much as reading so many neighboring entries of it.
const DESCENT: i64 = 4;

/// Who gets a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// PIN codes whose subscribers get it, if they chose the topic.
    pins: BTreeSet<i32>,
    /// The topic, as a bit.
    topic: i32,
    /// Notices whose recipients get it too.
    earlier: Vec<String>,
}

/// A fan-out under way, locked until the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    /// The lane it travels in.
    pub lane: Lane,
    /// Whether the notice still counts: published, and neither superseded nor withdrawn.
    pub current: bool,
    /// When the notice expires.
    pub expires_at: OffsetDateTime,
    /// Batches hold every subscription of the audience up to this id.
    pub through: i64,
    /// How many batches there are.
    pub batches: u32,
    /// Whether the last batch was queued, or the fan-out stopped.
    pub queued: bool,
}

/// What a transaction adds to a fan-out.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// The notice.
    pub notice: NoticeId,
    /// The number of the first new batch.
    pub first_batch: u32,
    /// The recipients, in order.
    pub recipients: &'a [i64],
    /// At most so many of them in one batch.
    pub batch: usize,
    /// Batches now hold every subscription of the audience up to this id.
    pub through: i64,
    /// Nothing follows.
    pub last: bool,
    /// When.
    pub at: OffsetDateTime,
}

impl Store {
    /// Who gets a published notice; `None` if there is no such notice, or if it is never sent: what a test system wrote, and what a
    /// team's system wrote unless it is an exercise or a test.
    pub async fn audience(&self, notice: NoticeId) -> Result<Option<Audience>> {
        let row = sqlx::query!(
            r#"select intent, topic as "topic!", pins as "pins!",
                array(select e.id from notice e where e.family_id = n.family_id and e.position < n.position) as "earlier!"
             from notice n
             where id = $1 and position is not null and (reach = 'live' or (reach = 'team' and status <> 'Actual'))"#,
            notice.to_string(),
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| Audience::new(intent(&row.intent)?, &row.topic, row.pins, row.earlier)).transpose()
    }

    /// How many subscriptions would get a notice with this intent now. What it replaces counts with all that came before that.
    pub async fn count_audience(
        &self,
        kind: Intent,
        replaces: Option<NoticeId>,
        pins: &[i32],
        topic: Option<Topic>,
    ) -> Result<i64> {
        let by_place = matches!(kind, Intent::Alert | Intent::Update);
        let topics = topic.map_or(TopicSet::all(), |topic| [topic].into_iter().collect()).bits();
        let earlier = if kind == Intent::Alert { None } else { replaces.map(|id| id.to_string()) };
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from (
                select subscription_id as id from subscription_place where pin = any($1) and topics & $2 <> 0
                union
                select unnest(b.subscription_ids) from notice r
                    join notice e on e.family_id = r.family_id and e.position is not null
                    join delivery_batch b on b.notice_id = e.id
                    where r.id = $3
            ) as audience"#,
            if by_place { pins } else { &[] },
            topics,
            earlier,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(count)
    }
}

impl Audience {
    fn new(intent: Intent, topic: &str, pins: Vec<i32>, earlier: Vec<String>) -> Result<Self> {
        let topic: Topic = parse("topic", topic)?;
        let by_place = matches!(intent, Intent::Alert | Intent::Update);
        Ok(Self {
            pins: if by_place { pins.into_iter().collect() } else { BTreeSet::new() },
            topic: [topic].into_iter().collect::<TopicSet>().bits(),
            // The chain of updates has no forks. All of it counts, not only what was replaced, because that may have been stopped
            // before it reached everyone who had got what came before it.
            earlier: if intent == Intent::Alert { Vec::new() } else { earlier },
        })
    }

    /// The recipients with an id above `after` and up to `through`, in order.
    pub async fn page(&self, tx: &mut Tx, after: i64, through: i64) -> Result<Vec<i64>> {
        let by_place = match i64::try_from(self.pins.len()).unwrap_or(i64::MAX) {
            0 => Vec::new(),
            pins if pins.saturating_mul(DESCENT) < through - after => self.by_pins(tx, after, through).await?,
            _ => self.along_subscriptions(tx, after, through).await?,
        };
        if self.earlier.is_empty() {
            return Ok(by_place);
        }
        let earlier = self.of_earlier_notices(tx, after, through).await?;
        Ok(union(by_place, earlier))
    }

    async fn by_pins(&self, tx: &mut Tx, after: i64, through: i64) -> Result<Vec<i64>> {
        let pins: Vec<i32> = self.pins.iter().copied().collect();
        let ids = sqlx::query_scalar!(
            "select distinct subscription_id from subscription_place
             where pin = any($1) and subscription_id > $2 and subscription_id <= $3 and topics & $4 <> 0 order by subscription_id",
            &pins,
            after,
            through,
            self.topic,
        )
        .fetch_all(&mut *tx.inner)
        .await?;
        Ok(ids)
    }

    async fn along_subscriptions(&self, tx: &mut Tx, after: i64, through: i64) -> Result<Vec<i64>> {
        // The index has no order of PIN codes, and the comparison is cheaper here than a join there.
        let places = sqlx::query!(
            "select subscription_id, pin from subscription_place
             where subscription_id > $1 and subscription_id <= $2 and topics & $3 <> 0 order by subscription_id",
            after,
            through,
            self.topic,
        )
        .fetch_all(&mut *tx.inner)
        .await?;
        let wanted = places.into_iter().filter(|place| self.pins.contains(&place.pin));
        let mut ids: Vec<i64> = wanted.map(|place| place.subscription_id).collect();
        ids.dedup();
        Ok(ids)
    }

    async fn of_earlier_notices(&self, tx: &mut Tx, after: i64, through: i64) -> Result<Vec<i64>> {
        let ids = sqlx::query_scalar!(
            r#"select distinct id as "id!" from delivery_batch, unnest(subscription_ids) as id
             where notice_id = any($1) and last_id > $2 and first_id <= $3 and id > $2 and id <= $3 order by 1"#,
            &self.earlier,
            after,
            through,
        )
        .fetch_all(&mut *tx.inner)
        .await?;
        Ok(ids)
    }
}

/// Two ordered lists as one, without doubles.
fn union(mut one: Vec<i64>, other: Vec<i64>) -> Vec<i64> {
    one.extend(other);
    one.sort_unstable();
    one.dedup();
    one
}

impl Tx {
    /// Begins or goes on with a notice's fan-out; `None` if the notice was never published. Until the transaction ends no one else works
    /// on the fan-out, and the notice cannot be superseded or withdrawn: whatever replaces it will find all of its batches.
    pub async fn lock_broadcast(&mut self, notice: NoticeId, at: OffsetDateTime) -> Result<Option<Broadcast>> {
        let id = notice.to_string();
        let notice = sqlx::query!(
            r#"select state, lane as "lane!", expires_at as "expires_at!" from notice
             where id = $1 and position is not null for share"#,
            id,
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(notice) = notice else { return Ok(None) };
        sqlx::query!(
            "insert into broadcast (notice_id, lane, started_at) values ($1, $2, $3) on conflict do nothing",
            id,
            notice.lane,
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        let row = sqlx::query!(
            "select last_subscription_id, batches, queued_at from broadcast where notice_id = $1 for update",
            id
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(Some(Broadcast {
            lane: lane(&notice.lane)?,
            current: notice.state == State::Published.as_str(),
            expires_at: notice.expires_at,
            through: row.last_subscription_id,
            batches: row.batches.unsigned_abs(),
            queued: row.queued_at.is_some(),
        }))
    }

    /// The highest id a subscription has; 0 if there is none.
    pub async fn last_subscription(&mut self) -> Result<i64> {
        let last = sqlx::query_scalar!("select max(id) from subscription").fetch_one(&mut *self.inner).await?;
        Ok(last.unwrap_or(0))
    }

    /// Adds batches to a locked fan-out and moves it on. Gives back how many batches were added.
    pub async fn advance_broadcast(&mut self, progress: Progress<'_>) -> Result<u32> {
        let batches = self.insert_batches(&progress).await?;
        sqlx::query!(
            "update broadcast set last_subscription_id = $2, batches = batches + $3, audience = audience + $4,
                queued_at = case when $5 then $6 else queued_at end
             where notice_id = $1",
            progress.notice.to_string(),
            progress.through,
            batches,
            count::<i64>(progress.recipients.len())?,
            progress.last,
            progress.at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(batches.unsigned_abs())
    }

    async fn insert_batches(&mut self, progress: &Progress<'_>) -> Result<i32> {
        let slices: Vec<usize> = (0..progress.recipients.len()).step_by(progress.batch.max(1)).collect();
        let first = i32::try_from(progress.first_batch).map_err(|error| StoreError::corrupt(progress.notice, error))?;
        // PostgreSQL cuts the slices: an array of arrays of different lengths cannot be sent.
        let done = sqlx::query!(
            "insert into delivery_batch (notice_id, batch, subscription_ids, outcomes, updated_at)
             select $1, $2 + i, part, decode(repeat('00', cardinality(part)), 'hex'), $6
             from generate_series(0, $3 - 1) as i, lateral (select ($4::bigint[])[i * $5 + 1 : i * $5 + $5] as part) as slice",
            progress.notice.to_string(),
            first,
            count::<i32>(slices.len())?,
            progress.recipients,
            count::<i32>(progress.batch.max(1))?,
            progress.at,
        )
        .execute(&mut *self.inner)
        .await?;
        count(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Ends a broadcast whose batches are all queued and done; `true` if it was not ended before.
    pub async fn finish_broadcast(&mut self, notice: NoticeId, at: OffsetDateTime) -> Result<bool> {
        // The lock comes in a statement of its own: the next one then sees everything that was committed by whoever had it before.
        // In one statement, two batches that end at the same time would not see each other, and the broadcast would never end.
        sqlx::query!("select from broadcast where notice_id = $1 for update", notice.to_string())
            .fetch_optional(&mut *self.inner)
            .await?;
        let done = sqlx::query!(
            "update broadcast set finished_at = $2
             where notice_id = $1 and finished_at is null and queued_at is not null
                and not exists (select from delivery_batch where notice_id = $1 and not done)",
            notice.to_string(),
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn count<T: TryFrom<usize, Error: ToString>>(count: usize) -> Result<T> {
    T::try_from(count).map_err(|error| StoreError::corrupt("a count", error.to_string()))
}

pub(crate) fn lane(text: &str) -> Result<Lane> {
    Lane::ALL.into_iter().find(|lane| lane.as_str() == text).ok_or_else(|| StoreError::corrupt("lane", text))
}

pub(crate) fn intent(text: &str) -> Result<Intent> {
    Intent::ALL.into_iter().find(|intent| intent.as_str() == text).ok_or_else(|| StoreError::corrupt("intent", text))
}
