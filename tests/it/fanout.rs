//! A notice's audience becomes batches: exactly those whom it concerns, once each, whatever breaks on the way.

use std::collections::BTreeSet;

use munadi_domain::{
    content::DraftContent,
    id::NoticeId,
    message::{Lane, Route},
    notice::Intent,
    topic::{Topic, TopicSet},
};
use munadi_fanout::{FanOut, Step};
use munadi_push_sink::Subscriber;
use munadi_services::notices::NoticeRecord;
use munadi_testkit::{
    NoticeWorld,
    people::{id, revision},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use tokio_util::sync::CancellationToken;

use crate::crowd::{self, Citizen, crash_after, neighbors, recipients};

const BASE: &str = "https://push.example.org/";

fn bits(topics: &[Topic]) -> i32 {
    topics.iter().copied().collect::<TopicSet>().bits()
}

async fn world_with(citizens: &[Citizen]) -> NoticeWorld {
    let town = NoticeWorld::new().await;
    crowd::settle(&town.world.database, BASE, &Subscriber::generate().unwrap(), citizens).await;
    town
}

/// Small steps and batches, so that few citizens need many.
fn fan_out(town: &NoticeWorld) -> FanOut {
    FanOut::new(town.world.core.clone()).with_sizes(7, 5)
}

async fn fan_out_all(town: &NoticeWorld, notice: NoticeId) {
    assert!(fan_out(town).work(notice, &CancellationToken::new()).await.unwrap());
}

async fn sent_to(town: &NoticeWorld, record: &NoticeRecord) -> Vec<i64> {
    fan_out_all(town, id(record)).await;
    recipients(&town.world.database, id(record)).await
}

async fn batches(town: &NoticeWorld, notice: NoticeId) -> Vec<i32> {
    sqlx::query_scalar("select cardinality(subscription_ids) from delivery_batch where notice_id = $1 order by batch")
        .bind(notice.to_string())
        .fetch_all(&town.world.database.pool().await)
        .await
        .unwrap()
}

fn citizens() -> impl Strategy<Value = Vec<Citizen>> {
    let pin = prop::sample::select(vec![110_001, 110_002, 560_001, 600_001]);
    let topics =
        prop::sample::select(vec![-1, bits(&[Topic::Flood]), bits(&[Topic::Fire]), bits(&[Topic::Fire, Topic::Flood])]);
    prop::collection::vec((prop::collection::vec(pin, 1..4), topics), 40..80)
}

#[tokio::test]
async fn audience_is_who_lives_there_and_chose_the_topic() {
    let citizens = citizens().new_tree(&mut TestRunner::default()).unwrap().current();
    let town = world_with(&citizens).await;
    let notice = town.published().await;
    let concerned = |(_, (pins, topics)): &(i64, &Citizen)| {
        topics & bits(&[Topic::Flood]) != 0 && (pins.contains(&110_001) || pins.contains(&110_002))
    };
    let expected: Vec<i64> = (1..).zip(&citizens).filter(concerned).map(|(id, _)| id).collect();
    assert_eq!(sent_to(&town, &notice).await, expected, "{citizens:?}");
    let counted =
        town.world.core.store.count_audience(Intent::Alert, None, &[110_001, 110_002], Some(Topic::Flood)).await;
    assert_eq!(usize::try_from(counted.unwrap()).unwrap(), expected.len());
}

#[tokio::test]
async fn notice_for_the_whole_country_is_read_along_the_subscriptions() {
    // A window of 1,000 ids is narrower than a country has PIN codes: this takes the other way through the indexes.
    let citizens: Vec<Citizen> = (0..2_500).map(|i| (vec![[110_001, 560_001, 999_999][i % 3]], -1)).collect();
    let town = world_with(&citizens).await;
    let states: Vec<u16> = town.world.core.places.states().map(|(code, _)| code).collect();
    let mut content = DraftContent { ..town.content() };
    content.area.states = states;
    let notice = town.publish(&town.approve(&town.submit(&town.draft_of(&content).await).await).await).await;
    let expected: Vec<i64> = (1..=2_500).filter(|id| id % 3 != 0).collect();
    assert_eq!(sent_to(&town, &notice).await, expected);
}

#[tokio::test]
async fn every_batch_is_announced_in_its_lane() {
    let town = world_with(&neighbors(12)).await;
    let notice = town.published().await;
    fan_out_all(&town, id(&notice)).await;
    assert_eq!(batches(&town, id(&notice)).await, [5, 5, 2]);
    let expected: Vec<_> = (0..3).map(|batch| (Route::Deliver(Lane::Emergency), batch, 0)).collect();
    assert_eq!(crowd::letters(&town.world, id(&notice)).await, expected);
    let figures = town.world.core.store.broadcast_figures(id(&notice)).await.unwrap().unwrap();
    assert_eq!((figures.audience, figures.batches, figures.batches_done), (12, 3, 0));
    assert!(figures.queued_at.is_some() && figures.finished_at.is_none());
}

#[tokio::test]
async fn crash_at_any_point_loses_and_doubles_nobody() {
    let town = world_with(&neighbors(2_300)).await;
    let notice = town.published().await;
    let mut crashes = 0;
    loop {
        let fan_out = FanOut::new(town.world.core.clone()).with_sizes(1_000, 500);
        match crash_after(crashes + 1, fan_out.work(id(&notice), &CancellationToken::new())).await {
            None => crashes += 1,
            Some(done) => {
                assert!(done.unwrap());
                break;
            }
        }
    }
    // On a busy machine an answer of the database is often there before it is waited for, which leaves fewer places to crash at.
    assert!(crashes > 3, "only {crashes} crashes");
    assert_eq!(recipients(&town.world.database, id(&notice)).await, (1..=2_300).collect::<Vec<i64>>());
    let batches = batches(&town, id(&notice)).await.len();
    let announced: Vec<u32> =
        crowd::letters(&town.world, id(&notice)).await.iter().map(|(_, batch, _)| *batch).collect();
    assert_eq!(announced, (0..u32::try_from(batches).unwrap()).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_workers_share_one_notice() {
    let town = world_with(&neighbors(3_000)).await;
    let notice = town.published().await;
    let work = async || fan_out(&town).work(id(&notice), &CancellationToken::new()).await.unwrap();
    assert_eq!(tokio::join!(work(), work()), (true, true));
    assert_eq!(recipients(&town.world.database, id(&notice)).await, (1..=3_000).collect::<Vec<i64>>());
}

#[tokio::test]
async fn fan_out_can_be_stopped_between_steps_and_repeated_after_its_end() {
    let town = world_with(&neighbors(10)).await;
    let notice = town.published().await;
    let stop = CancellationToken::new();
    stop.cancel();
    assert!(!fan_out(&town).work(id(&notice), &stop).await.unwrap());
    fan_out_all(&town, id(&notice)).await;
    let fan_out = fan_out(&town);
    let mut steps = fan_out.steps(id(&notice)).await.unwrap().unwrap();
    assert_eq!(steps.next().await.unwrap(), Step::Double);
    assert_eq!(recipients(&town.world.database, id(&notice)).await.len(), 10);
}

#[tokio::test]
async fn update_adds_its_area_to_those_who_got_the_original() {
    let mut citizens = neighbors(4);
    citizens.extend(vec![(vec![560_001], -1); 3]);
    let town = world_with(&citizens).await;
    let original = town.published().await;
    assert_eq!(sent_to(&town, &original).await, [1, 2, 3, 4]);
    // One who got the original moves away, and must still hear how it goes on.
    sqlx::query("update subscription_place set pin = 600001 where subscription_id = 2")
        .execute(&town.world.database.pool().await)
        .await
        .unwrap();
    let draft = town.follow(&original, Intent::Update).await;
    let mut content = draft.content.clone();
    content.area.pins = vec!["560001".parse().unwrap()];
    town.notices.edit(&town.author.drafter(), id(&draft), revision(&draft), &content).await.unwrap();
    let draft = town.show(id(&draft)).await;
    let update = town.publish(&town.approve(&town.submit(&draft).await).await).await;
    let counted =
        town.world.core.store.count_audience(Intent::Update, Some(id(&original)), &[560_001], Some(Topic::Flood)).await;
    assert_eq!(counted.unwrap(), 7);
    assert_eq!(sent_to(&town, &update).await, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn correction_and_cancellation_go_to_exactly_those_who_got_the_original() {
    let town = world_with(&neighbors(9)).await;
    let original = town.published().await;
    let got = sent_to(&town, &original).await;
    // Who comes later never got it, and who chose another topic meanwhile did.
    crowd::settle(&town.world.database, BASE, &Subscriber::generate().unwrap(), &neighbors(2)).await;
    sqlx::query("update subscription_place set topics = 1 where subscription_id = 3")
        .execute(&town.world.database.pool().await)
        .await
        .unwrap();
    let correction = town.followed_by(&original, Intent::Correct).await;
    assert_eq!(sent_to(&town, &correction).await, got);
    let cancellation = town.followed_by(&correction, Intent::Cancel).await;
    assert_eq!(sent_to(&town, &cancellation).await, got);
}

#[tokio::test]
async fn cancellation_reaches_who_got_the_original_even_if_the_update_between_was_stopped() {
    let town = world_with(&neighbors(20)).await;
    let original = town.published().await;
    let got = sent_to(&town, &original).await;
    let update = town.followed_by(&original, Intent::Update).await;
    let fan_out = FanOut::new(town.world.core.clone()).with_sizes(1, 5);
    // Nothing of the update is queued when it is withdrawn.
    let cancellation = town.followed_by(&update, Intent::Cancel).await;
    assert_eq!(fan_out.steps(id(&update)).await.unwrap().unwrap().next().await.unwrap(), Step::Ended(0));
    assert_eq!(recipients(&town.world.database, id(&update)).await, Vec::<i64>::new());
    assert_eq!(sent_to(&town, &cancellation).await, got);
}

#[tokio::test]
async fn withdrawn_notice_stops_where_it_is_and_all_its_batches_are_in_the_cancellation() {
    let town = world_with(&neighbors(3_000)).await;
    let notice = town.published().await;
    let fan_out = FanOut::new(town.world.core.clone()).with_sizes(1_000, 500);
    let mut steps = fan_out.steps(id(&notice)).await.unwrap().unwrap();
    assert!(matches!(steps.next().await.unwrap(), Step::Moved(1_000)));
    let cancellation = town.followed_by(&notice, Intent::Cancel).await;
    assert_eq!(steps.next().await.unwrap(), Step::Ended(0));
    assert_eq!(steps.next().await.unwrap(), Step::Double);
    let queued = recipients(&town.world.database, id(&notice)).await;
    assert_eq!(queued.len(), 1_000);
    assert_eq!(sent_to(&town, &cancellation).await, queued);
}

#[tokio::test]
async fn expired_notice_is_not_fanned_out() {
    let town = world_with(&neighbors(3)).await;
    let notice = town.published().await;
    town.world.clock.advance(time::Duration::hours(2));
    assert_eq!(sent_to(&town, &notice).await, Vec::<i64>::new());
}

#[tokio::test]
async fn notice_that_concerns_nobody_is_finished_and_summed_up_at_once() {
    let town = world_with(&[(vec![560_001], -1)]).await;
    let notice = town.published().await;
    assert_eq!(sent_to(&town, &notice).await, Vec::<i64>::new());
    let figures = town.world.core.store.broadcast_figures(id(&notice)).await.unwrap().unwrap();
    assert!(figures.finished_at.is_some());
    let summaries = crowd::audited(&town.world.database, "delivery.summary").await;
    assert_eq!(summaries.iter().map(|summary| summary["audience"].as_u64()).collect::<Vec<_>>(), [Some(0)]);
}

#[tokio::test]
async fn doubles_in_a_citizens_places_are_one_recipient() {
    let town = world_with(&[(vec![110_001, 110_002], -1), (vec![110_002], -1)]).await;
    let notice = town.published().await;
    let got = sent_to(&town, &notice).await;
    assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), got.len());
    assert_eq!(got, [1, 2]);
}
