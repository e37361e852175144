//! How long to wait before the next try.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Doubling pauses with jitter: a broker that comes back is not met by all its clients at the same moment.
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    tries: u32,
    // Keyed at random by the process; jitter needs no better randomness.
    jitter: RandomState,
}

impl Backoff {
    /// For new connections: from 0.2 s to 15 s.
    pub fn for_connections() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(15))
    }

    /// From `first` to `longest`, doubling.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, tries: 0, jitter: RandomState::new() }
    }

    /// The next pause: between half of it and all of it, by chance.
    pub fn pause(&mut self) -> Duration {
        let whole = doubled(self.first, self.tries).min(self.longest);
        let share = self.jitter.hash_one(self.tries);
        self.tries = self.tries.saturating_add(1);
        jittered(whole, share)
    }

    /// Starts again from the shortest pause: the last try worked.
    pub fn reset(&mut self) {
        self.tries = 0;
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX))
}

/// Between half of the pause and all of it.
fn jittered(whole: Duration, share: u64) -> Duration {
    let half = whole / 2;
    let thousandth = u32::try_from(share % 1001).unwrap_or(0);
    half + half * thousandth / 1000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pause_lies_between_half_and_all(milliseconds in 0_u64..100_000, share: u64) {
            let whole = Duration::from_millis(milliseconds);
            let pause = jittered(whole, share);
            prop_assert!(pause >= whole / 2 && pause <= whole);
        }

        #[test]
        fn pauses_grow_to_the_longest_and_stay(tries in 7_u32..200) {
            let mut backoff = Backoff { tries, ..Backoff::for_connections() };
            prop_assert!(backoff.pause() >= Duration::from_millis(7500));
            prop_assert!(backoff.pause() <= Duration::from_secs(15));
        }
    }

    #[test]
    fn success_starts_again_from_the_shortest() {
        let mut backoff = Backoff::for_connections();
        for _ in 0..9 {
            backoff.pause();
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_millis(200));
    }
}
