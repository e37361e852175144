//! Small secret files: readable by their owner only, and never half written.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::KeyFileError;
use crate::entropy;

/// The most bytes of a file that is read here.
const MOST_BYTES: u64 = 64 * 1024;
const OWNER_ONLY: u32 = 0o600;
const OTHERS: u32 = 0o007;

/// Writes a file that is not there yet; whether it was not. After a crash it is there whole, or not at all.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<bool, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    let draft = draft_of(path)?;
    let written = write_and_link(&draft, path, bytes);
    // The draft is one of two names of the file now, or of no use.
    let removed = fs::remove_file(&draft);
    let is_new = written.map_err(failed)?;
    removed.map_err(failed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(is_new)
}

fn write_and_link(draft: &Path, path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    // Unlike a renaming, a link never replaces what another process has just put there.
    match fs::hard_link(draft, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn draft_of(path: &Path) -> Result<PathBuf, KeyFileError> {
    let random: [u8; 8] = entropy::bytes().map_err(|_| KeyFileError::Entropy)?;
    Ok(path.with_extension(format!("{}.tmp", crate::hex(&random))))
}

pub(super) fn make_folder(folder: &Path) -> Result<(), KeyFileError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| KeyFileError::Io { path: folder.to_owned(), source })
}

/// Reads a file if it is there. One that everybody can read is refused: what is in it has leaked.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyFileError> {
    let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let about = file.metadata().map_err(failed)?;
    if about.permissions().mode() & OTHERS != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned() });
    }
    if about.len() > MOST_BYTES {
        return Err(KeyFileError::malformed(path, "it is too large"));
    }
    // Room for everything at once: growing would leave copies in memory that nobody wipes.
    let room = usize::try_from(about.len()).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}
