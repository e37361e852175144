//! The right edge of the tree: its frontier, and the tiles that are not full. That is all of the tree that growing needs, and it is read
//! from the tiles themselves, so there is nothing beside them that could say something else.

use std::collections::{BTreeMap, BTreeSet};

use munadi_store::log::{StoredTile, TilePlace};
use munadi_transparency::log::{
    hash::Hash,
    tile::{self, HashTile, TileError, TileId, Tiles},
    tree::{Frontier, TreeError},
};

/// A hash of a tile is of 2^8 hashes of the tile below.
const TILE_LEVELS: u8 = 8;
const TILE_WIDTH: u64 = 1 << TILE_LEVELS;

/// The right edge of a tree of a certain size.
#[derive(Debug)]
pub(crate) struct Edge {
    frontier: Frontier,
    tiles: BTreeMap<TilePlace, Vec<u8>>,
    changed: BTreeSet<TilePlace>,
}

impl Edge {
    /// The tiles that [`Edge::read`] needs: those that are not full.
    pub(crate) fn places(size: u64) -> Vec<TilePlace> {
        tile::Edge::tiles(size).map(place_of).collect()
    }

    /// The edge of the tree of this size, from tiles that were perhaps filled since.
    ///
    /// # Errors
    /// If a hash is missing.
    pub(crate) fn read(size: u64, stored: Vec<StoredTile>) -> Result<Self, TileError> {
        let stored: BTreeMap<_, _> = stored.into_iter().map(|tile| (tile.place, tile.hashes)).collect();
        let (mut tiles, mut known) = (BTreeMap::new(), Tiles::new());
        for id in tile::Edge::tiles(size) {
            let place = place_of(id);
            let hashes = HashTile::cut(id, stored.get(&place).ok_or(TileError::Missing(id))?)?;
            known.insert(id, HashTile::decode(id, hashes)?);
            tiles.insert(place, hashes.to_vec());
        }
        let frontier = Frontier::read(size, |node| known.node(node))?;
        Ok(Self { frontier, tiles, changed: BTreeSet::new() })
    }

    /// The size of the tree.
    pub(crate) const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Appends entries by their hashes.
    pub(crate) fn append(&mut self, leaves: &[Hash]) -> Result<(), TreeError> {
        let Self { frontier, tiles, changed } = self;
        for leaf in leaves {
            frontier.append_with(*leaf, |node, hash| {
                if node.level.is_multiple_of(TILE_LEVELS) {
                    let place = TilePlace { level: node.level / TILE_LEVELS, index: node.index / TILE_WIDTH };
                    tiles.entry(place).or_default().extend_from_slice(hash.as_bytes());
                    changed.insert(place);
                }
            })?;
        }
        Ok(())
    }

    /// The tiles that have changed by appending.
    pub(crate) fn into_changed(mut self) -> Vec<StoredTile> {
        let tile = |place| Some(StoredTile { place, hashes: self.tiles.remove(&place)? });
        self.changed.into_iter().filter_map(tile).collect()
    }
}

fn place_of(id: TileId) -> TilePlace {
    TilePlace { level: id.level(), index: id.index() }
}

#[cfg(test)]
mod tests {
    use munadi_transparency::log::hash::{HASH_BYTES, leaf_hash};
    use proptest::prelude::*;

    use super::*;

    fn leaves(sizes: std::ops::Range<u64>) -> Vec<Hash> {
        sizes.map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    /// Grows in steps, through what a table of tiles would keep.
    fn grown(steps: &[u64]) -> (Edge, BTreeMap<TilePlace, Vec<u8>>) {
        let (mut size, mut table) = (0, BTreeMap::new());
        for step in steps {
            let mut edge = read(size, &table);
            edge.append(&leaves(size..size + step)).unwrap();
            size += step;
            table.extend(edge.into_changed().into_iter().map(|tile| (tile.place, tile.hashes)));
        }
        (read(size, &table), table)
    }

    fn read(size: u64, table: &BTreeMap<TilePlace, Vec<u8>>) -> Edge {
        let stored = Edge::places(size)
            .into_iter()
            .filter_map(|place| Some(StoredTile { place, hashes: table.get(&place)?.clone() }));
        Edge::read(size, stored.collect()).unwrap()
    }

    fn expected_root(size: u64) -> Hash {
        let leaves = leaves(0..size);
        let mut frontier = Frontier::new();
        for leaf in &leaves {
            frontier.append(*leaf).unwrap();
        }
        frontier.root()
    }

    #[test]
    fn every_earlier_edge_can_be_read_from_fuller_tiles() {
        let (_, table) = grown(&[600]);
        for size in 0..=600 {
            assert_eq!(read(size, &table).root(), expected_root(size), "{size}");
        }
    }

    #[test]
    fn tiles_are_those_of_the_specification() {
        // The example of tlog-tiles: 273 full tiles of level 0 and one of 112, one full of level 1 and one of 17, one of 1.
        let (_, table) = grown(&[70_000]);
        let widths = |level| -> Vec<usize> {
            table
                .iter()
                .filter(|(place, _)| place.level == level)
                .map(|(_, hashes)| hashes.len() / HASH_BYTES)
                .collect()
        };
        assert_eq!(widths(0), [vec![256; 273], vec![112]].concat());
        assert_eq!(widths(1), [256, 17]);
        assert_eq!(widths(2), [1]);
        assert_eq!(read(70_000, &table).root(), expected_root(70_000));
    }

    #[test]
    fn a_missing_hash_is_found() {
        let (_, mut table) = grown(&[300]);
        table.get_mut(&TilePlace { level: 0, index: 1 }).unwrap().truncate(43 * HASH_BYTES);
        let stored = table.into_iter().map(|(place, hashes)| StoredTile { place, hashes }).collect();
        assert!(matches!(Edge::read(300, stored), Err(TileError::TooNarrow { expected: 44, actual: 43 })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn growing_in_steps_is_growing_at_once(steps in prop::collection::vec(0_u64..400, 0..8)) {
            let (edge, table) = grown(&steps);
            let (at_once, same) = grown(&[steps.iter().sum()]);
            prop_assert_eq!(edge.root(), at_once.root());
            prop_assert_eq!(edge.root(), expected_root(edge.size()));
            prop_assert_eq!(table, same);
        }
    }
}
