//! What a push service's answer means for a subscription.

use std::time::Duration;

use time::OffsetDateTime;

use crate::client::{Answer, SendError};

/// The longest wait that a service may ask for; a message that waits longer is better tried once more.
pub const LONGEST_WAIT: Duration = Duration::from_hours(24);
/// The wait after an answer that asks for one without saying how long.
pub const USUAL_WAIT: Duration = Duration::from_mins(1);

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service took it.
    Sent,
    /// The subscription does not exist any more and must be deleted.
    Gone,
    /// The service asks to be left alone for this long; the subscription is sound.
    Wait(Duration),
    /// Something failed that may work later; the subscription is sound.
    Retry,
    /// The service will not take our messages. To go on would make it worse: the origin is stopped and someone is told.
    Rejected,
}

impl Outcome {
    /// Judges an answer, or its absence.
    pub fn of(answer: &Result<Answer, SendError>, now: OffsetDateTime) -> Self {
        match answer {
            Ok(answer) => Self::of_answer(answer.status, answer.retry_after.as_deref(), now),
            // The name of an allowed service that leads to a private address is an attack or a mistake in the network.
            // Neither is cured by trying again, and nothing was sent.
            Err(SendError::AddressRefused) => Self::Rejected,
            Err(_) => Self::Retry,
        }
    }

    fn of_answer(status: u16, retry_after: Option<&str>, now: OffsetDateTime) -> Self {
        let wait = retry_after.and_then(|value| parse_retry_after(value, now));
        match status {
            200..=299 => Self::Sent,
            404 | 410 => Self::Gone,
            406 | 429 => Self::Wait(wait.unwrap_or(USUAL_WAIT)),
            503 => wait.map_or(Self::Retry, Self::Wait),
            // It waited too long for the request, is not the server in charge, or does not want early data (RFC 9110
            // §15.5.9 and §15.5.20, RFC 8470 §5.2).
            408 | 421 | 425 | 500..=599 => Self::Retry,
            // No redirect is followed, and what else a service refuses it will refuse again.
            _ => Self::Rejected,
        }
    }
}

/// Reads a `Retry-After` (RFC 9110 §10.2.3): seconds or a date in any of its three forms, at most [`LONGEST_WAIT`]. A
/// date that has passed means at once.
fn parse_retry_after(value: &str, now: OffsetDateTime) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit are a number beyond any limit.
        return Some(value.parse().map_or(LONGEST_WAIT, Duration::from_secs).min(LONGEST_WAIT));
    }
    let until = OffsetDateTime::from(httpdate::parse_http_date(value).ok()?);
    Some(Duration::try_from(until - now).unwrap_or_default().min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(1994-11-06 08:49:00 UTC);

    fn outcome(status: u16, retry_after: Option<&str>) -> Outcome {
        Outcome::of_answer(status, retry_after, NOW)
    }

    #[test]
    fn each_status_has_its_meaning() {
        for (meaning, statuses) in [
            (Outcome::Sent, &[200, 201, 202, 204, 299][..]),
            (Outcome::Gone, &[404, 410]),
            (Outcome::Wait(USUAL_WAIT), &[406, 429]),
            (Outcome::Retry, &[408, 421, 425, 500, 502, 503, 504, 507, 599]),
            (
                Outcome::Rejected,
                &[300, 301, 302, 303, 307, 308, 400, 401, 402, 403, 405, 411, 413, 415, 418, 451, 100, 600, 999],
            ),
        ] {
            for &status in statuses {
                assert_eq!(outcome(status, None), meaning, "{status}");
            }
        }
    }

    #[test]
    fn retry_after_counts_where_a_wait_is_asked_for() {
        let minutes = |n| Outcome::Wait(Duration::from_mins(n));
        for status in [406, 429, 503] {
            assert_eq!(outcome(status, Some("120")), minutes(2));
        }
        for (status, meaning) in
            [(201, Outcome::Sent), (410, Outcome::Gone), (500, Outcome::Retry), (400, Outcome::Rejected)]
        {
            assert_eq!(outcome(status, Some("120")), meaning);
        }
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        let seconds = |n| Some(Duration::from_secs(n));
        for (value, wait) in [
            ("0", seconds(0)),
            ("37", seconds(37)),
            (" 37\t", seconds(37)),
            ("86401", seconds(86_400)),
            ("99999999999999999999999999", seconds(86_400)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", seconds(37)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", seconds(37)),
            ("Sun Nov  6 08:49:37 1994", seconds(37)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", seconds(0)),
            ("Thu, 01 Jan 2026 00:00:00 GMT", seconds(86_400)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("soon", None),
            ("1994-11-06T08:49:37Z", None),
        ] {
            assert_eq!(parse_retry_after(value, NOW), wait, "{value}");
        }
    }

    #[test]
    fn unreadable_retry_after_is_as_none() {
        assert_eq!(outcome(429, Some("soon")), Outcome::Wait(USUAL_WAIT));
        assert_eq!(outcome(503, Some("soon")), Outcome::Retry);
    }

    #[test]
    fn no_answer_never_costs_a_subscription() {
        for error in [SendError::TimedOut, SendError::NoAddress, SendError::Unreachable, SendError::TooManyOrigins] {
            assert_eq!(Outcome::of(&Err(error), NOW), Outcome::Retry);
        }
        assert_eq!(Outcome::of(&Err(SendError::AddressRefused), NOW), Outcome::Rejected);
    }

    proptest! {
        #[test]
        fn only_404_and_410_delete(status in 100_u16..1_000, retry_after in proptest::option::of(".{0,30}")) {
            let gone = outcome(status, retry_after.as_deref()) == Outcome::Gone;
            prop_assert_eq!(gone, matches!(status, 404 | 410));
        }

        #[test]
        fn no_wait_is_longer_than_a_day(value in "[0-9]{1,30}|.{0,30}") {
            prop_assert!(parse_retry_after(&value, NOW).unwrap_or_default() <= LONGEST_WAIT);
        }
    }
}
