//! Subscriptions whose push service asked to wait with them. It is about one subscription, so it does not hold up its neighbors, whose
//! batch may be tried again sooner.
//!
//! It is kept in memory: after a restart such a subscription is asked too early once, and its push service says again how long to wait.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use time::OffsetDateTime;

/// The most that are remembered.
const MOST: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct Rests(Mutex<HashMap<i64, OffsetDateTime>>);

impl Rests {
    /// Remembers that the subscription is not to be asked before that time.
    pub(crate) fn keep(&self, subscription: i64, until: OffsetDateTime, now: OffsetDateTime) {
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rests.len() >= MOST {
            rests.retain(|_, until| *until > now);
        }
        if rests.len() < MOST {
            rests.insert(subscription, until);
        }
    }

    /// Until when the subscription is not to be asked, if that is later than now.
    pub(crate) fn until(&self, subscription: i64, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let mut rests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *rests.get(&subscription)?;
        if until > now {
            return Some(until);
        }
        rests.remove(&subscription);
        None
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn subscription_rests_until_its_time_and_no_longer() {
        let now = datetime!(2026-11-22 12:00 UTC);
        let rests = Rests::default();
        rests.keep(1, now + Duration::SECOND, now);
        assert_eq!(rests.until(1, now), Some(now + Duration::SECOND));
        assert_eq!(rests.until(2, now), None);
        assert_eq!(rests.until(1, now + Duration::SECOND), None);
        assert_eq!(rests.until(1, now), None, "it is forgotten");
    }
}
