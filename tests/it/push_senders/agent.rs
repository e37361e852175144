//! A node of the push service, and a user agent on the crate `tokio-tungstenite`.

use std::{net::SocketAddr, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_push_service::PushServiceConfig;
use munadi_services::{clock::Clock, limits::LimitsConfig};
use munadi_testkit::{TestDatabase, UserAgent};
use munadi_transparency::key::{LocalKey, Signer};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::push_service::rig;

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// The one channel of a user agent.
pub(super) const CHANNEL: &str = "7fdc827f-ef7b-4530-baf8-200755b78cf8";
const AUTH: &[u8; 16] = b"sixteen bytes it";

/// A running node, until it is dropped.
pub(super) struct Node {
    /// Scheme, host and port.
    pub(super) url: String,
    _node: rig::Node,
    _database: TestDatabase,
}

impl Node {
    pub(super) async fn start(limits: LimitsConfig) -> Self {
        let database = munadi_testkit::database().await;
        // Its name is where it really is, because others' libraries go there.
        let reachable = |address: SocketAddr| format!("http://{address}");
        let config = |address| PushServiceConfig { public_url: reachable(address).parse().unwrap(), ..rig::config() };
        let node = rig::Node::on(&database, Clock::system(), &limits, config).await;
        Self { url: reachable(node.address), _node: node, _database: database }
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
    socket: UserAgent,
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

    async fn say_hello(mut socket: UserAgent, hello: Value, key: LocalKey) -> Self {
        socket.say(hello).await;
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
        self.socket.say(what).await;
    }

    /// Closes the connection.
    pub(super) async fn leave(self) -> Profile {
        self.socket.leave().await;
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
        self.socket.say(json!({"messageType": "ack", "updates": [update]})).await;
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

async fn dial(node: &Node, subprotocol: Option<&str>) -> UserAgent {
    UserAgent::dial(node.url.strip_prefix("http://").unwrap(), subprotocol).await.unwrap()
}

async fn hear(socket: &mut UserAgent) -> Value {
    timeout(PATIENCE, socket.next()).await.expect("an answer")
}
