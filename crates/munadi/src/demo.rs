//! The demonstration: three departments, officers with different roles, and subscribers in real places. Everything about it that is
//! secret (passwords, keys) is made when it is filled and kept in one file beside the keys; nothing is shipped.

mod cast;
mod fill;

pub(crate) use cast::TOUR;
pub(crate) use fill::fill;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use munadi_domain::id::{DepartmentId, OfficerId};
use munadi_services::signer::KeySecret;
use munadi_transparency::key::LocalKey;
use serde::{Deserialize, Serialize};

use crate::{command::officer_key, config::Config};

/// What the demonstration has made so far. It is saved after each step, so that a second run goes on where the first one ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Demo {
    /// Where the push service of the demonstration's subscribers listens.
    pub(crate) sink: Option<SocketAddr>,
    /// The passphrase of all the demonstration's key files.
    pub(crate) passphrase: String,
    /// Everyone who can sign in.
    pub(crate) people: Vec<Person>,
    /// How many subscribers there are.
    pub(crate) subscribers: usize,
    #[serde(skip)]
    folder: PathBuf,
}

/// Someone who can sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) officer: OfficerId,
    pub(crate) department: Option<DepartmentId>,
    pub(crate) department_name: String,
    pub(crate) sign_in: String,
    pub(crate) password: String,
    pub(crate) roles: Vec<String>,
}

impl Demo {
    /// The demonstration of this installation, if it was begun.
    pub(crate) fn load(config: &Config) -> Result<Option<Self>> {
        let folder = folder(config);
        let path = folder.join("demo.json");
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let demo: Self = serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))?;
        Ok(Some(Self { folder, ..demo }))
    }

    /// The demonstration, which must be there.
    pub(crate) fn need(config: &Config) -> Result<Self> {
        match Self::load(config)? {
            Some(demo) if demo.subscribers > 0 => Ok(demo),
            _ => bail!("there is no demonstration yet: run munadi demo fill"),
        }
    }

    fn begin(config: &Config) -> Result<Self> {
        let passphrase = fill::secret_text()?;
        let demo = Self { passphrase, folder: folder(config), ..Self::default() };
        demo.save()?;
        Ok(demo)
    }

    /// Writes the file beside the old one and puts it in its place, so that a crash leaves one of the two.
    fn save(&self) -> Result<()> {
        make_private_folder(&self.folder)?;
        let (path, fresh) = (self.folder.join("demo.json"), self.folder.join("demo.json.new"));
        write_private(&fresh, &serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(&fresh, &path).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Who can sign in by this name.
    pub(crate) fn person(&self, sign_in: &str) -> Result<&Person> {
        let person = self.people.iter().find(|person| person.sign_in == sign_in);
        person.with_context(|| format!("the demonstration has nobody called {sign_in}: run munadi demo fill"))
    }

    /// An officer's signing key.
    pub(crate) fn key(&self, sign_in: &str) -> Result<LocalKey> {
        officer_key::open_with(&self.key_file(sign_in), &self.key_secret())
    }

    fn key_file(&self, sign_in: &str) -> PathBuf {
        self.folder.join(format!("{sign_in}.key"))
    }

    fn key_secret(&self) -> KeySecret {
        KeySecret::Passphrase(self.passphrase.as_str().into())
    }

    /// Where the file with all of this is, for people.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join("demo.json")
    }
}

fn folder(config: &Config) -> PathBuf {
    config.keys.folder.parent().unwrap_or(Path::new(".")).join("demo")
}

fn make_private_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("{} cannot be made", folder.display()))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
