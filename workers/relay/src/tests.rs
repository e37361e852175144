//! Against a real PostgreSQL and a real RabbitMQ, named by `DATABASE_URL` and `AMQP_URL`.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use munadi_broker::{Broker, BrokerConfig, Consumer, Delivery, Disposition, Queue, Topology};
use munadi_domain::{
    id::{MessageId, NoticeId, Seed},
    message::{Lane, Message, Route},
};
use munadi_store::outbox::Letter;
use munadi_testkit::TestDatabase;
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::*;

const ROUTINE: Route = Route::FanOut(Lane::Routine);
const EMERGENCY: Route = Route::FanOut(Lane::Emergency);

struct Rig {
    database: TestDatabase,
    broker: Broker,
}

impl Rig {
    async fn new() -> Self {
        let url = std::env::var("AMQP_URL").expect("AMQP_URL names no RabbitMQ; `./test` starts one and sets it");
        let broker = broker(&url);
        broker.declare_topology().await.unwrap();
        Self { database: munadi_testkit::database().await, broker }
    }

    fn context(&self) -> Context {
        Context { store: self.database.store().clone(), broker: self.broker.clone(), clock: Arc::new(|| 0) }
    }

    async fn write(&self, letters: &[Letter]) {
        let mut tx = self.database.store().begin().await.unwrap();
        tx.enqueue(letters).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn waiting(&self) -> u64 {
        self.database.store().outbox_depth().await.unwrap().letters
    }

    async fn clean(self) {
        self.broker.remove_topology().await.unwrap();
    }
}

fn broker(url: &str) -> Broker {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let started = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let prefix = format!("r{}-{started:x}-{}.", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
    let topology = Topology::default().with_prefix(&prefix).unwrap();
    Broker::new(BrokerConfig { topology, ..BrokerConfig::new(url.parse().unwrap(), Arc::new(|| 0)) })
}

fn letter(route: Route, number: u64) -> Letter {
    let seed = Seed { unix_ms: number, random: u128::from(number) };
    (route, MessageId::new(seed), Message::FanOutV1 { notice: NoticeId::new(seed) })
}

async fn soon<T>(something: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), something).await.expect("it did not happen")
}

async fn until<F: Future<Output = bool>>(mut it_is_so: impl FnMut() -> F) {
    soon(async {
        while !it_is_so().await {
            // tidy: waits for what the test asked for, and looks again
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Something that runs until the test stops it.
struct Running {
    shutdown: CancellationToken,
    task: JoinSet<()>,
}

impl Running {
    fn start<F: Future<Output = ()> + Send + 'static>(work: impl FnOnce(CancellationToken) -> F) -> Self {
        let shutdown = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(work(shutdown.clone()));
        Self { shutdown, task }
    }

    async fn stop(&mut self) {
        self.shutdown.cancel();
        soon(self.task.join_next()).await.unwrap().unwrap();
    }

    async fn kill(mut self) {
        self.task.shutdown().await;
    }
}

/// Everything that comes out of the queue, as it comes.
fn listen(broker: &Broker, queue: Queue) -> (Running, mpsc::UnboundedReceiver<Delivery>) {
    let (sender, deliveries) = mpsc::unbounded_channel();
    let consumer = Consumer::new(broker, queue, 100);
    let running = Running::start(|shutdown| async move {
        let handler = move |delivery| {
            sender.send(delivery).unwrap();
            std::future::ready(Disposition::Done)
        };
        consumer.run(shutdown, handler).await;
    });
    (running, deliveries)
}

#[tokio::test(flavor = "multi_thread")]
async fn letter_of_a_committed_transaction_arrives_and_leaves_the_outbox() {
    let rig = Rig::new().await;
    let mut relay = Running::start(|shutdown| run(rig.context(), shutdown));
    let (mut consumer, mut deliveries) = listen(&rig.broker, Queue::FanOut(Lane::Routine));
    let mut tx = rig.database.store().begin().await.unwrap();
    tx.enqueue(&[letter(ROUTINE, 1)]).await.unwrap();
    drop(tx);
    rig.write(&[letter(ROUTINE, 2)]).await;
    let delivery = soon(deliveries.recv()).await.unwrap();
    let (_, id, message) = letter(ROUTINE, 2);
    assert_eq!((delivery.id, delivery.message), (id, message));
    until(async || rig.waiting().await == 0).await;
    assert!(deliveries.try_recv().is_err(), "the other transaction was not committed");
    relay.stop().await;
    consumer.stop().await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn emergency_letters_do_not_wait_behind_routine_ones() {
    let rig = Rig::new().await;
    let routine: Vec<_> = (0..1_200).map(|number| letter(ROUTINE, number)).collect();
    rig.write(&routine).await;
    rig.write(&[letter(EMERGENCY, 5_000)]).await;
    let first = rig.database.store().take_outbox(500).await.unwrap();
    assert_eq!(first[0].letter, letter(EMERGENCY, 5_000));
    let mut relay = Running::start(|shutdown| run(rig.context(), shutdown));
    until(async || rig.waiting().await == 0).await;
    relay.stop().await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_relays_and_another_takes_over_when_it_stops() {
    let rig = Rig::new().await;
    let store = rig.database.store().clone();
    let mut first = Running::start(|shutdown| run(rig.context(), shutdown));
    rig.write(&[letter(ROUTINE, 1)]).await;
    until(async || rig.waiting().await == 0).await;
    assert!(store.lock_relay().await.unwrap().is_none());
    let mut second = Running::start(|shutdown| run(rig.context(), shutdown));
    first.stop().await;
    rig.write(&[letter(ROUTINE, 2)]).await;
    until(async || rig.waiting().await == 0).await;
    second.stop().await;
    until(async || store.lock_relay().await.unwrap().is_some()).await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_that_is_killed_again_and_again_loses_nothing() {
    let rig = Rig::new().await;
    let (mut consumer, mut deliveries) = listen(&rig.broker, Queue::FanOut(Lane::Routine));
    let seen = Arc::new(Mutex::new(BTreeMap::<MessageId, u32>::new()));
    let counting = Running::start(|_| {
        let seen = seen.clone();
        async move {
            while let Some(delivery) = deliveries.recv().await {
                *seen.lock().unwrap().entry(delivery.id).or_default() += 1;
            }
        }
    });
    let letters: Vec<_> = (0..3_000).map(|number| letter(ROUTINE, number)).collect();
    rig.write(&letters).await;
    for left in [3_000, 2_500, 2_000, 1_500, 1_000, 500] {
        let relay = Running::start(|shutdown| run(rig.context(), shutdown));
        until(async || rig.waiting().await <= left).await;
        relay.kill().await;
    }
    let mut relay = Running::start(|shutdown| run(rig.context(), shutdown));
    until(async || rig.waiting().await == 0).await;
    until(async || seen.lock().unwrap().len() == letters.len()).await;
    relay.stop().await;
    consumer.stop().await;
    counting.kill().await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rabbitmq_letters_wait_and_the_lock_is_free() {
    let rig = Rig::new().await;
    let nowhere = Context { broker: broker("amqp://127.0.0.1:1/"), ..rig.context() };
    let mut blind = Running::start(|shutdown| run(nowhere, shutdown));
    rig.write(&[letter(ROUTINE, 1)]).await;
    // A relay that cannot publish gives one that can its turn.
    let mut relay = Running::start(|shutdown| run(rig.context(), shutdown));
    until(async || rig.waiting().await == 0).await;
    relay.stop().await;
    blind.stop().await;
    rig.clean().await;
}
