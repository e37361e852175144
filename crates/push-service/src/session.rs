//! A user agent's connection as a pure state machine: frames, news and time go in, effects come out. It reads no clock and no socket.
//!
//! A message is in the store until it is acknowledged, so nothing here must be kept safe. While the session is up to date it is handed
//! new messages directly; whenever it is not (at the beginning, after too many unacknowledged ones, after news from another node), it
//! remembers that there is something to `look` for, and reads the next few from the store once everything sent is acknowledged.

#[cfg(test)]
mod tests;

use std::time::Duration;

use munadi_domain::push::{ChannelId, UserAgentId};

use crate::{
    message::{Message, SharedMessage},
    wire::{self, Said, Version},
};

/// How long a user agent may take to say who it is.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// After so long without a sign of life it is asked for one.
const PING_AFTER: Duration = Duration::from_secs(300);
/// How long it may take to answer.
const PONG_WITHIN: Duration = Duration::from_secs(4);
/// A user agent that asks more often whether it is heard costs more than it gains.
const PINGS_APART: Duration = Duration::from_secs(45);
/// Messages read from the store at a time.
pub(crate) const BATCH: u32 = 10;
/// Messages that may be unacknowledged before the others stay in the store.
const WINDOW: usize = 32;
/// Frames that ask for something, in a minute. Acknowledgements of what was sent are not counted.
const FRAMES: u32 = 600;
const MINUTE: Duration = Duration::from_secs(60);

/// What happens to a session.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A text frame came.
    Frame(&'a str),
    /// Any other frame came.
    Sign,
    /// The deadline has passed.
    Time,
    /// The answer to [`Effect::Greet`]: who it is now. `known` says whether there may be something in the store.
    Greeted { agent: UserAgentId, known: bool },
    /// The answer to [`Effect::Register`].
    Registered { channel: ChannelId, outcome: Result<String, Refusal> },
    /// The answer to [`Effect::Load`].
    Loaded(Vec<SharedMessage>),
    /// New messages, each already in the store; `look` says that there are others.
    Mail { messages: Vec<SharedMessage>, look: bool },
    /// It has connected anew, here or elsewhere.
    Replaced,
    /// Everything of it was thrown away.
    Reset,
    /// The store does not answer.
    Trouble,
    /// This node stops.
    Shutdown,
}

/// What is to be done, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Send a text frame.
    Send(String),
    /// Send a ping frame.
    Ping,
    /// Find out whether it is known, and make it known that it is here; answered by [`Event::Greeted`].
    Greet(Option<UserAgentId>),
    /// Read the next messages from the store, at most [`BATCH`]; answered by [`Event::Loaded`].
    Load { at_hello: bool },
    /// Make an endpoint; answered by [`Event::Registered`].
    Register { channel: ChannelId, key: Option<String> },
    /// Forget an endpoint; `code` says why.
    Unregister { channel: ChannelId, code: Option<u16> },
    /// Delete messages.
    Acknowledge(Vec<i64>),
    /// Count what became of a message that was not delivered to a page.
    Count(Undelivered),
    /// End the connection.
    Close(Close),
}

/// Why there is no endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key is no public key.
    Key,
    /// It has too many, or asks too often.
    TooMany,
}

impl Refusal {
    const fn status(self) -> u16 {
        match self {
            Self::Key => 400,
            Self::TooMany => 429,
        }
    }
}

/// What became of a message that arrived and was no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// It could not be decrypted.
    Undecryptable,
    /// The page's worker was not there, or failed.
    NotTaken,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Close {
    /// Nobody said hello.
    Silence,
    /// It no longer answers.
    Dead,
    /// It does not speak this protocol.
    Protocol,
    /// It asks too much.
    Excess,
    /// It is connected elsewhere now.
    Replaced,
    /// It must begin anew.
    Reset,
    /// The store does not answer.
    Trouble,
    /// This node stops.
    Shutdown,
}

impl Close {
    /// The status of the close frame (RFC 6455 §7.4). With 4774 Firefox does not come back at once.
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::Replaced | Self::Reset => 1_000,
            Self::Shutdown => 1_001,
            Self::Protocol | Self::Silence | Self::Dead => 1_008,
            Self::Trouble => 1_013,
            Self::Excess => 4_774,
        }
    }

    /// For logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Dead => "dead",
            Self::Protocol => "protocol",
            Self::Excess => "excess",
            Self::Replaced => "replaced",
            Self::Reset => "reset",
            Self::Trouble => "trouble",
            Self::Shutdown => "shutdown",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It has not said who it is.
    Silent,
    /// The store is asked whether it is known.
    Greeting,
    /// All is said.
    Open,
    /// The connection ends.
    Over,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Session {
    phase: Phase,
    /// When it was last heard.
    heard: Duration,
    /// When it was asked for a sign of life that has not come.
    asked: Option<Duration>,
    /// When it last asked whether it is heard.
    pinged: Option<Duration>,
    /// Sent and not acknowledged.
    unacknowledged: Vec<i64>,
    /// The last few that were read from the store: one of them may come again as news.
    loaded: Vec<i64>,
    /// The store may have messages that were not sent.
    look: bool,
    /// When the minute began that `frames` counts.
    minute: Duration,
    frames: u32,
}

impl Session {
    /// A connection that was opened at this time.
    pub(crate) const fn new(now: Duration) -> Self {
        Self {
            phase: Phase::Silent,
            heard: now,
            asked: None,
            pinged: None,
            unacknowledged: Vec::new(),
            loaded: Vec::new(),
            look: false,
            minute: now,
            frames: 0,
        }
    }

    /// When to come with [`Event::Time`] if nothing else happens.
    pub(crate) fn deadline(&self) -> Duration {
        match (self.phase, self.asked) {
            (Phase::Silent, _) => self.heard + HELLO_WITHIN,
            (_, Some(asked)) => asked + PONG_WITHIN,
            (_, None) => self.heard + PING_AFTER,
        }
    }

    /// What is to be done about an event at this time.
    pub(crate) fn on(&mut self, event: Event<'_>, now: Duration) -> Vec<Effect> {
        if self.phase == Phase::Over {
            return Vec::new();
        }
        match event {
            Event::Frame(text) => {
                let opening = self.phase == Phase::Silent;
                let effects = self.frame(text, now);
                // Only a whole hello stops the clock of the first five seconds.
                if !opening || self.phase != Phase::Silent {
                    self.heard(now);
                }
                effects
            }
            Event::Sign => {
                if self.phase != Phase::Silent {
                    self.heard(now);
                }
                Vec::new()
            }
            Event::Time => self.time(now),
            Event::Greeted { agent, known } => self.greeted(agent, known),
            Event::Registered { channel, outcome } => {
                vec![Effect::Send(wire::register(channel, outcome.as_deref().map_err(|refusal| refusal.status())))]
            }
            Event::Loaded(messages) => self.loaded(&messages),
            Event::Mail { messages, look } => self.mail(&messages, look),
            Event::Replaced => self.close(Close::Replaced),
            Event::Reset => self.close(Close::Reset),
            Event::Trouble => self.close(Close::Trouble),
            Event::Shutdown => self.close(Close::Shutdown),
        }
    }

    fn heard(&mut self, now: Duration) {
        self.heard = now;
        self.asked = None;
    }

    fn close(&mut self, why: Close) -> Vec<Effect> {
        self.phase = Phase::Over;
        vec![Effect::Close(why)]
    }

    fn time(&mut self, now: Duration) -> Vec<Effect> {
        if now < self.deadline() {
            return Vec::new();
        }
        match (self.phase, self.asked) {
            (Phase::Silent, _) => self.close(Close::Silence),
            (_, Some(_)) => self.close(Close::Dead),
            (_, None) => {
                self.asked = Some(now);
                vec![Effect::Ping]
            }
        }
    }

    fn frame(&mut self, text: &str, now: Duration) -> Vec<Effect> {
        let Ok(said) = Said::read(text) else { return self.close(Close::Protocol) };
        match (self.phase, said) {
            (Phase::Silent, Said::Hello { uaid, use_webpush: true }) => {
                self.phase = Phase::Greeting;
                // A name that nobody could have been given is nobody's.
                vec![Effect::Greet(uaid.and_then(|uaid| uaid.parse().ok()))]
            }
            (Phase::Open, Said::Ack { updates }) => {
                self.acknowledge(&updates.iter().map(read_update).collect::<Vec<_>>(), now)
            }
            (Phase::Open, Said::Nack { version }) => self.acknowledge(&[(version, Some(Undelivered::NotTaken))], now),
            (Phase::Open, said) => self.request(said, now),
            _ => self.close(Close::Protocol),
        }
    }

    /// A frame that asks for something.
    fn request(&mut self, said: Said, now: Duration) -> Vec<Effect> {
        if !self.may_ask(now) {
            return self.close(Close::Excess);
        }
        match said {
            Said::Register { channel, key } => {
                vec![Effect::Register { channel, key: key.filter(|key| !key.is_empty()) }]
            }
            Said::Unregister { channel, code } => {
                vec![Effect::Unregister { channel, code }, Effect::Send(wire::unregister(channel, 200))]
            }
            Said::Ping {} => self.ping(now),
            Said::BroadcastSubscribe {} | Said::Unknown => Vec::new(),
            Said::Hello { .. } | Said::Ack { .. } | Said::Nack { .. } => self.close(Close::Protocol),
        }
    }

    /// Counts a frame; `false` if it is one too many.
    fn may_ask(&mut self, now: Duration) -> bool {
        if now >= self.minute + MINUTE {
            (self.minute, self.frames) = (now, 0);
        }
        self.frames += 1;
        self.frames <= FRAMES
    }

    fn ping(&mut self, now: Duration) -> Vec<Effect> {
        let last = self.pinged.replace(now);
        if last.is_some_and(|last| now < last + PINGS_APART) {
            return self.close(Close::Excess);
        }
        vec![Effect::Send(wire::PING.to_owned())]
    }

    fn greeted(&mut self, agent: UserAgentId, known: bool) -> Vec<Effect> {
        self.phase = Phase::Open;
        let mut effects = vec![Effect::Send(wire::hello(&agent.to_hex()))];
        if known {
            effects.push(Effect::Load { at_hello: true });
        }
        effects
    }

    fn loaded(&mut self, messages: &[SharedMessage]) -> Vec<Effect> {
        self.loaded = messages.iter().map(|message| message.id).collect();
        self.look |= messages.len() >= BATCH as usize;
        let mut effects: Vec<_> = messages.iter().flat_map(|message| self.send(message)).collect();
        effects.extend(self.next_load());
        effects
    }

    /// A message without a body says no more than that there is something, and Sunup never acknowledges one: it would hold up all that
    /// come after it. So it has arrived when it is sent.
    fn send(&mut self, message: &Message) -> Vec<Effect> {
        let send = Effect::Send(wire::notification(message));
        if message.body.is_empty() {
            return vec![send, Effect::Acknowledge(vec![message.id])];
        }
        self.unacknowledged.push(message.id);
        vec![send]
    }

    fn mail(&mut self, messages: &[SharedMessage], look: bool) -> Vec<Effect> {
        self.look |= look || self.phase != Phase::Open;
        let mut effects = Vec::new();
        for message in messages {
            if self.unacknowledged.contains(&message.id) || self.loaded.contains(&message.id) {
                continue;
            }
            self.look |= self.unacknowledged.len() >= WINDOW;
            if !self.look {
                effects.extend(self.send(message));
            }
        }
        effects.extend(self.next_load());
        effects
    }

    fn acknowledge(&mut self, updates: &[(Version, Option<Undelivered>)], now: Duration) -> Vec<Effect> {
        let (mut done, mut effects) = (Vec::new(), Vec::new());
        for (version, became) in updates {
            let Some(id) = version.0 else { continue };
            if let Some(at) = self.unacknowledged.iter().position(|&known| known == id) {
                self.unacknowledged.swap_remove(at);
                done.push(id);
                effects.extend(became.map(Effect::Count));
            }
        }
        if done.is_empty() {
            return if self.may_ask(now) { effects } else { self.close(Close::Excess) };
        }
        effects.push(Effect::Acknowledge(done));
        effects.extend(self.next_load());
        effects
    }

    /// Reads on when there is something to read and nothing is unacknowledged.
    fn next_load(&mut self) -> Option<Effect> {
        let due = self.phase == Phase::Open && self.look && self.unacknowledged.is_empty();
        due.then(|| {
            self.look = false;
            Effect::Load { at_hello: false }
        })
    }
}

fn read_update(update: &wire::Update) -> (Version, Option<Undelivered>) {
    let became = match update.code {
        Some(101) => Some(Undelivered::Undecryptable),
        Some(102) => Some(Undelivered::NotTaken),
        _ => None,
    };
    (update.version, became)
}
