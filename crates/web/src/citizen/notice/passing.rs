//! What goes on to others: a text, and a QR code of the link.

use std::fmt::Write;

use munadi_domain::{content::LanguageVersion, payload::Payload};
use qrcode::{Color, EcLevel, QrCode};

use crate::{citizen::card::Mark, page::Page};

/// The light border that scanners need, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// The text to pass on. Whoever gets it can check it by its link.
pub(super) fn share(
    page: &Page,
    mark: &Mark,
    version: &LanguageVersion,
    notice: &Payload,
    department: &str,
    address: &str,
) -> String {
    let until = page.t1("card-until", "time", page.moment(&notice.expires));
    let lines = [
        mark.drill.as_str(),
        mark.over.as_deref().unwrap_or_default(),
        &version.headline,
        &version.instruction,
        &notice.area.description,
        &until,
        department,
        address,
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The beginning of what is to be done, or of what is known.
pub(super) fn preview(version: &LanguageVersion, most: usize) -> String {
    let text = if version.instruction.is_empty() { &version.body } else { &version.instruction };
    let mut letters = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect::<Vec<_>>();
    if letters.len() > most {
        letters.truncate(most - 1);
        letters.push('…');
    }
    letters.into_iter().collect()
}

/// A QR code as an SVG without styles; empty if the text is too long for one.
pub(super) fn qr(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else { return String::new() };
    let side = code.width() + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            // Writing to a string cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qr_code_is_a_drawing_and_nothing_else() {
        let drawn = qr("https://munadi.example/notices/ntc_01jd6z3v9we7fbvk3xq5m8n2rt");
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>"), "{drawn}");
        assert!(!drawn.contains("style=") && !drawn.contains("<script"), "{drawn}");
        assert_eq!(qr(&"x".repeat(5_000)), "");
    }

    #[test]
    fn preview_is_short_and_one_line() {
        let version = |instruction: &str| LanguageVersion {
            lang: "hi".parse().unwrap(),
            headline: String::new(),
            body: "बाढ़  है।\nऊपर जाएँ।".to_owned(),
            instruction: instruction.to_owned(),
        };
        assert_eq!(preview(&version(""), 200), "बाढ़ है। ऊपर जाएँ।");
        assert_eq!(preview(&version("abcdef"), 4), "abc…");
    }
}
