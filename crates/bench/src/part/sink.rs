//! A push service, and what it counted.

use std::{collections::BTreeMap, time::Instant};

use anyhow::Result;
use munadi_push_sink::{Counts, Sink, SinkConfig, Totals};
use serde::{Deserialize, Serialize};

use super::{say, unix_seconds, words};

/// Where it is, and whom to trust there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) origin: String,
    pub(crate) root_pem: String,
}

/// Everything that was counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) accepted: u64,
    pub(crate) faults: u64,
    pub(crate) connections: u64,
    /// Messages beyond the first of their topic and subscription.
    pub(crate) doubles: u64,
    pub(crate) first_fault: Option<String>,
    /// What arrived, by topic.
    pub(crate) topics: BTreeMap<String, Arrivals>,
}

/// What arrived under one topic.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Arrivals {
    pub(crate) subscriptions: usize,
    /// When the first message came, in seconds since 1970.
    pub(crate) first: f64,
    /// When the last message came.
    pub(crate) last: f64,
}

/// Serves until its input ends. Answers `totals` cheaply, anything else with all it knows.
pub(super) async fn run() -> Result<()> {
    let sink = Sink::start(SinkConfig::default()).await?;
    let origin = sink.origin().replace("127.0.0.1", "localhost");
    let root_pem = sink.root_certificate_pem().unwrap_or_default().to_owned();
    say(&Address { origin, root_pem })?;
    let mut words = words();
    while let Some(word) = words.next_line().await? {
        let report = if word == "totals" { brief(&sink.totals()) } else { full(&sink.counts()) };
        say(&report)?;
    }
    sink.stop().await;
    Ok(())
}

fn brief(totals: &Totals) -> Report {
    Report { accepted: totals.accepted, faults: totals.faults, connections: totals.connections, ..Report::default() }
}

fn full(counts: &Counts) -> Report {
    let (now, here) = (unix_seconds(), Instant::now());
    let at = |then: Instant| now - here.duration_since(then).as_secs_f64();
    let topics = counts.topics.iter().map(|(name, topic)| {
        let subscriptions = topic.by_subscription.len();
        (name.clone(), Arrivals { subscriptions, first: at(topic.first), last: at(topic.last) })
    });
    Report {
        doubles: counts.doubles(),
        first_fault: counts.faults.first().map(|fault| fault.reason.to_string()),
        topics: topics.collect(),
        ..brief(&counts.totals)
    }
}
