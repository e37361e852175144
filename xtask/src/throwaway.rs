//! A database for a minute: made beside the one that `DATABASE_URL` names, migrated, and dropped.
//!
//! Queries are described against the migrations of this tree, never against whatever state a developer's database is in.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

use anyhow::{Context, bail};

/// Dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
    /// The address of the new database.
    pub(crate) url: String,
}

impl Database {
    /// Creates a database on the server of this address and runs all migrations.
    pub(crate) fn create(server: &str, migrations: &Path) -> anyhow::Result<Self> {
        let name = format!("munadi_xtask_{}", process::id());
        let url = with_database(server, &name).context("DATABASE_URL is not like postgres://user@host/database")?;
        command(server, &format!("create database {name}")).context("cannot create a throw-away database")?;
        let database = Self { server: server.to_owned(), name, url };
        for file in migration_files(migrations)? {
            database.migrate(&file)?;
        }
        Ok(database)
    }

    /// One migration in one transaction, as sqlx does it.
    fn migrate(&self, file: &Path) -> anyhow::Result<()> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut psql = psql(&self.url);
        if !text.starts_with("-- no-transaction") {
            psql.arg("--single-transaction");
        }
        crate::command::output(psql.arg("--file").arg(file)).map(drop)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = command(&self.server, &format!("drop database {} with (force)", self.name)) {
            println!("the database {} is left behind: {error}", self.name);
        }
    }
}

fn migration_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    if files.is_empty() {
        bail!("there is no migration in {}", folder.display());
    }
    Ok(files)
}

fn command(url: &str, sql: &str) -> anyhow::Result<()> {
    crate::command::output(psql(url).args(["--command", sql])).map(drop)
}

fn psql(url: &str) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url]);
    psql
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (place, parameters) = rest.split_once('?').map_or((rest, None), |(place, found)| (place, Some(found)));
    let authority = place.split_once('/').map_or(place, |(authority, _)| authority);
    let parameters = parameters.map(|found| format!("?{found}")).unwrap_or_default();
    scheme.starts_with("postgres").then(|| format!("{scheme}://{authority}/{name}{parameters}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_changes() {
        for (url, expected) in [
            ("postgres://a:b@localhost:5432/munadi", "postgres://a:b@localhost:5432/x"),
            ("postgresql://localhost", "postgresql://localhost/x"),
            ("postgres:///munadi?host=/run/postgresql", "postgres:///x?host=/run/postgresql"),
            ("postgres://a@h/b?sslmode=disable&c=d/e", "postgres://a@h/x?sslmode=disable&c=d/e"),
        ] {
            assert_eq!(with_database(url, "x").as_deref(), Some(expected));
        }
        assert!(["munadi", "mysql://localhost/munadi"].iter().all(|url| with_database(url, "x").is_none()));
    }
}
