//! The live stream inside one process: each published notice once, in the order of positions, to everyone who follows.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use munadi_store::inbox::{Part, PublishedFilter};
use tokio::sync::{Mutex, broadcast};

use super::{Inbox, NoticeSummary, Query, Since, area};
use crate::Result;

/// How many notices a slow follower may lag behind before it must begin anew.
const CAPACITY: usize = 256;
/// How many missed notices a follower that comes back is told before it must begin anew.
const RECOVERED: u16 = 100;
/// How many notices are read at once to catch up.
const PAGE: i64 = 100;

/// What a follower is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// A notice was published. If it replaces another, that one is superseded or withdrawn from now on.
    Notice(Arc<NoticeSummary>),
    /// Something was missed: read the newest page; what follows comes after this position.
    Reset {
        /// The position.
        position: i64,
    },
}

/// Tells followers of this process what is published.
///
/// It is fed by [`LiveHub::catch_up`], which reads from the database what was published since the last time. So it does not matter
/// whether the messages that lead to it are lost, doubled or out of order, as long as one comes at last.
#[derive(Debug)]
pub struct LiveHub {
    inbox: Inbox,
    sender: broadcast::Sender<Arc<NoticeSummary>>,
    /// The last position that was told; below zero as long as nothing is known.
    position: AtomicI64,
    /// Held by whoever catches up.
    catching_up: Mutex<()>,
}

impl LiveHub {
    /// A hub without followers that has told nothing.
    pub fn new(inbox: Inbox) -> Self {
        let (sender, _) = broadcast::channel(CAPACITY);
        Self { inbox, sender, position: AtomicI64::new(-1), catching_up: Mutex::new(()) }
    }

    /// Tells what was published since the last call; the first call only finds out where that begins. Call it at the start, at every
    /// message that something was published, and whenever such messages may have been missed.
    pub async fn catch_up(&self) -> Result<()> {
        let _alone = self.catching_up.lock().await;
        if self.position.load(Ordering::Acquire) < 0 {
            self.position.store(self.inbox.position().await?, Ordering::Release);
            return Ok(());
        }
        loop {
            let last = Part::After(self.position.load(Ordering::Acquire));
            let notices = self.inbox.core.store.published(&PublishedFilter::default(), last, PAGE).await?;
            if notices.is_empty() {
                return Ok(());
            }
            for notice in notices {
                self.position.store(notice.position, Ordering::Release);
                // An error says that there are no followers.
                let _ = self.sender.send(Arc::new(notice));
            }
        }
    }

    /// How many follow.
    pub fn followers(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Follows what is published from now on; with a position, first what was published after it. Places and topics of the query count,
    /// the rest of it does not.
    pub async fn follow(&self, query: Query, after: Option<i64>) -> Result<Follower> {
        let query = Query { places: query.places, topics: query.topics, ..Query::default() };
        // Listening comes before looking, so that nothing falls in between.
        let receiver = self.sender.subscribe();
        let mut follower = Follower {
            keys: self.inbox.filter(&query)?.places,
            query,
            told: VecDeque::new(),
            receiver,
            lagged: false,
            position: self.inbox.position().await?,
        };
        if let Some(after) = after {
            follower.recover(&self.inbox, after).await?;
        }
        Ok(follower)
    }
}

/// One open stream.
#[derive(Debug)]
pub struct Follower {
    query: Query,
    keys: Vec<i32>,
    /// What is to be told before anything new.
    told: VecDeque<LiveEvent>,
    receiver: broadcast::Receiver<Arc<NoticeSummary>>,
    /// Something was missed, and the follower does not know it yet.
    lagged: bool,
    /// What lies at or before it is known to the follower, or was never asked for.
    position: i64,
}

impl Follower {
    /// The next event; `None` when the hub is gone. Nothing is lost if the call is given up.
    pub async fn next(&mut self) -> Option<LiveEvent> {
        loop {
            if let Some(event) = self.told.pop_front() {
                return Some(event);
            }
            match self.receiver.recv().await {
                Ok(notice) => self.hear(notice),
                Err(broadcast::error::RecvError::Lagged(_)) => self.lagged = true,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// The position to come back with, if the stream ends now: one before what is still to be told.
    pub fn position(&self) -> i64 {
        match self.told.front() {
            Some(LiveEvent::Notice(notice)) => notice.position - 1,
            // Nobody can come back to it, so whoever does is told once more to begin anew.
            Some(LiveEvent::Reset { .. }) => -1,
            None => self.position,
        }
    }

    async fn recover(&mut self, inbox: &Inbox, after: i64) -> Result<()> {
        match inbox.since(&self.query, after, RECOVERED).await? {
            Since::Notices(missed) => {
                self.position = missed.last().map_or(self.position, |notice| notice.position.max(self.position));
                self.told.extend(missed.into_iter().map(|notice| LiveEvent::Notice(Arc::new(notice))));
            }
            Since::Reset => self.told.push_back(LiveEvent::Reset { position: self.position }),
        }
        Ok(())
    }

    fn wants(&self, notice: &NoticeSummary) -> bool {
        notice.position > self.position
            && (self.query.topics.is_empty() || self.query.topics.contains(&notice.topic))
            && (self.keys.is_empty() || area::meet(&notice.places, &self.keys))
    }

    fn hear(&mut self, notice: Arc<NoticeSummary>) {
        if std::mem::take(&mut self.lagged) {
            // This is the oldest that was still held: everything before it was missed, and is on the newest page.
            self.position = notice.position - 1;
            self.told.push_back(LiveEvent::Reset { position: self.position });
        }
        if self.wants(&notice) {
            self.position = notice.position;
            self.told.push_back(LiveEvent::Notice(notice));
        }
    }
}
