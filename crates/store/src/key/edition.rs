//! The editions of the signed key directory.

use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx};

/// Names the advisory lock under which editions are made; the number has no other meaning.
const DIRECTORY_LOCK: i64 = 0x6d75_6e61_6469_0010;

/// An edition as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionRecord {
    /// Its number.
    pub number: u64,
    /// When it was made.
    pub issued_at: OffsetDateTime,
    /// The JWS.
    pub jws: String,
}

struct Row {
    number: i64,
    issued_at: OffsetDateTime,
    jws: String,
}

impl Row {
    fn read(self) -> Result<EditionRecord> {
        let number = u64::try_from(self.number).map_err(|error| StoreError::corrupt("key directory", error))?;
        Ok(EditionRecord { number, issued_at: self.issued_at, jws: self.jws })
    }
}

impl Tx {
    /// Waits until nobody else makes an edition, and lets nobody else until the transaction ends.
    pub async fn lock_directory(&mut self) -> Result<()> {
        sqlx::query!("select pg_advisory_xact_lock($1)", DIRECTORY_LOCK).execute(&mut *self.inner).await?;
        Ok(())
    }

    /// The last edition, as this transaction sees it.
    pub async fn last_edition(&mut self) -> Result<Option<EditionRecord>> {
        let query = sqlx::query_as!(
            Row,
            "select edition as number, issued_at, jws from key_directory order by edition desc limit 1"
        );
        query.fetch_optional(&mut *self.inner).await?.map(Row::read).transpose()
    }

    /// Adds an edition. Each number is given once.
    pub async fn insert_edition(&mut self, edition: &EditionRecord) -> Result<()> {
        let number = i64::try_from(edition.number).map_err(|error| StoreError::corrupt("key directory", error))?;
        sqlx::query!(
            "insert into key_directory (edition, issued_at, jws) values ($1, $2, $3)",
            number,
            edition.issued_at,
            edition.jws,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Store {
    /// The number of the last edition; 0 if there is none yet.
    pub async fn last_edition_number(&self) -> Result<u64> {
        let query = sqlx::query_scalar!(r#"select coalesce(max(edition), 0) as "number!" from key_directory"#);
        let number = query.fetch_one(self.pool()).await?;
        u64::try_from(number).map_err(|error| StoreError::corrupt("key directory", error))
    }

    /// The last edition.
    pub async fn last_edition(&self) -> Result<Option<EditionRecord>> {
        let query = sqlx::query_as!(
            Row,
            "select edition as number, issued_at, jws from key_directory order by edition desc limit 1"
        );
        query.fetch_optional(self.pool()).await?.map(Row::read).transpose()
    }
}
