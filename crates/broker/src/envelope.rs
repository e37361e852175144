//! How a message is written into RabbitMQ and read out of it.

use aws_lc_rs::digest::{SHA256, digest};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, LongString, ShortString},
};
use munadi_domain::{
    id::MessageId,
    message::{Message, Route},
};

use crate::{
    error::BrokerError,
    topology::{Exchange, Queue, Topology},
};

/// The headers of a message which we ourselves put among the dead letters.
pub(crate) const DIED_IN: &str = "munadi-died-in";
pub(crate) const DIED_OF: &str = "munadi-died-of";
pub(crate) const DIED_AT: &str = "munadi-died-at";

const PERSISTENT: u8 = 2;
const TRANSIENT: u8 = 1;
/// How much of an unreadable message is shown to an operator.
const BEGINNING: usize = 64;

/// A message ready to be published.
pub(crate) struct Letter {
    pub(crate) exchange: ShortString,
    pub(crate) key: ShortString,
    pub(crate) mandatory: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
}

impl Letter {
    pub(crate) fn new(
        topology: &Topology,
        (route, id, message): &(Route, MessageId, Message),
        now_unix_ms: u64,
    ) -> Result<Self, BrokerError> {
        let value = serde_json::to_value(message)?;
        let kind = value.get("type").and_then(|kind| kind.as_str()).unwrap_or_default();
        let queue = queue_of(*route);
        let (exchange, key) = match queue {
            Some(queue) => (Exchange::Work, queue.key()),
            None => (Exchange::Live, String::new()),
        };
        Ok(Self {
            exchange: topology.exchange_name(exchange).into(),
            key: key.into(),
            // Nobody need be listening live.
            mandatory: queue.is_some(),
            properties: BasicProperties::default()
                .with_content_type("application/json".into())
                .with_delivery_mode(if queue.is_some() { PERSISTENT } else { TRANSIENT })
                .with_message_id(id.to_string().into())
                .with_timestamp(now_unix_ms / 1000)
                .with_type(kind.into()),
            body: serde_json::to_vec(&value)?,
        })
    }

    /// A copy for the dead letters that says why, which RabbitMQ's own dead-lettering cannot.
    pub(crate) fn dead(topology: &Topology, raw: &Raw, reason: &str, now_unix_ms: u64) -> Self {
        let mut headers = raw.properties.headers().clone().unwrap_or_default();
        headers.insert(DIED_IN.into(), long(&topology.queue_name(raw.queue)));
        headers.insert(DIED_OF.into(), long(reason));
        headers.insert(DIED_AT.into(), AMQPValue::Timestamp(now_unix_ms / 1000));
        Self {
            exchange: topology.exchange_name(Exchange::Dead).into(),
            key: raw.queue.key().into(),
            mandatory: true,
            properties: raw.properties.clone().with_headers(headers).with_delivery_mode(PERSISTENT),
            body: raw.body.clone(),
        }
    }

    /// The label in metrics.
    pub(crate) fn route(&self) -> &str {
        if self.key.as_str().is_empty() { "live" } else { self.key.as_str() }
    }
}

/// The queue a route leads to; the live route leads to no queue of ours.
pub(crate) const fn queue_of(route: Route) -> Option<Queue> {
    match route {
        Route::FanOut(lane) => Some(Queue::FanOut(lane)),
        Route::Deliver(lane) => Some(Queue::Deliver(lane)),
        Route::DeliverLater(lane, rung) => Some(Queue::Rest(lane, rung)),
        Route::Live => None,
    }
}

fn long(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) queue: Queue,
    pub(crate) redelivered: bool,
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn id(&self) -> Option<MessageId> {
        self.properties.message_id().as_ref()?.as_str().parse().ok()
    }

    /// When it was published, in seconds since 1970, if it says so.
    pub(crate) fn published_unix(&self) -> Option<u64> {
        *self.properties.timestamp()
    }

    /// How often RabbitMQ counted it as tried in vain.
    pub(crate) fn delivery_count(&self) -> u64 {
        self.header("x-delivery-count").and_then(number).unwrap_or(0)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&AMQPValue> {
        self.properties.headers().as_ref().and_then(|headers| field(headers, name))
    }

    pub(crate) fn message(&self) -> Result<Message, Unreadable> {
        read(&self.body)
    }
}

/// Reads a message. What is wrong with one that cannot be read is not said: the parser's words repeat what it read.
pub(crate) fn read(body: &[u8]) -> Result<Message, Unreadable> {
    serde_json::from_slice(body).map_err(|_| Unreadable::new(body))
}

/// What is kept of a message that is none of ours: enough to recognize it, not enough to leak it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The SHA-256 of the whole body, in hexadecimal.
    pub sha256: String,
    /// How many bytes it has.
    pub length: usize,
    /// Its first bytes, at most 64, with everything that is no printable ASCII escaped.
    pub beginning: String,
}

impl Unreadable {
    fn new(body: &[u8]) -> Self {
        let sha256 = hexadecimal(digest(&SHA256, body).as_ref());
        let beginning =
            body.iter().take(BEGINNING).copied().flat_map(std::ascii::escape_default).map(char::from).collect();
        Self { sha256, length: body.len(), beginning }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// An entry of a table of headers.
pub(crate) fn field<'a>(table: &'a FieldTable, name: &str) -> Option<&'a AMQPValue> {
    table.inner().get(name)
}

/// A number of any of AMQP's kinds, if it is not below zero.
pub(crate) fn number(value: &AMQPValue) -> Option<u64> {
    match value {
        AMQPValue::ShortShortInt(number) => u64::try_from(*number).ok(),
        AMQPValue::ShortShortUInt(number) => Some(u64::from(*number)),
        AMQPValue::ShortInt(number) => u64::try_from(*number).ok(),
        AMQPValue::ShortUInt(number) => Some(u64::from(*number)),
        AMQPValue::LongInt(number) => u64::try_from(*number).ok(),
        AMQPValue::LongUInt(number) => Some(u64::from(*number)),
        AMQPValue::LongLongInt(number) => u64::try_from(*number).ok(),
        AMQPValue::Timestamp(number) => Some(*number),
        _ => None,
    }
}

/// A text of either of AMQP's kinds, with what is no UTF-8 replaced.
pub(crate) fn text(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => Some(String::from_utf8_lossy(text.as_bytes()).into_owned()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use munadi_domain::{
        id::Seed,
        message::{Lane, Rung},
    };

    use super::*;

    fn letter(route: Route) -> Letter {
        let id = MessageId::new(Seed { unix_ms: 1, random: 2 });
        Letter::new(&Topology::default(), &(route, id, Message::CanaryV1 { made_unix_ms: 7 }), 9_999).unwrap()
    }

    #[test]
    fn letter_carries_what_a_reader_needs() {
        let letter = letter(Route::DeliverLater(Lane::Routine, Rung::Seconds30));
        assert_eq!((letter.exchange.as_str(), letter.key.as_str()), ("munadi", "deliver.routine.retry.30s"));
        assert_eq!(letter.body, br#"{"made_unix_ms":7,"type":"canary.v1"}"#);
        let properties = &letter.properties;
        assert_eq!(properties.kind().as_ref().unwrap().as_str(), "canary.v1");
        assert_eq!(*properties.timestamp(), Some(9));
        assert_eq!(*properties.delivery_mode(), Some(PERSISTENT));
        assert!(properties.message_id().as_ref().unwrap().as_str().starts_with("msg_"));
    }

    #[test]
    fn only_the_live_route_may_find_nobody() {
        assert!(!letter(Route::Live).mandatory);
        for queue in Queue::all() {
            if let Some(route) = queue.route() {
                assert!(letter(route).mandatory);
                assert_eq!(queue_of(route), Some(queue));
            }
        }
    }

    #[test]
    fn unreadable_message_is_recognizable_and_harmless() {
        let unreadable = Unreadable::new(b"\x1b[31m{\"a\":\n\xff");
        assert_eq!(unreadable.beginning, r#"\x1b[31m{\"a\":\n\xff"#);
        assert_eq!(unreadable.length, 12);
        assert_eq!(Unreadable::new(b"").sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(Unreadable::new(&[b'a'; 900]).beginning.len(), BEGINNING);
    }
}
