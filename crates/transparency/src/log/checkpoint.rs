//! Checkpoints, as [tlog-checkpoint](https://c2sp.org/tlog-checkpoint) has them: what a log says of its whole tree, in three lines.

use std::{fmt, str::FromStr};

use super::{
    hash::{EMPTY_ROOT, Hash},
    note::{KeyName, LogSigner, NoteError, SignedNote, VerifierKey, check_text},
    tree::MAX_SIZE,
};

/// The most bytes of an origin.
pub const MAX_ORIGIN_BYTES: usize = 255;

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not an origin, a size and a root, each on its line.
    #[error("not a checkpoint: {0}")]
    Syntax(&'static str),
    /// The tree without entries has one root only.
    #[error("a checkpoint of size 0 has another root than the empty tree")]
    EmptyRoot,
    /// The key that signs or signed has another name than the origin.
    #[error("the checkpoint is of the log {origin}, but the key is that of {key}")]
    OtherLog {
        /// What the checkpoint says.
        origin: Origin,
        /// The key's name.
        key: KeyName,
    },
    /// The note, or its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// What names a log: one line of at most 255 bytes; by recommendation a URL without scheme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let is_good = (1..=MAX_ORIGIN_BYTES).contains(&text.len()) && !text.contains(|c: char| c < ' ');
        if is_good { Ok(Self(text.to_owned())) } else { Err(CheckpointError::Syntax("it has no origin")) }
    }
}

impl From<&KeyName> for Origin {
    /// A log's key has the log's name.
    fn from(name: &KeyName) -> Self {
        Self(name.as_str().to_owned())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The size and the root of a log's tree. Its text is three lines: the origin, the size, the root in base64.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    origin: Origin,
    size: u64,
    root: Hash,
}

impl Checkpoint {
    /// A tree of at most [`MAX_SIZE`] entries; the empty one has the root [`EMPTY_ROOT`].
    pub fn new(origin: Origin, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if size > MAX_SIZE {
            return Err(CheckpointError::Syntax("its size is too large"));
        }
        if size == 0 && root != EMPTY_ROOT {
            return Err(CheckpointError::EmptyRoot);
        }
        Ok(Self { origin, size, root })
    }

    /// The log.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How many entries the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The tree's root.
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Signs the checkpoint with the log's key, whose name is the origin.
    pub fn sign(&self, signer: &LogSigner) -> Result<SignedNote, CheckpointError> {
        self.check_name(signer.name())?;
        let text = self.to_string();
        let signature = signer.sign(&text)?;
        Ok(SignedNote::new(text, signature)?)
    }

    /// Verifies the log's signature, and reads what was signed: exactly a checkpoint of that log, without extension lines.
    pub fn open(note: &SignedNote, key: &VerifierKey) -> Result<Self, CheckpointError> {
        note.verify(key)?;
        let checkpoint: Self = note.text().parse()?;
        checkpoint.check_name(key.name())?;
        Ok(checkpoint)
    }

    /// Reads the text of a checkpoint of any log, which may have extension lines after the root. They are not looked at.
    pub fn parse_with_extensions(text: &str) -> Result<Self, CheckpointError> {
        let (checkpoint, extensions) = read(text)?;
        if extensions.split_inclusive('\n').any(|line| line == "\n") {
            return Err(CheckpointError::Syntax("it has an empty line"));
        }
        Ok(checkpoint)
    }

    fn check_name(&self, key: &KeyName) -> Result<(), CheckpointError> {
        if self.origin.as_str() == key.as_str() {
            return Ok(());
        }
        Err(CheckpointError::OtherLog { origin: self.origin.clone(), key: key.clone() })
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text of a checkpoint without extension lines.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        match read(text)? {
            (checkpoint, "") => Ok(checkpoint),
            _ => Err(CheckpointError::Syntax("it has more than three lines")),
        }
    }
}

impl fmt::Display for Checkpoint {
    /// With the last line break: exactly the bytes that are signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

/// The checkpoint, and the lines after it.
fn read(text: &str) -> Result<(Checkpoint, &str), CheckpointError> {
    check_text(text)?;
    let mut lines = text.splitn(4, '\n');
    let (Some(origin), Some(size), Some(root), Some(rest)) = (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Err(CheckpointError::Syntax("it has fewer than three lines"));
    };
    let size = decimal(size).ok_or(CheckpointError::Syntax("its second line is not a size"))?;
    let root = root.parse().map_err(|_| CheckpointError::Syntax("its third line is not a root"))?;
    Ok((Checkpoint::new(origin.parse()?, size, root)?, rest))
}

/// A number as these formats write it: digits only, and none too many.
pub(super) fn decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

#[cfg(test)]
mod tests;
