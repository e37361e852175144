//! Languages: BCP 47 tags, and what the product knows of India's languages.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A BCP 47 language tag in its usual letter case (RFC 5646 §2.1.1), such as `hi`, `en-IN` or `mni-Mtei`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang(String);

/// A text that is not a language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a language tag such as “hi” or “en-IN”")]
pub struct InvalidLang;

impl Lang {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone, without script and region: `en` of `en-IN`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// English as it is written in India: what a reader gets when no version in the reader's language exists.
    pub fn fallback() -> Self {
        Self("en-IN".to_owned())
    }

    /// The direction of writing: the tag's script decides, else the usual script of the language.
    pub fn direction(&self) -> Direction {
        let script = self.0.split('-').nth(1).filter(|part| part.len() == 4);
        match (script, self.primary()) {
            (Some("Arab" | "Aran"), _) | (None, "ur" | "ks" | "sd" | "ar" | "fa") => Direction::Rtl,
            _ => Direction::Ltr,
        }
    }

    /// The best of the offered versions for this reader: the same tag, then the same language, then English, then the first.
    pub fn best_of<'a>(&self, offered: &'a [Self]) -> Option<&'a Self> {
        let same_language = |primary: &str| offered.iter().find(|lang| lang.primary() == primary);
        offered
            .iter()
            .find(|lang| *lang == self)
            .or_else(|| same_language(self.primary()))
            .or_else(|| same_language("en"))
            .or_else(|| offered.first())
    }
}

/// A direction of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Lang {
    type Err = InvalidLang;

    fn from_str(text: &str) -> Result<Self, InvalidLang> {
        if text.len() > 35 {
            return Err(InvalidLang);
        }
        let parts: Vec<&str> = text.split('-').collect();
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let plain =
            |part: &&str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (first, rest) = parts.split_first().ok_or(InvalidLang)?;
        if !(2..=3).contains(&first.len()) || !letters(first) || !rest.iter().all(plain) {
            return Err(InvalidLang);
        }
        let rest = rest.iter().map(|part| usual_case(part));
        Ok(Self(std::iter::once(first.to_ascii_lowercase()).chain(rest).collect::<Vec<_>>().join("-")))
    }
}

fn usual_case(part: &str) -> String {
    let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
    match part.len() {
        2 if letters => part.to_ascii_uppercase(),
        4 if letters => part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase(),
        _ => part.to_ascii_lowercase(),
    }
}

impl Serialize for Lang {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Lang {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The 22 languages of the Eighth Schedule and English: tag, name in English, name in the language itself.
pub const KNOWN: [(&str, &str, &str); 23] = [
    ("as", "Assamese", "অসমীয়া"),
    ("bn", "Bengali", "বাংলা"),
    ("brx", "Bodo", "बड़ो"),
    ("doi", "Dogri", "डोगरी"),
    ("en", "English", "English"),
    ("gu", "Gujarati", "ગુજરાતી"),
    ("hi", "Hindi", "हिन्दी"),
    ("kn", "Kannada", "ಕನ್ನಡ"),
    ("ks", "Kashmiri", "کٲشُر"),
    ("kok", "Konkani", "कोंकणी"),
    ("mai", "Maithili", "मैथिली"),
    ("ml", "Malayalam", "മലയാളം"),
    ("mni", "Manipuri", "মৈতৈলোন্"),
    ("mr", "Marathi", "मराठी"),
    ("ne", "Nepali", "नेपाली"),
    ("or", "Odia", "ଓଡ଼ିଆ"),
    ("pa", "Punjabi", "ਪੰਜਾਬੀ"),
    ("sa", "Sanskrit", "संस्कृतम्"),
    ("sat", "Santali", "ᱥᱟᱱᱛᱟᱲᱤ"),
    ("sd", "Sindhi", "سنڌي"),
    ("ta", "Tamil", "தமிழ்"),
    ("te", "Telugu", "తెలుగు"),
    ("ur", "Urdu", "اردو"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(text: &str) -> Lang {
        text.parse().unwrap()
    }

    #[test]
    fn tags_take_their_usual_case() {
        for (given, usual) in
            [("HI", "hi"), ("EN-in", "en-IN"), ("mni-mtei", "mni-Mtei"), ("sat-olck-in", "sat-Olck-IN")]
        {
            assert_eq!(lang(given).as_str(), usual);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in ["", "h", "hind", "h1", "hi_IN", "hi-", "-hi", "हिं", "en-toolongpart", "hi IN"] {
            assert_eq!(text.parse::<Lang>(), Err(InvalidLang), "{text}");
        }
    }

    #[test]
    fn reader_gets_the_nearest_version() {
        let offered = [lang("en-IN"), lang("hi"), lang("te")];
        for (reader, version) in [("hi-IN", "hi"), ("te", "te"), ("ta", "en-IN"), ("en", "en-IN")] {
            assert_eq!(lang(reader).best_of(&offered).map(Lang::as_str), Some(version));
        }
        assert_eq!(lang("ta").best_of(&offered[1..]).map(Lang::as_str), Some("hi"));
    }

    #[test]
    fn script_decides_the_direction() {
        for (text, direction) in
            [("ur", Direction::Rtl), ("sd-Deva", Direction::Ltr), ("pa-Arab", Direction::Rtl), ("hi", Direction::Ltr)]
        {
            assert_eq!(lang(text).direction(), direction, "{text}");
        }
    }

    #[test]
    fn known_tags_are_tags() {
        assert!(KNOWN.iter().all(|(tag, ..)| lang(tag).as_str() == *tag));
    }
}
