//! What a push service gets to know that is not our own, under each policy (docs/adr/0011).

use std::collections::BTreeSet;

use hyper::HeaderMap;
use munadi_deliver::{DeliverConfig, Form};
use munadi_domain::{
    content::{DraftContent, LanguageVersion},
    delivery::Outcome,
    notice::Intent,
    vocabulary::{Severity, Status, Urgency},
};
use munadi_push_sink::{Behavior, Captured};
use munadi_services::notices::NoticeRecord;
use munadi_testkit::people::id;
use time::Duration;

use super::{Post, settings, settled};

/// So many that each reads another language.
const LANGUAGES: [&str; 4] = ["hi", "en", "ta", "ur"];
const LONGEST: u32 = 28 * 24 * 3_600;
/// What is left of the usual notice's hour, in seconds: its end is a whole second.
const HOUR: std::ops::RangeInclusive<u32> = 3_599..=3_600;

/// Citizens of several languages, whose push service is not our own.
async fn post(foreign: Option<Form>) -> Post {
    let settings = DeliverConfig { foreign, ..settings() };
    let post = Post::with(LANGUAGES.len(), |_| Behavior::Accept, settings).await;
    let speak = "update subscription set language = ($1::text[])[id]";
    sqlx::query(speak).bind(LANGUAGES).execute(&post.town.world.database.pool().await).await.unwrap();
    post
}

async fn publish(post: &Post, content: &DraftContent) -> NoticeRecord {
    let town = &post.town;
    town.publish(&town.approve(&town.submit(&town.draft_of(content).await).await).await).await
}

/// What arrives of a notice, in the order of the citizens.
async fn sent(post: &Post, notice: &NoticeRecord) -> Vec<Captured> {
    let before = post.sink.captured().len();
    post.fan_out_notice(id(notice), 100).await;
    assert_eq!(post.work(notice, 0, 0).await, settled(0));
    let mut arrived = post.sink.captured().split_off(before);
    arrived.sort_by_key(|message| message.subscription);
    assert_eq!(arrived.len(), LANGUAGES.len());
    arrived
}

/// Another notice in the lane of the usual one, and as different from it as can be.
fn another(post: &Post) -> DraftContent {
    let mut content = post.town.content();
    content.status = Some(Status::Exercise);
    content.severity = Some(Severity::Extreme);
    content.expires = Some(post.town.now() + Duration::days(9));
    content.area.pins.push("110003".parse().unwrap());
    content.languages[0].headline = "ऊँ".to_owned();
    content.languages.push(LanguageVersion {
        lang: "ta".parse().unwrap(),
        headline: "யமுனை ஆறு அபாய அளவைத் தாண்டியது ".repeat(4).trim().to_owned(),
        body: "உடனே மேடான இடத்திற்குச் செல்லுங்கள். ".repeat(40).trim().to_owned(),
        instruction: "செல்லுங்கள்".to_owned(),
    });
    content
}

/// Everything that a push service can read of a message, but for the topic: that is random to whoever lacks the key.
fn readable(message: &Captured) -> (HeaderMap, usize) {
    let mut headers = message.headers.clone();
    headers.remove("topic").unwrap();
    (headers, message.body.len())
}

#[tokio::test]
async fn two_notices_cannot_be_told_apart_by_their_wake_ups() {
    let post = post(Some(Form::WakeUp)).await;
    let first = post.town.published().await;
    let second = publish(&post, &another(&post)).await;
    let mut messages = sent(&post, &first).await;
    // Time goes on, and the end comes nearer: that is not to be seen, either.
    post.town.world.clock.advance(Duration::minutes(7));
    messages.extend(sent(&post, &second).await);
    let seen = readable(&messages[0]);
    assert_eq!((seen.1, messages[0].ttl), (munadi_deliver::encrypt::Bucket::WAKE_UP.body_len(), LONGEST));
    for message in &messages {
        assert_eq!(readable(message), seen, "citizen {}", message.subscription);
    }
    let topics: BTreeSet<_> = messages.iter().map(|message| (message.topic.len(), &message.topic)).collect();
    assert_eq!(topics.len(), messages.len(), "no two messages have a topic in common");
    assert!(topics.iter().all(|(length, _)| *length == 32));
    let bodies: BTreeSet<_> = messages.iter().map(|message| &message.body).collect();
    assert_eq!(bodies.len(), messages.len(), "the same words are never the same bytes");
}

#[tokio::test]
async fn wake_up_says_in_the_readers_language_that_there_is_something_and_where() {
    let post = post(Some(Form::WakeUp)).await;
    let notice = post.town.published().await;
    let titles = ["नई सरकारी सूचना", "New official notice", "புதிய அரசு அறிவிப்பு", "نئی سرکاری اطلاع"];
    for (message, title) in sent(&post, &notice).await.iter().zip(titles) {
        let said: serde_json::Value = serde_json::from_slice(&post.device.decrypt(&message.body).unwrap()).unwrap();
        assert_eq!(said["notification"]["title"], title);
        assert_eq!(said["notification"]["navigate"], format!("https://munadi.test/n/{}", id(&notice)));
        assert_eq!((said["notification"].get("body"), said["notification"].get("data")), (None, None));
    }
}

/// ADR 11 names what still differs, and why.
#[tokio::test]
async fn lane_and_what_replaces_what_are_all_that_a_wake_up_gives_away() {
    let post = post(Some(Form::WakeUp)).await;
    let alert = post.town.published().await;
    let before = sent(&post, &alert).await;
    let update = post.town.followed_by(&alert, Intent::Update).await;
    for (message, replaced) in sent(&post, &update).await.iter().zip(&before) {
        assert_eq!((readable(message), &message.topic), (readable(replaced), &replaced.topic));
    }
    let mut routine = post.town.content();
    (routine.severity, routine.urgency) = (Some(Severity::Minor), Some(Urgency::Future));
    let routine = publish(&post, &routine).await;
    for (message, urgent) in sent(&post, &routine).await.iter().zip(&before) {
        assert_eq!((message.urgency.as_str(), urgent.urgency.as_str()), ("normal", "high"));
        let (mut headers, length) = readable(message);
        headers.insert("urgency", "high".parse().unwrap());
        assert_eq!((headers, length), readable(urgent));
    }
}

#[tokio::test]
async fn full_gives_the_text_for_as_long_as_the_notice_is_in_force() {
    let post = post(Some(Form::Full)).await;
    let messages = sent(&post, &post.town.published().await).await;
    let said: serde_json::Value = serde_json::from_slice(&post.device.decrypt(&messages[1].body).unwrap()).unwrap();
    assert_eq!(said["notification"]["title"], "The Yamuna is above the danger mark");
    assert!(messages.iter().all(|message| HOUR.contains(&message.ttl)), "{messages:?}");
    let topics: BTreeSet<_> = messages.iter().map(|message| &message.topic).collect();
    assert_eq!(topics.len(), messages.len(), "nobody learns from topics how many get the same notice");
}

#[tokio::test]
async fn off_sends_nothing_abroad_and_all_of_it_to_our_own() {
    let post = post(None).await;
    let notice = post.fan_out(10).await;
    assert_eq!(post.work(&notice, 0, 0).await, settled(0));
    assert_eq!((post.sink.totals(), post.counts(&notice).await), (<_>::default(), [(Outcome::Failed, 4)].into()));

    let own_hosts = vec!["127.0.0.1".to_owned()];
    let settings = DeliverConfig { foreign: None, own_hosts, ..settings() };
    let post = Post::with(3, |_| Behavior::Accept, settings).await;
    let notice = post.fan_out(10).await;
    assert_eq!(post.work(&notice, 0, 0).await, settled(0));
    assert_eq!(post.counts(&notice).await, [(Outcome::Sent, 3)].into());
    let messages = post.sink.captured();
    let said: serde_json::Value = serde_json::from_slice(&post.device.decrypt(&messages[0].body).unwrap()).unwrap();
    assert_eq!(
        (said["notification"]["title"].as_str(), HOUR.contains(&messages[0].ttl)),
        (Some("यमुना खतरे के निशान से ऊपर"), true)
    );
}
