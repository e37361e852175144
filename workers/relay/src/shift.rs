//! The time between getting the lock and giving it up.

use std::time::Duration;

use munadi_broker::{Backoff, BrokerError, Outgoing, PublishOutcome, Publisher, UnixMillis};
use munadi_store::{
    Store, StoreError,
    outbox::{OutboxEntry, RelayLock},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Context,
    measure::{self, Working},
};

/// Letters moved at once. An emergency letter waits behind one batch at most.
const BATCH: u32 = 500;
/// How long the relay sleeps if nobody tells it of a letter: notifications are a convenience, the table is the truth.
const LOOK_ANYWAY: Duration = Duration::from_secs(3);
/// How long one round may take, all waits for RabbitMQ included. A database behind a broken network says nothing for hours.
const ROUND: Duration = Duration::from_mins(1);
/// How long a batch under way may take after the shutdown.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) struct Shift {
    store: Store,
    publisher: Publisher,
    clock: UnixMillis,
}

/// How a shift ended without a failure.
pub(crate) enum Ended {
    Shutdown,
    SomebodyElseWorks,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("the database failed the relay")]
    Store(#[from] StoreError),
    #[error("RabbitMQ failed the relay")]
    Broker(#[from] BrokerError),
    #[error("the relay's lock is gone")]
    LockLost,
    #[error("the database does not answer")]
    Silence,
    #[error("RabbitMQ did not take {refused} of {taken} letters, as {example:?}; they stay in the outbox")]
    Refused { refused: usize, taken: usize, example: PublishOutcome },
}

impl Shift {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            store: context.store.clone(),
            publisher: Publisher::new(&context.broker, "relay"),
            clock: context.clock.clone(),
        }
    }

    /// Gets the lock if it is free, and works until the shutdown or a failure. The lock is given back in any case.
    pub(crate) async fn work(&self, shutdown: &CancellationToken, backoff: &mut Backoff) -> Result<Ended, RelayError> {
        let overdue = async {
            shutdown.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            ended = self.work_until(shutdown, backoff) => ended,
            () = overdue => Ok(Ended::Shutdown),
        }
    }

    async fn work_until(&self, shutdown: &CancellationToken, backoff: &mut Backoff) -> Result<Ended, RelayError> {
        let Some(mut lock) = self.store.lock_relay().await? else { return Ok(Ended::SomebodyElseWorks) };
        // Listen before the first look, or a letter written in between would wait for the next one.
        let mut listener = self.store.listen_outbox().await?;
        let _working = Working::begin();
        tracing::info!("this process is the relay");
        while !shutdown.is_cancelled() {
            let moved = tokio::time::timeout(ROUND, self.round(&mut lock)).await.map_err(|_| RelayError::Silence)??;
            if moved > 0 {
                backoff.reset();
                continue;
            }
            if let Some(told) = shutdown.run_until_cancelled(listener.wait(LOOK_ANYWAY)).await {
                told?;
            }
        }
        Ok(Ended::Shutdown)
    }

    /// Moves the next letters, and looks how many wait when there are none to move; says how many there were.
    async fn round(&self, lock: &mut RelayLock) -> Result<usize, RelayError> {
        let moved = self.move_batch(lock).await?;
        if moved == 0 {
            self.measure().await?;
        }
        Ok(moved)
    }

    /// Moves the next letters; says how many there were.
    async fn move_batch(&self, lock: &mut RelayLock) -> Result<usize, RelayError> {
        if !lock.is_held().await? {
            return Err(RelayError::LockLost);
        }
        // A crash before the publishing: nothing has happened.
        let entries = self.store.take_outbox(BATCH).await?;
        let letters: Vec<Outgoing> = entries.iter().map(|entry| entry.letter.clone()).collect();
        // A crash while publishing, or an error: RabbitMQ has any number of the letters, and the outbox has all of them. They are
        // sent again under the same ids.
        let outcomes = self.publisher.publish_all(&letters).await?;
        let (confirmed, refused): (Vec<_>, Vec<_>) =
            entries.iter().zip(outcomes).partition(|(_, outcome)| *outcome == PublishOutcome::Confirmed);
        let ids: Vec<i64> = confirmed.iter().map(|(entry, _)| entry.id).collect();
        // A crash before the deletion: RabbitMQ has the letters, and gets them a second time.
        self.store.delete_outbox(&ids).await?;
        for (entry, _) in &confirmed {
            measure::moved(self.age(entry));
        }
        // What was not confirmed is still in the outbox, whatever happens now.
        match refused.first() {
            Some((_, example)) => {
                Err(RelayError::Refused { refused: refused.len(), taken: entries.len(), example: example.clone() })
            }
            None => Ok(entries.len()),
        }
    }

    async fn measure(&self) -> Result<(), RelayError> {
        let depth = self.store.outbox_depth().await?;
        let oldest = depth.oldest.map_or(Duration::ZERO, |oldest| self.since(oldest.unix_timestamp_nanos()));
        measure::depth(depth.letters, oldest);
        Ok(())
    }

    fn age(&self, entry: &OutboxEntry) -> Duration {
        self.since(entry.created_at.unix_timestamp_nanos())
    }

    /// Nothing if the database's clock runs ahead of ours.
    fn since(&self, unix_ns: i128) -> Duration {
        let then = u64::try_from(unix_ns / 1_000_000).unwrap_or(0);
        Duration::from_millis((self.clock)().saturating_sub(then))
    }
}
