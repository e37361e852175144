//! What arrived, and what was wrong with what did not.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use hyper::HeaderMap;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    Fault,
    check::{Envelope, Reason},
};

/// Faults beyond this number are counted, not kept.
const FAULTS_KEPT: usize = 1_000;

/// How many requests were answered in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Correct requests that were answered 201.
    pub accepted: u64,
    /// Correct requests that were answered otherwise, as the sink was told to.
    pub declined: u64,
    /// Requests that were refused because something is wrong with them.
    pub faults: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// Connections that are open now.
    pub open: u64,
}

/// What arrived under one topic.
#[derive(Debug, Clone)]
pub struct Arrivals {
    /// When the first message arrived.
    pub first: Instant,
    /// When the last message arrived.
    pub last: Instant,
    /// How many messages arrived.
    pub messages: u64,
    /// How many of them by subscription.
    pub by_subscription: HashMap<u64, u32>,
}

/// Everything that was counted until a moment.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// All requests.
    pub totals: Totals,
    /// What arrived, by `Topic` header; empty for messages without one.
    pub topics: HashMap<String, Arrivals>,
    /// The first thousand refused requests.
    pub faults: Vec<Fault>,
}

impl Counts {
    /// How many messages of a topic arrived for a subscription.
    pub fn received(&self, topic: &str, subscription: u64) -> u32 {
        self.topics.get(topic).and_then(|topic| topic.by_subscription.get(&subscription)).copied().unwrap_or(0)
    }

    /// How many subscriptions a topic reached.
    pub fn reached(&self, topic: &str) -> usize {
        self.topics.get(topic).map_or(0, |topic| topic.by_subscription.len())
    }

    /// How many messages arrived beyond the first of their topic and subscription.
    pub fn doubles(&self) -> u64 {
        let beyond = |topic: &Arrivals| topic.messages - topic.by_subscription.len() as u64;
        self.topics.values().map(beyond).sum()
    }

    fn to_json(&self, start: Instant) -> Value {
        let topics: serde_json::Map<String, Value> =
            self.topics.iter().map(|(name, topic)| (name.clone(), topic.to_json(start))).collect();
        let mut reasons: HashMap<Reason, u64> = HashMap::new();
        for fault in &self.faults {
            *reasons.entry(fault.reason).or_default() += 1;
        }
        let reasons: serde_json::Map<String, Value> =
            reasons.into_iter().map(|(reason, count)| (reason.to_string(), count.into())).collect();
        json!({
            "accepted": self.totals.accepted,
            "declined": self.totals.declined,
            "faults": self.totals.faults,
            "connections": self.totals.connections,
            "doubles": self.doubles(),
            "topics": topics,
            "first_faults_by_reason": reasons,
        })
    }
}

impl Arrivals {
    fn new(at: Instant) -> Self {
        Self { first: at, last: at, messages: 0, by_subscription: HashMap::new() }
    }

    fn to_json(&self, start: Instant) -> Value {
        let since = |at: Instant| at.duration_since(start).as_secs_f64();
        json!({
            "messages": self.messages,
            "subscriptions": self.by_subscription.len(),
            "first_s": since(self.first),
            "last_s": since(self.last),
        })
    }
}

/// A message that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The subscription it was sent to.
    pub subscription: u64,
    /// All headers, those below among them.
    pub headers: HeaderMap,
    /// The `TTL` header, in seconds.
    pub ttl: u32,
    /// The `Urgency` header; `normal` if there was none.
    pub urgency: String,
    /// The `Topic` header; empty if there was none.
    pub topic: String,
    /// The `Authorization` header.
    pub authorization: String,
    /// The encrypted body.
    pub body: Vec<u8>,
}

impl Captured {
    pub(crate) fn new(subscription: u64, envelope: &Envelope, headers: &HeaderMap, body: &[u8]) -> Self {
        Self {
            subscription,
            headers: headers.clone(),
            ttl: envelope.ttl,
            urgency: envelope.urgency.clone(),
            topic: envelope.topic.clone(),
            authorization: envelope.authorization.clone(),
            body: body.to_vec(),
        }
    }
}

#[derive(Default)]
struct Kept {
    counts: Counts,
    captured: Vec<Captured>,
}

/// A connection that is counted as open.
pub(crate) struct OpenConnection<'a>(&'a Recorder);

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        let mut kept = self.0.kept();
        kept.counts.totals.open -= 1;
        self.0.announce(&kept);
    }
}

/// Counts what a sink does; all its connections share it.
pub(crate) struct Recorder {
    start: Instant,
    kept: Mutex<Kept>,
    /// Tells those who wait that a request was answered.
    totals: watch::Sender<Totals>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), kept: Mutex::default(), totals: watch::Sender::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn accepted(&self, subscription: u64, topic: String, captured: Option<Captured>) {
        let now = Instant::now();
        let mut kept = self.kept();
        let arrivals = kept.counts.topics.entry(topic).or_insert_with(|| Arrivals::new(now));
        arrivals.last = now;
        arrivals.messages += 1;
        *arrivals.by_subscription.entry(subscription).or_default() += 1;
        kept.captured.extend(captured);
        kept.counts.totals.accepted += 1;
        self.announce(&kept);
    }

    pub(crate) fn declined(&self) {
        let mut kept = self.kept();
        kept.counts.totals.declined += 1;
        self.announce(&kept);
    }

    pub(crate) fn fault(&self, fault: Fault) {
        let mut kept = self.kept();
        if kept.counts.faults.len() < FAULTS_KEPT {
            kept.counts.faults.push(fault);
        }
        kept.counts.totals.faults += 1;
        self.announce(&kept);
    }

    /// Counts a connection for as long as the answer lives.
    pub(crate) fn connection(&self) -> OpenConnection<'_> {
        let mut kept = self.kept();
        kept.counts.totals.connections += 1;
        kept.counts.totals.open += 1;
        self.announce(&kept);
        OpenConnection(self)
    }

    fn announce(&self, kept: &Kept) {
        self.totals.send_replace(kept.counts.totals);
    }

    pub(crate) fn totals(&self) -> watch::Receiver<Totals> {
        self.totals.subscribe()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.kept().counts.clone()
    }

    pub(crate) fn captured(&self) -> Vec<Captured> {
        self.kept().captured.clone()
    }

    pub(crate) fn to_json(&self) -> Value {
        self.kept().counts.to_json(self.start)
    }
}
