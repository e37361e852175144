//! The store, asked in batches, and the nodes that must hear of what was stored.
//!
//! A message is committed before anybody looks for its user agent, and a user agent's node is committed before its backlog is read. So
//! at least one of the two sees the other, on whichever nodes they are, and nothing has to be looked for in between.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::body::Bytes;
use munadi_domain::push::{ChannelId, Urgency, UserAgentId};
use munadi_services::clock::Clock;
use munadi_store::{
    Store, StoreError,
    push::{Greeted, Kept, NewPushMessage, PushBounds, PushHello, PushMessage, PushNews, Registration},
};
use tokio::time::timeout;

use crate::{
    batch::{Batcher, Pending, Unanswered},
    hub::{End, Hub},
    message::{Message, SharedMessage},
    session::BATCH,
};

/// Rows of one statement. Messages have up to 4 KiB each.
const MESSAGES_AT_ONCE: usize = 250;
const ROWS_AT_ONCE: usize = 500;
/// Messages that wait to be stored; with their bodies at most 16 MiB.
const MESSAGES_WAITING: usize = 4_096;
/// Other questions that wait. After a restart every user agent comes back within seconds.
const QUESTIONS_WAITING: usize = 100_000;
/// Endpoints of one user agent.
const MOST_CHANNELS: u32 = 500;
/// Nobody at the other end notices these, but the database does when thousands come back within seconds, or get a message.
const HELLOS_APART: Duration = Duration::from_millis(10);
const ACKNOWLEDGEMENTS_APART: Duration = Duration::from_millis(20);
/// The longest that anybody waits for the database.
const PATIENCE: Duration = Duration::from_secs(20);

/// A message that somebody sends.
#[derive(Debug)]
pub(crate) struct Posting {
    pub(crate) agent: UserAgentId,
    pub(crate) channel: ChannelId,
    pub(crate) topic: Option<String>,
    pub(crate) urgency: Urgency,
    pub(crate) ttl: u32,
    pub(crate) body: Bytes,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Posted {
    /// It is stored, under this number.
    Stored(i64),
    /// It was for now or never, and nobody is there. No message has this number.
    Dropped(i64),
    /// There is no such subscription any more.
    Gone,
}

/// Asks the store.
#[derive(Debug)]
pub(crate) struct Desk {
    store: Store,
    clock: Clock,
    hub: Arc<Hub>,
    /// This process, until it ends.
    node: i64,
    bounds: PushBounds,
    /// How large the store may be, and how large it was when it was last looked at.
    stored_bytes: (u64, AtomicU64),
    keep: Batcher<Posting, Kept>,
    announce: Batcher<UserAgentId, ()>,
    greet: Batcher<PushHello, Option<Greeted>>,
    load: Batcher<(UserAgentId, bool), Vec<PushMessage>>,
    acknowledge: Batcher<(UserAgentId, Vec<i64>), ()>,
    leave: Batcher<PushHello, ()>,
}

impl Desk {
    pub(crate) fn new(
        store: Store,
        clock: Clock,
        hub: Arc<Hub>,
        node: i64,
        bounds: PushBounds,
        stored_bytes: u64,
    ) -> Self {
        Self {
            stored_bytes: (stored_bytes, AtomicU64::new(0)),
            store,
            clock,
            hub,
            node,
            bounds,
            keep: Batcher::new("keep", MESSAGES_AT_ONCE, MESSAGES_WAITING),
            announce: Batcher::new("announce", ROWS_AT_ONCE, QUESTIONS_WAITING),
            greet: Batcher::new("greet", ROWS_AT_ONCE, QUESTIONS_WAITING).apart(HELLOS_APART),
            load: Batcher::new("load", MESSAGES_AT_ONCE, QUESTIONS_WAITING),
            acknowledge: Batcher::new("acknowledge", ROWS_AT_ONCE, QUESTIONS_WAITING).apart(ACKNOWLEDGEMENTS_APART),
            leave: Batcher::new("leave", ROWS_AT_ONCE, QUESTIONS_WAITING).apart(HELLOS_APART),
        }
    }

    /// Works until cancelled.
    pub(crate) async fn work(&self) {
        tokio::join!(
            twice(|| self.keep.work(|postings| self.keep_all(postings))),
            twice(|| self.announce.work(|agents| self.announce_all(agents))),
            self.greet.work(|hellos| self.greet_all(hellos)),
            twice(|| self.load.work(|wanted| self.load_all(wanted))),
            self.acknowledge.work(|done| self.acknowledge_all(done)),
            self.leave.work(|left| self.leave_all(left)),
        );
    }

    /// How large the store is.
    pub(crate) fn set_stored_bytes(&self, bytes: u64) {
        self.stored_bytes.1.store(bytes, Ordering::Relaxed);
    }

    /// Whether there is room for a message that may have to wait. What is urgent is always taken.
    fn has_room(&self, posting: &Posting) -> bool {
        let (most, now) = (self.stored_bytes.0, self.stored_bytes.1.load(Ordering::Relaxed));
        now < most || posting.urgency == Urgency::High || posting.ttl == 0
    }

    /// Stores a message and sees to it that its user agent hears of it. When this returns [`Posted::Stored`], it is kept until it is
    /// acknowledged, replaced, taken back or out of date, whatever crashes.
    pub(crate) async fn post(&self, posting: Posting) -> Result<Posted, Unanswered> {
        if !self.has_room(&posting) {
            return Err(Unanswered::Busy);
        }
        let (agent, channel, ttl, body) = (posting.agent, posting.channel, posting.ttl, posting.body.clone());
        match patiently(self.keep.ask(posting)).await? {
            Kept::Kept(id) => {
                let message = Arc::new(Message { id, channel, body, ttl });
                // Crash here: the sender has no answer and sends again; the user agent gets one of the two when it connects anew.
                if !self.hub.put(agent, &message) {
                    patiently(self.announce.ask(agent)).await?;
                }
                Ok(Posted::Stored(id))
            }
            Kept::Discarded(id) => Ok(Posted::Dropped(id)),
            Kept::Gone => Ok(Posted::Gone),
            Kept::Full => {
                self.reset(agent).await?;
                Ok(Posted::Gone)
            }
        }
    }

    /// Makes known that a user agent is here; `None` if there is none of that name. An earlier connection on another node ends.
    pub(crate) async fn greet(&self, agent: UserAgentId, session: i64) -> Result<bool, Unanswered> {
        let hello = PushHello { agent, node: self.node, session };
        let Some(greeted) = patiently(self.greet.ask(hello)).await? else { return Ok(false) };
        if let Some((node, session)) = greeted.former.filter(|(node, _)| *node != self.node) {
            self.tell(&[(node, PushNews::Replaced(agent, session))]).await?;
        }
        Ok(true)
    }

    /// The next messages of a user agent, once what it has acknowledged is not among them any more.
    pub(crate) async fn load(
        &self,
        agent: UserAgentId,
        at_hello: bool,
        acknowledged: Option<Pending<()>>,
    ) -> Result<Vec<SharedMessage>, Unanswered> {
        if let Some(acknowledged) = acknowledged {
            patiently(async { acknowledged.await.map_err(|_| Unanswered::Failed) }).await?;
        }
        let found = patiently(self.load.ask((agent, at_hello))).await?;
        let message = |found: PushMessage| {
            Arc::new(Message { id: found.id, channel: found.channel, body: found.body.into(), ttl: found.ttl })
        };
        Ok(found.into_iter().map(message).collect())
    }

    /// Deletes messages that their user agent has dealt with, a moment later. What this gives is answered when they are deleted, with all
    /// before them. If they are not deleted, they are sent again some day.
    pub(crate) fn acknowledge(&self, agent: UserAgentId, ids: Vec<i64>) -> Result<Pending<()>, Unanswered> {
        self.acknowledge.put((agent, ids))
    }

    /// Makes known that a user agent is not here any more.
    pub(crate) fn leave(&self, agent: UserAgentId, session: i64) {
        self.leave.leave(PushHello { agent, node: self.node, session });
    }

    /// Adds a channel, and the user agent if this is its first one; `false` if it has too many.
    pub(crate) async fn register(
        &self,
        agent: UserAgentId,
        session: i64,
        channel: ChannelId,
    ) -> Result<bool, Unanswered> {
        let hello = PushHello { agent, node: self.node, session };
        let done = self.store.register_push_channel(&hello, channel, MOST_CHANNELS, self.clock.now()).await;
        Ok(matches!(answered(done)?, Registration::Registered))
    }

    /// Forgets a channel with its messages.
    pub(crate) async fn unregister(&self, agent: UserAgentId, channel: ChannelId) -> Result<(), Unanswered> {
        answered(self.store.unregister_push_channel(agent, channel).await)?;
        Ok(())
    }

    /// Takes back a message; `false` if it is not there any more.
    pub(crate) async fn take_back(&self, agent: UserAgentId, id: i64) -> Result<bool, Unanswered> {
        answered(self.store.take_back_push_message(agent, id).await)
    }

    /// Throws away everything of a user agent that takes nothing: it begins anew, with a new name.
    async fn reset(&self, agent: UserAgentId) -> Result<(), Unanswered> {
        metrics::counter!("munadi_push_resets_total").increment(1);
        let connected = answered(self.store.push_nodes(&[agent]).await)?;
        answered(self.store.reset_push_agent(agent).await)?;
        self.hub.end(agent, None, End::Reset);
        let elsewhere = connected.into_iter().filter(|(_, node)| *node != self.node);
        let news: Vec<_> = elsewhere.map(|(agent, node)| (node, PushNews::Reset(agent))).collect();
        self.tell(&news).await
    }

    async fn tell(&self, news: &[(i64, PushNews)]) -> Result<(), Unanswered> {
        if news.is_empty() { Ok(()) } else { answered(self.store.tell_push_nodes(news).await) }
    }

    /// Waits until what was left to be done is done: who left last is told to the store last.
    pub(crate) async fn finish(&self) {
        let agent = UserAgentId::from_bytes([0; 16]);
        let nobody = PushHello { agent, node: self.node, session: 0 };
        // If it fails, the store only believes for a while that somebody is here, or that something was not acknowledged.
        let done = async { tokio::join!(self.leave.ask(nobody), self.acknowledge.ask((agent, Vec::new()))) };
        let _ = timeout(PATIENCE, done).await;
    }

    async fn keep_all(&self, postings: Vec<Posting>) -> Result<Vec<Kept>, StoreError> {
        let new: Vec<_> = postings.iter().map(Posting::as_row).collect();
        self.store.keep_push_messages(&new, self.bounds, self.clock.now()).await
    }

    /// Tells the nodes where these user agents are. Those that have connected to this node meanwhile are told directly.
    async fn announce_all(&self, agents: Vec<UserAgentId>) -> Result<Vec<()>, StoreError> {
        let mut elsewhere = BTreeMap::<i64, Vec<UserAgentId>>::new();
        for (agent, node) in self.store.push_nodes(&agents).await? {
            if node == self.node {
                self.hub.look(agent);
            } else {
                elsewhere.entry(node).or_default().push(agent);
            }
        }
        let news: Vec<_> = elsewhere.into_iter().map(|(node, agents)| (node, PushNews::Look(agents))).collect();
        if !news.is_empty() {
            self.store.tell_push_nodes(&news).await?;
        }
        Ok(vec![(); agents.len()])
    }

    async fn greet_all(&self, hellos: Vec<PushHello>) -> Result<Vec<Option<Greeted>>, StoreError> {
        self.store.greet_push_agents(&hellos, self.clock.now().date()).await
    }

    async fn load_all(&self, wanted: Vec<(UserAgentId, bool)>) -> Result<Vec<Vec<PushMessage>>, StoreError> {
        self.store.load_push_messages(&wanted, BATCH, self.clock.now()).await
    }

    async fn acknowledge_all(&self, done: Vec<(UserAgentId, Vec<i64>)>) -> Result<Vec<()>, StoreError> {
        let rows: Vec<_> = done.iter().flat_map(|(agent, ids)| ids.iter().map(|&id| (*agent, id))).collect();
        self.store.acknowledge_push_messages(&rows).await?;
        Ok(vec![(); done.len()])
    }

    async fn leave_all(&self, left: Vec<PushHello>) -> Result<Vec<()>, StoreError> {
        self.store.leave_push_agents(&left).await?;
        Ok(vec![(); left.len()])
    }
}

impl Posting {
    fn as_row(&self) -> NewPushMessage<'_> {
        NewPushMessage {
            user_agent: self.agent,
            channel: self.channel,
            topic: self.topic.as_deref(),
            urgency: self.urgency,
            body: &self.body,
            ttl: self.ttl,
        }
    }
}

/// Two statements of a kind at a time: while one waits for the disk the next one is worked on.
async fn twice<F: Future<Output = ()>>(work: impl Fn() -> F) {
    tokio::join!(work(), work());
}

/// Nobody waits for ever.
async fn patiently<T>(asked: impl Future<Output = Result<T, Unanswered>>) -> Result<T, Unanswered> {
    timeout(PATIENCE, asked).await.unwrap_or(Err(Unanswered::Busy))
}

fn answered<T>(done: Result<T, StoreError>) -> Result<T, Unanswered> {
    done.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the store does not answer");
        Unanswered::Failed
    })
}
