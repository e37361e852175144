//! The commands.

pub(crate) mod audit;
pub(crate) mod dead;
pub(crate) mod directory;
pub(crate) mod doctor;
pub(crate) mod keys;
pub(crate) mod notice;
pub(crate) mod officer_key;
pub(crate) mod shift;
pub(crate) mod verify;

use anyhow::{Context, Result, bail};
use munadi_services::{people::NewAccount, signer::LOG_KEY_FILE};
use serde_json::json;

use crate::{demo::Demo, installation::Installation, output::Output, services::Services};

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

/// `munadi first-admin`: only where there is no platform admin yet, so it opens no back door.
pub(crate) async fn first_admin(installation: &Installation, account: NewAccount, output: Output) -> Result<()> {
    let created = Services::compose(installation).await?.people.create_first_platform_admin(&account).await?;
    let password = created.password.expose();
    let words = format!(
        "{} can sign in at {}console with this password, once, and chooses an own one then:\n{password}",
        account.sign_in, installation.config.http.public_url
    );
    output.result(&words, &json!({ "officer": created.officer.id, "sign_in": account.sign_in, "password": password }));
    Ok(())
}

/// The log went with the database. Another one must not be signed with its key, nor be held against its last checkpoint.
fn end_log(installation: &Installation) -> Result<()> {
    for path in [installation.config.keep_file(), installation.config.keys.folder.join(LOG_KEY_FILE)] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be removed", path.display()));
            }
            _ => {}
        }
    }
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
    end_log(installation)?;
    output.step("The database is empty. munadi migrate makes the schema again.");
    Ok(())
}
