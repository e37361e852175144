//! Sending messages: connections that are kept, HTTP/2 where the push service speaks it, and nothing a stranger can
//! turn against us.
//!
//! An endpoint comes from a stranger. Its address is checked at the moment of connecting, and the connection is made to
//! the very address that was checked; no redirect is followed and no proxy is asked; every step has a limit in time and
//! in bytes.

mod connect;
mod pool;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    header,
};
use munadi_domain::endpoint::Endpoint;
use rustls::pki_types::CertificateDer;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{connect::Connector, pool::Pool};
pub use crate::request::{Answer, PushRequest, Ttl, Urgency};

/// How much of an answer's body is kept for the log, in bytes.
const REASON_LEN: usize = 512;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The host's name does not resolve.
    #[error("the push service's name does not resolve")]
    NoAddress,
    /// The host's name resolves, but only to addresses that must not be called.
    #[error("the push service's name resolves to no address that may be called")]
    AddressRefused,
    /// Connecting failed, TLS included.
    #[error("cannot connect to the push service")]
    Connect(#[source] std::io::Error),
    /// Connecting took too long.
    #[error("connecting to the push service took too long")]
    ConnectTimedOut,
    /// Someone else's attempt to connect failed a moment ago.
    #[error("the push service could not be connected to a moment ago")]
    Unreachable,
    /// Connections to too many services are open already.
    #[error("connections to too many push services are open")]
    TooManyOrigins,
    /// The connection failed before an answer came. The service may have taken the message.
    #[error("the connection to the push service failed")]
    Connection(#[source] hyper::Error),
    /// No answer came in time. The service may have taken the message.
    #[error("the push service did not answer in time")]
    TimedOut,
    /// The request is not one that HTTP can express.
    #[error("the request cannot be written down")]
    Request(#[from] hyper::http::Error),
}

/// Limits of a [`PushClient`].
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Time to resolve, connect and agree on keys.
    pub connect_timeout: Duration,
    /// Time for all of one message, waiting for a connection included.
    pub timeout: Duration,
    /// Bytes of an answer's body that are read; the connection is given up for a longer one.
    pub answer_limit: usize,
    /// Connections to one push service at a time.
    pub connections: usize,
    /// Messages on one HTTP/2 connection before another connection is opened. A service may allow less.
    pub streams: usize,
    /// After how much time without a message a connection is closed.
    pub idle: Duration,
    /// Push services with connections at a time.
    pub origins: usize,
    /// Certificates to trust besides those of the system: for development, and for a push service of our own under a
    /// private authority.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Speak HTTP/2 to endpoints without TLS, which only the development switch lets through.
    pub plain_http2: bool,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            answer_limit: 64 * 1024,
            connections: 8,
            streams: 100,
            idle: Duration::from_mins(1),
            origins: 1_024,
            extra_roots: Vec::new(),
            plain_http2: false,
        }
    }
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Without a root certificate no push service can be told from an impostor.
    #[error("no root certificates were found; install the system's ca-certificates")]
    NoRoots,
    /// The TLS library refuses.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Sends messages. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct PushClient {
    shared: Arc<Shared>,
}

struct Shared {
    config: ClientConfig,
    connector: Arc<Connector>,
    pools: Mutex<HashMap<Box<str>, Arc<Pool>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl PushClient {
    /// A client without connections. Must be called within a Tokio runtime, for it starts the task that closes what is
    /// idle.
    pub fn new(config: ClientConfig) -> Result<Self, ClientError> {
        let connector = Arc::new(Connector::new(&config)?);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let half_idle = config.idle / 2;
        let shared =
            Arc::new(Shared { config, connector, pools: Mutex::default(), tasks: tasks.clone(), stop: stop.clone() });
        tasks.spawn(close_idle(Arc::downgrade(&shared), half_idle, stop));
        Ok(Self { shared })
    }

    /// Sends one message and waits for the answer, whatever it is. An error means that none came.
    ///
    /// A message is sent a second time only when the first connection ended before anything of it was written.
    pub async fn send(&self, request: PushRequest<'_>) -> Result<Answer, SendError> {
        let limit = self.shared.config.timeout;
        timeout(limit, self.shared.send(request)).await.unwrap_or(Err(SendError::TimedOut))
    }

    /// Closes what is idle at once and the rest when its messages are answered. Returns when no connection is left;
    /// clones must not send any more.
    pub async fn close(self) {
        self.shared.stop.cancel();
        self.shared.pools().clear();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Shared {
    fn pools(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Pool>>> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, request: PushRequest<'_>) -> Result<Answer, SendError> {
        let pool = self.pool(request.endpoint)?;
        loop {
            let mut lease = pool.lease(request.endpoint).await?;
            match lease.send(write(&request, lease.is_multiplexed())?).await {
                Ok(response) => {
                    let (answer, whole) = self.read(response).await;
                    if whole {
                        lease.give_back();
                    }
                    return Ok(answer);
                }
                // The service closed the connection while it was kept. This ends: what is closed is not leased again,
                // and a new connection does not come here.
                Err(failure) if failure.unsent && !lease.is_new() => {}
                Err(failure) => return Err(SendError::Connection(failure.error)),
            }
        }
    }

    fn pool(&self, endpoint: &Endpoint) -> Result<Arc<Pool>, SendError> {
        let mut pools = self.pools();
        if let Some(pool) = pools.get(endpoint.origin()) {
            return Ok(Arc::clone(pool));
        }
        if pools.len() >= self.config.origins {
            pools.retain(|_, pool| pool.is_busy());
        }
        if pools.len() >= self.config.origins {
            return Err(SendError::TooManyOrigins);
        }
        let pool = Arc::new(Pool::new(&self.config, Arc::clone(&self.connector), self.tasks.clone()));
        pools.insert(endpoint.origin().into(), Arc::clone(&pool));
        Ok(pool)
    }

    /// Reads an answer, and tells whether all of it was read. The status counts even if the rest does not come: the
    /// service has decided about the message before it wrote it.
    async fn read(&self, response: Response<Incoming>) -> (Answer, bool) {
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = Limited::new(response.into_body(), self.config.answer_limit).collect();
        // The limit of the whole message also cuts this short, but then the answer would be lost with it.
        let body = timeout(self.config.timeout / 4, body)
            .await
            .ok()
            .and_then(Result::ok)
            .map(http_body_util::Collected::to_bytes);
        let reason = body.as_deref().map(readable).unwrap_or_default();
        (Answer { status, retry_after, reason }, body.is_some())
    }
}

/// The beginning of a body as text without control characters: it goes to a log, and a stranger wrote it.
fn readable(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(REASON_LEN)]);
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn write(request: &PushRequest<'_>, multiplexed: bool) -> Result<Request<Full<Bytes>>, SendError> {
    let endpoint = request.endpoint;
    let mut message = Request::builder()
        .method(Method::POST)
        .header("ttl", request.ttl.seconds())
        .header("urgency", request.urgency.as_str())
        .header(header::CONTENT_ENCODING, "aes128gcm")
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::AUTHORIZATION, request.authorization.clone());
    if let Some(topic) = &request.topic {
        message = message.header("topic", topic.as_str());
    }
    message = if multiplexed {
        message.uri(endpoint.as_str())
    } else {
        message.uri(endpoint.path_and_query()).header(header::HOST, endpoint.authority())
    };
    Ok(message.body(Full::new(request.body.clone()))?)
}

async fn close_idle(shared: Weak<Shared>, every: Duration, stop: CancellationToken) {
    let mut ticks = interval(every.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(shared) = shared.upgrade() else { return };
        let idle = shared.config.idle;
        shared.pools().retain(|_, pool| {
            pool.close_idle(idle);
            pool.is_busy()
        });
    }
}

#[cfg(test)]
mod tests;
