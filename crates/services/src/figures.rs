//! How far a notice has come on its way to its citizens, in numbers and never by name.

mod course;

pub use course::{Course, MOST_SPANS};
pub use munadi_store::figures::Span;

use std::collections::BTreeMap;

use munadi_domain::{access::NoticeReader, delivery::Outcome, id::NoticeId, message::Lane, subscription::OWN};
use munadi_store::{Tx, figures::BroadcastFigures};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{Core, Result, ServiceError, audit::Act, subscriptions::percent};

/// How many messages had which outcome until now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not tried yet.
    pub pending: u64,
    /// Taken by the push service.
    pub sent: u64,
    /// The push service knew no such subscription any more, and it was deleted.
    pub gone: u64,
    /// Tried in vain, and to be tried again.
    pub waiting: u64,
    /// Refused by the push service for good.
    pub failed: u64,
    /// The notice was over before it could be sent.
    pub expired: u64,
    /// The citizen left before it could be sent.
    pub left: u64,
}

/// The delivery of one notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFigures {
    /// The lane it travels in.
    pub lane: Lane,
    /// How many subscriptions it goes to; grows until `queued_at`.
    pub audience: u64,
    /// All of them.
    pub total: Counts,
    /// By provider. Those that were not tried yet are in the total alone.
    pub providers: BTreeMap<String, Counts>,
    /// How many batches there are until now.
    pub batches: u64,
    /// How many of them are done.
    pub batches_done: u64,
    /// When the notice was published.
    pub published_at: OffsetDateTime,
    /// When its fan-out began.
    pub started_at: Option<OffsetDateTime>,
    /// When the last batch was queued.
    pub queued_at: Option<OffsetDateTime>,
    /// When a push service took the first message.
    pub first_sent_at: Option<OffsetDateTime>,
    /// When a push service took the last message until now.
    pub last_sent_at: Option<OffsetDateTime>,
    /// When everything was done.
    pub finished_at: Option<OffsetDateTime>,
}

/// How many of a notice's phones are reached without any outside company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnShare {
    /// Phones at our own push service.
    pub own: u64,
    /// All phones that a message was tried for and that are still there.
    pub all: u64,
    /// The share in percent, 0 and 100 only where it is exactly that.
    pub percent: u8,
}

/// The figures of a department's notices.
#[derive(Debug, Clone)]
pub struct Figures {
    core: Core,
}

impl Figures {
    /// Over the database.
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    /// The delivery of a published notice of the reader's department. One cheap query: it can be asked every second.
    pub async fn of(&self, reader: NoticeReader, notice: NoticeId) -> Result<DeliveryFigures> {
        let figures = self.core.store.broadcast_figures(notice).await?;
        let own = figures.filter(|figures| figures.department == reader.department);
        own.map(DeliveryFigures::from).ok_or(ServiceError::NotFound("published notice"))
    }
}

/// Ends a notice's broadcast if nothing is left of it to be done, and then writes its summary to the audit trail.
pub async fn finish_broadcast(core: &Core, tx: &mut Tx, notice: NoticeId) -> Result<bool> {
    if !tx.finish_broadcast(notice, core.clock.now()).await? {
        return Ok(false);
    }
    let Some(figures) = tx.broadcast_figures(notice).await? else { return Ok(false) };
    let department = figures.department;
    let act = Act::of_system("deliver", "delivery.summary", notice).for_department(department);
    core.record(tx, act.with(DeliveryFigures::from(figures).summary())).await?;
    Ok(true)
}

impl Counts {
    fn add(&mut self, outcome: Outcome, count: u64) {
        *match outcome {
            Outcome::Pending => &mut self.pending,
            Outcome::Sent => &mut self.sent,
            Outcome::Gone => &mut self.gone,
            Outcome::Waiting => &mut self.waiting,
            Outcome::Failed => &mut self.failed,
            Outcome::Expired => &mut self.expired,
            Outcome::Left => &mut self.left,
        } += count;
    }

    fn tried(&self) -> u64 {
        self.sent + self.gone + self.waiting + self.failed + self.expired + self.left
    }
}

impl From<BroadcastFigures> for DeliveryFigures {
    fn from(figures: BroadcastFigures) -> Self {
        let (mut total, mut providers) = (Counts::default(), BTreeMap::<String, Counts>::new());
        for (provider, outcome, count) in figures.tally {
            total.add(outcome, count);
            providers.entry(provider).or_default().add(outcome, count);
        }
        total.pending = figures.audience.saturating_sub(total.tried());
        Self {
            lane: figures.lane,
            audience: figures.audience,
            total,
            providers,
            batches: figures.batches,
            batches_done: figures.batches_done,
            published_at: figures.published_at,
            started_at: figures.started_at,
            queued_at: figures.queued_at,
            first_sent_at: figures.first_sent_at,
            last_sent_at: figures.last_sent_at,
            finished_at: figures.finished_at,
        }
    }
}

impl DeliveryFigures {
    /// How many of the phones are reached without any outside company; nothing before the first was tried. The numbers are exact also
    /// when there are few: they are for officers alone, who answer for every message, and of a citizen they say no more than which
    /// company's browser somebody in the area has.
    pub fn own_share(&self) -> Option<OwnShare> {
        let there = |counts: &Counts| counts.tried() - counts.gone - counts.left;
        let all = self.providers.values().map(there).sum();
        let own = self.providers.get(OWN).map_or(0, there);
        (all > 0).then(|| OwnShare { own, all, percent: percent(own, all) })
    }

    /// What the audit trail keeps: numbers only.
    fn summary(&self) -> Value {
        let Counts { sent, gone, failed, expired, left, .. } = self.total;
        json!({
            "lane": self.lane.as_str(),
            "audience": self.audience,
            "sent": sent,
            "gone": gone,
            "failed": failed,
            "expired": expired,
            "left": left,
        })
    }
}

#[cfg(test)]
mod tests {
    use munadi_domain::id::{DepartmentId, Seed};
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn figures(audience: u64, tally: Vec<(String, Outcome, u64)>) -> DeliveryFigures {
        let at = datetime!(2026-01-31 08:00 UTC);
        DeliveryFigures::from(BroadcastFigures {
            department: DepartmentId::new(Seed { unix_ms: 1, random: 1 }),
            lane: Lane::Routine,
            audience,
            batches: 3,
            batches_done: 1,
            published_at: at,
            started_at: Some(at),
            queued_at: None,
            first_sent_at: None,
            last_sent_at: None,
            finished_at: None,
            tally,
        })
    }

    /// The figures of a delivery that began then and still runs.
    pub(super) fn running(started_at: OffsetDateTime) -> DeliveryFigures {
        DeliveryFigures { started_at: Some(started_at), finished_at: None, ..figures(1, Vec::new()) }
    }

    #[test]
    fn phones_that_are_gone_count_for_nobody() {
        let tally = |entries: &[(&str, Outcome, u64)]| {
            let entries = entries.iter().map(|(provider, outcome, count)| ((*provider).to_owned(), *outcome, *count));
            figures(1_000, entries.collect()).own_share()
        };
        assert_eq!(tally(&[]), None);
        assert_eq!(tally(&[("unknown", Outcome::Left, 3), ("own", Outcome::Gone, 2)]), None);
        let share = tally(&[
            ("own", Outcome::Sent, 20),
            ("own", Outcome::Gone, 5),
            ("google", Outcome::Sent, 39),
            ("google", Outcome::Waiting, 1),
            ("unknown", Outcome::Left, 7),
        ]);
        assert_eq!(share, Some(OwnShare { own: 20, all: 60, percent: 33 }));
        assert_eq!(tally(&[("mozilla", Outcome::Failed, 4)]), Some(OwnShare { own: 0, all: 4, percent: 0 }));
    }

    proptest! {
        #[test]
        fn every_recipient_is_counted_once(counts in prop::collection::vec((0..3_u8, 1..7_u8, 1..500_u64), 0..20), untried in 0..1000_u64) {
            let tally: Vec<_> = counts
                .iter()
                .map(|(provider, code, count)| (provider.to_string(), Outcome::from_code(*code).unwrap(), *count))
                .collect();
            let tried: u64 = counts.iter().map(|(.., count)| count).sum();
            let figures = figures(tried + untried, tally);
            prop_assert_eq!(figures.total.pending, untried);
            prop_assert_eq!(figures.total.tried(), tried);
            prop_assert_eq!(figures.providers.values().map(Counts::tried).sum::<u64>(), tried);
        }
    }
}
