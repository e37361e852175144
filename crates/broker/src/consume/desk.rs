//! One message from its arrival to its acknowledgement.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use lapin::{
    Acker,
    options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Disposition, Work};
use crate::{
    backoff::Backoff,
    connection::{Broker, within},
    envelope::{Letter, Raw},
    error::BrokerError,
    measure::{self, InFlight},
    publish::{PublishOutcome, Publisher},
    topology::Queue,
};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

pub(super) struct Desk {
    broker: Broker,
    queue: Queue,
    patience: Duration,
    shutdown: CancellationToken,
    work: Work,
    // Of its own: a connection that publishes can be stopped by an alarm, and ours must go on acknowledging.
    undertaker: Publisher,
}

/// How a message leaves our hands.
#[derive(Debug)]
enum Verdict {
    Done,
    Dead(String),
    /// Tried in vain: RabbitMQ shall count it.
    Failed,
    /// Not tried: RabbitMQ shall not count it.
    GivenBack,
    /// Its connection is gone, and RabbitMQ hands it out again.
    Lost,
}

impl Desk {
    pub(super) fn new(
        broker: &Broker,
        queue: Queue,
        patience: Duration,
        shutdown: CancellationToken,
        work: Work,
    ) -> Self {
        let undertaker = Publisher::new(broker, "dead letters");
        Self { broker: broker.clone(), queue, patience, shutdown, work, undertaker }
    }

    pub(super) async fn handle(self: Arc<Self>, delivery: lapin::message::Delivery) {
        let _in_flight = InFlight::begin(self.queue.key());
        let (raw, acker) = self.receive(delivery);
        let verdict = self.decide(&raw, &acker).await;
        self.settle(verdict, &raw, &acker).await;
    }

    pub(super) async fn give_back(&self, delivery: lapin::message::Delivery) {
        let (raw, acker) = self.receive(delivery);
        self.settle(Verdict::GivenBack, &raw, &acker).await;
    }

    fn receive(&self, delivery: lapin::message::Delivery) -> (Arc<Raw>, Acker) {
        let lapin::message::Delivery { redelivered, properties, data, acker, .. } = delivery;
        (Arc::new(Raw { queue: self.queue, redelivered, properties, body: data }), acker)
    }

    async fn decide(&self, raw: &Arc<Raw>, acker: &Acker) -> Verdict {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let started = Instant::now();
        loop {
            match self.work(raw).await {
                Some(Disposition::Done) => return Verdict::Done,
                Some(Disposition::Dead(reason)) => return Verdict::Dead(reason),
                Some(Disposition::Again) => {}
                None => return Verdict::Failed,
            }
            let pause = backoff.pause();
            if started.elapsed() + pause > self.patience {
                return Verdict::Failed;
            }
            if self.shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Verdict::GivenBack;
            }
            if !acker.usable() {
                return Verdict::Lost;
            }
        }
    }

    /// What the handler says, or nothing if it panicked.
    async fn work(&self, raw: &Arc<Raw>) -> Option<Disposition> {
        let work = AssertUnwindSafe(async { (self.work)(Arc::clone(raw)).await });
        let said = work.catch_unwind().await;
        if said.is_err() {
            tracing::error!(queue = self.queue.key(), id = ?raw.id(), "a handler panicked");
        }
        said.ok()
    }

    async fn settle(&self, verdict: Verdict, raw: &Raw, acker: &Acker) {
        // If we crash before this is through, RabbitMQ hands the message out again: what was committed for it is then a double.
        let (became, settled) = match verdict {
            Verdict::Done => ("done", self.acknowledge(acker).await),
            Verdict::Dead(reason) => ("dead", self.bury(&reason, raw, acker).await),
            // Since 4.3 only a rejected message counts as tried; before, each one that comes back does.
            Verdict::Failed => ("again", self.reject(acker, true).await),
            Verdict::GivenBack => ("given_back", self.nack(acker).await),
            Verdict::Lost => ("lost", Ok(false)),
        };
        match settled {
            Ok(true) => measure::consumed(&self.queue.key(), became),
            Ok(false) => measure::consumed(&self.queue.key(), "lost"),
            Err(error) => {
                measure::consumed(&self.queue.key(), "lost");
                tracing::debug!(queue = self.queue.key(), error = error.chain(), "a message could not be settled");
            }
        }
    }

    /// Among the dead letters with the reason; without it if no copy can be made.
    async fn bury(&self, reason: &str, raw: &Raw, acker: &Acker) -> Result<bool, BrokerError> {
        tracing::error!(queue = self.queue.key(), id = ?raw.id(), reason, "a message is dead");
        let now = (self.broker.clock())();
        let letter = Letter::dead(self.broker.topology(), raw, reason, now);
        match self.undertaker.send(&[letter]).await {
            // A crash between the two leaves the letter and the message; it dies again, and the letters have the same id.
            Ok(outcomes) if outcomes == [PublishOutcome::Confirmed] => self.acknowledge(acker).await,
            _ => self.reject(acker, false).await,
        }
    }

    async fn acknowledge(&self, acker: &Acker) -> Result<bool, BrokerError> {
        self.within("acknowledging", acker.ack(BasicAckOptions::default())).await
    }

    async fn reject(&self, acker: &Acker, requeue: bool) -> Result<bool, BrokerError> {
        self.within("rejecting", acker.reject(BasicRejectOptions { requeue })).await
    }

    async fn nack(&self, acker: &Acker) -> Result<bool, BrokerError> {
        self.within("giving back", acker.nack(BasicNackOptions { multiple: false, requeue: true })).await
    }

    async fn within(
        &self,
        doing: &'static str,
        settling: impl Future<Output = lapin::Result<bool>>,
    ) -> Result<bool, BrokerError> {
        within(self.broker.answer_limit(), doing, settling).await
    }
}
