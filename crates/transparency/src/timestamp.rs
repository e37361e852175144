//! Points in time as they stand in signed JSON: `2026-01-31T08:00:00Z` and no other way of writing it.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serializer, de, ser};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Reads RFC 3339 in UTC with `Z` and whole seconds; any other spelling of the same moment is refused.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    (format(time).as_deref() == Some(text)).then_some(time)
}

/// Writes whole seconds; none if the time has a fraction or its year has not four digits.
pub(crate) fn format(time: OffsetDateTime) -> Option<String> {
    let utc = time.checked_to_offset(UtcOffset::UTC)?;
    (utc.nanosecond() == 0).then(|| utc.format(&Rfc3339).ok())?
}

pub(crate) fn serialize<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = format(*time).ok_or_else(|| ser::Error::custom("a time must be in whole seconds"))?;
    serializer.serialize_str(&text)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| de::Error::custom("expected a time such as 2026-01-31T08:00:00Z"))
}

/// The same for a time that may be absent.
pub(crate) mod option {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::OffsetDateTime;

    #[derive(Deserialize)]
    struct Time(#[serde(with = "super")] OffsetDateTime);

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(time: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OffsetDateTime>, D::Error> {
        Ok(Option::<Time>::deserialize(deserializer)?.map(|Time(time)| time))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn one_spelling_for_a_moment() {
        assert_eq!(parse("2026-01-31T08:00:00Z"), Some(datetime!(2026-01-31 08:00 UTC)));
        for other in [
            "2026-01-31T08:00:00+00:00",
            "2026-01-31T13:30:00+05:30",
            "2026-01-31t08:00:00z",
            "2026-01-31 08:00:00Z",
            "2026-01-31T08:00:00.0Z",
            "2026-01-31T08:00:00.5Z",
            "2026-02-30T08:00:00Z",
            "2026-01-31T08:00Z",
            "",
        ] {
            assert_eq!(parse(other), None, "{other:?}");
        }
    }

    #[test]
    fn writes_utc_in_whole_seconds() {
        assert_eq!(format(datetime!(2026-01-31 13:30 +5:30)).as_deref(), Some("2026-01-31T08:00:00Z"));
        assert_eq!(format(datetime!(2026-01-31 08:00:00.25 UTC)), None);
    }
}
