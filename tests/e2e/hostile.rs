//! What strangers and enemies send: subscriptions that would make the server call its neighbors, push services that do what none
//! should, and alerts that are made to hurt whoever reads them.

use std::time::{Duration, Instant};

use munadi_push_sink::{Behavior, Sink, SinkConfig, Subscriber};
use serde_json::json;

use crate::rig::{
    api::{Answer, Api},
    town::{HERE, Town, counts},
};

/// The longest that any refusal may take here.
const QUICK: Duration = Duration::from_secs(3);

/// An alert that is as it should be, in which one thing at a time is made wrong.
const ALERT: &str = include_str!("../../crates/cap/testdata/sachet-uttar-pradesh-flood.cap");

async fn subscribe(api: &Api, endpoint: &str) -> Answer {
    let phone = Subscriber::generate().unwrap();
    let body = json!({
        "subscription": phone.subscription(endpoint),
        "preferences": { "pins": ["110001"], "topics": [], "language": "hi" },
        "consent": { "text_version": "1", "language": "hi" },
    });
    api.post("/v1/subscriptions", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_subscribes_the_servers_own_neighbors() {
    let town = Town::new().await;
    let strict = town.settings.with("MUNADI_PUSH_ALLOW_LOOPBACK", false).with("MUNADI_PUSH_OWN_HOSTS", "");
    let server = town.serve_with(&strict, "api").await;
    let long = format!("https://fcm.googleapis.com/{}", "x".repeat(1_024));
    for endpoint in [
        "https://localhost/push/1",
        "https://127.0.0.1/push/1",
        "https://127.1/push/1",
        "https://2130706433/push/1",
        "https://0x7f.0.0.1/push/1",
        "https://[::1]/push/1",
        "https://[::ffff:127.0.0.1]/push/1",
        "https://10.0.0.1/push/1",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/push/1",
        "https://[fd00::1]/push/1",
        "https://example.org/push/1",
        "https://fcm.googleapis.com.example.org/push/1",
        "https://evilfcm.googleapis.com.example/push/1",
        "https://notfcm-googleapis.com/push/1",
        "https://fcm.googleapis.com@example.org/push/1",
        "https://user:password@fcm.googleapis.com/push/1",
        "https://fcm.googleapis.com:8443/push/1",
        "http://fcm.googleapis.com/push/1",
        "https://fcm.googleapis.com/push/1#part",
        "https://FCM.googleapis.com/push/1",
        "https://fcm.googleapis.com\\@localhost/push/1",
        "https://fcm.googleapis.com./push/1",
        "https://fcm.googleapis.com/../push/1",
        "https:fcm.googleapis.com/push/1",
        "file:///etc/passwd",
        "gopher://fcm.googleapis.com/1",
        "",
        long.as_str(),
    ] {
        let started = Instant::now();
        let answer = subscribe(&server.api, endpoint).await;
        assert_eq!(answer.status, 422, "{endpoint}: {}", answer.text());
        assert_eq!(answer.problem()["faults"][0]["at"], "/subscription/endpoint", "{endpoint}");
        assert!(started.elapsed() < QUICK, "{endpoint}");
    }
    assert_eq!(subscribe(&server.api, "https://fcm.googleapis.com/fcm/send/1").await.status, 201);
    assert_eq!(town.count("select count(*) from subscription").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_subscribed_under_a_looser_rule_is_not_called() {
    let mut town = Town::new().await;
    town.settle(HERE, 30).await;
    let strict = town.settings.with("MUNADI_PUSH_ALLOW_LOOPBACK", false).with("MUNADI_PUSH_OWN_HOSTS", "");
    let server = town.serve_with(&strict, "").await;
    let notice = town.warn(&server).await;
    let figures = town.finished(&server, notice).await;
    assert_eq!(counts(&figures), [("audience", 30), ("failed", 30)]);
    assert_eq!(town.sink.totals().connections, 0);
    assert_eq!(town.count("select count(*) from subscription").await, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn push_services_that_redirect_flood_lie_and_stall_harm_nobody_else() {
    let neighbor = Sink::start(SinkConfig::default()).await.unwrap();
    let elsewhere = neighbor.endpoint(1);
    let mut town = Town::with(move |citizen| match citizen % 50 {
        0 => Behavior::Redirect(elsewhere.clone()),
        1 => Behavior::Huge(200 * 1024 * 1024),
        2 => Behavior::LyingLength,
        3 => Behavior::Hang,
        4 => Behavior::Reset,
        5 => Behavior::RetryAfter(429, "99999999999999999999".to_owned()),
        6 => Behavior::RetryAfter(503, "\u{fffd}; -1".to_owned()),
        _ => Behavior::Accept,
    })
    .await;
    town.settle(HERE, 500).await;
    let server = town.serve("").await;
    let notice = town.warn(&server).await;
    let figures = town.figures_when(&server, notice, |figures| figures["waiting"] == 60).await;
    assert_eq!(counts(&figures), [("audience", 500), ("sent", 430), ("waiting", 60), ("failed", 10)]);
    assert_eq!(neighbor.totals().connections, 0);
    assert_eq!(town.count("select count(*) from subscription").await, 500);
    assert_eq!(server.api.get("/readyz").await.status, 200);
}

/// Hands in an alert as a drafter.
async fn hand_in(api: &Api, document: &[u8]) -> Answer {
    api.send("POST", "/v1/notices/cap", &[("Content-Type", "application/cap+xml")], document).await
}

fn with(old: &str, new: &str) -> Vec<u8> {
    assert!(ALERT.contains(old), "{old}");
    ALERT.replacen(old, new, 1).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_alerts_are_refused_quickly_and_with_the_place() {
    let town = Town::new().await;
    let server = town.serve("api").await;
    let drafter = town.officer(&server.api, &town.people.author).await;
    for (name, document, at) in hostile_alerts() {
        let started = Instant::now();
        let answer = hand_in(&drafter, &document).await;
        assert!(started.elapsed() < QUICK, "{name}: {:?}", started.elapsed());
        let problem = answer.problem();
        assert_eq!((answer.status, &problem["faults"][0]["at"]), (422, &at.into()), "{name}: {problem}");
        assert!(!answer.text().contains("root:"), "{name}: {problem}");
    }
    let large = hand_in(&drafter, &vec![b' '; 10 * 1024 * 1024]).await;
    assert_eq!((large.status, &large.problem()["type"]), (413, &"/problems#too-large".into()));
    assert_eq!(town.count("select count(*) from notice").await, 0);
}

/// A name, the document, and the place of the first fault.
fn hostile_alerts() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let laughs = "<!DOCTYPE alert [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    let file = "<!DOCTYPE alert [<!ENTITY passwd SYSTEM \"file:///etc/passwd\">]>";
    let include = "<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/><cap:info>";
    let korean = "<?xml version=\"1.0\" encoding=\"ISO-2022-KR\"?>";
    let nested =
        [vec!["<cap:parameter>"; 10_000], vec!["</cap:parameter>"; 10_000], vec!["<cap:info>"]].concat().concat();
    let attributes: String = (0..20_000).map(|number| format!(" a{number}=\"\"")).collect();
    let many = format!("</cap:info>{}", "<cap:info/>".repeat(50_000));
    let polygon = |points: &str| with("<cap:area>", &format!("<cap:area><cap:polygon>{points}</cap:polygon>"));
    let ring = "alert/info[1]/area[1]/polygon[1]";
    vec![
        ("nothing", Vec::new(), "document"),
        ("no XML", b"{}".to_vec(), "document"),
        ("entities of entities", [laughs, ALERT].concat().into(), "document"),
        ("a file as entity", [file, &ALERT.replace("Flowing", "&passwd;")].concat().into(), "document"),
        ("unknown entity", with("<cap:headline>", "<cap:headline>&passwd;"), "document"),
        ("forbidden character", with("<cap:headline>", "<cap:headline>&#0;"), "document"),
        ("XInclude", with("<cap:info>", include), "document"),
        ("nothing but beginnings", "<a>".repeat(300_000).into(), "document"),
        ("ten thousand deep", with("<cap:info>", &nested), "document"),
        ("too many attributes", with("<cap:info>", &format!("<cap:info{attributes}>")), "document"),
        ("too many elements", with("</cap:info>", &many), "alert/info[2]/headline"),
        ("UTF-16", ALERT.encode_utf16().flat_map(u16::to_le_bytes).collect(), "document"),
        ("no UTF-8", [ALERT.as_bytes(), &[0xff, 0xfe]].concat(), "document"),
        ("another encoding", [korean, ALERT].concat().into(), "document"),
        ("no number", polygon("NaN,NaN 1,1 2,2 NaN,NaN"), ring),
        ("infinity", polygon("1e999,1 1,1 2,2 1e999,1"), ring),
        ("open ring", polygon("25.1,83.1 25.2,83.2 25.3,83.1"), ring),
        ("not on earth", polygon("25.1,83.1 91.0,83.2 25.3,181.0 25.1,83.1"), ring),
        ("unknown severity", with("<cap:severity>", "<cap:severity>Most "), "alert/info[1]/severity"),
        ("unknown status", with("<cap:status>", "<cap:status>Real "), "alert/status"),
        ("no time", with("<cap:expires>", "<cap:expires>tomorrow "), "alert/info[1]/expires"),
    ]
}
