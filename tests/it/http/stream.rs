//! The live stream: nothing is missed, nothing comes twice, and whoever was away too long is told so.

use std::collections::BTreeSet;

use munadi_domain::content::DraftContent;
use munadi_testkit::people::id;
use serde_json::{Value, json};

use super::{Api, Followed};

/// One event: its fields by name.
#[derive(Debug, Default, PartialEq)]
struct Event {
    name: String,
    id: String,
    data: Value,
    retry: Option<String>,
}

async fn event(stream: &mut Followed) -> Option<Event> {
    let text = stream.next().await?;
    let mut event = Event::default();
    for line in text.lines() {
        match line.split_once(':').map(|(name, value)| (name, value.trim_start())) {
            Some(("event", value)) => event.name = value.to_owned(),
            Some(("id", value)) => event.id = value.to_owned(),
            Some(("data", value)) => event.data = serde_json::from_str(value).unwrap(),
            Some(("retry", value)) => event.retry = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(event)
}

/// Opens a stream, and takes the event that says from where it follows.
async fn open(api: &Api, query: &str, last: Option<&str>) -> (Followed, String) {
    let asked = api.get(&format!("/v1/inbox/stream?{query}"));
    let asked = if let Some(last) = last { asked.header("last-event-id", last) } else { asked };
    let mut stream = asked.follow().await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    let begin = event(&mut stream).await.unwrap();
    assert_eq!((begin.name.as_str(), begin.retry.as_deref(), &begin.data), ("", Some("5000"), &Value::Null));
    (stream, begin.id)
}

async fn publish(api: &Api) -> String {
    let notice = id(&api.town.published().await).to_string();
    api.state.live.catch_up().await.unwrap();
    notice
}

#[tokio::test]
async fn what_is_published_comes_at_once_to_whoever_it_concerns() {
    let api = Api::new().await;
    api.state.live.catch_up().await.unwrap();
    let (mut here, position) = open(&api, "pins=110001&topics=flood&lang=hi", None).await;
    let (mut elsewhere, _) = open(&api, "pins=560001", None).await;
    assert_eq!(position, "0");
    let notice = publish(&api).await;
    let told = event(&mut here).await.unwrap();
    assert_eq!((told.name.as_str(), told.id.as_str()), ("notice", "1"));
    assert_eq!((&told.data["id"], &told.data["lang"]), (&json!(notice), &json!("hi")));
    let content = DraftContent {
        area: munadi_domain::area::Area { pins: vec!["560001".parse().unwrap()], ..Default::default() },
        ..api.town.content()
    };
    let town = &api.town;
    town.publish(&town.approve(&town.submit(&town.draft_of(&content).await).await).await).await;
    api.state.live.catch_up().await.unwrap();
    assert_eq!(event(&mut elsewhere).await.unwrap().id, "2");
}

#[tokio::test]
async fn whoever_comes_back_gets_what_was_missed() {
    let api = Api::new().await;
    api.state.live.catch_up().await.unwrap();
    for _ in 0..3 {
        publish(&api).await;
    }
    let (mut stream, position) = open(&api, "pins=110001", Some("1")).await;
    assert_eq!(position, "1", "what was missed has not arrived yet");
    for expected in ["2", "3"] {
        assert_eq!(event(&mut stream).await.unwrap().id, expected);
    }
    publish(&api).await;
    assert_eq!(event(&mut stream).await.unwrap().id, "4");
    let (mut by_query, _) = open(&api, "pins=110001&last_event_id=3", None).await;
    assert_eq!(event(&mut by_query).await.unwrap().id, "4");
}

#[tokio::test]
async fn position_that_is_none_of_ours_is_reset() {
    let api = Api::new().await;
    publish(&api).await;
    for last in ["99", "-1", "x"] {
        let (mut stream, _) = open(&api, "", Some(last)).await;
        let told = event(&mut stream).await.unwrap();
        assert_eq!(
            (told.name.as_str(), told.id.as_str(), &told.data),
            ("reset", "1", &json!({ "position": 1 })),
            "{last}"
        );
    }
}

#[tokio::test]
async fn nothing_is_missed_or_doubled_while_much_is_published() {
    let api = Api::new().await;
    api.state.live.catch_up().await.unwrap();
    let mut approved = Vec::new();
    for _ in 0..12 {
        approved.push(api.town.approved().await);
    }
    let publishing = async {
        for record in &approved {
            api.town.publish(record).await;
            api.state.live.catch_up().await.unwrap();
        }
    };
    // Comes back again and again while the others are being published.
    let following = async {
        let (mut seen, mut last) = (Vec::new(), "0".to_owned());
        while seen.len() < approved.len() {
            let (mut stream, _) = open(&api, "", Some(&last)).await;
            for _ in 0..2.min(approved.len() - seen.len()) {
                let told = event(&mut stream).await.unwrap();
                assert_eq!(told.name, "notice");
                last.clone_from(&told.id);
                seen.push(told.id.parse::<i64>().unwrap());
            }
        }
        seen
    };
    let ((), seen) = tokio::join!(publishing, following);
    assert_eq!(seen, (1..=12).collect::<Vec<_>>());
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 12);
}

#[tokio::test]
async fn streams_are_few_to_one_address_and_end_when_the_server_does() {
    let api = Api::new().await;
    let from = |address: &str| api.get("/v1/inbox/stream").header("x-forwarded-for", address);
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(from("192.0.2.1").follow().await);
    }
    from("192.0.2.1").send().await.problem("too-many-requests");
    streams.push(from("192.0.2.2").follow().await);
    assert_eq!(api.state.streams.open(), 6);
    streams.remove(0);
    assert_eq!(from("192.0.2.1").follow().await.status, 200);
    api.state.probes.shutdown.cancel();
    for stream in &mut streams {
        assert_eq!(event(stream).await.unwrap().retry.as_deref(), Some("5000"));
        let farewell: u64 = event(stream).await.unwrap().retry.unwrap().parse().unwrap();
        assert!((1_000..=9_192).contains(&farewell));
        assert!(stream.next().await.is_none());
    }
    drop(streams);
    assert_eq!(api.state.streams.open(), 0);
}

#[tokio::test]
async fn quiet_stream_has_a_heartbeat() {
    let api = Api::new().await;
    let (mut stream, _) = open(&api, "", None).await;
    // Nothing else moves any more, so the time goes on by itself.
    tokio::time::pause();
    assert_eq!(stream.next().await.unwrap(), ": still here\n\n");
}
