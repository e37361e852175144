//! Messages for some time: as many as the service takes, or so many a second, whether it keeps up or not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{Crowd, at_once, ledger::Ledger, sender::Sender};
use crate::part::say;

/// Senders that post what is to be posted beforehand.
const SENDERS: usize = 64;
/// How long what was sent may take to arrive at the end.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(5);

/// How much is sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct LoadOrder {
    /// Connections that each have one message under way.
    pub(crate) senders: usize,
    /// In seconds, before the measured time.
    pub(crate) warm_up: f64,
    /// The measured time, in seconds.
    pub(crate) seconds: f64,
    /// Messages a second. A message that finds no sender free is late. Without, everybody sends the next message at once.
    pub(crate) rate: Option<f64>,
}

/// The measured time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) seconds: f64,
    /// Messages that the service took.
    pub(crate) accepted: u64,
    /// Messages that were received and acknowledged.
    pub(crate) received: u64,
}

/// Sends, and says how it goes.
pub(super) async fn run(crowd: &Crowd, order: LoadOrder) -> Result<()> {
    let mut senders = Vec::new();
    for _ in 0..order.senders {
        senders.push(Sender::open(crowd.service, crowd.vapid.as_deref()).await?);
    }
    let (start, measured) = (crowd.ledger.now(), crowd.ledger.now() + nanos(order.warm_up));
    let end = measured + nanos(order.seconds);
    crowd.ledger.figures().window = measured..end;
    let schedule = Schedule { start, end, rate: order.rate, next: Arc::default() };
    let sending = try_join_all(senders.into_iter().map(|sender| send(crowd, sender, schedule.clone())));
    let ((), _) = tokio::try_join!(measure(&crowd.ledger), sending)?;
    all_arrived(&crowd.ledger).await;
    say(&crowd.ledger.ending())
}

/// Waits until everything that was sent has arrived, but not for ever.
pub(super) async fn all_arrived(ledger: &Ledger) {
    let all = async {
        while ledger.is_waiting() {
            sleep(LOOK).await;
        }
    };
    // Who counts sees what is missing.
    let _ = timeout(PATIENCE, all).await;
}

fn nanos(seconds: f64) -> u64 {
    u64::try_from(Duration::from_secs_f64(seconds).as_nanos()).unwrap_or(u64::MAX)
}

/// When messages are due.
#[derive(Clone)]
struct Schedule {
    start: u64,
    end: u64,
    rate: Option<f64>,
    next: Arc<AtomicU32>,
}

impl Schedule {
    /// When the next message is due, if there is one.
    fn claim(&self, now: u64) -> Option<u64> {
        let due = match self.rate {
            None => now,
            Some(rate) => {
                let before = self.next.fetch_add(1, Ordering::Relaxed);
                self.start + nanos(f64::from(before) / rate)
            }
        };
        (due < self.end).then_some(due)
    }
}

async fn send(crowd: &Crowd, mut sender: Sender, schedule: Schedule) -> Result<()> {
    let (ledger, mut body) = (&crowd.ledger, Ledger::blank());
    while let Some(due) = schedule.claim(ledger.now()) {
        if schedule.rate.is_some() {
            sleep_until(ledger.instant(due)).await;
        }
        post(crowd, &mut sender, &mut body, due, None).await?;
    }
    Ok(())
}

/// Sends a message to the member, or to the one whose turn it is.
async fn post(crowd: &Crowd, sender: &mut Sender, body: &mut [u8], due: u64, to: Option<usize>) -> Result<()> {
    let number = {
        let mut figures = crowd.ledger.figures();
        figures.posted += 1;
        figures.posted - 1
    };
    Ledger::stamp(body, number, due);
    let to = to.unwrap_or(usize::try_from(number)? % crowd.members.len());
    sender.post(&crowd.members[to].path, body).await?;
    crowd.ledger.figures().accepted += 1;
    Ok(())
}

/// Says when the measured time begins, and what came of it.
async fn measure(ledger: &Ledger) -> Result<()> {
    let window = ledger.figures().window.clone();
    let look = || {
        let figures = ledger.figures();
        (Instant::now(), figures.accepted, figures.received)
    };
    sleep_until(ledger.instant(window.start)).await;
    let (began, accepted, received) = look();
    say(&"begun")?;
    sleep_until(ledger.instant(window.end)).await;
    let (ended, accepted_then, received_then) = look();
    let (accepted, received) = (accepted_then - accepted, received_then - received);
    say(&Window { seconds: (ended - began).as_secs_f64(), accepted, received })
}

/// One message to each member.
pub(super) async fn post_each(crowd: &Crowd) -> Result<()> {
    let count = crowd.members.len();
    let mut senders = Vec::new();
    for _ in 0..SENDERS.min(count) {
        let sender = Sender::open(crowd.service, crowd.vapid.as_deref()).await?;
        senders.push(Mutex::new((sender, Ledger::blank())));
    }
    let free = &senders;
    at_once(count, free.len(), async |index| {
        let mut sender = free[index % free.len()].lock().await;
        let (sender, body) = &mut *sender;
        post(crowd, sender, body, crowd.ledger.now(), Some(index)).await
    })
    .await?;
    Ok(())
}
