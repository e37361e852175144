//! `munadi keys …`: the server's keys, officers' keys, and the key directory of an offline root.

use std::path::Path;

use anyhow::{Context, Result};
use munadi_services::{keys::proof, signer::KeyPurpose};
use munadi_transparency::key::Signer;
use serde_json::{Value, json};

use crate::{
    cli::{Account, KeysCommand, SigningKey},
    client::Client,
    command::{directory, officer_key},
    installation::Installation,
    output::Output,
};

/// Runs the command.
pub(crate) async fn run(command: KeysCommand, installation: &Installation, output: Output) -> Result<()> {
    match command {
        KeysCommand::Init => init(installation, output).await,
        KeysCommand::Root => root(installation, output),
        KeysCommand::New { key } => {
            let made = officer_key::make(&key, KeyPurpose::Officer, &installation.clock)?;
            let thumbprint = made.public_key().thumbprint().to_string();
            let words = format!(
                "{} is made. Hand it in: munadi keys enroll --key {0}\nIts thumbprint: {thumbprint}",
                key.key.display()
            );
            output.result(&words, &json!({ "file": key.key, "thumbprint": thumbprint }));
            Ok(())
        }
        KeysCommand::NewRoot { key } => new_root(&key, installation, output),
        KeysCommand::Enroll { account, key } => enroll(&account, &key, installation, output),
        KeysCommand::Confirm { account, kid } => {
            let client = Client::sign_in(&account)?;
            let answer: Value = client.post(&format!("/v1/keys/{kid}/confirm"), &json!({}))?;
            output.result(&format!("{kid} is confirmed and in the key directory"), &answer);
            Ok(())
        }
        KeysCommand::Revoke { account, kid, reason } => {
            let client = Client::sign_in(&account)?;
            let answer: Value = client.post(&format!("/v1/keys/{kid}/revoke"), &json!({ "reason": reason }))?;
            output.result(&format!("{kid} is revoked: it signs nothing any more"), &answer);
            Ok(())
        }
        KeysCommand::Rotate { account } => {
            let answer: Value = Client::sign_in(&account)?.post("/v1/keys/rotate", &json!({}))?;
            let kid = answer["kid"].as_str().context("the server did not name the key")?;
            output.result(&format!("{kid} signs for your department from now on"), &answer);
            Ok(())
        }
        KeysCommand::List { account } => list(&account, output),
        KeysCommand::Directory(command) => directory::run(command, installation, output).await,
    }
}

/// Makes the server's keys, and the first edition of the key directory.
async fn init(installation: &Installation, output: Output) -> Result<()> {
    let signers = installation.signers()?;
    let edition = installation.directory(&signers).await?.bring_up_to_date().await?;
    let root = signers.root_public().thumbprint().to_string();
    let folder = installation.config.keys.folder.display();
    let words = match edition {
        Some(edition) => {
            format!("The keys are in {folder}. Root: {root}. Edition {edition} of the key directory is made.")
        }
        None => format!("The keys are in {folder}. Root: {root}."),
    };
    output.result(&words, &json!({ "folder": installation.config.keys.folder, "root": root, "edition": edition }));
    Ok(())
}

fn root(installation: &Installation, output: Output) -> Result<()> {
    let jwk = installation.signers()?.root_public().to_jwk();
    output.result(&jwk, &serde_json::from_str(&jwk)?);
    Ok(())
}

fn new_root(at: &SigningKey, installation: &Installation, output: Output) -> Result<()> {
    let made = officer_key::make(at, KeyPurpose::Root, &installation.clock)?;
    let public = at.key.with_file_name("root.jwk");
    write_new(&public, &made.public_key().to_jwk())?;
    let words = format!(
        "{} is the root key: keep it offline. Put {} into the server's folder of keys and set [keys] root_online = false.",
        at.key.display(),
        public.display()
    );
    output.result(&words, &json!({ "file": at.key, "public": public }));
    Ok(())
}

fn enroll(account: &Account, key: &SigningKey, installation: &Installation, output: Output) -> Result<()> {
    let client = Client::sign_in(account)?;
    let key = officer_key::open(key)?;
    let proof = proof::sign(&key, client.officer_id()?.parse()?, installation.clock.now())?;
    let jwk: Value = serde_json::from_str(&key.public_key().to_jwk())?;
    let answer: Value = client.post("/v1/keys", &json!({ "jwk": jwk, "proof": proof }))?;
    let kid = answer["kid"].as_str().context("the server did not name the key")?;
    let thumbprint = key.public_key().thumbprint();
    let words = format!(
        "{kid} waits to be confirmed. Read its thumbprint to your department's admin, who runs: munadi keys confirm {kid}\n{thumbprint}"
    );
    output.result(&words, &answer);
    Ok(())
}

fn list(account: &Account, output: Output) -> Result<()> {
    let answer: Value = Client::sign_in(account)?.get("/v1/keys?limit=100")?;
    let keys = answer["keys"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let lines = keys.map(|key| {
        let state = match (&key["revoked_at"], &key["confirmed_at"]) {
            (Value::String(_), _) => "revoked",
            (_, Value::String(_)) => "good",
            _ => "waits to be confirmed",
        };
        format!("{}  {state:22} {}  {}\n", text(&key["kid"]), text(&key["officer"]), text(&key["thumbprint"]))
    });
    let words: String = lines.collect();
    output.result(if words.is_empty() { "There is none yet: munadi keys new makes one." } else { &words }, &answer);
    Ok(())
}

/// Writes a file that does not exist yet.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.with_context(|| format!("{} cannot be made: does it exist?", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))
}
