//! The Merkle tree of RFC 6962 §2.1: roots, inclusion proofs and consistency proofs, made from stored hashes, and verified.
//!
//! What is stored are the hashes of *complete* subtrees only, those whose 2^level leaves all exist. They never change, whatever is
//! appended. Everything else is computed from them.

use std::iter;

use super::hash::{EMPTY_ROOT, Hash, node_hash};

mod frontier;
mod verify;

pub use frontier::Frontier;
pub use verify::{ProofError, inclusion_root, verify_consistency, verify_inclusion};

/// The most entries of a tree: the largest power of two for which every proof has at most [`MAX_PROOF`] hashes. It also fits in the
/// signed 64-bit numbers of databases and of other people's verifiers.
pub const MAX_SIZE: u64 = 1 << 62;
/// The most hashes of an inclusion or a consistency proof: what tlog-witness allows.
pub const MAX_PROOF: usize = 63;

/// A complete subtree: the leaves from `index << level` to `(index + 1) << level`. A leaf has level 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// How often two were hashed into one.
    pub level: u8,
    /// Its number among all of its level, from the left, from 0.
    pub index: u64,
}

impl Node {
    /// The subtree of which this is the left or the right half.
    #[must_use]
    pub const fn parent(self) -> Self {
        Self { level: self.level + 1, index: self.index >> 1 }
    }
}

/// Why there is no root or no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// See [`MAX_SIZE`].
    #[error("a tree of {size} entries is too large")]
    TooLarge {
        /// The size asked for.
        size: u64,
    },
    /// There is no such entry.
    #[error("entry {index} is not in a tree of {size} entries")]
    NotInTree {
        /// The entry's index.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// Consistency is asked backwards.
    #[error("a tree of {old} entries cannot have grown to {new}")]
    Shrunk {
        /// The size before.
        old: u64,
        /// The size after.
        new: u64,
    },
    /// The reader has not that hash, so something stored is missing.
    #[error("the hash of subtree {} at level {} is missing", .0.index, .0.level)]
    Missing(Node),
    /// The bytes are not those of a frontier.
    #[error("not a frontier: {0}")]
    Frontier(&'static str),
}

/// The root of the tree of `size` entries (RFC 6962 §2.1). `read` gives the hash of a complete subtree.
pub fn root(size: u64, read: impl FnMut(Node) -> Option<Hash>) -> Result<Hash, TreeError> {
    range_hash(0, checked(size)?, read)
}

/// RFC 6962 §2.1.1: the hashes from the leaf's sibling up to the root's child. At most [`MAX_PROOF`].
pub fn inclusion_proof(
    index: u64,
    size: u64,
    mut read: impl FnMut(Node) -> Option<Hash>,
) -> Result<Vec<Hash>, TreeError> {
    if index >= checked(size)? {
        return Err(TreeError::NotInTree { index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + left_half(end - start);
        if index < middle {
            proof.push(range_hash(middle, end, &mut read)?);
            end = middle;
        } else {
            proof.push(range_hash(start, middle, &mut read)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// RFC 6962 §2.1.2: that the tree of `new` entries begins with the tree of `old` entries. Empty if both are the same, and for the
/// empty tree, with which every tree begins. At most [`MAX_PROOF`].
pub fn consistency_proof(
    old: u64,
    new: u64,
    mut read: impl FnMut(Node) -> Option<Hash>,
) -> Result<Vec<Hash>, TreeError> {
    if old > checked(new)? {
        return Err(TreeError::Shrunk { old, new });
    }
    if old == 0 {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, new);
    let mut proof = Vec::new();
    while old < end {
        let middle = start + left_half(end - start);
        if old <= middle {
            proof.push(range_hash(middle, end, &mut read)?);
            end = middle;
        } else {
            proof.push(range_hash(start, middle, &mut read)?);
            start = middle;
        }
    }
    // The verifier knows the old root, so it is left out where it is itself a subtree of the new tree.
    if start > 0 {
        proof.push(range_hash(start, end, &mut read)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The complete subtrees that [`root`] reads.
pub fn root_nodes(size: u64) -> Result<Vec<Node>, TreeError> {
    recorded(|read| root(size, read).map(drop))
}

/// The complete subtrees that [`inclusion_proof`] reads.
pub fn inclusion_nodes(index: u64, size: u64) -> Result<Vec<Node>, TreeError> {
    recorded(|read| inclusion_proof(index, size, read).map(drop))
}

/// The complete subtrees that [`consistency_proof`] reads.
pub fn consistency_nodes(old: u64, new: u64) -> Result<Vec<Node>, TreeError> {
    recorded(|read| consistency_proof(old, new, read).map(drop))
}

fn recorded(
    ask: impl FnOnce(&mut dyn FnMut(Node) -> Option<Hash>) -> Result<(), TreeError>,
) -> Result<Vec<Node>, TreeError> {
    let mut nodes = Vec::new();
    ask(&mut |node| {
        nodes.push(node);
        Some(EMPTY_ROOT)
    })?;
    Ok(nodes)
}

fn checked(size: u64) -> Result<u64, TreeError> {
    if size <= MAX_SIZE { Ok(size) } else { Err(TreeError::TooLarge { size }) }
}

/// The largest power of two smaller than `size`, which is at least 2: where RFC 6962 cuts a tree.
const fn left_half(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The complete subtrees of the leaves from `start` to `end`, the largest first. `start` must be where RFC 6962 cuts a tree, so that
/// the largest one that fits begins there.
fn subtrees(mut start: u64, end: u64) -> impl Iterator<Item = Node> {
    iter::from_fn(move || {
        let level = u8::try_from((end - start).checked_ilog2()?).ok()?;
        let node = Node { level, index: start >> level };
        start += 1 << level;
        Some(node)
    })
}

fn range_hash(start: u64, end: u64, mut read: impl FnMut(Node) -> Option<Hash>) -> Result<Hash, TreeError> {
    let read = |node| read(node).ok_or(TreeError::Missing(node));
    let hashes: Vec<_> = subtrees(start, end).map(read).collect::<Result<_, _>>()?;
    Ok(join(&hashes))
}

/// The hash over complete subtrees which lie side by side, the largest first.
fn join(subtrees: &[Hash]) -> Hash {
    let from_the_right = subtrees.iter().rev().copied();
    from_the_right.reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
}

#[cfg(test)]
mod tests;
