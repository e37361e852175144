//! The public log: the Merkle tree over the audit trail's rows, and its checkpoints. One process at a time changes it, through
//! [`LogWriter`]; everything else reads.

mod writer;

pub use writer::{Growth, LogWriter};

use munadi_transparency::log::hash::Hash;
use sqlx::{Executor, Postgres};
use time::OffsetDateTime;

use crate::{Result, Store, StoreError};

/// How far the tree has grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogTree {
    /// So many entries have a place.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Where a tile's hashes are: the level of the tree by eights, and the number of the tile in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TilePlace {
    /// 0 for the hashes of entries.
    pub level: u8,
    /// From 0.
    pub index: u64,
}

/// The hashes of a tile, as many as there are: 32 bytes each, at most 256 of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTile {
    /// Where it is.
    pub place: TilePlace,
    /// One after the other.
    pub hashes: Vec<u8>,
}

/// A checkpoint that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRecord {
    /// What it says.
    pub tree: LogTree,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub signed_at: OffsetDateTime,
    /// When it was published, if it was.
    pub published_at: Option<OffsetDateTime>,
}

/// How much waits for its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsealed {
    /// So many events.
    pub events: u64,
    /// When the first of them happened.
    pub oldest: Option<OffsetDateTime>,
}

struct CheckpointRow {
    size: i64,
    root: Vec<u8>,
    note: String,
    signed_at: OffsetDateTime,
    published_at: Option<OffsetDateTime>,
}

impl Store {
    /// The newest published checkpoint of the log of this name.
    pub async fn published_checkpoint(&self, origin: &str) -> Result<Option<CheckpointRecord>> {
        published(self.pool(), origin).await
    }

    /// A tile, as far as it is filled; more of it may be filled than any checkpoint covers.
    pub async fn log_tile(&self, place: TilePlace) -> Result<Option<Vec<u8>>> {
        let hashes = sqlx::query_scalar!(
            "select hashes from log_tile where level = $1 and place = $2",
            i16::from(place.level),
            number(place.index)?,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(hashes)
    }

    /// Several tiles at once, in no order; those that are not there are missing.
    pub async fn log_tiles(&self, places: &[TilePlace]) -> Result<Vec<StoredTile>> {
        tiles(self.pool(), places).await
    }

    /// The entries from one index to before another, in their order. Their number is what the caller must bound; one that is missing is
    /// missing in the answer.
    pub async fn log_entries(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
        let entries = sqlx::query_scalar!(
            "select leaf from audit_event where log_index >= $1 and log_index < $2 order by log_index",
            number(from)?,
            number(to)?,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(entries)
    }

    /// How much waits for its place in the log.
    pub async fn unsealed(&self) -> Result<Unsealed> {
        let row =
            sqlx::query!(r#"select count(*) as "events!", min(at) as oldest from audit_event where log_index is null"#)
                .fetch_one(self.pool())
                .await?;
        Ok(Unsealed { events: row.events.unsigned_abs(), oldest: row.oldest })
    }
}

async fn published(database: impl Executor<'_, Database = Postgres>, origin: &str) -> Result<Option<CheckpointRecord>> {
    let row = sqlx::query_as!(
        CheckpointRow,
        "select size, root, note, signed_at, published_at from log_checkpoint
         where origin = $1 and published_at is not null order by size desc limit 1",
        origin,
    )
    .fetch_optional(database)
    .await?;
    row.map(CheckpointRow::read).transpose()
}

async fn tiles(database: impl Executor<'_, Database = Postgres>, places: &[TilePlace]) -> Result<Vec<StoredTile>> {
    let levels: Vec<i16> = places.iter().map(|place| i16::from(place.level)).collect();
    let indexes = places.iter().map(|place| number(place.index)).collect::<Result<Vec<i64>>>()?;
    let rows = sqlx::query!(
        r#"select level as "level!", place as "place!", hashes as "hashes!" from log_tile
         join unnest($1::smallint[], $2::bigint[]) as wanted (level, place) using (level, place)"#,
        &levels,
        &indexes,
    )
    .fetch_all(database)
    .await?;
    rows.into_iter()
        .map(|row| {
            let level = u8::try_from(row.level).map_err(|error| StoreError::corrupt("a log tile", error))?;
            Ok(StoredTile { place: TilePlace { level, index: row.place.unsigned_abs() }, hashes: row.hashes })
        })
        .collect()
}

impl CheckpointRow {
    fn read(self) -> Result<CheckpointRecord> {
        let tree = tree(self.size, &self.root)?;
        Ok(CheckpointRecord { tree, note: self.note, signed_at: self.signed_at, published_at: self.published_at })
    }
}

fn tree(size: i64, root: &[u8]) -> Result<LogTree> {
    let corrupt = |why: String| StoreError::corrupt("the log's tree", why);
    let size = u64::try_from(size).map_err(|error| corrupt(error.to_string()))?;
    let root = Hash::try_from(root).map_err(|error| corrupt(error.to_string()))?;
    Ok(LogTree { size, root })
}

/// A size or an index, as the database has it.
fn number(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|error| StoreError::corrupt("the log", error))
}
