//! Routine traffic makes room while emergency traffic is under way in the same process.

use std::time::Duration;

use munadi_domain::message::Lane;
use tokio::{sync::watch, time::timeout};

/// How long one routine message stands back at most. Some of them go on even in a long emergency, so that a push service which hangs
/// cannot stop everything else.
const PATIENCE: Duration = Duration::from_secs(2);

/// What both lanes pass through.
#[derive(Debug)]
pub(crate) struct Gate {
    emergencies: watch::Sender<usize>,
}

/// A batch under way.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    gate: &'a Gate,
    lane: Lane,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { emergencies: watch::Sender::new(0) }
    }

    /// A batch of this lane begins; it ends when the passage is dropped.
    pub(crate) fn enter(&self, lane: Lane) -> Passage<'_> {
        if lane == Lane::Emergency {
            self.emergencies.send_modify(|count| *count += 1);
        }
        Passage { gate: self, lane }
    }
}

impl Passage<'_> {
    /// Waits for one message's turn: at once for an emergency, else until no emergency batch is under way, but never for long.
    pub(crate) async fn turn(&self) {
        if self.lane == Lane::Emergency || *self.gate.emergencies.borrow() == 0 {
            return;
        }
        let mut emergencies = self.gate.emergencies.subscribe();
        // Neither a time-out nor an end of the gate, which lives as long as `self`, changes what to do.
        let _ = timeout(PATIENCE, emergencies.wait_for(|count| *count == 0)).await;
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if self.lane == Lane::Emergency {
            self.gate.emergencies.send_modify(|count| *count -= 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn routine_waits_for_emergencies_and_nobody_waits_for_routine() {
        let gate = Gate::new();
        let routine = gate.enter(Lane::Routine);
        assert!(routine.turn().now_or_never().is_some());
        let (one, two) = (gate.enter(Lane::Emergency), gate.enter(Lane::Emergency));
        assert!(one.turn().now_or_never().is_some());
        let mut turn = Box::pin(routine.turn());
        assert!((&mut turn).now_or_never().is_none());
        drop(one);
        assert!((&mut turn).now_or_never().is_none());
        drop(two);
        assert!((&mut turn).now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn routine_does_not_starve() {
        let gate = Gate::new();
        let _emergency = gate.enter(Lane::Emergency);
        let started = tokio::time::Instant::now();
        gate.enter(Lane::Routine).turn().await;
        assert_eq!(started.elapsed(), PATIENCE);
    }
}
