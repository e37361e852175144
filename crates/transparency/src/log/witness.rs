//! What a log and a witness say to each other, as [tlog-witness](https://c2sp.org/tlog-witness) has it: the body of `add-checkpoint`, and
//! how a witness judges it.

use std::fmt;

use super::{
    checkpoint::{Checkpoint, CheckpointError, decimal},
    hash::Hash,
    note::{MAX_BYTES, NoteError, SignedNote, VerifierKey},
    proof::{TlogProofError, read_hashes},
    tree::{MAX_PROOF, ProofError, verify_consistency},
};

/// The most bytes of a request.
pub const MAX_REQUEST_BYTES: usize = MAX_BYTES + 4096;
/// The type of the answer to [`Refusal::Conflict`], whose body is the size and a line break.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// Why a request cannot be read: 400 Bad Request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// See [`MAX_REQUEST_BYTES`].
    #[error("the request has more than {MAX_REQUEST_BYTES} bytes")]
    TooLarge,
    /// A line that should be there is not, or is written otherwise.
    #[error("not an add-checkpoint request: {0}")]
    Syntax(&'static str),
    /// The lines between the first one and the empty one.
    #[error("not an add-checkpoint request: its proof has a line that is no hash, or more than {MAX_PROOF}")]
    Proof,
    /// The note.
    #[error("the request's checkpoint: {0}")]
    Note(#[from] NoteError),
    /// The note's text.
    #[error("the request's checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
}

/// The body of `POST <submission prefix>/add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the checkpoint that the log thinks the witness cosigned last; 0 if none.
    pub old_size: u64,
    /// The consistency proof from that size to the checkpoint's.
    pub proof: Vec<Hash>,
    /// The checkpoint.
    pub note: SignedNote,
}

impl AddCheckpoint {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        if body.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLarge);
        }
        let body = str::from_utf8(body).map_err(|_| RequestError::Syntax("it is not UTF-8"))?;
        let (head, note) = body.split_once("\n\n").ok_or(RequestError::Syntax("it has no empty line"))?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let old_size = old_size.ok_or(RequestError::Syntax("it has no old size"))?;
        let proof = read_hashes(lines).map_err(|_: TlogProofError| RequestError::Proof)?;
        Ok(Self { old_size, proof, note: SignedNote::parse(note.as_bytes())? })
    }

    /// What the checkpoint says, before anything is verified: whose it is, so that the witness can look for its key and for what it
    /// cosigned last. A size above the largest, and a checkpoint that is none, are 400.
    pub fn checkpoint(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::parse_with_extensions(self.note.text())
    }

    /// How a witness must answer: the checkpoint that it must store, in one step with comparing what is `latest`, before it
    /// cosigns. `latest` is what it cosigned last for this origin, `log` the key that it trusts for it.
    pub fn judge(&self, log: &VerifierKey, latest: Option<&Checkpoint>) -> Result<Checkpoint, Refusal> {
        let checkpoint = self.checkpoint()?;
        if checkpoint.origin().as_str() != log.name().as_str() {
            return Err(Refusal::UnknownLog);
        }
        self.note.verify(log).map_err(Refusal::Signature)?;
        if self.old_size > checkpoint.size() {
            return Err(Refusal::Backwards);
        }
        let latest_size = latest.map_or(0, Checkpoint::size);
        if self.old_size != latest_size {
            return Err(Refusal::Conflict { size: latest_size });
        }
        let latest_root = latest.map_or(super::hash::EMPTY_ROOT, |latest| *latest.root());
        verify_consistency(latest_size, &latest_root, checkpoint.size(), checkpoint.root(), &self.proof)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}

/// Why a witness does not cosign. [`Self::status`] is what it answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The checkpoint of a size of 0 has another root than the empty tree, or it is no checkpoint at all.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Nobody here knows that log.
    #[error("this witness does not know the log")]
    UnknownLog,
    /// The log's key has not signed, or a signature in its name is wrong.
    #[error(transparent)]
    Signature(NoteError),
    /// The old size is larger than the checkpoint's.
    #[error("the old size is larger than the checkpoint's")]
    Backwards,
    /// The old size is not that of the checkpoint cosigned last.
    #[error("this witness has last cosigned a checkpoint of size {size}")]
    Conflict {
        /// That size, which the answer says.
        size: u64,
    },
    /// The tree does not begin with the one cosigned last, or the proof does not show it.
    #[error(transparent)]
    Inconsistent(#[from] ProofError),
}

impl Refusal {
    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Checkpoint(CheckpointError::EmptyRoot) | Self::Inconsistent(_) => 422,
            Self::Checkpoint(_) | Self::Backwards => 400,
            Self::UnknownLog => 404,
            Self::Signature(_) => 403,
            Self::Conflict { .. } => 409,
        }
    }
}

#[cfg(test)]
mod tests;
