//! What `doctor` and readiness ask of the database.

use time::OffsetDateTime;

use crate::{Result, Store, StoreError};

/// The oldest PostgreSQL that the schema and the queries work on, as `server_version_num` tells it.
pub const OLDEST_SERVER: i32 = 150_000;

/// What the database server says of itself.
#[derive(Debug, Clone)]
pub struct ServerState {
    /// Its version as a number: 150012 is 15.12.
    pub version: i32,
    /// Its version in words.
    pub version_name: String,
    /// Its clock.
    pub now: OffsetDateTime,
    /// Whether it is a standby, which takes no changes.
    pub read_only: bool,
    /// Connections in use, of this and all other clients.
    pub connections: i64,
    /// The most it allows.
    pub connections_allowed: i32,
}

impl Store {
    /// Asks the server for its state.
    pub async fn server_state(&self) -> Result<ServerState> {
        let row = sqlx::query!(
            r#"select current_setting('server_version_num')::int as "version!", current_setting('server_version') as "name!",
                clock_timestamp() as "now!", pg_is_in_recovery() as "read_only!",
                (select count(*) from pg_stat_activity) as "connections!", current_setting('max_connections')::int as "allowed!""#
        )
        .fetch_one(self.pool())
        .await?;
        Ok(ServerState {
            version: row.version,
            version_name: row.name,
            now: row.now,
            read_only: row.read_only,
            connections: row.connections,
            connections_allowed: row.allowed,
        })
    }

    /// Removes everything, the schema too. For the demonstration's reset.
    pub async fn drop_everything(&self) -> Result<()> {
        sqlx::raw_sql("drop schema public cascade; create schema public")
            .execute(self.pool())
            .await
            .map_err(StoreError::from)?;
        Ok(())
    }
}
