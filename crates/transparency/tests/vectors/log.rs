//! `log/`: the public log. Everything here is made from fixed keys and entries, and must come out the same, byte for byte.

mod checkpoints;
mod proofs;
mod tiles;
mod tree;

use munadi_transparency::log::{
    checkpoint::Checkpoint,
    cosignature::Cosigner,
    hash::{Hash, leaf_hash},
    note::{LogSigner, NoteSignature, SignedNote},
    tile::{Edge, Growth, Tiles},
    tree as merkle,
};
use serde_json::{Value, json};

use crate::{read, updating, write};

const ORIGIN: &str = "munadi.example/log";
/// When the witnesses cosigned: 2026-02-01T08:00:00Z.
const TIME: u64 = 1_769_932_800;

/// Compares a file with what this code makes, or writes it.
fn check_file(name: &str, made: &Value) {
    let path = format!("log/{name}.json");
    if updating() {
        write(&path, made);
    }
    assert_eq!(&read(&path), made, "{path}: UPDATE_VECTORS=1 writes it");
}

fn entry(index: u64) -> String {
    format!("entry {index}")
}

fn leaf(index: u64) -> Hash {
    leaf_hash(entry(index).as_bytes())
}

/// The log whose entries are `entry 0`, `entry 1`, ….
fn grown(size: u64) -> Growth {
    let entries: Vec<_> = (0..size).map(entry).collect();
    Edge::new().grow(&entries).unwrap()
}

fn tiles(size: u64) -> Tiles {
    grown(size).tiles.into_iter().collect()
}

fn root(size: u64) -> Hash {
    grown(size).root
}

fn inclusion(index: u64, size: u64) -> Vec<Hash> {
    let tiles = tiles(size);
    merkle::inclusion_proof(index, size, |node| tiles.node(node)).unwrap()
}

fn consistency(old: u64, new: u64) -> Vec<Hash> {
    let tiles = tiles(new);
    merkle::consistency_proof(old, new, |node| tiles.node(node)).unwrap()
}

fn texts(hashes: &[Hash]) -> Value {
    hashes.iter().map(Hash::to_string).collect()
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().parse().unwrap()).collect()
}

fn flip(hash: &mut Hash) {
    hash.0[31] ^= 1;
}

/// The keys' seeds are their number, 32 times.
fn signer(name: &str, seed: u8) -> LogSigner {
    LogSigner::from_seed(name.parse().unwrap(), &[seed; 32]).unwrap()
}

fn log_signer() -> LogSigner {
    signer(ORIGIN, 1)
}

fn witness(number: u8) -> Cosigner {
    Cosigner::from_seed(format!("witness{number}.example").parse().unwrap(), &[10 + number; 32]).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(log_signer().name().into(), size, root(size)).unwrap()
}

fn signed(size: u64) -> SignedNote {
    checkpoint(size).sign(&log_signer()).unwrap()
}

fn cosigned(size: u64, witnesses: &[u8]) -> SignedNote {
    let mut note = signed(size);
    for &number in witnesses {
        note.add(witness(number).cosign(&note, TIME + u64::from(number)).unwrap()).unwrap();
    }
    note
}

/// A text that is no checkpoint, or a wrong one, with the log's signature.
fn forced(text: &str) -> String {
    let line = log_signer().sign(text).unwrap();
    SignedNote::new(text, line).unwrap().to_string()
}

/// The line with one bit of the signature turned over.
fn with_a_flipped_bit(line: &NoteSignature) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let text = line.to_string();
    let (start, base64) = text.rsplit_once(' ').unwrap();
    let mut bytes = BASE64_STANDARD.decode(base64).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    format!("{start} {}", BASE64_STANDARD.encode(bytes))
}

#[test]
fn the_keys_are_as_the_vectors_say() {
    let seed = |seed: u8| json!(format!("{seed:02x}").repeat(32));
    let log = json!({ "vkey": log_signer().key().to_string(), "seed": seed(1) });
    let witnesses: Vec<_> =
        (1..=3).map(|n| json!({ "vkey": witness(n).key().to_string(), "seed": seed(10 + n) })).collect();
    check_file("keys", &json!({ "log": log, "witnesses": witnesses }));
}
