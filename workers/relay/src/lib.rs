//! The relay: moves letters from the outbox to RabbitMQ, emergency traffic first, and deletes what RabbitMQ has confirmed.
//!
//! There is one at a time in the whole installation, by a lock in the database; every other copy waits to take over. What it moves
//! arrives at least once, with the same id each time.

mod measure;
mod shift;

pub use measure::describe_metrics;

use std::time::Duration;

use munadi_broker::{Backoff, Broker, UnixMillis};
use munadi_store::Store;
use tokio_util::sync::CancellationToken;

use shift::{Ended, Shift};

/// How long a copy that is not the relay waits before it asks for the lock again.
const ASK_AGAIN: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the relay works with.
#[derive(Clone)]
pub struct Context {
    /// Where the outbox is.
    pub store: Store,
    /// Where its letters go.
    pub broker: Broker,
    /// Tells the time.
    pub clock: UnixMillis,
}

/// Runs until the shutdown. Whatever fails, it gives up the lock, so that a copy which is better off can take over, and tries again
/// after a pause.
pub async fn run(context: Context, shutdown: CancellationToken) {
    let shift = Shift::new(&context);
    let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
    loop {
        let pause = match shift.work(&shutdown, &mut backoff).await {
            Ok(Ended::Shutdown) => return,
            Ok(Ended::SomebodyElseWorks) => ASK_AGAIN,
            Err(error) => {
                let pause = backoff.pause();
                tracing::warn!(error = &error as &dyn std::error::Error, ?pause, "the outbox is not moved");
                pause
            }
        };
        if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
