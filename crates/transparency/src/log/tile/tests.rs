use proptest::prelude::*;

use super::*;
use crate::log::tree::{self, Frontier, verify_inclusion};

fn entries(from: u64, to: u64) -> Vec<Vec<u8>> {
    (from..to).map(|index| format!("entry {index}").into_bytes()).collect()
}

/// All that was written of a log, as if it were on a disk.
#[derive(Default)]
struct Disk {
    tiles: Tiles,
    bundles: std::collections::BTreeMap<u64, EntryBundle>,
}

impl Disk {
    fn write(&mut self, growth: Growth) {
        self.tiles.extend(growth.tiles);
        self.bundles.extend(growth.bundles.into_iter().map(|(id, bundle)| (id.index(), bundle)));
    }

    fn read(&self, size: u64) -> Result<Edge, TileError> {
        let bundle = Edge::bundle(size).and_then(|id| {
            let bundle = self.bundles.get(&id.index())?;
            EntryBundle::decode(id, EntryBundle::cut(id, bundle.as_bytes()).ok()?).ok()
        });
        Edge::read(size, &self.tiles, bundle)
    }
}

#[test]
fn paths_are_those_of_the_specification() {
    let paths = [
        (TileId::new(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (TileId::new(0, 0, 1), "tile/0/000.p/1"),
        (TileId::new(2, 5, 255), "tile/2/005.p/255"),
        (TileId::new(1, 1_000, 17), "tile/1/x001/000.p/17"),
        (TileId::new(0, (1 << 54) - 1, 256), "tile/0/x018/x014/x398/x509/x481/983"),
    ];
    for (id, path) in paths {
        let id = id.unwrap();
        assert_eq!((id.path().as_str(), path.parse()), (path, Ok(id)));
    }
    let bundle = BundleId::new(1_234_067, 3).unwrap();
    assert_eq!((bundle.path().as_str(), bundle.path().parse()), ("tile/entries/x001/x234/067.p/3", Ok(bundle)));
}

#[test]
fn other_paths_are_refused() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x1/000",
        "tile/0/x001/x000",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/8/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000/",
        "tile/0/xx001/000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x018/x014/x398/x509/x481/984",
        "tile/entries/000",
        "tile/0/०००",
        "tile/0/+00",
    ] {
        assert_eq!(path.parse::<TileId>(), Err(TileError::Path), "{path}");
    }
    for path in ["tile/entries/0", "tile/entries/000.p/256", "tile/0/000", "tile/entries", "tile/entries/x000/000"] {
        assert_eq!(path.parse::<BundleId>(), Err(TileError::Path), "{path}");
    }
}

/// The specification's example: 70,000 entries.
#[test]
fn the_tiles_of_a_tree() {
    let all: Vec<_> = changed_tiles(0, 70_000).collect();
    let count = |level, full| all.iter().filter(|id| id.level() == level && id.is_full() == full).count();
    assert_eq!(
        [(0, true), (0, false), (1, true), (1, false), (2, true), (2, false)].map(|(l, f)| count(l, f)),
        [273, 1, 1, 1, 0, 1]
    );
    let partial: Vec<_> = all.iter().filter(|id| !id.is_full()).map(|id| id.path()).collect();
    assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    let paths = |old, new| changed_tiles(old, new).map(TileId::path).collect::<Vec<_>>();
    assert_eq!(paths(0, 256), ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(paths(255, 257), ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]);
    assert_eq!(paths(257, 258), ["tile/0/001.p/2"]);
    assert_eq!(paths(5, 5), [""; 0]);
    assert_eq!(paths(5, 4), [""; 0]);
    let bundles: Vec<_> = changed_bundles(255, 513).map(BundleId::path).collect();
    assert_eq!(bundles, ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/1"]);
    assert_eq!(changed_tiles(tree::MAX_SIZE - 1, tree::MAX_SIZE).count(), 8);
}

#[test]
fn a_log_grows_over_the_borders_of_tiles() {
    let mut disk = Disk::default();
    let mut frontier = Frontier::new();
    let mut size = 0;
    for next in [0, 1, 255, 256, 257, 513, 65_535, 65_536, 65_537, 66_000] {
        // As after a start: only what was written is known.
        let mut edge = disk.read(size).unwrap();
        let growth = edge.grow(&entries(size, next)).unwrap();
        for entry in entries(size, next) {
            frontier.append(crate::log::hash::leaf_hash(&entry)).unwrap();
        }
        assert!(growth.tiles.iter().map(|(id, _)| *id).eq(changed_tiles(size, next)), "{size} to {next}");
        assert!(growth.bundles.iter().map(|(id, _)| *id).eq(changed_bundles(size, next)), "{size} to {next}");
        assert!(growth.tiles.iter().all(|(id, tile)| tile.width() == usize::from(id.width())));
        assert_eq!((growth.old_size, growth.size, growth.root), (size, next, frontier.root()));
        disk.write(growth);
        assert_eq!(tree::root(next, |node| disk.tiles.node(node)), Ok(frontier.root()));
        size = next;
    }
    for index in [0, 255, 256, 65_535, 65_999] {
        let needed = Tiles::for_inclusion(index, size).unwrap();
        let tiles: Tiles = needed.iter().map(|&id| (id, disk.tiles.get(id).unwrap())).collect();
        let proof = tree::inclusion_proof(index, size, |node| tiles.node(node)).unwrap();
        let leaf = crate::log::hash::leaf_hash(&entries(index, index + 1)[0]);
        assert_eq!(verify_inclusion(&leaf, index, size, &proof, &frontier.root()), Ok(()));
    }
}

proptest! {
    #[test]
    fn however_a_log_grows_it_is_the_same(mut sizes in prop::collection::vec(0_u64..=600, 1..6)) {
        sizes.sort_unstable();
        let (mut disk, mut old, mut root) = (Disk::default(), 0, tree::Frontier::new().root());
        for &size in &sizes {
            let growth = disk.read(old).unwrap().grow(&entries(old, size)).unwrap();
            root = growth.root;
            disk.write(growth);
            old = size;
        }
        prop_assert_eq!(Edge::new().grow(&entries(0, old)).unwrap().root, root);
        for size in sizes {
            let needed = Tiles::for_consistency(size, old).unwrap();
            prop_assert!(needed.iter().all(|&id| disk.tiles.get(id).is_some()));
            let proof = tree::consistency_proof(size, old, |node| disk.tiles.node(node)).unwrap();
            let old_root = tree::root(size, |node| disk.tiles.node(node)).unwrap();
            prop_assert_eq!(tree::verify_consistency(size, &old_root, old, &root, &proof), Ok(()));
        }
    }

    #[test]
    fn whatever_path_is_read_it_is_written_again(path in "tile/([0-9]{1,2}|entries)/(x[0-9]{3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(id) = path.parse::<TileId>() {
            prop_assert_eq!(id.path(), path);
        } else if let Ok(id) = path.parse::<BundleId>() {
            prop_assert_eq!(id.path(), path);
        }
    }

    #[test]
    fn whatever_bundle_is_read_it_is_written_again(width in 1_u16..=256, bytes in prop::collection::vec(0_u8..4, 0..64)) {
        let id = BundleId::new(0, width).unwrap();
        if let Ok(bundle) = EntryBundle::decode(id, &bytes) {
            let mut again = EntryBundle::default();
            bundle.entries().for_each(|entry| again.push(entry).unwrap());
            prop_assert_eq!(&again, &bundle);
            prop_assert_eq!(again.as_bytes(), bytes.as_slice());
        }
        let _ = EntryBundle::cut(id, &bytes);
    }
}

#[test]
fn the_longest_entry() {
    let mut edge = Edge::new();
    let longest = vec![7; MAX_ENTRY_BYTES];
    let too_long = vec![7; MAX_ENTRY_BYTES + 1];
    assert_eq!(edge.grow(&[vec![], too_long]).unwrap_err(), TileError::EntryTooLong(65_536));
    assert_eq!(edge.size(), 0, "all or nothing");
    let growth = edge.grow(&[vec![], longest.clone(), vec![]]).unwrap();
    let (id, bundle) = &growth.bundles[0];
    let read = EntryBundle::decode(*id, bundle.as_bytes()).unwrap();
    assert_eq!(read.entries().collect::<Vec<_>>(), [b"".as_slice(), &longest, b""]);
    assert_eq!(bundle.as_bytes()[..4], [0, 0, 255, 255]);
    assert_eq!(read.hash_tile(), growth.tiles[0].1);
    assert_eq!(read.check(*id, &growth.tiles[0].1), Ok(()));
}

#[test]
fn one_wrong_bit_is_found_and_named() {
    let growth = Edge::new().grow(&entries(0, 300)).unwrap();
    let (id, bundle) = &growth.bundles[1];
    let (tile_id, tile) = &growth.tiles[1];
    let mut bytes = bundle.as_bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let wrong = EntryBundle::decode(*id, &bytes).unwrap();
    assert_eq!(wrong.check(*id, tile), Err(TileError::EntryHash { index: 299 }));
    bytes[1] ^= 1;
    assert_eq!(EntryBundle::decode(*id, &bytes), Err(TileError::BundleBytes));
    let mut bytes = tile.encode();
    bytes[32] ^= 1;
    let wrong = HashTile::decode(*tile_id, &bytes).unwrap();
    assert_eq!(bundle.check(*id, &wrong), Err(TileError::EntryHash { index: 257 }));
    let edge = Edge::read(300, &growth.tiles.iter().cloned().collect(), Some(EntryBundle::default()));
    assert_eq!(edge.unwrap_err(), TileError::TooNarrow { expected: 44, actual: 0 });
    let edge = Edge::read(300, &growth.tiles.into_iter().skip(1).collect(), None);
    assert_eq!(edge.unwrap_err(), TileError::MissingBundle(*id));
}

#[test]
fn a_partial_one_is_a_prefix() {
    let wide = Edge::new().grow(&entries(0, 256)).unwrap();
    let narrow = Edge::new().grow(&entries(0, 100)).unwrap();
    let (id, tile) = &narrow.tiles[0];
    assert_eq!(HashTile::cut(*id, &wide.tiles[0].1.encode()), Ok(tile.encode().as_slice()));
    let (id, bundle) = &narrow.bundles[0];
    assert_eq!(EntryBundle::cut(*id, wide.bundles[0].1.as_bytes()), Ok(bundle.as_bytes()));
    let full = TileId::new(0, 0, 256).unwrap();
    assert_eq!(HashTile::cut(full, &tile.encode()), Err(TileError::TooNarrow { expected: 256, actual: 100 }));
    assert_eq!(HashTile::decode(full, &tile.encode()), Err(TileError::TileBytes { expected: 8192, actual: 3200 }));
    assert_eq!((tile.hash(), wide.tiles[0].1.hash()), (None, Some(wide.root)));
    assert_eq!(wide.tiles[0].1.clone().push(wide.root), Err(TileError::Full));
}
