//! Our own push service's messages: kept until they are acknowledged, replaced, taken back or over (RFC 8030).
//!
//! Nothing here may depend on what the database believes to know about these tables, which are empty in one moment and full in the next: a
//! plan made for the one is a disaster in the other. So [`Store::for_push_service`] forbids to read a table from end to end, and the
//! statements leave no choice but the key of what they look for (that is what `lateral` and `offset 0` are for).
//!
//! Everything here takes what many callers want at once and is one statement, so one transaction. Two statements that delete the same
//! messages never wait for each other: whoever comes second passes over what the first has locked. Only keeping waits, in the order of
//! the topics' key; so nothing here can deadlock, on however many nodes.

mod agent;
mod news;
mod upkeep;

use std::time::Duration;

use munadi_domain::push::{ChannelId, Urgency, UserAgentId};
use sqlx::postgres::PgPoolOptions;
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, subscription::fixed};

pub use agent::{Greeted, PushHello, Registration};
pub use news::{PushListener, PushNews};
pub use upkeep::PushFigures;

/// A message that was accepted, but not stored yet.
#[derive(Clone, Copy)]
pub struct NewPushMessage<'a> {
    /// For whom.
    pub user_agent: UserAgentId,
    /// For which of its channels.
    pub channel: ChannelId,
    /// It replaces the message with the same topic on the same channel (RFC 8030 §5.4). At most 32 characters.
    pub topic: Option<&'a str>,
    /// How much it matters.
    pub urgency: Urgency,
    /// At most 4,096 encrypted bytes; empty if there is no body.
    pub body: &'a [u8],
    /// For how many seconds it may wait (RFC 8030 §5.2). With 0 it is for who is connected at this moment.
    pub ttl: u32,
}

/// How much may wait for one user agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushBounds {
    /// So many messages.
    pub messages: u32,
    /// So many bytes of bodies.
    pub bytes: u64,
}

/// What became of a message that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is stored, under this id.
    Kept(i64),
    /// It was for nobody: its TTL is 0, and its user agent is not connected. This would have been its id, which no other message gets.
    Discarded(i64),
    /// The user agent has no such channel, or does not exist.
    Gone,
    /// Too much waits for the user agent already.
    Full,
}

/// A message that waits.
#[derive(Clone, PartialEq, Eq)]
pub struct PushMessage {
    /// Its name towards both sides. A later message of a user agent has a higher one, except when two nodes take them at the same moment.
    pub id: i64,
    /// For which channel.
    pub channel: ChannelId,
    /// How much it matters.
    pub urgency: Urgency,
    /// The encrypted bytes; empty if there is no body.
    pub body: Vec<u8>,
    /// For how many seconds it may wait, as it was asked for.
    pub ttl: u32,
    /// Until then.
    pub expires_at: OffsetDateTime,
}

impl std::fmt::Debug for NewPushMessage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPushMessage")
            .field("bytes", &self.body.len())
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PushMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushMessage").field("id", &self.id).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl Store {
    /// The same database with so many connections of its own, for everything in this module and for nothing else.
    pub async fn for_push_service(&self, connections: u32) -> Result<Self> {
        // Most of what the keys lead to was deleted since the last vacuum. Reading by an index marks its entries, so that they lead there
        // once; reading by a bitmap of it does not, and would go to each of them each time.
        let settings = [("enable_seqscan", "off"), ("enable_bitmapscan", "off"), ("jit", "off")];
        let options = (*self.pool().connect_options()).clone().options(settings);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    /// Stores messages; what became of each, in their order. When this returns, they survive whatever happens to the database's server.
    ///
    /// A message with TTL 0 stays for a minute, if its user agent is connected somewhere or if it replaces another one. Of several with
    /// one topic the last is kept, and the others get its answer. What would take a user agent over the bounds is refused; messages of
    /// one call count in their order, and those of calls at the same moment may go over them together. One that is too long, in its body or
    /// its topic, fails the whole call.
    pub async fn keep_push_messages(
        &self,
        new: &[NewPushMessage<'_>],
        bounds: PushBounds,
        now: OffsetDateTime,
    ) -> Result<Vec<Kept>> {
        let columns = Columns::of(new);
        // The rows are written in the order of the topics' key: whoever replaces the same messages on another node does so too.
        let rows = sqlx::query_as!(
            JudgedRow,
            r#"with given as materialized (
                select *, nextval('push_message_id') as id
                from unnest($1::bytea[], $2::bytea[], $3::text[], $4::smallint[], $5::bytea[], $6::integer[])
                    with ordinality as given (user_agent, channel, topic, urgency, body, ttl, position)
             ), latest as (
                select *, max(position) over (
                    partition by user_agent, channel, topic, case when topic is null then position end) as last
                from given
             ), waiting as (
                select a.user_agent, w.messages, w.bytes from (select distinct user_agent from given) a
                cross join lateral (
                    select count(*) as messages, coalesce(sum(octet_length(body)), 0) as bytes
                    from (select body, expires_at from push_message where user_agent = a.user_agent offset 0) m
                    where expires_at > $7
                ) w
             ), judged as materialized (
                select g.*, w.messages, w.bytes, c.is_known, c.is_known and (g.ttl > 0 or old.id is not null
                        or (select node from push_user_agent where id = g.user_agent) is not null) as is_wanted,
                    case when old.id is null then 1 else 0 end as more,
                    octet_length(g.body) - coalesce(octet_length(old.body), 0) as growth
                from latest g join waiting w on w.user_agent = g.user_agent
                cross join lateral (select count(*) > 0 as is_known from push_channel
                    where user_agent = g.user_agent and channel = g.channel) c
                left join lateral (select id, body from push_message
                    where user_agent = g.user_agent and channel = g.channel and topic = g.topic and expires_at > $7 offset 0) old on true
                where g.position = g.last
             ), counted as (
                select *, is_wanted and messages + sum(more) filter (where is_wanted) over earlier <= $8
                    and bytes + sum(growth) filter (where is_wanted) over earlier <= $9 as fits
                from judged window earlier as (partition by user_agent order by position)
             ), kept as (
                insert into push_message (id, user_agent, channel, topic, urgency, body, ttl, received_at, expires_at)
                select id, user_agent, channel, topic, urgency, body, ttl, $7,
                    $7 + make_interval(secs => case when ttl = 0 then 60 else ttl end)
                from counted where fits order by user_agent, channel, topic
                on conflict (user_agent, channel, topic) where topic is not null do update set id = excluded.id,
                    urgency = excluded.urgency, body = excluded.body, ttl = excluded.ttl,
                    received_at = excluded.received_at, expires_at = excluded.expires_at
             )
             select w.id as "id!", w.is_known as "is_known!", w.is_wanted as "is_wanted!", w.fits as "fits!"
             from latest g join counted w on w.position = g.last order by g.position"#,
            &columns.agents as &[[u8; 16]],
            &columns.channels as &[[u8; 16]],
            &columns.topics as &[Option<&str>],
            &columns.urgencies,
            &columns.bodies as &[&[u8]],
            &columns.ttls,
            now,
            i64::from(bounds.messages),
            i64::try_from(bounds.bytes).unwrap_or(i64::MAX),
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(JudgedRow::kept).collect())
    }

    /// What waits for user agents, for each in the order given: at most so many messages, the most urgent first, then the oldest.
    /// With `true`, for one that has just connected, those with TTL 0 are not among them.
    pub async fn load_push_messages(
        &self,
        wanted: &[(UserAgentId, bool)],
        limit: u32,
        now: OffsetDateTime,
    ) -> Result<Vec<Vec<PushMessage>>> {
        let (agents, at_hello): (Vec<_>, Vec<_>) =
            wanted.iter().map(|(agent, late)| (*agent.as_bytes(), *late)).unzip();
        let rows = sqlx::query!(
            r#"select wanted.position as "position!", m.id, m.channel, m.urgency, m.body, m.ttl, m.expires_at
             from unnest($1::bytea[], $2::boolean[]) with ordinality as wanted (user_agent, at_hello, position)
             cross join lateral (
                select * from (select * from push_message where user_agent = wanted.user_agent offset 0) m
                where expires_at > $3 and (ttl > 0 or not wanted.at_hello) order by urgency desc, id limit $4
             ) m order by wanted.position, m.urgency desc, m.id"#,
            &agents as &[[u8; 16]],
            &at_hello,
            now,
            i64::from(limit),
        )
        .fetch_all(self.pool())
        .await?;
        let mut messages = vec![Vec::new(); wanted.len()];
        for row in rows {
            let message = PushMessage {
                id: row.id,
                channel: ChannelId::from_bytes(fixed("push channel", &row.channel)?),
                urgency: urgency(row.urgency)?,
                body: row.body,
                ttl: row.ttl.unsigned_abs(),
                expires_at: row.expires_at,
            };
            let place =
                usize::try_from(row.position).ok().and_then(|position| messages.get_mut(position.checked_sub(1)?));
            place.ok_or_else(|| StoreError::corrupt("push message", "nobody asked for it"))?.push(message);
        }
        Ok(messages)
    }

    /// Deletes messages that their user agents have acknowledged. If the database's server dies within the next moments, some of them
    /// may be there again: they are then delivered twice.
    pub async fn acknowledge_push_messages(&self, done: &[(UserAgentId, i64)]) -> Result<()> {
        let (agents, ids): (Vec<_>, Vec<_>) = done.iter().map(|(agent, id)| (*agent.as_bytes(), *id)).unzip();
        // What someone else has locked is being deleted or replaced.
        sqlx::query!(
            "delete from push_message where (select set_config('synchronous_commit', 'off', true)) is not null and ctid = any(array(
                select m.ctid from unnest($1::bytea[], $2::bigint[]) as done (user_agent, id) cross join lateral (
                    select ctid from push_message where user_agent = done.user_agent and id = done.id for update skip locked) m))",
            &agents as &[[u8; 16]],
            &ids,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Deletes a message that was not acknowledged yet (RFC 8030 §6.2); `false` if it is not there any more.
    pub async fn take_back_push_message(&self, agent: UserAgentId, id: i64) -> Result<bool> {
        let done = sqlx::query!("delete from push_message where user_agent = $1 and id = $2", agent.as_bytes(), id)
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

struct JudgedRow {
    id: i64,
    is_known: bool,
    is_wanted: bool,
    fits: bool,
}

impl JudgedRow {
    fn kept(self) -> Kept {
        match (self.is_known, self.is_wanted, self.fits) {
            (false, ..) => Kept::Gone,
            (_, false, _) => Kept::Discarded(self.id),
            (.., false) => Kept::Full,
            (true, true, true) => Kept::Kept(self.id),
        }
    }
}

struct Columns<'a> {
    agents: Vec<[u8; 16]>,
    channels: Vec<[u8; 16]>,
    topics: Vec<Option<&'a str>>,
    urgencies: Vec<i16>,
    bodies: Vec<&'a [u8]>,
    ttls: Vec<i32>,
}

impl<'a> Columns<'a> {
    fn of(new: &[NewPushMessage<'a>]) -> Self {
        Self {
            agents: new.iter().map(|message| *message.user_agent.as_bytes()).collect(),
            channels: new.iter().map(|message| *message.channel.as_bytes()).collect(),
            topics: new.iter().map(|message| message.topic).collect(),
            urgencies: new.iter().map(|message| message.urgency.rank()).collect(),
            bodies: new.iter().map(|message| message.body).collect(),
            ttls: new.iter().map(|message| i32::try_from(message.ttl).unwrap_or(i32::MAX)).collect(),
        }
    }
}

fn urgency(rank: i16) -> Result<Urgency> {
    Urgency::from_rank(rank).ok_or_else(|| StoreError::corrupt("urgency", rank))
}
