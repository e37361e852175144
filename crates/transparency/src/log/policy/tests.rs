use proptest::prelude::*;

use super::*;
use crate::log::{cosignature::Cosigner, hash::EMPTY_ROOT, note::LogSigner};

const NAMES: [&str; 6] = ["X1", "X2", "X3", "Y1", "Y2", "Y3"];

fn signer() -> LogSigner {
    LogSigner::from_seed("log.example/a".parse().unwrap(), &[7; 32]).unwrap()
}

fn cosigner(name: &str) -> Cosigner {
    let seed = crate::encoding::sha256(name.as_bytes());
    Cosigner::from_seed(format!("witness.example/{name}").parse().unwrap(), &seed).unwrap()
}

fn vkey(name: &str) -> String {
    cosigner(name).key().to_string()
}

/// The specification's example.
fn example() -> String {
    let witness = |name: &str| format!("  witness\t{name} {} https://{name}.example/\n", vkey(name));
    let witnesses: String = NAMES.map(witness).concat();
    format!("# An example\nlog {}\n\n{witnesses}", signer().key())
        + "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n\t# All of them\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
}

fn note(cosigned_by: &[&str]) -> SignedNote {
    let mut note = Checkpoint::new(signer().name().into(), 0, EMPTY_ROOT).unwrap().sign(&signer()).unwrap();
    for name in cosigned_by {
        note.add(cosigner(name).cosign(&note, 1_700_000_000).unwrap()).unwrap();
    }
    note
}

fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(text.as_bytes())
}

#[test]
fn the_example_of_the_specification() {
    let policy = parse(&example()).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len(), policy.groups().len()), (1, 6, 3));
    assert_eq!(policy.quorum().unwrap().as_bytes(), b"X-and-Y");
    assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy.clone()));
    for (cosigned_by, is_met) in [
        (&[][..], false),
        (&["X1", "X2"], false),
        (&["X1", "Y1"], false),
        (&["Y1", "Y2", "Y3"], false),
        (&["X1", "X3", "Y2"], true),
        (&["X1", "X2", "X3", "Y1", "Y2", "Y3", "Z1"], true),
    ] {
        let verdict = policy.satisfied_by(&note(cosigned_by));
        assert_eq!(verdict.is_ok(), is_met, "{cosigned_by:?}: {verdict:?}");
        let known = cosigned_by.iter().filter(|name| NAMES.contains(name)).count();
        match verdict {
            Ok(witnessed) => assert_eq!((witnessed.cosigned.len(), witnessed.cosigned[0].time), (known, 1_700_000_000)),
            Err(error) => assert_eq!(error, PolicyError::Quorum { cosigned: known, known: 6 }),
        }
    }
}

proptest! {
    #[test]
    fn so_many_of_a_group(threshold in 1_usize..=6, cosigned in prop::sample::subsequence(&NAMES, 0..=6)) {
        let witnesses = NAMES.map(|name| (cosigner(name).key(), None)).to_vec();
        let policy = Policy::of_log(Log { key: signer().key(), url: None }, witnesses, threshold).unwrap();
        let verdict = policy.satisfied_by(&note(&cosigned));
        prop_assert_eq!(verdict.is_ok(), cosigned.len() >= threshold);
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..100), words in "((group|quorum|any|all|none|[a12#\t \n]) ){0,20}") {
        let _ = (Policy::parse(&bytes), parse(&words));
    }
}

#[test]
fn no_witnesses_at_all() {
    let policy = parse(&format!("log {} https://log.example/a\nquorum none", signer().key())).unwrap();
    assert_eq!(policy.satisfied_by(&note(&[])).unwrap().cosigned, []);
    let policy = parse("quorum none\n").unwrap();
    assert_eq!(policy.quorum_of(&note(&[])), Ok(Vec::new()));
    assert_eq!(policy.satisfied_by(&note(&[])), Err(PolicyError::UnknownLog));
}

#[test]
fn a_wrong_signature_of_a_known_key_spoils_the_note() {
    let policy = parse(&format!("log {}\nwitness w {}\nquorum none\n", signer().key(), vkey("X1"))).unwrap();
    let other = Checkpoint::new(signer().name().into(), 1, EMPTY_ROOT).unwrap().sign(&signer()).unwrap();
    let mut note = note(&[]);
    note.add(cosigner("X1").cosign(&other, 1).unwrap()).unwrap();
    let bad = NoteError::BadSignature(cosigner("X1").key().name().clone());
    assert_eq!(policy.satisfied_by(&note), Err(CheckpointError::Note(bad).into()));
}

#[test]
fn what_is_no_policy() {
    let (log, one, two) = (signer().key(), vkey("X1"), vkey("X2"));
    let same_key =
        Cosigner::from_seed("other.example".parse().unwrap(), &crate::encoding::sha256(b"X1")).unwrap().key();
    let good = format!("log {log}\nwitness a {one}\nwitness b {two}\n");
    let fault = |more: &str| parse(&format!("{good}{more}"));
    for more in [
        "quorum c\n",
        "quorum a\nquorum a\n",
        "quorum none\nquorum none\n",
        "quorum\n",
        "quorum a b\n",
        "group g 0 a b\nquorum g\n",
        "group g 3 a b\nquorum g\n",
        "group g +1 a b\nquorum g\n",
        "group g -1 a b\nquorum g\n",
        "group g 99999999999999999999 a b\nquorum g\n",
        "group g some a b\nquorum g\n",
        "group g any\nquorum g\n",
        "group g any g\nquorum g\n",
        "group g any none\nquorum g\n",
        "group g any a a\nquorum g\n",
        "group g any a\ngroup h any a b\nquorum h\n",
        "group g any h\ngroup h any a\nquorum g\n",
        "group a any b\nquorum a\n",
        "group none any b\nquorum none\n",
        "Quorum a\n",
        "quorum a # so be it\n",
        "quorum a\r\n",
        "quorum a\x0b\n",
        "quorum a\x7f\n",
        &format!("log {log}\nquorum a\n"),
        &format!("log {one}\nquorum a\n"),
        &format!("witness c {log}\nquorum a\n"),
        &format!("witness c {one}\nquorum a\n"),
        &format!("witness c {same_key}\nquorum a\n"),
        &format!("witness a {}\nquorum a\n", vkey("X3")),
        &format!("witness none {}\nquorum a\n", vkey("X3")),
        &format!("witness c {} url more\nquorum a\n", vkey("X3")),
    ] {
        assert!(matches!(fault(more), Err(PolicyError::Line { .. } | PolicyError::Key { .. })), "{more:?}");
    }
    assert_eq!(fault(""), Err(PolicyError::NoQuorum));
    assert_eq!(fault("quorum a b\n").unwrap_err().to_string(), "line 4 of the policy has too few or too many words");
    assert_eq!(Policy::parse(&vec![b'\n'; MAX_BYTES + 1]), Err(PolicyError::TooLarge));
}

#[test]
fn bytes_beyond_ascii_are_opaque() {
    let text = [b"# \xff\nwitness \xff\xa0 ", vkey("X1").as_bytes(), b" http://\xfe/\nquorum \xff\xa0\n"].concat();
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.quorum().unwrap().as_bytes(), b"\xff\xa0");
    assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy));
    let kelvin = ["witness K ", &vkey("X1"), "\nquorum \u{212a}\n"].concat();
    assert!(parse(&kelvin).is_err());
}

#[test]
fn more_than_256_of_a_kind() {
    let witnesses = |count| {
        let lines = (0..count).map(|n| format!("witness {n} {}\n", vkey(&n.to_string())));
        lines.chain(["quorum none\n".to_owned()]).collect::<String>()
    };
    assert!(parse(&witnesses(MAX_EACH)).is_ok());
    assert!(matches!(parse(&witnesses(MAX_EACH + 1)), Err(PolicyError::Line { line: 257, .. })));
}
