//! Time, as an argument: the only place that reads the machine's clock.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use time::{Duration, OffsetDateTime};

/// A clock: the machine's, or one that a test sets. Its clones are one clock.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    standing: Option<Arc<Mutex<OffsetDateTime>>>,
    last_tick: Arc<AtomicU64>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is set.
    pub fn standing_at(time: OffsetDateTime) -> Self {
        Self { standing: Some(Arc::new(Mutex::new(time))), ..Self::default() }
    }

    /// The time in UTC.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> OffsetDateTime {
        match &self.standing {
            Some(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
            None => OffsetDateTime::now_utc(),
        }
    }

    /// Milliseconds since 1970; 0 before.
    pub fn unix_ms(&self) -> u64 {
        u64::try_from(self.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
    }

    /// The time as [`Seed::counted`](munadi_domain::id::Seed::counted) wants it: milliseconds since 1970 times 4096, and larger each
    /// time, also when the clock stands still or goes back. What is made later so sorts later, too.
    pub fn tick(&self) -> u64 {
        let now = self.unix_ms() << 12;
        let next = |last: u64| now.max(last.saturating_add(1));
        let last = self.last_tick.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        next(last.unwrap_or_else(|last| last))
    }

    /// Time since `start` that never goes back, for measuring; a standing clock counts from 1970 instead.
    pub fn since(&self, start: std::time::Instant) -> std::time::Duration {
        match &self.standing {
            Some(_) => std::time::Duration::from_millis(self.unix_ms()),
            None => start.elapsed(),
        }
    }

    /// Moves a standing clock; the machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Some(time) = &self.standing {
            *time.lock().unwrap_or_else(PoisonError::into_inner) += by;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_only_grow() {
        let clock = Clock::standing_at(OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(5));
        let same = clock.clone();
        let ticks = [clock.tick(), same.tick(), clock.tick()];
        assert_eq!(ticks, [5 << 12, (5 << 12) + 1, (5 << 12) + 2]);
        clock.advance(Duration::milliseconds(-3));
        assert_eq!(clock.tick(), (5 << 12) + 3);
        clock.advance(Duration::milliseconds(10));
        assert_eq!(same.tick(), 12 << 12);
    }
}
