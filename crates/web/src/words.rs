//! Numbers and times as people in India write them.

use time::{OffsetDateTime, UtcOffset};

use crate::catalogue::Texts;

/// India's time, all over the country and all year round.
const IST: UtcOffset = match UtcOffset::from_hms(5, 30, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// Groups of two digits after the first three: 12,34,567.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let (front, last) = digits.split_at(digits.len().saturating_sub(3));
    if front.is_empty() {
        return digits;
    }
    let pairs = front.as_bytes().rchunks(2).rev().map(|pair| String::from_utf8_lossy(pair));
    format!("{},{last}", pairs.collect::<Vec<_>>().join(","))
}

/// A day and a time in India, in words.
pub(crate) fn moment(texts: &Texts, time: OffsetDateTime) -> String {
    let time = time.to_offset(IST);
    let clock = format!("{:02}:{:02}", time.hour(), time.minute());
    texts.get("words-moment", &[("day", day(texts, time).into()), ("clock", clock.into())])
}

/// A day in India, in words.
pub(crate) fn date(texts: &Texts, time: OffsetDateTime) -> String {
    day(texts, time.to_offset(IST))
}

fn day(texts: &Texts, time: OffsetDateTime) -> String {
    let month = texts.get("words-month", &[("month", u64::from(u8::from(time.month())).into())]);
    let (day, year) = (time.day().to_string(), time.year().to_string());
    texts.get("words-date", &[("day", day.into()), ("month", month.into()), ("year", year.into())])
}

/// A time for the attribute `datetime`, in UTC.
pub(crate) fn machine(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    let format = &time::format_description::well_known::Rfc3339;
    time.replace_nanosecond(0).unwrap_or(time).format(format).unwrap_or_default()
}

/// What the field `datetime-local` shows and sends: a time in India to the minute, `2026-11-22T18:30`.
pub(crate) fn field(time: OffsetDateTime) -> String {
    let time = time.to_offset(IST);
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}", time.hour(), time.minute())
}

/// Reads [`field`], with seconds or without.
pub(crate) fn read_field(text: &str) -> Option<OffsetDateTime> {
    let seconds = if text.len() == 16 { ":00" } else { "" };
    let text = format!("{text}{seconds}+05:30");
    OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339)
        .ok()
        .map(|time| time.to_offset(UtcOffset::UTC))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn numbers_are_grouped_as_in_india() {
        for (n, words) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345, "12,345"),
            (100_000, "1,00,000"),
            (1_234_567, "12,34,567"),
            (1_000_000_000, "1,00,00,00,000"),
        ] {
            assert_eq!(number(n), words);
        }
    }

    #[test]
    fn times_are_indias() {
        let catalogue = Catalogue::load().unwrap();
        let time = datetime!(2026-11-22 18:45:10 UTC);
        assert_eq!(moment(catalogue.first(), time), "23 November 2026, 00:15 IST");
        let hindi = catalogue.of(&"hi".parse().unwrap()).unwrap();
        assert_eq!(date(hindi, time), "23 नवंबर 2026");
        assert_eq!(machine(time), "2026-11-22T18:45:10Z");
    }

    #[test]
    fn field_is_read_as_it_was_shown() {
        let time = datetime!(2026-11-22 18:45 UTC);
        assert_eq!(field(time), "2026-11-23T00:15");
        assert_eq!(read_field(&field(time)), Some(time));
        assert_eq!(read_field("2026-11-23T00:15:30"), Some(time + time::Duration::seconds(30)));
        for text in ["", "tomorrow", "2026-13-01T00:00", "2026-11-23T00:15Z"] {
            assert_eq!(read_field(text), None, "{text}");
        }
    }
}
