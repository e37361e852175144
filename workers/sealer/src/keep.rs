//! The file of the last checkpoint: what this installation may have signed, known outside the database.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use munadi_transparency::log::{checkpoint::Checkpoint, note::SignedNote};

/// The most bytes that are read: a checkpoint, or a whole note somebody put there.
const MOST_BYTES: u64 = 64 * 1024;

/// A file that holds a checkpoint's three lines. After a crash it holds the checkpoint before or the one after, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepFile {
    path: PathBuf,
}

/// Why the file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It cannot be read or written.
    #[error("{}, the file of the log's last checkpoint, cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something else is in it.
    #[error(
        "{} holds no checkpoint ({why}): put the last checkpoint of this log there that anybody outside of this database has, or \
         restore the file",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl KeepFile {
    /// The file at this path.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; nothing if it is not there. A signed note is read as the checkpoint in it, so that one can be put there as it was
    /// served.
    pub fn read(&self) -> Result<Option<Checkpoint>, KeepError> {
        let text = match File::open(&self.path).and_then(read_some) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.failed(source)),
        };
        let note = SignedNote::parse(text.as_bytes());
        let text = note.as_ref().map_or(text.as_str(), SignedNote::text);
        let malformed = |why: String| KeepError::Malformed { path: self.path.clone(), why };
        text.parse()
            .map(Some)
            .map_err(|error: munadi_transparency::log::checkpoint::CheckpointError| malformed(error.to_string()))
    }

    /// Puts this checkpoint there. When it returns, the file survives a power cut.
    pub fn write(&self, checkpoint: &Checkpoint) -> Result<(), KeepError> {
        self.replace(checkpoint.to_string().as_bytes()).map_err(|source| self.failed(source))
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // One sealer at a time writes it; what a crash left of a draft is overwritten.
        let draft = self.path.with_extension("draft");
        // It lies beside keys, and like them it is nobody else's.
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(text)?;
        file.sync_all()?;
        fs::rename(&draft, &self.path)?;
        File::open(folder)?.sync_all()
    }

    fn failed(&self, source: io::Error) -> KeepError {
        KeepError::Io { path: self.path.clone(), source }
    }
}

fn read_some(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use munadi_transparency::log::{
        hash::{EMPTY_ROOT, leaf_hash},
        note::LogSigner,
    };

    use super::*;

    fn checkpoint(size: u64) -> Checkpoint {
        let root = if size == 0 { EMPTY_ROOT } else { leaf_hash(&size.to_be_bytes()) };
        Checkpoint::new("log.example/1".parse().unwrap(), size, root).unwrap()
    }

    fn file(folder: &tempfile::TempDir) -> KeepFile {
        KeepFile::new(folder.path().join("log.checkpoint"))
    }

    #[test]
    fn the_last_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        assert!(file.read().unwrap().is_none());
        for size in [0, 7, 70_000] {
            file.write(&checkpoint(size)).unwrap();
            assert_eq!(file.read().unwrap().unwrap(), checkpoint(size));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_crash_left_of_a_draft_is_not_read_and_not_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        file.write(&checkpoint(1)).unwrap();
        fs::write(folder.path().join("log.draft"), "log.exam").unwrap();
        assert_eq!(file.read().unwrap().unwrap(), checkpoint(1));
        file.write(&checkpoint(2)).unwrap();
        assert_eq!(file.read().unwrap().unwrap(), checkpoint(2));
    }

    #[test]
    fn a_served_note_can_be_put_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        let signer = LogSigner::from_seed("log.example/1".parse().unwrap(), &[1; 32]).unwrap();
        fs::write(file.path(), checkpoint(5).sign(&signer).unwrap().to_string()).unwrap();
        assert_eq!(file.read().unwrap().unwrap(), checkpoint(5));
    }

    #[test]
    fn anything_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        for text in ["", "log.example/1\n5\n", "log.example/1\n5\nnot a root\n", &"x".repeat(100_000)] {
            fs::write(file.path(), text).unwrap();
            assert!(matches!(file.read(), Err(KeepError::Malformed { .. })), "{text:.20}");
        }
        fs::write(file.path(), [0xff, 0xfe]).unwrap();
        assert!(matches!(file.read(), Err(KeepError::Io { .. })));
    }
}
