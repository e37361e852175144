//! The public log as everybody may read it: its newest checkpoint, and the tiles and entries that this checkpoint covers.

use std::sync::Arc;

use munadi_store::{
    Store,
    log::{CheckpointRecord, TilePlace},
};
use munadi_transparency::log::{
    checkpoint::Origin,
    note::{LogSigner, NoteError, VerifierKey},
    policy::{Log, Policy, PolicyError},
    tile::{BundleId, EntryBundle, HashTile, TileError, TileId},
};

use url::Url;

use crate::{Result, ServiceError, signer::LogKey};

/// The log's key under the log's name.
///
/// # Errors
/// If the name cannot be that of a key: it has spaces or plus signs, or is too long.
pub fn log_signer(origin: &str, key: &LogKey) -> Result<LogSigner, NoteError> {
    LogSigner::from_seed(origin.parse()?, key.seed())
}

/// The public log.
#[derive(Debug, Clone)]
pub struct TransparencyLog {
    store: Store,
    key: Arc<VerifierKey>,
    policy: Arc<[u8]>,
}

impl TransparencyLog {
    /// The log whose checkpoints this key verifies; the key's name is the log's origin. The world reads it under `/log` of this address.
    pub fn new(store: Store, key: VerifierKey, public_url: &Url) -> Result<Self, PolicyError> {
        let url = format!("{}/log", public_url.as_str().trim_end_matches('/'));
        // Witnesses that are to cosign are named here, too.
        let policy = Policy::of_log(Log { key: key.clone(), url: Some(url.parse()?) }, Vec::new(), 0)?;
        Ok(Self { store, key: Arc::new(key), policy: policy.to_bytes().into() })
    }

    /// The key that verifies the log's checkpoints.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The log's name.
    pub fn origin(&self) -> Origin {
        Origin::from(self.key.name())
    }

    /// What a verifier must be given, by a way that it trusts: the log's key and address, as
    /// [tlog-policy](https://c2sp.org/tlog-policy) has them.
    pub fn policy(&self) -> &[u8] {
        &self.policy
    }

    /// The newest published checkpoint; there is none before the sealer has begun for the first time.
    pub async fn checkpoint(&self) -> Result<CheckpointRecord> {
        let published = self.store.published_checkpoint(self.key.name().as_str()).await?;
        published.ok_or(ServiceError::NotFound("checkpoint yet"))
    }

    /// A tile of hashes, or as much of it as the id says. What no checkpoint covers is not shown: until it is signed, it may still change.
    pub async fn tile(&self, id: TileId) -> Result<Vec<u8>> {
        let size = self.checkpoint().await?.tree.size;
        let covered = TileId::in_tree(id.level(), id.index(), size);
        if covered.is_none_or(|covered| covered.width() < id.width()) {
            return Err(ServiceError::NotFound("tile"));
        }
        let stored = self.store.log_tile(TilePlace { level: id.level(), index: id.index() }).await?;
        let stored = stored.ok_or(ServiceError::NotFound("tile"))?;
        HashTile::cut(id, &stored).map(<[u8]>::to_vec).map_err(|error| damaged(&error))
    }

    /// A bundle of entries, or as much of it as the id says, under the same condition.
    pub async fn bundle(&self, id: BundleId) -> Result<Vec<u8>> {
        let size = self.checkpoint().await?.tree.size;
        let end = id.first_entry().saturating_add(u64::from(id.width()));
        if end > size {
            return Err(ServiceError::NotFound("entry bundle"));
        }
        let entries = self.store.log_entries(id.first_entry(), end).await?;
        if entries.len() != usize::from(id.width()) {
            return Err(ServiceError::NotFound("entry bundle"));
        }
        let mut bundle = EntryBundle::default();
        entries.iter().try_for_each(|entry| bundle.push(entry)).map_err(|error| damaged(&error))?;
        Ok(bundle.as_bytes().to_vec())
    }
}

fn damaged(error: &TileError) -> ServiceError {
    ServiceError::Unavailable(format!("the log's tiles are damaged: {error}"))
}
