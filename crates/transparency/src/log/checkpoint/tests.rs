use proptest::prelude::*;

use super::*;

/// The specification's example.
const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

fn signer(name: &str) -> LogSigner {
    LogSigner::from_seed(name.parse().unwrap(), &[7; 32]).unwrap()
}

#[test]
fn the_example_of_the_specification() {
    let checkpoint: Checkpoint = EXAMPLE.parse().unwrap();
    assert_eq!((checkpoint.origin().as_str(), checkpoint.size()), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.to_string(), EXAMPLE);
    let extended = format!("{EXAMPLE}one more\nand another\n");
    assert!(extended.parse::<Checkpoint>().is_err());
    assert_eq!(Checkpoint::parse_with_extensions(&extended), Ok(checkpoint));
    assert!(Checkpoint::parse_with_extensions(&format!("{EXAMPLE}one more\n\n")).is_err());
    assert!(Checkpoint::parse_with_extensions(&format!("{EXAMPLE}\n")).is_err());
}

#[test]
fn what_is_no_checkpoint() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for (origin, size, root, end) in [
        ("", "1", root, "\n"),
        ("log", "", root, "\n"),
        ("log", "01", root, "\n"),
        ("log", "+1", root, "\n"),
        ("log", "-1", root, "\n"),
        ("log", " 1", root, "\n"),
        ("log", "1e3", root, "\n"),
        ("log", "4611686018427387905", root, "\n"),
        ("log", "99999999999999999999", root, "\n"),
        ("log", "1", "", "\n"),
        ("log", "1", "AAAA", "\n"),
        ("log", "1", "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=", "\n"),
        ("log", "1", root, ""),
        ("log", "1", root, "\n\n"),
        ("log", "1", root, "\r\n"),
        ("l\tog", "1", root, "\n"),
        ("log", "0", root, "\n"),
    ] {
        let text = format!("{origin}\n{size}\n{root}{end}");
        assert!(text.parse::<Checkpoint>().is_err(), "{text:?}");
        assert!(Checkpoint::parse_with_extensions(&text).is_err(), "{text:?}");
    }
    let empty = format!("log\n0\n{EMPTY_ROOT}\n");
    assert!(empty.parse::<Checkpoint>().is_ok());
    assert!(format!("{}\n1\n{root}\n", "o".repeat(256)).parse::<Checkpoint>().is_err());
}

#[test]
fn a_log_signs_for_itself_only() {
    let (signer, other) = (signer("log.example/a"), signer("log.example/b"));
    let of = |signer: &LogSigner| Checkpoint::new(signer.name().into(), 0, EMPTY_ROOT).unwrap();
    let note = of(&signer).sign(&signer).unwrap();
    assert_eq!(Checkpoint::open(&note, &signer.key()), Ok(of(&signer)));
    assert!(matches!(of(&signer).sign(&other), Err(CheckpointError::OtherLog { .. })));
    let text = of(&other).to_string();
    let foreign = SignedNote::new(text.clone(), signer.sign(&text).unwrap()).unwrap();
    assert!(matches!(Checkpoint::open(&foreign, &signer.key()), Err(CheckpointError::OtherLog { .. })));
    let text = format!("{}more\n", of(&signer));
    let extended = SignedNote::new(text.clone(), signer.sign(&text).unwrap()).unwrap();
    assert!(matches!(Checkpoint::open(&extended, &signer.key()), Err(CheckpointError::Syntax(_))));
}

proptest! {
    #[test]
    fn what_is_signed_is_read(size in 1..=MAX_SIZE, root in any::<[u8; 32]>()) {
        let signer = signer("log.example/a");
        let checkpoint = Checkpoint::new(signer.name().into(), size, Hash(root)).unwrap();
        let note = checkpoint.sign(&signer).unwrap().to_string();
        let read = SignedNote::parse(note.as_bytes()).unwrap();
        prop_assert_eq!(Checkpoint::open(&read, &signer.key()), Ok(checkpoint));
    }

    #[test]
    fn whatever_is_read_is_written_again(text in "[a ]{0,3}\n[0-9]{0,20}\n[A-Za-z0-9]{42}[AEI]=\n") {
        if let Ok(checkpoint) = text.parse::<Checkpoint>() {
            prop_assert_eq!(checkpoint.to_string(), text);
        }
    }
}
