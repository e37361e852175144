//! Nodes of the push service on loopback, a user agent at the other end of a WebSocket, and a sender.

use std::{num::NonZeroUsize, sync::Arc};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{Router, body::Body};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper::{Request, Response, StatusCode, header};
use munadi_http_api::with_client_address;
use munadi_push_service::{PushService, PushServiceConfig};
use munadi_services::{
    clock::Clock,
    limits::{Limits, LimitsConfig},
};
use munadi_store::push::PushBounds;
use munadi_testkit::TestDatabase;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(super) const ORIGIN: &str = "https://push.test";
/// In seconds: the tests' clock begins at this time.
pub(super) const NOW: i64 = 1_800_000_000;
pub(super) const CHANNEL: &str = "01234567-89ab-cdef-0123-456789abcdef";
pub(super) const OTHER_CHANNEL: &str = "11111111-2222-3333-4444-555555555555";

/// A node, and what stops it.
pub(super) struct Node {
    pub(super) router: Router,
    pub(super) clock: Clock,
    address: std::net::SocketAddr,
    pub(super) shutdown: CancellationToken,
    pub(super) tasks: JoinSet<()>,
}

pub(super) fn config() -> PushServiceConfig {
    PushServiceConfig {
        public_url: ORIGIN.parse().unwrap(),
        connections: NonZeroUsize::new(100).unwrap(),
        bounds: PushBounds { messages: 150, bytes: 512 << 10 },
        stored_bytes: 1 << 40,
        forget_after_days: 400,
    }
}

impl Node {
    pub(super) async fn start(database: &TestDatabase) -> Self {
        Self::with(database, &config(), &LimitsConfig::default()).await
    }

    pub(super) async fn with(database: &TestDatabase, config: &PushServiceConfig, limits: &LimitsConfig) -> Self {
        let clock = Clock::standing_at(OffsetDateTime::from_unix_timestamp(NOW).unwrap());
        let limits = Arc::new(Limits::new(limits, &clock));
        let service = PushService::new(config, &[7; 32], database.store().clone(), clock.clone(), limits).unwrap();
        let router = with_client_address(service.router(), 0);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown, mut tasks) = (listener.local_addr().unwrap(), CancellationToken::new(), JoinSet::new());
        let (served, until) = (router.clone(), shutdown.clone());
        tasks.spawn(async move {
            let serving = axum::serve(listener, served).with_graceful_shutdown(until.cancelled_owned());
            serving.await.unwrap();
        });
        let until = shutdown.clone();
        tasks.spawn(async move { service.run(until).await });
        Self { router, clock, address, shutdown, tasks }
    }

    /// A user agent that has not said anything yet.
    pub(super) async fn dial(&self) -> UserAgent {
        self.try_dial().await.unwrap()
    }

    /// The same, or the status with which it is turned away.
    pub(super) async fn try_dial(&self) -> Result<UserAgent, StatusCode> {
        use tokio_tungstenite::tungstenite::Error;
        let stream = TcpStream::connect(self.address).await.unwrap();
        let mut request = format!("ws://{}/", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "push-notification".parse().unwrap());
        match client_async(request, stream).await {
            Ok((socket, response)) => {
                assert_eq!(response.headers()["sec-websocket-protocol"], "push-notification");
                Ok(UserAgent { socket })
            }
            Err(Error::Http(response)) => Err(StatusCode::from_u16(response.status().as_u16()).unwrap()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A user agent that has said hello, and its name.
    pub(super) async fn connect(&self, uaid: Option<&str>) -> (UserAgent, String) {
        let mut agent = self.dial().await;
        let uaid = agent.hello(uaid).await;
        (agent, uaid)
    }

    /// A user agent with one subscription: its name and its endpoint.
    pub(super) async fn subscriber(&self, key: Option<&Sender>) -> (UserAgent, String, String) {
        let (mut agent, uaid) = self.connect(None).await;
        let endpoint = agent.register(CHANNEL, key).await;
        (agent, uaid, endpoint)
    }

    pub(super) async fn ask(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Stops it, and waits until everybody has been told.
    pub(super) async fn stop(mut self) {
        self.shutdown.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

/// A browser, as far as the push service knows it.
pub(super) struct UserAgent {
    socket: WebSocketStream<TcpStream>,
}

impl UserAgent {
    pub(super) async fn say(&mut self, said: Value) {
        self.socket.send(Message::text(said.to_string())).await.unwrap();
    }

    pub(super) async fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next text frame.
    pub(super) async fn next(&mut self) -> Value {
        loop {
            match self.socket.next().await.expect("the connection is open").expect("the connection works") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The status with which the connection is closed, which must be next.
    pub(super) async fn closed(&mut self) -> u16 {
        match self.socket.next().await.expect("a close frame").expect("the connection works") {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("{other:?}"),
        }
    }

    /// Whether nothing is under way to it: a ping is answered before anything else comes.
    pub(super) async fn has_nothing(&mut self) {
        self.say_text("{}").await;
        assert_eq!(self.next().await, json!({}));
    }

    pub(super) async fn hello(&mut self, uaid: Option<&str>) -> String {
        let mut hello = json!({"messageType": "hello", "use_webpush": true, "broadcasts": {}});
        if let Some(uaid) = uaid {
            hello["uaid"] = uaid.into();
        }
        self.say(hello).await;
        let answer = self.next().await;
        assert_eq!((&answer["status"], &answer["use_webpush"]), (&json!(200), &json!(true)), "{answer}");
        answer["uaid"].as_str().unwrap().to_owned()
    }

    /// Subscribes; the endpoint.
    pub(super) async fn register(&mut self, channel: &str, key: Option<&Sender>) -> String {
        let answer = self.try_register(channel, key.map(Sender::public_key).as_deref()).await;
        assert_eq!((&answer["status"], &answer["channelID"]), (&json!(200), &json!(channel)), "{answer}");
        answer["pushEndpoint"].as_str().unwrap().to_owned()
    }

    pub(super) async fn try_register(&mut self, channel: &str, key: Option<&str>) -> Value {
        self.say(json!({"messageType": "register", "channelID": channel, "key": key})).await;
        self.next().await
    }

    /// Subscribes no longer.
    pub(super) async fn unregister(&mut self, channel: &str) {
        self.say(json!({"messageType": "unregister", "channelID": channel, "code": 200})).await;
        assert_eq!(self.next().await["status"], 200);
    }

    /// The next message: its version and its body.
    pub(super) async fn message(&mut self) -> (String, Vec<u8>) {
        let message = self.next().await;
        assert_eq!(message["messageType"], "notification", "{message}");
        let body = message["data"].as_str().unwrap_or_default();
        (message["version"].as_str().unwrap().to_owned(), BASE64_URL_SAFE_NO_PAD.decode(body).unwrap())
    }

    pub(super) async fn ack(&mut self, version: &str) {
        self.say(json!({"messageType": "ack", "updates": [{"channelID": CHANNEL, "version": version, "code": 100}]}))
            .await;
    }

    /// The next message's body, acknowledged.
    pub(super) async fn take(&mut self) -> Vec<u8> {
        let (version, body) = self.message().await;
        self.ack(&version).await;
        body
    }
}

/// An application server.
pub(super) struct Sender {
    key: EcdsaKeyPair,
}

impl Sender {
    pub(super) fn new() -> Self {
        Self { key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    pub(super) fn public_key(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.key.public_key())
    }

    /// The `Authorization` header of RFC 8292.
    pub(super) fn authorization(&self, claims: Value) -> String {
        let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "ES256"})), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        let token = format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
        format!("vapid t={token}, k={}", self.public_key())
    }

    /// As it should be.
    pub(super) fn good(&self) -> String {
        self.authorization(json!({"aud": ORIGIN, "exp": NOW + 3600, "sub": "mailto:a@example.org"}))
    }
}

/// A message without sender, with these headers in place of the usual ones; an empty value leaves one out.
pub(super) fn message(endpoint: &str, body: &[u8], headers: &[(&'static str, &str)]) -> Request<Body> {
    let path = endpoint.strip_prefix(ORIGIN).unwrap();
    let mut request = Request::post(path).body(Body::from(body.to_vec())).unwrap();
    for (name, value) in [("ttl", "60"), ("content-encoding", "aes128gcm")].iter().chain(headers) {
        if value.is_empty() {
            request.headers_mut().remove(*name);
        } else {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
    }
    request
}

/// Sends a message to everybody's endpoint, which must be taken; its `Location`.
pub(super) async fn send(node: &Node, endpoint: &str, body: &[u8], headers: &[(&'static str, &str)]) -> String {
    let response = node.ask(message(endpoint, body, headers)).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// Status and errno of the answer.
pub(super) async fn refusal(node: &Node, request: Request<Body>) -> (u16, u64) {
    let response = node.ask(request).await;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status >= 400 {
        assert_eq!(body["code"], status, "{body}");
    }
    (status, body["errno"].as_u64().unwrap_or_default())
}
