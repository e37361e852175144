//! From bytes to text: UTF-8 and nothing else, and only the characters that XML has.

use munadi_domain::{fault::Fault, limits};

/// The document's text, without a byte order mark.
pub(super) fn decode(document: &[u8]) -> Result<&str, Fault> {
    if document.len() > limits::CAP_BYTES {
        let reason = format!("has {} bytes, at most {} are allowed", document.len(), limits::CAP_BYTES);
        return Err(Fault::new("document", reason));
    }
    if is_wide(document) {
        return Err(Fault::new("document", "is written in UTF-16 or UTF-32: save it as UTF-8"));
    }
    let bytes = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
        Fault::new("document", format!("line {line}: has a byte that is not UTF-8: save the document as UTF-8"))
    })?;
    match text.char_indices().find(|(_, letter)| !is_xml(*letter)) {
        Some((offset, letter)) => {
            let reason = format!("has the character U+{:04X}, which XML forbids", u32::from(letter));
            Err(at(text, offset as u64, reason))
        }
        None => Ok(text),
    }
}

/// A byte order mark of a wide encoding, or a null byte beside the first letter.
fn is_wide(document: &[u8]) -> bool {
    let has_mark = document.starts_with(b"\xfe\xff") || document.starts_with(b"\xff\xfe");
    has_mark || document.iter().take(4).any(|byte| *byte == 0)
}

/// The production `Char` of XML 1.0.
pub(super) fn is_xml(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A fault at a byte of the text.
pub(super) fn at(text: &str, offset: u64, reason: impl std::fmt::Display) -> Fault {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let line = 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    Fault::new("document", format!("line {line}: {reason}"))
}
