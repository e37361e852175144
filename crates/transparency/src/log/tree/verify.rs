//! Verifying inclusion and consistency: the algorithms of RFC 9162 §2.1.3.2 and §2.1.4.2, which need no recursion.

use crate::log::hash::{EMPTY_ROOT, Hash, node_hash};

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no such entry.
    #[error("the entry's index is outside of the tree")]
    NotInTree,
    /// The older tree is larger than the newer one.
    #[error("the older tree is larger than the newer one")]
    Shrunk,
    /// Too many or too few hashes.
    #[error("the proof has not the number of hashes that it needs")]
    Length,
    /// The entry, or the path, is not that of the tree.
    #[error("the proof does not lead from the entry to the root")]
    Inclusion,
    /// The proof does not lead to the older root.
    #[error("the proof does not lead to the older tree's root")]
    OldRoot,
    /// The proof leads to the older root but not to the newer one.
    #[error("the proof does not lead to the newer tree's root: the newer tree does not begin with the older one")]
    NewRoot,
}

/// Whether the entry with the hash `leaf` is number `index` of the tree of `size` entries with that root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    if inclusion_root(leaf, index, size, proof)? == *root { Ok(()) } else { Err(ProofError::Inclusion) }
}

/// The root to which an inclusion proof leads (RFC 9162 §2.1.3.2).
pub fn inclusion_root(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Result<Hash, ProofError> {
    if index >= size {
        return Err(ProofError::NotInTree);
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        hash = if path.climb()? { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
    }
    path.arrive()?;
    Ok(hash)
}

/// Whether the tree of `new_size` entries begins with the tree of `old_size` entries (RFC 9162 §2.1.4.2). Every tree begins with the
/// empty one; that needs, and has, no hashes, and its root is still checked.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Shrunk);
    }
    if old_size == 0 || old_size == new_size {
        return verify_trivial(old_size, old_root, new_size, new_root, proof);
    }
    let mut path = Path { node: old_size - 1, last: new_size - 1 };
    path.skip_complete();
    let (mut old, rest) = match proof.split_first() {
        // The old tree is one subtree of the new one, and its root is left out.
        _ if old_size.is_power_of_two() => (*old_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return Err(ProofError::Length),
    };
    let mut new = old;
    for sibling in rest {
        if path.climb()? {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        } else {
            new = node_hash(&new, sibling);
        }
    }
    path.arrive()?;
    check_roots(&old, old_root, &new, new_root)
}

fn verify_trivial(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::Length);
    }
    let old = if old_size == 0 { EMPTY_ROOT } else { *old_root };
    let new = if new_size == old_size { old } else { *new_root };
    check_roots(&old, old_root, &new, new_root)
}

fn check_roots(old: &Hash, old_root: &Hash, new: &Hash, new_root: &Hash) -> Result<(), ProofError> {
    if old != old_root {
        Err(ProofError::OldRoot)
    } else if new != new_root {
        Err(ProofError::NewRoot)
    } else {
        Ok(())
    }
}

/// The way up: the number of the node and of its level's last one (`fn` and `sn` in RFC 9162).
struct Path {
    node: u64,
    last: u64,
}

impl Path {
    /// Up from right children, which are complete with what is left of them.
    fn skip_complete(&mut self) {
        let levels = self.node.trailing_ones();
        self.node >>= levels;
        self.last >>= levels;
    }

    /// One hash up. Whether the sibling is on the left.
    fn climb(&mut self) -> Result<bool, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let is_left = self.node & 1 == 1 || self.node == self.last;
        if is_left && self.node & 1 == 0 {
            // The last node of an odd level has no sibling there: it goes up unchanged until it is a right child.
            let levels = self.node.trailing_zeros();
            self.node >>= levels;
            self.last >>= levels;
        }
        self.node >>= 1;
        self.last >>= 1;
        Ok(is_left)
    }

    fn arrive(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::Length) }
    }
}
