use proptest::prelude::*;

use super::*;
use crate::log::{
    hash::leaf_hash,
    note::LogSigner,
    policy::Log,
    tile::{Edge, Tiles},
    tree,
};

fn signer() -> LogSigner {
    LogSigner::from_seed("log.example/a".parse().unwrap(), &[7; 32]).unwrap()
}

fn proof(index: u64, size: u64) -> TlogProof {
    let entries: Vec<_> = (0..size).map(|index| format!("entry {index}")).collect();
    let growth = Edge::new().grow(&entries).unwrap();
    let tiles: Tiles = growth.tiles.into_iter().collect();
    let hashes = tree::inclusion_proof(index, size, |node| tiles.node(node)).unwrap();
    let checkpoint = Checkpoint::new(signer().name().into(), size, growth.root).unwrap();
    TlogProof::new(index, hashes, checkpoint.sign(&signer()).unwrap()).unwrap()
}

fn leaf(index: u64) -> Hash {
    leaf_hash(format!("entry {index}").as_bytes())
}

#[test]
fn a_proof_is_read_and_verified() {
    for (index, size) in [(0, 1), (0, 2), (4, 5), (255, 256), (256, 257), (299, 300)] {
        let text = proof(index, size).to_string();
        let read: TlogProof = text.parse().unwrap();
        assert_eq!((read.to_string(), read.extra()), (text, None));
        assert_eq!(read.verify_by_log(&leaf(index), &signer().key()).unwrap().size(), size);
        let log = Log { key: signer().key(), url: None };
        let policy = Policy::of_log(log, Vec::new(), 0).unwrap();
        assert_eq!(read.verify(&leaf(index), &policy).unwrap().log, signer().key());
        let other = read.verify_by_log(&leaf(index + 1), &signer().key());
        assert_eq!(other, Err(TlogProofError::Inclusion(ProofError::Inclusion)));
    }
}

#[test]
fn extra_data_is_kept() {
    let text = proof(1, 5).to_string().replacen("\nindex", "\nextra AAEC\nindex", 1);
    let read: TlogProof = text.parse().unwrap();
    assert_eq!((read.to_string(), read.extra()), (text, Some([0, 1, 2].as_slice())));
}

#[test]
fn what_is_no_proof() {
    let good = proof(1, 5).to_string();
    let hash = format!("{}\n", Hash([9; 32]));
    for (from, to) in [
        ("@v1", "@v2"),
        ("index 1", "index 01"),
        ("index 1", "index -1"),
        ("index 1\n", ""),
        ("index 1", "index  1"),
        ("index 1", "extra AAE\nindex 1"),
        ("index 1", "extra AAEC\nextra AAEC\nindex 1"),
        ("index 1", "index 1\nAAAA"),
        ("index 1", "index 1\n"),
        ("index 1\n", &format!("index 1\n{}", hash.repeat(61))),
        ("index 1\n", &format!("index 1\r\n{hash}")),
        ("\n\n", "\n"),
    ] {
        let text = good.replacen(from, to, 1);
        let verdict =
            TlogProof::parse(text.as_bytes()).and_then(|proof| proof.verify_by_log(&leaf(1), &signer().key()));
        assert!(verdict.is_err(), "{from:?} to {to:?}: {text}");
    }
    assert_eq!(TlogProof::parse(&vec![b'a'; MAX_BYTES + 1]), Err(TlogProofError::TooLarge));
}

#[test]
fn one_wrong_bit_anywhere_is_refused() {
    let good = proof(4, 7).to_string();
    for bit in 0..good.len() * 8 {
        let mut bytes = good.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = TlogProof::parse(&bytes).and_then(|proof| proof.verify_by_log(&leaf(4), &signer().key()));
        assert!(verdict.is_err(), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), lines in "(extra A|index [0-9]|\n|AAAA){0,9}") {
        let text = format!("{HEADER}\n{lines}");
        let _ = (TlogProof::parse(&bytes), text.parse::<TlogProof>());
    }
}
