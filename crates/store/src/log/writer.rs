//! What the one process may do that gives events their places.

use futures_util::TryStreamExt;
use munadi_transparency::log::hash::{Hash, leaf_hash};
use sqlx::{ConnectOptions, Connection, PgConnection, Postgres, Transaction};
use time::OffsetDateTime;

use super::{CheckpointRecord, LogTree, StoredTile, TilePlace, number, published, tiles, tree};
use crate::{Result, Store, StoreError};

/// Names the log's advisory lock; the number has no other meaning.
const LOG_LOCK: i64 = 0x6d75_6e61_6469_0002;

/// Whoever has it is the only one that writes to the log. Everything is written through the connection that holds the lock, so who has
/// lost the lock can write nothing. It is given back when this is dropped, when its process dies, and when the connection breaks.
#[derive(Debug)]
pub struct LogWriter {
    connection: PgConnection,
}

/// Events that were given their places, in a transaction that is not committed yet. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Growth<'a> {
    tx: Transaction<'a, Postgres>,
    before: LogTree,
    leaves: Vec<Hash>,
}

impl Store {
    /// Becomes the only writer; `None` if there is one already. Ask again later: a dead process gives its lock back when the database
    /// notices.
    pub async fn lock_log(&self) -> Result<Option<LogWriter>> {
        // Whatever the database believes of how large its tables are: by their keys. A million rows may have come since it looked.
        let by_key =
            [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];
        let options = (*self.pool().connect_options()).clone().options(by_key);
        let mut connection = options.connect().await?;
        let locked =
            sqlx::query_scalar!("select pg_try_advisory_lock($1)", LOG_LOCK).fetch_one(&mut connection).await?;
        if locked != Some(true) {
            return Ok(None);
        }
        // What is signed must survive a power cut, also where the installation's other transactions need not.
        sqlx::query!(
            "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'"
        )
        .fetch_optional(&mut connection)
        .await?;
        Ok(Some(LogWriter { connection }))
    }
}

impl LogWriter {
    /// How far the tree has grown.
    pub async fn tree(&mut self) -> Result<LogTree> {
        let row = sqlx::query!("select size, root from log_tree").fetch_one(&mut self.connection).await?;
        tree(row.size, &row.root)
    }

    /// How many events have a place, by the highest place that was given. It must be the tree's size.
    pub async fn places(&mut self) -> Result<u64> {
        let highest =
            sqlx::query_scalar!("select max(log_index) from audit_event").fetch_one(&mut self.connection).await?;
        Ok(highest.map_or(0, |highest| highest.unsigned_abs() + 1))
    }

    /// The newest published checkpoint of the log of this name.
    pub async fn published(&mut self, origin: &str) -> Result<Option<CheckpointRecord>> {
        published(&mut self.connection, origin).await
    }

    /// The largest checkpoint of the log of this name that was signed, published or not: its tree.
    pub async fn signed(&mut self, origin: &str) -> Result<Option<LogTree>> {
        let row =
            sqlx::query!("select size, root from log_checkpoint where origin = $1 order by size desc limit 1", origin)
                .fetch_optional(&mut self.connection)
                .await?;
        row.map(|row| tree(row.size, &row.root)).transpose()
    }

    /// Several tiles at once, in no order; those that are not there are missing.
    pub async fn tiles(&mut self, places: &[TilePlace]) -> Result<Vec<StoredTile>> {
        tiles(&mut self.connection, places).await
    }

    /// Gives the next events their places, at most so many, in the order of their ids. Only committed events are seen: one that commits
    /// later gets a later place. `None` if there are none.
    pub async fn grow(&mut self, limit: u32) -> Result<Option<Growth<'_>>> {
        let mut tx = self.connection.begin().await?;
        let row = sqlx::query!("select size, root from log_tree for update").fetch_one(&mut *tx).await?;
        let before = tree(row.size, &row.root)?;
        let leaves = place_next(&mut tx, row.size, limit).await?;
        Ok((!leaves.is_empty()).then_some(Growth { tx, before, leaves }))
    }

    /// Stores a signed checkpoint, which nobody sees until it is published. Storing it again changes nothing.
    ///
    /// # Errors
    /// [`Refused::Immutable`](crate::Refused::Immutable) if another root was signed for this size.
    pub async fn store_checkpoint(&mut self, origin: &str, to: LogTree, note: &str, at: OffsetDateTime) -> Result<()> {
        sqlx::query!(
            "insert into log_checkpoint (origin, size, root, note, signed_at) values ($1, $2, $3, $4, $5)
             on conflict (origin, size) do update set root = excluded.root",
            origin,
            number(to.size)?,
            to.root.as_bytes(),
            note,
            at,
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Publishes a checkpoint that was stored, with the signatures that it has by now.
    pub async fn publish_checkpoint(&mut self, origin: &str, size: u64, note: &str, at: OffsetDateTime) -> Result<()> {
        let published = sqlx::query!(
            "update log_checkpoint set note = $3, published_at = $4 where origin = $1 and size = $2",
            origin,
            number(size)?,
            note,
            at,
        )
        .execute(&mut self.connection)
        .await?;
        if published.rows_affected() == 1 {
            return Ok(());
        }
        Err(StoreError::corrupt(format!("checkpoint {size} of {origin}"), "it was to be published and is not there"))
    }
}

impl Growth<'_> {
    /// The tree before it grew.
    pub const fn before(&self) -> LogTree {
        self.before
    }

    /// The hashes of the events that were added, in the order of their places.
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }

    /// Several tiles at once, as they were before, in no order; those that are not there are missing.
    pub async fn tiles(&mut self, places: &[TilePlace]) -> Result<Vec<StoredTile>> {
        tiles(&mut *self.tx, places).await
    }

    /// Makes it permanent: the events' places, the tiles that have changed, and how far the tree has grown by it.
    pub async fn commit(mut self, changed: &[StoredTile], after: LogTree) -> Result<()> {
        let levels: Vec<i16> = changed.iter().map(|tile| i16::from(tile.place.level)).collect();
        let indexes = changed.iter().map(|tile| number(tile.place.index)).collect::<Result<Vec<i64>>>()?;
        let hashes: Vec<&[u8]> = changed.iter().map(|tile| tile.hashes.as_slice()).collect();
        sqlx::query!(
            "insert into log_tile (level, place, hashes) select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
             on conflict (level, place) do update set hashes = excluded.hashes",
            &levels,
            &indexes,
            &hashes as &[&[u8]],
        )
        .execute(&mut *self.tx)
        .await?;
        sqlx::query!("update log_tree set size = $1, root = $2", number(after.size)?, after.root.as_bytes())
            .execute(&mut *self.tx)
            .await?;
        self.tx.commit().await?;
        Ok(())
    }
}

/// An event's bytes are hashed as they arrive, and let go: however large the events are, only their hashes are held.
async fn place_next(tx: &mut Transaction<'_, Postgres>, size: i64, limit: u32) -> Result<Vec<Hash>> {
    let mut rows = sqlx::query!(
        r#"with next as materialized (
            select ctid, id from audit_event where log_index is null order by id limit $2
         ), placed as (
            select ctid, $1 + row_number() over (order by id) - 1 as log_index from next
         )
         update audit_event e set log_index = placed.log_index from placed where e.ctid = placed.ctid and e.log_index is null
         returning e.log_index as "log_index!", e.leaf"#,
        size,
        i64::from(limit),
    )
    .fetch(&mut **tx);
    let mut placed = Vec::new();
    while let Some(row) = rows.try_next().await? {
        placed.push((row.log_index, leaf_hash(&row.leaf)));
    }
    placed.sort_unstable_by_key(|(place, _)| *place);
    if placed.iter().zip(size..).any(|((place, _), expected)| *place != expected) {
        return Err(StoreError::corrupt("the audit trail", "the places that were given to events have a gap"));
    }
    Ok(placed.into_iter().map(|(_, hash)| hash).collect())
}
