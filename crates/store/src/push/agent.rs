//! User agents: where they are connected, and their channels.

use std::collections::{BTreeMap, HashMap};

use munadi_domain::push::{ChannelId, UserAgentId};
use time::{Date, OffsetDateTime};

use crate::{Result, Store, subscription::fixed};

/// A user agent on one of its sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushHello {
    /// Who.
    pub agent: UserAgentId,
    /// The process that has the socket.
    pub node: i64,
    /// Which socket.
    pub session: i64,
}

/// A user agent that is known has connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeted {
    /// The node and the session where it was connected until now, as far as is known.
    pub former: Option<(i64, i64)>,
}

/// Whether a user agent got its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// The channel exists.
    Registered,
    /// The user agent has too many others.
    TooMany,
}

impl Store {
    /// Those of the user agents that are connected somewhere, as far as is known, and the node; in no order.
    pub async fn push_nodes(&self, agents: &[UserAgentId]) -> Result<Vec<(UserAgentId, i64)>> {
        let agents: Vec<[u8; 16]> = agents.iter().map(|agent| *agent.as_bytes()).collect();
        let rows = sqlx::query!(
            r#"select id, node as "node!" from push_user_agent where id = any($1) and node is not null"#,
            &agents as &[[u8; 16]],
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(|row| Ok((agent(&row.id)?, row.node))).collect()
    }

    /// Writes down where user agents are connected now; for each in the order given whether it is known. Of two hellos of one user agent
    /// the later replaces the earlier, as it would in a call of its own.
    pub async fn greet_push_agents(&self, hellos: &[PushHello], today: Date) -> Result<Vec<Option<Greeted>>> {
        let last: BTreeMap<_, _> = hellos.iter().map(|hello| (hello.agent, hello)).collect();
        let agents: Vec<[u8; 16]> = last.keys().map(|agent| *agent.as_bytes()).collect();
        let (nodes, sessions): (Vec<_>, Vec<_>) = last.values().map(|hello| (hello.node, hello.session)).unzip();
        // Locked in the order of the key, so that two nodes which greet the same user agents do not wait for each other.
        let rows = sqlx::query!(
            "with former as materialized (
                select id, node, session from push_user_agent where id = any($1) order by id for no key update
             ), greeted as (
                update push_user_agent u set node = hello.node, session = hello.session, seen_on = $4
                from unnest($1::bytea[], $2::bigint[], $3::bigint[]) as hello (agent, node, session)
                where u.id = hello.agent and u.id = any(array(select id from former))
             )
             select id, node, session from former",
            &agents as &[[u8; 16]],
            &nodes,
            &sessions,
            today,
        )
        .fetch_all(self.pool())
        .await?;
        let known = rows.into_iter().map(|row| Ok((agent(&row.id)?, row.node.map(|node| (node, row.session)))));
        let mut known: HashMap<_, _> = known.collect::<Result<_>>()?;
        let greeted = hellos.iter().map(|hello| {
            let place = known.get_mut(&hello.agent)?;
            Some(Greeted { former: place.replace((hello.node, hello.session)) })
        });
        Ok(greeted.collect())
    }

    /// Writes down that sockets were closed, unless their user agents are connected by others by now. If the database's server dies
    /// within the next moments, this may be forgotten, which does no harm.
    pub async fn leave_push_agents(&self, left: &[PushHello]) -> Result<()> {
        let agents: Vec<[u8; 16]> = left.iter().map(|hello| *hello.agent.as_bytes()).collect();
        let (nodes, sessions): (Vec<_>, Vec<_>) = left.iter().map(|hello| (hello.node, hello.session)).unzip();
        // What someone else has locked is being greeted, or deleted.
        sqlx::query!(
            "update push_user_agent set node = null
             where (select set_config('synchronous_commit', 'off', true)) is not null and id = any(array(
                select u.id from unnest($1::bytea[], $2::bigint[], $3::bigint[]) as gone (agent, node, session) cross join lateral (
                    select id from push_user_agent where id = gone.agent and node = gone.node and session = gone.session
                    for no key update skip locked) u))",
            &agents as &[[u8; 16]],
            &nodes,
            &sessions,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Adds a channel, and its user agent if this is its first. A channel that exists already is left as it is; a new one is not added
    /// if the user agent has `most` already.
    pub async fn register_push_channel(
        &self,
        hello: &PushHello,
        channel: ChannelId,
        most: u32,
        now: OffsetDateTime,
    ) -> Result<Registration> {
        // The user agent's row is locked by this, so that it is still there when its channel refers to it.
        let has_room = sqlx::query_scalar!(
            r#"with agent as (
                insert into push_user_agent (id, node, session, seen_on, created_at) values ($1, $2, $3, $5::date, $6)
                on conflict (id) do update set seen_on = excluded.seen_on returning id
             ), room as (
                select count(*) < $7 or coalesce(bool_or(channel = $4), false) as is_there from push_channel where user_agent = $1
             ), added as (
                insert into push_channel (user_agent, channel, created_at) select agent.id, $4, $6 from agent, room where room.is_there
                on conflict (user_agent, channel) do nothing
             )
             select is_there as "is_there!" from room"#,
            hello.agent.as_bytes(),
            hello.node,
            hello.session,
            channel.as_bytes(),
            now.date(),
            now,
            i64::from(most),
        )
        .fetch_one(self.pool())
        .await?;
        Ok(if has_room { Registration::Registered } else { Registration::TooMany })
    }

    /// Deletes a channel and what waits for it; `false` if there is none.
    pub async fn unregister_push_channel(&self, agent: UserAgentId, channel: ChannelId) -> Result<bool> {
        let was_there = sqlx::query_scalar!(
            r#"with channel as (
                delete from push_channel where user_agent = $1 and channel = $2 returning channel
             ), messages as (
                delete from push_message where ctid = any(array(
                    select ctid from push_message where user_agent = $1 and channel = $2 for update skip locked))
             )
             select exists (select from channel) as "was_there!""#,
            agent.as_bytes(),
            channel.as_bytes(),
        )
        .fetch_one(self.pool())
        .await?;
        Ok(was_there)
    }

    /// Deletes a user agent, its channels and what waits for it. It gets another name when it connects again.
    pub async fn reset_push_agent(&self, agent: UserAgentId) -> Result<()> {
        sqlx::query!(
            "with messages as (
                delete from push_message where ctid = any(array(
                    select ctid from push_message where user_agent = $1 for update skip locked))
             )
             delete from push_user_agent where id = $1",
            agent.as_bytes(),
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}

fn agent(id: &[u8]) -> Result<UserAgentId> {
    fixed("push user agent", id).map(UserAgentId::from_bytes)
}
