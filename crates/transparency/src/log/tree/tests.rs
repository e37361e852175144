use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::log::hash::leaf_hash;

/// Enough for three levels of odd sizes on both sides of a full tile.
const SIZE: u64 = 600;

/// RFC 6962 §2.1, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(naive_cut(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

fn naive_cut(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// RFC 6962 §2.1.1: PATH(m, D\[n\]).
fn naive_path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = naive_cut(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, other) = if m < k { (naive_path(m, left), right) } else { (naive_path(m - k, right), left) };
    path.push(naive_root(other));
    path
}

/// RFC 6962 §2.1.2: SUBPROOF(m, D\[n\], b).
fn naive_subproof(m: usize, leaves: &[Hash], is_whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if is_whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let k = naive_cut(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, other) =
        if m <= k { (naive_subproof(m, left, is_whole), right) } else { (naive_subproof(m - k, right, false), left) };
    proof.push(naive_root(other));
    proof
}

fn leaf(index: u64) -> Hash {
    leaf_hash(format!("entry {index}").as_bytes())
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(leaf).collect()
}

/// A tree with everything that is stored of it, and its root at each size.
struct World {
    nodes: HashMap<Node, Hash>,
    roots: Vec<Hash>,
    frontier: Frontier,
}

impl World {
    fn new(size: u64) -> Self {
        let mut world = Self { nodes: HashMap::new(), roots: vec![EMPTY_ROOT], frontier: Frontier::new() };
        for index in 0..size {
            world.frontier.append_with(leaf(index), |node, hash| _ = world.nodes.insert(node, hash)).unwrap();
            world.roots.push(world.frontier.root());
        }
        world
    }

    fn root(&self, size: u64) -> &Hash {
        &self.roots[usize::try_from(size).unwrap()]
    }

    fn read(&self) -> impl Fn(Node) -> Option<Hash> {
        |node| self.nodes.get(&node).copied()
    }

    fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        inclusion_proof(index, size, self.read()).unwrap()
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_proof(old, new, self.read()).unwrap()
    }

    fn verify_consistency(&self, old: u64, new: u64, proof: &[Hash]) -> Result<(), ProofError> {
        verify_consistency(old, self.root(old), new, self.root(new), proof)
    }
}

fn flipped(hashes: &[Hash], bit: usize) -> Vec<Hash> {
    let mut hashes = hashes.to_vec();
    hashes[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
    hashes
}

#[test]
fn roots_are_those_of_rfc_6962() {
    let world = World::new(SIZE);
    let leaves = leaves(SIZE);
    for size in 0..=SIZE {
        let naive = naive_root(&leaves[..usize::try_from(size).unwrap()]);
        assert_eq!(*world.root(size), naive, "{size}");
        assert_eq!(root(size, world.read()), Ok(naive), "{size}");
        let frontier = Frontier::read(size, world.read()).unwrap();
        assert_eq!(frontier.root(), naive, "{size}");
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier), "{size}");
    }
}

#[test]
fn every_inclusion_proof_verifies() {
    let world = World::new(SIZE);
    for size in 1..=SIZE {
        for index in 0..size {
            let proof = world.inclusion(index, size);
            let verdict = verify_inclusion(&leaf(index), index, size, &proof, world.root(size));
            assert_eq!(verdict, Ok(()), "{index} of {size}");
        }
    }
}

#[test]
fn every_consistency_proof_verifies() {
    let world = World::new(SIZE);
    for new in 0..=SIZE {
        for old in 0..=new {
            let proof = world.consistency(old, new);
            assert_eq!(world.verify_consistency(old, new, &proof), Ok(()), "{old} to {new}");
        }
    }
}

/// Sizes around one, two and three levels of full tiles.
#[test]
fn proofs_at_the_borders_of_tiles() {
    let world = World::new(65_537);
    let leaves = leaves(65_537);
    let sizes = [1, 255, 256, 257, 511, 512, 513, 65_279, 65_280, 65_281, 65_535, 65_536, 65_537];
    for size in sizes {
        let index = usize::try_from(size).unwrap();
        assert_eq!(*world.root(size), naive_root(&leaves[..index]), "{size}");
        for index in
            [0, 1, 254, 255, 256, 257, 65_279, 65_280, 65_534, 65_535, 65_536].map(|index: u64| index.min(size - 1))
        {
            let proof = world.inclusion(index, size);
            assert_eq!(verify_inclusion(&leaf(index), index, size, &proof, world.root(size)), Ok(()));
        }
        for old in sizes.into_iter().filter(|&old| old <= size) {
            assert_eq!(world.verify_consistency(old, size, &world.consistency(old, size)), Ok(()), "{old} to {size}");
        }
    }
}

proptest! {
    #[test]
    fn proofs_are_those_of_rfc_6962((index, size) in (1..=SIZE).prop_flat_map(|size| (0..size, Just(size)))) {
        let world = World::new(size);
        let leaves = leaves(size);
        let (m, old) = (usize::try_from(index).unwrap(), index + 1);
        prop_assert_eq!(world.inclusion(index, size), naive_path(m, &leaves));
        prop_assert_eq!(world.consistency(old, size), naive_subproof(m + 1, &leaves, true));
    }

    /// The crate `ct-merkle` knows RFC 6962 from elsewhere: same roots, same proofs, and it takes ours for good.
    #[test]
    fn proofs_are_those_of_ct_merkle((index, size) in (1..=SIZE).prop_flat_map(|size| (0..size, Just(size)))) {
        let (world, old) = (World::new(size), index + 1);
        let mut theirs = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2::Sha256, String>::new();
        let mut old_root = theirs.root();
        for index in 0..size {
            theirs.push(format!("entry {index}"));
            old_root = if index + 1 == old { theirs.root() } else { old_root };
        }
        let root = theirs.root();
        prop_assert_eq!(root.as_bytes().as_slice(), world.root(size).as_bytes());
        let bytes = |hashes: &[Hash]| hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>();
        let inclusion = bytes(&world.inclusion(index, size));
        let at = usize::try_from(index).unwrap();
        prop_assert_eq!(theirs.prove_inclusion(at).as_bytes().to_vec(), inclusion.clone());
        let inclusion = ct_merkle::InclusionProof::try_from_bytes(inclusion).unwrap();
        let entry = format!("entry {index}");
        prop_assert!(root.verify_inclusion(&entry, index, &inclusion).is_ok());
        let consistency = bytes(&world.consistency(old, size));
        let additions = usize::try_from(size - old).unwrap();
        prop_assert_eq!(theirs.prove_consistency(additions).as_bytes().to_vec(), consistency.clone());
        let consistency = ct_merkle::ConsistencyProof::try_from_bytes(consistency).unwrap();
        prop_assert!(root.verify_consistency(&old_root, &consistency).is_ok());
    }

    #[test]
    fn one_wrong_bit_in_an_inclusion_proof_is_refused(
        (index, size) in (2..=SIZE).prop_flat_map(|size| (0..size, Just(size))),
        bit in any::<prop::sample::Index>(),
    ) {
        let world = World::new(size);
        let proof = world.inclusion(index, size);
        let all = [proof.as_slice(), &[leaf(index), *world.root(size)]].concat();
        let all = flipped(&all, bit.index(all.len() * 256));
        let [proof @ .., leaf, root] = all.as_slice() else { unreachable!() };
        prop_assert_eq!(verify_inclusion(leaf, index, size, proof, root), Err(ProofError::Inclusion));
    }

    #[test]
    fn one_wrong_bit_in_a_consistency_proof_is_refused(
        (old, new) in (2..=SIZE).prop_flat_map(|new| (1..new, Just(new))),
        bit in any::<prop::sample::Index>(),
    ) {
        let world = World::new(new);
        let proof = world.consistency(old, new);
        let all = [proof.as_slice(), &[*world.root(old), *world.root(new)]].concat();
        let all = flipped(&all, bit.index(all.len() * 256));
        let [proof @ .., old_root, new_root] = all.as_slice() else { unreachable!() };
        let verdict = verify_consistency(old, old_root, new, new_root, proof);
        prop_assert!(matches!(verdict, Err(ProofError::OldRoot | ProofError::NewRoot)), "{verdict:?}");
    }

    /// A proof is good for its own index and sizes only: not even a longer or a shorter one is.
    #[test]
    fn other_numbers_and_lengths_are_refused(
        (old, new) in (2..=SIZE).prop_flat_map(|new| (1..new, Just(new))),
        index in 0..2 * SIZE,
        size in 0..2 * SIZE,
    ) {
        let world = World::new(new);
        let (inclusion, consistency) = (world.inclusion(old, new), world.consistency(old, new));
        let verdict = |index, proof: &[Hash]| verify_inclusion(&leaf(old), index, new, proof, world.root(new));
        prop_assert_eq!(verdict(index, &inclusion).is_ok(), index == old);
        let verdict = |size, proof: &[Hash]| verify_consistency(size, world.root(old), new, world.root(new), proof);
        prop_assert_eq!(verdict(size, &consistency).is_ok(), size == old);
        for proof in [&inclusion, &consistency] {
            let longer = [proof.as_slice(), &[EMPTY_ROOT]].concat();
            let shorter = &proof[..proof.len().saturating_sub(1)];
            for other in [&longer, shorter].into_iter().filter(|other| *other != proof.as_slice()) {
                prop_assert!(verify_inclusion(&leaf(old), old, new, other, world.root(new)).is_err());
                prop_assert!(world.verify_consistency(old, new, other).is_err());
            }
        }
    }

    #[test]
    fn whatever_is_verified_nothing_panics(
        sizes in any::<[u64; 2]>(),
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let hashes: Vec<_> = hashes.into_iter().map(Hash).collect();
        for [old, new] in [sizes, [sizes[0] % 64, sizes[1] % 64], [u64::MAX - sizes[0] % 3, u64::MAX - sizes[1] % 3]] {
            prop_assert!(verify_inclusion(&EMPTY_ROOT, old, new, &hashes, &EMPTY_ROOT).is_err());
            let verdict = verify_consistency(old, &EMPTY_ROOT, new, &EMPTY_ROOT, &hashes);
            prop_assert!(verdict.is_err() || (hashes.is_empty() && (old == 0 || old == new)));
        }
    }

    #[test]
    fn frontiers_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}

#[test]
fn the_largest_tree_has_proofs_of_63_hashes() {
    let read = |_| Some(EMPTY_ROOT);
    assert_eq!(inclusion_proof(0, MAX_SIZE, read).unwrap().len(), 62);
    assert_eq!(inclusion_proof(MAX_SIZE - 1, MAX_SIZE, read).unwrap().len(), 62);
    assert_eq!(consistency_proof(3, MAX_SIZE, read).unwrap().len(), MAX_PROOF);
    assert!((1..62).all(|bit| consistency_proof((1 << bit) - 1, MAX_SIZE, read).unwrap().len() <= MAX_PROOF));
    assert_eq!(
        Frontier::read(MAX_SIZE, read).unwrap().append(EMPTY_ROOT),
        Err(TreeError::TooLarge { size: MAX_SIZE + 1 })
    );
    assert_eq!(root(MAX_SIZE + 1, read), Err(TreeError::TooLarge { size: MAX_SIZE + 1 }));
    assert_eq!(Frontier::from_bytes(&[255; 8 + 64 * 32]), Err(TreeError::TooLarge { size: u64::MAX }));
}

#[test]
fn what_cannot_be_asked() {
    let world = World::new(5);
    let read = || world.read();
    assert_eq!(inclusion_proof(5, 5, read()), Err(TreeError::NotInTree { index: 5, size: 5 }));
    assert_eq!(inclusion_proof(0, 0, read()), Err(TreeError::NotInTree { index: 0, size: 0 }));
    assert_eq!(consistency_proof(5, 4, read()), Err(TreeError::Shrunk { old: 5, new: 4 }));
    assert_eq!(root(6, read()), Err(TreeError::Missing(Node { level: 1, index: 2 })));
    assert_eq!(verify_consistency(5, &EMPTY_ROOT, 4, &EMPTY_ROOT, &[]), Err(ProofError::Shrunk));
    assert_eq!(verify_consistency(4, world.root(4), 4, world.root(5), &[]), Err(ProofError::NewRoot));
    assert_eq!(verify_consistency(0, world.root(5), 5, world.root(5), &[]), Err(ProofError::OldRoot));
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 5, world.root(5), &[EMPTY_ROOT]), Err(ProofError::Length));
}
