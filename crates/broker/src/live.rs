//! The live feed: every node hears every message on it, as long as it listens. What it misses is not kept for it.

use std::time::Duration;

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use lapin::{
    options::{BasicAckOptions, BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use munadi_domain::message::Message;

use crate::{
    backoff::Backoff,
    connection::{Broker, Session, within},
    envelope,
    error::BrokerError,
    measure,
    topology::Exchange,
};

const PURPOSE: &str = "live feed";
/// How many messages may wait in this process. The rest waits in RabbitMQ.
const PREFETCH: u16 = 256;

/// What comes out of the live feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// From here on everything is heard; what was said before may have been missed. Comes first, and after every lost connection.
    /// Whoever gets it reads from the database what happened since the last position it knows.
    Gap,
    /// A message.
    Message(Message),
}

impl Broker {
    /// Listens live. The stream connects when it is first polled, again after every failure, and never ends; dropping it ends the
    /// connection.
    pub fn live(&self) -> BoxStream<'static, LiveEvent> {
        // The future in progress belongs to the stream: whoever polls it in a `select!` cannot starve a connection in the making.
        stream::unfold(Feed::new(self), |mut feed| async move {
            let event = feed.next().await;
            Some((event, feed))
        })
        .boxed()
    }
}

struct Feed {
    broker: Broker,
    backoff: Backoff,
    pause: Duration,
    listening: Option<Listening>,
}

struct Listening {
    // Dropping it ends the connection.
    _session: Session,
    deliveries: lapin::Consumer,
}

impl Feed {
    fn new(broker: &Broker) -> Self {
        Self { broker: broker.clone(), backoff: Backoff::for_connections(), pause: Duration::ZERO, listening: None }
    }

    async fn next(&mut self) -> LiveEvent {
        loop {
            if let Some(event) = self.hear_or_connect().await {
                return event;
            }
        }
    }

    async fn hear_or_connect(&mut self) -> Option<LiveEvent> {
        let Some(listening) = &mut self.listening else {
            return self.connect().await;
        };
        match listening.deliveries.next().await {
            Some(Ok(delivery)) => {
                self.backoff.reset();
                let acked = delivery.acker.ack(BasicAckOptions::default());
                // Without it the message only fills the prefetch of a connection that is ending anyway.
                let _ = within(self.broker.answer_limit(), "acknowledging", acked).await;
                read(&delivery.data).map(LiveEvent::Message)
            }
            ended => {
                self.listening = None;
                let reason = ended.and_then(Result::err).map(|error| error.to_string());
                self.failed(&reason.unwrap_or_else(|| "RabbitMQ ended it".to_owned()));
                None
            }
        }
    }

    async fn connect(&mut self) -> Option<LiveEvent> {
        tokio::time::sleep(self.pause).await;
        match self.listen().await {
            Ok(listening) => {
                self.listening = Some(listening);
                measure::gap();
                Some(LiveEvent::Gap)
            }
            Err(error) => {
                self.failed(&error.chain());
                None
            }
        }
    }

    fn failed(&mut self, reason: &str) {
        self.pause = self.backoff.pause();
        measure::reconnecting(PURPOSE);
        tracing::warn!(reason, "the live feed is interrupted");
    }

    /// A queue that lives and dies with this connection.
    async fn listen(&self) -> Result<Listening, BrokerError> {
        let limit = self.broker.answer_limit();
        let session = self.broker.open(PURPOSE).await?;
        session.prefetch(PREFETCH).await?;
        let channel = &session.channel;
        let options = QueueDeclareOptions::exclusive().auto_delete();
        let declared = channel.queue_declare("".into(), options, FieldTable::default());
        let name = within(limit, "declaring the live queue", declared).await?.name().clone();
        let exchange = self.broker.topology().exchange_name(Exchange::Live).into();
        let bound =
            channel.queue_bind(name.clone(), exchange, "".into(), QueueBindOptions::default(), FieldTable::default());
        within(limit, "binding the live queue", bound).await?;
        let consumed = channel.basic_consume(name, "".into(), BasicConsumeOptions::default(), FieldTable::default());
        let deliveries = within(limit, "listening live", consumed).await?;
        Ok(Listening { _session: session, deliveries })
    }
}

fn read(body: &[u8]) -> Option<Message> {
    envelope::read(body)
        .inspect_err(|unreadable| {
            tracing::error!(sha256 = unreadable.sha256, "the live feed carries what is no message");
        })
        .ok()
}
