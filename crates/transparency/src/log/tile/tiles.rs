//! Tiles at hand: what roots and proofs are computed from.

use std::collections::{BTreeMap, BTreeSet};

use super::{HEIGHT, HashTile, TileError, TileId};
use crate::log::{
    hash::Hash,
    tree::{self, Node},
};

/// Some tiles of a log. First ask which ones are needed, fetch them, then compute.
#[derive(Debug, Clone, Default)]
pub struct Tiles(BTreeMap<(u8, u64), HashTile>);

impl Tiles {
    /// None yet.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a tile. The wider of two with the same number is kept.
    pub fn insert(&mut self, id: TileId, tile: HashTile) {
        let slot = self.0.entry((id.level(), id.index())).or_default();
        if slot.width() < tile.width() {
            *slot = tile;
        }
    }

    /// The tile, cut to its width.
    pub fn get(&self, id: TileId) -> Option<HashTile> {
        let hashes = self.0.get(&(id.level(), id.index()))?.hashes().get(..usize::from(id.width()))?;
        Some(hashes.iter().copied().collect())
    }

    /// The hash of a complete subtree, if the tile is here that has it: the reader that [`tree`]'s functions ask for.
    pub fn node(&self, node: Node) -> Option<Hash> {
        let height = node.level % HEIGHT;
        let in_tile = HEIGHT - height;
        let tile = self.0.get(&(node.level / HEIGHT, node.index >> in_tile))?;
        tile.subtree(height, node.index & ((1 << in_tile) - 1))
    }

    /// The tiles which [`tree::root`] needs for the tree of `size` entries.
    pub fn for_root(size: u64) -> Result<BTreeSet<TileId>, TileError> {
        Ok(holding(&tree::root_nodes(size)?, size))
    }

    /// The tiles which [`tree::inclusion_proof`] needs.
    pub fn for_inclusion(index: u64, size: u64) -> Result<BTreeSet<TileId>, TileError> {
        Ok(holding(&tree::inclusion_nodes(index, size)?, size))
    }

    /// The tiles which [`tree::consistency_proof`] needs.
    pub fn for_consistency(old: u64, new: u64) -> Result<BTreeSet<TileId>, TileError> {
        Ok(holding(&tree::consistency_nodes(old, new)?, new))
    }
}

impl Extend<(TileId, HashTile)> for Tiles {
    fn extend<I: IntoIterator<Item = (TileId, HashTile)>>(&mut self, tiles: I) {
        for (id, tile) in tiles {
            self.insert(id, tile);
        }
    }
}

impl FromIterator<(TileId, HashTile)> for Tiles {
    fn from_iter<I: IntoIterator<Item = (TileId, HashTile)>>(tiles: I) -> Self {
        let mut all = Self::new();
        all.extend(tiles);
        all
    }
}

fn holding(nodes: &[Node], size: u64) -> BTreeSet<TileId> {
    nodes.iter().filter_map(|&node| TileId::holding(node, size)).collect()
}
