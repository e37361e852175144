//! Nodes of the push service on loopback, a user agent at the other end of a WebSocket, and a sender.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{Router, body::Body};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http_body_util::BodyExt;
use hyper::{Request, Response, StatusCode, header};
use munadi_http_api::with_client_address;
use munadi_push_service::{PushService, PushServiceConfig};
use munadi_services::{
    clock::Clock,
    limits::{Limits, LimitsConfig},
};
use munadi_store::push::PushBounds;
use munadi_testkit::{CHANNEL, TestDatabase, UserAgent};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(super) const ORIGIN: &str = "https://push.test";
/// In seconds: the tests' clock begins at this time.
pub(super) const NOW: i64 = 1_800_000_000;
pub(super) const OTHER_CHANNEL: &str = "11111111-2222-3333-4444-555555555555";

/// A node, and what stops it.
pub(crate) struct Node {
    pub(super) router: Router,
    pub(super) clock: Clock,
    pub(crate) address: SocketAddr,
    pub(super) shutdown: CancellationToken,
    pub(super) tasks: JoinSet<()>,
}

pub(crate) fn config() -> PushServiceConfig {
    PushServiceConfig {
        public_url: ORIGIN.parse().unwrap(),
        connections: 100,
        connections_per_address: 100,
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
        Self::on(database, clock, limits, |_| config.clone()).await
    }

    /// A node whose settings may depend on where it is.
    pub(crate) async fn on(
        database: &TestDatabase,
        clock: Clock,
        limits: &LimitsConfig,
        config: impl FnOnce(SocketAddr) -> PushServiceConfig,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Arc::new(Limits::new(limits, &clock));
        let store = database.store().for_push_service(6).await.unwrap();
        let service = PushService::new(&config(address), &[7; 32], store, clock.clone(), limits).unwrap();
        let router = with_client_address(service.router(), 0);
        let (shutdown, mut tasks) = (CancellationToken::new(), JoinSet::new());
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
    pub(super) async fn try_dial(&self) -> Result<UserAgent, u16> {
        UserAgent::dial(&self.address.to_string(), Some("push-notification")).await
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
        let endpoint = agent.register(CHANNEL, key.map(Sender::public_key).as_deref()).await;
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

/// Waits until so many messages are left in the store: what is acknowledged is deleted a moment later.
pub(super) async fn until_left(database: &TestDatabase, messages: i64) {
    let (pool, left) = (database.pool().await, "select count(*) from push_message");
    let all = async {
        while sqlx::query_scalar::<_, i64>(left).fetch_one(&pool).await.unwrap() != messages {
            // tidy: waits for what the test asked for, and looks again
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.expect("it is not deleted");
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
