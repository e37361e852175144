//! Time, as an argument: the only place that reads the machine's clock.

use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// A clock: the machine's, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Mutex<OffsetDateTime>>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until it is set.
    pub fn standing_at(time: OffsetDateTime) -> Self {
        Self(Some(Arc::new(Mutex::new(time))))
    }

    /// The time in UTC.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Some(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
            None => OffsetDateTime::now_utc(),
        }
    }

    /// Milliseconds since 1970; 0 before.
    pub fn unix_ms(&self) -> u64 {
        u64::try_from(self.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
    }

    /// Time since `start` that never goes back, for measuring; a standing clock counts from 1970 instead.
    pub fn since(&self, start: std::time::Instant) -> std::time::Duration {
        match &self.0 {
            Some(_) => std::time::Duration::from_millis(self.unix_ms()),
            None => start.elapsed(),
        }
    }

    /// Moves a standing clock; the machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Some(time) = &self.0 {
            *time.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}
