//! The language of a text. Codes come as people write them: `HI`, `hin`, `Hindi`, `en_IN`, and `TL` for Telugu, which is the code of
//! Tagalog. Most of India's scripts write one language, so that the text itself can tell.

use munadi_domain::language::{KNOWN, Lang};

use crate::{alert::CapInfo, report::quoted};

/// A script of India, the first letters and the last of its blocks, and the language if it writes only one of those known here.
struct Script {
    name: &'static str,
    blocks: &'static [(char, char)],
    language: Option<&'static str>,
}

const SCRIPTS: [Script; 13] = [
    Script { name: "Latin", blocks: &[('A', 'Z'), ('a', 'z'), ('\u{c0}', '\u{24f}')], language: None },
    Script { name: "Devanagari", blocks: &[('\u{900}', '\u{97f}')], language: None },
    Script { name: "Bengali", blocks: &[('\u{980}', '\u{9ff}')], language: None },
    Script {
        name: "Arabic",
        blocks: &[('\u{600}', '\u{6ff}'), ('\u{750}', '\u{77f}'), ('\u{fb50}', '\u{fdff}'), ('\u{fe70}', '\u{fefc}')],
        language: None,
    },
    Script { name: "Gurmukhi", blocks: &[('\u{a00}', '\u{a7f}')], language: Some("pa") },
    Script { name: "Gujarati", blocks: &[('\u{a80}', '\u{aff}')], language: Some("gu") },
    Script { name: "Odia", blocks: &[('\u{b00}', '\u{b7f}')], language: Some("or") },
    Script { name: "Tamil", blocks: &[('\u{b80}', '\u{bff}')], language: Some("ta") },
    Script { name: "Telugu", blocks: &[('\u{c00}', '\u{c7f}')], language: Some("te") },
    Script { name: "Kannada", blocks: &[('\u{c80}', '\u{cff}')], language: Some("kn") },
    Script { name: "Malayalam", blocks: &[('\u{d00}', '\u{d7f}')], language: Some("ml") },
    Script { name: "Ol Chiki", blocks: &[('\u{1c50}', '\u{1c7f}')], language: Some("sat") },
    Script {
        name: "Meetei Mayek",
        blocks: &[('\u{abc0}', '\u{abff}'), ('\u{aae0}', '\u{aaff}')],
        language: Some("mni-Mtei"),
    },
];

/// Codes of three letters (ISO 639-2 and 639-3) of languages which have one of two.
const LONG_CODES: [(&str, &str); 19] = [
    ("asm", "as"),
    ("ben", "bn"),
    ("dgo", "doi"),
    ("eng", "en"),
    ("guj", "gu"),
    ("hin", "hi"),
    ("kan", "kn"),
    ("kas", "ks"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("nep", "ne"),
    ("ori", "or"),
    ("ory", "or"),
    ("pan", "pa"),
    ("san", "sa"),
    ("snd", "sd"),
    ("tam", "ta"),
    ("tel", "te"),
    ("urd", "ur"),
];

/// The language of an `info`, with a warning if it is not what the document says; else what is wrong with what it says.
pub(super) fn of(info: &CapInfo) -> Result<(Lang, Option<String>), String> {
    // CAP 1.2 §3.2.2: “If not present, an implicit default value of "en-US" SHALL be assumed”.
    let written = info.language.as_deref().unwrap_or("en-US");
    let script = script(info);
    let lang = read(written)
        .ok_or_else(|| format!("{} is no language: expected a code such as “hi” or “en-IN”", quoted(written)));
    // A code of another of India's languages is believed: a minority may write in the script of its state.
    let is_believed = |lang: &Lang| lang.primary() != "en" && KNOWN.iter().any(|(tag, ..)| *tag == lang.primary());
    let Some(script) = script.filter(|script| script.name != "Latin" && !lang.as_ref().is_ok_and(is_believed)) else {
        return lang.map(|lang| (lang, None));
    };
    match script.language.and_then(|tag| tag.parse::<Lang>().ok()) {
        Some(better) => {
            let warning =
                format!("is {}, but the text is in the {} script: “{better}” is taken", quoted(written), script.name);
            Ok((better, Some(warning)))
        }
        None => lang.map(|lang| {
            (
                lang,
                Some(format!(
                    "is {}, but the text is in the {} script: check the language",
                    quoted(written),
                    script.name
                )),
            )
        }),
    }
}

fn read(written: &str) -> Option<Lang> {
    let plain = written.replace('_', "-").to_lowercase();
    let named =
        KNOWN.iter().find(|(_, english, own)| english.to_lowercase() == plain || *own == written).map(|(tag, ..)| *tag);
    let long = || LONG_CODES.iter().find(|(long, _)| *long == plain).map(|(_, tag)| *tag);
    named.or_else(long).unwrap_or(&plain).parse().ok()
}

/// The script in which more than half of the text's letters are written.
fn script(info: &CapInfo) -> Option<&'static Script> {
    let texts = [&info.headline, &info.description, &info.instruction];
    let mut counts = [0_usize; SCRIPTS.len()];
    for letter in texts.into_iter().flatten().flat_map(|text| text.chars()) {
        let has = |script: &Script| script.blocks.iter().any(|(first, last)| (*first..=*last).contains(&letter));
        if let Some(index) = SCRIPTS.iter().position(has) {
            counts[index] += 1;
        }
    }
    let all: usize = counts.iter().sum();
    SCRIPTS.iter().zip(counts).find(|(_, count)| count * 2 > all).map(|(script, _)| script)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(language: Option<&str>, text: &str) -> (String, bool) {
        let info =
            CapInfo { language: language.map(str::to_owned), headline: Some(text.to_owned()), ..CapInfo::default() };
        let (lang, warning) = of(&info).unwrap();
        (lang.to_string(), warning.is_some())
    }

    #[test]
    fn codes_are_read_as_they_come() {
        for (written, text, expected) in [
            ("HI", "बाढ़", "hi"),
            ("hin", "बाढ़", "hi"),
            ("Hindi", "बाढ़", "hi"),
            ("हिन्दी", "बाढ़", "hi"),
            ("en_IN", "flood", "en-IN"),
            ("English", "flood", "en"),
            ("KN", "ಗುಡುಗು", "kn"),
            ("ur", "سیلاب", "ur"),
            ("mr", "पूर", "mr"),
            ("fr-CA", "neige", "fr-CA"),
            ("tl", "Babala ng baha", "tl"),
            ("kok", "ಪ್ರವಾಹ", "kok"),
        ] {
            assert_eq!(tag(Some(written), text), (expected.to_owned(), false), "{written}");
        }
    }

    #[test]
    fn script_tells_where_the_code_errs() {
        assert_eq!(tag(Some("TL"), "పిడుగులు పడే అవకాశం (SDMA)"), ("te".to_owned(), true));
        assert_eq!(tag(Some("OD"), "ବନ୍ୟା"), ("or".to_owned(), true));
        assert_eq!(tag(Some("en-IN"), "മഴ"), ("ml".to_owned(), true));
        assert_eq!(tag(Some("?"), "வெள்ளம்"), ("ta".to_owned(), true));
        assert_eq!(tag(None, "flood"), ("en-US".to_owned(), false));
        assert_eq!(tag(None, "बाढ़"), ("en-US".to_owned(), true));
    }

    #[test]
    fn what_is_no_language_is_said() {
        let info = CapInfo { language: Some("हिं".to_owned()), ..CapInfo::default() };
        assert!(of(&info).unwrap_err().contains("is no language"));
    }
}
