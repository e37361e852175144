use proptest::prelude::*;

use super::*;
use crate::log::{
    hash::EMPTY_ROOT,
    note::LogSigner,
    tile::{Edge, Tiles},
    tree,
};

fn signer() -> LogSigner {
    LogSigner::from_seed("log.example/a".parse().unwrap(), &[7; 32]).unwrap()
}

fn tiles(size: u64) -> Tiles {
    let entries: Vec<_> = (0..size).map(|index| format!("entry {index}")).collect();
    Edge::new().grow(&entries).unwrap().tiles.into_iter().collect()
}

fn checkpoint(size: u64) -> Checkpoint {
    let root = tree::root(size, |node| tiles(size).node(node)).unwrap();
    Checkpoint::new(signer().name().into(), size, root).unwrap()
}

fn request(old_size: u64, size: u64) -> AddCheckpoint {
    let proof = tree::consistency_proof(old_size, size, |node| tiles(size).node(node)).unwrap();
    AddCheckpoint { old_size, proof, note: checkpoint(size).sign(&signer()).unwrap() }
}

fn status(request: &AddCheckpoint, latest: Option<u64>) -> u16 {
    let latest = latest.map(checkpoint);
    request.judge(&signer().key(), latest.as_ref()).map_or_else(|refusal| refusal.status(), |_| 200)
}

#[test]
fn a_log_that_grows_is_cosigned() {
    for (old, new) in [(0, 0), (0, 7), (4, 7), (7, 7), (5, 20)] {
        let text = request(old, new).to_string();
        let read = AddCheckpoint::parse(text.as_bytes()).unwrap();
        assert_eq!(read.to_string(), text);
        assert_eq!(read.judge(&signer().key(), Some(&checkpoint(old))), Ok(checkpoint(new)));
    }
    assert_eq!(status(&request(0, 7), None), 200);
}

#[test]
fn each_refusal_has_its_status() {
    let good = request(4, 7);
    assert_eq!(status(&good, Some(5)), 409);
    assert_eq!(status(&good, None), 409);
    assert_eq!(good.judge(&signer().key(), Some(&checkpoint(5))), Err(Refusal::Conflict { size: 5 }));
    let with = |change: fn(&mut AddCheckpoint)| {
        let mut request = good.clone();
        change(&mut request);
        status(&request, Some(4))
    };
    assert_eq!(with(|request| request.proof[0].0[0] ^= 1), 422);
    assert_eq!(with(|request| _ = request.proof.pop()), 422);
    assert_eq!(with(|request| request.old_size = 8), 400);
    let mut first = request(0, 7);
    first.proof.push(EMPTY_ROOT);
    assert_eq!(status(&first, None), 422);
    let mut same = request(4, 4);
    same.note = Checkpoint::new(signer().name().into(), 4, EMPTY_ROOT).unwrap().sign(&signer()).unwrap();
    assert_eq!(status(&same, Some(4)), 422, "a fork of the same size");
    let signed = |text: &str| SignedNote::new(text, signer().sign(text).unwrap()).unwrap();
    let of = |note| AddCheckpoint { note, ..request(0, 7) };
    assert_eq!(status(&of(signed(&format!("log.example/a\n0\n{}\n", checkpoint(7).root()))), None), 422);
    assert_eq!(status(&of(signed(&format!("log.example/b\n0\n{EMPTY_ROOT}\n"))), None), 404);
    assert_eq!(status(&of(signed("log.example/a\n7\n")), None), 400);
    let stranger = LogSigner::from_seed("log.example/a".parse().unwrap(), &[9; 32]).unwrap();
    assert_eq!(status(&of(checkpoint(7).sign(&stranger).unwrap()), None), 403);
    let forged = signed(&checkpoint(7).to_string()).to_string().replacen("\n7\n", "\n8\n", 1);
    assert_eq!(status(&of(SignedNote::parse(forged.as_bytes()).unwrap()), None), 403);
}

#[test]
fn what_is_no_request() {
    let good = request(4, 7).to_string();
    let hash = format!("{EMPTY_ROOT}\n");
    for (from, to) in [
        ("old 4", "old 04"),
        ("old 4", "old  4"),
        ("old 4", "old"),
        ("old 4\n", ""),
        ("old 4", "old 4\nAAAA"),
        ("old 4\n", &format!("old 4\n{}", hash.repeat(64))),
        ("old 4\n", "old 4\r\n"),
    ] {
        assert!(AddCheckpoint::parse(good.replacen(from, to, 1).as_bytes()).is_err(), "{from:?} to {to:?}");
    }
    assert_eq!(AddCheckpoint::parse(&vec![b'a'; MAX_REQUEST_BYTES + 1]), Err(RequestError::TooLarge));
}

proptest! {
    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), lines in "(old [0-9]|\n|AAAA){0,9}") {
        let _ = (AddCheckpoint::parse(&bytes), AddCheckpoint::parse(lines.as_bytes()));
    }
}
