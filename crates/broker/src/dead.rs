//! The dead letters: read out of their queue by a keeper, who stores them where an operator can look at them.

use std::{future::Future, sync::Arc, time::Duration};

use futures_util::FutureExt;
use lapin::types::{AMQPValue, FieldTable};
use munadi_domain::{
    id::MessageId,
    message::{Message, Route},
};
use tokio_util::sync::CancellationToken;

use crate::{
    connection::Broker,
    consume::{Consumer, Disposition},
    envelope::{DIED_AT, DIED_IN, DIED_OF, Raw, Unreadable, field, number, text},
    topology::{Queue, Topology},
};

const PREFETCH: u16 = 20;

/// A message that could not be handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The message's own id, if it has one. The same letter can come twice, with the same id.
    pub id: Option<MessageId>,
    /// The queue it died in, as RabbitMQ names it.
    pub original_queue: String,
    /// Where to send it for another try, if its queue is one of ours.
    pub route: Option<Route>,
    /// Why: a handler's own words, or RabbitMQ's (`delivery_limit`, `rejected`, `expired`, `maxlen`).
    pub reason: String,
    /// How often it died there, counted by RabbitMQ; 1 if a handler buried it.
    pub deaths: u64,
    /// When, in seconds since 1970.
    pub died_unix: Option<u64>,
    /// When it was published, in seconds since 1970.
    pub published_unix: Option<u64>,
    /// What it says, or what is left of it.
    pub message: Result<Message, Unreadable>,
}

/// What the keeper did with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is stored, and leaves the queue.
    Yes,
    /// It could not be stored now. It is shown again later, and never thrown away.
    NotYet,
}

/// Reads the dead letters.
pub struct DeadLetters {
    broker: Broker,
    consumer: Consumer,
}

impl DeadLetters {
    /// Nothing is connected yet.
    pub fn new(broker: &Broker) -> Self {
        Self { broker: broker.clone(), consumer: Consumer::new(broker, Queue::Dead, PREFETCH) }
    }

    /// With another time for which one letter is shown again without going back to RabbitMQ. Usually 2 minutes.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { consumer: self.consumer.with_patience(patience), ..self }
    }

    /// Shows each letter to the keeper until the shutdown, over as many connections as it takes.
    pub async fn run<H, F>(&self, shutdown: CancellationToken, keeper: H)
    where
        H: Fn(DeadLetter) -> F + Send + Sync + 'static,
        F: Future<Output = Kept> + Send + 'static,
    {
        let broker = self.broker.clone();
        let work = move |raw: Arc<Raw>| {
            let keeping = keeper(DeadLetter::read(broker.topology(), &raw));
            keeping
                .map(|kept| match kept {
                    Kept::Yes => Disposition::Done,
                    Kept::NotYet => Disposition::Again,
                })
                .boxed()
        };
        self.consumer.run_raw(shutdown, Arc::new(work)).await;
    }
}

impl DeadLetter {
    fn read(topology: &Topology, raw: &Raw) -> Self {
        let death = Death::own(raw).or_else(|| Death::by_rabbitmq(raw)).unwrap_or_default();
        Self {
            id: raw.id(),
            route: topology.queue_named(&death.queue).and_then(Queue::route),
            original_queue: death.queue,
            reason: death.reason,
            deaths: death.count,
            died_unix: death.unix,
            published_unix: raw.published_unix(),
            message: raw.message(),
        }
    }
}

#[derive(Default)]
struct Death {
    queue: String,
    reason: String,
    count: u64,
    unix: Option<u64>,
}

impl Death {
    /// As our own consumers write it.
    fn own(raw: &Raw) -> Option<Self> {
        Some(Self {
            queue: raw.header(DIED_IN).and_then(text)?,
            reason: raw.header(DIED_OF).and_then(text)?,
            count: 1,
            unix: raw.header(DIED_AT).and_then(number),
        })
    }

    /// As RabbitMQ writes it: one entry per queue and reason, the latest first.
    fn by_rabbitmq(raw: &Raw) -> Option<Self> {
        let AMQPValue::FieldArray(deaths) = raw.header("x-death")? else { return None };
        let AMQPValue::FieldTable(latest) = deaths.as_slice().first()? else { return None };
        let said = |name| text_field(latest, name);
        Some(Self {
            queue: said("queue")?,
            reason: said("reason")?,
            count: field(latest, "count").and_then(number).unwrap_or(1),
            unix: field(latest, "time").and_then(number),
        })
    }
}

fn text_field(table: &FieldTable, name: &str) -> Option<String> {
    field(table, name).and_then(text)
}
