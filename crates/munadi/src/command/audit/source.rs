//! Where a log is read: a server, or a folder with the same files.

use std::{fs::File, io::Read, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::client::Client;

/// The most bytes of a tile or bundle: 256 entries of the largest size.
const MOST: usize = 256 * (2 + 65_535);
/// Files that are fetched at a time.
const AT_A_TIME: usize = 8;

/// A log's files.
pub(super) enum Source {
    /// Under an address.
    Server(Client),
    /// In a folder.
    Folder(PathBuf),
}

impl Source {
    /// The log at an address, or in a folder.
    pub(super) fn of(log: &str) -> Result<Self> {
        if log.starts_with("https://") || log.starts_with("http://") {
            return Ok(Self::Server(Client::anonymous(log)));
        }
        let folder = PathBuf::from(log);
        if !folder.is_dir() {
            bail!("{log} is no folder; an address begins with https://");
        }
        Ok(Self::Folder(folder))
    }

    /// A file, if it has no more than so many bytes.
    pub(super) fn get(&self, path: &str, most: usize) -> Result<Vec<u8>> {
        let bytes = match self {
            Self::Server(client) => client.get_bytes(&format!("/{path}")),
            Self::Folder(folder) => read(&folder.join(path), most),
        };
        let bytes = bytes.with_context(|| format!("{path} cannot be read"))?;
        if bytes.len() > most {
            bail!("{path} has more than {most} bytes");
        }
        Ok(bytes)
    }

    /// Tiles or bundles, in their order.
    pub(super) fn get_all(&self, paths: &[String]) -> Result<Vec<Vec<u8>>> {
        let some = |paths: &[String]| paths.iter().map(|path| self.get(path, MOST)).collect::<Result<Vec<_>>>();
        if matches!(self, Self::Folder(_)) {
            return some(paths);
        }
        let share = paths.len().div_ceil(AT_A_TIME).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = paths.chunks(share).map(|part| scope.spawn(move || some(part))).collect();
            let mut all = Vec::with_capacity(paths.len());
            for part in parts {
                all.extend(part.join().map_err(|_| anyhow::anyhow!("fetching failed"))??);
            }
            Ok(all)
        })
    }
}

fn read(path: &std::path::Path, most: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(u64::try_from(most)? + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
