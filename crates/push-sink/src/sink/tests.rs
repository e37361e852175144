use std::time::Instant;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinSet,
};

use super::*;
use crate::{Fault, Reason};

/// Sends bytes over a connection of their own and reads until the other side ends it.
async fn exchange(origin: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(origin.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(request.replace('\n', "\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn post(path: &str, host: &str) -> String {
    format!("POST {path} HTTP/1.1\nHost: {host}\nConnection: close\nTTL: 60\nContent-Length: 0\n\n")
}

async fn plain() -> Sink {
    Sink::start(SinkConfig { transport: Transport::Plain, ..SinkConfig::default() }).await.unwrap()
}

#[tokio::test]
async fn wrong_request_is_answered_with_its_fault_and_recorded() {
    let sink = plain().await;
    let host = sink.address.to_string();
    let requests = [
        (post("/push/1", &host), "400", Fault { subscription: Some(1), reason: Reason::ContentEncoding }),
        (post("/push/x", &host), "404", Fault { subscription: None, reason: Reason::Path }),
        (post("/push/2", "evil.example.org"), "403", Fault { subscription: Some(2), reason: Reason::VapidAudience }),
    ];
    for (request, status, fault) in &requests {
        let answer = exchange(&sink.origin(), request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.ends_with(&fault.reason.to_string()), "{answer}");
    }
    assert_eq!(sink.wait_until(|totals| totals.faults == 3).await.accepted, 0);
    assert_eq!(sink.counts().faults, requests.map(|(.., fault)| fault));
}

#[tokio::test]
async fn counts_can_be_asked_for_from_outside() {
    let sink = plain().await;
    exchange(&sink.origin(), &post("/push/1", &sink.address.to_string())).await;
    let answer = exchange(&sink.origin(), "GET /counts HTTP/1.1\nHost: x\nConnection: close\n\n").await;
    let counts: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!((&counts["accepted"], &counts["faults"]), (&0.into(), &1.into()));
    assert_eq!(counts["first_faults_by_reason"][Reason::ContentEncoding.to_string()], 1);
}

#[tokio::test]
async fn runs_until_it_is_told_to_stop() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let (started, told) = oneshot::channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(run(listener, SinkConfig::default(), stop.clone(), |sink| {
        started.send((sink.endpoint(3), sink.root_certificate_pem().is_some())).unwrap();
    }));
    assert_eq!(told.await.unwrap(), (format!("https://{address}/push/3"), true));
    let _idle = TcpStream::connect(address).await.unwrap();
    stop.cancel();
    assert!(tasks.join_next().await.unwrap().unwrap().is_ok());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn arrivals_are_counted_by_topic_and_subscription() {
    let sink = plain().await;
    let before = Instant::now();
    for (topic, subscription) in [("a", 1), ("a", 2), ("a", 1), ("b", 1)] {
        sink.server.record.accepted(subscription, topic.to_owned(), None);
    }
    let counts = sink.counts();
    assert_eq!((counts.received("a", 1), counts.received("a", 3), counts.received("c", 1)), (2, 0, 0));
    assert_eq!((counts.reached("a"), counts.reached("b"), counts.doubles()), (2, 1, 1));
    let arrivals = &counts.topics["a"];
    assert!(before <= arrivals.first && arrivals.first <= arrivals.last);
    assert_eq!(sink.wait_for(4).await.accepted, 4);
}
