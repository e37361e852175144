//! What became of a batch, summed up: pure, so that every recipient is provably counted once.

use std::collections::BTreeMap;

use munadi_domain::delivery::Outcome;
use munadi_store::delivery::Batch;
use time::OffsetDateTime;

use crate::origin::Change;

/// Whose push service it was cannot be told any more of somebody who left.
const UNKNOWN: &str = "unknown";

/// What became of one recipient in one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The push service took the message at this time.
    Sent(OffsetDateTime),
    /// The push service knows no such subscription.
    Gone,
    /// It will be tried again, not before this time if there is one.
    Again(Option<OffsetDateTime>),
    /// The push service refuses our message to it, and says this.
    Rejected(String),
    /// It can never be sent.
    Failed,
    /// The notice was over.
    Expired,
}

/// One recipient's part of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) id: i64,
    pub(crate) provider: String,
    pub(crate) origin: String,
    pub(crate) fate: Fate,
    pub(crate) change: Option<Change>,
}

/// What is to be written down.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// For every recipient of the batch, in order.
    pub(crate) outcomes: Vec<Outcome>,
    /// Provider, outcome, how often: of this attempt.
    pub(crate) tally: Vec<(String, Outcome, u32)>,
    /// Subscriptions to delete.
    pub(crate) gone: Vec<i64>,
    /// Seconds to rest before the next attempt; `None` if there is nothing left to do.
    pub(crate) rest: Option<u32>,
    /// When the first and the last message were taken.
    pub(crate) sent: Option<(OffsetDateTime, OffsetDateTime)>,
    /// Push services to be left alone until then.
    pub(crate) pauses: Vec<(String, OffsetDateTime)>,
    /// Push services that were stopped or resumed, and the last refusal heard from them.
    pub(crate) turned: BTreeMap<String, String>,
}

impl Summary {
    /// Sums up the reports of an attempt. Whoever is without a report and without a final outcome has left.
    pub(crate) fn new(
        batch: &Batch,
        reports: &[Report],
        is_stopped: impl Fn(&str) -> bool,
        now: OffsetDateTime,
    ) -> Self {
        let mut summary = Self::default();
        let by_id: BTreeMap<i64, &Report> = reports.iter().map(|report| (report.id, report)).collect();
        let mut tally = BTreeMap::<(&str, Outcome), u32>::new();
        for (id, before) in &batch.recipients {
            if before.is_final() {
                summary.outcomes.push(*before);
                continue;
            }
            let report = by_id.get(id);
            let outcome = report.map_or(Outcome::Left, |report| outcome(report, &is_stopped));
            summary.outcomes.push(outcome);
            *tally.entry((report.map_or(UNKNOWN, |report| &report.provider), outcome)).or_default() += 1;
        }
        summary.tally =
            tally.into_iter().map(|((provider, outcome), count)| (provider.to_owned(), outcome, count)).collect();
        for report in reports {
            summary.add(report, outcome(report, &is_stopped), now);
        }
        summary
    }

    fn add(&mut self, report: &Report, outcome: Outcome, now: OffsetDateTime) {
        if outcome == Outcome::Gone {
            self.gone.push(report.id);
        }
        if outcome == Outcome::Waiting {
            let until = if let Fate::Again(until) = report.fate { until } else { None };
            let rest = until.map_or(0, |until| seconds(until - now));
            // The first of them decides: whoever must wait longer costs nothing when the batch comes back.
            self.rest = Some(self.rest.map_or(rest, |known| known.min(rest)));
        }
        if let Fate::Sent(at) = report.fate {
            self.sent = Some(self.sent.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        }
        match report.change {
            Some(Change::Paused(until)) => self.pauses.push((report.origin.clone(), until)),
            Some(Change::Stopped | Change::Resumed) => {
                let refusal = if let Fate::Rejected(reason) = &report.fate { reason.as_str() } else { "" };
                self.turned.insert(report.origin.clone(), refusal.to_owned());
            }
            None => {}
        }
    }
}

fn outcome(report: &Report, is_stopped: &impl Fn(&str) -> bool) -> Outcome {
    match report.fate {
        Fate::Sent(_) => Outcome::Sent,
        Fate::Gone => Outcome::Gone,
        Fate::Again(_) => Outcome::Waiting,
        // If the service refuses everyone, the fault is ours, and those it refused are tried again when it is mended.
        Fate::Rejected(_) if is_stopped(&report.origin) => Outcome::Waiting,
        Fate::Rejected(_) | Fate::Failed => Outcome::Failed,
        Fate::Expired => Outcome::Expired,
    }
}

/// Whole seconds, rounded up; none if the time has passed.
fn seconds(time: time::Duration) -> u32 {
    let whole = time.whole_seconds() + i64::from(time.subsec_nanoseconds() > 0);
    u32::try_from(whole.max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use munadi_domain::message::Lane;
    use proptest::prelude::*;
    use time::{Duration, macros::datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-31 08:00 UTC);

    fn batch(outcomes: &[Outcome]) -> Batch {
        Batch {
            attempt: 0,
            recipients: (1..).zip(outcomes.iter().copied()).collect(),
            current: true,
            expires_at: NOW + Duration::DAY,
            lane: Lane::Routine,
        }
    }

    fn report(id: i64, fate: Fate) -> Report {
        let (provider, origin) = (format!("p{}", id % 3), format!("https://{}.example.org", id % 3));
        Report { id, provider, origin, fate, change: None }
    }

    fn any_fate() -> impl Strategy<Value = Fate> {
        prop_oneof![
            (0..99_i64).prop_map(|seconds| Fate::Sent(NOW + Duration::seconds(seconds))),
            Just(Fate::Gone),
            prop::option::of(-9..99_i64)
                .prop_map(|wait| Fate::Again(wait.map(|seconds| NOW + Duration::seconds(seconds)))),
            Just(Fate::Rejected("403".to_owned())),
            Just(Fate::Failed),
            Just(Fate::Expired),
        ]
    }

    fn any_outcome() -> impl Strategy<Value = Outcome> {
        (0..7_u8).prop_map(|code| Outcome::from_code(code).unwrap())
    }

    proptest! {
        #[test]
        fn every_recipient_is_counted_once(
            recipients in prop::collection::vec((any_outcome(), prop::option::of(any_fate())), 0..60),
            stopped: bool,
        ) {
            let before: Vec<Outcome> = recipients.iter().map(|(outcome, _)| *outcome).collect();
            let open = |index: usize| !before[index].is_final();
            let reports: Vec<Report> = recipients
                .iter()
                .enumerate()
                .filter(|(index, _)| open(*index))
                .filter_map(|(index, (_, fate))| Some(report(i64::try_from(index).unwrap() + 1, fate.clone()?)))
                .collect();
            let summary = Summary::new(&batch(&before), &reports, |_| stopped, NOW);
            prop_assert_eq!(summary.outcomes.len(), before.len());
            prop_assert!(summary.outcomes.iter().all(|outcome| *outcome != Outcome::Pending));
            for (index, outcome) in before.iter().enumerate().filter(|(_, outcome)| outcome.is_final()) {
                prop_assert_eq!(summary.outcomes[index], *outcome, "what is final stays");
            }
            for kind in Outcome::ALL {
                let now_so = summary.outcomes.iter().enumerate().filter(|(index, outcome)| open(*index) && **outcome == kind).count();
                let counted: u32 = summary.tally.iter().filter(|(_, outcome, _)| *outcome == kind).map(|(.., count)| count).sum();
                prop_assert_eq!(usize::try_from(counted).unwrap(), now_so);
            }
            prop_assert_eq!(summary.rest.is_some(), summary.outcomes.contains(&Outcome::Waiting));
            prop_assert_eq!(summary.gone.len(), reports.iter().filter(|report| report.fate == Fate::Gone).count());
        }
    }

    #[test]
    fn refused_by_a_stopped_service_waits_and_else_fails() {
        let reports = [report(1, Fate::Rejected("403".to_owned())), report(2, Fate::Rejected("403".to_owned()))];
        let stopped = |origin: &str| origin == "https://1.example.org";
        let summary = Summary::new(&batch(&[Outcome::Pending; 2]), &reports, stopped, NOW);
        assert_eq!(summary.outcomes, [Outcome::Waiting, Outcome::Failed]);
    }

    #[test]
    fn shortest_rest_counts_rounded_up() {
        let again = |id, millis| report(id, Fate::Again(Some(NOW + Duration::milliseconds(millis))));
        let summary = |reports: &[Report]| Summary::new(&batch(&[Outcome::Pending; 3]), reports, |_| false, NOW).rest;
        assert_eq!(summary(&[again(1, 300_000), again(2, 20_001), again(3, 99_000)]), Some(21));
        assert_eq!(summary(&[again(1, 300_000), report(2, Fate::Again(None))]), Some(0));
        assert_eq!(summary(&[report(1, Fate::Gone)]), None);
    }
}
