//! An officer's signing key, in an encrypted file that the server never sees.

use std::path::Path;

use anyhow::{Context, Result, bail};
use munadi_domain::id::{KeyId, Seed};
use munadi_services::{
    clock::Clock,
    entropy,
    secret::Secret,
    signer::{KeyPurpose, KeySecret, read_key_file, write_key_file},
};
use munadi_transparency::key::{LocalKey, Signer};
use serde_json::Value;

use crate::{cli::SigningKey, client::Client};

/// The shortest passphrase.
const SHORTEST: usize = 12;

/// Makes a key and its file; refuses to overwrite one.
pub(crate) fn make(at: &SigningKey, purpose: KeyPurpose, clock: &Clock) -> Result<LocalKey> {
    let passphrase = passphrase(at)?;
    if passphrase.expose().chars().count() < SHORTEST {
        bail!("the passphrase is too short: choose {SHORTEST} characters or more");
    }
    make_with(&at.key, purpose, &KeySecret::Passphrase(passphrase), clock)
}

/// [`make`] with a secret that is known.
pub(crate) fn make_with(file: &Path, purpose: KeyPurpose, secret: &KeySecret, clock: &Clock) -> Result<LocalKey> {
    let seed = Seed::counted(clock.tick(), u128::from_le_bytes(entropy::bytes()?));
    let key = LocalKey::generate(KeyId::new(seed).to_string().parse()?)?;
    let name = file.display();
    let is_new =
        write_key_file(file, &key, purpose, secret).with_context(|| format!("the key cannot be written to {name}"))?;
    if is_new { Ok(key) } else { bail!("{name} exists: a key is never overwritten") }
}

/// Opens a key's file.
pub(crate) fn open(at: &SigningKey) -> Result<LocalKey> {
    open_with(&at.key, &KeySecret::Passphrase(passphrase(at)?))
}

/// [`open`] with a secret that is known.
pub(crate) fn open_with(file: &Path, secret: &KeySecret) -> Result<LocalKey> {
    let key = read_key_file(file, KeyPurpose::Officer, secret)?;
    key.with_context(|| format!("{} does not exist: munadi keys new makes it", file.display()))
}

/// The same key under the name that the server gave it when it was enrolled.
pub(crate) fn as_enrolled(key: &LocalKey, client: &Client) -> Result<LocalKey> {
    let thumbprint = key.public_key().thumbprint().to_string();
    let listed: Value = client.get("/v1/keys?limit=100")?;
    let mut keys = listed["keys"].as_array().into_iter().flatten();
    let Some(entry) = keys.find(|entry| entry["thumbprint"] == thumbprint.as_str()) else {
        bail!("the server does not know this key: munadi keys enroll, then ask your department's admin to confirm it");
    };
    let kid = entry["kid"].as_str().context("the server did not name the key")?;
    Ok(LocalKey::from_pkcs8(kid.parse()?, &key.to_pkcs8()?)?)
}

pub(crate) fn passphrase(at: &SigningKey) -> Result<Secret> {
    if let Some(path) = &at.passphrase_file {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        return Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    match std::env::var("MUNADI_KEY_PASSPHRASE") {
        Ok(passphrase) => Ok(Secret::new(passphrase)),
        Err(_) => bail!("no passphrase for the key: name a file with --passphrase-file, or set MUNADI_KEY_PASSPHRASE"),
    }
}
