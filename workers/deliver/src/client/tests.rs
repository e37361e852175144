use std::{net::Ipv4Addr, sync::LazyLock};

use munadi_domain::{
    endpoint::EndpointPolicy,
    id::{NoticeId, Seed},
};
use munadi_push_sink::{Behavior, Capture, Identity, Sink, SinkConfig, Subscriber, Transport};
use rustls::pki_types::pem::PemObject;
use time::OffsetDateTime;
use tokio::{net::TcpListener, task::JoinSet};

use super::*;
use crate::{
    encrypt::{Bucket, SubscriberKeys, encrypt},
    outcome::{Outcome, USUAL_WAIT},
    topic::{PushTopic, TopicKey},
    vapid::{Vapid, VapidKey},
};

static SUBSCRIBER: LazyLock<Subscriber> = LazyLock::new(|| Subscriber::generate().unwrap());
static VAPID: LazyLock<Vapid> = LazyLock::new(|| {
    let key = VapidKey::from_pkcs8(&VapidKey::generate_pkcs8().unwrap()).unwrap();
    Vapid::new(key, "mailto:ops@example.org").unwrap()
});
static TOPIC: LazyLock<PushTopic> =
    LazyLock::new(|| TopicKey::new(b"secret").topic(NoticeId::new(Seed { unix_ms: 1, random: 2 })));

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(jsonwebtoken::get_current_timestamp().try_into().unwrap()).unwrap()
}

fn endpoint(url: &str) -> Endpoint {
    EndpointPolicy::new(["push.example.org"], true).unwrap().check_url(url).unwrap()
}

/// A client that trusts the sink, with limits that a test can wait for.
fn client(sink: &Sink) -> PushClient {
    PushClient::new(trusting(sink)).unwrap()
}

fn trusting(sink: &Sink) -> ClientConfig {
    // A client wants some root, even where none is needed and the system has none.
    let pem = sink.root_certificate_pem().map_or_else(stranger, str::to_owned);
    trusting_root(&pem)
}

fn trusting_root(pem: &str) -> ClientConfig {
    ClientConfig {
        extra_roots: vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()],
        ..ClientConfig::default()
    }
}

/// An authority that nobody has heard of.
fn stranger() -> String {
    Identity::generate().unwrap().root_certificate_pem().to_owned()
}

async fn sink(transport: Transport, behavior: impl Fn(u64) -> Behavior + Send + Sync + 'static) -> Sink {
    let config = SinkConfig { transport, capture: Capture::All, ..SinkConfig::default() };
    Sink::start(config.behave(behavior)).await.unwrap()
}

async fn send(client: &PushClient, url: &str) -> Result<Answer, SendError> {
    let keys = SubscriberKeys::parse(&SUBSCRIBER.p256dh(), &SUBSCRIBER.auth()).unwrap();
    let endpoint = endpoint(url);
    let request = PushRequest {
        body: encrypt(&keys, b"hello", Bucket::FULL).unwrap().into(),
        ttl: Ttl::until(now() + time::Duration::HOUR, now()).unwrap(),
        urgency: Urgency::High,
        topic: Some(TOPIC.clone()),
        authorization: VAPID.authorization(endpoint.origin(), now()).unwrap(),
        endpoint: &endpoint,
    };
    client.send(request).await
}

/// Sends to subscriptions 0 to n - 1 at the same time.
async fn send_many(client: &PushClient, sink: &Sink, n: u64) -> Vec<Result<Answer, SendError>> {
    let mut tasks = JoinSet::new();
    for subscription in 0..n {
        let (client, url) = (client.clone(), sink.endpoint(subscription));
        tasks.spawn(async move { send(&client, &url).await });
    }
    tasks.join_all().await
}

fn outcome(answer: &Result<Answer, SendError>) -> Outcome {
    Outcome::of(answer, now())
}

#[tokio::test]
async fn message_arrives_over_every_transport() {
    for transport in [Transport::Https, Transport::HttpsHttp1, Transport::Plain] {
        for plain_http2 in [false, true] {
            let sink = sink(transport, |_| Behavior::Accept).await;
            let client = PushClient::new(ClientConfig { plain_http2, ..trusting(&sink) }).unwrap();
            assert_eq!(outcome(&send(&client, &sink.endpoint(7)).await), Outcome::Sent);
            let message = sink.captured().pop().unwrap();
            assert_eq!((message.subscription, message.ttl, message.urgency.as_str()), (7, 3_600, "high"));
            assert_eq!(message.topic, TOPIC.as_str());
            assert_eq!(SUBSCRIBER.decrypt(&message.body).unwrap(), b"hello");
            assert_eq!(sink.counts().faults, []);
        }
    }
}

#[tokio::test]
async fn name_of_this_machine_is_resolved() {
    let sink = sink(Transport::Https, |_| Behavior::Accept).await;
    let url = sink.endpoint(1).replace("127.0.0.1", "localhost");
    assert_eq!(outcome(&send(&client(&sink), &url).await), Outcome::Sent);
}

#[tokio::test]
async fn crowd_shares_as_many_connections_as_it_needs() {
    // Slow enough for all messages to be on their way at the same time.
    let sink = sink(Transport::Https, |_| Behavior::AcceptAfter(Duration::from_millis(500))).await;
    let client = PushClient::new(ClientConfig { connections: 3, streams: 50, ..trusting(&sink) }).unwrap();
    for (messages, connections) in [(50, 1), (100, 2), (400, 3)] {
        let before = sink.totals().accepted;
        let answers = send_many(&client, &sink, messages).await;
        assert!(answers.iter().all(|answer| outcome(answer) == Outcome::Sent));
        assert_eq!(sink.totals().accepted - before, messages);
        assert_eq!(sink.totals().connections, connections, "for {messages} messages");
    }
}

#[tokio::test]
async fn crowd_shares_few_connections_of_http1() {
    let sink = sink(Transport::HttpsHttp1, |_| Behavior::Accept).await;
    let client = PushClient::new(ClientConfig { connections: 4, ..trusting(&sink) }).unwrap();
    let answers = send_many(&client, &sink, 100).await;
    assert!(answers.iter().all(|answer| outcome(answer) == Outcome::Sent));
    assert!(sink.totals().connections <= 4, "{:?}", sink.totals());
}

#[tokio::test]
async fn answers_are_told_with_their_wait() {
    for transport in [Transport::Https, Transport::HttpsHttp1] {
        let sink = sink(transport, |subscription| match subscription {
            1 => Behavior::Status(404),
            2 => Behavior::Status(410),
            3 => Behavior::RetryAfter(429, "120".to_owned()),
            4 => Behavior::Status(429),
            5 => Behavior::RetryAfter(503, "7".to_owned()),
            6 => Behavior::Status(500),
            7 => Behavior::Status(413),
            _ => Behavior::Accept,
        })
        .await;
        let client = client(&sink);
        let wait = |seconds| Outcome::Wait(Duration::from_secs(seconds));
        let usual = Outcome::Wait(USUAL_WAIT);
        for (subscription, expected) in (1..).zip([
            Outcome::Gone,
            Outcome::Gone,
            wait(120),
            usual,
            wait(7),
            Outcome::Retry,
            Outcome::Rejected,
            Outcome::Sent,
        ]) {
            assert_eq!(outcome(&send(&client, &sink.endpoint(subscription)).await), expected, "{subscription}");
        }
        assert_eq!(sink.totals().connections, 1);
    }
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let other = sink(Transport::Https, |_| Behavior::Accept).await;
    let target = other.endpoint(1);
    let sink = sink(Transport::Https, move |_| Behavior::Redirect(target.clone())).await;
    assert_eq!(outcome(&send(&client(&sink), &sink.endpoint(1)).await), Outcome::Rejected);
    assert_eq!(other.totals().connections, 0);
}

#[tokio::test]
async fn huge_and_lying_answers_are_not_read_to_their_end() {
    for transport in [Transport::Https, Transport::HttpsHttp1] {
        for behavior in [Behavior::Huge(100 << 20), Behavior::LyingLength] {
            let bad = behavior.clone();
            let sink = sink(transport, move |n| if n == 1 { bad.clone() } else { Behavior::Accept }).await;
            let client = client(&sink);
            match send(&client, &sink.endpoint(1)).await {
                Ok(answer) => assert_eq!((answer.status, answer.reason.as_str()), (500, ""), "{behavior:?}"),
                // A stream whose length is wrong is no answer in HTTP/2.
                Err(error) => assert!(matches!(error, SendError::Connection(_)), "{behavior:?}"),
            }
            assert_eq!(outcome(&send(&client, &sink.endpoint(2)).await), Outcome::Sent, "{behavior:?}");
        }
    }
}

#[tokio::test]
async fn silence_costs_one_message_and_not_the_others() {
    for transport in [Transport::Https, Transport::HttpsHttp1] {
        let sink = sink(transport, |n| if n == 1 { Behavior::Hang } else { Behavior::Accept }).await;
        let client = PushClient::new(ClientConfig { timeout: Duration::from_millis(300), ..trusting(&sink) }).unwrap();
        let (silent, url) = (sink.endpoint(1), sink.endpoint(2));
        let (one, other) = tokio::join!(send(&client, &silent), send(&client, &url));
        assert!(matches!(one, Err(SendError::TimedOut)), "{one:?}");
        assert_eq!((outcome(&one), outcome(&other)), (Outcome::Retry, Outcome::Sent));
        assert_eq!(outcome(&send(&client, &sink.endpoint(3)).await), Outcome::Sent);
    }
}

#[tokio::test]
async fn cut_connection_is_tried_later_and_not_at_once() {
    for transport in [Transport::Https, Transport::HttpsHttp1, Transport::Plain] {
        let sink = sink(transport, |n| if n == 1 { Behavior::Reset } else { Behavior::Accept }).await;
        let client = client(&sink);
        let answer = send(&client, &sink.endpoint(1)).await;
        assert!(matches!(answer, Err(SendError::Connection(_))), "{answer:?}");
        assert_eq!(outcome(&answer), Outcome::Retry);
        assert_eq!(sink.totals().declined, 1);
        assert_eq!(outcome(&send(&client, &sink.endpoint(2)).await), Outcome::Sent);
    }
}

#[tokio::test]
async fn service_that_restarts_is_connected_to_again() {
    for transport in [Transport::HttpsHttp1, Transport::Https] {
        let first = sink(transport, |_| Behavior::Accept).await;
        let (url, config) = (first.endpoint(1), trusting(&first));
        let port = endpoint(&url).port();
        let client = PushClient::new(config).unwrap();
        send(&client, &url).await.unwrap();
        first.stop().await;
        // Its certificate is new too, so TLS refuses it: what counts is that the kept connection is not what fails.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let second = Sink::on(listener, SinkConfig { transport, ..SinkConfig::default() }).unwrap();
        let answer = send(&client, &url).await;
        assert!(matches!(answer, Err(SendError::Connect(_))), "{answer:?}");
        assert_eq!(second.totals().connections, 1);
    }
}

#[tokio::test]
async fn unknown_authority_is_not_trusted() {
    let sink = sink(Transport::Https, |_| Behavior::Accept).await;
    let client = PushClient::new(trusting_root(&stranger())).unwrap();
    let answer = send(&client, &sink.endpoint(1)).await;
    assert!(matches!(answer, Err(SendError::Connect(_))), "{answer:?}");
}

#[tokio::test]
async fn service_that_cannot_be_reached_costs_one_timeout() {
    // Accepts connections and says nothing.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let sink = sink(Transport::Https, |_| Behavior::Accept).await;
    let connect_timeout = Duration::from_millis(200);
    let client = PushClient::new(ClientConfig { connect_timeout, ..trusting(&sink) }).unwrap();
    let url = format!("https://{}/push/1", listener.local_addr().unwrap());
    let start = std::time::Instant::now();
    let (one, other) = tokio::join!(send(&client, &url), send(&client, &url));
    assert!(matches!(one, Err(SendError::ConnectTimedOut)), "{one:?}");
    assert!(matches!(other, Err(SendError::Unreachable)), "{other:?}");
    assert!(start.elapsed() < connect_timeout * 2);
}

#[tokio::test]
async fn idle_connections_are_closed() {
    for transport in [Transport::Https, Transport::HttpsHttp1] {
        let sink = sink(transport, |_| Behavior::Accept).await;
        let client = PushClient::new(ClientConfig { idle: Duration::from_millis(50), ..trusting(&sink) }).unwrap();
        send(&client, &sink.endpoint(1)).await.unwrap();
        assert_eq!(sink.wait_until(|totals| totals.open == 0).await.connections, 1);
        send(&client, &sink.endpoint(1)).await.unwrap();
        client.close().await;
        sink.wait_until(|totals| totals.open == 0).await;
    }
}

#[tokio::test]
async fn services_are_limited_in_number() {
    let (one, other) =
        (sink(Transport::Plain, |_| Behavior::Accept).await, sink(Transport::Plain, |_| Behavior::Accept).await);
    let client = PushClient::new(ClientConfig { origins: 1, ..trusting(&one) }).unwrap();
    send(&client, &one.endpoint(1)).await.unwrap();
    let answer = send(&client, &other.endpoint(1)).await;
    assert!(matches!(answer, Err(SendError::TooManyOrigins)), "{answer:?}");
}

#[test]
fn strangers_words_are_cut_and_cleaned() {
    assert_eq!(readable(b"no\r\n\x1b[31msuch\0key"), "no   [31msuch key");
    assert_eq!(readable(&[b'x'; 5_000]).len(), REASON_LEN);
    assert_eq!(readable("é".repeat(400).as_bytes()).chars().count(), 256);
}
