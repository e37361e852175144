//! A browser, as far as a push service knows it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{ClientRequestBuilder, Error, Message},
};

/// The usual channel of a user agent.
pub const CHANNEL: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// A connection to a push service's WebSocket. Whatever is not as it should be ends the test.
pub struct UserAgent {
    socket: WebSocketStream<TcpStream>,
}

impl UserAgent {
    /// Connects to a host and port; the status with which it is turned away, if it is.
    pub async fn dial(authority: &str, subprotocol: Option<&str>) -> Result<Self, u16> {
        let mut request = ClientRequestBuilder::new(format!("ws://{authority}/").parse().expect("an address"));
        if let Some(name) = subprotocol {
            request = request.with_sub_protocol(name);
        }
        let stream = TcpStream::connect(authority).await.map_err(|_| 0_u16)?;
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self { socket }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(_) => Err(0),
        }
    }

    /// Says something.
    pub async fn say(&mut self, said: Value) {
        self.socket.send(Message::text(said.to_string())).await.expect("as it should be");
    }

    /// Says a text that need not be JSON.
    pub async fn say_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("as it should be");
    }

    /// The next text frame.
    pub async fn next(&mut self) -> Value {
        loop {
            match self.socket.next().await.expect("the connection is open").expect("the connection works") {
                Message::Text(text) => return serde_json::from_str(&text).expect("as it should be"),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The status with which the connection is closed, which must be next.
    pub async fn closed(&mut self) -> u16 {
        match self.socket.next().await.expect("a close frame").expect("the connection works") {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("{other:?}"),
        }
    }

    /// Closes the connection, and waits until the other side has, too.
    pub async fn leave(mut self) {
        self.socket.close(None).await.expect("as it should be");
        while self.socket.next().await.is_some_and(|frame| frame.is_ok()) {}
    }

    /// Whether nothing is under way to it: a ping is answered before anything else comes.
    pub async fn has_nothing(&mut self) {
        self.say_text("{}").await;
        assert_eq!(self.next().await, json!({}));
    }

    /// Says who it is; who it is then.
    pub async fn hello(&mut self, uaid: Option<&str>) -> String {
        let mut hello = json!({"messageType": "hello", "use_webpush": true, "broadcasts": {}});
        if let Some(uaid) = uaid {
            hello["uaid"] = uaid.into();
        }
        self.say(hello).await;
        let answer = self.next().await;
        assert_eq!((&answer["status"], &answer["use_webpush"]), (&json!(200), &json!(true)), "{answer}");
        answer["uaid"].as_str().expect("as it should be").to_owned()
    }

    /// Subscribes; the endpoint.
    pub async fn register(&mut self, channel: &str, key: Option<&str>) -> String {
        let answer = self.try_register(channel, key).await;
        assert_eq!((&answer["status"], &answer["channelID"]), (&json!(200), &json!(channel)), "{answer}");
        answer["pushEndpoint"].as_str().expect("as it should be").to_owned()
    }

    /// The answer to a registration.
    pub async fn try_register(&mut self, channel: &str, key: Option<&str>) -> Value {
        self.say(json!({"messageType": "register", "channelID": channel, "key": key})).await;
        self.next().await
    }

    /// Subscribes no longer.
    pub async fn unregister(&mut self, channel: &str) {
        self.say(json!({"messageType": "unregister", "channelID": channel, "code": 200})).await;
        assert_eq!(self.next().await["status"], 200);
    }

    /// The next message: its version and its body.
    pub async fn message(&mut self) -> (String, Vec<u8>) {
        let message = self.next().await;
        assert_eq!(message["messageType"], "notification", "{message}");
        let body = message["data"].as_str().unwrap_or_default();
        (
            message["version"].as_str().expect("as it should be").to_owned(),
            BASE64_URL_SAFE_NO_PAD.decode(body).expect("as it should be"),
        )
    }

    /// Acknowledges a message.
    pub async fn ack(&mut self, version: &str) {
        self.say(json!({"messageType": "ack", "updates": [{"channelID": CHANNEL, "version": version, "code": 100}]}))
            .await;
    }

    /// The next message's body, acknowledged.
    pub async fn take(&mut self) -> Vec<u8> {
        let (version, body) = self.message().await;
        self.ack(&version).await;
        body
    }
}
