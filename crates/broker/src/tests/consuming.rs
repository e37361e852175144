use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use munadi_domain::message::{Lane, Message, Route, Rung};
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{
    proxy::Proxy,
    rig::{NOW, Rig, id, message, outgoing, soon, until},
};
use crate::{Broker, Canary, Consumer, Delivery, Disposition, PublishOutcome, Queue, Topology};

const QUEUE: Queue = Queue::FanOut(Lane::Routine);
const ROUTE: Route = Route::FanOut(Lane::Routine);

/// A consumer whose messages the test takes one by one and answers when it likes.
struct Bench {
    shutdown: CancellationToken,
    task: JoinSet<()>,
    seen: mpsc::UnboundedReceiver<(Delivery, tokio::sync::oneshot::Sender<Disposition>)>,
}

impl Bench {
    fn start(consumer: Consumer) -> Self {
        let (sender, seen) = mpsc::unbounded_channel();
        let shutdown = CancellationToken::new();
        let mut task = JoinSet::new();
        let token = shutdown.clone();
        task.spawn(async move {
            let handler = move |delivery: Delivery| {
                let (answer, answered) = tokio::sync::oneshot::channel();
                sender.send((delivery, answer)).unwrap();
                async move { answered.await.unwrap_or(Disposition::Again) }
            };
            consumer.run(token, handler).await;
        });
        Self { shutdown, task, seen }
    }

    async fn next(&mut self) -> (Delivery, tokio::sync::oneshot::Sender<Disposition>) {
        soon(self.seen.recv()).await.unwrap()
    }

    async fn stop(&mut self) {
        self.shutdown.cancel();
        soon(self.task.join_next()).await.unwrap().unwrap();
    }
}

fn consumer(broker: &Broker, prefetch: u16) -> Consumer {
    Consumer::new(broker, QUEUE, prefetch).with_grace(Duration::from_secs(5)).with_patience(Duration::ZERO)
}

#[tokio::test(flavor = "multi_thread")]
async fn message_is_gone_only_when_it_is_done() {
    let rig = Rig::new().await;
    rig.publish(ROUTE, 7).await;
    let mut bench = Bench::start(consumer(&rig.broker, 4));
    let (delivery, answer) = bench.next().await;
    assert_eq!((delivery.message, delivery.id, delivery.queue), (message(7), id(7), QUEUE));
    assert_eq!((delivery.redelivered, delivery.tried), (false, 0));
    assert_eq!(delivery.published_unix, Some(NOW / 1000));
    answer.send(Disposition::Done).unwrap();
    bench.stop().await;
    assert_eq!(rig.ready(QUEUE).await, 0);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_are_in_hand_than_the_prefetch_allows() {
    let rig = Rig::new().await;
    let batch: Vec<_> = (0..40).map(|number| outgoing(ROUTE, number)).collect();
    rig.publisher.publish_all(&batch).await.unwrap();
    let shutdown = CancellationToken::new();
    let (gate, started) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut task = JoinSet::new();
    task.spawn({
        let (consumer, token) = (consumer(&rig.broker, 3), shutdown.clone());
        let (gate, started) = (gate.clone(), started.clone());
        async move {
            let handler = move |_| {
                let gate = gate.clone();
                started.fetch_add(1, Ordering::SeqCst);
                async move {
                    gate.acquire().await.unwrap().forget();
                    Disposition::Done
                }
            };
            consumer.run(token, handler).await;
        }
    });
    for done in (0..40).step_by(5) {
        until(async || started.load(Ordering::SeqCst) == (done + 3).min(40)).await;
        assert_eq!(started.load(Ordering::SeqCst), (done + 3).min(40));
        gate.add_permits(5);
    }
    until(async || started.load(Ordering::SeqCst) == 40).await;
    shutdown.cancel();
    soon(task.join_next()).await.unwrap().unwrap();
    assert_eq!(rig.ready(QUEUE).await, 0);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_connection_the_same_message_comes_again() {
    let rig = Rig::new().await;
    let proxy = Proxy::start().await;
    rig.publish(ROUTE, 1).await;
    let mut bench = Bench::start(consumer(&rig.broker_at(proxy.url()), 4));
    let (first, late) = bench.next().await;
    proxy.cut();
    let (second, answer) = bench.next().await;
    assert_eq!((first.id, first.redelivered), (id(1), false));
    assert_eq!((second.id, second.redelivered), (id(1), true));
    late.send(Disposition::Done).unwrap();
    answer.send(Disposition::Done).unwrap();
    bench.stop().await;
    assert_eq!(rig.ready(QUEUE).await, 0);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_answer_never_acknowledges_on_the_new_connection() {
    let rig = Rig::new().await;
    let proxy = Proxy::start().await;
    rig.publish(ROUTE, 1).await;
    let mut bench = Bench::start(consumer(&rig.broker_at(proxy.url()), 4).with_grace(Duration::from_millis(500)));
    let (_, late) = bench.next().await;
    proxy.cut();
    // On the new channel the message has the same delivery tag as it had on the lost one.
    let (_, unanswered) = bench.next().await;
    late.send(Disposition::Done).unwrap();
    bench.stop().await;
    assert!(unanswered.is_closed());
    until(async || rig.ready(QUEUE).await == 1).await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_finishes_what_it_can_and_gives_back_the_rest() {
    let rig = Rig::new().await;
    let batch: Vec<_> = (0..6).map(|number| outgoing(ROUTE, number)).collect();
    rig.publisher.publish_all(&batch).await.unwrap();
    let mut bench = Bench::start(consumer(&rig.broker, 3).with_grace(Duration::from_millis(800)));
    let (_, finished) = bench.next().await;
    let (_, unfinished) = bench.next().await;
    let (_, also_unfinished) = bench.next().await;
    bench.shutdown.cancel();
    finished.send(Disposition::Done).unwrap();
    bench.stop().await;
    until(async || rig.ready(QUEUE).await == 5).await;
    assert!(unfinished.is_closed() && also_unfinished.is_closed());
    assert!(bench.seen.try_recv().is_err(), "a message was begun after the shutdown");
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_does_not_wait_for_a_handler_that_rests_between_two_tries() {
    let rig = Rig::new().await;
    rig.publish(ROUTE, 1).await;
    let patient = Consumer::new(&rig.broker, QUEUE, 1).with_patience(Duration::from_hours(1));
    let mut bench = Bench::start(patient.with_grace(Duration::from_hours(1)));
    for _ in 0..2 {
        bench.next().await.1.send(Disposition::Again).unwrap();
    }
    bench.stop().await;
    until(async || rig.ready(QUEUE).await == 1).await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn again_is_tried_again_here_and_is_not_counted_by_rabbitmq() {
    let rig = Rig::new().await;
    rig.publish(ROUTE, 1).await;
    let patient = consumer(&rig.broker, 1).with_patience(Duration::from_mins(1));
    let mut bench = Bench::start(patient);
    bench.next().await.1.send(Disposition::Again).unwrap();
    let (delivery, answer) = bench.next().await;
    assert_eq!((delivery.redelivered, delivery.tried), (false, 0));
    answer.send(Disposition::Done).unwrap();
    bench.stop().await;
    assert_eq!(rig.ready(QUEUE).await, 0);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panicking_handler_ends_neither_the_consumer_nor_the_message() {
    let rig = Rig::new().await;
    rig.publish(ROUTE, 1).await;
    let (calls, done) = (AtomicUsize::new(0), Arc::new(Notify::new()));
    let shutdown = CancellationToken::new();
    let handler = {
        let done = done.clone();
        move |_| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            let done = done.clone();
            async move {
                assert!(call > 0, "the first call fails");
                done.notify_one();
                Disposition::Done
            }
        }
    };
    let consumer = consumer(&rig.broker, 1);
    let stopping = async {
        soon(done.notified()).await;
        shutdown.cancel();
    };
    tokio::join!(consumer.run(shutdown.clone(), handler), stopping);
    assert_eq!(rig.ready(QUEUE).await, 0);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn message_comes_back_from_every_rung_of_the_ladder() {
    let rig = Rig::with(Topology::default().with_rests([50, 100, 150].map(Duration::from_millis))).await;
    let mut bench = Bench::start(Consumer::new(&rig.broker, Queue::Deliver(Lane::Emergency), 8));
    let mut expected = Vec::new();
    for (number, rung) in (0..).zip(Rung::ALL) {
        expected.push(rig.publish(Route::DeliverLater(Lane::Emergency, rung), number).await);
    }
    let mut back = Vec::new();
    for _ in Rung::ALL {
        let (delivery, answer) = bench.next().await;
        assert_eq!(delivery.queue, Queue::Deliver(Lane::Emergency));
        back.push(delivery.id);
        answer.send(Disposition::Done).unwrap();
    }
    back.sort();
    assert_eq!(back, expected);
    bench.stop().await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_that_vanishes_is_made_again() {
    let rig = Rig::new().await;
    let mut bench = Bench::start(consumer(&rig.broker, 1));
    rig.publish(ROUTE, 1).await;
    bench.next().await.1.send(Disposition::Done).unwrap();
    rig.delete_queue(QUEUE).await;
    let confirmed = async || {
        let outcomes = rig.publisher.publish_all(&[outgoing(ROUTE, 2)]).await;
        outcomes.is_ok_and(|outcomes| outcomes == [PublishOutcome::Confirmed])
    };
    until(confirmed).await;
    bench.next().await.1.send(Disposition::Done).unwrap();
    bench.stop().await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn canary_crosses_the_lane_and_no_handler_sees_it() {
    let rig = Rig::new().await;
    let emergency = Queue::FanOut(Lane::Emergency);
    let mut bench = Bench::start(Consumer::new(&rig.broker, emergency, 4));
    let states = async || rig.broker.inspect().await.unwrap();
    until(async || states().await.iter().any(|state| state.load.is_some_and(|load| load.consumers == 1))).await;
    let shutdown = CancellationToken::new();
    let canary = Canary::new(&rig.broker, Duration::from_millis(20));
    let made = AtomicUsize::new(0);
    let new_id = || {
        made.fetch_add(1, Ordering::SeqCst);
        id(99)
    };
    let stopping = async {
        until(async || made.load(Ordering::SeqCst) > 5).await;
        shutdown.cancel();
    };
    tokio::join!(canary.run(&shutdown, new_id), stopping);
    rig.publish(Route::FanOut(Lane::Emergency), 1).await;
    let (delivery, answer) = bench.next().await;
    assert!(!matches!(delivery.message, Message::CanaryV1 { .. }));
    answer.send(Disposition::Done).unwrap();
    bench.stop().await;
    assert_eq!(rig.ready(emergency).await, 0);
    assert_eq!(rig.ready(Queue::Deliver(Lane::Emergency)).await, 0, "nobody consumes there, so no canary may be sent");
    rig.clean().await;
}
