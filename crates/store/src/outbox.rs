//! The outbox: messages for RabbitMQ, written by the transaction whose effect they announce, and taken away by the one relay.

use std::time::Duration;

use munadi_domain::{
    id::MessageId,
    message::{Lane, Message, Route},
};
use serde_json::Value;
use sqlx::{
    ConnectOptions, PgConnection,
    postgres::{PgListener, PgPoolOptions},
};
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx};

/// Names the relay's advisory lock; the number has no other meaning.
const RELAY_LOCK: i64 = 0x6d75_6e61_6469_0001;

/// A message, its id and where it goes.
pub type Letter = (Route, MessageId, Message);

/// A letter that waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// By this number it is deleted.
    pub id: i64,
    /// When its transaction began.
    pub created_at: OffsetDateTime,
    /// What is to be published.
    pub letter: Letter,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxDepth {
    /// How many letters wait.
    pub letters: u64,
    /// Since when the oldest of them waits.
    pub oldest: Option<OffsetDateTime>,
}

/// Whoever has it is the only relay. It ends with its connection: when it is dropped, when its process dies, and when the
/// connection breaks, which only [`RelayLock::is_held`] tells.
#[derive(Debug)]
pub struct RelayLock {
    connection: PgConnection,
}

/// Tells when something was written to the outbox.
#[derive(Debug)]
pub struct OutboxListener {
    listener: PgListener,
}

struct Row {
    id: i64,
    urgent: bool,
    message_id: String,
    route: Value,
    message: Value,
    created_at: OffsetDateTime,
}

impl Tx {
    /// Writes letters to the outbox. They leave when the transaction is committed, and only then.
    pub async fn enqueue(&mut self, letters: &[Letter]) -> Result<()> {
        let mut columns = Columns::default();
        for letter in letters {
            columns.push(letter)?;
        }
        let Columns { ids, urgent, routes, messages } = columns;
        sqlx::query!(
            "insert into outbox (message_id, urgent, route, message, created_at)
             select message_id, urgent, route, message, now()
             from unnest($1::text[], $2::boolean[], $3::jsonb[], $4::jsonb[]) as letter (message_id, urgent, route, message)",
            &ids,
            &urgent,
            &routes,
            &messages,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Becomes the only relay; `None` if there is one already. Ask again later: a dead process gives its lock back when the
    /// database notices.
    pub async fn lock_relay(&self) -> Result<Option<RelayLock>> {
        let mut connection = self.pool().connect_options().connect().await?;
        let locked =
            sqlx::query_scalar!("select pg_try_advisory_lock($1)", RELAY_LOCK).fetch_one(&mut connection).await?;
        Ok((locked == Some(true)).then_some(RelayLock { connection }))
    }

    /// The next letters, emergency traffic first, then as they were written. Ask with the relay's lock, or two will send the same.
    ///
    /// A row that this version cannot read is passed over and logged: it was written by a later one.
    pub async fn take_outbox(&self, limit: u32) -> Result<Vec<OutboxEntry>> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut entries = Vec::new();
        let mut passed = None;
        loop {
            let rows = self.outbox_after(passed, limit).await?;
            let complete = rows.len() < wanted;
            passed = rows.last().map(|row| (row.urgent, row.id)).or(passed);
            let readable = |row: Row| {
                row.read().inspect_err(|error| tracing::error!(%error, "a message stays in the outbox")).ok()
            };
            entries.extend(rows.into_iter().filter_map(readable));
            if complete || !entries.is_empty() {
                return Ok(entries);
            }
        }
    }

    async fn outbox_after(&self, passed: Option<(bool, i64)>, limit: u32) -> Result<Vec<Row>> {
        let (urgent, id) = passed.unwrap_or((true, i64::MIN));
        let rows = sqlx::query_as!(
            Row,
            "select id, urgent, message_id, route, message, created_at from outbox
             where urgent < $1 or urgent = $1 and id > $2 order by urgent desc, id limit $3",
            urgent,
            id,
            i64::from(limit),
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows)
    }

    /// Deletes letters that RabbitMQ has confirmed.
    pub async fn delete_outbox(&self, ids: &[i64]) -> Result<()> {
        sqlx::query!("delete from outbox where id = any($1)", ids).execute(self.pool()).await?;
        Ok(())
    }

    /// Listens on a connection of its own. Listen first, then take: what is written in between is told.
    pub async fn listen_outbox(&self) -> Result<OutboxListener> {
        let options = self.pool().connect_options();
        let pool = PgPoolOptions::new().max_connections(1).connect_with((*options).clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen("outbox").await?;
        Ok(OutboxListener { listener })
    }

    /// How much waits in the outbox.
    pub async fn outbox_depth(&self) -> Result<OutboxDepth> {
        let row = sqlx::query!(r#"select count(*) as "letters!", min(created_at) as oldest from outbox"#)
            .fetch_one(self.pool())
            .await?;
        Ok(OutboxDepth { letters: row.letters.unsigned_abs(), oldest: row.oldest })
    }
}

impl RelayLock {
    /// Whether the lock is still held. Fails if the connection broke, and the lock with it.
    pub async fn is_held(&mut self) -> Result<bool> {
        // An advisory lock shows its number's upper half as the class and its lower half as the object.
        let held = sqlx::query_scalar!(
            "select exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
                and classid::bigint << 32 | objid::bigint = $1)",
            RELAY_LOCK,
        )
        .fetch_one(&mut self.connection)
        .await?;
        Ok(held == Some(true))
    }
}

impl OutboxListener {
    /// Returns when something was written since the last call, or may have been: after a broken connection, and after `longest` in
    /// any case.
    pub async fn wait(&mut self, longest: Duration) -> Result<()> {
        // A broken connection comes as `None`: what was told meanwhile is lost, so the caller looks.
        if let Ok(told) = tokio::time::timeout(longest, self.listener.try_recv()).await {
            told?;
        }
        while self.listener.next_buffered().is_some() {}
        Ok(())
    }
}

#[derive(Default)]
struct Columns {
    ids: Vec<String>,
    urgent: Vec<bool>,
    routes: Vec<Value>,
    messages: Vec<Value>,
}

impl Columns {
    fn push(&mut self, (route, id, message): &Letter) -> Result<()> {
        let unwritable = |error: serde_json::Error| StoreError::corrupt(id, error);
        self.ids.push(id.to_string());
        self.urgent.push(is_urgent(*route));
        self.routes.push(serde_json::to_value(route).map_err(unwritable)?);
        self.messages.push(serde_json::to_value(message).map_err(unwritable)?);
        Ok(())
    }
}

impl Row {
    fn read(self) -> Result<OutboxEntry> {
        let corrupt = |why: String| StoreError::corrupt(format!("outbox {}", self.id), why);
        let id = self.message_id.parse().map_err(|error: munadi_domain::id::InvalidId| corrupt(error.to_string()))?;
        let route = serde_json::from_value(self.route).map_err(|error| corrupt(error.to_string()))?;
        let message = serde_json::from_value(self.message).map_err(|error| corrupt(error.to_string()))?;
        Ok(OutboxEntry { id: self.id, created_at: self.created_at, letter: (route, id, message) })
    }
}

/// Live messages are one for each notice and somebody looks at a screen: they do not wait either.
const fn is_urgent(route: Route) -> bool {
    match route {
        Route::FanOut(lane) | Route::Deliver(lane) | Route::DeliverLater(lane, _) => matches!(lane, Lane::Emergency),
        Route::Live => true,
    }
}
