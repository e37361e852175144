//! What changed between two texts, word by word.

/// A piece of a text that stayed, went or came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Same,
    Gone,
    New,
}

/// Two texts whose middles have more words than that are compared as wholes: about a second of work lies beyond.
const MOST_CELLS: usize = 8_000_000;

/// The pieces in their order. Those that stayed or went are the old text, those that stayed or came the new one.
pub(super) fn words(old: &str, new: &str) -> Vec<Piece> {
    let (old, new) = (split(old), split(new));
    let front = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (&old[front..], &new[front..]);
    let back = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - back], &new_rest[..new_rest.len() - back]);
    let mut pieces = Vec::new();
    push_all(&mut pieces, Kind::Same, &old[..front]);
    middle(&mut pieces, old_middle, new_middle);
    push_all(&mut pieces, Kind::Same, &old_rest[old_rest.len() - back..]);
    pieces
}

/// Words, each with the white space behind it.
fn split(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).collect()
}

fn push(pieces: &mut Vec<Piece>, kind: Kind, word: &str) {
    match pieces.last_mut() {
        Some(last) if last.kind == kind => last.text.push_str(word),
        _ => pieces.push(Piece { kind, text: word.to_owned() }),
    }
}

fn push_all(pieces: &mut Vec<Piece>, kind: Kind, words: &[&str]) {
    for word in words {
        push(pieces, kind, word);
    }
}

/// By the longest common subsequence.
fn middle(pieces: &mut Vec<Piece>, old: &[&str], new: &[&str]) {
    if old.len().saturating_mul(new.len()) > MOST_CELLS {
        push_all(pieces, Kind::Gone, old);
        push_all(pieces, Kind::New, new);
        return;
    }
    let lengths = lengths(old, new);
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            push(pieces, Kind::Same, old[i]);
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            push(pieces, Kind::Gone, old[i]);
            i += 1;
        } else {
            push(pieces, Kind::New, new[j]);
            j += 1;
        }
    }
    push_all(pieces, Kind::Gone, &old[i..]);
    push_all(pieces, Kind::New, &new[j..]);
}

/// How long the longest common subsequence of the ends is, from each pair of words on.
fn lengths(old: &[&str], new: &[&str]) -> Vec<Vec<u16>> {
    let mut lengths = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i][j] = if old[i] == new[j] {
                lengths[i + 1][j + 1].saturating_add(1)
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(pieces: &[Piece], without: Kind) -> String {
        pieces.iter().filter(|piece| piece.kind != without).map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn only_what_changed_is_marked() {
        let pieces = words("Leave the low streets by six.\n", "Leave all low streets by five.\n");
        let marked: Vec<_> =
            pieces.iter().filter(|piece| piece.kind != Kind::Same).map(|it| it.text.as_str()).collect();
        assert_eq!(marked, ["the ", "all ", "six.\n", "five.\n"]);
    }

    #[test]
    fn texts_that_are_too_long_are_told_as_wholes() {
        let (old, new) = ("a ".repeat(3_000), "b ".repeat(3_000));
        assert_eq!(words(&old, &new).len(), 2);
    }

    proptest! {
        #[test]
        fn pieces_are_both_texts(old in "[ab \n]{0,40}", new in "[ab \n]{0,40}") {
            let pieces = words(&old, &new);
            prop_assert_eq!(text(&pieces, Kind::New), old);
            prop_assert_eq!(text(&pieces, Kind::Gone), new);
        }

        #[test]
        fn same_text_has_no_marks(both in "\\PC{0,60}") {
            prop_assert!(words(&both, &both).iter().all(|piece| piece.kind == Kind::Same));
        }
    }
}
