use munadi_domain::message::{Lane, Route};

use super::{
    proxy::Proxy,
    rig::{Rig, outgoing, until},
};
use crate::{PublishOutcome, Publisher, Queue};

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_message_is_in_its_queue() {
    let rig = Rig::new().await;
    rig.publish(Route::FanOut(Lane::Routine), 1).await;
    rig.publish(Route::Deliver(Lane::Emergency), 2).await;
    until(async || rig.ready(Queue::FanOut(Lane::Routine)).await == 1).await;
    until(async || rig.ready(Queue::Deliver(Lane::Emergency)).await == 1).await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_need_listen_live() {
    let rig = Rig::new().await;
    rig.publish(Route::Live, 1).await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_unroutable_messages_of_a_batch_are_reported() {
    let rig = Rig::new().await;
    rig.publish(Route::FanOut(Lane::Routine), 1_000).await;
    rig.delete_queue(Queue::Deliver(Lane::Emergency)).await;
    let lost = |number: u64| number % 7 == 3;
    let route = |number| if lost(number) { Route::Deliver(Lane::Emergency) } else { Route::FanOut(Lane::Routine) };
    let batch: Vec<_> = (0..300).map(|number| outgoing(route(number), number)).collect();
    let outcomes = rig.publisher.publish_all(&batch).await.unwrap();
    for (number, outcome) in (0..).zip(&outcomes) {
        let unroutable = matches!(outcome, PublishOutcome::Unroutable { reason } if reason.contains("NO_ROUTE"));
        assert_eq!(unroutable, lost(number), "{number}: {outcome:?}");
        assert_eq!(*outcome == PublishOutcome::Confirmed, !lost(number), "{number}: {outcome:?}");
    }
    rig.publish(Route::Deliver(Lane::Emergency), 1_001).await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_connection_the_next_batch_goes_over_a_new_one() {
    let rig = Rig::new().await;
    let proxy = Proxy::start().await;
    let publisher = Publisher::new(&rig.broker_at(proxy.url()), "test");
    let batch = [outgoing(Route::FanOut(Lane::Routine), 1)];
    publisher.publish_all(&batch).await.unwrap();
    proxy.cut();
    // The first one may find out the hard way; it must say so, and the one after it must get through.
    until(async || publisher.publish_all(&batch).await.is_ok()).await;
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_500_is_confirmed_together() {
    let rig = Rig::new().await;
    let batch: Vec<_> = (0..500).map(|number| outgoing(Route::Deliver(Lane::Routine), number)).collect();
    let outcomes = rig.publisher.publish_all(&batch).await.unwrap();
    assert_eq!(outcomes, vec![PublishOutcome::Confirmed; 500]);
    until(async || rig.ready(Queue::Deliver(Lane::Routine)).await == 500).await;
    rig.clean().await;
}
