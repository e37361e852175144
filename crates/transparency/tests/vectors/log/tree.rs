//! `tree.json`, `inclusion.json` and `consistency.json`: hashes and what they prove.

use munadi_transparency::log::{
    hash::{EMPTY_ROOT, Hash, leaf_hash},
    tree::{ProofError, verify_consistency, verify_inclusion},
};
use serde_json::{Value, json};

use super::{check_file, consistency, entry, flip, hashes, inclusion, leaf, root, texts};

#[test]
fn hashes_and_roots_are_as_the_vectors_say() {
    let leaves: Vec<_> = ["", "\0", "entry 0", "entry 1", "सूचना"]
        .map(|entry| json!({ "entry": entry, "hash": leaf_hash(entry.as_bytes()).to_string() }))
        .to_vec();
    let sizes = (0..=20).chain([255, 256, 257, 300]);
    let roots: Vec<_> = sizes.map(|size| json!({ "size": size, "root": root(size).to_string() })).collect();
    check_file("tree", &json!({ "leaves": leaves, "roots": roots }));
}

fn word(verdict: Result<(), ProofError>) -> &'static str {
    match verdict {
        Ok(()) => "accepted",
        Err(ProofError::NotInTree) => "not_in_tree",
        Err(ProofError::Shrunk) => "shrunk",
        Err(ProofError::Length) => "length",
        Err(ProofError::Inclusion) => "inclusion",
        Err(ProofError::OldRoot) => "old_root",
        Err(ProofError::NewRoot) => "new_root",
    }
}

fn hash(vector: &Value, member: &str) -> Hash {
    vector[member].as_str().unwrap().parse().unwrap()
}

fn number(vector: &Value, member: &str) -> u64 {
    vector[member].as_u64().unwrap()
}

struct Inclusion {
    entry: String,
    index: u64,
    size: u64,
    proof: Vec<Hash>,
    root: Hash,
}

impl Inclusion {
    fn new(index: u64, size: u64) -> Self {
        Self { entry: entry(index), index, size, proof: inclusion(index, size), root: root(size) }
    }

    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn vector(&self, about: &str) -> Value {
        let mut vector = json!({
            "description": about, "entry": self.entry, "index": self.index, "size": self.size,
            "proof": texts(&self.proof), "root": self.root.to_string(),
        });
        vector["expected"] = inclusion_verdict(&vector).into();
        vector
    }
}

fn inclusion_verdict(vector: &Value) -> &'static str {
    let leaf = leaf_hash(vector["entry"].as_str().unwrap().as_bytes());
    let proof = hashes(&vector["proof"]);
    word(verify_inclusion(&leaf, number(vector, "index"), number(vector, "size"), &proof, &hash(vector, "root")))
}

#[test]
fn inclusion_is_proved_as_the_vectors_say() {
    let pairs = [
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 3),
        (4, 5),
        (6, 7),
        (3, 8),
        (0, 255),
        (255, 256),
        (256, 257),
        (0, 300),
        (299, 300),
    ];
    let mut cases: Vec<_> = pairs.map(|(index, size)| Inclusion::new(index, size).vector("good")).to_vec();
    let good = || Inclusion::new(4, 7);
    let wrong = [
        ("another entry", good().but(|case| case.entry = entry(5))),
        ("a wrong bit in the first hash", good().but(|case| flip(&mut case.proof[0]))),
        ("a wrong bit in the last hash", good().but(|case| flip(&mut case.proof[2]))),
        ("two hashes in each other's place", good().but(|case| case.proof.swap(0, 1))),
        ("another root", good().but(|case| case.root = root(8))),
        ("another index", good().but(|case| case.index = 5)),
        ("an index that takes fewer hashes", good().but(|case| case.index = 6)),
        ("an index outside of the tree", good().but(|case| case.index = 7)),
        ("the empty tree", good().but(|case| case.size = 0)),
        ("a hash too few", good().but(|case| case.proof.truncate(2))),
        ("a hash too many", good().but(|case| case.proof.push(EMPTY_ROOT))),
        ("a hash where none is needed", Inclusion::new(0, 1).but(|case| case.proof.push(leaf(1)))),
    ];
    let wrong: Vec<_> = wrong.map(|(about, case)| case.vector(about)).to_vec();
    assert!(wrong.iter().all(|vector| vector["expected"] != "accepted"));
    // The size is bound to the root by the checkpoint only: a proof for a size with the same path is good for both.
    cases.push(good().but(|case| case.size = 8).vector("a size that needs the same path"));
    cases.extend(wrong);
    check_file("inclusion", &cases.into());
}

struct Consistency {
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    proof: Vec<Hash>,
}

impl Consistency {
    fn new(old_size: u64, new_size: u64) -> Self {
        let proof = consistency(old_size, new_size);
        Self { old_size, old_root: root(old_size), new_size, new_root: root(new_size), proof }
    }

    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn vector(&self, about: &str) -> Value {
        let mut vector = json!({
            "description": about, "old_size": self.old_size, "old_root": self.old_root.to_string(),
            "new_size": self.new_size, "new_root": self.new_root.to_string(), "proof": texts(&self.proof),
        });
        vector["expected"] = consistency_verdict(&vector).into();
        vector
    }
}

fn consistency_verdict(vector: &Value) -> &'static str {
    let (old, new) = (hash(vector, "old_root"), hash(vector, "new_root"));
    let proof = hashes(&vector["proof"]);
    word(verify_consistency(number(vector, "old_size"), &old, number(vector, "new_size"), &new, &proof))
}

#[test]
fn consistency_is_proved_as_the_vectors_say() {
    let pairs = [
        (0, 0),
        (0, 5),
        (1, 1),
        (1, 2),
        (2, 3),
        (3, 4),
        (3, 7),
        (4, 7),
        (6, 8),
        (7, 8),
        (8, 13),
        (255, 256),
        (256, 257),
        (255, 300),
        (256, 300),
        (257, 300),
        (300, 300),
    ];
    let mut cases: Vec<_> = pairs.map(|(old, new)| Consistency::new(old, new).vector("good")).to_vec();
    let (odd, even) = (|| Consistency::new(3, 7), || Consistency::new(4, 7));
    let wrong = [
        ("a log with another past", odd().but(|case| case.old_root = root(4))),
        ("a log with another past, of a size that is a power of two", even().but(|case| case.old_root = root(3))),
        ("another present", odd().but(|case| case.new_root = root(8))),
        ("a wrong bit in the first hash", odd().but(|case| flip(&mut case.proof[0]))),
        ("a wrong bit in a hash that only the newer root needs", odd().but(|case| flip(&mut case.proof[3]))),
        ("a hash too few", odd().but(|case| _ = case.proof.pop())),
        ("no hash at all", odd().but(|case| case.proof.clear())),
        ("a hash too many", odd().but(|case| case.proof.push(EMPTY_ROOT))),
        ("a size that has become smaller", odd().but(|case| std::mem::swap(&mut case.old_size, &mut case.new_size))),
        ("the same size with two roots", Consistency::new(7, 7).but(|case| case.new_root = root(8))),
        ("the same size with a hash", Consistency::new(7, 7).but(|case| case.proof.push(EMPTY_ROOT))),
        ("an empty tree with another root", Consistency::new(0, 7).but(|case| case.old_root = root(1))),
        ("from the empty tree with a hash", Consistency::new(0, 7).but(|case| case.proof.push(EMPTY_ROOT))),
    ];
    let wrong: Vec<_> = wrong.map(|(about, case)| case.vector(about)).to_vec();
    assert!(wrong.iter().all(|vector| vector["expected"] != "accepted"));
    cases.extend(wrong);
    check_file("consistency", &cases.into());
}
