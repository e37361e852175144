//! The right edge of the tiles: what a log reads to go on, and all that it must write when it has grown.

use super::{BundleId, EntryBundle, FULL_WIDTH, HashTile, LEVELS, MAX_ENTRY_BYTES, TileError, TileId, Tiles};
use crate::log::{
    hash::{Hash, leaf_hash},
    tree::{Frontier, MAX_SIZE, TreeError},
};

/// The partial tiles and the partial bundle of a log: what can still grow.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    frontier: Frontier,
    /// The last tile of each level, from the lowest; one that is full has made room for an empty one.
    levels: Vec<HashTile>,
    bundle: EntryBundle,
}

/// What growing has made: everything of the log that has to be written.
#[derive(Debug, Clone)]
pub struct Growth {
    /// How many entries there were: the index of the first new one.
    pub old_size: u64,
    /// How many there are.
    pub size: u64,
    /// The root now.
    pub root: Hash,
    /// The tiles that are new or wider, as [`super::changed_tiles`] lists them.
    pub tiles: Vec<(TileId, HashTile)>,
    /// The bundles that are new or fuller, as [`super::changed_bundles`] lists them.
    pub bundles: Vec<(BundleId, EntryBundle)>,
}

impl Edge {
    /// The edge of the empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tiles that [`Self::read`] needs to go on from a log of `size` entries: the partial ones, at most one for each level.
    pub fn tiles(size: u64) -> impl Iterator<Item = TileId> {
        (0..LEVELS).filter_map(move |level| {
            let id = TileId::in_tree(level, (size >> (level * super::HEIGHT)) / u64::from(FULL_WIDTH), size)?;
            (!id.is_full()).then_some(id)
        })
    }

    /// The bundle that [`Self::read`] needs, unless the last one is full.
    pub fn bundle(size: u64) -> Option<BundleId> {
        BundleId::in_tree(size / u64::from(FULL_WIDTH), size)
    }

    /// Goes on from a log of `size` entries: `tiles` has those that [`Self::tiles`] names, `bundle` is the one that [`Self::bundle`]
    /// names. The bundle's entries must have the hashes of the tile.
    pub fn read(size: u64, tiles: &Tiles, bundle: Option<EntryBundle>) -> Result<Self, TileError> {
        let frontier = Frontier::read(size, |node| tiles.node(node))?;
        let mut levels = Vec::new();
        for id in Self::tiles(size) {
            let tile = tiles.get(id).ok_or(TileError::Missing(id))?;
            levels.resize(usize::from(id.level()), HashTile::default());
            levels.push(tile);
        }
        let bundle = match Self::bundle(size) {
            None => EntryBundle::default(),
            Some(id) => checked_bundle(id, bundle, levels.first())?,
        };
        Ok(Self { frontier, levels, bundle })
    }

    /// How many entries the log has.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The log's root.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The frontier.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Appends entries, and tells what is to be written. If it fails, nothing was appended.
    pub fn grow<E: AsRef<[u8]>>(&mut self, entries: &[E]) -> Result<Growth, TileError> {
        let old_size = self.size();
        check_entries(old_size, entries)?;
        let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry.as_ref())).collect();
        for leaf in &leaves {
            self.frontier.append(*leaf)?;
        }
        let bundles = self.grow_bundles(old_size, entries)?;
        let tiles = self.grow_tiles(old_size, leaves)?;
        Ok(Growth { old_size, size: self.size(), root: self.root(), tiles, bundles })
    }

    fn grow_bundles<E: AsRef<[u8]>>(
        &mut self,
        old_size: u64,
        entries: &[E],
    ) -> Result<Vec<(BundleId, EntryBundle)>, TileError> {
        let mut rest = entries.iter();
        let mut grown = Vec::new();
        for id in super::changed_bundles(old_size, self.size()) {
            let missing = usize::from(id.width()) - self.bundle.width();
            for entry in rest.by_ref().take(missing) {
                self.bundle.push(entry.as_ref())?;
            }
            let bundle = if id.is_full() { std::mem::take(&mut self.bundle) } else { self.bundle.clone() };
            grown.push((id, bundle));
        }
        Ok(grown)
    }

    fn grow_tiles(&mut self, old_size: u64, leaves: Vec<Hash>) -> Result<Vec<(TileId, HashTile)>, TileError> {
        let mut grown: Vec<(TileId, HashTile)> = Vec::new();
        let mut hashes = leaves.into_iter();
        let mut above = Vec::new();
        let mut level = 0;
        for id in super::changed_tiles(old_size, self.size()) {
            if id.level() > level {
                level = id.level();
                hashes = std::mem::take(&mut above).into_iter();
            }
            let tile = self.level(level);
            for hash in hashes.by_ref().take(usize::from(id.width()) - tile.width()) {
                tile.push(hash)?;
            }
            above.extend(tile.hash());
            let tile = if id.is_full() { std::mem::take(tile) } else { tile.clone() };
            grown.push((id, tile));
        }
        Ok(grown)
    }

    fn level(&mut self, level: u8) -> &mut HashTile {
        let level = usize::from(level);
        if self.levels.len() <= level {
            self.levels.resize(level + 1, HashTile::default());
        }
        &mut self.levels[level]
    }
}

fn check_entries<E: AsRef<[u8]>>(size: u64, entries: &[E]) -> Result<(), TileError> {
    let lengths = entries.iter().map(|entry| entry.as_ref().len());
    if let Some(length) = lengths.into_iter().find(|&length| length > MAX_ENTRY_BYTES) {
        return Err(TileError::EntryTooLong(length));
    }
    let new = u64::try_from(entries.len()).ok().and_then(|more| size.checked_add(more)).filter(|&new| new <= MAX_SIZE);
    new.map(drop).ok_or(TileError::Tree(TreeError::TooLarge { size: u64::MAX }))
}

fn checked_bundle(
    id: BundleId,
    bundle: Option<EntryBundle>,
    tile: Option<&HashTile>,
) -> Result<EntryBundle, TileError> {
    let bundle = bundle.ok_or(TileError::MissingBundle(id))?;
    if bundle.width() != usize::from(id.width()) {
        return Err(TileError::TooNarrow { expected: usize::from(id.width()), actual: bundle.width() });
    }
    bundle.check(id, tile.unwrap_or(&HashTile::default()))?;
    Ok(bundle)
}
