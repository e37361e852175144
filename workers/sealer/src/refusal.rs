//! Why the sealer does not sign. Each says what to do.

use std::path::PathBuf;

use munadi_transparency::log::{checkpoint::Origin, note::NoteError};

use crate::keep::KeepError;

/// Why the sealer refuses to sign: going on could show the world two histories of one log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// An older state of the database.
    #[error(
        "the log {origin} has {has} entries in this database, but {} says that a checkpoint over {kept} was signed: this database is an \
         older backup, or it lost what it had promised to keep. Restore a state with at least {kept} entries. If there is none, this \
         log cannot go on under its name: give it a new one ([transparency_log] origin), move the file away, and tell the auditors",
        file.display()
    )]
    Behind {
        /// The log.
        origin: Origin,
        /// The file of its last checkpoint.
        file: PathBuf,
        /// Entries that the file's checkpoint covers.
        kept: u64,
        /// Entries in the database.
        has: u64,
    },
    /// Another history.
    #[error(
        "the first {kept} entries of the log {origin} in this database are not those over which the checkpoint in {} was signed: this \
         is another installation's database, or somebody changed it. Restore the right one. If there is none, this log cannot go on \
         under its name: give it a new one ([transparency_log] origin), move the file away, and tell the auditors",
        file.display()
    )]
    Disagrees {
        /// The log.
        origin: Origin,
        /// The file of its last checkpoint.
        file: PathBuf,
        /// Entries that the file's checkpoint covers.
        kept: u64,
    },
    /// Nothing outside of the database says what was signed.
    #[error(
        "{} is missing, though checkpoints of the log {origin} over up to {signed} entries were signed: without it nobody can tell \
         whether this database is an older backup. Restore it, or put the newest checkpoint of this log there that anybody outside of \
         this database has: a witness, a mirror, an auditor. Only if nobody has one, and you know that the database is the newest: what \
         /log/checkpoint shows",
        file.display()
    )]
    Missing {
        /// The log.
        origin: Origin,
        /// Where the file should be.
        file: PathBuf,
        /// The largest checkpoint that the database knows of.
        signed: u64,
    },
    /// The settings name another log than the file.
    #[error(
        "{} is about the log {kept}, but this one is named {origin}: a log never changes its name. Set [transparency_log] origin (or \
         [identity] issuer, if that is empty) to {kept}. Only if a new log is to begin, move the file away",
        file.display()
    )]
    OtherOrigin {
        /// The file of the last checkpoint.
        file: PathBuf,
        /// The log in the file.
        kept: Origin,
        /// The log in the settings.
        origin: Origin,
    },
    /// The last checkpoint was not signed with this key.
    #[error(
        "the last checkpoint of the log {origin} was not signed with the key in log.json, so verifiers would refuse the next one: \
         restore the log's key from the backup. If it is lost, this log cannot go on under its name: give it a new one \
         ([transparency_log] origin), move the file of its last checkpoint away, and tell the auditors"
    )]
    OtherKey {
        /// The log.
        origin: Origin,
        /// What the verifier said.
        #[source]
        why: NoteError,
    },
    /// The database contradicts itself.
    #[error(
        "the database contradicts itself about the log ({0}): somebody changed it. Restore a backup from before that"
    )]
    Contradiction(String),
    /// The file cannot be used.
    #[error(transparent)]
    Keep(#[from] KeepError),
}
