//! Texts as they come: with the line breaks of their file and now and then an invisible letter. Nothing that can be seen is changed.

/// Letters that write nothing: control characters (a notice has none but the line break) and the byte order mark that pasting leaves.
fn writes_nothing(letter: char) -> bool {
    letter.is_control() || letter == '\u{feff}'
}

/// Letters that turn the order of others.
pub(crate) fn turns_order(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text of one line: breaks become spaces, edges are trimmed.
pub(crate) fn one_line(text: &str) -> String {
    let parts = text.split(['\r', '\n', '\t', '\u{85}']).map(visible).map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text of lines: breaks are line feeds, edges are trimmed.
pub(crate) fn lines(text: &str) -> String {
    let breaks = text.replace("\r\n", "\n").replace(['\r', '\u{85}'], "\n").replace('\t', " ");
    breaks.split('\n').map(visible).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn visible(text: &str) -> String {
    text.chars().filter(|letter| !writes_nothing(*letter)).collect()
}

/// Cuts a text to at most `most` characters, after a word where that is possible, and marks the cut; none if nothing is to be cut.
pub(crate) fn cut(text: &str, most: usize) -> Option<String> {
    text.char_indices().nth(most)?;
    let (end, _) = text.char_indices().nth(most.saturating_sub(1))?;
    let kept = &text[..end];
    let word = kept.rfind(' ').filter(|space| *space > kept.len() / 2).unwrap_or(kept.len());
    Some(format!("{}…", kept[..word].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_are_evened_and_edges_trimmed() {
        assert_eq!(one_line("\n  River\r\n\tGhaghra  rises \u{feff}"), "River Ghaghra  rises");
        assert_eq!(lines(" a\r\nb\rc\u{7}\n\n d\t1 \n"), "a\nb\nc\n\n d 1");
    }

    #[test]
    fn joiners_and_emoji_stay() {
        assert_eq!(lines("क्\u{200d}ष 👩\u{200d}🚒"), "क्\u{200d}ष 👩\u{200d}🚒");
    }

    #[test]
    fn cut_keeps_words_and_the_limit() {
        assert_eq!(cut("one two three", 13), None);
        assert_eq!(cut("one two three", 12).as_deref(), Some("one two…"));
        assert_eq!(cut(&"बाढ़".repeat(100), 20).map(|text| text.chars().count()), Some(20));
    }
}
