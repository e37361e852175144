//! One limit and everyone who is held to it.

use std::{
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, Reference as _},
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{
        StateStore,
        keyed::{DashMapStateStore, ShrinkableKeyedStateStore as _},
    },
};

use super::{Decision, Purpose, Rate};
use crate::clock::Clock;

/// The most subjects of one limit: about 100 bytes each.
const MOST_SUBJECTS: usize = 200_000;
/// When a stranger may try again who was refused because the table is full.
const CROWDED: Duration = Duration::from_secs(30);

/// Time as governor wants it.
#[derive(Debug, Clone)]
struct Ticks {
    clock: Clock,
    start: Instant,
}

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.clock.since(self.start).into()
    }
}

/// The states, shared so that a table can be asked who is in it.
struct States<K>(Arc<DashMapStateStore<K>>);

impl<K: Hash + Eq + Clone> StateStore for States<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.measure_and_replace(key, f)
    }
}

pub(super) struct Table<K: Hash + Eq + Clone> {
    states: Arc<DashMapStateStore<K>>,
    limiter: RateLimiter<K, States<K>, Ticks, StateInformationMiddleware>,
    ticks: Ticks,
    start: Nanos,
    quota: Quota,
}

impl<K: Hash + Eq + Clone> Table<K> {
    pub(super) fn new(rate: Rate, clock: &Clock) -> Self {
        let ticks = Ticks { clock: clock.clone(), start: Instant::now() };
        let states = Arc::new(DashMapStateStore::default());
        let quota = Quota::per_minute(rate.per_minute).allow_burst(rate.burst);
        let limiter = RateLimiter::new(quota, States(states.clone()), ticks.clone());
        Self { states, limiter, start: ticks.now(), ticks, quota }
    }

    /// Counts a request; if it is one too many, says when to come again.
    pub(super) fn check(&self, key: &K, purpose: Purpose) -> Result<Decision, Duration> {
        if self.states.len() >= MOST_SUBJECTS && !self.states.contains_key(key) {
            return match purpose {
                Purpose::Send => Err(CROWDED),
                Purpose::Read => Ok(self.decision(0)),
            };
        }
        match self.limiter.check_key(key) {
            Ok(snapshot) => Ok(self.decision(snapshot.remaining_burst_capacity())),
            Err(until) => Err(until.wait_time_from(self.ticks.now())),
        }
    }

    /// What the subject has left now. It counts as no request, and nobody is remembered for it.
    pub(super) fn look(&self, key: &K) -> Decision {
        let burst = self.quota.burst_size().get();
        if !self.states.contains_key(key) {
            return self.decision(burst);
        }
        // Gives back the state in place of a new one, so that nothing changes.
        let until = self.states.measure_and_replace(key, Err::<((), Nanos), _>).err().flatten();
        let passed = self.ticks.now().duration_since(self.start);
        let used = until.unwrap_or(passed).saturating_sub(passed).as_u64();
        let each = Nanos::from(self.quota.replenish_interval()).as_u64().max(1);
        self.decision(burst.saturating_sub(u32::try_from(used.div_ceil(each)).unwrap_or(u32::MAX)))
    }

    fn decision(&self, remaining: u32) -> Decision {
        let limit = self.quota.burst_size().get();
        let reset = self.quota.replenish_interval() * limit.saturating_sub(remaining);
        Decision { limit, remaining, reset }
    }

    /// Forgets whoever has everything left: a state is as good as none when its time has passed.
    pub(super) fn sweep(&self) {
        let interval = Nanos::from(self.quota.replenish_interval());
        self.states.retain_recent(self.ticks.now().duration_since(self.start).saturating_sub(interval));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.states.len()
    }
}
