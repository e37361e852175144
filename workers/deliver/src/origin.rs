//! What is known about each push service: how many messages are on their way to it, whether it asked us to wait, and whether it
//! refuses what we send.
//!
//! One stranger must not be able to keep messages from everyone else. A subscription can be made so that its push service refuses our
//! messages to it (with somebody else's key) or asks to be sparing with it. So a single such answer concerns that subscription alone, and
//! the push service as a whole is judged by several in a row without a success between them. A stopped push service is tried again with
//! one message a minute, so that a wrong judgment heals.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use munadi_domain::message::Lane;
use munadi_store::delivery::OriginRow;
use time::{Duration, OffsetDateTime};
use tokio::sync::Semaphore;

use crate::outcome::Outcome;

/// Refusals in a row after which a push service is stopped.
const REFUSALS: u32 = 20;
/// Requests to wait in a row after which a push service as a whole is left alone.
const WAITS: u32 = 3;
/// Failures in a row (no connection, no answer, an answer that says it is out of order) after which a push service gets a rest: each
/// of them may hold a slot until its time is over, and others wait for slots.
const FAILURES: u32 = 20;
const REST: Duration = Duration::seconds(5);
/// How often a stopped push service is tried again.
const PROBE: Duration = Duration::MINUTE;
/// Hosts may be invented under an allowed suffix; what is unremarkable is forgotten beyond this many.
const REMEMBERED: usize = 1_024;

/// The push services.
#[derive(Debug)]
pub(crate) struct Origins {
    states: Mutex<HashMap<Box<str>, State>>,
    in_flight: usize,
}

#[derive(Debug)]
struct State {
    slots: Slots,
    paused_until: Option<OffsetDateTime>,
    stopped: Option<Stopped>,
    refusals: u32,
    waits: u32,
    failures: u32,
}

/// Places for messages on their way: those of one lane are never taken by the other.
#[derive(Debug)]
struct Slots {
    emergency: Arc<Semaphore>,
    routine: Arc<Semaphore>,
}

#[derive(Debug)]
struct Stopped {
    next_probe: OffsetDateTime,
    /// Whether the database knows; if it then says otherwise, an operator resumed it.
    stored: bool,
}

/// Whether a message may be sent now.
#[derive(Debug)]
pub(crate) enum Admission {
    /// Yes, holding one of these slots.
    Go(Arc<Semaphore>),
    /// Not before this time.
    Wait(OffsetDateTime),
}

/// What an answer changed about its push service as a whole, to be written down with the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It asked us to wait, or is out of order.
    Paused(OffsetDateTime),
    /// It refuses what we send.
    Stopped,
    /// It takes messages again.
    Resumed,
}

impl Origins {
    /// At most `in_flight` messages of each lane are on their way to one push service.
    pub(crate) fn new(in_flight: usize) -> Self {
        Self { states: Mutex::default(), in_flight: in_flight.max(1) }
    }

    /// Learns what the database knows, from other processes, from before a restart, and from the operator.
    pub(crate) fn learn(&self, rows: &[OriginRow], now: OffsetDateTime) {
        let mut states = self.states();
        for (origin, state) in states.iter_mut() {
            let stopped = rows.iter().any(|row| *row.origin == **origin && row.stopped_at.is_some());
            if !stopped && state.stopped.as_ref().is_some_and(|stopped| stopped.stored) {
                state.stopped = None;
                state.refusals = 0;
            }
        }
        for row in rows {
            let remarkable = row.stopped_at.is_some() || row.paused_until.is_some_and(|until| until > now);
            if !remarkable {
                continue;
            }
            let state = states.entry(row.origin.as_str().into()).or_insert_with(|| State::new(self.in_flight));
            state.paused_until = state.paused_until.max(row.paused_until);
            if row.stopped_at.is_some() {
                state.stopped.get_or_insert(Stopped { next_probe: now, stored: true }).stored = true;
            }
        }
    }

    /// Whether a message may be sent to a push service now. A stopped one admits one message a minute.
    pub(crate) fn admit(&self, origin: &str, lane: Lane, now: OffsetDateTime) -> Admission {
        let mut states = self.states();
        if states.len() >= REMEMBERED && !states.contains_key(origin) {
            let in_flight = self.in_flight;
            states.retain(|_, state| state.is_remarkable(in_flight, now));
        }
        let state = states.entry(origin.into()).or_insert_with(|| State::new(self.in_flight));
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            return Admission::Wait(until);
        }
        if let Some(stopped) = &mut state.stopped {
            if stopped.next_probe > now {
                return Admission::Wait(stopped.next_probe);
            }
            stopped.next_probe = now + PROBE;
        }
        Admission::Go(state.slots.of(lane))
    }

    /// Judges a push service by one more answer.
    pub(crate) fn judge(&self, origin: &str, outcome: Outcome, now: OffsetDateTime) -> Option<Change> {
        let mut states = self.states();
        let state = states.get_mut(origin)?;
        match outcome {
            Outcome::Sent => state.succeeded(),
            Outcome::Wait(time) => state.asked_to_wait(now + time),
            Outcome::Rejected => state.refused(now),
            Outcome::Retry => state.failed(now),
            // It says nothing about the rest.
            Outcome::Gone => None,
        }
    }

    /// Whether the push service is stopped.
    pub(crate) fn is_stopped(&self, origin: &str) -> bool {
        self.states().get(origin).is_some_and(|state| state.stopped.is_some())
    }

    /// The database knows now that it is stopped.
    pub(crate) fn stored(&self, origin: &str) {
        if let Some(stopped) = self.states().get_mut(origin).and_then(|state| state.stopped.as_mut()) {
            stopped.stored = true;
        }
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Box<str>, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn new(in_flight: usize) -> Self {
        let slots = || Arc::new(Semaphore::new(in_flight));
        Self { emergency: slots(), routine: slots() }
    }

    fn of(&self, lane: Lane) -> Arc<Semaphore> {
        match lane {
            Lane::Emergency => Arc::clone(&self.emergency),
            Lane::Routine => Arc::clone(&self.routine),
        }
    }

    fn in_use(&self, in_flight: usize) -> bool {
        [&self.emergency, &self.routine].iter().any(|slots| slots.available_permits() < in_flight)
    }
}

impl State {
    fn new(in_flight: usize) -> Self {
        Self { slots: Slots::new(in_flight), paused_until: None, stopped: None, refusals: 0, waits: 0, failures: 0 }
    }

    fn is_remarkable(&self, in_flight: usize, now: OffsetDateTime) -> bool {
        let paused = self.paused_until.is_some_and(|until| until > now);
        let busy = self.slots.in_use(in_flight);
        paused || busy || self.stopped.is_some() || self.refusals + self.waits + self.failures > 0
    }

    fn succeeded(&mut self) -> Option<Change> {
        (self.refusals, self.waits, self.failures) = (0, 0, 0);
        self.stopped.take().map(|_| Change::Resumed)
    }

    fn asked_to_wait(&mut self, until: OffsetDateTime) -> Option<Change> {
        self.waits = self.waits.saturating_add(1);
        if self.waits < WAITS { None } else { self.pause(until) }
    }

    /// After the rest one more failure is enough for another; only a success ends this.
    fn failed(&mut self, now: OffsetDateTime) -> Option<Change> {
        self.failures = self.failures.saturating_add(1);
        if self.failures < FAILURES { None } else { self.pause(now + REST) }
    }

    fn pause(&mut self, until: OffsetDateTime) -> Option<Change> {
        if self.paused_until.is_some_and(|known| known >= until) {
            return None;
        }
        self.paused_until = Some(until);
        Some(Change::Paused(until))
    }

    fn refused(&mut self, now: OffsetDateTime) -> Option<Change> {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals < REFUSALS || self.stopped.is_some() {
            return None;
        }
        self.stopped = Some(Stopped { next_probe: now + PROBE, stored: false });
        Some(Change::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-31 08:00 UTC);
    const ORIGIN: &str = "https://push.example.org";

    fn wait(seconds: u64) -> Outcome {
        Outcome::Wait(std::time::Duration::from_secs(seconds))
    }

    fn answer(origins: &Origins, outcome: Outcome) -> Option<Change> {
        origins.admit(ORIGIN, Lane::Routine, NOW);
        origins.judge(ORIGIN, outcome, NOW)
    }

    fn goes(origins: &Origins, now: OffsetDateTime) -> bool {
        matches!(origins.admit(ORIGIN, Lane::Routine, now), Admission::Go(_))
    }

    fn row(paused_until: Option<OffsetDateTime>, stopped_at: Option<OffsetDateTime>) -> OriginRow {
        OriginRow { origin: ORIGIN.to_owned(), paused_until, stopped_at, stopped_reason: None }
    }

    proptest! {
        /// However a stranger mixes refusals in: as long as others succeed, nobody is stopped or paused.
        #[test]
        fn single_subscriptions_never_stop_the_rest(answers in prop::collection::vec(prop_oneof![Just(Outcome::Rejected), Just(wait(300)), Just(Outcome::Retry), Just(Outcome::Gone)], 0..200)) {
            let origins = Origins::new(1);
            for pair in answers.chunks(2) {
                for outcome in pair {
                    prop_assert_eq!(answer(&origins, *outcome), None);
                }
                answer(&origins, Outcome::Sent);
                prop_assert!(goes(&origins, NOW));
            }
        }
    }

    #[test]
    fn refusals_in_a_row_stop_it_once() {
        let origins = Origins::new(1);
        let changes: Vec<_> = (0..REFUSALS + 5).filter_map(|_| answer(&origins, Outcome::Rejected)).collect();
        assert_eq!(changes, [Change::Stopped]);
        assert!(origins.is_stopped(ORIGIN) && !goes(&origins, NOW));
    }

    #[test]
    fn stopped_one_is_probed_and_heals() {
        let origins = Origins::new(1);
        for _ in 0..REFUSALS {
            answer(&origins, Outcome::Rejected);
        }
        let later = NOW + PROBE;
        assert!(goes(&origins, later) && !goes(&origins, later), "one message a minute");
        assert_eq!(origins.judge(ORIGIN, Outcome::Rejected, later), None);
        assert!(goes(&origins, later + PROBE));
        assert_eq!(origins.judge(ORIGIN, Outcome::Sent, later + PROBE), Some(Change::Resumed));
        assert!(goes(&origins, later + PROBE));
    }

    #[test]
    fn waits_in_a_row_pause_it_until_the_latest_time() {
        let origins = Origins::new(1);
        assert_eq!([answer(&origins, wait(9)), answer(&origins, wait(9))], [None, None]);
        assert_eq!(answer(&origins, wait(60)), Some(Change::Paused(NOW + Duration::MINUTE)));
        // An answer that was on its way already asks for less.
        assert_eq!(origins.judge(ORIGIN, wait(9), NOW), None);
        assert!(!goes(&origins, NOW + Duration::seconds(59)) && goes(&origins, NOW + Duration::MINUTE));
    }

    #[test]
    fn service_out_of_order_rests_until_a_success() {
        let origins = Origins::new(1);
        let changes: Vec<_> = (0..FAILURES).filter_map(|_| answer(&origins, Outcome::Retry)).collect();
        assert_eq!(changes, [Change::Paused(NOW + REST)]);
        let later = NOW + REST;
        assert!(!goes(&origins, NOW) && goes(&origins, later));
        assert_eq!(origins.judge(ORIGIN, Outcome::Retry, later), Some(Change::Paused(later + REST)));
        origins.judge(ORIGIN, Outcome::Sent, later + REST);
        assert_eq!(origins.judge(ORIGIN, Outcome::Retry, later + REST), None);
    }

    #[test]
    fn database_and_operator_are_heard() {
        let origins = Origins::new(1);
        origins.learn(&[row(Some(NOW + Duration::MINUTE), None)], NOW);
        assert!(!goes(&origins, NOW));
        let later = NOW + Duration::HOUR;
        origins.learn(&[row(None, Some(NOW))], later);
        assert!(goes(&origins, later) && !goes(&origins, later), "stopped elsewhere: probed here");
        origins.learn(&[row(None, None)], later);
        assert!(goes(&origins, later) && goes(&origins, later), "resumed by the operator");
    }

    #[test]
    fn what_was_stopped_here_stays_so_until_it_is_stored() {
        let origins = Origins::new(1);
        for _ in 0..REFUSALS {
            answer(&origins, Outcome::Rejected);
        }
        origins.learn(&[], NOW);
        assert!(origins.is_stopped(ORIGIN));
        origins.stored(ORIGIN);
        origins.learn(&[], NOW);
        assert!(!origins.is_stopped(ORIGIN));
    }

    #[test]
    fn emergencies_never_wait_for_the_slots_of_routine_messages() {
        let origins = Origins::new(1);
        let Admission::Go(routine) = origins.admit(ORIGIN, Lane::Routine, NOW) else {
            panic!("nothing is wrong with it")
        };
        let _taken = routine.try_acquire().unwrap();
        let Admission::Go(emergency) = origins.admit(ORIGIN, Lane::Emergency, NOW) else {
            panic!("nothing is wrong with it")
        };
        assert!(routine.try_acquire().is_err() && emergency.try_acquire().is_ok());
    }

    #[test]
    fn invented_hosts_are_forgotten() {
        let origins = Origins::new(1);
        for _ in 0..REFUSALS {
            answer(&origins, Outcome::Rejected);
        }
        for host in 0..5_000 {
            origins.admit(&format!("https://{host}.example.org"), Lane::Routine, NOW);
        }
        assert!(origins.states().len() <= REMEMBERED && origins.is_stopped(ORIGIN));
    }
}
