//! A message that crosses the emergency lane every few seconds, so that a slow lane is seen before an emergency needs it.

use std::time::Duration;

use munadi_domain::{
    id::MessageId,
    message::{Lane, Message},
};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::{
    connection::Broker,
    error::BrokerError,
    publish::{Outgoing, Publisher},
    topology::Queue,
};

const WATCHED: [Queue; 2] = [Queue::FanOut(Lane::Emergency), Queue::Deliver(Lane::Emergency)];

/// Sends canaries. The consumers of the queues take them out by themselves and record their age.
pub struct Canary {
    broker: Broker,
    publisher: Publisher,
    every: Duration,
}

impl Canary {
    /// One canary per queue of the emergency lane, every so often.
    pub fn new(broker: &Broker, every: Duration) -> Self {
        Self { broker: broker.clone(), publisher: Publisher::new(broker, "canary"), every }
    }

    /// Runs until the shutdown. `new_id` makes a fresh id at each call.
    pub async fn run(&self, shutdown: &CancellationToken, new_id: impl Fn() -> MessageId) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            match shutdown.run_until_cancelled(self.send(&new_id)).await {
                Some(Err(error)) => tracing::warn!(error = error.chain(), "no canary could be sent"),
                Some(Ok(())) => {}
                None => return,
            }
        }
    }

    async fn send(&self, new_id: &impl Fn() -> MessageId) -> Result<(), BrokerError> {
        let made_unix_ms = (self.broker.clock())();
        let mut flock: Vec<Outgoing> = Vec::new();
        for queue in WATCHED {
            // Where nobody consumes, canaries would only pile up; that the last one is long ago says it already.
            if self.publisher.consumers_of(queue).await? > 0
                && let Some(route) = queue.route()
            {
                flock.push((route, new_id(), Message::CanaryV1 { made_unix_ms }));
            }
        }
        self.publisher.publish_all(&flock).await.map(drop)
    }
}
