//! The signed key directory: an edition after each change of a key, in the transaction of that change.
//!
//! If the root key is online, the edition is signed at once. If it is offline, the change waits: [`Directory::pending`] says what to
//! sign, and [`Directory::import`] takes the edition that was signed elsewhere. Until then verifiers see the old one; a revocation
//! takes effect in this installation at once in any case, because the database refuses the key.

use std::sync::{Arc, Mutex, PoisonError};

use munadi_domain::{access::PlatformAdmin, content::whole_seconds};
use munadi_store::{
    StoreError, Tx,
    key::{EditionRecord, KeyRecord},
};
use munadi_transparency::{
    directory::{DirectoryError, DirectoryKey, Edition, KeyDirectory, KeyKind},
    notice::Role,
};
use serde_json::json;

use crate::{Core, Result, ServiceError, audit::Act, hex, signer::Signers};

/// What became of a change of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditionState {
    /// It is in this edition, which is served when the transaction is committed.
    Published(u64),
    /// It waits for the root key.
    Pending,
}

/// The key directory.
#[derive(Debug, Clone)]
pub struct Directory {
    core: Core,
    signers: Arc<Signers>,
    issuer: String,
    last: Arc<Mutex<Option<Arc<KeyDirectory>>>>,
}

impl Directory {
    /// `issuer` is the name under which this installation signs (the `iss` of every signature).
    pub fn new(core: Core, signers: Arc<Signers>, issuer: String) -> Self {
        Self { core, signers, issuer, last: Arc::default() }
    }

    /// The last edition, verified. It costs a small query; the edition itself is read and verified once.
    pub async fn current(&self) -> Result<Arc<KeyDirectory>> {
        let number = self.core.store.last_edition_number().await?;
        if let Some(last) = self.cached().filter(|last| last.edition().number == number) {
            return Ok(last);
        }
        let directory = Arc::new(self.verify(&self.served().await?.jws)?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(directory.clone());
        Ok(directory)
    }

    fn cached(&self) -> Option<Arc<KeyDirectory>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last edition as it is served at `/.well-known/munadi/keys.jws`.
    pub async fn served(&self) -> Result<EditionRecord> {
        let edition = self.core.store.last_edition().await?;
        edition.ok_or_else(|| ServiceError::Unavailable("there is no edition of the key directory yet".to_owned()))
    }

    fn verify(&self, jws: &str) -> Result<KeyDirectory> {
        KeyDirectory::verify(jws.as_bytes(), self.signers.root_public()).map_err(|error| unusable(&error))
    }

    /// Makes the edition that says what the transaction has changed. Call it last before the commit: nobody else can make one until
    /// then.
    pub async fn publish_edition(&self, tx: &mut Tx) -> Result<EditionState> {
        let Some(root) = self.signers.root() else { return Ok(EditionState::Pending) };
        let (edition, last) = self.next(tx).await?;
        let jws = KeyDirectory::sign(&edition, root).map_err(|error| unusable(&error))?;
        let act = |resource| Act::of_system("directory", "key.directory", resource);
        self.append(tx, last.as_ref(), &jws, act).await.map(EditionState::Published)
    }

    /// Makes an edition if the database says something else than the last one, or if there is none. For the start: after a restored
    /// backup, or when the root key came online.
    pub async fn bring_up_to_date(&self) -> Result<Option<u64>> {
        let mut tx = self.core.store.begin().await?;
        let (edition, last) = self.next(&mut tx).await?;
        if is_same(&edition, last.as_ref()) {
            return Ok(None);
        }
        let state = self.publish_edition(&mut tx).await?;
        tx.commit().await?;
        Ok(match state {
            EditionState::Published(number) => Some(number),
            EditionState::Pending => None,
        })
    }

    /// The edition that waits to be signed by the root key, if something has changed since the last one. Sign its canonical JSON with
    /// [`KeyDirectory::sign`], where the root key is.
    pub async fn pending(&self) -> Result<Option<Edition>> {
        let mut tx = self.core.store.begin().await?;
        let (edition, last) = self.next(&mut tx).await?;
        Ok((!is_same(&edition, last.as_ref())).then_some(edition))
    }

    /// Takes an edition that was signed elsewhere; its number. It must be the next one, and lists exactly what the database says: an
    /// edition that was signed before the last change is refused, because it may say that a revoked key is good.
    pub async fn import(&self, by: PlatformAdmin, jws: &str) -> Result<u64> {
        let given = KeyDirectory::verify(jws.as_bytes(), self.signers.root_public());
        let given = given.map_err(|error| ServiceError::BadSignature(error.to_string()))?;
        let mut tx = self.core.store.begin().await?;
        let (expected, last) = self.next(&mut tx).await?;
        let edition = given.edition();
        if edition.number != expected.number || !is_same(&expected, Some(&given)) {
            let (number, next) = (edition.number, expected.number);
            let why =
                format!("edition {number} is not what has to be signed now (edition {next}): fetch and sign it again");
            return Err(ServiceError::Conflict(why));
        }
        let act = |resource| Act::by(by.officer, "platform_admin", "key.directory", resource);
        let number = self.append(&mut tx, last.as_ref(), jws, act).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// What the next edition says, and the last one. Nobody else can make an edition until the transaction ends.
    async fn next(&self, tx: &mut Tx) -> Result<(Edition, Option<KeyDirectory>)> {
        tx.lock_directory().await?;
        let last = tx.last_edition().await?.map(|edition| self.verify(&edition.jws)).transpose()?;
        let keys: Result<Vec<_>> = tx.directory_keys().await?.iter().map(entry).collect();
        let now = whole_seconds(self.core.clock.now());
        let edition = Edition {
            number: last.as_ref().map_or(0, |last| last.edition().number) + 1,
            // A clock that was set back must not keep a revocation from being published.
            issued: last.as_ref().map_or(now, |last| now.max(last.edition().issued)),
            issuer: self.issuer.clone(),
            keys: keys?,
        };
        Ok((edition, last))
    }

    async fn append<'a>(
        &self,
        tx: &mut Tx,
        last: Option<&KeyDirectory>,
        jws: &str,
        act: impl FnOnce(String) -> Act<'a>,
    ) -> Result<u64> {
        let given = self.verify(jws)?;
        if let Some(last) = last {
            given.verify_successor(last).map_err(|error| unusable(&error))?;
        }
        let edition = given.edition();
        let record = EditionRecord { number: edition.number, issued_at: edition.issued, jws: jws.to_owned() };
        tx.insert_edition(&record).await?;
        // The digest is in the entry itself and not in its detail, so that the public log names every edition.
        let act = act(format!("directory:{}:sha256:{}", edition.number, hex(given.digest())));
        self.core.record(tx, act.with(json!({ "keys": edition.keys.len() }))).await?;
        Ok(edition.number)
    }
}

fn unusable(error: &DirectoryError) -> ServiceError {
    ServiceError::Unavailable(format!("the key directory is not usable: {error}"))
}

fn is_same(edition: &Edition, last: Option<&KeyDirectory>) -> bool {
    last.is_some_and(|last| last.edition().keys == edition.keys && last.edition().issuer == edition.issuer)
}

fn entry(key: &KeyRecord) -> Result<DirectoryKey> {
    let corrupt = |why: String| ServiceError::from(StoreError::corrupt(key.id, why));
    let roles: Result<Vec<_>> =
        key.roles.iter().map(|role| role_of(role).ok_or_else(|| corrupt(role.clone()))).collect();
    Ok(DirectoryKey {
        kid: key.id.to_string().parse().map_err(|error| corrupt(format!("{error}")))?,
        jwk: serde_json::from_value(key.jwk.clone()).map_err(|error| corrupt(error.to_string()))?,
        subject: key.officer.map_or_else(|| key.department.to_string(), |officer| officer.to_string()),
        kind: if key.officer.is_some() { KeyKind::Officer } else { KeyKind::Department },
        department: key.department.to_string(),
        roles: roles?,
        nbf: key.not_before,
        exp: key.expires_at,
        revoked_at: key.revoked_at,
        revoked_reason: key.revoked_reason.clone(),
    })
}

fn role_of(word: &str) -> Option<Role> {
    [Role::Author, Role::Approver, Role::Publisher].into_iter().find(|role| role.as_str() == word)
}
