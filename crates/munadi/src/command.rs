//! The commands.

pub(crate) mod dead;
pub(crate) mod directory;
pub(crate) mod doctor;
pub(crate) mod keys;
pub(crate) mod notice;
pub(crate) mod officer_key;
pub(crate) mod shift;
pub(crate) mod verify;

use anyhow::{Result, bail};

use crate::{demo::Demo, installation::Installation, output::Output};

/// `munadi migrate`.
pub(crate) async fn migrate(installation: &Installation, output: Output) -> Result<()> {
    let store = installation.store().await?;
    let missing = store.migrations_missing().await?;
    store.migrate().await?;
    output.step(&match missing {
        0 => "The schema is up to date.".to_owned(),
        count => format!("The schema is up to date now: {count} migrations were applied."),
    });
    Ok(())
}

/// `munadi demo reset`: everything goes, so it asks for an explicit yes, and leaves alone what is no demonstration.
pub(crate) async fn reset(installation: &Installation, yes: bool, output: Output) -> Result<()> {
    if !yes {
        bail!("this removes everything from {}: add --yes if that is what you want", installation.config.database.url);
    }
    let store = installation.store().await?;
    if Demo::load(&installation.config)?.is_none() && store.has_departments().await? {
        bail!(
            "{} holds departments, and no demonstration of this installation: nothing was removed. Drop the database by \
             PostgreSQL's own means if that is what you want",
            installation.config.database.url
        );
    }
    store.drop_everything().await?;
    output.step("The database is empty. munadi migrate makes the schema again.");
    Ok(())
}
