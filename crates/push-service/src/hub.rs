//! Who is connected to this node, and the mail that waits for each.

use std::{
    collections::{HashMap, hash_map::Entry},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use munadi_domain::push::UserAgentId;
use tokio::sync::Notify;

use crate::message::SharedMessage;

/// Locks, so that senders to different user agents seldom wait for each other. A power of two.
const SHARDS: usize = 64;
/// Messages that wait for a connection's task. There are seldom two; what is more is read from the store.
const WAITING: usize = 16;

/// What waits for a connection's task.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// New messages; each is in the store.
    pub(crate) messages: Vec<SharedMessage>,
    /// There are others in the store.
    pub(crate) look: bool,
    /// Why the connection is to end.
    pub(crate) end: Option<End>,
}

/// Why a connection ends that did nothing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The user agent has connected anew.
    Replaced,
    /// Everything of it was thrown away.
    Reset,
}

impl Mail {
    const fn is_empty(&self) -> bool {
        self.messages.is_empty() && !self.look && self.end.is_none()
    }
}

/// A connection's mail. Whoever puts something in never waits.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    mail: Mutex<Mail>,
    arrived: Notify,
}

impl Mailbox {
    fn change(&self, change: impl FnOnce(&mut Mail)) {
        change(&mut self.mail.lock().unwrap_or_else(PoisonError::into_inner));
        self.arrived.notify_one();
    }

    fn put(&self, message: SharedMessage) {
        self.change(|mail| {
            if mail.messages.len() < WAITING {
                mail.messages.push(message);
            } else {
                mail.look = true;
            }
        });
    }

    /// Waits until there is mail, and takes it. Cancelling it loses nothing.
    pub(crate) async fn take(&self) -> Mail {
        loop {
            let mail = mem::take(&mut *self.mail.lock().unwrap_or_else(PoisonError::into_inner));
            if !mail.is_empty() {
                return mail;
            }
            self.arrived.notified().await;
        }
    }
}

#[derive(Debug)]
struct Seat {
    session: i64,
    mailbox: Arc<Mailbox>,
}

/// Who is connected to this node.
#[derive(Debug)]
pub(crate) struct Hub {
    shards: Vec<Mutex<HashMap<UserAgentId, Seat>>>,
    sessions: AtomicI64,
}

impl Default for Hub {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, sessions: AtomicI64::new(1) }
    }
}

impl Hub {
    /// A number for a connection, larger than all before it.
    pub(crate) fn new_session(&self) -> i64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    /// From now on the mail of the user agent comes here. An earlier connection of it is told to end.
    pub(crate) fn enter(&self, agent: UserAgentId, session: i64, mailbox: Arc<Mailbox>) {
        let former = self.shard(agent).insert(agent, Seat { session, mailbox });
        if let Some(former) = former {
            former.mailbox.change(|mail| mail.end = Some(End::Replaced));
        }
    }

    /// The connection has ended. A newer one of the same user agent stays.
    pub(crate) fn leave(&self, agent: UserAgentId, session: i64) {
        if let Entry::Occupied(seat) = self.shard(agent).entry(agent)
            && seat.get().session == session
        {
            seat.remove();
        }
    }

    /// Hands over a message; `false` if the user agent is not connected here.
    pub(crate) fn put(&self, agent: UserAgentId, message: &SharedMessage) -> bool {
        self.with(agent, |seat| seat.mailbox.put(Arc::clone(message)))
    }

    /// Tells a connection that there is something in the store; `false` if the user agent is not connected here.
    pub(crate) fn look(&self, agent: UserAgentId) -> bool {
        self.with(agent, |seat| seat.mailbox.change(|mail| mail.look = true))
    }

    /// Tells all connections that there may be something in the store.
    pub(crate) fn look_all(&self) {
        for shard in &self.shards {
            for seat in shard.lock().unwrap_or_else(PoisonError::into_inner).values() {
                seat.mailbox.change(|mail| mail.look = true);
            }
        }
    }

    /// Ends the connection of a user agent, if it is still the one of that number; whichever it is without a number.
    pub(crate) fn end(&self, agent: UserAgentId, session: Option<i64>, why: End) {
        self.with(agent, |seat| {
            if session.is_none_or(|session| session == seat.session) {
                seat.mailbox.change(|mail| mail.end = Some(why));
            }
        });
    }

    fn with(&self, agent: UserAgentId, act: impl FnOnce(&Seat)) -> bool {
        let shard = self.shard(agent);
        let seat = shard.get(&agent);
        if let Some(seat) = seat {
            act(seat);
        }
        seat.is_some()
    }

    fn shard(&self, agent: UserAgentId) -> MutexGuard<'_, HashMap<UserAgentId, Seat>> {
        // The names are random.
        let shard = usize::from(agent.as_bytes()[0]) % SHARDS;
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use munadi_domain::push::ChannelId;

    use super::*;
    use crate::message::Message;

    const AGENT: UserAgentId = UserAgentId::from_bytes([7; 16]);

    fn message(id: i64) -> SharedMessage {
        let channel = ChannelId::from_bytes([1; 16]);
        Arc::new(Message { id, channel, body: Vec::new().into(), ttl: 60 })
    }

    fn seat(hub: &Hub) -> (i64, Arc<Mailbox>) {
        let (session, mailbox) = (hub.new_session(), Arc::new(Mailbox::default()));
        hub.enter(AGENT, session, Arc::clone(&mailbox));
        (session, mailbox)
    }

    #[tokio::test]
    async fn mail_reaches_whoever_is_there() {
        let hub = Hub::default();
        assert!(!hub.put(AGENT, &message(1)) && !hub.look(AGENT));
        let (session, mailbox) = seat(&hub);
        assert!(hub.put(AGENT, &message(2)));
        let mail = mailbox.take().await;
        assert_eq!((mail.messages[0].id, mail.look, mail.end), (2, false, None));
        hub.leave(AGENT, session);
        assert!(!hub.put(AGENT, &message(3)));
    }

    #[tokio::test]
    async fn too_much_mail_is_left_in_the_store() {
        let hub = Hub::default();
        let (_, mailbox) = seat(&hub);
        for id in 0..100 {
            assert!(hub.put(AGENT, &message(id)));
        }
        let mail = mailbox.take().await;
        assert_eq!((mail.messages.len(), mail.look), (WAITING, true));
    }

    #[tokio::test]
    async fn a_second_connection_ends_the_first_and_outlives_it() {
        let hub = Hub::default();
        let (first, old) = seat(&hub);
        let (second, new) = seat(&hub);
        assert_eq!(old.take().await.end, Some(End::Replaced));
        hub.leave(AGENT, first);
        hub.end(AGENT, Some(first), End::Replaced);
        hub.look_all();
        let mail = new.take().await;
        assert_eq!((mail.look, mail.end), (true, None));
        hub.end(AGENT, None, End::Reset);
        assert_eq!(new.take().await.end, Some(End::Reset));
        hub.leave(AGENT, second);
        assert!(!hub.look(AGENT));
    }
}
