//! How a published notice is doing, as it happens.

mod chart;

use std::{convert::Infallible, sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{Extension, State},
    response::{
        Html, IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::stream::{self, Stream};
use munadi_domain::{
    access::{NoticeDrafter, NoticeReader},
    id::NoticeId,
    notice::{Intent, Notice},
};
use munadi_services::{
    ServiceError,
    figures::{Counts, Course, DeliveryFigures, Figures, OwnShare},
    notices::NoticeRecord,
    subscriptions::Subscriptions,
};
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::chart::Chart;
use super::{
    parts::{self, Part},
    sign,
};
use crate::{
    error::Result,
    page::Page,
    push_service,
    session::{Path, Right, SignedIn},
    state::WebState,
    words,
};

/// So many officers may watch at once, in this process.
const SEATS: usize = 500;
/// A stream ends after that, and the browser opens the next: so none outlives its session, or a shutdown, by long.
const TICKS: u32 = 30;
/// The figures are read so often, and the course in every fifth reading.
const TICK: Duration = Duration::from_secs(1);
const COURSE_TICKS: u32 = 5;

/// The places of those who watch.
#[derive(Debug, Clone)]
pub(super) struct Seats(Arc<Semaphore>);

impl Default for Seats {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(SEATS)))
    }
}

/// What changes while one watches.
#[derive(Template)]
#[template(path = "console/progress-figures.html")]
struct FiguresPart {
    page: Page,
    figures: DeliveryFigures,
    chart: Chart,
    /// Whether notifications go through our own push services alone.
    is_own_only: bool,
}

#[derive(Template)]
#[template(path = "console/progress.html")]
struct ProgressPage {
    page: Page,
    id: NoticeId,
    intent: Intent,
    state: &'static str,
    status: &'static str,
    headline: String,
    published_at: OffsetDateTime,
    ended_by: Option<NoticeId>,
    may_follow: bool,
    is_canceled: bool,
    parts: Vec<Part>,
    /// The figures as HTML.
    figures: String,
    is_finished: bool,
}

/// The page of a notice that is out, or was.
pub(super) async fn show(
    page: Page,
    web: &WebState,
    signed_in: &SignedIn,
    reader: NoticeReader,
    record: &NoticeRecord,
) -> Result<Response> {
    let (notice, state) = (record.notice.head().id, record.notice.state().as_str());
    let (Notice::Published(published) | Notice::Superseded(published) | Notice::Withdrawn(published)) = &record.notice
    else {
        return Err(ServiceError::NotFound("published notice").into());
    };
    let figures = web.parts.figures.of(reader, notice).await?;
    let course = web.parts.figures.course(reader, notice).await?;
    let content = sign::frozen(record).map_or_else(|| record.content.clone(), |it| parts::content_of(&it));
    let is_drafter = NoticeDrafter::try_from(&signed_in.0).is_ok();
    let intent = published.head.intent;
    let shown = ProgressPage {
        id: notice,
        intent,
        state,
        status: published.frozen.payload.status.as_str(),
        headline: content.languages.first().map(|version| version.headline.clone()).unwrap_or_default(),
        published_at: published.at,
        ended_by: record.ended_by,
        may_follow: is_drafter && matches!(record.notice, Notice::Published(_)),
        is_canceled: intent == Intent::Cancel,
        parts: parts::of(&page, &web.parts.core.places, &content),
        is_finished: figures.finished_at.is_some(),
        figures: written(&page, figures, &course, web.parts.subscriptions.push_policy().is_own_only())?,
        page,
    };
    Ok(Html(shown.render()?).into_response())
}

fn written(page: &Page, figures: DeliveryFigures, course: &Course, is_own_only: bool) -> askama::Result<String> {
    FiguresPart { page: page.clone(), figures, chart: Chart::new(page, course), is_own_only }.render()
}

/// Who watches.
struct Watch {
    page: Page,
    figures: Figures,
    reader: NoticeReader,
    notice: NoticeId,
    course: Course,
    is_own_only: bool,
    ticks: u32,
    last: String,
    is_over: bool,
    _seat: OwnedSemaphorePermit,
}

/// `GET /console/notices/{id}/progress` (server-sent events): the part of the page that changes, whenever it did. It ends with the
/// event `done` once the delivery has ended.
pub(super) async fn follow(
    page: Page,
    State(figures): State<Figures>,
    State(subscriptions): State<Subscriptions>,
    Extension(Seats(seats)): Extension<Seats>,
    Right(reader): Right<NoticeReader>,
    Path(notice): Path<NoticeId>,
) -> Result<Response> {
    let full = |_| ServiceError::TooMany { retry_after: Duration::from_secs(5) };
    let seat = seats.try_acquire_owned().map_err(full)?;
    let course = figures.course(reader, notice).await?;
    let watch = Watch {
        page,
        figures,
        reader,
        notice,
        course,
        is_own_only: subscriptions.push_policy().is_own_only(),
        ticks: 0,
        last: String::new(),
        is_over: false,
        _seat: seat,
    };
    let events = Sse::new(events(watch)).keep_alive(KeepAlive::new().interval(Duration::from_secs(10)));
    Ok(([("x-accel-buffering", "no")], events).into_response())
}

fn events(watch: Watch) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(watch), |watch| async move {
        let mut watch = watch?;
        if watch.is_over {
            return Some((Ok(Event::default().event("done").data("")), None));
        }
        loop {
            if watch.ticks >= TICKS {
                return None;
            }
            if watch.ticks > 0 {
                tokio::time::sleep(TICK).await;
            }
            match watch.look().await {
                Ok(Some(html)) => return Some((Ok(Event::default().event("figures").data(html)), Some(watch))),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a delivery cannot be watched");
                    return None;
                }
            }
        }
    })
}

impl Watch {
    /// What is to be shown now, if it is another than before.
    async fn look(&mut self) -> Result<Option<String>> {
        let figures = self.figures.of(self.reader, self.notice).await?;
        self.is_over = figures.finished_at.is_some();
        if self.is_over || self.ticks % COURSE_TICKS == COURSE_TICKS - 1 {
            self.course = self.figures.course(self.reader, self.notice).await?;
        }
        self.ticks += 1;
        let html = written(&self.page, figures, &self.course, self.is_own_only)?;
        if html == self.last {
            return Ok(None);
        }
        self.last.clone_from(&html);
        Ok(Some(html))
    }
}

impl FiguresPart {
    /// What people call a provider.
    fn name(&self, provider: &str) -> String {
        push_service::name(&self.page, provider)
    }

    /// How many phones are reached without any outside company, in words.
    fn own(&self, share: &OwnShare) -> String {
        let number = |number| words::number(number).into();
        let texts = self.page.texts();
        let (own, all) = (number(share.own), number(share.all));
        texts.get("progress-own", &[("own", own), ("all", all), ("percent", share.percent.to_string().into())])
    }

    /// All that is still to be sent.
    fn pending(counts: &Counts) -> u64 {
        counts.pending + counts.waiting
    }

    /// What is done, in percent of all.
    fn percent(&self) -> u64 {
        let audience = self.figures.audience.max(1);
        (audience.saturating_sub(Self::pending(&self.figures.total)) * 100 / audience).min(100)
    }
}
