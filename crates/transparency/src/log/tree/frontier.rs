//! The right edge of the tree: all that appending needs.

use super::{MAX_SIZE, Node, TreeError, checked, join, subtrees};
use crate::log::hash::{HASH_BYTES, Hash, node_hash};

/// The size of a tree, and the hashes of the complete subtrees it is made of: one for each bit that is set in the size, the largest
/// first. It takes at most 63 hashes, however large the tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Reads the frontier of the tree of `size` entries from stored hashes of complete subtrees.
    pub fn read(size: u64, mut read: impl FnMut(Node) -> Option<Hash>) -> Result<Self, TreeError> {
        let read = |node| read(node).ok_or(TreeError::Missing(node));
        let peaks = subtrees(0, checked(size)?).map(read).collect::<Result<_, _>>()?;
        Ok(Self { size, peaks })
    }

    /// How many entries the tree has: the next one's index.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The tree's root.
    pub fn root(&self) -> Hash {
        join(&self.peaks)
    }

    /// Appends an entry by its hash. A tree has at most [`MAX_SIZE`] entries.
    pub fn append(&mut self, leaf: Hash) -> Result<(), TreeError> {
        self.append_with(leaf, |_, _| ())
    }

    /// [`Self::append`] that tells every subtree which is complete now: first the entry itself, then upwards.
    pub fn append_with(&mut self, leaf: Hash, mut completed: impl FnMut(Node, Hash)) -> Result<(), TreeError> {
        if self.size == MAX_SIZE {
            return Err(TreeError::TooLarge { size: self.size + 1 });
        }
        let mut node = Node { level: 0, index: self.size };
        let mut hash = leaf;
        completed(node, hash);
        while node.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            (node, hash) = (node.parent(), node_hash(&left, &hash));
            completed(node, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
        Ok(())
    }

    /// The size as eight bytes, the most significant first, then the hashes, the largest subtree's first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.peaks.iter().flat_map(|peak| peak.0));
        bytes
    }

    /// The reverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let (size, hashes) = bytes.split_first_chunk().ok_or(TreeError::Frontier("it has no size"))?;
        let size = checked(u64::from_be_bytes(*size))?;
        let (peaks, rest) = hashes.as_chunks::<HASH_BYTES>();
        if !rest.is_empty() || u32::try_from(peaks.len()) != Ok(size.count_ones()) {
            return Err(TreeError::Frontier("it has not one hash for each bit of its size"));
        }
        Ok(Self { size, peaks: peaks.iter().copied().map(Hash).collect() })
    }
}
