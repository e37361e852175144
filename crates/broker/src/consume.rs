//! Consuming: the handler commits, then the message is acknowledged, never the other way round.

use std::{future::Future, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use munadi_domain::{id::MessageId, message::Message};
use tokio_util::sync::CancellationToken;

use crate::{config::UnixMillis, connection::Broker, envelope::Raw, measure, topology::Queue};

mod desk;
mod pump;

use desk::Desk;
use pump::Pump;

/// Handles one message as it came. Called again with the same message when it said [`Disposition::Again`].
pub(crate) type Work = Arc<dyn Fn(Arc<Raw>) -> BoxFuture<'static, Disposition> + Send + Sync>;

/// A message as the handler sees it. It may have been handled before, wholly or in part, by this process or another: RabbitMQ
/// promises at least once, never exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What it says.
    pub message: Message,
    /// Its id: the same whenever the same message comes again.
    pub id: MessageId,
    /// The queue it came from.
    pub queue: Queue,
    /// Whether RabbitMQ handed it out before. If not, it may still be a double of the publisher's.
    pub redelivered: bool,
    /// How often RabbitMQ counted it as tried in vain.
    pub tried: u64,
    /// When it was published, in seconds since 1970, if it says so.
    pub published_unix: Option<u64>,
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// Everything it asked for is committed: acknowledge it.
    Done,
    /// Something it needs is out of order, as when the database cannot be reached. The handler is called again after a pause, for as
    /// long as the consumer's patience lasts; then the message goes back to RabbitMQ, which hands it out again up to its limit.
    Again,
    /// It can never be handled: put it among the dead letters, with this reason. The reason is shown to operators.
    Dead(String),
}

/// Consumes one queue, with as many handlers at a time as messages may be unacknowledged.
pub struct Consumer {
    broker: Broker,
    queue: Queue,
    prefetch: u16,
    grace: Duration,
    patience: Duration,
}

impl Consumer {
    /// At most `prefetch` messages are handled at the same time. Nothing is connected yet.
    pub fn new(broker: &Broker, queue: Queue, prefetch: u16) -> Self {
        Self {
            broker: broker.clone(),
            queue,
            // RabbitMQ understands 0 as “no limit”.
            prefetch: prefetch.max(1),
            grace: Duration::from_secs(20),
            patience: Duration::from_mins(2),
        }
    }

    /// With another time for the messages in hand to be finished after a shutdown. Usually 20 s.
    #[must_use]
    pub fn with_grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// With another time for which a handler that says [`Disposition::Again`] is called again here. Usually 2 minutes, and never so
    /// long that RabbitMQ loses its own patience, which is 30 minutes.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Consumes until the shutdown, over as many connections as it takes.
    ///
    /// After the shutdown nothing new is taken; what is in hand is finished within the grace period, and the rest goes back to the
    /// queue. Canaries are taken out and measured, and the handler never sees them.
    pub async fn run<H, F>(&self, shutdown: CancellationToken, handler: H)
    where
        H: Fn(Delivery) -> F + Send + Sync + 'static,
        F: Future<Output = Disposition> + Send + 'static,
    {
        let clock = self.broker.clock().clone();
        let work = move |raw: Arc<Raw>| match read(&raw, &clock) {
            Ok(Some(delivery)) => handler(delivery).boxed(),
            Ok(None) => std::future::ready(Disposition::Done).boxed(),
            Err(reason) => std::future::ready(Disposition::Dead(reason)).boxed(),
        };
        self.run_raw(shutdown, Arc::new(work)).await;
    }

    /// The same for whoever reads the messages as they came.
    pub(crate) async fn run_raw(&self, shutdown: CancellationToken, work: Work) {
        let desk = Desk::new(&self.broker, self.queue, self.patience, shutdown.clone(), work);
        Box::pin(Pump::new(&self.broker, self.queue, self.prefetch, self.grace, desk).run(&shutdown)).await;
    }
}

/// The message, nothing if it was a canary, or why it can never be handled.
fn read(raw: &Raw, clock: &UnixMillis) -> Result<Option<Delivery>, String> {
    let message = raw.message().map_err(|unreadable| {
        format!("not a message: {} bytes with SHA-256 {}", unreadable.length, unreadable.sha256)
    })?;
    if let Message::CanaryV1 { made_unix_ms } = message {
        measure::canary_seen(&raw.queue.key(), made_unix_ms, clock());
        return Ok(None);
    }
    let id = raw.id().ok_or("no message id, so that doubles could not be told apart")?;
    Ok(Some(Delivery {
        message,
        id,
        queue: raw.queue,
        redelivered: raw.redelivered,
        tried: raw.delivery_count(),
        published_unix: raw.published_unix(),
    }))
}
