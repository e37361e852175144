use proptest::prelude::*;

use super::*;

/// The examples of the specification.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const BLANK_LINES: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

fn signer(name: &str) -> LogSigner {
    LogSigner::from_seed(name.parse().unwrap(), &[7; 32]).unwrap()
}

#[test]
fn the_examples_of_the_specification() {
    let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    assert_eq!((key.to_string().as_str(), key.id().to_string().as_str()), (EXAMPLE_KEY, "530d903a"));
    let note = SignedNote::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!((note.text(), note.to_string().as_str()), ("This is an example message.\n", EXAMPLE));
    assert_eq!(note.verify(&key), Ok(()));
    let note = SignedNote::parse(BLANK_LINES.as_bytes()).unwrap();
    assert_eq!((note.text().lines().count(), note.to_string().as_str()), (4, BLANK_LINES));
}

#[test]
fn one_wrong_character_is_refused() {
    let key: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    for bit in 0..EXAMPLE.len() * 8 {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verdict = SignedNote::parse(&bytes).and_then(|note| note.verify(&key));
        assert!(verdict.is_err(), "bit {bit}");
    }
}

#[test]
fn what_is_no_note() {
    let bad = [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\n\n\u{2014} name AAAAAAA=",
        "text\n\u{2014} name AAAAAAA=\n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n\u{2014}  AAAAAAA=\n",
        "text\n\n\u{2014} na+me AAAAAAA=\n",
        "text\n\n\u{2014} na\u{a0}me AAAAAAA=\n",
        "text\n\n\u{2014} name AAAAAA==\n",
        "text\n\n\u{2014} name AAAAAAB=\n",
        "text\n\n\u{2014} name AAAAAAA= \n",
        "text\n\n\u{2014} name AAAAAAA=\r\n",
        "te\txt\n\n\u{2014} name AAAAAAA=\n",
        "te\0xt\n\n\u{2014} name AAAAAAA=\n",
        "text\n\n\u{2014} name AAAAAAA=\n\n",
        "text\n\n\u{2014} name AAAAAAA=\nmore\n",
        "\u{2014} name AAAAAAA=\n",
    ];
    for note in bad {
        assert!(SignedNote::parse(note.as_bytes()).is_err(), "{note:?}");
    }
    assert!(SignedNote::parse(b"text\n\n\xe2\x80\x94 name AAAAAAA=\n").is_ok());
    assert!(SignedNote::parse(b"te\xffxt\n\n\xe2\x80\x94 name AAAAAAA=\n").is_err());
    assert_eq!(SignedNote::parse(&vec![b'\n'; MAX_BYTES + 1]), Err(NoteError::TooLarge));
}

#[test]
fn a_note_has_at_most_64_signatures() {
    let note = |count| format!("text\n\n{}", "\u{2014} name AAAAAAA=\n".repeat(count));
    assert!(SignedNote::parse(note(MAX_SIGNATURES).as_bytes()).is_ok());
    assert_eq!(SignedNote::parse(note(MAX_SIGNATURES + 1).as_bytes()), Err(NoteError::TooManySignatures));
}

#[test]
fn what_is_no_verifier_key() {
    let base64 = "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    for vkey in [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        &format!("example.com/foo+530d903b+{base64}"),
        &format!("+530d903a+{base64}"),
        &format!("example.com/foo+530D903A+{base64}"),
        &format!("example.com/bar+530d903a+{base64}"),
        &format!("example.com/foo+530d903a+{base64}\n"),
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903a+AA==",
    ] {
        assert!(vkey.parse::<VerifierKey>().is_err(), "{vkey}");
    }
}

#[test]
fn signatures_of_strangers_are_ignored_and_of_acquaintances_are_not() {
    let (one, other) = (signer("one.example"), signer("other.example"));
    let text = "text\n";
    let mut note = SignedNote::new(text, one.sign(text).unwrap()).unwrap();
    assert_eq!(note.verify(&other.key()), Err(NoteError::NotSigned(other.key().name().clone())));
    // As long as a good one, but of another text.
    note.add(other.sign("another\n").unwrap()).unwrap();
    assert_eq!(note.verify(&one.key()), Ok(()));
    assert_eq!(note.verify(&other.key()), Err(NoteError::BadSignature(other.key().name().clone())));
    note.add(other.sign(text).unwrap()).unwrap();
    assert_eq!((note.signatures().len(), note.verify(&other.key())), (2, Ok(())));
    let twice = format!("{note}{}\n", other.sign("another\n").unwrap());
    let twice = SignedNote::parse(twice.as_bytes()).unwrap();
    assert_eq!(
        twice.verify(&other.key()),
        Err(NoteError::BadSignature(other.key().name().clone())),
        "one of them is wrong"
    );
    assert_eq!(one.sign("no line break"), Err(NoteError::Text));
    assert!(!format!("{one:?}").contains("pair"));
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_again(note in "(\\PC|\n){0,20}\n\n(\u{2014} [a-z+ ]{0,4} [A-Za-z0-9+/]{8}\n){0,3}") {
        if let Ok(read) = SignedNote::parse(note.as_bytes()) {
            prop_assert_eq!(read.to_string(), note);
        }
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".*") {
        let _ = (SignedNote::parse(&bytes), text.parse::<VerifierKey>(), text.parse::<NoteSignature>(), NoteSignature::parse_lines(&text));
    }

    #[test]
    fn what_is_signed_verifies(text in "(\\PC|\n){0,200}\n", seed in any::<[u8; 32]>()) {
        let signer = LogSigner::from_seed("log.example/a".parse().unwrap(), &seed).unwrap();
        let note = SignedNote::new(text.clone(), signer.sign(&text).unwrap()).unwrap();
        let read = SignedNote::parse(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&read, &note);
        let key: VerifierKey = signer.key().to_string().parse().unwrap();
        prop_assert_eq!(read.verify(&key), Ok(()));
    }
}
