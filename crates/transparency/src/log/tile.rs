//! Tiles and entry bundles, as [tlog-tiles](https://c2sp.org/tlog-tiles) has them: the log as files that never change.
//!
//! A tile has up to 256 neighboring hashes of complete subtrees of one level (0, 8, 16, … in the tree); a bundle has the entries of
//! one tile of level 0. At the right edge they are partial, and a partial one is a prefix of every fuller one.

use std::{fmt, iter, str::FromStr};

use super::{
    hash::{HASH_BYTES, Hash, node_hash},
    tree::{MAX_SIZE, Node, TreeError},
};

mod bundle;
mod edge;
mod tiles;

pub use bundle::{BundleId, EntryBundle, MAX_ENTRY_BYTES, changed_bundles};
pub use edge::{Edge, Growth};
pub use tiles::Tiles;

/// Hashes of a full tile, and entries of a full bundle.
pub const FULL_WIDTH: u16 = 256;
/// The levels of the tree that one level of tiles spans.
const HEIGHT: u8 = 8;
/// The levels of tiles in the largest tree.
const LEVELS: u8 = 8;

/// What is wrong with a tile, a bundle, or the name of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not `tile/<L>/<N>[.p/<W>]`, not `tile/entries/<N>[.p/<W>]`, or there is no such tile in any tree.
    #[error("not the path of a tile or of an entry bundle")]
    Path,
    /// Another number of bytes than 32 for each hash.
    #[error("the tile has {actual} bytes instead of {expected}")]
    TileBytes {
        /// How many there should be.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// See [`FULL_WIDTH`].
    #[error("the tile or bundle is full")]
    Full,
    /// It has fewer hashes or entries than are asked of it.
    #[error("the tile or bundle has only {actual} of {expected}")]
    TooNarrow {
        /// How many there should be.
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// See [`MAX_ENTRY_BYTES`].
    #[error("an entry of {0} bytes is too long: {MAX_ENTRY_BYTES} is the most")]
    EntryTooLong(usize),
    /// The lengths in a bundle do not fit its bytes, or it has not the number of entries that it should.
    #[error("the entry bundle is not a sequence of as many entries with their lengths as it should have")]
    BundleBytes,
    /// An entry of a bundle has not the hash that the tile has for it.
    #[error("entry {index} has not the hash that is in the tree")]
    EntryHash {
        /// The entry's index in the log.
        index: u64,
    },
    /// A tile or a bundle that should be stored is not there.
    #[error("{0} is missing")]
    Missing(TileId),
    /// As [`TileError::Missing`].
    #[error("{0} is missing")]
    MissingBundle(BundleId),
    /// Something in the tree itself.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// The name of a tile: its level, its number in the level from the left, and how many hashes it has. Some tree of at most
/// [`MAX_SIZE`] entries has such a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: u8,
    index: u64,
    width: u16,
}

impl TileId {
    /// A tile of `width` hashes, 1 to 256.
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, TileError> {
        let nodes = index.checked_mul(u64::from(FULL_WIDTH)).and_then(|start| start.checked_add(u64::from(width)));
        let fits = level < LEVELS && nodes.is_some_and(|nodes| nodes <= MAX_SIZE >> (level * HEIGHT));
        if fits && (1..=FULL_WIDTH).contains(&width) { Ok(Self { level, index, width }) } else { Err(TileError::Path) }
    }

    /// That tile as the tree of `size` entries has it, if it has it.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        if level >= LEVELS {
            return None;
        }
        let first = index.checked_mul(u64::from(FULL_WIDTH))?;
        let hashes = (size >> (level * HEIGHT)).checked_sub(first)?.min(u64::from(FULL_WIDTH));
        Self::new(level, index, u16::try_from(hashes).ok()?).ok()
    }

    /// The tile which has the hash of a complete subtree, or the hashes to compute it from, in the tree of `size` entries.
    pub fn holding(node: Node, size: u64) -> Option<Self> {
        let height = node.level % HEIGHT;
        Self::in_tree(node.level / HEIGHT, node.index >> (HEIGHT - height), size)
    }

    /// Level 0 has the hashes of the entries; a hash of level L is that of a full tile of level L − 1.
    pub const fn level(self) -> u8 {
        self.level
    }

    /// The number among the tiles of its level, from 0.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// How many hashes it has.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Whether it can no longer grow.
    pub const fn is_full(self) -> bool {
        self.width == FULL_WIDTH
    }

    /// Bytes of the tile.
    pub fn byte_len(self) -> usize {
        usize::from(self.width) * HASH_BYTES
    }

    /// `tile/<L>/<N>[.p/<W>]`.
    pub fn path(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, Numbered(self.index, self.width))
    }
}

impl FromStr for TileId {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let (level, rest) = path.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(TileError::Path)?;
        let (index, width) = numbered(rest)?;
        let id = Self::new(level.parse().map_err(|_| TileError::Path)?, index, width)?;
        // What is written otherwise, such as with more zeros, is another path.
        if id.to_string() == path { Ok(id) } else { Err(TileError::Path) }
    }
}

/// `<N>[.p/<W>]`: the number in groups of three digits, of which all but the last begin with `x`.
struct Numbered(u64, u16);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<u64> = iter::successors(Some(self.0), |n| Some(n / 1000).filter(|&n| n > 0)).collect();
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{:03}/", group % 1000)?;
        }
        write!(f, "{:03}", self.0 % 1000)?;
        if self.1 < FULL_WIDTH { write!(f, ".p/{}", self.1) } else { Ok(()) }
    }
}

/// Reads what [`Numbered`] writes, and some that it does not: the caller compares.
fn numbered(text: &str) -> Result<(u64, u16), TileError> {
    let (number, width) = match text.split_once(".p/") {
        Some((number, width)) => (number, width.parse().ok().filter(|&width| width < FULL_WIDTH)),
        None => (text, Some(FULL_WIDTH)),
    };
    let digits: String = number.split('/').map(|group| group.trim_start_matches('x')).collect();
    digits.parse().ok().zip(width).ok_or(TileError::Path)
}

/// The tiles that are new, or wider than before, when a tree of `old` entries has grown to `new`: level by level from the lowest,
/// from the left. None if it has not grown.
pub fn changed_tiles(old: u64, new: u64) -> impl Iterator<Item = TileId> {
    let of_level = move |level: u8| {
        let (old, new) = (old >> (level * HEIGHT), new >> (level * HEIGHT));
        changed(old, new).filter_map(move |(index, width)| TileId::new(level, index, width).ok())
    };
    (0..LEVELS).flat_map(of_level)
}

/// The numbers and widths of tiles or bundles of one level that change when its hashes or entries grow from `old` to `new`.
fn changed(old: u64, new: u64) -> impl Iterator<Item = (u64, u16)> {
    let width = u64::from(FULL_WIDTH);
    let end = if old < new { new.div_ceil(width) } else { 0 };
    (old / width..end)
        .map(move |index| (index, u16::try_from(new - index * width).map_or(FULL_WIDTH, |n| n.min(FULL_WIDTH))))
}

/// The hashes of a tile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HashTile(Vec<Hash>);

impl HashTile {
    /// Reads the tile `id`: its bytes must be exactly as many as its width needs.
    pub fn decode(id: TileId, bytes: &[u8]) -> Result<Self, TileError> {
        let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
        if bytes.len() != id.byte_len() || !rest.is_empty() {
            return Err(TileError::TileBytes { expected: id.byte_len(), actual: bytes.len() });
        }
        Ok(Self(hashes.iter().copied().map(Hash).collect()))
    }

    /// Cuts a narrower tile out of the bytes of one at least as wide.
    pub fn cut(id: TileId, wider: &[u8]) -> Result<&[u8], TileError> {
        let narrow = TileError::TooNarrow { expected: usize::from(id.width), actual: wider.len() / HASH_BYTES };
        wider.get(..id.byte_len()).ok_or(narrow)
    }

    /// The bytes: the hashes one after the other.
    pub fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.0).collect()
    }

    /// The hashes.
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }

    /// How many hashes.
    pub fn width(&self) -> usize {
        self.0.len()
    }

    /// Appends a hash; a tile has at most 256.
    pub fn push(&mut self, hash: Hash) -> Result<(), TileError> {
        if self.0.len() >= usize::from(FULL_WIDTH) {
            return Err(TileError::Full);
        }
        self.0.push(hash);
        Ok(())
    }

    /// The hash of a full tile, which is a hash in the level above; of a partial one there is none.
    pub fn hash(&self) -> Option<Hash> {
        self.subtree(HEIGHT, 0)
    }

    /// The hash over the 2^height hashes that begin at position `number << height`, if the tile has them all.
    pub fn subtree(&self, height: u8, number: u64) -> Option<Hash> {
        if height > HEIGHT {
            return None;
        }
        let start = usize::try_from(number.checked_mul(1 << height)?).ok()?;
        let mut hashes = self.0.get(start..start.checked_add(1 << height)?)?.to_vec();
        while hashes.len() > 1 {
            hashes = hashes.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
        }
        hashes.first().copied()
    }
}

impl FromIterator<Hash> for HashTile {
    /// Of the first 256 hashes; the others are left out.
    fn from_iter<I: IntoIterator<Item = Hash>>(hashes: I) -> Self {
        Self(hashes.into_iter().take(usize::from(FULL_WIDTH)).collect())
    }
}

#[cfg(test)]
mod tests;
