//! The metrics of the relay, each named once.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const MOVED: &str = "munadi_relay_moved_total";
const WAITED: &str = "munadi_relay_waited_seconds";
const WORKING: &str = "munadi_relay_working";
const LETTERS: &str = "munadi_outbox_letters";
const OLDEST: &str = "munadi_outbox_oldest_seconds";

/// Gives the metrics their units and texts. Call it once, after the recorder is in place.
pub fn describe_metrics() {
    describe_counter!(MOVED, "Letters moved from the outbox to RabbitMQ");
    describe_histogram!(WAITED, Unit::Seconds, "From a letter's transaction to its confirmation by RabbitMQ");
    describe_gauge!(WORKING, "1 in the process that is the relay, 0 in its copies");
    describe_gauge!(LETTERS, "Letters in the outbox");
    describe_gauge!(OLDEST, Unit::Seconds, "Age of the oldest letter in the outbox");
}

pub(crate) fn moved(waited: Duration) {
    counter!(MOVED).increment(1);
    histogram!(WAITED).record(waited.as_secs_f64());
}

pub(crate) fn depth(letters: u64, oldest: Duration) {
    gauge!(LETTERS).set(f64::from(u32::try_from(letters).unwrap_or(u32::MAX)));
    gauge!(OLDEST).set(oldest.as_secs_f64());
}

/// Shows this process as the relay until it is dropped.
pub(crate) struct Working;

impl Working {
    pub(crate) fn begin() -> Self {
        gauge!(WORKING).set(1.0);
        Self
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        gauge!(WORKING).set(0.0);
    }
}
