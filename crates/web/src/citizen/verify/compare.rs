//! Compares a text that somebody was sent with what was published, word by word.

use std::ops::Range;

use munadi_domain::content::LanguageVersion;

use super::text::{fold, is_of_a_word};

/// Words of either text that are compared; the table of the comparison has as many cells as their product.
const MOST_WORDS: usize = 2_000;
/// So many words must be common before two texts are called alike.
const FEWEST_COMMON: usize = 3;

/// A stretch of a text, and whether the other text has it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// As it was written.
    pub(super) text: String,
    /// Whether the other text says the same here.
    pub(super) is_same: bool,
}

/// How a text is like a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Likeness {
    /// It is made of whole parts of the notice and of nothing else.
    Same,
    /// It has much of the notice, and something was added, left out or altered.
    Changed(Difference),
    /// It has little in common with the notice.
    Other,
}

/// Where two texts differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// The text that was sent.
    pub(super) given: Vec<Stretch>,
    /// The notice.
    pub(super) real: Vec<Stretch>,
    common: usize,
}

impl Difference {
    /// How many words both have.
    pub(super) const fn common(&self) -> usize {
        self.common
    }
}

/// Compares a text with a version of a notice. `around` is what the pages write beside it when a notice is passed on: the place, the
/// mark of an exercise.
pub(super) fn compare(given: &str, version: &LanguageVersion, around: &[&str]) -> Likeness {
    let parts = [&version.headline, &version.body, &version.instruction].map(String::as_str);
    let given_words = tokens(given);
    if is_made_of(&given_words, &parts, around) {
        return Likeness::Same;
    }
    let real: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let real = real.join("\n\n");
    let real_words = tokens(&real);
    let common = longest_common(&given_words, &real_words);
    let least = given_words.len().min(real_words.len());
    let is_alike = common.len() * 2 >= least || has_part(&given_words, &parts);
    if common.len() < FEWEST_COMMON || !is_alike {
        return Likeness::Other;
    }
    Likeness::Changed(Difference {
        given: stretches(
            given,
            &given_words,
            common.iter().map(|(index, _)| *index).chain(beside(&given_words, around)),
        ),
        real: stretches(&real, &real_words, common.iter().map(|(_, index)| *index)),
        common: common.len(),
    })
}

/// The likeness to the version that it is most like.
pub(super) fn compare_all(given: &str, versions: &[LanguageVersion], around: &[&str]) -> Likeness {
    let likenesses = versions.iter().map(|version| compare(given, version, around));
    likenesses.max_by_key(closeness).unwrap_or(Likeness::Other)
}

fn closeness(likeness: &Likeness) -> usize {
    match likeness {
        Likeness::Same => usize::MAX,
        Likeness::Changed(difference) => difference.common,
        Likeness::Other => 0,
    }
}

/// A word, folded, and where it stands.
struct Token {
    word: String,
    at: Range<usize>,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = None;
    for (index, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_of_a_word(letter)) {
            (None, true) => start = Some(index),
            (Some(begin), false) => {
                tokens.push(Token { word: fold(&text[begin..index]), at: begin..index });
                start = None;
            }
            _ => (),
        }
    }
    tokens.truncate(MOST_WORDS);
    tokens
}

/// Whether the words are nothing but whole parts, one after the other, and one of them is a part of the notice itself. A part that is
/// quoted by half can say the opposite, so it counts as changed.
fn is_made_of(given: &[Token], parts: &[&str], around: &[&str]) -> bool {
    let words = |part: &&str| tokens(part).into_iter().map(|token| token.word).collect::<Vec<_>>();
    let parts: Vec<Vec<String>> = parts.iter().chain(around).map(words).collect();
    let (mut rest, mut has_own) = (given, false);
    while !rest.is_empty() {
        let fits = |part: &&Vec<String>| {
            !part.is_empty()
                && part.len() <= rest.len()
                && part.iter().zip(rest).all(|(word, token)| *word == token.word)
        };
        let Some((index, part)) =
            parts.iter().enumerate().filter(|(_, part)| fits(part)).max_by_key(|(_, part)| part.len())
        else {
            return false;
        };
        has_own |= index < 3;
        rest = &rest[part.len()..];
    }
    has_own
}

/// Whether a whole part of the notice stands in the text, whatever else does.
fn has_part(given: &[Token], parts: &[&str]) -> bool {
    let stands = |part: &[Token]| {
        let fits = |window: &[Token]| window.iter().zip(part).all(|(one, other)| one.word == other.word);
        part.len() >= FEWEST_COMMON && given.windows(part.len()).any(fits)
    };
    parts.iter().any(|part| stands(&tokens(part)))
}

/// The indices of words that are only written beside a notice: whole parts of `around`.
fn beside(given: &[Token], around: &[&str]) -> Vec<usize> {
    let mut indices = Vec::new();
    for part in around.iter().map(|part| tokens(part)).filter(|part| !part.is_empty()) {
        let fits = |window: &[Token]| window.iter().zip(&part).all(|(one, other)| one.word == other.word);
        let starts = given.windows(part.len()).enumerate().filter(|(_, window)| fits(window));
        indices.extend(starts.flat_map(|(start, _)| start..start + part.len()));
    }
    indices
}

/// The pairs of indices of a longest common subsequence.
fn longest_common(one: &[Token], other: &[Token]) -> Vec<(usize, usize)> {
    let width = other.len() + 1;
    let mut lengths = vec![0_u16; (one.len() + 1) * width];
    for (i, left) in one.iter().enumerate().rev() {
        for (j, right) in other.iter().enumerate().rev() {
            let longest = lengths[(i + 1) * width + j].max(lengths[i * width + j + 1]);
            let both = lengths[(i + 1) * width + j + 1] + 1;
            lengths[i * width + j] = if left.word == right.word { both } else { longest };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < one.len() && j < other.len() {
        if one[i].word == other[j].word {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// The text in stretches of words that are common and words that are not. What stands between two words goes with the first.
fn stretches(text: &str, words: &[Token], common: impl Iterator<Item = usize>) -> Vec<Stretch> {
    let mut is_common = vec![false; words.len()];
    common.for_each(|index| is_common[index] = true);
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, is_same) in is_common.into_iter().enumerate() {
        let start = if index == 0 { 0 } else { words[index].at.start };
        let end = words.get(index + 1).map_or(text.len(), |next| next.at.start);
        match stretches.last_mut().filter(|last| last.is_same == is_same) {
            Some(last) => last.text.push_str(&text[start..end]),
            None => stretches.push(Stretch { text: text[start..end].to_owned(), is_same }),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version() -> LanguageVersion {
        LanguageVersion {
            lang: "hi".parse().unwrap(),
            headline: "घाघरा नदी में भीषण बाढ़".to_owned(),
            body: "जल स्तर 64.5 मीटर है।".to_owned(),
            instruction: "Do not go near the river. ऊँची जगह जाएँ।".to_owned(),
        }
    }

    fn kind(text: &str) -> &'static str {
        match compare(text, &version(), &["तुर्तीपार", "EXERCISE"]) {
            Likeness::Same => "same",
            Likeness::Changed(_) => "changed",
            Likeness::Other => "other",
        }
    }

    #[test]
    fn changed_words_are_noticed_and_layout_is_not() {
        for text in [
            "घाघरा नदी में भीषण बाढ़",
            "*घाघरा नदी में  भीषण बाढ़!* \nDo not go near the river — ऊँची जगह जाएँ",
            "EXERCISE घाघरा नदी में भीषण बाढ़ तुर्तीपार",
            "घाघरा नदी में भीषण बाढ\u{93c}",
        ] {
            assert_eq!(kind(text), "same", "{text}");
        }
        for text in [
            "घाघरा नदी में भीषण बाढ़\nजल स्तर 94.5 मीटर है।",
            "घाघरा नदी में भीषण बाढ़\nपैसे इस खाते में भेजें 123456",
            // Half of a part: it says the opposite.
            "go near the river. ऊँची जगह जाएँ।",
            "गंगा नदी में भीषण बाढ़",
        ] {
            assert_eq!(kind(text), "changed", "{text}");
        }
        for text in ["", "तुर्तीपार", "EXERCISE", "कल दिल्ली में सभी स्कूल बंद रहेंगे", "river"]
        {
            assert_eq!(kind(text), "other", "{text}");
        }
    }

    #[test]
    fn differences_are_shown_on_both_sides() {
        let given = "घाघरा नदी में भीषण बाढ़, स्तर 94.5 मीटर";
        let Likeness::Changed(difference) = compare(given, &version(), &[]) else { panic!("it is changed") };
        let other = |stretches: &[Stretch]| {
            let other = stretches.iter().filter(|stretch| !stretch.is_same);
            other.map(|stretch| stretch.text.trim().to_owned()).collect::<Vec<_>>().join("|")
        };
        assert_eq!(other(&difference.given), "94.");
        assert!(other(&difference.real).starts_with("जल|64.|है।"), "{difference:?}");
        assert_eq!(difference.given.iter().map(|stretch| stretch.text.as_str()).collect::<String>(), given);
        let Likeness::Changed(difference) = compare(&format!("{given}\nबलिया"), &version(), &["बलिया"])
        else {
            panic!("it is changed")
        };
        assert_eq!(other(&difference.given), "94.", "what is written beside it is no change");
    }

    proptest! {
        /// Nothing of either text is lost or doubled by being cut into stretches.
        #[test]
        fn stretches_join_to_the_text(given in "[a-c बाढ़.!\n]{0,40}", body in "[a-c बाढ़.!\n]{0,40}") {
            let version = LanguageVersion { body, ..version() };
            if let Likeness::Changed(difference) = compare(&given, &version, &[]) {
                let joined: String = difference.given.iter().map(|stretch| stretch.text.as_str()).collect();
                prop_assert_eq!(joined, given);
            }
        }
    }
}
