//! Entry bundles: the entries themselves.

use std::{fmt, str::FromStr};

use super::{FULL_WIDTH, HashTile, Numbered, TileError, TileId, changed, numbered};
use crate::log::hash::leaf_hash;

/// The most bytes of an entry: its length is written in two bytes.
pub const MAX_ENTRY_BYTES: usize = 65_535;
const LENGTH_BYTES: usize = 2;

/// The name of an entry bundle: its number from the left, and how many entries it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId {
    index: u64,
    width: u16,
}

impl BundleId {
    /// A bundle of `width` entries, 1 to 256.
    pub fn new(index: u64, width: u16) -> Result<Self, TileError> {
        TileId::new(0, index, width).map(|tile| Self { index: tile.index(), width: tile.width() })
    }

    /// That bundle as the tree of `size` entries has it, if it has it.
    pub fn in_tree(index: u64, size: u64) -> Option<Self> {
        let tile = TileId::in_tree(0, index, size)?;
        Some(Self { index, width: tile.width() })
    }

    /// The number among the bundles, from 0.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// How many entries it has.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// Whether it can no longer grow.
    pub const fn is_full(self) -> bool {
        self.width == FULL_WIDTH
    }

    /// The index in the log of its first entry.
    pub const fn first_entry(self) -> u64 {
        self.index * 256
    }

    /// `tile/entries/<N>[.p/<W>]`.
    pub fn path(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/entries/{}", Numbered(self.index, self.width))
    }
}

impl FromStr for BundleId {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let (index, width) = numbered(path.strip_prefix("tile/entries/").ok_or(TileError::Path)?)?;
        let id = Self::new(index, width)?;
        if id.to_string() == path { Ok(id) } else { Err(TileError::Path) }
    }
}

/// The bundles that are new, or fuller than before, when a log of `old` entries has grown to `new`, from the left.
pub fn changed_bundles(old: u64, new: u64) -> impl Iterator<Item = BundleId> {
    changed(old, new).filter_map(|(index, width)| BundleId::new(index, width).ok())
}

/// Up to 256 entries, each written as its length in two bytes, the most significant first, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryBundle {
    bytes: Vec<u8>,
    /// Where each entry ends in `bytes`.
    ends: Vec<usize>,
}

impl EntryBundle {
    /// Reads the bundle `id`: it must have exactly as many entries as its width.
    pub fn decode(id: BundleId, bytes: &[u8]) -> Result<Self, TileError> {
        let (ends, rest) = ends(bytes, id.width)?;
        if rest.is_empty() { Ok(Self { bytes: bytes.to_vec(), ends }) } else { Err(TileError::BundleBytes) }
    }

    /// Cuts a narrower bundle out of the bytes of one at least as wide.
    pub fn cut(id: BundleId, wider: &[u8]) -> Result<&[u8], TileError> {
        let (_, rest) = ends(wider, id.width)?;
        Ok(&wider[..wider.len() - rest.len()])
    }

    /// The bytes that are served.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many entries.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// Appends an entry; a bundle has at most 256, and an entry at most [`MAX_ENTRY_BYTES`].
    pub fn push(&mut self, entry: &[u8]) -> Result<(), TileError> {
        let length = u16::try_from(entry.len()).map_err(|_| TileError::EntryTooLong(entry.len()))?;
        if self.ends.len() >= usize::from(FULL_WIDTH) {
            return Err(TileError::Full);
        }
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(entry);
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// The entry at a position in the bundle.
    pub fn get(&self, position: usize) -> Option<&[u8]> {
        let start = if position == 0 { 0 } else { *self.ends.get(position - 1)? };
        self.bytes.get(start + LENGTH_BYTES..*self.ends.get(position)?)
    }

    /// The entries.
    pub fn entries(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.width()).filter_map(|position| self.get(position))
    }

    /// The hashes of the entries: the tile of level 0 with the same number.
    pub fn hash_tile(&self) -> HashTile {
        self.entries().map(leaf_hash).collect()
    }

    /// Whether every entry of the bundle `id` has the hash that the tile has for it; otherwise the first one that has not.
    pub fn check(&self, id: BundleId, tile: &HashTile) -> Result<(), TileError> {
        if tile.width() < self.width() {
            return Err(TileError::TooNarrow { expected: self.width(), actual: tile.width() });
        }
        for ((entry, hash), index) in self.entries().zip(tile.hashes()).zip(id.first_entry()..) {
            if leaf_hash(entry) != *hash {
                return Err(TileError::EntryHash { index });
            }
        }
        Ok(())
    }
}

/// Where each of the first `width` entries ends, and what comes after them.
fn ends(bytes: &[u8], width: u16) -> Result<(Vec<usize>, &[u8]), TileError> {
    let mut ends = Vec::with_capacity(usize::from(width));
    let mut rest = bytes;
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk().ok_or(TileError::BundleBytes)?;
        rest = after.get(usize::from(u16::from_be_bytes(*length))..).ok_or(TileError::BundleBytes)?;
        ends.push(bytes.len() - rest.len());
    }
    Ok((ends, rest))
}
