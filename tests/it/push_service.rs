//! Our own push service over real sockets and a real database.

pub(crate) mod rig;

use hyper::{Request, StatusCode};
use munadi_push_service::PushServiceConfig;
use munadi_services::limits::{LimitsConfig, Rate};
use munadi_store::push::PushBounds;
use munadi_testkit::{CHANNEL, database};
use serde_json::json;

use self::rig::{NOW, Node, ORIGIN, OTHER_CHANNEL, Sender, config, message, refusal, send, until_left};

#[tokio::test]
async fn a_message_reaches_an_open_connection() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut agent, _, endpoint) = node.subscriber(None).await;
    send(&node, &endpoint, b"hello", &[]).await;
    assert_eq!(agent.take().await, b"hello");
    send(&node, &endpoint, b"", &[("content-encoding", "")]).await;
    assert_eq!(agent.take().await, b"");
    agent.has_nothing().await;
}

#[tokio::test]
async fn what_was_sent_meanwhile_comes_at_hello_the_most_urgent_first() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (agent, uaid, endpoint) = node.subscriber(None).await;
    drop(agent);
    for number in 0..25_u8 {
        let urgency = if number == 20 { "high" } else { "low" };
        send(&node, &endpoint, &[number], &[("urgency", urgency)]).await;
    }
    let (mut agent, again) = node.connect(Some(&uaid)).await;
    assert_eq!(again, uaid);
    let mut expected = vec![20];
    expected.extend((0..25).filter(|&number| number != 20));
    // Ten come unasked; the next only when all of them are acknowledged.
    let mut batch = Vec::new();
    for _ in 0..10 {
        batch.push(agent.message().await);
    }
    agent.has_nothing().await;
    let mut found: Vec<u8> = batch.iter().map(|(_, body)| body[0]).collect();
    for (version, _) in &batch {
        agent.ack(version).await;
    }
    for _ in 10..25 {
        found.push(agent.take().await[0]);
    }
    assert_eq!(found, expected);
    send(&node, &endpoint, b"live again", &[]).await;
    assert_eq!(agent.take().await, b"live again");
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut agent, uaid, endpoint) = node.subscriber(None).await;
    send(&node, &endpoint, b"first", &[]).await;
    send(&node, &endpoint, b"second", &[]).await;
    let (first, _) = agent.message().await;
    agent.message().await;
    agent.ack(&first).await;
    until_left(&database, 1).await;
    drop(agent);
    let (mut agent, _) = node.connect(Some(&uaid)).await;
    assert_eq!(agent.take().await, b"second");
}

#[tokio::test]
async fn a_message_at_one_node_reaches_a_user_agent_at_another() {
    let database = database().await;
    let (here, there) = (Node::start(&database).await, Node::start(&database).await);
    let (mut agent, uaid, endpoint) = here.subscriber(None).await;
    for number in 0..20_u8 {
        send(&there, &endpoint, &[number], &[]).await;
        assert_eq!(agent.take().await, [number]);
    }
    until_left(&database, 0).await;
    // It moves; its old connection is told, and messages follow it.
    let (mut moved, _) = there.connect(Some(&uaid)).await;
    assert_eq!(agent.closed().await, 1_000);
    send(&here, &endpoint, b"follows", &[]).await;
    assert_eq!(moved.take().await, b"follows");
    // TTL 0 reaches whoever is connected, on whichever node.
    send(&here, &endpoint, b"now", &[("ttl", "0")]).await;
    assert_eq!(moved.take().await, b"now");
}

#[tokio::test]
async fn a_second_connection_takes_the_place_of_the_first() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut first, uaid, endpoint) = node.subscriber(None).await;
    let (mut second, same) = node.connect(Some(&uaid)).await;
    assert_eq!(same, uaid);
    assert_eq!(first.closed().await, 1_000);
    send(&node, &endpoint, b"to the second", &[]).await;
    assert_eq!(second.take().await, b"to the second");
}

#[tokio::test]
async fn an_unknown_name_is_replaced_by_a_new_one() {
    let database = database().await;
    let node = Node::start(&database).await;
    let foreign = "0f".repeat(16);
    let (_, uaid) = node.connect(Some(&foreign)).await;
    assert_ne!(uaid, foreign);
    // Nobody is remembered who has subscribed to nothing.
    let (_, other) = node.connect(Some(&uaid)).await;
    assert_ne!(other, uaid);
}

#[tokio::test]
async fn when_the_node_stops_everybody_is_told_and_finds_everything_at_another() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut agent, uaid, endpoint) = node.subscriber(None).await;
    send(&node, &endpoint, b"unacknowledged", &[]).await;
    agent.message().await;
    let (stopped, code) = tokio::join!(node.stop(), agent.closed());
    assert_eq!((stopped, code), ((), 1_001));
    let node = Node::start(&database).await;
    let (mut agent, same) = node.connect(Some(&uaid)).await;
    assert_eq!((same, agent.take().await), (uaid, b"unacknowledged".to_vec()));
}

#[tokio::test]
async fn a_topic_replaces_what_waits_and_nothing_else() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut agent, uaid, endpoint) = node.subscriber(None).await;
    let other = agent.register(OTHER_CHANNEL, None).await;
    drop(agent);
    let first = send(&node, &endpoint, b"first", &[("topic", "flood")]).await;
    send(&node, &other, b"another channel", &[("topic", "flood")]).await;
    send(&node, &endpoint, b"another topic", &[("topic", "storm")]).await;
    send(&node, &endpoint, b"second", &[("topic", "flood")]).await;
    let gone = Request::delete(first.strip_prefix(ORIGIN).unwrap()).body(axum::body::Body::empty()).unwrap();
    assert_eq!(refusal(&node, gone).await, (410, 105));
    let (mut agent, _) = node.connect(Some(&uaid)).await;
    let mut found = Vec::new();
    for _ in 0..3 {
        found.push(String::from_utf8(agent.take().await).unwrap());
    }
    assert_eq!(found, ["another channel", "another topic", "second"]);
    agent.has_nothing().await;
}

#[tokio::test]
async fn a_message_can_be_taken_back_until_it_is_delivered() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (agent, uaid, endpoint) = node.subscriber(None).await;
    drop(agent);
    let delete = |location: &str| {
        Request::delete(location.strip_prefix(ORIGIN).unwrap()).body(axum::body::Body::empty()).unwrap()
    };
    let taken = send(&node, &endpoint, b"taken back", &[]).await;
    let kept = send(&node, &endpoint, b"kept", &[]).await;
    assert_eq!(node.ask(delete(&taken)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(refusal(&node, delete(&taken)).await, (410, 105));
    let (mut agent, _) = node.connect(Some(&uaid)).await;
    assert_eq!(agent.take().await, b"kept");
    agent.has_nothing().await;
    assert_eq!(refusal(&node, delete(&kept)).await, (410, 105));
    assert_eq!(refusal(&node, delete(&format!("{ORIGIN}/m/forged"))).await, (404, 102));
}

#[tokio::test]
async fn time_to_live_is_kept() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (agent, uaid, endpoint) = node.subscriber(None).await;
    drop(agent);
    let (mut agent, _) = node.connect(Some(&uaid)).await;
    agent.has_nothing().await;
    drop(agent);
    for (ttl, used) in [("10", "10"), ("2592000", "2592000"), ("99999999999", "2592000")] {
        let answer = node.ask(message(&endpoint, ttl.as_bytes(), &[("ttl", ttl)])).await;
        assert_eq!((answer.status(), &answer.headers()["ttl"]), (StatusCode::CREATED, &used.parse().unwrap()));
    }
    node.clock.advance(time::Duration::seconds(11));
    let (mut agent, _) = node.connect(Some(&uaid)).await;
    assert_eq!(agent.take().await, b"2592000");
    assert_eq!(agent.take().await, b"99999999999");
    agent.has_nothing().await;
}

#[tokio::test]
async fn without_time_to_live_it_is_now_or_never() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut agent, uaid, endpoint) = node.subscriber(None).await;
    send(&node, &endpoint, b"now", &[("ttl", "0")]).await;
    assert_eq!(agent.take().await, b"now");
    // Whoever leaves is gone when the store says so.
    drop(agent);
    let (agent, uaid) = node.connect(Some(&uaid)).await;
    let pool = database.pool().await;
    drop(agent);
    loop {
        let here: Option<i64> = sqlx::query_scalar("select node from push_user_agent").fetch_one(&pool).await.unwrap();
        if here.is_none() {
            break;
        }
        tokio::task::yield_now().await;
    }
    send(&node, &endpoint, b"never", &[("ttl", "0")]).await;
    let (mut agent, _) = node.connect(Some(&uaid)).await;
    agent.has_nothing().await;
}

#[tokio::test]
async fn senders_are_told_what_is_wrong() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut agent, _, endpoint) = node.subscriber(None).await;
    let long = "x".repeat(33);
    for (headers, expected) in [
        (("ttl", ""), (400, 111)),
        (("ttl", "-1"), (400, 112)),
        (("topic", "a b"), (400, 113)),
        (("topic", long.as_str()), (400, 113)),
        (("urgency", "urgent"), (400, 120)),
        (("content-encoding", ""), (400, 110)),
        (("content-encoding", "aesgcm"), (400, 110)),
        (("authorization", "Basic x"), (401, 109)),
    ] {
        assert_eq!(refusal(&node, message(&endpoint, b"x", &[headers])).await, expected, "{headers:?}");
    }
    assert_eq!(refusal(&node, message(&endpoint, &[0; 4_097], &[])).await, (413, 104));
    assert_eq!(refusal(&node, message(&endpoint, &[0; 4_096], &[])).await.0, 201);
    assert_eq!(agent.take().await.len(), 4_096);
    let mut forged = endpoint.clone();
    forged.pop();
    forged.push(if endpoint.ends_with('A') { 'Q' } else { 'A' });
    for wrong in [forged, format!("{ORIGIN}/wpush/v2/x"), format!("{ORIGIN}/wpush/v1/x"), format!("{ORIGIN}/else")] {
        assert_eq!(refusal(&node, message(&wrong, b"x", &[])).await, (404, 102), "{wrong}");
    }
    agent.unregister(CHANNEL).await;
    assert_eq!(refusal(&node, message(&endpoint, b"x", &[])).await, (410, 106));
    // While it is still connecting to the database, that cannot be dropped.
    node.stop().await;
}

#[tokio::test]
async fn a_subscription_for_one_sender_takes_messages_of_that_one_alone() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (sender, other) = (Sender::new(), Sender::new());
    let (mut agent, _, endpoint) = node.subscriber(Some(&sender)).await;
    let claims = |aud: &str, exp: i64| json!({"aud": aud, "exp": exp, "sub": "mailto:a@example.org"});
    let forged = sender.good().replace(&sender.public_key(), &other.public_key());
    let list = sender.authorization(json!({"aud": [ORIGIN], "exp": NOW + 60}));
    for (what, authorization, expected) in [
        ("the sender", sender.good(), (201, 0)),
        ("the sender again", sender.good(), (201, 0)),
        ("without a contact", sender.authorization(json!({"aud": ORIGIN, "exp": NOW + 60})), (201, 0)),
        ("nobody", String::new(), (401, 109)),
        ("another", other.good(), (403, 109)),
        ("another with the sender's token", forged, (401, 109)),
        ("for another service", sender.authorization(claims("https://push.example", NOW + 60)), (401, 109)),
        ("with a port", sender.authorization(claims("https://push.test:443", NOW + 60)), (401, 109)),
        ("for several services", list, (401, 109)),
        ("over", sender.authorization(claims(ORIGIN, NOW)), (401, 109)),
        ("too long", sender.authorization(claims(ORIGIN, NOW + 86_401)), (401, 109)),
        ("unsigned", "vapid t=a.b.c, k=d".to_owned(), (401, 109)),
        ("too large", format!("vapid t={}, k=d", "x".repeat(5_000)), (401, 109)),
    ] {
        let request = message(&endpoint, b"x", &[("authorization", &authorization)]);
        assert_eq!(refusal(&node, request).await, expected, "{what}");
    }
    for _ in 0..3 {
        agent.take().await;
    }
    agent.has_nothing().await;
    // A token that was good and is remembered is over when its time is over.
    node.clock.advance(time::Duration::hours(2));
    let request = message(&endpoint, b"x", &[("authorization", &sender.good())]);
    assert_eq!(refusal(&node, request).await, (401, 109));
}

#[tokio::test]
async fn a_key_that_is_none_gives_no_endpoint() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut agent, _) = node.connect(None).await;
    for key in ["x", "AAAA", &"A".repeat(87)] {
        assert_eq!(agent.try_register(CHANNEL, Some(key)).await["status"], 400, "{key}");
    }
    // Firefox pads.
    let sender = Sender::new();
    let padded = format!("{}=", sender.public_key());
    let answer = agent.try_register(CHANNEL, Some(&padded)).await;
    let endpoint = answer["pushEndpoint"].as_str().unwrap().to_owned();
    let request = message(&endpoint, b"x", &[("authorization", &sender.good())]);
    assert_eq!(refusal(&node, request).await.0, 201);
    assert_eq!(agent.take().await, b"x");
    // The same again is the same subscription: both endpoints lead to it.
    assert_eq!(agent.try_register(CHANNEL, Some(&padded)).await["status"], 200);
    let request = message(&endpoint, b"y", &[("authorization", &sender.good())]);
    assert_eq!(refusal(&node, request).await.0, 201);
    assert_eq!(agent.take().await, b"y");
}

#[tokio::test]
async fn whoever_takes_nothing_begins_anew() {
    let database = database().await;
    let bounds = PushBounds { messages: 5, bytes: 1 << 20 };
    let node = Node::with(&database, &PushServiceConfig { bounds, ..config() }, &LimitsConfig::default()).await;
    let (agent, uaid, endpoint) = node.subscriber(None).await;
    drop(agent);
    for number in 0..5_u8 {
        send(&node, &endpoint, &[number], &[]).await;
    }
    assert_eq!(refusal(&node, message(&endpoint, b"one too many", &[])).await, (410, 106));
    assert_eq!(refusal(&node, message(&endpoint, b"and again", &[])).await, (410, 106));
    let (mut agent, fresh) = node.connect(Some(&uaid)).await;
    assert_ne!(fresh, uaid);
    agent.has_nothing().await;
    // Also while it is connected and does not acknowledge.
    let endpoint = agent.register(CHANNEL, None).await;
    for number in 0..5_u8 {
        send(&node, &endpoint, &[number], &[]).await;
        agent.message().await;
    }
    assert_eq!(refusal(&node, message(&endpoint, b"one too many", &[])).await, (410, 106));
    assert_eq!(agent.closed().await, 1_000);
}

#[tokio::test]
async fn too_many_messages_for_one_are_refused_with_the_time_to_wait() {
    let database = database().await;
    let limits =
        LimitsConfig { push_target: Rate::new(3, 60), push_registration: Rate::new(2, 60), ..LimitsConfig::default() };
    let node = Node::with(&database, &config(), &limits).await;
    let (mut agent, _, endpoint) = node.subscriber(None).await;
    for _ in 0..3 {
        send(&node, &endpoint, b"x", &[]).await;
    }
    let refused = node.ask(message(&endpoint, b"x", &[])).await;
    assert_eq!(
        (refused.status(), &refused.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap())
    );
    for _ in 0..3 {
        agent.take().await;
    }
    agent.register(OTHER_CHANNEL, None).await;
    assert_eq!(agent.try_register(OTHER_CHANNEL, None).await["status"], 429);
}

#[tokio::test]
async fn ten_times_as_many_clients_are_turned_away_politely() {
    let database = database().await;
    let node = Node::with(&database, &PushServiceConfig { connections: 5, ..config() }, &LimitsConfig::default()).await;
    let mut agents = Vec::new();
    let mut turned_away = 0;
    for _ in 0..50 {
        match node.try_dial().await {
            Ok(agent) => agents.push(agent),
            Err(status) => {
                assert_eq!(status, 503);
                turned_away += 1;
            }
        }
    }
    assert_eq!((agents.len(), turned_away), (5, 45));
    // Those who are there are served as ever, and a seat that is left is free.
    agents[0].hello(None).await;
    let endpoint = agents[0].register(CHANNEL, None).await;
    send(&node, &endpoint, b"served", &[]).await;
    assert_eq!(agents[0].take().await, b"served");
    agents.truncate(1);
    while node.try_dial().await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_full_store_takes_what_is_urgent_or_for_now() {
    let database = database().await;
    let node =
        Node::with(&database, &PushServiceConfig { stored_bytes: 1, ..config() }, &LimitsConfig::default()).await;
    let (mut agent, _, endpoint) = node.subscriber(None).await;
    // Its size is looked at once the node works.
    while refusal(&node, message(&endpoint, b"later", &[])).await == (201, 0) {
        agent.take().await;
    }
    assert_eq!(refusal(&node, message(&endpoint, b"later", &[])).await, (503, 201));
    send(&node, &endpoint, b"urgent", &[("urgency", "high")]).await;
    send(&node, &endpoint, b"now", &[("ttl", "0")]).await;
    assert_eq!(agent.take().await, b"urgent");
    assert_eq!(agent.take().await, b"now");
}

#[tokio::test]
async fn strangers_frames_end_their_connection_alone() {
    let database = database().await;
    let node = Node::start(&database).await;
    let (mut good, _) = node.connect(None).await;
    for (said, code) in [
        (r#"{"messageType":"hello","use_webpush":false}"#, 1_008),
        ("[", 1_008),
        ("{}", 1_008),
        (r#"{"messageType":"ack","updates":[]}"#, 1_008),
    ] {
        let mut agent = node.dial().await;
        agent.say_text(said).await;
        assert_eq!(agent.closed().await, code, "{said}");
    }
    let deep = "[".repeat(10_000);
    let (mut agent, _) = node.connect(None).await;
    agent.say_text(&deep).await;
    assert_eq!(agent.closed().await, 1_008);
    good.has_nothing().await;
    // While it is still connecting to the database, that cannot be dropped.
    node.stop().await;
}

#[tokio::test]
async fn everybody_else_is_told_what_this_is() {
    let database = database().await;
    let node = Node::start(&database).await;
    for (path, status) in [("/", 200), ("/healthz", 200), ("/wpush/v2/x", 405), ("/nothing", 404)] {
        let answer = node.ask(Request::get(path).body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
}
