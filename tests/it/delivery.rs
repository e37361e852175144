//! Batches become messages, and messages become counts that stay right whatever breaks. The push service is the sink, which holds every
//! request against the standards.

mod policy;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use munadi_deliver::{
    DeliverConfig, Deliverer, Form, Tools, Worked,
    client::{ClientConfig, PushClient},
    topic::TopicKey,
    vapid::{Vapid, VapidKey},
};
use munadi_domain::{
    delivery::Outcome,
    endpoint::EndpointPolicy,
    id::NoticeId,
    message::{Lane, Route, Rung},
    notice::Intent,
};
use munadi_fanout::FanOut;
use munadi_push_sink::{Behavior, Capture, Sink, SinkConfig, Subscriber, Transport};
use munadi_services::{figures::Figures, notices::NoticeRecord};
use munadi_store::{delivery::Settlement, figures::BroadcastFigures};
use munadi_testkit::{NoticeWorld, people::id};
use tokio_util::sync::CancellationToken;

use crate::crowd::{self, crash_after, existing, neighbors, outcomes};

/// A town, its citizens, their push service, and who delivers.
pub(crate) struct Post {
    pub(crate) town: NoticeWorld,
    pub(crate) sink: Sink,
    device: Subscriber,
    deliverer: Deliverer,
}

impl Post {
    /// So many citizens; the push service behaves as told, by the number of the citizen.
    pub(crate) async fn new(citizens: usize, behavior: impl Fn(u64) -> Behavior + Send + Sync + 'static) -> Self {
        Self::with(citizens, behavior, settings()).await
    }

    /// The same with other settings of the delivery.
    async fn with(
        citizens: usize,
        behavior: impl Fn(u64) -> Behavior + Send + Sync + 'static,
        settings: DeliverConfig,
    ) -> Self {
        let config = SinkConfig { transport: Transport::Plain, capture: Capture::All, ..SinkConfig::default() };
        let sink = Sink::start(config.behave(behavior)).await.unwrap();
        let town = NoticeWorld::new().await;
        let device = Subscriber::generate().unwrap();
        let base = sink.endpoint(0);
        crowd::settle(&town.world.database, base.strip_suffix('0').unwrap(), &device, &neighbors(citizens)).await;
        let deliverer = deliverer_with(&town, settings);
        Self { town, sink, device, deliverer }
    }

    /// A published notice in batches of so many.
    async fn fan_out(&self, batch: usize) -> NoticeRecord {
        let notice = self.town.published().await;
        self.fan_out_notice(id(&notice), batch).await;
        notice
    }

    async fn fan_out_notice(&self, notice: NoticeId, batch: usize) {
        let fan_out = FanOut::new(self.town.world.core.clone()).with_sizes(10_000, batch);
        assert!(fan_out.work(notice, &CancellationToken::new()).await.unwrap());
    }

    async fn work(&self, notice: &NoticeRecord, batch: u32, attempt: u32) -> Worked {
        self.deliverer.work(id(notice), batch, attempt, &CancellationToken::new()).await.unwrap()
    }

    async fn outcomes(&self, notice: &NoticeRecord) -> Vec<Outcome> {
        outcomes(&self.town.world.database, id(notice)).await.into_values().collect()
    }

    async fn figures(&self, notice: &NoticeRecord) -> BroadcastFigures {
        self.town.world.core.store.broadcast_figures(id(notice)).await.unwrap().unwrap()
    }

    /// What the tally says, which must be what the outcomes say.
    pub(crate) async fn counts(&self, notice: &NoticeRecord) -> BTreeMap<Outcome, u64> {
        let mut tally = BTreeMap::<Outcome, u64>::new();
        for (_, outcome, count) in self.figures(notice).await.tally {
            *tally.entry(outcome).or_default() += count;
        }
        let mut counted = BTreeMap::<Outcome, u64>::new();
        for outcome in self.outcomes(notice).await.into_iter().filter(|outcome| *outcome != Outcome::Pending) {
            *counted.entry(outcome).or_default() += 1;
        }
        assert_eq!(tally, counted);
        tally
    }

    async fn retries(&self, notice: &NoticeRecord) -> Vec<(Route, u32, u32)> {
        let letters = crowd::letters(&self.town.world, id(notice)).await;
        letters.into_iter().filter(|(.., attempt)| *attempt > 0).collect()
    }
}

/// Everybody is given the text.
fn settings() -> DeliverConfig {
    DeliverConfig { foreign: Some(Form::Full), ..DeliverConfig::new("https://munadi.test/n/".to_owned()) }
}

pub(crate) fn deliverer(town: &NoticeWorld) -> Deliverer {
    deliverer_with(town, settings())
}

fn deliverer_with(town: &NoticeWorld, config: DeliverConfig) -> Deliverer {
    let der = VapidKey::generate_pkcs8().unwrap();
    let vapid = Vapid::new(VapidKey::from_pkcs8(&der).unwrap(), "mailto:ops@munadi.test").unwrap();
    Deliverer::new(Tools {
        core: town.world.core.clone(),
        limits: town.world.limits.clone(),
        client: PushClient::new(ClientConfig { timeout: Duration::from_secs(2), ..ClientConfig::default() }).unwrap(),
        vapid: Arc::new(vapid),
        topics: TopicKey::new(b"a secret of thirty-two bytes ...."),
        endpoints: Arc::new(EndpointPolicy::new([] as [&str; 0], true).unwrap()),
        config,
    })
}

fn settled(waiting: usize) -> Worked {
    Worked::Settled { waiting }
}

fn later(batch: u32, attempt: u32, rung: Rung) -> (Route, u32, u32) {
    (Route::DeliverLater(Lane::Emergency, rung), batch, attempt)
}

#[tokio::test]
async fn everybody_gets_it_once_and_can_read_it() {
    let post = Post::new(12, |_| Behavior::Accept).await;
    let notice = post.fan_out(5).await;
    for batch in 0..3 {
        assert_eq!(post.work(&notice, batch, 0).await, settled(0));
    }
    let counts = post.sink.counts();
    assert_eq!((counts.totals.accepted, counts.totals.faults, counts.doubles()), (12, 0, 0), "{:?}", counts.faults);
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 12)].into());
    let message = &post.sink.captured()[0];
    assert_eq!((message.urgency.as_str(), message.topic.len()), ("high", 32));
    let json: serde_json::Value = serde_json::from_slice(&post.device.decrypt(&message.body).unwrap()).unwrap();
    let shown = &json["notification"];
    assert_eq!(shown["title"], "यमुना खतरे के निशान से ऊपर");
    assert_eq!(shown["navigate"], format!("https://munadi.test/n/{}", id(&notice)));
    assert_eq!(shown["data"]["notice"], id(&notice).to_string());
}

#[tokio::test]
async fn end_of_a_broadcast_is_in_the_figures_and_once_in_the_audit_trail() {
    let post = Post::new(4, |_| Behavior::Accept).await;
    let notice = post.fan_out(2).await;
    post.work(&notice, 0, 0).await;
    assert!(post.figures(&notice).await.finished_at.is_none());
    post.work(&notice, 1, 0).await;
    post.work(&notice, 1, 0).await;
    let figures = post.figures(&notice).await;
    assert_eq!((figures.audience, figures.batches, figures.batches_done), (4, 2, 2));
    assert!(
        figures.finished_at.is_some()
            && figures.first_sent_at <= figures.last_sent_at
            && figures.first_sent_at.is_some()
    );
    let expected = serde_json::json!({ "lane": "emergency", "audience": 4, "sent": 4, "gone": 0, "failed": 0, "expired": 0, "left": 0 });
    assert_eq!(crowd::audited(&post.town.world.database, "delivery.summary").await, [expected]);
}

#[tokio::test]
async fn the_course_of_a_delivery_is_kept_by_attempt() {
    let post = Post::new(5, |citizen| match citizen {
        2 => Behavior::Status(410),
        3 => Behavior::Status(403),
        4 => Behavior::Status(502),
        _ => Behavior::Accept,
    })
    .await;
    let notice = post.fan_out(3).await;
    let course = async || {
        let figures = Figures::new(post.town.world.core.clone());
        let course = figures.course(post.town.author.reader(), id(&notice)).await.unwrap();
        let spans = course.spans.iter().map(|span| (span.sent, span.gone, span.failed)).collect::<Vec<_>>();
        (course.step.whole_seconds(), spans)
    };
    post.work(&notice, 0, 0).await;
    post.work(&notice, 0, 0).await;
    assert_eq!(course().await, (1, vec![(1, 1, 1)]), "a message that comes twice counts once");
    post.town.world.clock.advance(time::Duration::seconds(2));
    post.work(&notice, 1, 0).await;
    post.work(&notice, 1, 1).await;
    assert_eq!(course().await, (1, vec![(1, 1, 1), (0, 0, 0), (1, 0, 0)]), "who waits is in no span yet");
    let rows = sqlx::query_scalar::<_, i64>("select count(*) from delivery_attempt");
    assert_eq!(rows.fetch_one(&post.town.world.database.pool().await).await.unwrap(), 2);
}

#[tokio::test]
async fn two_last_batches_at_the_same_time_end_the_broadcast() {
    let post = Post::new(2, |_| Behavior::Accept).await;
    let notice = id(&post.fan_out(1).await);
    let (store, at) = (&post.town.world.core.store, post.town.now());
    let (mut one, mut two) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    for (batch, tx) in [(0, &mut one), (1, &mut two)] {
        let outcomes = &[Outcome::Sent];
        let settlement = Settlement { notice, batch, attempt: 0, outcomes, tally: &[], sent: None, at };
        assert!(tx.settle_batch(&settlement).await.unwrap());
    }
    assert!(!one.finish_broadcast(notice, at).await.unwrap());
    // The second waits for the first, and then sees its batch.
    let (finished, committed) = tokio::join!(two.finish_broadcast(notice, at), one.commit());
    committed.unwrap();
    assert!(finished.unwrap());
}

#[tokio::test]
async fn each_answer_has_its_outcome_and_only_gone_deletes() {
    let post = Post::new(7, |citizen| match citizen {
        2 => Behavior::Status(410),
        3 => Behavior::Status(404),
        4 => Behavior::Status(500),
        5 => Behavior::Reset,
        6 => Behavior::Status(403),
        7 => Behavior::RetryAfter(429, "20".to_owned()),
        _ => Behavior::Accept,
    })
    .await;
    let notice = post.fan_out(10).await;
    assert_eq!(post.work(&notice, 0, 0).await, settled(3));
    let expected = [
        Outcome::Sent,
        Outcome::Gone,
        Outcome::Gone,
        Outcome::Waiting,
        Outcome::Waiting,
        Outcome::Failed,
        Outcome::Waiting,
    ];
    assert_eq!(post.outcomes(&notice).await, expected);
    post.counts(&notice).await;
    assert_eq!(existing(&post.town.world.database).await, [1, 4, 5, 6, 7]);
    assert_eq!(post.retries(&notice).await, [later(0, 1, Rung::Seconds5)]);
    assert!(post.figures(&notice).await.finished_at.is_none());
}

#[tokio::test]
async fn retry_sends_to_those_alone_who_wait() {
    let mended = Arc::new(AtomicBool::new(false));
    let now_mended = mended.clone();
    let post = Post::new(5, move |citizen| match citizen {
        2 | 4 if !now_mended.load(Ordering::Relaxed) => Behavior::Status(502),
        _ => Behavior::Accept,
    })
    .await;
    let notice = post.fan_out(10).await;
    for attempt in 0..3 {
        assert_eq!(post.work(&notice, 0, attempt).await, settled(2));
        post.counts(&notice).await;
    }
    assert_eq!(
        post.retries(&notice).await,
        [later(0, 1, Rung::Seconds5), later(0, 2, Rung::Seconds30), later(0, 3, Rung::Seconds30)]
    );
    mended.store(true, Ordering::Relaxed);
    assert_eq!(post.work(&notice, 0, 3).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 5)].into());
    assert_eq!(post.sink.counts().doubles(), 0);
    assert!(post.figures(&notice).await.finished_at.is_some());
}

#[tokio::test]
async fn late_and_early_doubles_do_nothing() {
    let post = Post::new(3, |citizen| if citizen == 1 { Behavior::Status(500) } else { Behavior::Accept }).await;
    let notice = post.fan_out(10).await;
    assert_eq!(post.work(&notice, 0, 1).await, Worked::Double, "not yet");
    assert_eq!(post.work(&notice, 0, 0).await, settled(1));
    assert_eq!(post.work(&notice, 0, 0).await, Worked::Double, "not any more");
    assert_eq!(post.work(&notice, 7, 0).await, Worked::Double, "no such batch");
    assert_eq!(post.sink.totals().accepted, 2);
    assert_eq!(post.retries(&notice).await.len(), 1);
}

#[tokio::test]
async fn same_message_to_two_workers_is_counted_once() {
    let post = Post::new(20, |citizen| match citizen {
        1 => Behavior::Status(410),
        2 => Behavior::Status(500),
        _ => Behavior::Accept,
    })
    .await;
    let notice = post.fan_out(50).await;
    let other = deliverer(&post.town);
    let stop = CancellationToken::new();
    let (one, two) = tokio::join!(post.work(&notice, 0, 0), other.work(id(&notice), 0, 0, &stop));
    let mut worked = [one, two.unwrap()];
    worked.sort_by_key(|worked| *worked == Worked::Double);
    assert_eq!(worked, [settled(1), Worked::Double]);
    let expected = [(Outcome::Sent, 18), (Outcome::Gone, 1), (Outcome::Waiting, 1)];
    assert_eq!(post.counts(&notice).await, expected.into());
    assert_eq!(post.retries(&notice).await, [later(0, 1, Rung::Seconds5)]);
}

#[tokio::test]
async fn crash_at_any_point_counts_everybody_once_and_loses_nobody() {
    let post = Post::new(30, |citizen| if citizen % 10 == 0 { Behavior::Status(410) } else { Behavior::Accept }).await;
    let notice = post.fan_out(50).await;
    let (mut crashes, mut polls) = (0, 1);
    while crash_after(polls, post.work(&notice, 0, 0)).await.is_none() {
        (crashes, polls) = (crashes + 1, polls + 1);
    }
    assert!(crashes > 5, "only {crashes} crashes");
    assert_eq!(post.work(&notice, 0, 0).await, Worked::Double);
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 27), (Outcome::Gone, 3)].into());
    assert_eq!(existing(&post.town.world.database).await.len(), 27);
    assert!(post.figures(&notice).await.finished_at.is_some());
}

#[tokio::test]
async fn database_that_fails_while_settling_does_not_make_it_send_again() {
    let post = Post::new(3, |_| Behavior::Accept).await;
    let notice = post.fan_out(10).await;
    let pool = post.town.world.database.pool().await;
    sqlx::query("alter table delivery_tally rename to out_of_order").execute(&pool).await.unwrap();
    let mend = async {
        post.sink.wait_for(3).await;
        sqlx::query("alter table out_of_order rename to delivery_tally").execute(&pool).await.unwrap();
    };
    let (worked, ()) = tokio::join!(post.work(&notice, 0, 0), mend);
    assert_eq!(worked, settled(0));
    assert_eq!((post.sink.totals().accepted, post.counts(&notice).await), (3, [(Outcome::Sent, 3)].into()));
}

#[tokio::test]
async fn push_service_that_asks_everyone_to_wait_is_left_alone_as_a_whole() {
    let post = Post::new(60, |_| Behavior::RetryAfter(429, "40".to_owned())).await;
    let notice = post.fan_out(30).await;
    assert_eq!(post.work(&notice, 0, 0).await, settled(30));
    let asked = post.sink.totals().declined;
    assert_eq!(post.work(&notice, 1, 0).await, settled(30));
    assert_eq!(post.sink.totals().declined, asked, "nobody of the second batch was tried");
    assert_eq!(post.retries(&notice).await, [later(0, 1, Rung::Minutes5), later(1, 1, Rung::Minutes5)]);
    let other = deliverer(&post.town);
    assert_eq!(other.work(id(&notice), 0, 1, &CancellationToken::new()).await.unwrap(), settled(30));
    assert_eq!(post.sink.totals().declined, asked, "another process knows it too");
    post.town.world.clock.advance(time::Duration::seconds(41));
    post.work(&notice, 1, 1).await;
    assert!(post.sink.totals().declined > asked);
}

#[tokio::test]
async fn push_service_that_refuses_everyone_is_stopped_and_nobody_is_given_up() {
    let mended = Arc::new(AtomicBool::new(false));
    let now_mended = mended.clone();
    let refuse = move |_| if now_mended.load(Ordering::Relaxed) { Behavior::Accept } else { Behavior::Status(403) };
    let post = Post::new(60, refuse).await;
    let notice = post.fan_out(30).await;
    assert_eq!(post.work(&notice, 0, 0).await, settled(30));
    let asked = post.sink.totals().declined;
    assert_eq!(post.work(&notice, 1, 0).await, settled(30));
    assert_eq!(post.sink.totals().declined, asked, "nobody of the second batch was tried");
    let stops = crowd::audited(&post.town.world.database, "push_origin.stop").await;
    assert_eq!(stops, [serde_json::json!({ "refusal": "403" })]);
    mended.store(true, Ordering::Relaxed);
    post.town.world.clock.advance(time::Duration::MINUTE);
    // One message a minute tries whether it is mended; its success resumes the rest.
    assert_eq!(post.work(&notice, 0, 1).await, settled(29));
    assert_eq!(crowd::audited(&post.town.world.database, "push_origin.resume").await.len(), 1);
    assert_eq!(post.work(&notice, 0, 2).await, settled(0));
    assert_eq!(post.work(&notice, 1, 1).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 60)].into());
}

#[tokio::test]
async fn one_strangers_refusals_do_not_stop_the_rest() {
    let post = Post::new(40, |citizen| if citizen % 2 == 0 { Behavior::Status(403) } else { Behavior::Accept }).await;
    let notice = post.fan_out(50).await;
    assert_eq!(post.work(&notice, 0, 0).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 20), (Outcome::Failed, 20)].into());
    assert_eq!(post.town.world.core.store.origins().await.unwrap(), []);
}

#[tokio::test]
async fn who_left_is_counted_as_left() {
    let post = Post::new(3, |_| Behavior::Accept).await;
    let notice = post.fan_out(10).await;
    sqlx::query("delete from subscription where id = 2").execute(&post.town.world.database.pool().await).await.unwrap();
    assert_eq!(post.work(&notice, 0, 0).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 2), (Outcome::Left, 1)].into());
}

#[tokio::test]
async fn what_is_withdrawn_or_expired_is_not_sent_any_more() {
    let post = Post::new(6, |_| Behavior::Accept).await;
    let notice = post.fan_out(3).await;
    post.work(&notice, 0, 0).await;
    let cancellation = post.town.followed_by(&notice, Intent::Cancel).await;
    post.fan_out_notice(id(&cancellation), 10).await;
    assert_eq!(post.work(&notice, 1, 0).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 3), (Outcome::Expired, 3)].into());
    assert_eq!(post.sink.totals().accepted, 3);
    // The cancellation itself counts, and goes to all: who knows which message was on its way when it was published.
    assert_eq!(post.work(&cancellation, 0, 0).await, settled(0));
    assert_eq!(post.sink.totals().accepted, 9);
    let expired = post.fan_out(10).await;
    post.town.world.clock.advance(time::Duration::hours(1));
    assert_eq!(post.work(&expired, 0, 0).await, settled(0));
    assert_eq!(post.counts(&expired).await, [(Outcome::Expired, 6)].into());
}

#[tokio::test]
async fn waiting_ends_with_the_notice() {
    let post = Post::new(2, |_| Behavior::Status(500)).await;
    let notice = post.fan_out(10).await;
    assert_eq!(post.work(&notice, 0, 0).await, settled(2));
    post.town.world.clock.advance(time::Duration::hours(1));
    assert_eq!(post.work(&notice, 0, 1).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Expired, 2)].into());
    assert!(post.figures(&notice).await.finished_at.is_some());
}

#[tokio::test]
async fn push_service_that_is_not_there_deletes_nobody_and_costs_little() {
    let post = Post::new(100, |_| Behavior::Accept).await;
    let notice = post.fan_out(100).await;
    let Post { town, sink, deliverer, .. } = post;
    sink.stop().await;
    let worked = deliverer.work(id(&notice), 0, 0, &CancellationToken::new()).await.unwrap();
    assert_eq!(worked, settled(100));
    assert_eq!(existing(&town.world.database).await.len(), 100);
}

#[tokio::test]
async fn hanging_push_service_does_not_hold_a_batch_for_long() {
    let post = Post::new(300, |_| Behavior::Hang).await;
    let notice = post.fan_out(300).await;
    let started = std::time::Instant::now();
    assert_eq!(post.work(&notice, 0, 0).await, settled(300));
    // 64 at a time, each for 2 seconds, would be 10 seconds; the first that fail spare the others.
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

#[tokio::test]
async fn whoever_is_told_to_stop_sends_nothing_and_leaves_the_rest_to_the_next_attempt() {
    let post = Post::new(5, |_| Behavior::Accept).await;
    let notice = post.fan_out(10).await;
    let stop = CancellationToken::new();
    stop.cancel();
    assert_eq!(post.deliverer.work(id(&notice), 0, 0, &stop).await.unwrap(), settled(5));
    assert_eq!(post.sink.totals().accepted, 0);
    assert_eq!(post.retries(&notice).await, [later(0, 1, Rung::Seconds5)]);
    assert_eq!(post.work(&notice, 0, 1).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 5)].into());
}
