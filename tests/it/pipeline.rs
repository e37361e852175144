//! The whole way of a notice inside one process: outbox, relay, RabbitMQ, fan-out, delivery, and the retry ladder.

use std::{
    collections::HashSet,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use munadi_broker::{Broker, BrokerConfig, Topology};
use munadi_domain::{delivery::Outcome, id::NoticeId};
use munadi_push_sink::Behavior;
use munadi_testkit::people::id;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::delivery::{Post, deliverer};

/// Queues of a test's own, in which nothing rests for long.
struct Queues {
    broker: Broker,
}

impl Queues {
    async fn new(post: &Post) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var("AMQP_URL").expect("AMQP_URL names no RabbitMQ; `./test` starts one and sets it");
        let clock = post.town.world.clock.clone();
        let prefix = format!("p{}-{}-{}.", std::process::id(), clock.unix_ms(), COUNT.fetch_add(1, Ordering::Relaxed));
        let topology = Topology::default().with_prefix(&prefix).unwrap().with_rests([Duration::from_millis(20); 3]);
        let config = BrokerConfig::new(url.parse().unwrap(), Arc::new(move || clock.unix_ms()));
        let broker = Broker::new(BrokerConfig { topology, ..config });
        broker.declare_topology().await.unwrap();
        Self { broker }
    }

    /// Everything between the outbox and the batches.
    fn start_sorting(&self, post: &Post, workers: &mut JoinSet<()>, shutdown: &CancellationToken) {
        let (core, broker) = (post.town.world.core.clone(), self.broker.clone());
        let clock = core.clock.clone();
        let relay = munadi_relay::Context {
            store: core.store.clone(),
            broker: broker.clone(),
            clock: Arc::new(move || clock.unix_ms()),
        };
        workers.spawn(munadi_relay::run(relay, shutdown.clone()));
        workers.spawn(munadi_fanout::run(munadi_fanout::Context { core, broker }, shutdown.clone()));
    }

    fn start_delivery(&self, post: &Post, shutdown: &CancellationToken) -> JoinSet<()> {
        let mut workers = JoinSet::new();
        workers.spawn(munadi_deliver::run(deliverer(&post.town), self.broker.clone(), shutdown.clone()));
        workers
    }
}

async fn finished(post: &Post, notice: NoticeId) {
    let look = async || post.town.world.core.store.broadcast_figures(notice).await.unwrap();
    soon(async {
        while look().await.is_none_or(|figures| figures.finished_at.is_none()) {
            // tidy: waits for the broadcast to be finished
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

async fn soon<T>(something: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), something).await.expect("it did not happen")
}

/// Every third citizen's first message fails.
fn first_fails() -> impl Fn(u64) -> Behavior + Send + Sync + 'static {
    let seen = Mutex::new(HashSet::new());
    move |citizen| {
        if citizen % 3 == 0 && seen.lock().unwrap().insert(citizen) { Behavior::Status(502) } else { Behavior::Accept }
    }
}

#[tokio::test]
async fn published_notice_reaches_everybody_once() {
    let post = Post::new(1_200, first_fails()).await;
    let queues = Queues::new(&post).await;
    let (mut workers, shutdown) = (JoinSet::new(), CancellationToken::new());
    queues.start_sorting(&post, &mut workers, &shutdown);
    let mut delivery = queues.start_delivery(&post, &shutdown);
    let notice = post.town.published().await;
    finished(&post, id(&notice)).await;
    shutdown.cancel();
    soon(async { while workers.join_next().await.is_some() || delivery.join_next().await.is_some() {} }).await;
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 1_200)].into());
    let counts = post.sink.counts();
    assert_eq!(
        (counts.totals.accepted, counts.totals.declined, counts.totals.faults, counts.doubles()),
        (1_200, 400, 0, 0)
    );
    queues.broker.remove_topology().await.unwrap();
}

#[tokio::test]
async fn worker_that_dies_is_followed_by_one_that_goes_on() {
    let post = Post::new(1_200, |_| Behavior::Accept).await;
    let queues = Queues::new(&post).await;
    let (mut workers, shutdown) = (JoinSet::new(), CancellationToken::new());
    queues.start_sorting(&post, &mut workers, &shutdown);
    let mut delivery = queues.start_delivery(&post, &shutdown);
    let notice = post.town.published().await;
    soon(post.sink.wait_for(100)).await;
    // Dropped where it stands, with its connections: nothing is acknowledged, nothing is written down.
    delivery.shutdown().await;
    let _delivery = queues.start_delivery(&post, &shutdown);
    finished(&post, id(&notice)).await;
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 1_200)].into());
    let counts = post.sink.counts();
    assert_eq!(
        counts.topics.values().map(|topic| topic.by_subscription.len()).sum::<usize>(),
        1_200,
        "nobody is forgotten"
    );
    shutdown.cancel();
    soon(async { while workers.join_next().await.is_some() {} }).await;
    queues.broker.remove_topology().await.unwrap();
}
