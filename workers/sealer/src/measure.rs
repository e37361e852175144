//! The metrics of the sealer, each named once.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const SEALED: &str = "munadi_sealer_sealed_total";
const ROUND: &str = "munadi_sealer_round_seconds";
const WORKING: &str = "munadi_sealer_working";
const REFUSES: &str = "munadi_sealer_refuses";
const SIZE: &str = "munadi_log_entries";
const UNSEALED: &str = "munadi_log_unsealed_events";
const OLDEST: &str = "munadi_log_unsealed_oldest_seconds";

/// Gives the metrics their units and texts. Call it once, after the recorder is in place.
pub fn describe_metrics() {
    describe_counter!(SEALED, "Events that were given their place in the log");
    describe_histogram!(ROUND, Unit::Seconds, "From looking for events to the published checkpoint that covers them");
    describe_gauge!(WORKING, "1 in the process that is the sealer, 0 in its copies");
    describe_gauge!(REFUSES, "1 while the sealer refuses to sign: its database is not the one that it last signed for");
    describe_gauge!(SIZE, "Entries that the published checkpoint covers");
    describe_gauge!(UNSEALED, "Events that wait for their place in the log");
    describe_gauge!(OLDEST, Unit::Seconds, "Age of the oldest event that waits for its place in the log");
}

pub(crate) fn sealed(entries: u64) {
    counter!(SEALED).increment(entries);
}

pub(crate) fn published(size: u64, took: Duration) {
    gauge!(SIZE).set(float(size));
    histogram!(ROUND).record(took.as_secs_f64());
}

pub(crate) fn waiting(events: u64, oldest: Duration) {
    gauge!(UNSEALED).set(float(events));
    gauge!(OLDEST).set(oldest.as_secs_f64());
}

pub(crate) fn refuses(refuses: bool) {
    gauge!(REFUSES).set(if refuses { 1.0 } else { 0.0 });
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; nobody looks at the last entry of 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

/// Shows this process as the sealer until it is dropped.
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
