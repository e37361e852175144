//! The metrics of this crate, each named once.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const PUBLISHED: &str = "munadi_broker_published_total";
const CONFIRMED: &str = "munadi_broker_confirmed_total";
const RETURNED: &str = "munadi_broker_returned_total";
const REFUSED: &str = "munadi_broker_refused_total";
const UNKNOWN: &str = "munadi_broker_outcome_unknown_total";
const CONSUMED: &str = "munadi_broker_consumed_total";
const IN_FLIGHT: &str = "munadi_broker_in_flight";
const RECONNECTS: &str = "munadi_broker_reconnects_total";
const GAPS: &str = "munadi_broker_live_gaps_total";
const MESSAGES: &str = "munadi_broker_queue_messages";
const CONSUMERS: &str = "munadi_broker_queue_consumers";
const CANARY_AGE: &str = "munadi_canary_age_seconds";
const CANARY_SEEN: &str = "munadi_canary_last_seen_timestamp_seconds";

/// Gives the metrics their units and texts. Call it once, after the recorder is in place.
pub fn describe_metrics() {
    describe_counter!(PUBLISHED, "Messages handed to RabbitMQ, by route");
    describe_counter!(CONFIRMED, "Messages RabbitMQ confirmed to have, by route");
    describe_counter!(RETURNED, "Messages RabbitMQ had no queue for, by route");
    describe_counter!(REFUSED, "Messages RabbitMQ refused, by route");
    describe_counter!(UNKNOWN, "Messages that may or may not have arrived, and are sent again");
    describe_counter!(CONSUMED, "Messages handled, by queue and by what became of them");
    describe_gauge!(IN_FLIGHT, "Messages being handled, by queue");
    describe_counter!(RECONNECTS, "Connections to RabbitMQ that were lost or refused, by purpose");
    describe_counter!(GAPS, "Times a live feed may have missed something");
    describe_gauge!(MESSAGES, "Messages ready in a queue when it was last looked at");
    describe_gauge!(CONSUMERS, "Consumers of a queue when it was last looked at");
    describe_histogram!(CANARY_AGE, Unit::Seconds, "How long a canary took to cross its queue");
    describe_gauge!(CANARY_SEEN, Unit::Seconds, "When a canary last came out of its queue, since 1970");
}

pub(crate) fn published(route: &str) {
    counter!(PUBLISHED, "route" => route.to_owned()).increment(1);
}

pub(crate) fn confirmed(route: &str) {
    counter!(CONFIRMED, "route" => route.to_owned()).increment(1);
}

pub(crate) fn returned(route: &str) {
    counter!(RETURNED, "route" => route.to_owned()).increment(1);
}

pub(crate) fn refused(route: &str) {
    counter!(REFUSED, "route" => route.to_owned()).increment(1);
}

pub(crate) fn outcome_unknown(messages: usize) {
    counter!(UNKNOWN).increment(u64::try_from(messages).unwrap_or(u64::MAX));
}

pub(crate) fn consumed(queue: &str, became: &'static str) {
    counter!(CONSUMED, "queue" => queue.to_owned(), "became" => became).increment(1);
}

pub(crate) fn reconnecting(purpose: &str) {
    counter!(RECONNECTS, "purpose" => purpose.to_owned()).increment(1);
}

pub(crate) fn gap() {
    counter!(GAPS).increment(1);
}

pub(crate) fn queue_seen(queue: &str, messages: u32, consumers: u32) {
    gauge!(MESSAGES, "queue" => queue.to_owned()).set(f64::from(messages));
    gauge!(CONSUMERS, "queue" => queue.to_owned()).set(f64::from(consumers));
}

pub(crate) fn canary_seen(queue: &str, made_unix_ms: u64, now_unix_ms: u64) {
    // A clock that runs behind the publisher's must not make an age below zero.
    let age = Duration::from_millis(now_unix_ms.saturating_sub(made_unix_ms));
    histogram!(CANARY_AGE, "queue" => queue.to_owned()).record(age.as_secs_f64());
    gauge!(CANARY_SEEN, "queue" => queue.to_owned()).set(Duration::from_millis(now_unix_ms).as_secs_f64());
}

/// Counts a message as being handled until it is dropped.
pub(crate) struct InFlight(String);

impl InFlight {
    pub(crate) fn begin(queue: String) -> Self {
        gauge!(IN_FLIGHT, "queue" => queue.clone()).increment(1.0);
        Self(queue)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT, "queue" => std::mem::take(&mut self.0)).decrement(1.0);
    }
}
