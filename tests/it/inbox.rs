//! What is published can be read by place and topic, searched in every script, and followed live without a gap.

use std::time::Duration;

use munadi_domain::{
    area::Area,
    content::{DraftContent, LanguageVersion},
    id::NoticeId,
    notice::{Intent, State},
    topic::Topic,
};
use munadi_services::{
    ServiceError,
    inbox::{Follower, Inbox, LiveEvent, LiveHub, NoticeSummary, Place, Query, Since},
    notices::NoticeRecord,
    page::Page,
};
use munadi_testkit::{NoticeWorld, people::id};

fn place(pin: &str) -> Place {
    Place::Pin(pin.parse().unwrap())
}

fn at(place: Place) -> Query {
    Query { places: vec![place], ..Query::default() }
}

fn text(text: &str) -> Query {
    Query { text: Some(text.to_owned()), ..Query::default() }
}

fn inbox(town: &NoticeWorld) -> Inbox {
    Inbox::new(town.world.core.clone())
}

async fn publish(town: &NoticeWorld, content: &DraftContent) -> NoticeRecord {
    town.publish(&town.approve(&town.submit(&town.draft_of(content).await).await).await).await
}

async fn publish_for(town: &NoticeWorld, area: Area, topic: Topic) -> NoticeId {
    let area = Area { description: "there".to_owned(), ..area };
    id(&publish(town, &DraftContent { area, topic: Some(topic), ..town.content() }).await)
}

async fn found(inbox: &Inbox, query: Query) -> Vec<NoticeId> {
    inbox.page(&query, Page::default()).await.unwrap().items.iter().map(|notice| notice.id).collect()
}

async fn next(follower: &mut Follower) -> LiveEvent {
    tokio::time::timeout(Duration::from_secs(20), follower.next())
        .await
        .expect("an event comes")
        .expect("the hub is there")
}

fn notice(event: LiveEvent) -> NoticeId {
    match event {
        LiveEvent::Notice(notice) => notice.id,
        LiveEvent::Reset { .. } => panic!("nothing was missed"),
    }
}

#[tokio::test]
async fn inbox_is_by_place_and_topic() {
    let town = NoticeWorld::new().await;
    let inbox = inbox(&town);
    let pin = publish_for(&town, Area { pins: vec!["110001".parse().unwrap()], ..Area::default() }, Topic::Flood).await;
    let district = publish_for(&town, Area { districts: vec![79], ..Area::default() }, Topic::Fire).await;
    let state = publish_for(&town, Area { states: vec![7], ..Area::default() }, Topic::Flood).await;
    let all = town.world.core.places.states().map(|(code, _)| code).collect();
    let country = publish_for(&town, Area { states: all, ..Area::default() }, Topic::Health).await;
    assert_eq!(found(&inbox, at(place("110001"))).await, [country, state, district, pin]);
    assert_eq!(found(&inbox, at(Place::District(79))).await, [country, state, district, pin]);
    assert_eq!(found(&inbox, at(Place::State(7))).await, [country, state, district, pin]);
    assert_eq!(found(&inbox, at(place("560001"))).await, [country]);
    let flood = Query { topics: vec![Topic::Flood], ..at(place("110001")) };
    assert_eq!(found(&inbox, flood).await, [state, pin]);
    let either = Query { topics: vec![Topic::Fire, Topic::Health], ..Query::default() };
    assert_eq!(found(&inbox, either).await, [country, district]);
}

#[tokio::test]
async fn search_finds_words_in_every_script_by_their_beginnings() {
    let town = NoticeWorld::new().await;
    let version = |lang: &str, headline: &str| LanguageVersion {
        lang: lang.parse().unwrap(),
        headline: headline.to_owned(),
        body: String::new(),
        instruction: String::new(),
    };
    let languages =
        vec![version("hi", "बाढ़ की चेतावनी।"), version("ta", "வெள்ள எச்சரிக்கை"), version("en", "Flood Warning")];
    let flood = id(&publish(&town, &DraftContent { languages, ..town.content() }).await);
    let heat = DraftContent { languages: vec![version("en", "Heat warning")], ..town.content() };
    let heat = id(&publish(&town, &heat).await);
    let inbox = inbox(&town);
    for words in ["बाढ", "बाढ़", "चेताव", "வெள்", "flood", "FLOOD warn", "warning flo"]
    {
        assert_eq!(found(&inbox, text(words)).await, [flood], "{words}");
    }
    assert_eq!(found(&inbox, text("warn")).await, [heat, flood]);
    assert_eq!(found(&inbox, text("warn fire")).await, [] as [NoticeId; 0]);
    // Whatever is typed is words, never an operator.
    assert_eq!(found(&inbox, text("warn | x' & !:* flood")).await, [] as [NoticeId; 0]);
    let nothing = inbox.page(&text("!? —"), Page::default()).await;
    assert!(matches!(nothing, Err(ServiceError::Invalid(_))));
}

#[tokio::test]
async fn search_is_by_department_and_date_too() {
    let town = NoticeWorld::new().await;
    let inbox = inbox(&town);
    let first = id(&town.published().await);
    let between = town.now() + time::Duration::seconds(30);
    town.world.clock.advance(time::Duration::MINUTE);
    let second = id(&town.published().await);
    let of = |department| Query { department: Some(department), ..Query::default() };
    assert_eq!(found(&inbox, of(town.department.id)).await, [second, first]);
    let other = town.world.department(town.world.platform_admin().await, "other").await;
    assert_eq!(found(&inbox, of(other.id)).await, [] as [NoticeId; 0]);
    assert_eq!(found(&inbox, Query { from: Some(between), ..Query::default() }).await, [second]);
    assert_eq!(found(&inbox, Query { until: Some(between), ..Query::default() }).await, [first]);
}

#[tokio::test]
async fn pages_join_to_the_whole_archive() {
    let town = NoticeWorld::new().await;
    let inbox = inbox(&town);
    let mut published = Vec::new();
    for _ in 0..5 {
        published.insert(0, id(&town.published().await));
    }
    let (mut read, mut cursor) = (Vec::new(), None);
    loop {
        let page = inbox.page(&Query::default(), Page::new(cursor, 2)).await.unwrap();
        read.extend(page.items.iter().map(|notice| notice.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(read, published);
}

#[tokio::test]
async fn summary_and_notice_say_what_became_of_it() {
    let town = NoticeWorld::new().await;
    let inbox = inbox(&town);
    let original = town.published().await;
    let cancellation = town.followed_by(&original, Intent::Cancel).await;
    let shown = inbox.get(id(&original)).await.unwrap();
    assert_eq!((shown.summary.state, shown.summary.ended_by), (State::Withdrawn, Some(id(&cancellation))));
    assert_eq!(Some(&shown.envelope), original.envelope.as_ref());
    assert_eq!(shown.payload, original.version.as_ref().unwrap().payload);
    let headline =
        |reader: &str, notice: &NoticeSummary| notice.headline(&reader.parse().unwrap()).unwrap().1.to_owned();
    assert_eq!(headline("hi-IN", &shown.summary), "यमुना खतरे के निशान से ऊपर");
    assert_eq!(headline("ta", &shown.summary), "The Yamuna is above the danger mark");
    let draft = town.draft().await;
    assert!(matches!(inbox.get(id(&draft)).await, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn unknown_places_are_said() {
    let town = NoticeWorld::new().await;
    let query = Query { places: vec![place("110001"), place("999999"), Place::State(9_999)], ..Query::default() };
    let Err(ServiceError::Invalid(faults)) = inbox(&town).page(&query, Page::default()).await else {
        panic!("two of the places do not exist")
    };
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "/places/1: there is no place with the PIN code 999999",
        "/places/2: there is no state with the LGD code 9999",
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn position_recovers_what_was_missed_or_says_that_it_cannot() {
    let town = NoticeWorld::new().await;
    let inbox = inbox(&town);
    let start = inbox.position().await.unwrap();
    let one = id(&town.published().await);
    let two = id(&town.published().await);
    let since = async |position, at_most| match inbox.since(&Query::default(), position, at_most).await.unwrap() {
        Since::Notices(notices) => Some(notices.iter().map(|notice| notice.id).collect::<Vec<_>>()),
        Since::Reset => None,
    };
    assert_eq!(since(start, 10).await, Some(vec![one, two]));
    assert_eq!(since(start + 1, 10).await, Some(vec![two]));
    assert_eq!(since(start + 2, 10).await, Some(vec![]));
    assert_eq!(since(start, 1).await, None, "more than asked for");
    assert_eq!(since(start + 3, 10).await, None, "a position that was never given");
}

#[tokio::test]
async fn live_stream_tells_each_notice_once_and_in_order() {
    let town = NoticeWorld::new().await;
    let hub = LiveHub::new(inbox(&town));
    hub.catch_up().await.unwrap();
    let mut here = hub.follow(at(place("110001")), None).await.unwrap();
    let mut elsewhere = hub.follow(at(place("560001")), None).await.unwrap();
    let mut other_topic = hub.follow(Query { topics: vec![Topic::Fire], ..Query::default() }, None).await.unwrap();
    let one = id(&town.published().await);
    let two = id(&town.published().await);
    // However many messages lead here, and in whatever order.
    for _ in 0..3 {
        hub.catch_up().await.unwrap();
    }
    let fire = publish_for(&town, Area { pins: vec!["560001".parse().unwrap()], ..Area::default() }, Topic::Fire).await;
    hub.catch_up().await.unwrap();
    assert_eq!([notice(next(&mut here).await), notice(next(&mut here).await)], [one, two]);
    assert_eq!(notice(next(&mut elsewhere).await), fire);
    assert_eq!(notice(next(&mut other_topic).await), fire);
    drop(hub);
    assert_eq!(here.next().await, None, "and nothing twice");
}

#[tokio::test]
async fn follower_that_comes_back_misses_nothing_and_hears_nothing_twice() {
    let town = NoticeWorld::new().await;
    let hub = LiveHub::new(inbox(&town));
    hub.catch_up().await.unwrap();
    let mut follower = hub.follow(Query::default(), None).await.unwrap();
    let one = id(&town.published().await);
    hub.catch_up().await.unwrap();
    assert_eq!(notice(next(&mut follower).await), one);
    let position = follower.position();
    drop(follower);
    let two = id(&town.published().await);
    // It is read from the database before the hub has told it, and then told by the hub as well.
    let mut follower = hub.follow(Query::default(), Some(position)).await.unwrap();
    let three = id(&town.published().await);
    hub.catch_up().await.unwrap();
    assert_eq!([notice(next(&mut follower).await), notice(next(&mut follower).await)], [two, three]);
    drop(hub);
    assert_eq!(follower.next().await, None);
}

#[tokio::test]
async fn follower_with_an_impossible_position_is_told_to_begin_anew() {
    let town = NoticeWorld::new().await;
    let hub = LiveHub::new(inbox(&town));
    hub.catch_up().await.unwrap();
    let mut follower = hub.follow(Query::default(), Some(1_000)).await.unwrap();
    assert_eq!(next(&mut follower).await, LiveEvent::Reset { position: 0 });
    let one = id(&town.published().await);
    hub.catch_up().await.unwrap();
    assert_eq!(notice(next(&mut follower).await), one);
}
