//! The connections to one push service.
//!
//! A client library's own pool opens one connection for each message that waits while none is open, and learns only
//! then that one would have done: a batch of 500 would knock 500 times. Here one message connects and the others wait
//! for what it finds out. HTTP/2 connections are shared, and another is opened only when all are full; HTTP/1.1
//! connections are lent to one message at a time.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
};
use munadi_domain::endpoint::Endpoint;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::{
    ClientConfig, SendError,
    connect::{Connector, Multiplexed, Opened, Single},
};

/// The connections to one push service.
pub(super) struct Pool {
    connector: Arc<Connector>,
    tasks: TaskTracker,
    connections: usize,
    streams: usize,
    state: Arc<Mutex<State>>,
    /// Held while an HTTP/2 connection is opened, or while it is found out that the service does not speak it.
    opening: AsyncMutex<()>,
    /// One permit for each HTTP/1.1 connection that may be open.
    single: Arc<Semaphore>,
}

#[derive(Default)]
struct State {
    multiplexed: Vec<Arc<Shared>>,
    idle: Vec<(Single, Instant)>,
    /// The service chose HTTP/1.1 when it was connected to last.
    only_single: bool,
    /// When connecting failed last.
    failed: Option<Instant>,
}

/// An HTTP/2 connection, and how many messages are on it.
struct Shared {
    sender: Multiplexed,
    load: AtomicUsize,
    used: Mutex<Instant>,
}

/// One message's place on a shared connection.
pub(super) struct Place(Arc<Shared>);

impl Place {
    fn on(connection: &Arc<Shared>) -> Self {
        connection.load.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(connection))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *lock(&self.0.used) = Instant::now();
        self.0.load.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection, as far as one message may use it. Dropped, it ends an HTTP/1.1 connection; [`Lease::give_back`] keeps
/// it.
pub(super) struct Lease {
    way: Way,
    /// The connection was opened for this message.
    new: bool,
}

enum Way {
    Multiplexed(Place),
    Single { sender: Single, state: Arc<Mutex<State>>, _permit: OwnedSemaphorePermit },
}

/// A message without an answer.
pub(super) struct Failure {
    pub(super) error: hyper::Error,
    /// Nothing of it was written, so sending it again cannot double it.
    pub(super) unsent: bool,
}

impl Lease {
    /// Whether requests are written with the whole URL and without a `Host` header.
    pub(super) const fn is_multiplexed(&self) -> bool {
        matches!(self.way, Way::Multiplexed(_))
    }

    /// Whether the connection was opened for this message. One that was kept may have been closed by the service
    /// meanwhile.
    pub(super) const fn is_new(&self) -> bool {
        self.new
    }

    pub(super) async fn send(&mut self, message: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        let sent = match &mut self.way {
            Way::Multiplexed(place) => place.0.sender.clone().try_send_request(message).await,
            Way::Single { sender, .. } => sender.try_send_request(message).await,
        };
        sent.map_err(|mut failure| {
            let unsent = failure.take_message().is_some();
            Failure { error: failure.into_error(), unsent }
        })
    }

    /// Keeps the connection for another message; the answer must have been read to its end.
    pub(super) fn give_back(self) {
        if let Way::Single { sender, state, .. } = self.way {
            lock(&state).idle.push((sender, Instant::now()));
        }
    }
}

impl Pool {
    pub(super) fn new(config: &ClientConfig, connector: Arc<Connector>, tasks: TaskTracker) -> Self {
        Self {
            connector,
            tasks,
            connections: config.connections,
            streams: config.streams,
            state: Arc::default(),
            opening: AsyncMutex::new(()),
            single: Arc::new(Semaphore::new(config.connections)),
        }
    }

    /// A place on a connection; waits for one if it must.
    pub(super) async fn lease(&self, endpoint: &Endpoint) -> Result<Lease, SendError> {
        let arrived = Instant::now();
        if let Some(lease) = self.share(|| self.opening.try_lock().is_ok()) {
            return Ok(lease);
        }
        if !self.only_single() {
            let _opening = self.opening.lock().await;
            // Someone else may have opened a connection while this message waited, or learned that HTTP/1.1 is spoken.
            if let Some(lease) = self.share(|| true) {
                return Ok(lease);
            }
            if !self.only_single() {
                let opened = self.open(endpoint, arrived).await;
                if let Some(lease) = self.keep(opened)? {
                    return Ok(lease);
                }
            }
        }
        self.lease_single(endpoint, arrived).await
    }

    /// A place on the HTTP/2 connection with the fewest messages. `None` if there is none, or if all are full and this
    /// message may open another one. While someone else does that, it may as well queue on those there are.
    fn share(&self, may_open: impl FnOnce() -> bool) -> Option<Lease> {
        let mut state = lock(&self.state);
        state.multiplexed.retain(|connection| !connection.sender.is_closed());
        let least = state.multiplexed.iter().min_by_key(|connection| connection.load.load(Ordering::Relaxed))?;
        let full = least.load.load(Ordering::Relaxed) >= self.streams;
        if full && state.multiplexed.len() < self.connections && may_open() {
            return None;
        }
        Some(Lease { way: Way::Multiplexed(Place::on(least)), new: false })
    }

    fn only_single(&self) -> bool {
        lock(&self.state).only_single
    }

    async fn open(&self, endpoint: &Endpoint, arrived: Instant) -> Result<Opened, SendError> {
        // A service that does not answer would otherwise cost each waiting message its own time-out, one after the
        // other.
        if lock(&self.state).failed.is_some_and(|failed| failed >= arrived) {
            return Err(SendError::Unreachable);
        }
        let opened = self.connector.open(endpoint, &self.tasks).await;
        lock(&self.state).failed = opened.is_err().then(Instant::now);
        opened
    }

    /// Takes in a new connection. HTTP/2 is leased at once; HTTP/1.1 lies ready for whoever has a permit.
    fn keep(&self, opened: Result<Opened, SendError>) -> Result<Option<Lease>, SendError> {
        let mut state = lock(&self.state);
        match opened {
            Ok(Opened::Multiplexed(sender)) => {
                let connection =
                    Arc::new(Shared { sender, load: AtomicUsize::new(0), used: Mutex::new(Instant::now()) });
                let place = Place::on(&connection);
                state.only_single = false;
                state.multiplexed.push(connection);
                Ok(Some(Lease { way: Way::Multiplexed(place), new: true }))
            }
            Ok(Opened::Single(sender)) => {
                state.only_single = true;
                state.idle.push((sender, Instant::now()));
                Ok(None)
            }
            // A full connection is better than none.
            Err(error) => match state.multiplexed.first() {
                Some(connection) => Ok(Some(Lease { way: Way::Multiplexed(Place::on(connection)), new: false })),
                None => Err(error),
            },
        }
    }

    async fn lease_single(&self, endpoint: &Endpoint, arrived: Instant) -> Result<Lease, SendError> {
        let permit = Arc::clone(&self.single).acquire_owned().await.map_err(|_| SendError::Unreachable)?;
        while let Some((mut sender, _)) = self.pop_idle() {
            if sender.ready().await.is_ok() {
                return Ok(self.lend(sender, permit, false));
            }
        }
        match self.open(endpoint, arrived).await {
            Ok(Opened::Single(sender)) => Ok(self.lend(sender, permit, true)),
            // The service has learned HTTP/2 meanwhile.
            opened => self.keep(opened)?.ok_or(SendError::Unreachable),
        }
    }

    fn pop_idle(&self) -> Option<(Single, Instant)> {
        lock(&self.state).idle.pop()
    }

    fn lend(&self, sender: Single, permit: OwnedSemaphorePermit, new: bool) -> Lease {
        Lease { way: Way::Single { sender, state: Arc::clone(&self.state), _permit: permit }, new }
    }

    /// Closes the connections that no message used for this long.
    pub(super) fn close_idle(&self, idle: Duration) {
        let mut state = lock(&self.state);
        state.idle.retain(|(sender, since)| !sender.is_closed() && since.elapsed() < idle);
        state.multiplexed.retain(|connection| {
            let busy = connection.load.load(Ordering::Relaxed) > 0;
            !connection.sender.is_closed() && (busy || lock(&connection.used).elapsed() < idle)
        });
    }

    /// Whether a connection is open, or a message waits for one.
    pub(super) fn is_busy(&self) -> bool {
        let state = lock(&self.state);
        let lent = self.single.available_permits() < self.connections;
        lent || !state.multiplexed.is_empty() || !state.idle.is_empty() || self.opening.try_lock().is_err()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
