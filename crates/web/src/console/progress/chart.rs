//! A small chart of a delivery: a bar for each span, and a table that says the same.

use munadi_services::figures::Course;

use crate::page::Page;

const WIDTH: u64 = 720;
const HEIGHT: u64 = 160;

/// A span of time.
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) width: u64,
    pub(super) y: u64,
    pub(super) height: u64,
    pub(super) failed_y: u64,
    pub(super) failed_height: u64,
    /// When the span begins, in words.
    pub(super) at: String,
    pub(super) sent: u64,
    pub(super) failed: u64,
}

/// The chart, in units of its own.
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    /// The most that was sent in one span.
    pub(super) most: u64,
    /// How long a span is, in seconds.
    pub(super) step: i64,
}

impl Chart {
    pub(super) const WIDTH: u64 = WIDTH;
    pub(super) const HEIGHT: u64 = HEIGHT;

    /// Everything that was done, over time.
    pub(super) fn new(page: &Page, course: &Course) -> Self {
        let failed = |span: &munadi_services::figures::Span| span.gone + span.failed + span.unsent;
        let most = course.spans.iter().map(|span| span.sent + failed(span)).max().unwrap_or(0).max(1);
        let width = (WIDTH / (course.spans.len() as u64).max(1)).clamp(1, 80);
        let bar = |(index, span): (usize, &munadi_services::figures::Span)| {
            let (height, failed_height) = (span.sent * HEIGHT / most, failed(span) * HEIGHT / most);
            let at = course.from + course.step * i32::try_from(index).unwrap_or(i32::MAX);
            Bar {
                x: index as u64 * width,
                width: width.saturating_sub(1).max(1),
                y: HEIGHT - height,
                height,
                failed_y: HEIGHT.saturating_sub(height + failed_height),
                failed_height,
                at: page.moment(&at),
                sent: span.sent,
                failed: failed(span),
            }
        };
        Self { bars: course.spans.iter().enumerate().map(bar).collect(), most, step: course.step.whole_seconds() }
    }

    /// The spans in which something happened.
    pub(super) fn busy(&self) -> impl Iterator<Item = &Bar> {
        self.bars.iter().filter(|bar| bar.sent + bar.failed > 0)
    }
}
