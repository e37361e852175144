//! A push service as one would write it first: the frames of a WebSocket library as it comes, and a transaction for each thing that
//! happens. It keeps the same tables as ours by the same statements, so that what differs is how often they are called.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Bytes,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::StatusCode,
    response::Response,
    routing::{get, post},
    serve::ListenerExt,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use clap::Args;
use munadi_domain::push::{ChannelId, Urgency, UserAgentId};
use munadi_services::{clock::Clock, entropy};
use munadi_store::{
    Store,
    push::{Kept, NewPushMessage, PushBounds, PushHello},
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use super::{say, words};

/// As many as ours has.
const CONNECTIONS: u32 = 20;
const BOUNDS: PushBounds = PushBounds { messages: 150, bytes: 512 << 10 };
const MOST_CHANNELS: u32 = 500;
const BACKLOG: u32 = 10;
const TTL: u32 = 3_600;
/// There is one process and nobody connects twice.
const NODE: i64 = 1;
const SESSION: i64 = 1;

#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database: String,
}

/// A message on its way to its socket.
type Mail = (i64, ChannelId, Bytes);

#[derive(Clone)]
struct Service {
    store: Store,
    clock: Clock,
    origin: Arc<str>,
    sockets: Arc<Mutex<HashMap<UserAgentId, UnboundedSender<Mail>>>>,
}

/// Serves until its input ends. Says where it listens.
pub(super) async fn run(options: &Options) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let service = Service {
        store: Store::connect(&options.database, CONNECTIONS).await?.for_push_service(CONNECTIONS).await?,
        clock: Clock::system(),
        origin: format!("http://{address}").into(),
        sockets: Arc::default(),
    };
    let router =
        Router::new().route("/", get(connect)).route("/wpush/v2/{agent}/{channel}", post(publish)).with_state(service);
    say(&address)?;
    let end = async { while matches!(words().next_line().await, Ok(Some(_))) {} };
    tokio::select! {
        served = async { axum::serve(listener.tap_io(no_delay), router).await } => Ok(served?),
        () = end => Ok(()),
    }
}

fn no_delay(stream: &mut TcpStream) {
    // It is only slower without.
    let _ = stream.set_nodelay(true);
}

async fn connect(State(service): State<Service>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.protocols(["push-notification"]).on_upgrade(async move |socket| {
        let mut connection = Connection { service, socket, agent: None };
        if let Err(error) = connection.serve().await {
            tracing::debug!("a connection ended: {error:#}");
        }
        connection.leave().await;
    })
}

async fn publish(
    State(service): State<Service>,
    Path((agent, channel)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    match service.keep(&agent, &channel, body).await {
        Ok(true) => StatusCode::CREATED,
        Ok(false) => StatusCode::GONE,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Service {
    async fn keep(&self, agent: &str, channel: &str, body: Bytes) -> Result<bool> {
        let (user_agent, channel) = (agent.parse()?, channel.parse()?);
        let urgency = Urgency::High;
        let new = NewPushMessage { user_agent, channel, topic: None, urgency, body: &body, ttl: TTL };
        let kept = self.store.keep_push_messages(&[new], BOUNDS, self.clock.now()).await?;
        let Some(Kept::Kept(id)) = kept.first() else { return Ok(false) };
        if let Some(socket) = self.sockets().get(&user_agent) {
            // Whoever is gone reads it when it comes back.
            let _ = socket.send((*id, channel, body));
        }
        Ok(true)
    }

    fn sockets(&self) -> MutexGuard<'_, HashMap<UserAgentId, UnboundedSender<Mail>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A user agent's connection.
struct Connection {
    service: Service,
    socket: WebSocket,
    agent: Option<UserAgentId>,
}

impl Connection {
    async fn serve(&mut self) -> Result<()> {
        let mut mail = self.hello().await?;
        loop {
            tokio::select! {
                frame = self.socket.recv() => match frame.context("closed")?? {
                    Message::Text(text) => self.said(&serde_json::from_str(&text)?).await?,
                    Message::Close(_) => return Ok(()),
                    _ => {}
                },
                Some((id, channel, body)) = mail.recv() => self.notify(id, channel, &body).await?,
            }
        }
    }

    async fn hello(&mut self) -> Result<UnboundedReceiver<Mail>> {
        let hello: Value = serde_json::from_str(self.socket.recv().await.context("closed")??.to_text()?)?;
        let known = match hello["uaid"].as_str() {
            Some(uaid) => self.greet(uaid.parse()?).await?,
            None => None,
        };
        let agent = match known {
            Some(agent) => agent,
            None => UserAgentId::from_bytes(entropy::bytes()?),
        };
        self.agent = Some(agent);
        let (sender, receiver) = unbounded_channel();
        self.service.sockets().insert(agent, sender);
        let hello = json!({"messageType": "hello", "uaid": agent.to_hex(), "status": 200, "use_webpush": true});
        self.send(&hello).await?;
        if known.is_some() {
            let now = self.service.clock.now();
            let backlog = self.service.store.load_push_messages(&[(agent, true)], BACKLOG, now).await?;
            for message in backlog.into_iter().flatten() {
                self.notify(message.id, message.channel, &message.body).await?;
            }
        }
        Ok(receiver)
    }

    async fn greet(&mut self, agent: UserAgentId) -> Result<Option<UserAgentId>> {
        let hello = PushHello { agent, node: NODE, session: SESSION };
        let greeted = self.service.store.greet_push_agents(&[hello], self.service.clock.now().date()).await?;
        Ok(greeted.first().is_some_and(Option::is_some).then_some(agent))
    }

    async fn said(&mut self, said: &Value) -> Result<()> {
        let agent = self.agent.context("it has not said hello")?;
        let store = &self.service.store;
        if said["messageType"] == "register" {
            let text = said["channelID"].as_str().context("no channel")?;
            let (channel, hello): (ChannelId, _) = (text.parse()?, PushHello { agent, node: NODE, session: SESSION });
            store.register_push_channel(&hello, channel, MOST_CHANNELS, self.service.clock.now()).await?;
            let endpoint = format!("{}/wpush/v2/{}/{text}", self.service.origin, agent.to_hex());
            let answer = json!({"messageType": "register", "channelID": text, "status": 200, "pushEndpoint": endpoint});
            return self.send(&answer).await;
        }
        for update in said["updates"].as_array().into_iter().flatten() {
            let id = update["version"].as_str().context("no version")?.parse()?;
            store.acknowledge_push_messages(&[(agent, id)]).await?;
        }
        Ok(())
    }

    async fn notify(&mut self, id: i64, channel: ChannelId, body: &[u8]) -> Result<()> {
        let data = BASE64_URL_SAFE_NO_PAD.encode(body);
        let headers = json!({"encoding": "aes128gcm"});
        let (channel, version) = (channel.to_string(), id.to_string());
        let frame = json!({"messageType": "notification", "channelID": channel, "version": version, "ttl": TTL,
            "data": data, "headers": headers});
        self.send(&frame).await
    }

    async fn send(&mut self, frame: &Value) -> Result<()> {
        Ok(self.socket.send(Message::text(frame.to_string())).await?)
    }

    async fn leave(self) {
        let Some(agent) = self.agent else { return };
        self.service.sockets().remove(&agent);
        let left = self.service.store.leave_push_agents(&[PushHello { agent, node: NODE, session: SESSION }]).await;
        if let Err(error) = left {
            tracing::warn!("a user agent that left is believed to be here: {error}");
        }
    }
}
