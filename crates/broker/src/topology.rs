//! What exists in RabbitMQ, as data: from it come the declarations of each connection and the file an operator can import.
//!
//! Works from RabbitMQ 3.10 on. Each setting is there for a reason:
//!
//! - `x-queue-type=quorum`: survives the loss of a node, and counts how often a message was tried.
//! - `x-delivery-limit`, always said: 3.10 has no limit of its own, 4.x has 20, and drops what passes it if there is no dead-letter
//!   exchange.
//! - `x-dead-letter-strategy=at-least-once`, which works only with `x-overflow=reject-publish`: a message on its way from one queue
//!   to another is not lost when a node dies.
//! - Never `x-max-priority`: a quorum queue refuses it. Urgency is a lane of its own.

use std::time::Duration;

use munadi_domain::message::{Lane, Route, Rung};

use crate::error::BrokerError;

mod declare;
mod definitions;

/// How often a message is tried before it is a dead letter.
const DELIVERY_LIMIT: u32 = 20;
/// The dead letters themselves must never be dropped for having been tried too often, and only 4.x has a word for “no limit”.
const NO_LIMIT: u32 = 1_000_000_000;

/// The names and settings of everything we use in RabbitMQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    prefix: String,
    rests: [Duration; 3],
    delivery_limit: u32,
}

impl Default for Topology {
    /// As in production: no prefix, rests of 5 s, 30 s and 5 min, 20 tries.
    fn default() -> Self {
        Self {
            prefix: String::new(),
            rests: Rung::ALL.map(|rung| Duration::from_secs(u64::from(rung.seconds()))),
            delivery_limit: DELIVERY_LIMIT,
        }
    }
}

/// An exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Leads each message to the queue it names.
    Work,
    /// Leads everything to the dead letters.
    Dead,
    /// Leads everything to every node with open inboxes.
    Live,
}

impl Exchange {
    const ALL: [Self; 3] = [Self::Work, Self::Dead, Self::Live];

    const fn base_name(self) -> &'static str {
        match self {
            Self::Work => "munadi",
            Self::Dead => "munadi.dead",
            Self::Live => "live",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Work => "direct",
            Self::Dead | Self::Live => "fanout",
        }
    }
}

/// A queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Published notices that wait to be cut into batches.
    FanOut(Lane),
    /// Batches that wait to be sent.
    Deliver(Lane),
    /// Batches that rest before they are sent again. Nobody consumes here: RabbitMQ moves them on when their time is up.
    Rest(Lane, Rung),
    /// Messages that could not be handled.
    Dead,
}

impl Queue {
    /// All queues, in the order in which they are declared: what is led to exists before what leads there.
    pub fn all() -> Vec<Self> {
        let mut queues = vec![Self::Dead];
        queues.extend(Lane::ALL.map(Self::FanOut));
        queues.extend(Lane::ALL.map(Self::Deliver));
        for lane in Lane::ALL {
            queues.extend(Rung::ALL.map(|rung| Self::Rest(lane, rung)));
        }
        queues
    }

    /// The name without a prefix: the routing key that leads here, and the label in metrics.
    pub fn key(self) -> String {
        match self {
            Self::FanOut(lane) => format!("fanout.{}", lane.as_str()),
            Self::Deliver(lane) => format!("deliver.{}", lane.as_str()),
            Self::Rest(lane, rung) => format!("deliver.{}.retry.{}", lane.as_str(), rung.as_str()),
            Self::Dead => "dead".to_owned(),
        }
    }

    /// Where a message must be sent to come to this queue. Dead letters have no way in.
    pub const fn route(self) -> Option<Route> {
        match self {
            Self::FanOut(lane) => Some(Route::FanOut(lane)),
            Self::Deliver(lane) => Some(Route::Deliver(lane)),
            Self::Rest(lane, rung) => Some(Route::DeliverLater(lane, rung)),
            Self::Dead => None,
        }
    }
}

/// The value of a queue's argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A text.
    Text(String),
    /// A number.
    Number(u32),
}

/// A queue as it is declared. All are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSpec {
    /// Which one.
    pub queue: Queue,
    /// Its name, with the prefix.
    pub name: String,
    /// Its settings, by the names RabbitMQ has for them.
    pub arguments: Vec<(&'static str, Argument)>,
}

/// An exchange as it is declared. All are durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeSpec {
    /// Which one.
    pub exchange: Exchange,
    /// Its name, with the prefix.
    pub name: String,
    /// `direct` or `fanout`.
    pub kind: &'static str,
}

/// What leads from an exchange to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingSpec {
    /// The exchange's name.
    pub source: String,
    /// The queue's name.
    pub destination: String,
    /// The routing key.
    pub key: String,
}

impl Topology {
    /// The same under other names, so that several installations or tests can share a virtual host.
    pub fn with_prefix(self, prefix: &str) -> Result<Self, BrokerError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
        if prefix.len() > 64 || !prefix.bytes().all(allowed) {
            return Err(BrokerError::Prefix);
        }
        Ok(Self { prefix: prefix.to_owned(), ..self })
    }

    /// With other rests on the three rungs, so that a test need not wait for them.
    #[must_use]
    pub fn with_rests(self, rests: [Duration; 3]) -> Self {
        Self { rests, ..self }
    }

    /// With another number of tries before a message is dead.
    #[must_use]
    pub fn with_delivery_limit(self, delivery_limit: u32) -> Self {
        Self { delivery_limit, ..self }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A queue's name in RabbitMQ.
    pub fn queue_name(&self, queue: Queue) -> String {
        format!("{}{}", self.prefix, queue.key())
    }

    /// The queue with this name, if it is one of ours.
    pub fn queue_named(&self, name: &str) -> Option<Queue> {
        Queue::all().into_iter().find(|&queue| self.queue_name(queue) == name)
    }

    /// An exchange's name in RabbitMQ.
    pub fn exchange_name(&self, exchange: Exchange) -> String {
        format!("{}{}", self.prefix, exchange.base_name())
    }

    /// All exchanges.
    pub fn exchanges(&self) -> Vec<ExchangeSpec> {
        let spec =
            |exchange: Exchange| ExchangeSpec { exchange, name: self.exchange_name(exchange), kind: exchange.kind() };
        Exchange::ALL.map(spec).to_vec()
    }

    /// All queues, in the order in which they are declared.
    pub fn queues(&self) -> Vec<QueueSpec> {
        let spec = |queue| QueueSpec { queue, name: self.queue_name(queue), arguments: self.arguments(queue) };
        Queue::all().into_iter().map(spec).collect()
    }

    /// All bindings. Nodes with open inboxes bind their own queues to the live exchange.
    pub fn bindings(&self) -> Vec<BindingSpec> {
        let bind = |queue: Queue| {
            let exchange = if queue == Queue::Dead { Exchange::Dead } else { Exchange::Work };
            BindingSpec { source: self.exchange_name(exchange), destination: self.queue_name(queue), key: queue.key() }
        };
        Queue::all().into_iter().map(bind).collect()
    }

    fn arguments(&self, queue: Queue) -> Vec<(&'static str, Argument)> {
        let limit = if queue == Queue::Dead { NO_LIMIT } else { self.delivery_limit };
        let mut arguments = vec![text("x-queue-type", "quorum"), ("x-delivery-limit", Argument::Number(limit))];
        match queue {
            Queue::Dead => {}
            // Without a routing key of its own a dead letter keeps the one it came with.
            Queue::FanOut(_) | Queue::Deliver(_) => arguments.extend(self.moves_on(Exchange::Dead)),
            Queue::Rest(lane, rung) => {
                arguments.extend(self.moves_on(Exchange::Work));
                arguments.push(text("x-dead-letter-routing-key", &Queue::Deliver(lane).key()));
                arguments.push(("x-message-ttl", Argument::Number(self.rest_ms(rung))));
            }
        }
        arguments
    }

    fn moves_on(&self, to: Exchange) -> [(&'static str, Argument); 3] {
        [
            ("x-dead-letter-exchange", Argument::Text(self.exchange_name(to))),
            text("x-dead-letter-strategy", "at-least-once"),
            text("x-overflow", "reject-publish"),
        ]
    }

    fn rest_ms(&self, rung: Rung) -> u32 {
        let rest = match rung {
            Rung::Seconds5 => self.rests[0],
            Rung::Seconds30 => self.rests[1],
            Rung::Minutes5 => self.rests[2],
        };
        u32::try_from(rest.as_millis()).unwrap_or(u32::MAX)
    }
}

fn text(name: &'static str, value: &str) -> (&'static str, Argument) {
    (name, Argument::Text(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_documented_ones() {
        let names: Vec<_> = Topology::default().queues().into_iter().map(|spec| spec.name).collect();
        let expected = [
            "dead",
            "fanout.emergency",
            "fanout.routine",
            "deliver.emergency",
            "deliver.routine",
            "deliver.emergency.retry.5s",
            "deliver.emergency.retry.30s",
            "deliver.emergency.retry.5m",
            "deliver.routine.retry.5s",
            "deliver.routine.retry.30s",
            "deliver.routine.retry.5m",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn prefix_is_in_front_of_every_name() {
        let topology = Topology::default().with_prefix("t1.").unwrap();
        assert!(topology.queues().iter().all(|spec| spec.name.starts_with("t1.")));
        assert!(topology.exchanges().iter().all(|spec| spec.name.starts_with("t1.")));
        for spec in topology.queues() {
            assert_eq!(topology.queue_named(&spec.name), Some(spec.queue));
            let leads_to = spec.arguments.iter().find(|(name, _)| *name == "x-dead-letter-exchange");
            if let Some((_, Argument::Text(exchange))) = leads_to {
                assert!(topology.exchanges().iter().any(|known| known.name == *exchange), "{exchange}");
            }
        }
        assert!(Topology::default().with_prefix("ü").is_err());
        assert!(Topology::default().with_prefix(&"a".repeat(65)).is_err());
    }

    #[test]
    fn whatever_can_die_goes_somewhere_safely() {
        for spec in Topology::default().queues() {
            let has = |name: &str, value: &str| spec.arguments.contains(&text_of(name, value));
            assert!(has("x-queue-type", "quorum"), "{}", spec.name);
            assert!(spec.arguments.iter().any(|(name, _)| *name == "x-delivery-limit"), "{}", spec.name);
            let safe = has("x-dead-letter-strategy", "at-least-once") && has("x-overflow", "reject-publish");
            assert_eq!(safe, spec.queue != Queue::Dead, "{}", spec.name);
        }
    }

    fn text_of(name: &str, value: &str) -> (&'static str, Argument) {
        let names = ["x-queue-type", "x-dead-letter-strategy", "x-overflow"];
        (names.into_iter().find(|known| *known == name).unwrap(), Argument::Text(value.to_owned()))
    }
}
