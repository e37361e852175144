//! All SQL of Munadi. What reads is a method of [`Store`]; what writes, or must read what it is about to write, is a method of [`Tx`],
//! so that a use case is one transaction and its side effects leave through that transaction's outbox rows.
//!
//! The database repeats the rules that protect a notice (see `migrations/0003_notice.sql`); what it refuses comes back as [`Refused`].

mod audit;
pub mod broadcast;
pub mod client;
pub mod dead_letter;
pub mod delivery;
pub mod department;
mod error;
pub mod figures;
pub mod health;
pub mod idempotency;
pub mod inbox;
pub mod key;
pub mod log;
pub mod notice;
pub mod officer;
pub mod outbox;
pub mod push;
mod read;
pub mod role_grant;
pub mod session;
pub mod subscription;

pub use audit::AuditRow;
pub use error::{Refused, StoreError};

use std::time::Duration;

use sqlx::{
    PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// What every function here returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

/// A transaction. Dropped without [`Tx::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
}

impl Store {
    /// Connects to the database that the URL names, with at most so many connections. Every statement ends after 30 seconds.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        let options = options.application_name("munadi").options([("statement_timeout", "30s"), ("TimeZone", "UTC")]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    /// Brings the schema up to date. Any number of processes may call it at once: the others wait.
    pub async fn migrate(&self) -> Result<()> {
        MIGRATOR.run(&self.pool).await?;
        Ok(())
    }

    /// How many migrations the executable has that the database has not.
    pub async fn migrations_missing(&self) -> Result<usize> {
        let table =
            sqlx::query_scalar!("select to_regclass('_sqlx_migrations') is not null").fetch_one(&self.pool).await?;
        if table != Some(true) {
            return Ok(MIGRATOR.iter().count());
        }
        let done: Vec<i64> =
            sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(&self.pool).await?;
        Ok(MIGRATOR.iter().filter(|migration| !done.contains(&migration.version)).count())
    }

    /// Starts a transaction (read committed).
    pub async fn begin(&self) -> Result<Tx> {
        Ok(Tx { inner: self.pool.begin().await? })
    }

    /// The pool, for what needs a connection of its own (listening, advisory locks).
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Closes all connections; waits for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Tx {
    /// Makes everything done in it permanent.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        Ok(())
    }
}
