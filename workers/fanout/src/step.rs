//! One step of a fan-out: one transaction.

use munadi_domain::{
    id::{MessageId, NoticeId},
    limits,
    message::{Lane, Message, Route},
};
use munadi_services::{Core, Result, figures::finish_broadcast};
use munadi_store::{
    Tx,
    broadcast::{Audience, Broadcast, Progress},
    outbox::Letter,
};
use tokio_util::sync::CancellationToken;

use crate::window::Window;

/// Recipients that a step should find: enough that the cost of a commit does not count, few enough that whoever wants to withdraw the
/// notice, and waits for the step, hardly notices.
const RECIPIENTS: usize = 20_000;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It queued batches for so many recipients, perhaps none, and there is more to do.
    Moved(usize),
    /// It queued batches for so many recipients, and they were the last; or the notice does not count any more.
    Ended(usize),
    /// There was nothing to do: the fan-out has ended before.
    Double,
}

/// Fans out notices.
#[derive(Debug, Clone)]
pub struct FanOut {
    core: Core,
    recipients: usize,
    batch: usize,
}

impl FanOut {
    /// With steps and batches of the usual size.
    pub fn new(core: Core) -> Self {
        Self { core, recipients: RECIPIENTS, batch: limits::BATCH }
    }

    /// With another number of recipients for a step to look for and for a batch to hold, so that a test needs few.
    #[must_use]
    pub fn with_sizes(self, recipients: usize, batch: usize) -> Self {
        Self { recipients, batch: batch.max(1), ..self }
    }

    /// Fans out a notice to its end, or until it is told to stop: `false` then. What is done stays done.
    pub async fn work(&self, notice: NoticeId, stop: &CancellationToken) -> Result<bool> {
        let Some(mut steps) = self.steps(notice).await? else {
            tracing::info!(%notice, "nobody is sent this notice");
            return Ok(true);
        };
        while !stop.is_cancelled() {
            match steps.next().await? {
                Step::Moved(_) => {}
                Step::Ended(_) | Step::Double => return Ok(true),
            }
        }
        Ok(false)
    }

    /// The steps of a notice; `None` if it is never sent to anyone.
    pub async fn steps(&self, notice: NoticeId) -> Result<Option<Steps<'_>>> {
        let audience = self.core.store.audience(notice).await?;
        let window = Window::new(self.recipients);
        Ok(audience.map(|audience| Steps { fan_out: self, notice, audience, window }))
    }
}

/// The steps of one notice.
#[derive(Debug)]
pub struct Steps<'a> {
    fan_out: &'a FanOut,
    notice: NoticeId,
    audience: Audience,
    window: Window,
}

impl Steps<'_> {
    /// Does the next step, wherever the last one that was committed has ended.
    pub async fn next(&mut self) -> Result<Step> {
        let core = &self.fan_out.core;
        let mut tx = core.store.begin().await?;
        // From here to the commit a crash, an error or a dropped future leaves nothing of this step. The lock makes another worker
        // wait, and also whoever would supersede or withdraw the notice.
        let Some(broadcast) = tx.lock_broadcast(self.notice, core.clock.now()).await? else { return Ok(Step::Double) };
        if broadcast.queued {
            return Ok(Step::Double);
        }
        if !broadcast.current || broadcast.expires_at <= core.clock.now() {
            self.end_early(&mut tx, &broadcast).await?;
            tx.commit().await?;
            return Ok(Step::Ended(0));
        }
        let (recipients, last) = self.queue_next(&mut tx, &broadcast).await?;
        // After this commit the batches exist and the relay finds their messages. If we crash before the acknowledgement, the message
        // comes again and finds the cursor behind them.
        tx.commit().await?;
        self.window.learn(recipients);
        metrics::counter!("munadi_fanout_recipients_total", "lane" => broadcast.lane.as_str())
            .increment(u64::try_from(recipients).unwrap_or(0));
        Ok(if last { Step::Ended(recipients) } else { Step::Moved(recipients) })
    }

    async fn queue_next(&self, tx: &mut Tx, broadcast: &Broadcast) -> Result<(usize, bool)> {
        let core = &self.fan_out.core;
        let end = tx.last_subscription().await?;
        let through = self.window.end(broadcast.through, end);
        let recipients = self.audience.page(tx, broadcast.through, through).await?;
        let last = through >= end;
        let progress = self.progress(broadcast, &recipients, through, last);
        let added = tx.advance_broadcast(progress).await?;
        tx.enqueue(&self.letters(broadcast.lane, broadcast.batches..broadcast.batches + added)?).await?;
        if last {
            // Those batches that are queued already may all be done, or there are none.
            finish_broadcast(core, tx, self.notice).await?;
        }
        Ok((recipients.len(), last))
    }

    /// The notice was superseded or withdrawn, or it expired: what is queued is dealt with by whoever delivers it.
    async fn end_early(&self, tx: &mut Tx, broadcast: &Broadcast) -> Result<()> {
        tx.advance_broadcast(self.progress(broadcast, &[], broadcast.through, true)).await?;
        finish_broadcast(&self.fan_out.core, tx, self.notice).await?;
        tracing::info!(notice = %self.notice, "the fan-out stops: the notice does not count any more");
        Ok(())
    }

    fn progress<'a>(&self, broadcast: &Broadcast, recipients: &'a [i64], through: i64, last: bool) -> Progress<'a> {
        Progress {
            notice: self.notice,
            first_batch: broadcast.batches,
            recipients,
            batch: self.fan_out.batch,
            through,
            last,
            at: self.fan_out.core.clock.now(),
        }
    }

    fn letters(&self, lane: Lane, batches: std::ops::Range<u32>) -> Result<Vec<Letter>> {
        let letter = |batch| {
            let message = Message::DeliverBatchV1 { notice: self.notice, batch, attempt: 0 };
            Ok((Route::Deliver(lane), MessageId::new(self.fan_out.core.seed()?), message))
        };
        batches.map(letter).collect()
    }
}
