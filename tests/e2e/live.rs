//! The live inbox over a real socket: what one node publishes is told by all of them, and who was away misses nothing.

use std::time::{Duration, Instant};

use munadi_domain::id::NoticeId;

use crate::rig::{
    api::{Event, Stream},
    town::{Server, Town},
};

const SOON: Duration = Duration::from_secs(20);

/// Two nodes, and what brings the word from one to the other.
async fn two_nodes(town: &Town) -> [Server; 2] {
    [town.serve("api,relay").await, town.serve("api").await]
}

/// A stream, after its beginning was told; and that beginning's position.
async fn open(server: &Server, query: &str, last_event_id: Option<&str>) -> (Stream, String) {
    let mut stream = server.api.stream(query, last_event_id).await;
    let begin = stream.next(SOON).await.expect("the stream begins");
    assert_eq!((begin.name.as_str(), begin.data.as_str()), ("", ""));
    (stream, begin.id)
}

fn told(event: &Event, notice: NoticeId) {
    assert_eq!((event.name.as_str(), event.notice()), ("notice", notice.to_string()), "{event:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_node_publishes_is_told_within_a_second() {
    let town = Town::new().await;
    let [near, far] = two_nodes(&town).await;
    let (mut here, _) = open(&far, "pins=110001&lang=en", None).await;
    let (mut elsewhere, _) = open(&far, "pins=302001", None).await;
    let mut times = Vec::new();
    for _ in 0..3 {
        let approved = town.approved(&town.flood()).await;
        let started = Instant::now();
        let notice = town.publish(&near, &approved).await;
        let event = here.next(SOON).await.expect("the notice is told");
        times.push(started.elapsed());
        told(&event, notice);
        assert!(event.data.contains("The Yamuna is above the danger mark"), "{event:?}");
    }
    // The machine may be busy with something else once.
    times.sort_unstable();
    assert!(times[1] < Duration::from_secs(1), "{times:?}");
    assert_eq!(elsewhere.next(Duration::from_millis(1)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_after_a_crash_misses_nothing() {
    let town = Town::new().await;
    let [near, far] = two_nodes(&town).await;
    let (mut stream, _) = open(&far, "pins=110001", None).await;
    let first = town.warn(&near).await;
    let seen = stream.next(SOON).await.unwrap();
    told(&seen, first);
    let port = far.port;
    far.process.kill9().await;
    assert_eq!(stream.next(SOON).await, None);
    let missed = [town.warn(&near).await, town.warn(&near).await];
    let far = town.serve_at(port, &town.settings, "api").await;
    let (mut stream, begin) = open(&far, "pins=110001", Some(&seen.id)).await;
    assert_eq!(begin, seen.id);
    for notice in missed {
        told(&stream.next(SOON).await.expect("what was missed"), notice);
    }
    let next = town.warn(&near).await;
    told(&stream.next(SOON).await.expect("what is new"), next);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_too_long_begins_anew() {
    let town = Town::new().await;
    let server = town.serve("api").await;
    let first = town.warn(&server).await;
    let (_, begin) = open(&server, "", None).await;
    for _ in 0..101 {
        town.people.published().await;
    }
    for away in [begin.as_str(), "-7", "tomorrow", "99999999"] {
        let (mut stream, _) = open(&server, "", Some(away)).await;
        let event = stream.next(SOON).await.expect("something is told");
        assert_eq!((event.name.as_str(), event.id.as_str()), ("reset", "102"), "{away}: {event:?}");
    }
    let inbox = server.api.get(&format!("/v1/inbox?after={begin}&limit=100")).await.json(200);
    assert_eq!((&inbox["reset"], &inbox["position"]), (&true.into(), &102.into()));
    assert_eq!(server.api.get(&format!("/notices/{first}.json")).await.status, 200);
}
