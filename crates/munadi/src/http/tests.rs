use std::sync::atomic::{AtomicBool, Ordering};

use axum::routing::get;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
};

use super::*;

const SHORT: Patience = Patience {
    header: Duration::from_millis(300),
    idle: Duration::from_millis(600),
    answer: Duration::from_millis(300),
};
/// For what must happen soon.
const SOON: Duration = Duration::from_secs(20);
const REQUEST: &[u8] = b"GET /now HTTP/1.1\r\nhost: munadi.test\r\n\r\n";
const SLOW: &[u8] = b"GET /gate HTTP/1.1\r\nhost: munadi.test\r\n\r\n";

/// A server with an address that answers at once, and one that answers when the gate opens.
struct Server {
    address: SocketAddr,
    gate: Arc<Notify>,
    is_inside: Arc<AtomicBool>,
    shutdown: CancellationToken,
    task: JoinSet<Result<()>>,
}

impl Server {
    fn start(connections: usize, patience: Patience) -> Self {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), connections, "[http] listen").unwrap();
        let listener = Listener { patience, ..listener };
        let address = listener.socket.local_addr().unwrap();
        let (gate, is_inside) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (wait, inside) = (Arc::clone(&gate), Arc::clone(&is_inside));
        let slow = move || async move {
            inside.store(true, Ordering::SeqCst);
            wait.notified().await;
            "after the gate"
        };
        let whose = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() };
        let router = Router::new().route("/now", get(whose)).route("/gate", get(slow));
        let shutdown = CancellationToken::new();
        let mut task = JoinSet::new();
        let stop = shutdown.clone();
        task.spawn(async move { listener.serve(router, stop).await });
        Self { address, gate, is_inside, shutdown, task }
    }

    async fn connect(&self, text: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text).await.unwrap();
        stream
    }

    /// Waits until somebody is before the gate.
    async fn somebody_inside(&self) {
        while !self.is_inside.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    }

    async fn stopped(mut self) {
        let ended = tokio::time::timeout(SOON, self.task.join_next()).await;
        ended.expect("it stops soon").unwrap().unwrap().unwrap();
    }
}

/// Everything until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut may end by a reset; what came before counts.
    let _ = tokio::time::timeout(SOON, stream.read_to_end(&mut bytes)).await.expect("the server closes it soon");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer, up to these words.
async fn until(stream: &mut TcpStream, words: &str) -> String {
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains(words) {
        let mut piece = [0; 1024];
        let count = tokio::time::timeout(SOON, stream.read(&mut piece)).await.expect("an answer soon").unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&piece[..count]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn whoever_does_not_finish_a_header_is_cut_off() {
    let server = Server::start(10, SHORT);
    for text in [
        b"".as_slice(),
        b"GET /now HT",
        b"GET /now HTTP/1.1\r\nhost: munadi",
        b"PRI * HT",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut slow = server.connect(text).await;
        assert!(!rest(&mut slow).await.contains("200 OK"), "{text:?}");
    }
    let mut slow = server.connect(REQUEST).await;
    until(&mut slow, "127.0.0.1").await;
    slow.write_all(b"GET /now HTTP/1.1\r\nx: ").await.unwrap();
    assert!(!rest(&mut slow).await.contains("200 OK"), "neither with the second request");
}

#[tokio::test]
async fn a_trickle_is_no_sign_of_life() {
    let server = Server::start(10, SHORT);
    let mut slow = server.connect(b"GET /now HTTP/1.1\r\n").await;
    let mut ticks = tokio::time::interval(SHORT.header / 6);
    let is_cut = async {
        loop {
            ticks.tick().await;
            let mut end = [0; 512];
            let written = slow.write_all(b"x: y\r\n").await;
            if written.is_err() || slow.try_read(&mut end).is_ok() {
                break;
            }
        }
    };
    tokio::time::timeout(SOON, is_cut).await.expect("it is cut off however often it writes");
}

#[tokio::test]
async fn others_are_served_meanwhile_and_a_slow_answer_is_no_idleness() {
    let server = Server::start(10, SHORT);
    let _silent = server.connect(b"").await;
    let mut stream = server.connect(REQUEST).await;
    assert!(until(&mut stream, "127.0.0.1").await.starts_with("HTTP/1.1 200 OK"));
    stream.write_all(SLOW).await.unwrap();
    server.somebody_inside().await;
    let mut silent = server.connect(b"").await;
    let mut another = server.connect(b"GET /now HT").await;
    // Both have used up their patience, and the one that waits for its answer has not.
    tokio::join!(rest(&mut silent), rest(&mut another));
    server.gate.notify_one();
    assert!(until(&mut stream, "after the gate").await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn one_connection_too_many_waits_until_another_ends() {
    let server = Server::start(1, Patience::default());
    let mut first = server.connect(SLOW).await;
    server.somebody_inside().await;
    let mut second = server.connect(REQUEST).await;
    let early = tokio::time::timeout(Duration::from_millis(200), second.readable()).await;
    assert!(early.is_err(), "nobody answers while there is no room");
    server.gate.notify_one();
    until(&mut first, "after the gate").await;
    drop(first);
    assert!(until(&mut second, "127.0.0.1").await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_stop_finishes_what_is_open_and_takes_nothing_new() {
    let server = Server::start(10, Patience::default());
    let mut idle = server.connect(REQUEST).await;
    until(&mut idle, "127.0.0.1").await;
    let mut open = server.connect(SLOW).await;
    server.somebody_inside().await;
    server.shutdown.cancel();
    assert_eq!(rest(&mut idle).await, "", "whoever has no request open is let go at once");
    server.gate.notify_one();
    assert!(rest(&mut open).await.ends_with("after the gate"));
    server.stopped().await;
}
