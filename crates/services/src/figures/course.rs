//! How a delivery went over time.

use munadi_domain::{access::NoticeReader, id::NoticeId};
use munadi_store::figures::Span;
use time::{Duration, OffsetDateTime};

use super::{DeliveryFigures, Figures};
use crate::Result;

/// The most spans that a delivery is shown in.
pub const MOST_SPANS: usize = 60;
/// How long a span may be, in seconds: what people read easily.
const STEPS: [u32; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400];

/// The delivery of one notice over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// When the first span begins.
    pub from: OffsetDateTime,
    /// How long each span is.
    pub step: Duration,
    /// Every span from the first one to now, or to the end of the delivery: 1 to [`MOST_SPANS`].
    pub spans: Vec<Span>,
}

impl Figures {
    /// How the delivery of a published notice of the reader's department went until now. It reads a row for each batch that was worked
    /// on: ask for it every few seconds at most.
    pub async fn course(&self, reader: NoticeReader, notice: NoticeId) -> Result<Course> {
        let figures = self.of(reader, notice).await?;
        let (from, step) = plan(&figures, self.core.clock.now());
        let known = self.core.store.delivery_spans(notice, from, step).await?;
        Ok(Course::new(from, step, &known, last_of(&figures, self.core.clock.now())))
    }
}

/// What happened last: nothing is counted after a delivery has ended.
fn last_of(figures: &DeliveryFigures, now: OffsetDateTime) -> OffsetDateTime {
    figures.finished_at.unwrap_or(now)
}

/// From when on, and in spans of how many seconds.
fn plan(figures: &DeliveryFigures, now: OffsetDateTime) -> (OffsetDateTime, u32) {
    let from = figures.started_at.unwrap_or(figures.published_at);
    let whole = (last_of(figures, now) - from).whole_seconds().max(0).unsigned_abs();
    let fits = |step: u32| whole / u64::from(step) < MOST_SPANS as u64;
    let step = STEPS.into_iter().find(|step| fits(*step));
    let day = || u32::try_from(whole / (MOST_SPANS as u64) + 1).unwrap_or(u32::MAX);
    (from, step.unwrap_or_else(day))
}

impl Course {
    fn new(from: OffsetDateTime, step: u32, known: &[Span], until: OffsetDateTime) -> Self {
        let whole = (until - from).whole_seconds().max(0).unsigned_abs();
        let last = usize::try_from(whole / u64::from(step)).unwrap_or(usize::MAX).min(MOST_SPANS - 1);
        let mut spans: Vec<Span> = (0..).map(|index| Span { index, ..Span::default() }).take(last + 1).collect();
        for span in known {
            // What was written a moment after we looked at the clock belongs to the last one.
            let at = usize::try_from(span.index).unwrap_or(usize::MAX).min(last);
            spans[at].sent += span.sent;
            spans[at].gone += span.gone;
            spans[at].failed += span.failed;
            spans[at].unsent += span.unsent;
        }
        Self { from, step: Duration::seconds(step.into()), spans }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    proptest! {
        #[test]
        fn everything_is_in_one_of_few_spans(seconds in 0..40_000_000_i64, known in prop::collection::vec((0..100_u32, 0..9_u64), 0..9)) {
            let from = datetime!(2026-01-31 08:00 UTC);
            let until = from + Duration::seconds(seconds);
            let figures = super::super::tests::running(from);
            let (start, step) = plan(&figures, until);
            let known: Vec<Span> = known.into_iter().map(|(index, sent)| Span { index, sent, ..Span::default() }).collect();
            let course = Course::new(start, step, &known, until);
            prop_assert!((1..=MOST_SPANS).contains(&course.spans.len()));
            prop_assert_eq!(course.spans.iter().map(|span| span.sent).sum::<u64>(), known.iter().map(|span| span.sent).sum::<u64>());
            let end = course.from + course.step * i32::try_from(course.spans.len()).unwrap();
            prop_assert!(end > until && end - course.step <= until);
        }
    }
}
