//! Cosignatures, as [tlog-cosignature](https://c2sp.org/tlog-cosignature) has them: a witness says that it saw a checkpoint, and when,
//! and that it is consistent with all that it saw before. Only the Ed25519 ones, `cosignature/v1`, type 04.

use std::{fmt, str::FromStr};

use super::{
    checkpoint::{Checkpoint, CheckpointError},
    note::{Ed25519, KeyId, KeyName, KeyPair, NoteError, NoteSignature, SignedNote},
};

/// The type of timestamped Ed25519 cosignatures.
const COSIGNATURE_TYPE: u8 = 4;
const KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;
/// The latest time, in seconds since 1970-01-01T00:00:00Z.
pub const MAX_TIME: u64 = (1 << 63) - 1;

/// Why there is no cosignature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// A witness has to say when; 0 means that it does not.
    #[error("a cosignature's time is from 1 to {MAX_TIME} seconds after 1970, not {0}")]
    Time(u64),
    /// What should be cosigned is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// The key that verifies a witness's cosignatures. Its text is a vkey of type 04.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CosignerKey(Ed25519<COSIGNATURE_TYPE>);

impl CosignerKey {
    /// The key with that name and those bytes (RFC 8032).
    pub fn new(name: KeyName, public: [u8; KEY_BYTES]) -> Self {
        Self(Ed25519::new(name, public))
    }

    /// Its name.
    pub const fn name(&self) -> &KeyName {
        self.0.name()
    }

    /// Its id.
    pub const fn id(&self) -> KeyId {
        self.0.id()
    }

    /// The 32 bytes of RFC 8032.
    pub const fn public(&self) -> &[u8; KEY_BYTES] {
        self.0.public()
    }

    /// Verifies the witness's cosignature of a checkpoint. Its answer is when the witness made it, in seconds since
    /// 1970-01-01T00:00:00Z; who needs it to be recent must compare.
    pub fn verify(&self, note: &SignedNote) -> Result<u64, NoteError> {
        note.verify_each(self.name(), self.id(), |signature| self.time_if_good(note.text(), signature))
    }

    fn time_if_good(&self, text: &str, signature: &[u8]) -> Option<u64> {
        let (time, signature) = signature.split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let is_good = signature.len() == SIGNATURE_BYTES && (1..=MAX_TIME).contains(&time);
        (is_good && self.0.is_good(message(time, text).as_bytes(), signature)).then_some(time)
    }
}

impl FromStr for CosignerKey {
    type Err = NoteError;

    fn from_str(vkey: &str) -> Result<Self, NoteError> {
        vkey.parse().map(Self)
    }
}

impl fmt::Display for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CosignerKey({self})")
    }
}

/// A witness's private key. The same key must not be used for anything else, also not under another name: a cosignature does not
/// say the name.
pub struct Cosigner(KeyPair<COSIGNATURE_TYPE>);

impl Cosigner {
    /// The key of that seed (RFC 8032 §5.1.5).
    pub fn from_seed(name: KeyName, seed: &[u8; KEY_BYTES]) -> Result<Self, NoteError> {
        KeyPair::from_seed(name, seed).map(Self)
    }

    /// Reads an unencrypted PKCS#8 document in DER.
    pub fn from_pkcs8(name: KeyName, der: &[u8]) -> Result<Self, NoteError> {
        KeyPair::from_pkcs8(name, der).map(Self)
    }

    /// The public half.
    pub fn key(&self) -> CosignerKey {
        CosignerKey(self.0.public().clone())
    }

    /// Cosigns a checkpoint, at `time` in seconds since 1970-01-01T00:00:00Z. The caller has verified the log's signature and the
    /// consistency with everything cosigned before, and has stored that: this cannot know.
    pub fn cosign(&self, note: &SignedNote, time: u64) -> Result<NoteSignature, CosignError> {
        Checkpoint::parse_with_extensions(note.text())?;
        if !(1..=MAX_TIME).contains(&time) {
            return Err(CosignError::Time(time));
        }
        let signature = self.0.sign(message(time, note.text()).as_bytes());
        Ok(self.0.line([time.to_be_bytes().as_slice(), &signature].concat()))
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cosigner").field(&self.key()).finish()
    }
}

/// What is signed.
fn message(time: u64, checkpoint: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint}")
}

#[cfg(test)]
mod tests;
