//! Working on one batch of a notice: what is to be done, and what became of it.

use munadi_domain::{delivery::Outcome, id::NoticeId, language::Lang, message::Lane, notice::State};
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx, broadcast::lane, read::parse, subscription::fixed};

/// A batch that waits to be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// How often it was worked on before.
    pub attempt: u32,
    /// Every recipient and what became of it until now, in the order of the ids.
    pub recipients: Vec<(i64, Outcome)>,
    /// Whether the notice still counts: published, and neither superseded nor withdrawn.
    pub current: bool,
    /// When the notice expires.
    pub expires_at: OffsetDateTime,
    /// The lane it travels in.
    pub lane: Lane,
}

/// Where and how one subscription is reached.
#[derive(Clone)]
pub struct Recipient {
    /// The subscription, as batches name it.
    pub id: i64,
    /// The URL at its push service. Whoever knows it can send to it.
    pub endpoint: String,
    /// Whose push service that is, for reports.
    pub provider: String,
    /// The subscriber's public key: an uncompressed point on P-256.
    pub p256dh: [u8; 65],
    /// The subscriber's authentication secret.
    pub auth: [u8; 16],
    /// The language to be addressed in.
    pub language: Lang,
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient").field("id", &self.id).field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// What a message about a notice is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNotice {
    /// The first notice of the chain of updates.
    pub family: NoticeId,
    /// The canonical bytes that were signed.
    pub payload: Vec<u8>,
    /// Their SHA-256.
    pub digest: [u8; 32],
    /// The lane it travels in.
    pub lane: Lane,
}

/// What became of a batch in one attempt.
#[derive(Debug)]
pub struct Settlement<'a> {
    /// The notice.
    pub notice: NoticeId,
    /// Which batch.
    pub batch: u32,
    /// The attempt, as it was loaded.
    pub attempt: u32,
    /// The outcome of every recipient of the batch, in the order of the ids.
    pub outcomes: &'a [Outcome],
    /// What this attempt adds: provider, outcome, how often.
    pub tally: &'a [(String, Outcome, u32)],
    /// When the first and the last message of this attempt was taken by a push service.
    pub sent: Option<(OffsetDateTime, OffsetDateTime)>,
    /// When the attempt ended.
    pub at: OffsetDateTime,
}

impl Settlement<'_> {
    /// How many of this attempt were sent, gone, failed, and not sent because it was too late.
    fn sums(&self) -> Result<[i32; 4]> {
        let mut sums = [0; 4];
        for (_, outcome, count) in self.tally {
            match outcome {
                Outcome::Sent => sums[0] += count,
                Outcome::Gone => sums[1] += count,
                Outcome::Failed => sums[2] += count,
                Outcome::Expired | Outcome::Left => sums[3] += count,
                Outcome::Pending | Outcome::Waiting => {}
            }
        }
        Ok([small(sums[0])?, small(sums[1])?, small(sums[2])?, small(sums[3])?])
    }
}

/// What a push service asked for, or why nothing is sent to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginRow {
    /// Scheme, host and port.
    pub origin: String,
    /// Nothing is sent before.
    pub paused_until: Option<OffsetDateTime>,
    /// Since when it is stopped, because it refuses what we send.
    pub stopped_at: Option<OffsetDateTime>,
    /// What it said.
    pub stopped_reason: Option<String>,
}

impl Store {
    /// The batch, if it is to be worked on now: `None` if it is done, or if it was worked on more or less often than `attempt` says.
    pub async fn batch(&self, notice: NoticeId, batch: u32, attempt: u32) -> Result<Option<Batch>> {
        let row = sqlx::query!(
            r#"select b.subscription_ids, b.outcomes, n.state, n.lane as "lane!", n.expires_at as "expires_at!"
             from delivery_batch b join notice n on n.id = b.notice_id
             where b.notice_id = $1 and b.batch = $2 and b.attempt = $3 and not b.done"#,
            notice.to_string(),
            small(batch)?,
            small(attempt)?,
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let outcomes = row.outcomes.into_iter().map(outcome).collect::<Result<Vec<_>>>()?;
        Ok(Some(Batch {
            attempt,
            recipients: row.subscription_ids.into_iter().zip(outcomes).collect(),
            current: row.state == State::Published.as_str(),
            expires_at: row.expires_at,
            lane: lane(&row.lane)?,
        }))
    }

    /// Those of the subscriptions that still exist, in no order.
    pub async fn recipients(&self, ids: &[i64]) -> Result<Vec<Recipient>> {
        let rows = sqlx::query!(
            "select id, endpoint, provider, p256dh, auth, language from subscription where id = any($1)",
            ids
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Recipient {
                    id: row.id,
                    endpoint: row.endpoint,
                    provider: row.provider,
                    p256dh: fixed("p256dh", &row.p256dh)?,
                    auth: fixed("auth", &row.auth)?,
                    language: parse("language", &row.language)?,
                })
            })
            .collect()
    }

    /// What messages about a published notice are made from.
    pub async fn signed_notice(&self, notice: NoticeId) -> Result<Option<SignedNotice>> {
        let row = sqlx::query!(
            r#"select n.family_id, n.lane as "lane!", v.payload, v.digest from notice n
             join notice_version v on v.notice_id = n.id and v.version = n.version
             where n.id = $1 and n.position is not null"#,
            notice.to_string(),
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SignedNotice {
            family: parse("family", &row.family_id)?,
            payload: row.payload,
            digest: fixed("digest", &row.digest)?,
            lane: lane(&row.lane)?,
        }))
    }

    /// Push services that asked us to wait, and those that refuse what we send.
    pub async fn origins(&self) -> Result<Vec<OriginRow>> {
        let rows = sqlx::query_as!(
            OriginRow,
            "select origin, paused_until, stopped_at, stopped_reason from push_origin order by origin"
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows)
    }
}

impl Tx {
    /// Writes down what became of a batch. `false` if someone else did so for this attempt: then nothing may be committed.
    pub async fn settle_batch(&mut self, settlement: &Settlement<'_>) -> Result<bool> {
        let outcomes: Vec<u8> = settlement.outcomes.iter().map(|outcome| outcome.code()).collect();
        let [sent, gone, failed, unsent] = settlement.sums()?;
        let fenced = sqlx::query_scalar!(
            r#"with fenced as (
                update delivery_batch set outcomes = $4, attempt = attempt + 1, done = $5, updated_at = $6
                where notice_id = $1 and batch = $2 and attempt = $3 and not done returning notice_id, batch, attempt
             ), noted as (
                insert into delivery_attempt (notice_id, batch, attempt, at, sent, gone, failed, unsent)
                select notice_id, batch, attempt, $6, $7, $8, $9, $10 from fenced
                where $7::integer + $8::integer + $9::integer + $10::integer > 0
             )
             select exists (select from fenced) as "was_fenced!""#,
            settlement.notice.to_string(),
            small(settlement.batch)?,
            small(settlement.attempt)?,
            &outcomes,
            settlement.outcomes.iter().all(|outcome| outcome.is_final()),
            settlement.at,
            sent,
            gone,
            failed,
            unsent,
        )
        .fetch_one(&mut *self.inner)
        .await?;
        if !fenced {
            return Ok(false);
        }
        self.add_to_tally(settlement).await?;
        Ok(true)
    }

    /// Final outcomes stay; whoever waited has another outcome now.
    async fn add_to_tally(&mut self, settlement: &Settlement<'_>) -> Result<()> {
        let (notice, batch) = (settlement.notice.to_string(), small(settlement.batch)?);
        sqlx::query!(
            "delete from delivery_tally where notice_id = $1 and batch = $2 and outcome = $3",
            notice,
            batch,
            i16::from(Outcome::Waiting.code()),
        )
        .execute(&mut *self.inner)
        .await?;
        let providers: Vec<String> = settlement.tally.iter().map(|(provider, ..)| provider.clone()).collect();
        let outcomes: Vec<i16> = settlement.tally.iter().map(|(_, outcome, _)| i16::from(outcome.code())).collect();
        let counts = settlement.tally.iter().map(|(.., count)| small(*count)).collect::<Result<Vec<i32>>>()?;
        sqlx::query!(
            "insert into delivery_tally (notice_id, batch, provider, outcome, count)
             select $1, $2, provider, outcome, count
             from unnest($3::text[], $4::smallint[], $5::integer[]) as added (provider, outcome, count)
             on conflict (notice_id, batch, provider, outcome) do update set count = delivery_tally.count + excluded.count",
            notice,
            batch,
            &providers,
            &outcomes,
            &counts,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Deletes subscriptions that their push services do not know any more, with everything that belongs to them.
    pub async fn delete_gone(&mut self, ids: &[i64]) -> Result<u64> {
        // Locked in order, so that two batches which delete the same ones do not wait for each other.
        let done = sqlx::query!(
            "with gone as materialized (select id from subscription where id = any($1) order by id for update)
             delete from subscription where id in (select id from gone)",
            ids,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected())
    }

    /// Remembers until when push services asked us to wait. Of two times, the later counts.
    pub async fn pause_origins(&mut self, pauses: &[(String, OffsetDateTime)]) -> Result<()> {
        let mut pauses = pauses.to_vec();
        pauses.sort();
        let (origins, times): (Vec<String>, Vec<OffsetDateTime>) = pauses.into_iter().unzip();
        sqlx::query!(
            "insert into push_origin (origin, paused_until)
             select origin, max(until) from unnest($1::text[], $2::timestamptz[]) as pause (origin, until) group by origin order by origin
             on conflict (origin) do update set paused_until = greatest(push_origin.paused_until, excluded.paused_until)",
            &origins,
            &times,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Stops sending to a push service; `true` if it was not stopped before.
    pub async fn stop_origin(&mut self, origin: &str, at: OffsetDateTime, reason: &str) -> Result<bool> {
        let done = sqlx::query!(
            "insert into push_origin (origin, stopped_at, stopped_reason) values ($1, $2, $3)
             on conflict (origin) do update set stopped_at = excluded.stopped_at, stopped_reason = excluded.stopped_reason
             where push_origin.stopped_at is null",
            origin,
            at,
            reason,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Sends to a push service again; `true` if it was stopped.
    pub async fn resume_origin(&mut self, origin: &str) -> Result<bool> {
        let done = sqlx::query!(
            "update push_origin set stopped_at = null, stopped_reason = null where origin = $1 and stopped_at is not null",
            origin,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Remembers when a broadcast's messages were sent.
    pub async fn touch_broadcast(
        &mut self,
        notice: NoticeId,
        sent: Option<(OffsetDateTime, OffsetDateTime)>,
    ) -> Result<()> {
        sqlx::query!(
            "update broadcast set first_sent_at = least(first_sent_at, $2), last_sent_at = greatest(last_sent_at, $3)
             where notice_id = $1",
            notice.to_string(),
            sent.map(|(first, _)| first),
            sent.map(|(_, last)| last),
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

fn small(number: u32) -> Result<i32> {
    i32::try_from(number).map_err(|error| StoreError::corrupt("a number", error.to_string()))
}

fn outcome(code: u8) -> Result<Outcome> {
    Outcome::from_code(code).ok_or_else(|| StoreError::corrupt("outcome", code.to_string()))
}
