//! kill -9 in the middle of a broadcast: nothing is lost, nothing is counted twice, and no phone shows anything twice.
//!
//! The middle is either a moment when some messages are out and others are not, or a place between two durable effects, where a
//! barrier in the database holds the process until it is killed.

use std::time::Duration;

use munadi_push_sink::Behavior;

use crate::rig::{
    barrier::Barrier,
    eventually,
    instance::Instance,
    town::{HERE, Server, Services, Town},
};

/// So slow that a broadcast takes some seconds.
fn slow(_: u64) -> Behavior {
    Behavior::AcceptAfter(Duration::from_millis(150))
}

/// Waits until so many messages have arrived, and then says whether there is still something left to arrive.
async fn middle(town: &Town, arrived: u64, of: usize) {
    let totals = town.sink.wait_for(arrived).await;
    assert!(totals.accepted < of as u64, "the broadcast is over: {totals:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliver_worker_while_it_sends() {
    let mut town = Town::with(slow).await;
    let neighbors = town.settle(HERE, 4_500).await;
    let server = town.serve("api,relay,fanout").await;
    let deliver = town.work("deliver");
    let notice = town.warn(&server).await;
    middle(&town, 1_000, 4_500).await;
    deliver.kill9().await;
    let deliver = town.work("deliver");
    middle(&town, 2_500, 4_500).await;
    deliver.kill9().await;
    let _deliver = town.work("deliver");
    town.check_everybody_has_it(&server, notice, &neighbors).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliver_worker_when_all_is_sent_and_nothing_is_counted() {
    let mut town = Town::new().await;
    let neighbors = town.settle(HERE, 1_200).await;
    let barrier = Barrier::before(&town, "update", "delivery_batch", "new.outcomes <> old.outcomes").await;
    let server = town.serve("api,relay,fanout").await;
    let deliver = town.work("deliver");
    let notice = town.warn(&server).await;
    town.sink.wait_for(1_200).await;
    barrier.reached().await;
    deliver.kill9().await;
    barrier.lift().await;
    let _deliver = town.work("deliver");
    town.check_everybody_has_it(&server, notice, &neighbors).await;
    // All of it went out twice, and every phone shows it once.
    assert_eq!(town.sink.counts().doubles(), 1_200);
}

#[tokio::test(flavor = "multi_thread")]
async fn fanout_worker_between_two_steps_and_in_the_second() {
    let mut town = Town::new().await;
    let world = &town.people.world.database;
    // So far apart that they take several steps.
    let neighbors = town.citizens.settle(world, &town.sink, HERE, 3_000, 20).await;
    let barrier = Barrier::before(&town, "insert", "delivery_batch", "new.batch > 1").await;
    let server = town.serve("api,relay,deliver").await;
    let fanout = town.work("fanout");
    let notice = town.warn(&server).await;
    barrier.reached().await;
    fanout.kill9().await;
    let figures = town.figures_when(&server, notice, |figures| figures["batches_done"] == 2).await;
    assert!(figures["audience"].as_u64() < Some(3_000) && figures["queued_at"].is_null(), "{figures}");
    barrier.lift().await;
    let _fanout = town.work("fanout");
    town.check_everybody_has_it(&server, notice, &neighbors).await;
    assert_eq!(town.sink.counts().doubles(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_when_rabbitmq_has_everything_and_the_outbox_too() {
    let mut town = Town::new().await;
    let neighbors = town.settle(HERE, 1_200).await;
    let batches = "old.message->>'type' = 'deliver_batch.v1'";
    let barrier = Barrier::before(&town, "delete", "outbox", batches).await;
    let server = town.serve("api,fanout,deliver").await;
    let relay = town.work("relay");
    let notice = town.warn(&server).await;
    barrier.reached().await;
    town.sink.wait_for(1_200).await;
    relay.kill9().await;
    barrier.lift().await;
    let _relay = town.work("relay");
    town.check_everybody_has_it(&server, notice, &neighbors).await;
    // Every batch was announced twice, and the second time dropped.
    eventually("the doubles", async || {
        server.api.get("/metrics").await.text().contains("munadi_deliver_doubles_total 3").then_some(())
    })
    .await;
    assert_eq!(town.sink.counts().doubles(), 0);
}

/// Kills a server and starts it again at the same address.
async fn again(town: &Town, server: Server) -> Server {
    let port = server.port;
    server.process.kill9().await;
    town.serve_at(port, &town.settings, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_one_process_again_and_again() {
    let mut town = Town::with(slow).await;
    let neighbors = town.settle(HERE, 3_000).await;
    let mut server = town.serve("").await;
    let notice = town.warn(&server).await;
    // At once, when some have it, and when more have it.
    for arrived in [0, 500, 2_000] {
        middle(&town, arrived, 3_000).await;
        server = again(&town, server).await;
    }
    town.check_everybody_has_it(&server, notice, &neighbors).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq() {
    let rabbitmq = Instance::rabbitmq();
    let mut town = Town::on(Services { rabbitmq: Some(rabbitmq.url()), ..Services::default() }, slow).await;
    let neighbors = town.settle(HERE, 4_500).await;
    let server = town.serve("").await;
    let first = town.warn(&server).await;
    middle(&town, 1_000, 4_500).await;
    rabbitmq.kill9();
    // Nothing that is done meanwhile needs it.
    let second = town.warn(&server).await;
    rabbitmq.start();
    for notice in [first, second] {
        town.check_everybody_has_it(&server, notice, &neighbors).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql() {
    let postgres = Instance::postgres();
    let mut town = Town::on(Services { postgres: Some(postgres.url()), ..Services::default() }, slow).await;
    let neighbors = town.settle(HERE, 4_500).await;
    let server = town.serve("").await;
    let first = town.warn(&server).await;
    let second = town.approved(&town.flood()).await;
    middle(&town, 1_000, 4_500).await;
    postgres.kill9();
    let answer = server.api.get("/readyz").await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    postgres.start();
    server.ready().await;
    let second = town.publish(&server, &second).await;
    for notice in [first, second] {
        town.check_everybody_has_it(&server, notice, &neighbors).await;
    }
}
