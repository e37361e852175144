//! Our push service, used by libraries that others have written: npm `web-push`, PyPI `pywebpush` and the crate `web-push` send, and
//! what arrives at the WebSocket is read by PyPI and npm `http_ece`. See `tests/interop/README.md`.

mod agent;
mod libraries;

use futures_util::future::join_all;
use munadi_services::limits::{LimitsConfig, Rate};
use serde_json::{Value, json};

use self::{
    agent::{Agent, CHANNEL, Node, Subscription},
    libraries::{Answer, Library, decrypted_by},
};

/// Two senders, each with a key pair on P-256 in base64url.
const OURS: (&str, &str) = (
    "CYnWKBjIg_HoMpCEf_coohu2xx8JmwCsW-rOddyqFJ8",
    "BMhLYQgqvmorEOCFpXi91GMveKZvFHSy-GwBLVwuu7My_bBMBDajUKPlI0QsbtkpGVmoJcPXFqt19NAFblhlnHE",
);
const THEIRS: (&str, &str) = (
    "61XlTLT_l97lVY3OcZTiaIB0KKJjqZQVAuFV3JEYdiI",
    "BGI9fFb8pIQ8TUf6Y7VmMBjepKvwhy6opL_r8vFlegRfGI3w9SRu1mpoc2atI5qHqvxObOWdNYwrR1QDidHnOhA",
);

fn vapid((private_key, public_key): (&str, &str)) -> Value {
    json!({"subject": "mailto:ops@munadi.test", "private_key": private_key, "public_key": public_key})
}

/// A correct order, with changes.
fn order(to: &Subscription, changes: Value) -> Value {
    let mut order = json!({
        "endpoint": to.endpoint, "keys": to.keys, "vapid": vapid(OURS), "payload": "पानी बढ़ रहा है", "ttl": 3_600, "urgency": "high",
    });
    let changed = changes.as_object().unwrap().clone();
    order.as_object_mut().unwrap().extend(changed);
    order
}

/// Everybody reads the same in what arrived.
async fn check_readable(agent: &Agent, notification: &Value, text: &str) {
    assert_eq!(notification["headers"], json!({"encoding": "aes128gcm"}));
    let push = agent.secrets_for(notification["data"].as_str().unwrap());
    for (reader, plaintext) in decrypted_by(&push).await {
        assert_eq!(plaintext.as_deref(), Some(text), "{reader}");
    }
}

#[tokio::test]
async fn what_others_send_arrives_as_it_was_written() {
    let node = Node::start(LimitsConfig::default()).await;
    let mut agent = Agent::connect(&node).await;
    let subscription = agent.register(OURS.1).await;
    for library in Library::ALL {
        let text = format!("{library:?}: पानी बढ़ रहा है");
        let answer = library.send(&order(&subscription, json!({"payload": text}))).await;
        assert_eq!((answer.status, answer.ttl.as_deref()), (201, answer.expected_ttl("3600")), "{library:?}");
        assert!(answer.location.is_none_or(|location| location.starts_with(&node.url)));
        let notification = agent.notification().await;
        assert_eq!(notification["channelID"], CHANNEL);
        check_readable(&agent, &notification, &text).await;
        agent.acknowledge(&notification).await;
    }
}

#[tokio::test]
async fn what_others_send_waits_and_a_topic_replaces() {
    let node = Node::start(LimitsConfig::default()).await;
    let mut agent = Agent::connect(&node).await;
    let subscription = agent.register(OURS.1).await;
    let agent = agent.leave().await;
    for library in Library::ALL {
        let changes = json!({"payload": format!("{library:?}"), "topic": "river"});
        assert_eq!(library.send(&order(&subscription, changes)).await.status, 201, "{library:?}");
    }
    let mut agent = agent.come_back(&node).await;
    let notification = agent.notification().await;
    check_readable(&agent, &notification, &format!("{:?}", Library::ALL.last().unwrap())).await;
    agent.acknowledge(&notification).await;
    agent.check_silent().await;
}

/// What is wrong, the changes that make it so, and what must be answered.
fn wrong_ways(right: &Subscription) -> Vec<(&'static str, Value, (u16, u16))> {
    let headers = |name: &str, value: Value| json!({"headers": {name: value}});
    let mut token = right.endpoint.clone().into_bytes();
    let middle = token.len() - 20;
    token[middle] = if token[middle] == b'A' { b'B' } else { b'A' };
    let unknown = right.endpoint.rsplit_once('/').unwrap().0;
    vec![
        ("another sender's key", json!({"vapid": vapid(THEIRS)}), (403, 109)),
        ("no sender", json!({"vapid": null}), (401, 109)),
        ("a token that is none", headers("Authorization", json!("vapid t=a.b.c, k=d")), (401, 109)),
        ("a password", headers("Authorization", json!("Basic YTpi")), (401, 109)),
        ("no TTL", headers("TTL", Value::Null), (400, 111)),
        ("a TTL in words", headers("TTL", json!("soon")), (400, 112)),
        ("a negative TTL", headers("TTL", json!("-1")), (400, 112)),
        ("a topic with spaces", headers("Topic", json!("the river")), (400, 113)),
        ("a long topic", headers("Topic", json!("x".repeat(33))), (400, 113)),
        ("an unknown urgency", headers("Urgency", json!("extreme")), (400, 120)),
        ("an unknown encoding", headers("Content-Encoding", json!("br")), (400, 110)),
        ("more than 4,096 bytes", json!({"payload": "x".repeat(4_096)}), (413, 104)),
        ("a token that was changed", json!({"endpoint": String::from_utf8(token).unwrap()}), (404, 102)),
        ("no endpoint", json!({"endpoint": format!("{unknown}/x")}), (404, 102)),
    ]
}

#[tokio::test]
async fn what_others_do_wrong_is_told_in_their_words() {
    let node = Node::start(LimitsConfig::default()).await;
    let mut agent = Agent::connect(&node).await;
    let subscription = agent.register(OURS.1).await;
    for (what, changes, expected) in wrong_ways(&subscription) {
        let order = order(&subscription, changes.clone());
        let all = Library::that_can(&changes).into_iter().map(async |library| (library, library.send(&order).await));
        for (library, answer) in join_all(all).await {
            let told = (answer.status, answer.errno.unwrap_or_default());
            assert_eq!(told, expected, "{library:?} with {what}: {answer:?}");
            assert!(answer.message.is_some_and(|message| message.len() > 10), "{library:?} with {what}");
        }
    }
    // None of it arrived: the next thing is what is right.
    assert_eq!(Library::Node.send(&order(&subscription, json!({}))).await.status, 201);
    let notification = agent.notification().await;
    check_readable(&agent, &notification, "पानी बढ़ रहा है").await;
}

#[tokio::test]
async fn an_encoding_of_yesterday_is_refused() {
    let node = Node::start(LimitsConfig::default()).await;
    let mut agent = Agent::connect(&node).await;
    let subscription = agent.register(OURS.1).await;
    for library in [Library::Node, Library::Python] {
        let answer = library.send(&order(&subscription, json!({"encoding": "aesgcm"}))).await;
        // With it node's library also names the sender in yesterday's way.
        let expected = if library == Library::Node { (401, Some(109)) } else { (400, Some(110)) };
        assert_eq!((answer.status, answer.errno), expected, "{library:?}: {answer:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_has_ended_is_gone() {
    let node = Node::start(LimitsConfig::default()).await;
    let mut agent = Agent::connect(&node).await;
    let subscription = agent.register(OURS.1).await;
    agent.unregister().await;
    for library in Library::ALL {
        let Answer { status, errno, .. } = library.send(&order(&subscription, json!({}))).await;
        assert_eq!((status, errno), (410, Some(106)), "{library:?}");
    }
}

#[tokio::test]
async fn who_sends_too_much_is_told_when_to_come_back() {
    let limits = LimitsConfig { push_target: Rate::new(3, 1), ..LimitsConfig::default() };
    let node = Node::start(limits).await;
    let mut agent = Agent::connect(&node).await;
    let subscription = agent.register(OURS.1).await;
    for (expected, errno) in [(201, None), (429, Some(202))] {
        for library in Library::ALL {
            let answer = library.send(&order(&subscription, json!({}))).await;
            assert_eq!((answer.status, answer.errno), (expected, errno), "{library:?}: {answer:?}");
            let wait = answer.retry_after.map(|seconds| seconds.parse::<u32>().unwrap());
            assert_eq!(wait.is_some(), expected == 429 && library != Library::Rust, "{library:?}");
        }
    }
}

/// Read in its source (version 1.3): what it leaves out, and that it registers its channels again when it gets another name.
#[tokio::test]
async fn a_phone_that_says_as_little_as_sunup_is_understood() {
    let node = Node::start(LimitsConfig::default()).await;
    let mut phone = Agent::as_sunup(&node, None).await;
    let register = json!({"messageType": "register", "channelID": CHANNEL, "key": OURS.1});
    assert_eq!(phone.ask(register.clone()).await["status"], 200);
    let subscription = phone.register(OURS.1).await;
    assert_eq!(Library::Python.send(&order(&subscription, json!({}))).await.status, 201);
    let notification = phone.notification().await;
    check_readable(&phone, &notification, "पानी बढ़ रहा है").await;
    let update = json!({"channelID": CHANNEL, "version": notification["version"]});
    phone.say(json!({"messageType": "ack", "updates": [update]})).await;
    phone.check_silent().await;

    let mut moved = Agent::as_sunup(&node, Some("0123456789abcdef0123456789abcdef")).await;
    assert_ne!(moved.uaid(), "0123456789abcdef0123456789abcdef", "a name from elsewhere is nobody's here");
    assert_eq!(moved.ask(register).await["status"], 200);
    let unregistered = moved.ask(json!({"messageType": "unregister", "channelID": CHANNEL})).await;
    assert_eq!((&unregistered["messageType"], &unregistered["status"]), (&json!("unregister"), &json!(200)));
}
