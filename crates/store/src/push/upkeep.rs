//! What keeps the push service's tables small, and how large they are.

use time::{Date, OffsetDateTime};

use crate::{Result, Store};

/// How much there is. The counts are those of the database's statistics: a little late, and not exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PushFigures {
    /// User agents with at least one channel at some time.
    pub agents: u64,
    /// Channels.
    pub channels: u64,
    /// Messages that were not acknowledged, with those that expired and were not deleted yet.
    pub messages: u64,
    /// What the messages take on the disk with their indexes, and with what can be used again.
    pub message_bytes: u64,
}

impl Store {
    /// Deletes messages that expired, at most so many; how many that were. Any number of nodes may do so at once.
    pub async fn prune_push_messages(&self, now: OffsetDateTime, limit: i64) -> Result<u64> {
        let done = sqlx::query!(
            "delete from push_message where (select set_config('synchronous_commit', 'off', true)) is not null and ctid = any(array(
                select ctid from push_message where expires_at <= $1 order by expires_at limit $2 for update skip locked))",
            now,
            limit,
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected())
    }

    /// Deletes user agents that did not connect since that day, with their channels and messages, at most so many; how many that were.
    /// Reads the whole table: to be done once a day. Any number of nodes may do so at once.
    pub async fn forget_push_agents(&self, before: Date, limit: i64) -> Result<u64> {
        let forgotten = sqlx::query_scalar!(
            r#"with agent as materialized (
                select id from push_user_agent where seen_on < $1 limit $2 for update skip locked
             ), messages as (
                delete from push_message where ctid = any(array(
                    select m.ctid from agent cross join lateral (
                        select ctid from push_message where user_agent = agent.id for update skip locked) m))
             ), forgotten as (
                delete from push_user_agent u using agent where u.id = agent.id returning u.id
             )
             select count(*) as "count!" from forgotten"#,
            before,
            limit,
        )
        .fetch_one(self.pool())
        .await?;
        Ok(forgotten.unsigned_abs())
    }

    /// How much there is.
    pub async fn push_figures(&self) -> Result<PushFigures> {
        let row = sqlx::query!(
            r#"select pg_stat_get_live_tuples('push_user_agent'::regclass) as "agents!",
                pg_stat_get_live_tuples('push_channel'::regclass) as "channels!",
                pg_stat_get_live_tuples('push_message'::regclass) as "messages!",
                pg_total_relation_size('push_message') as "message_bytes!""#
        )
        .fetch_one(self.pool())
        .await?;
        Ok(PushFigures {
            agents: row.agents.unsigned_abs(),
            channels: row.channels.unsigned_abs(),
            messages: row.messages.unsigned_abs(),
            message_bytes: row.message_bytes.unsigned_abs(),
        })
    }
}
