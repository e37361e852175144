//! A client of the REST API without a library, so that it can also send what no library would.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpStream,
    time::timeout,
};

use super::PATIENCE;

/// The API of one server, as somebody.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    port: u16,
    token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, if the status is this one.
    #[track_caller]
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The problem, if it is told as RFC 9457 wants it and the status is a client's fault.
    #[track_caller]
    pub(crate) fn problem(&self) -> Value {
        assert!((400..500).contains(&self.status), "{} {}", self.status, self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.head);
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert!(problem["type"].as_str().unwrap().starts_with("/problems#") && problem["detail"].is_string());
        problem
    }
}

impl Api {
    /// Nobody in particular.
    pub(crate) fn new(port: u16) -> Self {
        Self { port, token: None }
    }

    /// Somebody with this token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes()).await
    }

    /// A change that is made from a revision.
    pub(crate) async fn change(&self, path: &str, revision: i64, body: &Value) -> Answer {
        let revision = format!("\"{revision}\"");
        let headers = [("Content-Type", "application/json"), ("If-Match", revision.as_str())];
        self.send("POST", path, &headers, body.to_string().as_bytes()).await
    }

    /// Any request. What the server answers counts, even if it does not read all of it.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_send(method, path, headers, body).await.expect("the server answers")
    }

    /// [`Api::send`] to a server that may not be there.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        let (mut reader, mut writer) = stream.into_split();
        let head = self.head(method, path, headers, Some(body.len()));
        let write = async {
            // Who refuses early closes early.
            if writer.write_all(head.as_bytes()).await.is_ok() {
                let _ = writer.write_all(body).await;
            }
        };
        let mut answer = Vec::new();
        let ((), read) =
            timeout(PATIENCE, async { tokio::join!(write, reader.read_to_end(&mut answer)) }).await.ok()?;
        let at = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").or_else(|| read.ok().and(None))?;
        let head = String::from_utf8(answer[..at].to_vec()).unwrap();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answer { status, head, body: answer.split_off(at + 4) })
    }

    /// In HTTP/1.0, so that an answer comes in one piece and ends with the connection.
    fn head(&self, method: &str, path: &str, headers: &[(&str, &str)], length: Option<usize>) -> String {
        let mut head = format!("{method} {path} HTTP/1.0\r\nHost: localhost:{}\r\n", self.port);
        let token = self.token.iter().map(|token| ("Authorization", format!("Bearer {token}")));
        let length = length.map(|length| ("Content-Length", length.to_string()));
        let given = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        for (name, value) in token.chain(length).chain(given) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head + "\r\n"
    }

    /// Opens the live inbox.
    pub(crate) async fn stream(&self, query: &str, last_event_id: Option<&str>) -> Stream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let headers: Vec<_> = last_event_id.iter().map(|id| ("Last-Event-ID", *id)).collect();
        let head = self.head("GET", &format!("/v1/inbox/stream?{query}"), &headers, None);
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(stream).lines();
        let status = lines.next_line().await.unwrap().unwrap();
        assert!(status.contains(" 200 "), "{status}");
        while !lines.next_line().await.unwrap().unwrap().is_empty() {}
        Stream { lines }
    }
}

/// An open live inbox.
#[derive(Debug)]
pub(crate) struct Stream {
    lines: Lines<BufReader<TcpStream>>,
}

/// An event, as the `EventSource` of a browser would tell it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) data: String,
}

impl Event {
    /// The notice it tells of.
    pub(crate) fn notice(&self) -> String {
        let data: Value = serde_json::from_str(&self.data).unwrap();
        data["id"].as_str().unwrap_or_default().to_owned()
    }
}

impl Stream {
    /// The next event; heartbeats are none. Nothing, if the stream has ended or nothing comes in that time.
    pub(crate) async fn next(&mut self, within: Duration) -> Option<Event> {
        timeout(within, self.read()).await.ok().flatten()
    }

    async fn read(&mut self) -> Option<Event> {
        let mut event = Event::default();
        loop {
            let line = self.lines.next_line().await.ok().flatten()?;
            match line.split_once(':').map(|(field, value)| (field, value.trim_start())) {
                Some(("event", value)) => value.clone_into(&mut event.name),
                Some(("id", value)) => value.clone_into(&mut event.id),
                Some(("data", value)) => event.data += value,
                _ if line.is_empty() && event != Event::default() => return Some(event),
                _ => {}
            }
        }
    }
}
