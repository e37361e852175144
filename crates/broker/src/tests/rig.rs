//! What every test needs: a broker with names of its own, messages, and a way to wait for things.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use lapin::{
    options::{BasicPublishOptions, QueueDeleteOptions},
    types::FieldTable,
};
use munadi_domain::{
    id::{MessageId, NoticeId, Seed},
    message::{Message, Route},
};

use crate::{
    Broker, BrokerConfig, BrokerUrl, DeadLetter, DeadLetters, Kept, Outgoing, PublishOutcome, Publisher, Queue,
    Topology,
};

/// The time of all tests, in milliseconds since 1970.
pub(super) const NOW: u64 = 1_800_000_000_000;
/// How long a test waits for something before it fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn address() -> BrokerUrl {
    let url = std::env::var("AMQP_URL").expect("AMQP_URL names no RabbitMQ; `./test` starts one and sets it");
    url.parse().unwrap()
}

pub(super) fn config(topology: Topology) -> BrokerConfig {
    BrokerConfig {
        name: "munadi test".to_owned(),
        topology,
        answer_limit: Duration::from_secs(10),
        ..BrokerConfig::new(address(), Arc::new(|| NOW))
    }
}

/// Names that no other test and no other run of this test uses.
pub(super) fn own_names(topology: Topology) -> Topology {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let started = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    topology.with_prefix(&format!("t{}-{started:x}-{run}.", std::process::id())).unwrap()
}

pub(super) struct Rig {
    pub(super) broker: Broker,
    pub(super) publisher: Publisher,
}

impl Rig {
    pub(super) async fn new() -> Self {
        Self::with(Topology::default()).await
    }

    pub(super) async fn with(topology: Topology) -> Self {
        let broker = Broker::new(config(own_names(topology)));
        broker.declare_topology().await.unwrap();
        Self { publisher: Publisher::new(&broker, "test"), broker }
    }

    /// The same broker by another way.
    pub(super) fn broker_at(&self, url: BrokerUrl) -> Broker {
        Broker::new(BrokerConfig { url, ..config(self.broker.topology().clone()) })
    }

    pub(super) async fn publish(&self, route: Route, number: u64) -> MessageId {
        let outgoing = outgoing(route, number);
        assert_eq!(self.publisher.publish_all(&[outgoing]).await.unwrap(), [PublishOutcome::Confirmed]);
        id(number)
    }

    /// Publishes bytes that are no message.
    pub(super) async fn publish_bytes(&self, queue: Queue, body: &[u8]) {
        let session = self.broker.open_bare("test").await.unwrap();
        session.confirm().await.unwrap();
        let name = self.broker.topology().queue_name(queue);
        let properties = lapin::BasicProperties::default();
        let publishing =
            session.channel.basic_publish("".into(), name.into(), BasicPublishOptions::default(), body, properties);
        assert!(publishing.await.unwrap().await.unwrap().is_ack());
        session.close().await;
    }

    /// How many messages are ready in the queue.
    pub(super) async fn ready(&self, queue: Queue) -> u32 {
        let states = self.broker.inspect().await.unwrap();
        states.into_iter().find(|state| state.queue == queue).unwrap().load.unwrap().messages
    }

    pub(super) async fn delete_queue(&self, queue: Queue) {
        let session = self.broker.open_bare("test").await.unwrap();
        let name = self.broker.topology().queue_name(queue);
        session.channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.unwrap();
        session.close().await;
    }

    /// Declares a queue with settings that are not ours.
    pub(super) async fn declare_foreign(&self, queue: Queue) {
        let session = self.broker.open_bare("test").await.unwrap();
        let name = self.broker.topology().queue_name(queue);
        let options = lapin::options::QueueDeclareOptions::durable();
        session.channel.queue_declare(name.into(), options, FieldTable::default()).await.unwrap();
        session.close().await;
    }

    /// The first dead letter.
    pub(super) async fn dead_letter(&self) -> DeadLetter {
        let (sender, mut letters) = tokio::sync::mpsc::unbounded_channel();
        let reader = DeadLetters::new(&self.broker);
        let shutdown = tokio_util::sync::CancellationToken::new();
        let reading = reader.run(shutdown.clone(), move |letter| {
            let _ = sender.send(letter);
            std::future::ready(Kept::Yes)
        });
        let taking = async {
            let letter = soon(letters.recv()).await.unwrap();
            shutdown.cancel();
            letter
        };
        tokio::join!(reading, taking).1
    }

    pub(super) async fn clean(self) {
        self.broker.remove_topology().await.unwrap();
    }
}

pub(super) fn id(number: u64) -> MessageId {
    MessageId::new(Seed { unix_ms: number, random: u128::from(number) })
}

pub(super) fn message(number: u64) -> Message {
    Message::FanOutV1 { notice: NoticeId::new(Seed { unix_ms: number, random: 1 }) }
}

pub(super) fn outgoing(route: Route, number: u64) -> Outgoing {
    (route, id(number), message(number))
}

/// Waits for something that must happen.
pub(super) async fn soon<T>(something: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, something).await.expect("it did not happen")
}

/// Looks until it is so.
pub(super) async fn until<F: Future<Output = bool>>(mut it_is_so: impl FnMut() -> F) {
    soon(async {
        while !it_is_so().await {
            // tidy: waits for what the test asked for, and looks again
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}
