//! A node of the push service, and a user agent on the crate `tokio-tungstenite`.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use axum::Extension;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::{SinkExt, StreamExt};
use munadi_push_service::{PushService, PushServiceConfig};
use munadi_services::{
    clock::Clock,
    limits::{ClientAddress, Limits, LimitsConfig},
};
use munadi_store::push::PushBounds;
use munadi_testkit::TestDatabase;
use munadi_transparency::key::{LocalKey, Signer};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{ClientRequestBuilder, Message},
};
use tokio_util::sync::CancellationToken;

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// The one channel of a user agent.
pub(super) const CHANNEL: &str = "7fdc827f-ef7b-4530-baf8-200755b78cf8";
const AUTH: &[u8; 16] = b"sixteen bytes it";

/// A running node, until it is dropped.
pub(super) struct Node {
    /// Scheme, host and port.
    pub(super) url: String,
    _tasks: JoinSet<()>,
    _database: TestDatabase,
}

impl Node {
    pub(super) async fn start(limits: LimitsConfig) -> Self {
        let database = munadi_testkit::database().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let clock = Clock::system();
        let config = PushServiceConfig {
            public_url: url.parse().unwrap(),
            connections: 100,
            connections_per_address: 100,
            bounds: PushBounds { messages: 150, bytes: 512 * 1_024 },
            stored_bytes: u64::MAX,
            forget_after_days: 400,
        };
        let limits = Arc::new(Limits::new(&limits, &clock));
        let store = database.store().for_push_service(6).await.unwrap();
        let service = PushService::new(&config, &[7; 32], store, clock, limits).unwrap();
        let router = service.router().layer(Extension(ClientAddress(Ipv4Addr::LOCALHOST.into())));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        tasks.spawn(async move { service.run(CancellationToken::new()).await });
        Self { url, _tasks: tasks, _database: database }
    }
}

/// What a page hands to its server.
pub(super) struct Subscription {
    pub(super) endpoint: String,
    pub(super) keys: Value,
}

/// What a user agent keeps while it is closed.
pub(super) struct Profile {
    uaid: String,
    key: LocalKey,
}

impl Profile {
    pub(super) async fn come_back(self, node: &Node) -> Agent {
        Agent::greet(node, Some(self)).await
    }
}

/// A user agent that is connected.
pub(super) struct Agent {
    socket: WebSocketStream<TcpStream>,
    profile: Profile,
}

impl Agent {
    pub(super) async fn connect(node: &Node) -> Self {
        Self::greet(node, None).await
    }

    /// One that says no more than Sunup does: no subprotocol, no `use_webpush`.
    pub(super) async fn as_sunup(node: &Node, uaid: Option<&str>) -> Self {
        let key = LocalKey::generate("phone".parse().unwrap()).unwrap();
        Self::say_hello(dial(node, None).await, json!({"messageType": "hello", "uaid": uaid}), key).await
    }

    async fn greet(node: &Node, profile: Option<Profile>) -> Self {
        let socket = dial(node, Some("push-notification")).await;
        let mut hello = json!({"messageType": "hello", "broadcasts": {}, "use_webpush": true});
        let Some(Profile { uaid, key }) = profile else {
            return Self::say_hello(socket, hello, LocalKey::generate("device".parse().unwrap()).unwrap()).await;
        };
        hello["uaid"] = uaid.as_str().into();
        let agent = Self::say_hello(socket, hello, key).await;
        assert_eq!(agent.uaid(), uaid, "it is known");
        agent
    }

    async fn say_hello(mut socket: WebSocketStream<TcpStream>, hello: Value, key: LocalKey) -> Self {
        say(&mut socket, &hello).await;
        let answer = hear(&mut socket).await;
        assert_eq!((&answer["messageType"], &answer["status"]), (&json!("hello"), &json!(200)));
        Self { socket, profile: Profile { uaid: answer["uaid"].as_str().unwrap().to_owned(), key } }
    }

    pub(super) fn uaid(&self) -> &str {
        &self.profile.uaid
    }

    /// Says something, and waits for the answer.
    pub(super) async fn ask(&mut self, what: Value) -> Value {
        self.say(what).await;
        hear(&mut self.socket).await
    }

    pub(super) async fn say(&mut self, what: Value) {
        say(&mut self.socket, &what).await;
    }

    /// Closes the connection.
    pub(super) async fn leave(mut self) -> Profile {
        self.socket.close(None).await.unwrap();
        while self.socket.next().await.is_some_and(|frame| frame.is_ok()) {}
        self.profile
    }

    /// A subscription for the sender with this public key.
    pub(super) async fn register(&mut self, sender: &str) -> Subscription {
        // Firefox pads the key.
        let key = format!("{sender}=");
        let answer = self.ask(json!({"channelID": CHANNEL, "messageType": "register", "key": key})).await;
        assert_eq!((&answer["messageType"], &answer["status"]), (&json!("register"), &json!(200)));
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let keys = json!({"p256dh": encode(self.profile.key.public_key().as_sec1()), "auth": encode(AUTH)});
        Subscription { endpoint: answer["pushEndpoint"].as_str().unwrap().to_owned(), keys }
    }

    pub(super) async fn unregister(&mut self) {
        let answer = self.ask(json!({"channelID": CHANNEL, "messageType": "unregister", "code": 200})).await;
        assert_eq!((&answer["messageType"], &answer["status"]), (&json!("unregister"), &json!(200)));
    }

    pub(super) async fn notification(&mut self) -> Value {
        let notification = hear(&mut self.socket).await;
        assert_eq!(notification["messageType"], "notification", "{notification}");
        notification
    }

    pub(super) async fn acknowledge(&mut self, notification: &Value) {
        let update = json!({"channelID": notification["channelID"], "version": notification["version"], "code": 100});
        say(&mut self.socket, &json!({"messageType": "ack", "updates": [update]})).await;
    }

    /// Nothing else is on its way: what is asked last is answered next.
    pub(super) async fn check_silent(&mut self) {
        assert_eq!(self.ask(json!({})).await, json!({}));
    }

    /// What reads a message needs: `tests/interop/decrypt_push.py` tells.
    pub(super) fn secrets_for(&self, body: &str) -> Value {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({"body": body, "auth": encode(AUTH), "private_key": encode(&self.profile.key.to_pkcs8().unwrap())})
    }
}

async fn dial(node: &Node, subprotocol: Option<&str>) -> WebSocketStream<TcpStream> {
    let host = node.url.strip_prefix("http://").unwrap();
    let mut request = ClientRequestBuilder::new(format!("ws://{host}/").parse().unwrap());
    if let Some(name) = subprotocol {
        request = request.with_sub_protocol(name);
    }
    let stream = TcpStream::connect(host).await.unwrap();
    client_async(request, stream).await.unwrap().0
}

async fn say(socket: &mut WebSocketStream<TcpStream>, what: &Value) {
    socket.send(Message::text(what.to_string())).await.unwrap();
}

async fn hear(socket: &mut WebSocketStream<TcpStream>) -> Value {
    let next = async {
        loop {
            match socket.next().await.expect("the connection stays").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    };
    timeout(PATIENCE, next).await.expect("an answer")
}
