use super::*;

#[test]
fn the_empty_tree_is_the_hash_of_nothing() {
    assert_eq!(EMPTY_ROOT.as_bytes(), &encoding::sha256(b""));
}

/// The first hashes of the test data that Certificate Transparency's implementations share.
#[test]
fn leaves_and_nodes_are_hashed_apart() {
    assert_eq!(leaf_hash(b"").to_string(), "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
    assert_eq!(leaf_hash(b"\0").to_string(), "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=");
    let both = [leaf_hash(b""), leaf_hash(b"\0")];
    assert_eq!(node_hash(&both[0], &both[1]).to_string(), "+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=");
    let text = [both[0].0, both[1].0].concat();
    assert_ne!(leaf_hash(&text), node_hash(&both[0], &both[1]));
}

#[test]
fn its_text_is_read_strictly() {
    let text = EMPTY_ROOT.to_string();
    assert_eq!(text.parse(), Ok(EMPTY_ROOT));
    let unpadded = text.trim_end_matches('=');
    for bad in ["", unpadded, &format!("{text}\n"), &text.replace('+', "-"), "AAAA", &format!("{}V=", &text[..42])] {
        assert_eq!(bad.parse::<Hash>(), Err(BadHash), "{bad}");
    }
}
