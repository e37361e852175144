//! Writing down what became of a batch: one transaction, behind a fence.

use std::time::Duration;

use munadi_broker::Backoff;
use munadi_domain::{
    delivery::Outcome,
    id::{MessageId, NoticeId},
    message::{Message, Route, Rung},
    subscription::PROVIDERS,
};
use munadi_services::{Result, ServiceError, audit::Act, figures::finish_broadcast};
use munadi_store::{
    StoreError, Tx,
    delivery::{Batch, Settlement},
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    batch::{Deliverer, Worked},
    summary::Summary,
};

/// How long a batch that was sent waits for the database to come back. To give up means to send all of it again.
const PATIENCE: Duration = Duration::from_mins(5);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Deliverer {
    /// Writes down what became of a batch, again and again as long as the database fails: the messages are out, and only this keeps
    /// them from being sent a second time. Repeating it is safe, because the second time does not pass the fence.
    pub(crate) async fn settle(
        &self,
        notice: NoticeId,
        number: u32,
        batch: &Batch,
        summary: &Summary,
    ) -> Result<Worked> {
        let (started, mut backoff) = (Instant::now(), Backoff::new(FIRST_PAUSE, LONGEST_PAUSE));
        loop {
            let error = match self.try_settle(notice, number, batch, summary).await {
                Err(error @ ServiceError::Store(StoreError::Database(_))) if started.elapsed() < PATIENCE => error,
                other => return other,
            };
            tracing::warn!(%notice, number, error = &error as &dyn std::error::Error, "a batch is sent but not settled");
            tokio::time::sleep(backoff.pause()).await;
        }
    }

    async fn try_settle(&self, notice: NoticeId, number: u32, batch: &Batch, summary: &Summary) -> Result<Worked> {
        let now = self.core.clock.now();
        let mut tx = self.core.store.begin().await?;
        // Until the commit a crash leaves the batch as it was: it is sent again, by whoever gets the message.
        let settlement = Settlement {
            notice,
            batch: number,
            attempt: batch.attempt,
            outcomes: &summary.outcomes,
            tally: &summary.tally,
            sent: summary.sent,
            at: now,
        };
        if !tx.settle_batch(&settlement).await? {
            // Someone else has settled this attempt: their counts stand, and ours are thrown away with the transaction.
            return Ok(Worked::Double);
        }
        tx.delete_gone(&summary.gone).await?;
        self.write_origins(&mut tx, summary).await?;
        self.enqueue_retry(&mut tx, &settlement, batch, summary).await?;
        tx.touch_broadcast(notice, summary.sent).await?;
        if summary.rest.is_none() {
            finish_broadcast(&self.core, &mut tx, notice).await?;
        }
        tx.commit().await?;
        // From here on the counts are true, the gone are gone and the retry is on its way. If we crash before the acknowledgement, the
        // message comes again and finds another attempt.
        summary.turned.keys().for_each(|origin| self.origins.stored(origin));
        measure(batch, summary);
        Ok(Worked::Settled { waiting: summary.outcomes.iter().filter(|outcome| **outcome == Outcome::Waiting).count() })
    }

    /// The same batch again after a rest, if somebody waits. When the notice has expired by then, that attempt ends it.
    async fn enqueue_retry(
        &self,
        tx: &mut Tx,
        settlement: &Settlement<'_>,
        batch: &Batch,
        summary: &Summary,
    ) -> Result<()> {
        let Some(rest) = summary.rest else { return Ok(()) };
        let attempt = batch.attempt + 1;
        let message = Message::DeliverBatchV1 { notice: settlement.notice, batch: settlement.batch, attempt };
        let route = Route::DeliverLater(batch.lane, Rung::for_attempt(attempt, rest));
        Ok(tx.enqueue(&[(route, MessageId::new(self.core.seed()?), message)]).await?)
    }

    async fn write_origins(&self, tx: &mut Tx, summary: &Summary) -> Result<()> {
        if !summary.pauses.is_empty() {
            tx.pause_origins(&summary.pauses).await?;
        }
        for (origin, refusal) in &summary.turned {
            if self.origins.is_stopped(origin) {
                self.stop_origin(tx, origin, refusal).await?;
            } else if tx.resume_origin(origin).await? {
                self.core.record(tx, Act::of_system("deliver", "push_origin.resume", origin)).await?;
            }
        }
        Ok(())
    }

    async fn stop_origin(&self, tx: &mut Tx, origin: &str, refusal: &str) -> Result<()> {
        if tx.stop_origin(origin, self.core.clock.now(), refusal).await? {
            tracing::error!(origin, refusal, "a push service refuses what we send, and is stopped");
            metrics::counter!("munadi_push_origin_stops_total").increment(1);
            let status = refusal.split(':').next();
            let act = Act::of_system("deliver", "push_origin.stop", origin).with(json!({ "refusal": status }));
            self.core.record(tx, act).await?;
        }
        Ok(())
    }
}

fn measure(batch: &Batch, summary: &Summary) {
    for (provider, outcome, count) in &summary.tally {
        let labels = [("lane", batch.lane.as_str()), ("provider", label(provider)), ("outcome", outcome.as_str())];
        metrics::counter!("munadi_push_messages_total", &labels).increment(u64::from(*count));
    }
}

/// A bounded set of names: a stranger can choose a host, and must not fill a table of metrics.
fn label(provider: &str) -> &'static str {
    let known = PROVIDERS.iter().map(|(_, name)| *name).chain(["own", "unknown"]);
    known.into_iter().find(|name| *name == provider).unwrap_or("other")
}
