use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use munadi_domain::message::{Lane, Route};
use tokio_util::sync::CancellationToken;

use super::rig::{NOW, Rig, id, message, soon, until};
use crate::{Consumer, DeadLetters, Disposition, Kept, Queue, Topology};

const QUEUE: Queue = Queue::Deliver(Lane::Routine);
const ROUTE: Route = Route::Deliver(Lane::Routine);

/// Consumes with this answer to everything until the dead letters hold something.
async fn consume_until_dead(rig: &Rig, answer: Disposition) -> usize {
    let calls = Arc::new(AtomicUsize::new(0));
    let shutdown = CancellationToken::new();
    let handler = {
        let calls = calls.clone();
        move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            std::future::ready(answer.clone())
        }
    };
    let consumer = Consumer::new(&rig.broker, QUEUE, 2).with_patience(Duration::ZERO);
    let stopping = async {
        until(async || rig.ready(Queue::Dead).await == 1).await;
        shutdown.cancel();
    };
    soon(async { tokio::join!(consumer.run(shutdown.clone(), handler), stopping) }).await;
    calls.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread")]
async fn message_that_passed_the_limit_is_dead() {
    let rig = Rig::with(Topology::default().with_delivery_limit(2)).await;
    rig.publish(ROUTE, 1).await;
    let calls = consume_until_dead(&rig, Disposition::Again).await;
    assert_eq!(calls, 3, "once, and twice more");
    let letter = rig.dead_letter().await;
    assert_eq!((letter.id, letter.message), (Some(id(1)), Ok(message(1))));
    assert_eq!((letter.reason.as_str(), letter.deaths), ("delivery_limit", 1));
    assert_eq!(letter.original_queue, rig.broker.topology().queue_name(QUEUE));
    assert_eq!(letter.route, Some(ROUTE));
    assert!(letter.died_unix.is_some());
    assert_eq!(rig.ready(QUEUE).await, 0);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buried_message_says_why() {
    let rig = Rig::new().await;
    rig.publish(ROUTE, 1).await;
    let calls = consume_until_dead(&rig, Disposition::Dead("the notice does not exist".to_owned())).await;
    assert_eq!(calls, 1);
    let letter = rig.dead_letter().await;
    assert_eq!((letter.id, letter.message), (Some(id(1)), Ok(message(1))));
    assert_eq!(letter.reason, "the notice does not exist");
    assert_eq!(letter.original_queue, rig.broker.topology().queue_name(QUEUE));
    assert_eq!((letter.died_unix, letter.published_unix), (Some(NOW / 1000), Some(NOW / 1000)));
    assert_eq!(rig.ready(QUEUE).await, 0);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_reach_no_handler() {
    let rig = Rig::new().await;
    rig.publish_bytes(QUEUE, br#"{"type":"fan_out.v99"}"#).await;
    assert_eq!(consume_until_dead(&rig, Disposition::Done).await, 0);
    let letter = rig.dead_letter().await;
    assert_eq!((letter.id, letter.route), (None, Some(ROUTE)));
    let unreadable = letter.message.unwrap_err();
    assert_eq!(unreadable.beginning, r#"{\"type\":\"fan_out.v99\"}"#);
    assert!(letter.reason.contains(&unreadable.sha256), "{}", letter.reason);
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letter_that_cannot_be_kept_is_shown_again() {
    let rig = Rig::new().await;
    rig.publish_bytes(Queue::Dead, b"?").await;
    let reader = DeadLetters::new(&rig.broker).with_patience(Duration::ZERO);
    let (shown, shutdown) = (AtomicUsize::new(0), CancellationToken::new());
    let keeper = {
        let shutdown = shutdown.clone();
        move |_| {
            // More often than any message of the lanes is tried.
            let kept = if shown.fetch_add(1, Ordering::SeqCst) < 30 { Kept::NotYet } else { Kept::Yes };
            if kept == Kept::Yes {
                shutdown.cancel();
            }
            std::future::ready(kept)
        }
    };
    soon(reader.run(shutdown, keeper)).await;
    assert_eq!(rig.ready(Queue::Dead).await, 0);
    rig.clean().await;
}
