//! References to alerts: `sender,identifier,sent` (CAP 1.2 §3.2.1, `references`).

use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::stamp;

/// The most characters of a sender and of an identifier.
pub(crate) const NAME_CHARS: usize = 255;

/// The name of an alert by which other alerts refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapReference {
    /// Who sent it.
    pub sender: String,
    /// Its identifier, unique with its sender.
    pub identifier: String,
    /// When it was sent, in the offset in which it was written: references are compared as texts.
    pub sent: OffsetDateTime,
}

/// A text that is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected references such as “sender,identifier,2026-09-29T08:12:40+05:30” with spaces between them")]
pub struct InvalidReference;

/// Whether a sender or an identifier can stand in a reference.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_CHARS).contains(&text.chars().count())
        && !text
            .contains(|letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, ',' | '<' | '&'))
}

impl FromStr for CapReference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let mut parts = text.split(',');
        let (Some(sender), Some(identifier), Some(sent), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidReference);
        };
        let sent = stamp::read(sent).map_err(|_| InvalidReference)?;
        let names = is_name(sender) && is_name(identifier);
        names
            .then(|| Self { sender: sender.to_owned(), identifier: identifier.to_owned(), sent })
            .ok_or(InvalidReference)
    }
}

impl fmt::Display for CapReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.sender, self.identifier, stamp::write(self.sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_is_written_as_it_was_read() {
        let text = "cap@ec.gc.ca,2.49.0.1.124.a3f342a4.2012,2012-05-02T21:45:05-00:00";
        assert_eq!(text.parse::<CapReference>().unwrap().to_string(), text);
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in
            ["", "a,b", "a,b,c", "a,b,2012-05-02T21:45:05Z,d", ",b,2012-05-02T21:45:05Z", "a b,c,2012-05-02T21:45:05Z"]
        {
            assert_eq!(text.parse::<CapReference>(), Err(InvalidReference), "{text}");
        }
    }
}
