//! The loop that takes messages out of a queue, over one connection after the other.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use lapin::{
    options::{BasicCancelOptions, BasicConsumeOptions},
    types::FieldTable,
};
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use crate::{
    backoff::Backoff,
    connection::{Broker, Session, within},
    error::BrokerError,
    measure,
    topology::Queue,
};

/// A connection that lasted this long was a good one: the next pause is a short one again.
const GOOD_CONNECTION: Duration = Duration::from_secs(30);

pub(super) struct Pump {
    broker: Broker,
    queue: Queue,
    prefetch: u16,
    grace: Duration,
    desk: Arc<Desk>,
}

struct Subscription {
    session: Session,
    deliveries: lapin::Consumer,
}

impl Pump {
    pub(super) fn new(broker: &Broker, queue: Queue, prefetch: u16, grace: Duration, desk: Desk) -> Self {
        Self { broker: broker.clone(), queue, prefetch, grace, desk: Arc::new(desk) }
    }

    pub(super) async fn run(&self, shutdown: &CancellationToken) {
        // Outlives the connections: handlers of a lost one finish their work, and count for the limit until they did.
        let mut in_hand = JoinSet::new();
        let mut backoff = Backoff::for_connections();
        while let Some(subscribed) = shutdown.run_until_cancelled(self.subscribe()).await {
            let started = Instant::now();
            let error = match subscribed {
                Ok(mut subscription) => match self.pump(&mut subscription, &mut in_hand, shutdown).await {
                    Ok(()) => return self.wind_down(subscription, in_hand).await,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if started.elapsed() > GOOD_CONNECTION {
                backoff.reset();
            }
            let pause = backoff.pause();
            measure::reconnecting(&self.queue.key());
            tracing::warn!(queue = self.queue.key(), error = error.chain(), ?pause, "consuming is interrupted");
            if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                break;
            }
        }
        self.finish(in_hand).await;
    }

    async fn subscribe(&self) -> Result<Subscription, BrokerError> {
        let key = self.queue.key();
        let session = self.broker.open(&format!("consumer of {key}")).await?;
        session.prefetch(self.prefetch).await?;
        let name = self.broker.topology().queue_name(self.queue);
        let options = BasicConsumeOptions::default();
        let consumed = session.channel.basic_consume(name.into(), "".into(), options, FieldTable::default());
        let deliveries = within(self.broker.answer_limit(), "subscribing", consumed).await?;
        tracing::debug!(queue = key, "consuming");
        Ok(Subscription { session, deliveries })
    }

    /// Until the shutdown, or until the connection fails.
    async fn pump(
        &self,
        subscription: &mut Subscription,
        in_hand: &mut JoinSet<()>,
        shutdown: &CancellationToken,
    ) -> Result<(), BrokerError> {
        loop {
            let full = in_hand.len() >= usize::from(self.prefetch);
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                Some(_) = in_hand.join_next() => {}
                delivery = subscription.deliveries.next(), if !full => match delivery {
                    Some(Ok(delivery)) => {
                        in_hand.spawn(Arc::clone(&self.desk).handle(delivery));
                    }
                    Some(Err(source)) => return Err(BrokerError::Failed { doing: "consuming", source }),
                    None => return Err(BrokerError::ConsumerEnded { queue: self.queue.key() }),
                },
            }
        }
    }

    async fn wind_down(&self, mut subscription: Subscription, in_hand: JoinSet<()>) {
        let tag = subscription.deliveries.tag();
        let canceled = subscription.session.channel.basic_cancel(tag, BasicCancelOptions::default());
        if within(self.broker.answer_limit(), "unsubscribing", canceled).await.is_ok() {
            // What came but was not begun need not wait for what is in hand: somebody else can have it now.
            while let Some(Some(Ok(delivery))) = subscription.deliveries.next().now_or_never() {
                self.desk.give_back(delivery).await;
            }
        }
        self.finish(in_hand).await;
        // What is unacknowledged now goes back to the queue by itself.
        subscription.session.close().await;
    }

    /// Waits for the handlers as long as the grace lasts, then stops them where they are: they have not committed, or they have and
    /// the message will be seen to be a double.
    async fn finish(&self, mut in_hand: JoinSet<()>) {
        let finished = tokio::time::timeout(self.grace, async { while in_hand.join_next().await.is_some() {} }).await;
        if finished.is_err() {
            tracing::warn!(queue = self.queue.key(), unfinished = in_hand.len(), "the grace period is over");
            in_hand.shutdown().await;
        }
    }
}
