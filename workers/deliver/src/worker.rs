//! The loop: batches come from both lanes and are worked on, some at a time.

use std::{sync::Arc, time::Instant};

use munadi_broker::{Broker, Consumer, Delivery, Disposition, Queue};
use munadi_domain::message::{Lane, Message};
use tokio_util::sync::CancellationToken;

use crate::batch::{Deliverer, Worked};

/// Delivers batches of both lanes until the shutdown. Each lane has consumers of its own, so that no emergency waits behind a routine
/// batch; while emergencies are under way, routine messages stand back.
pub async fn run(deliverer: Deliverer, broker: Broker, shutdown: CancellationToken) {
    let deliverer = Arc::new(deliverer);
    let lane = |lane| consume(&broker, lane, Arc::clone(&deliverer), shutdown.clone());
    tokio::join!(lane(Lane::Emergency), lane(Lane::Routine));
}

async fn consume(broker: &Broker, lane: Lane, deliverer: Arc<Deliverer>, shutdown: CancellationToken) {
    let consumer = Consumer::new(broker, Queue::Deliver(lane), deliverer.config.batches);
    let stop = shutdown.clone();
    let handler = move |delivery: Delivery| {
        let (deliverer, stop) = (Arc::clone(&deliverer), stop.clone());
        async move { handle(&deliverer, lane, delivery.message, &stop).await }
    };
    consumer.run(shutdown, handler).await;
}

async fn handle(deliverer: &Deliverer, lane: Lane, message: Message, stop: &CancellationToken) -> Disposition {
    let Message::DeliverBatchV1 { notice, batch, attempt } = message else {
        return Disposition::Dead("not a message for the delivery".to_owned());
    };
    let started = Instant::now();
    let worked = deliverer.work(notice, batch, attempt, stop).await;
    metrics::histogram!("munadi_deliver_batch_seconds", "lane" => lane.as_str()).record(started.elapsed());
    match worked {
        Ok(Worked::Settled { .. }) => Disposition::Done,
        Ok(Worked::Double) => {
            metrics::counter!("munadi_deliver_doubles_total").increment(1);
            Disposition::Done
        }
        Err(error) => {
            tracing::warn!(%notice, batch, error = &error as &dyn std::error::Error, "a batch is interrupted");
            Disposition::Again
        }
    }
}
