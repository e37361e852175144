//! Times as CAP writes them.

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::offset};

/// India Standard Time: the offset in which India's alerts are written.
const INDIA: UtcOffset = offset!(+5:30);

/// Reads `YYYY-MM-DDThh:mm:ss±hh:mm` (CAP 1.2 §3.3.2), with `Z` and fractions of a second tolerated; the offset is kept. Else says what
/// is wrong.
pub(crate) fn read(text: &str) -> Result<OffsetDateTime, String> {
    let bytes = text.as_bytes();
    if bytes.get(10) != Some(&b'T') {
        return Err("expected a date and time such as “2026-09-29T08:12:40+05:30”".to_owned());
    }
    let has_zone = text.ends_with(['Z', 'z']) || text.get(11..).is_some_and(|time| time.contains(['+', '-']));
    if !has_zone {
        return Err("has no time zone: add the offset, such as “+05:30”".to_owned());
    }
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "is no date and time that exists: expected one such as “2026-09-29T08:12:40+05:30”".to_owned())?;
    // Everything later works in UTC and writes four digits for the year.
    let utc = time.checked_to_offset(UtcOffset::UTC).filter(|utc| (1970..=9990).contains(&utc.year()));
    utc.map(|_| time).ok_or_else(|| "lies outside of the years 1970 to 9990".to_owned())
}

/// Writes a time in its own offset; CAP writes UTC as `-00:00` and forbids `Z`.
pub(crate) fn write(time: OffsetDateTime) -> String {
    let (hours, minutes, _) = time.offset().as_hms();
    let sign = if time.offset().whole_seconds() > 0 { '+' } else { '-' };
    let (date, clock) = (time.date(), time.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        hours.unsigned_abs(),
        minutes.unsigned_abs()
    )
}

/// The same time in India Standard Time.
pub(crate) fn in_india(time: OffsetDateTime) -> OffsetDateTime {
    time.checked_to_offset(INDIA).unwrap_or(time)
}

/// A time as it stands in the CAP documents that Munadi prints: in India Standard Time, such as `2026-09-29T08:12:40+05:30`.
pub fn stamp(time: OffsetDateTime) -> String {
    write(in_india(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cap_writes_is_read_and_written_the_same() {
        for text in ["2026-09-29T08:12:40+05:30", "2011-09-02T11:36:50-00:00", "2010-08-31T00:09:25-05:00"] {
            assert_eq!(write(read(text).unwrap()), text);
        }
        assert_eq!(write(read("2026-09-29T02:42:40.999Z").unwrap()), "2026-09-29T02:42:40-00:00");
        assert_eq!(stamp(read("2026-09-29T02:42:40Z").unwrap()), "2026-09-29T08:12:40+05:30");
    }

    #[test]
    fn what_is_no_time_is_said() {
        assert!(read("2026-09-29T08:12:40").unwrap_err().contains("no time zone"));
        assert!(read("2026-09-29 08:12:40+05:30").unwrap_err().contains("expected"));
        assert!(read("0000-01-01T00:00:00+01:00").unwrap_err().contains("years"));
        assert!(read("9999-12-31T23:59:59-01:00").unwrap_err().contains("years"));
        for text in [
            "",
            "T",
            "2026-02-30T00:00:00+05:30",
            "2026-09-29T24:00:00Z",
            "2026-09-29Tबाढ़+",
            "2026-09-29T08:12:40+99:99",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
