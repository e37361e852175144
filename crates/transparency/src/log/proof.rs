//! Proofs in one file, as [tlog-proof](https://c2sp.org/tlog-proof) has them: that an entry is in a log, to be verified offline.

use std::{fmt, str::FromStr};

use super::{
    checkpoint::{Checkpoint, CheckpointError, decimal},
    hash::{BadHash, Hash},
    note::{NoteError, SignedNote, VerifierKey},
    policy::{Policy, PolicyError, Witnessed},
    tree::{MAX_PROOF, ProofError, verify_inclusion},
};
use crate::encoding;

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// The most bytes of a proof.
pub const MAX_BYTES: usize = super::note::MAX_BYTES + 128 * 1024;
/// The most bytes of the extra data.
pub const MAX_EXTRA_BYTES: usize = 64 * 1024;

/// Why something is no proof, or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// See [`MAX_BYTES`].
    #[error("the proof has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// A line that should be there is not, or is written otherwise.
    #[error("not a tlog-proof: {0}")]
    Syntax(&'static str),
    /// See [`MAX_PROOF`].
    #[error("not a tlog-proof: it has more than {MAX_PROOF} hashes")]
    TooLong,
    /// A line of the proof is not a hash.
    #[error("not a tlog-proof: {0}")]
    Hash(#[from] BadHash),
    /// The checkpoint's note.
    #[error("the proof's checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The checkpoint is not one, or not by this log.
    #[error("the proof's checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The policy does not trust the checkpoint.
    #[error("the proof's checkpoint: {0}")]
    Policy(#[from] PolicyError),
    /// The entry is not in the checkpoint's tree.
    #[error(transparent)]
    Inclusion(#[from] ProofError),
}

/// An entry's index, its inclusion proof, and the checkpoint of the tree in which it is: none of it verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: SignedNote,
}

impl TlogProof {
    /// A proof without extra data; `hashes` as [`super::tree::inclusion_proof`] gives them.
    pub fn new(index: u64, hashes: Vec<Hash>, checkpoint: SignedNote) -> Result<Self, TlogProofError> {
        if hashes.len() > MAX_PROOF {
            return Err(TlogProofError::TooLong);
        }
        Ok(Self { extra: None, index, hashes, checkpoint })
    }

    /// Data for an application, which nothing protects.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The entry's index.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The hashes from the leaf's sibling up to the root's child.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The checkpoint.
    pub const fn checkpoint(&self) -> &SignedNote {
        &self.checkpoint
    }

    /// Whether the entry with the hash `leaf` is in the log of this key; the checkpoint that says so. Witnesses are not asked:
    /// [`Self::verify`] does.
    pub fn verify_by_log(&self, leaf: &Hash, log: &VerifierKey) -> Result<Checkpoint, TlogProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, log)?;
        self.verify_in(leaf, &checkpoint)?;
        Ok(checkpoint)
    }

    /// Whether the entry with the hash `leaf` is in a log that the policy trusts, cosigned as the policy wants it.
    pub fn verify(&self, leaf: &Hash, policy: &Policy) -> Result<Witnessed, TlogProofError> {
        let witnessed = policy.satisfied_by(&self.checkpoint)?;
        self.verify_in(leaf, &witnessed.checkpoint)?;
        Ok(witnessed)
    }

    fn verify_in(&self, leaf: &Hash, checkpoint: &Checkpoint) -> Result<(), ProofError> {
        verify_inclusion(leaf, self.index, checkpoint.size(), &self.hashes, checkpoint.root())
    }

    /// Reads a proof.
    pub fn parse(proof: &[u8]) -> Result<Self, TlogProofError> {
        if proof.len() > MAX_BYTES {
            return Err(TlogProofError::TooLarge);
        }
        let proof = str::from_utf8(proof).map_err(|_| TlogProofError::Syntax("it is not UTF-8"))?;
        let (head, note) = proof.split_once("\n\n").ok_or(TlogProofError::Syntax("it has no blank line"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(TlogProofError::Syntax("it does not begin with c2sp.org/tlog-proof@v1"));
        }
        let extra = lines.next_if(|line| line.starts_with("extra ")).map(read_extra).transpose()?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(decimal);
        let index = index.ok_or(TlogProofError::Syntax("it has no index"))?;
        let hashes = read_hashes(lines)?;
        Ok(Self { extra, index, hashes, checkpoint: SignedNote::parse(note.as_bytes())? })
    }
}

fn read_extra(line: &str) -> Result<Vec<u8>, TlogProofError> {
    let bytes = line.strip_prefix("extra ").and_then(encoding::from_base64);
    let bytes = bytes.filter(|bytes| bytes.len() <= MAX_EXTRA_BYTES);
    bytes.ok_or(TlogProofError::Syntax("its extra data is not base64, or too long"))
}

/// One hash on each line, in base64.
pub(super) fn read_hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, TlogProofError> {
    // One more than there may be is enough to tell.
    let hashes: Vec<Hash> = lines.take(MAX_PROOF + 1).map(str::parse).collect::<Result<_, _>>()?;
    if hashes.len() > MAX_PROOF { Err(TlogProofError::TooLong) } else { Ok(hashes) }
}

impl FromStr for TlogProof {
    type Err = TlogProofError;

    fn from_str(text: &str) -> Result<Self, TlogProofError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", encoding::to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
