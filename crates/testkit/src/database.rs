//! A database for each test, cloned from a template that is migrated once for each state of `migrations/`.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use anyhow::{Context, Result};
use munadi_store::Store;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// Names the advisory lock under which the template is made; the number has no other meaning.
const TEMPLATE_LOCK: i64 = 0x6d75_6e61_6469_7401;
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
/// A database of a test that was killed is dropped by a later test when it is older than this.
const ABANDONED_AFTER_SECONDS: i64 = 60 * 60;
const CONNECTIONS: u32 = 8;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A migrated database that exists as long as this value, whatever connections are still open.
#[derive(Debug)]
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
    url: String,
    store: Store,
}

impl TestDatabase {
    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where it is, for a process of its own or a second pool.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens so many of the store's connections, so that what is then done at once begins at once.
    pub async fn warm_up(&self, connections: usize) {
        let mut held = Vec::new();
        for _ in 0..connections {
            held.push(self.store.begin().await.expect("the test's database answers"));
        }
    }

    /// A pool for statements that the store does not offer, such as looking at a row or breaking a rule on purpose.
    pub async fn pool(&self) -> sqlx::PgPool {
        let pool = PgPoolOptions::new().max_connections(2).connect(&self.url).await;
        pool.expect("the test's database answers")
    }
}

impl Drop for TestDatabase {
    /// Drops the database in a thread of its own, because the test's runtime may be ending.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = thread::spawn(move || -> Result<()> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&server).await?;
                drop_database(&mut connection, &name).await
            })
        });
        // A database that could not be dropped is dropped by a later test.
        let _ = dropped.join();
    }
}

/// A new database on the server named by `DATABASE_URL`, with the schema of `migrations/` and nothing else in it.
pub async fn database() -> TestDatabase {
    let given = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set");
    database_on(&given).await
}

/// A new database like [`database`]'s on another server.
pub async fn database_on(server: &str) -> TestDatabase {
    create(server).await.expect(
        "a database for this test: DATABASE_URL must name a PostgreSQL server and a role that may create databases",
    )
}

async fn create(given: &str) -> Result<TestDatabase> {
    let server: PgConnectOptions = given.parse()?;
    let migrator = Migrator::new(Path::new(MIGRATIONS)).await?;
    let template = template_name(&migrator);
    let mut connection = PgConnection::connect_with(&server).await?;
    ensure_template(&mut connection, &server, &template, &migrator).await?;
    let now = sqlx::query_scalar("select extract(epoch from now())::bigint").fetch_one(&mut connection).await?;
    drop_abandoned(&mut connection, now).await?;
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("munadi_test_{now}_{}_{number}", std::process::id());
    run(&mut connection, format!("create database {name} template {template}")).await?;
    let url = with_database(given, &name)?;
    let store = Store::connect(&url, CONNECTIONS).await?;
    Ok(TestDatabase { server, name, url, store })
}

/// The template's name changes with every byte of every migration.
fn template_name(migrator: &Migrator) -> String {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = migrator.iter().flat_map(|migration| migration.checksum.iter());
    let hash = hash.fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("munadi_template_{hash:016x}")
}

async fn ensure_template(
    connection: &mut PgConnection,
    server: &PgConnectOptions,
    template: &str,
    migrator: &Migrator,
) -> Result<()> {
    if exists(connection, template).await? {
        return Ok(());
    }
    sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut *connection).await?;
    let made = if exists(connection, template).await? {
        Ok(())
    } else {
        make_template(connection, server, template, migrator).await
    };
    sqlx::query("select pg_advisory_unlock($1)").bind(TEMPLATE_LOCK).execute(&mut *connection).await?;
    made
}

/// Migrates under another name and renames at the end: a template that exists is complete.
async fn make_template(
    connection: &mut PgConnection,
    server: &PgConnectOptions,
    template: &str,
    migrator: &Migrator,
) -> Result<()> {
    let unfinished = format!("{template}_unfinished");
    drop_database(connection, &unfinished).await?;
    run(connection, format!("create database {unfinished}")).await?;
    let mut inside = PgConnection::connect_with(&server.clone().database(&unfinished)).await?;
    let migrated = migrator.run(&mut inside).await;
    inside.close().await?;
    if migrated.is_err() {
        drop_database(connection, &unfinished).await?;
    }
    migrated?;
    run(connection, format!("alter database {unfinished} rename to {template}")).await
}

async fn exists(connection: &mut PgConnection, name: &str) -> Result<bool> {
    let query = sqlx::query_scalar("select exists (select from pg_database where datname = $1)");
    Ok(query.bind(name).fetch_one(connection).await?)
}

async fn drop_abandoned(connection: &mut PgConnection, now: i64) -> Result<()> {
    let query = sqlx::query_scalar("select datname::text from pg_database where datname like 'munadi\\_test\\_%'");
    let names: Vec<String> = query.fetch_all(&mut *connection).await?;
    for name in names.iter().filter(|name| made_at(name).is_some_and(|at| at + ABANDONED_AFTER_SECONDS < now)) {
        drop_database(connection, name).await?;
    }
    Ok(())
}

fn made_at(name: &str) -> Option<i64> {
    name.strip_prefix("munadi_test_")?.split('_').next()?.parse().ok()
}

async fn drop_database(connection: &mut PgConnection, name: &str) -> Result<()> {
    run(connection, format!("drop database if exists {name} with (force)")).await
}

/// Statements about databases take no parameters; the names are made here from digits, and from nothing that a stranger says.
async fn run(connection: &mut PgConnection, statement: String) -> Result<()> {
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}

fn with_database(url: &str, name: &str) -> Result<String> {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let start = address.find("://").context("DATABASE_URL is not a URL")? + 3;
    let end = address[start..].find('/').map_or(address.len(), |slash| start + slash);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{}/{name}{query}", &address[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_database_in_any_url() {
        for (given, expected) in [
            ("postgres://u:p@h:1/db", "postgres://u:p@h:1/new"),
            ("postgres://u@h", "postgres://u@h/new"),
            ("postgres:///db?host=/run/postgresql", "postgres:///new?host=/run/postgresql"),
        ] {
            assert_eq!(with_database(given, "new").unwrap(), expected);
        }
    }
}
