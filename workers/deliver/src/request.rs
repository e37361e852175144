//! One message on its way to a push service (RFC 8030 §5), and the answer.

use hyper::{body::Bytes, header::HeaderValue};
use munadi_domain::{endpoint::Endpoint, message::Lane};
use time::{Duration, OffsetDateTime};

use crate::{compose::Form, topic::PushTopic};

/// How long a push service keeps a message for a device that sleeps, in seconds: from 1 to 28 days' worth. Zero is not
/// a time to live: it asks for the message to be dropped unless the device listens right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl(u32);

impl Ttl {
    /// What push services accept.
    pub const LONGEST: Self = Self(28 * 24 * 60 * 60);

    /// The whole seconds from now until a message expires; `None` if no second is left.
    pub fn until(expires: OffsetDateTime, now: OffsetDateTime) -> Option<Self> {
        let left = (expires - now).min(Duration::seconds(i64::from(Self::LONGEST.0)));
        u32::try_from(left.whole_seconds()).ok().filter(|&seconds| seconds > 0).map(Self)
    }

    /// How long a message is kept that is given this form. What is in a wake-up says nothing, and when its notice ends would say a
    /// lot: so all wake-ups are kept equally long. Whoever gets one late is told by the service worker that it is over.
    pub fn of(form: Form, left: Self) -> Self {
        match form {
            Form::Full => left,
            Form::WakeUp => Self::LONGEST,
        }
    }

    /// The value of the `TTL` header.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

/// How much of a device's battery a message is worth (RFC 8030 §5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Someone must act at once.
    High,
    /// Can wait until the device wakes up by itself.
    Normal,
}

impl Urgency {
    /// The urgency of what travels in a lane.
    pub const fn of(lane: Lane) -> Self {
        match lane {
            Lane::Emergency => Self::High,
            Lane::Routine => Self::Normal,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
        }
    }
}

/// One message for one subscription.
#[derive(Debug, Clone)]
pub struct PushRequest<'a> {
    /// Where to.
    pub endpoint: &'a Endpoint,
    /// The encrypted message, as [`crate::encrypt::encrypt`] makes it.
    pub body: Bytes,
    /// For how long.
    pub ttl: Ttl,
    /// How urgent.
    pub urgency: Urgency,
    /// Which waiting message it replaces.
    pub topic: Option<PushTopic>,
    /// From whom, as [`crate::vapid::Vapid::authorization`] makes it.
    pub authorization: HeaderValue,
}

/// What a push service said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header, if it is text.
    pub retry_after: Option<String>,
    /// The beginning of what it said about it, for the log; empty if nothing readable came.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-07-01 08:00 UTC);

    #[test]
    fn time_to_live_ends_with_the_message() {
        let ttl = |left| Ttl::until(NOW + left, NOW).map(Ttl::seconds);
        assert_eq!(ttl(Duration::seconds(90)), Some(90));
        assert_eq!(ttl(Duration::days(28)), Some(2_419_200));
        assert_eq!(ttl(Duration::days(400)), Some(2_419_200));
        assert_eq!(ttl(Duration::milliseconds(1_999)), Some(1));
        for left in [Duration::milliseconds(999), Duration::ZERO, Duration::seconds(-1), Duration::days(-40_000)] {
            assert_eq!(ttl(left), None, "{left}");
        }
    }

    proptest! {
        #[test]
        fn time_to_live_is_in_its_limits(seconds: i32) {
            let ttl = Ttl::until(NOW + Duration::seconds(i64::from(seconds)), NOW);
            prop_assert_eq!(ttl.is_some(), seconds > 0);
            prop_assert!(ttl.is_none_or(|ttl| (1..=2_419_200).contains(&ttl.seconds())));
        }
    }
}
