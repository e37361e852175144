//! A user agent's connection: drives its [`Session`] over a WebSocket (RFC 6455).

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket};
use munadi_domain::push::{ChannelId, UserAgentId};
use munadi_services::{
    entropy,
    limits::{Purpose, Subject},
};
use tokio::time::{Instant, sleep_until, timeout};

use crate::{
    batch::{Pending, Unanswered},
    hub::{End, Mail, Mailbox},
    session::{Close, Effect, Event, Refusal, Session, Undelivered},
    shared::Shared,
    token::Address,
    vapid::public_key_digest,
};

/// How long a frame may take to be written to a user agent that has stopped reading.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// A connection with everything that its effects need.
struct Connection {
    shared: Arc<Shared>,
    socket: WebSocket,
    /// Whence it comes, for limits.
    from: std::net::IpAddr,
    mailbox: Arc<Mailbox>,
    session: i64,
    agent: Option<UserAgentId>,
    /// Whether the store knows it.
    is_stored: bool,
    /// Answered when everything acknowledged is deleted.
    acknowledged: Option<Pending<()>>,
    opened: Instant,
}

/// What a connection waits for.
enum Next {
    Frame(Option<Frame>),
    Mail(Mail),
    Time,
    Shutdown,
}

/// Serves a user agent until one of the two ends it.
pub(crate) async fn serve(shared: Arc<Shared>, socket: WebSocket, from: std::net::IpAddr) {
    let connection = Connection {
        mailbox: Arc::default(),
        session: shared.hub.new_session(),
        shared,
        socket,
        from,
        agent: None,
        is_stored: false,
        acknowledged: None,
        opened: Instant::now(),
    };
    connection.run().await;
}

impl Connection {
    async fn run(mut self) {
        let mut session = Session::new(Duration::ZERO);
        loop {
            let effects = match self.next(session.deadline()).await {
                Next::Frame(Some(Frame::Text(text))) => session.on(Event::Frame(text.as_str()), self.age()),
                Next::Frame(Some(Frame::Binary(_))) => session.on(Event::Frame(""), self.age()),
                Next::Frame(Some(Frame::Ping(_) | Frame::Pong(_))) => session.on(Event::Sign, self.age()),
                Next::Frame(Some(Frame::Close(_)) | None) => break,
                Next::Mail(mail) => session.on(news(mail), self.age()),
                Next::Time => session.on(Event::Time, self.age()),
                Next::Shutdown => session.on(Event::Shutdown, self.age()),
            };
            if self.carry_out(&mut session, effects).await.is_err() {
                break;
            }
        }
        if let Some(agent) = self.agent {
            self.shared.hub.leave(agent, self.session);
            if self.is_stored {
                self.shared.desk.leave(agent, self.session);
            }
        }
    }

    fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    async fn next(&mut self, deadline: Duration) -> Next {
        tokio::select! {
            frame = self.socket.recv() => Next::Frame(frame.and_then(Result::ok)),
            mail = self.mailbox.take() => Next::Mail(mail),
            () = sleep_until(self.opened + deadline) => Next::Time,
            () = self.shared.shutdown.cancelled() => Next::Shutdown,
        }
    }

    /// Does what the session wants, and what it wants next because of that. An error ends the connection.
    async fn carry_out(&mut self, session: &mut Session, effects: Vec<Effect>) -> Result<(), Ended> {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            let follows = match self.perform(effect).await {
                Ok(None) => continue,
                Ok(Some(event)) => session.on(event, self.age()),
                Err(Trouble::Store) => session.on(Event::Trouble, self.age()),
                Err(Trouble::Ended) => return Err(Ended),
            };
            // What follows from the last effect comes before what was to be done after it: an endpoint before the next frame.
            for effect in follows.into_iter().rev() {
                effects.push_front(effect);
            }
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> Result<Option<Event<'static>>, Trouble> {
        match effect {
            Effect::Send(text) => self.send(Frame::Text(text.into())).await?,
            Effect::Ping => self.send(Frame::Ping(Vec::new().into())).await?,
            Effect::Greet(claimed) => return self.greet(claimed).await.map(Some),
            Effect::Load { at_hello } => {
                let Some(agent) = self.agent else { return Ok(None) };
                let acknowledged = self.acknowledged.take();
                return Ok(Some(Event::Loaded(self.shared.desk.load(agent, at_hello, acknowledged).await?)));
            }
            Effect::Register { channel, key } => return self.register(channel, key).await.map(Some),
            Effect::Unregister { channel, code } => {
                let Some(agent) = self.agent else { return Ok(None) };
                metrics::counter!("munadi_push_unregistered_total", "why" => unwanted(code)).increment(1);
                self.shared.desk.unregister(agent, channel).await?;
            }
            Effect::Acknowledge(ids) => {
                let Some(agent) = self.agent else { return Ok(None) };
                metrics::counter!("munadi_push_acknowledged_total").increment(ids.len() as u64);
                self.acknowledged = Some(self.shared.desk.acknowledge(agent, ids)?);
            }
            Effect::Count(became) => count(became),
            Effect::Close(why) => return Err(self.close(why).await),
        }
        Ok(None)
    }

    async fn send(&mut self, frame: Frame) -> Result<(), Trouble> {
        match timeout(WRITE_WITHIN, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Trouble::Ended),
        }
    }

    async fn close(&mut self, why: Close) -> Trouble {
        metrics::counter!("munadi_push_closed_total", "why" => why.as_str()).increment(1);
        let frame = CloseFrame { code: why.code(), reason: why.as_str().into() };
        // It is over whether the user agent reads this or not.
        let _ = self.send(Frame::Close(Some(frame))).await;
        Trouble::Ended
    }

    /// An unknown name is not taken over: whoever has lost it at another service, or was reset, must begin anew, and learns so by being
    /// given another one.
    async fn greet(&mut self, claimed: Option<UserAgentId>) -> Result<Event<'static>, Trouble> {
        let known = match claimed {
            Some(agent) => self.shared.desk.greet(agent, self.session).await?.then_some(agent),
            None => None,
        };
        let agent = match known {
            Some(agent) => agent,
            None => UserAgentId::from_bytes(entropy::bytes().map_err(|_| Trouble::Store)?),
        };
        self.is_stored = known.is_some();
        self.agent = Some(agent);
        self.shared.hub.enter(agent, self.session, Arc::clone(&self.mailbox));
        Ok(Event::Greeted { agent, known: self.is_stored })
    }

    async fn register(&mut self, channel: ChannelId, key: Option<String>) -> Result<Event<'static>, Trouble> {
        let outcome = self.make_endpoint(channel, key).await?;
        Ok(Event::Registered { channel, outcome })
    }

    async fn make_endpoint(
        &mut self,
        channel: ChannelId,
        key: Option<String>,
    ) -> Result<Result<String, Refusal>, Trouble> {
        let Some(agent) = self.agent else { return Err(Trouble::Ended) };
        let sender = match key.as_deref().map(public_key_digest) {
            Some(None) => return Ok(Err(Refusal::Key)),
            Some(Some(digest)) => Some(digest),
            None => None,
        };
        let newcomer = Subject::PushRegistration(self.from);
        if self.shared.limits.check(newcomer, Purpose::Send).is_err() {
            return Ok(Err(Refusal::TooMany));
        }
        if !self.shared.desk.register(agent, self.session, channel).await? {
            return Ok(Err(Refusal::TooMany));
        }
        self.is_stored = true;
        let name = self.shared.names.write_address(&Address { agent, channel, sender }).map_err(|_| Trouble::Store)?;
        Ok(Ok(self.shared.endpoint(&name)))
    }
}

/// The connection is over.
struct Ended;

enum Trouble {
    /// The store does not answer; the user agent is told to come back.
    Store,
    /// The connection is over.
    Ended,
}

impl From<Unanswered> for Trouble {
    fn from(_: Unanswered) -> Self {
        Self::Store
    }
}

fn news(mail: Mail) -> Event<'static> {
    match mail.end {
        Some(End::Replaced) => Event::Replaced,
        Some(End::Reset) => Event::Reset,
        None => Event::Mail { messages: mail.messages, look: mail.look },
    }
}

/// Why a subscription is not wanted any more, in the protocol's numbers.
const fn unwanted(code: Option<u16>) -> &'static str {
    match code {
        Some(200) => "user",
        Some(201) => "quota",
        Some(202) => "permission",
        _ => "unknown",
    }
}

fn count(became: Undelivered) {
    let name = match became {
        Undelivered::Undecryptable => "undecryptable",
        Undelivered::NotTaken => "not_taken",
    };
    metrics::counter!("munadi_push_undelivered_total", "became" => name).increment(1);
}
