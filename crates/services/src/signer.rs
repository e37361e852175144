//! The server's own private keys, in a folder. Each is a signer, so that an HSM can take the place of a file.
//!
//! | file | what |
//! |---|---|
//! | `secret.key` | 32 random bytes in base64url, under which the others are encrypted; it can lie elsewhere |
//! | `root.json` | signs the key directory, if the root key is online |
//! | `root.jwk` | the root's public key, if the root key is offline |
//! | `token.json` | signs access tokens |
//! | `vapid.json` | identifies this installation to push services |
//! | `log.json` | signs the public log's checkpoints; nothing else does |
//! | `departments/<kid>.json` | signs a department's notices |
//!
//! All processes of an installation share the folder. Nothing in it is ever replaced or deleted here.

mod file;
mod key_file;
mod log_key;

pub use key_file::{KeyPurpose, KeySecret, read_key_file, write_key_file};
pub use log_key::LogKey;

use std::{
    collections::HashMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::id::{DepartmentId, KeyId, Seed};
use munadi_transparency::{
    directory::{DirectoryKey, KeyDirectory, KeyKind},
    key::{Kid, LocalKey, PublicKey, Signer},
};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{Result, ServiceError, clock::Clock, entropy};

/// Where the keys are, and what to do if they are not.
#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// The folder.
    pub folder: PathBuf,
    /// Where the secret is that opens the others; `secret.key` in the folder if it is not named.
    pub secret_file: Option<PathBuf>,
    /// Whether keys that are missing are made.
    pub create_missing: bool,
    /// Whether the root key lies in the folder too.
    pub root_online: bool,
}

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Everybody can read it.
    #[error("{} can be read by everybody: `chmod 600` it, and replace what is in it if others have had access", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// It is not what it must be.
    #[error("{}: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The secret is another one, or the file was changed.
    #[error("{} does not open with this secret, or was changed", path.display())]
    Sealed {
        /// The file.
        path: PathBuf,
    },
    /// It is not there, and must not be made.
    #[error("{} is missing: {hint}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What to do.
        hint: &'static str,
    },
    /// No randomness.
    #[error("the operating system gives no random bytes")]
    Entropy,
}

impl KeyFileError {
    fn malformed(path: &Path, why: impl Into<String>) -> Self {
        Self::Malformed { path: path.to_owned(), why: why.into() }
    }
}

impl From<KeyFileError> for ServiceError {
    fn from(error: KeyFileError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// The public log's key, in the folder of keys.
pub const LOG_KEY_FILE: &str = "log.json";

const NOT_MADE: &str = "restore it, or set `create_missing = true` in [keys] to start with new keys";

enum Root {
    Online(Arc<dyn Signer>),
    Offline(PublicKey),
}

/// The server's own keys.
pub struct Signers {
    folder: PathBuf,
    secret: KeySecret,
    root: Root,
    token: LocalKey,
    vapid: LocalKey,
    log: LogKey,
    topic: hmac::Key,
    push: Zeroizing<[u8; 32]>,
    departments: Mutex<HashMap<Kid, Arc<dyn Signer>>>,
}

impl Signers {
    /// Opens the folder; makes what is missing if that is allowed, and says so loudly. It reads and writes files.
    pub fn open(config: &KeysConfig, clock: &Clock) -> Result<Self, KeyFileError> {
        file::make_folder(&config.folder)?;
        let secret = open_secret(config)?;
        let keys = Folder { config, clock, secret: &KeySecret::Random(secret.clone()) };
        let root = if config.root_online {
            Root::Online(Arc::new(keys.open("root.json", KeyPurpose::Root)?))
        } else {
            Root::Offline(read_root(&config.folder)?)
        };
        Ok(Self {
            root,
            token: keys.open("token.json", KeyPurpose::Token)?,
            vapid: keys.open("vapid.json", KeyPurpose::Vapid)?,
            log: keys.open_log(LOG_KEY_FILE)?,
            topic: hmac::Key::new(hmac::HMAC_SHA256, derive(&secret, b"push topic 1")?.as_slice()),
            push: derive(&secret, b"push endpoint 1")?,
            departments: Mutex::default(),
            folder: config.folder.clone(),
            secret: KeySecret::Random(secret),
        })
    }

    /// The root key, if it is online.
    pub fn root(&self) -> Option<&dyn Signer> {
        match &self.root {
            Root::Online(signer) => Some(signer.as_ref()),
            Root::Offline(_) => None,
        }
    }

    /// The public half of the root key: what citizens' apps pin.
    pub fn root_public(&self) -> &PublicKey {
        match &self.root {
            Root::Online(signer) => signer.public_key(),
            Root::Offline(key) => key,
        }
    }

    /// The key that signs access tokens.
    pub fn token(&self) -> &LocalKey {
        &self.token
    }

    /// The key that identifies this installation to push services (RFC 8292).
    pub fn vapid(&self) -> &LocalKey {
        &self.vapid
    }

    /// The key that signs the public log's checkpoints.
    pub fn log(&self) -> &LogKey {
        &self.log
    }

    /// The key under which a push message's topic hides the notice.
    pub fn topic(&self) -> &hmac::Key {
        &self.topic
    }

    /// The key from which our own push service makes the names of its endpoints. With another one all subscriptions end.
    pub fn push(&self) -> &[u8; 32] {
        &self.push
    }

    /// The key with which the department signs at that time: of those that the directory admits, the newest. That the directory
    /// decides, and not a file or a row, makes sure that no signature is made which nobody would accept.
    pub fn department(
        &self,
        department: DepartmentId,
        directory: &KeyDirectory,
        now: OffsetDateTime,
    ) -> Result<Arc<dyn Signer>> {
        let subject = department.to_string();
        let signs = |key: &&DirectoryKey| {
            let is_own = key.kind == KeyKind::Department && key.subject == subject;
            is_own && key.revoked_at.is_none() && (key.nbf..key.exp).contains(&now)
        };
        let keys = directory.edition().keys.iter().filter(signs);
        let Some(key) = keys.max_by(|one, other| (one.nbf, &one.kid).cmp(&(other.nbf, &other.kid))) else {
            let why = format!("the key directory has no key with which {department} could sign now");
            return Err(ServiceError::Unavailable(why));
        };
        self.find(&key.kid)
    }

    fn find(&self, kid: &Kid) -> Result<Arc<dyn Signer>> {
        if let Some(signer) = self.lock().get(kid) {
            return Ok(signer.clone());
        }
        let path = self.department_path(kid);
        let key = read_key_file(&path, KeyPurpose::Department, &self.secret)?;
        let hint = "all processes of an installation must share the folder of keys";
        let key = key.ok_or(KeyFileError::Missing { path, hint })?;
        Ok(self.remember(key))
    }

    /// Makes a department's key. It writes a file; a file that no row names is of no use and does no harm.
    pub(crate) fn make_department_key(&self, id: KeyId) -> Result<Arc<dyn Signer>, KeyFileError> {
        let key = generate(id)?;
        write_key_file(&self.department_path(key.kid()), &key, KeyPurpose::Department, &self.secret)?;
        Ok(self.remember(key))
    }

    fn remember(&self, key: LocalKey) -> Arc<dyn Signer> {
        let kid = key.kid().clone();
        self.lock().entry(kid).or_insert_with(|| Arc::new(key)).clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Kid, Arc<dyn Signer>>> {
        self.departments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn department_path(&self, kid: &Kid) -> PathBuf {
        // A key's name is made of letters, digits, `_` and `-`: it cannot lead out of the folder.
        self.folder.join("departments").join(format!("{kid}.json"))
    }
}

impl fmt::Debug for Signers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signers").field("folder", &self.folder).finish_non_exhaustive()
    }
}

struct Folder<'a> {
    config: &'a KeysConfig,
    clock: &'a Clock,
    secret: &'a KeySecret,
}

impl Folder<'_> {
    fn open(&self, name: &str, purpose: KeyPurpose) -> Result<LocalKey, KeyFileError> {
        let make = |path: &Path, id| write_key_file(path, &generate(id)?, purpose, self.secret);
        self.open_or_make(name, |path| read_key_file(path, purpose, self.secret), make)
    }

    fn open_log(&self, name: &str) -> Result<LogKey, KeyFileError> {
        let make = |path: &Path, id| log_key::make(path, kid(id)?, self.secret);
        self.open_or_make(name, |path| log_key::read(path, self.secret), make)
    }

    fn open_or_make<K>(
        &self,
        name: &str,
        read: impl Fn(&Path) -> Result<Option<K>, KeyFileError>,
        make: impl FnOnce(&Path, KeyId) -> Result<bool, KeyFileError>,
    ) -> Result<K, KeyFileError> {
        let path = self.config.folder.join(name);
        if let Some(key) = read(&path)? {
            return Ok(key);
        }
        if !self.config.create_missing {
            return Err(KeyFileError::Missing { path, hint: NOT_MADE });
        }
        let random = entropy::bytes().map_err(|_| KeyFileError::Entropy)?;
        let seed = Seed::counted(self.clock.tick(), u128::from_le_bytes(random));
        if make(&path, KeyId::new(seed))? {
            tracing::warn!(path = %path.display(), "MADE A NEW KEY: back it up, nothing can replace it");
        }
        // Read back what is there: another process may have been faster.
        read(&path)?.ok_or(KeyFileError::Missing { path, hint: NOT_MADE })
    }
}

fn kid(id: KeyId) -> Result<Kid, KeyFileError> {
    id.to_string().parse().map_err(|_| KeyFileError::Entropy)
}

fn generate(id: KeyId) -> Result<LocalKey, KeyFileError> {
    LocalKey::generate(kid(id)?).map_err(|_| KeyFileError::Entropy)
}

fn open_secret(config: &KeysConfig) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let path = config.secret_file.clone().unwrap_or_else(|| config.folder.join("secret.key"));
    if let Some(secret) = read_secret(&path)? {
        return Ok(secret);
    }
    if !config.create_missing {
        return Err(KeyFileError::Missing { path, hint: NOT_MADE });
    }
    if config.folder.join("token.json").exists() {
        let hint = "there are keys that only this secret opens; restore it from the backup";
        return Err(KeyFileError::Missing { path, hint });
    }
    let secret: Zeroizing<[u8; 32]> = Zeroizing::new(entropy::bytes().map_err(|_| KeyFileError::Entropy)?);
    let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(secret.as_slice()))));
    if file::write_new(&path, text.as_bytes())? {
        tracing::warn!(path = %path.display(), "MADE A NEW SECRET: it opens this installation's keys. Back it up apart from them");
    }
    read_secret(&path)?.ok_or(KeyFileError::Missing { path, hint: NOT_MADE })
}

fn read_secret(path: &Path) -> Result<Option<Zeroizing<[u8; 32]>>, KeyFileError> {
    let Some(text) = file::read(path)? else { return Ok(None) };
    let mut secret = Zeroizing::new([0; 32]);
    match BASE64_URL_SAFE_NO_PAD.decode_slice(text.trim_ascii(), secret.as_mut_slice()) {
        Ok(32) => Ok(Some(secret)),
        _ => Err(KeyFileError::malformed(path, "expected 32 bytes in base64url, 43 characters")),
    }
}

fn read_root(folder: &Path) -> Result<PublicKey, KeyFileError> {
    let path = folder.join("root.jwk");
    let text = std::fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => {
            let hint = "the root key is offline, so its public half (a JWK) must be there";
            KeyFileError::Missing { path: path.clone(), hint }
        }
        _ => KeyFileError::Io { path: path.clone(), source },
    })?;
    PublicKey::from_jwk(text.trim_ascii()).map_err(|error| KeyFileError::malformed(&path, error.to_string()))
}

/// A key that needs no file: it may change only with the secret. With another topic key no more happens than that a newer message does
/// not take the place of an older one at the push service.
fn derive(secret: &[u8; 32], purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let mut key = Zeroizing::new([0; 32]);
    let prk = Salt::new(HKDF_SHA256, b"munadi").extract(secret);
    let info = [purpose];
    let okm = prk.expand(&info, hmac::HMAC_SHA256).map_err(|_| KeyFileError::Entropy)?;
    okm.fill(key.as_mut_slice()).map_err(|_| KeyFileError::Entropy)?;
    Ok(key)
}

#[cfg(test)]
mod tests;
