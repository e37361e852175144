//! Words to find notices by, the same on every installation: PostgreSQL's own parser cuts Indian scripts differently under each locale.

/// The longest word that is kept, in characters; what is longer is cut.
const LONGEST: usize = 64;
/// The most words of a query that count.
const MOST_IN_QUERY: usize = 8;

/// The words of texts, without doubles, as they are stored.
pub(crate) fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = texts.into_iter().flat_map(split).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// What somebody typed, as a `tsquery`: every word, or the beginning of one, must occur. `None` if it has no word.
pub(crate) fn query(typed: &str) -> Option<String> {
    let mut words: Vec<String> = split(typed).collect();
    words.truncate(MOST_IN_QUERY);
    // A word has letters, marks and digits only, so the quotes cannot be left.
    let prefixes: Vec<String> = words.iter().map(|word| format!("'{word}':*")).collect();
    (!prefixes.is_empty()).then(|| prefixes.join(" & "))
}

fn split(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter| !is_of_a_word(letter)).map(fold);
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().into_iter()
}

/// Letters, digits, and the marks without which Indian and Arabic words would fall apart: vowel signs count as letters, but the sign
/// of a missing vowel and the dot below do not.
fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_mark(letter) || is_joiner(letter)
}

const fn is_mark(letter: char) -> bool {
    // The blocks from Devanagari to Sinhala, without their full stops and signs of abbreviation; then Arabic marks, Meetei Mayek.
    matches!(letter, '\u{900}'..='\u{963}' | '\u{971}'..='\u{dff}')
        || matches!(letter, '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{300}'..='\u{36f}')
        || matches!(letter, '\u{aaf5}'..='\u{aaf6}' | '\u{abec}'..='\u{abed}')
}

const fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Lower case, and without what one writer types and another leaves out: joiners, and the dot below in its two spellings.
fn fold(word: &str) -> String {
    let letters = word.chars().filter(|letter| !is_joiner(*letter) && !is_dot_below(*letter)).map(without_dot);
    letters.flat_map(char::to_lowercase).take(LONGEST).collect()
}

const fn is_dot_below(letter: char) -> bool {
    matches!(letter, '\u{93c}' | '\u{9bc}' | '\u{a3c}' | '\u{abc}' | '\u{b3c}')
}

/// Letters that can be written with the dot below as one character or as two.
const fn without_dot(letter: char) -> char {
    match letter {
        '\u{958}' => 'क',
        '\u{959}' => 'ख',
        '\u{95a}' => 'ग',
        '\u{95b}' => 'ज',
        '\u{95c}' => 'ड',
        '\u{95d}' => 'ढ',
        '\u{95e}' => 'फ',
        '\u{95f}' => 'य',
        '\u{9dc}' => 'ড',
        '\u{9dd}' => 'ঢ',
        '\u{9df}' => 'য',
        '\u{a33}' => 'ਲ',
        '\u{a36}' => 'ਸ',
        '\u{a59}' => 'ਖ',
        '\u{a5a}' => 'ਗ',
        '\u{a5b}' => 'ਜ',
        '\u{a5e}' => 'ਫ',
        '\u{b5c}' => 'ଡ',
        '\u{b5d}' => 'ଢ',
        '\u{929}' => 'न',
        '\u{931}' => 'र',
        '\u{934}' => 'ळ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn indian_words_stay_whole() {
        let text = "बलिया में बाढ़ की चेतावनी। विद्युत्\u{200d} बंद; பாலாறு ஆற்றில் வெள்ளம்! ಬೆಂಗಳೂರು-560001";
        let expected =
            ["बलिया", "में", "बाढ", "की", "चेतावनी", "विद्युत्", "बंद", "பாலாறு", "ஆற்றில்", "வெள்ளம்", "ಬೆಂಗಳೂರು", "560001"];
        assert_eq!(split(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn both_spellings_of_a_dotted_letter_are_one_word() {
        assert_eq!(words(["बा\u{95d}", "बाढ\u{93c}", "बाढ"]), ["बाढ"]);
    }

    #[test]
    fn query_is_a_list_of_beginnings() {
        assert_eq!(query("Flood  warn").as_deref(), Some("'flood':* & 'warn':*"));
        assert_eq!(query("बाढ़").as_deref(), Some("'बाढ':*"));
        assert_eq!(query(" ।—!"), None);
        assert_eq!(query(&"a ".repeat(100)).map(|query| query.matches(":*").count()), Some(MOST_IN_QUERY));
    }

    proptest! {
        #[test]
        fn nothing_typed_leaves_its_quotes(typed: String) {
            let inside: String = words([typed.as_str()]).concat();
            prop_assert!(!inside.contains(['\'', '\\', '"', ' ', '&', '|', '!', ':', '*', '(', ')', '\0']));
        }

        #[test]
        fn what_is_stored_is_found_by_its_own_words(text: String) {
            for word in words([text.as_str()]) {
                prop_assert_eq!(words([word.as_str()]), vec![word]);
            }
        }
    }
}
