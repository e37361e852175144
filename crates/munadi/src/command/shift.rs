//! Moving a CAP alert in time: an alert from the archive, sent again for a drill or a demonstration, is over before it is sent.

use anyhow::{Context, Result};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

const ELEMENTS: [&str; 3] = ["effective", "onset", "expires"];

/// Shifts `effective`, `onset` and `expires` by the same amount, so that the earliest of them is now. Everything else stays as it is.
pub(crate) fn to_start_at(document: &[u8], now: OffsetDateTime) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(document).context("the alert is not UTF-8")?;
    let times: Vec<Found> = ELEMENTS.iter().flat_map(|name| find(text, name)).collect();
    let earliest = times.iter().map(|found| found.time).min().context("the alert has no time to move")?;
    let by = Duration::seconds((now - earliest).whole_seconds());
    let mut shifted = text.to_owned();
    let mut times = times;
    times.sort_by_key(|found| std::cmp::Reverse(found.start));
    for found in times {
        let moved = (found.time + by).format(&Rfc3339)?;
        shifted.replace_range(found.start..found.end, &moved);
    }
    Ok(shifted.into_bytes())
}

struct Found {
    start: usize,
    end: usize,
    time: OffsetDateTime,
}

/// Finds the elements of this name, with any prefix, whose text is a time.
fn find(text: &str, name: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(&format!("{name}>")) {
        let before = text[..at].chars().next_back();
        let start = at + name.len() + 1;
        let Some(length) = text[start..].find('<') else { continue };
        let content = &text[start..start + length];
        if let (Some('<' | ':'), Ok(time)) = (before, OffsetDateTime::parse(content.trim(), &Rfc3339)) {
            found.push(Found { start, end: start + length, time });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_keep_their_distance() {
        let alert =
            "<c:effective>2026-09-29T08:00:00+05:30</c:effective><c:expires>2026-09-29T21:00:00+05:30</c:expires>";
        let now = datetime!(2026-11-22 12:00 UTC);
        let shifted = String::from_utf8(to_start_at(alert.as_bytes(), now).unwrap()).unwrap();
        assert_eq!(
            shifted,
            "<c:effective>2026-11-22T17:30:00+05:30</c:effective><c:expires>2026-11-23T06:30:00+05:30</c:expires>"
        );
    }

    #[test]
    fn alert_without_times_is_said() {
        assert!(to_start_at(b"<alert/>", datetime!(2026-11-22 12:00 UTC)).is_err());
    }
}
