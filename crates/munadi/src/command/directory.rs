//! `munadi keys directory …`: the key directory's editions where the root key is kept offline.

use anyhow::{Context, Result, bail};
use munadi_services::signer::{KeyPurpose, KeySecret, read_key_file};
use munadi_transparency::directory::{Edition, KeyDirectory};
use serde_json::json;

use crate::{
    cli::{DirectoryCommand, SigningKey},
    client::Client,
    command::{keys::write_new, officer_key},
    installation::Installation,
    output::Output,
};

/// Runs the command.
pub(crate) async fn run(command: DirectoryCommand, installation: &Installation, output: Output) -> Result<()> {
    match command {
        DirectoryCommand::Export { file } => {
            let directory = installation.directory(&installation.signers()?).await?;
            let Some(edition) = directory.pending().await? else {
                output.result("Nothing has changed: there is nothing to sign.", &json!({ "edition": null }));
                return Ok(());
            };
            write_new(&file, &serde_json::to_string_pretty(&edition)?)?;
            let words = format!("Edition {} is in {}. Sign it where the root key is.", edition.number, file.display());
            output.result(&words, &json!({ "edition": edition.number, "file": file }));
            Ok(())
        }
        DirectoryCommand::Sign { file, key, out } => {
            let text = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let edition: Edition = serde_json::from_slice(&text).context("this is not an edition to be signed")?;
            let root = root_key(&key)?;
            write_new(&out, &KeyDirectory::sign(&edition, &root)?)?;
            let words = format!(
                "Edition {} is signed: {}. Bring it in with munadi keys directory import.",
                edition.number,
                out.display()
            );
            output.result(&words, &json!({ "edition": edition.number, "file": out }));
            Ok(())
        }
        DirectoryCommand::Import { account, file } => {
            let text = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let client = Client::sign_in(&account)?;
            let answer: serde_json::Value = client.post_bytes("/v1/key-directory", "application/jose+json", &text)?;
            output.result(&format!("Edition {} is served now.", answer["edition"]), &answer);
            Ok(())
        }
    }
}

fn root_key(at: &SigningKey) -> Result<munadi_transparency::key::LocalKey> {
    let secret = KeySecret::Passphrase(officer_key::passphrase(at)?);
    match read_key_file(&at.key, KeyPurpose::Root, &secret)? {
        Some(key) => Ok(key),
        None => bail!("{} does not exist", at.key.display()),
    }
}
