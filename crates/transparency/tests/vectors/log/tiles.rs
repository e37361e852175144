//! `tiles.json`: paths, and a log's tiles and bundles.

use base64::{Engine, prelude::BASE64_STANDARD};
use munadi_transparency::log::tile::{BundleId, TileId, changed_bundles, changed_tiles};
use serde_json::{Value, json};

use super::{check_file, grown};

const NO_PATHS: [&str; 16] = [
    "tile/0/0",
    "tile/0/0000",
    "tile/00/000",
    "tile/64/000",
    "tile/0/x000/000",
    "tile/0/001/000",
    "tile/0/x001/x000",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/000.p/256",
    "tile/0/000.p/",
    "/tile/0/000",
    "tile/0/000/",
    "tile/entries/0",
    "tile/entries/000.p/256",
    "tile/-1/000",
];

fn files(size: u64) -> Value {
    let growth = grown(size);
    let encode = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let tiles = growth.tiles.iter().map(|(id, tile)| (id.path(), encode(&tile.encode())));
    let bundles = growth.bundles.iter().map(|(id, bundle)| (id.path(), encode(bundle.as_bytes())));
    let files = tiles.chain(bundles).map(|(path, bytes)| (path, bytes.into()));
    Value::Object(files.collect())
}

#[test]
fn tiles_are_as_the_vectors_say() {
    let tile = |(level, index, width)| {
        let id = TileId::new(level, index, width).unwrap();
        json!({ "level": level, "index": index, "width": width, "path": id.path() })
    };
    let paths =
        [(0, 0, 256), (0, 0, 1), (0, 999, 255), (1, 1000, 17), (0, 1_234_067, 256), (3, 1_000_000, 256)].map(tile);
    let is_path = |path: &str| path.parse::<TileId>().is_ok() || path.parse::<BundleId>().is_ok();
    assert!(!NO_PATHS.into_iter().any(is_path));
    let grow = |(old, new)| {
        let tiles = changed_tiles(old, new).map(TileId::path);
        let paths: Vec<_> = tiles.chain(changed_bundles(old, new).map(BundleId::path)).collect();
        json!({ "old_size": old, "new_size": new, "paths": paths })
    };
    let growth = [(0, 1), (0, 256), (255, 257), (257, 258), (65_535, 65_537), (300, 300)].map(grow);
    check_file("tiles", &json!({ "paths": paths, "not_paths": NO_PATHS, "growth": growth, "files": files(5) }));
}
