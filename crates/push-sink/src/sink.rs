//! Starting, asking and stopping a sink.

use std::{
    collections::HashSet,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{Behavior, Captured, Counts, Identity, Totals, record::Recorder, server::Server, vapid::VapidCheck};

/// Why a sink does not start.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The port cannot be listened on.
    #[error("cannot listen")]
    Listen(#[from] std::io::Error),
    /// The certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// The certificate could not be used.
    #[error("cannot use the certificate")]
    Tls(#[from] rustls::Error),
}

/// What a sink speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// TLS with HTTP/2, or HTTP/1.1 if the client prefers that.
    #[default]
    Https,
    /// TLS with HTTP/1.1 only.
    HttpsHttp1,
    /// No TLS; HTTP/1.1, or HTTP/2 with prior knowledge (RFC 9113 §3.3).
    Plain,
}

impl Transport {
    pub(crate) const fn offers_http2(self) -> bool {
        !matches!(self, Self::HttpsHttp1)
    }

    const fn alpn(self) -> Option<&'static [&'static [u8]]> {
        match self {
            Self::Https => Some(&[b"h2", b"http/1.1"]),
            Self::HttpsHttp1 => Some(&[b"http/1.1"]),
            Self::Plain => None,
        }
    }
}

/// Which messages are kept to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Capture {
    /// None.
    #[default]
    None,
    /// All; not for benchmarks.
    All,
    /// Those for these subscriptions.
    Only(HashSet<u64>),
}

/// How a sink is to behave.
#[derive(Clone)]
pub struct SinkConfig {
    /// What it speaks.
    pub transport: Transport,
    /// How it answers a correct request, by the number of the subscription. It may keep count and change its mind.
    pub behavior: Arc<dyn Fn(u64) -> Behavior + Send + Sync>,
    /// Which messages it keeps.
    pub capture: Capture,
    /// The only application server key that may send to it, in base64url (RFC 8292 §4.2); any if `None`.
    pub application_server_key: Option<String>,
    /// The time, in seconds since 1970.
    pub now: fn() -> u64,
}

impl SinkConfig {
    /// Changes how it answers.
    #[must_use]
    pub fn behave(self, behavior: impl Fn(u64) -> Behavior + Send + Sync + 'static) -> Self {
        Self { behavior: Arc::new(behavior), ..self }
    }
}

impl Default for SinkConfig {
    fn default() -> Self {
        Self {
            transport: Transport::default(),
            behavior: Arc::new(|_| Behavior::Accept),
            capture: Capture::default(),
            application_server_key: None,
            now: jsonwebtoken::get_current_timestamp,
        }
    }
}

impl fmt::Debug for SinkConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkConfig")
            .field("transport", &self.transport)
            .field("capture", &self.capture)
            .finish_non_exhaustive()
    }
}

/// A push service on this machine. Dropping it cuts its connections.
pub struct Sink {
    server: Arc<Server>,
    address: SocketAddr,
    root_pem: Option<String>,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl Sink {
    /// Starts a sink on a free port of 127.0.0.1.
    pub async fn start(config: SinkConfig) -> Result<Self, SinkError> {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?, config)
    }

    /// Starts a sink on a listener. Must be called within a Tokio runtime.
    pub fn on(listener: TcpListener, config: SinkConfig) -> Result<Self, SinkError> {
        let address = listener.local_addr()?;
        let (tls, root_pem) = match config.transport.alpn() {
            Some(protocols) => {
                let identity = Identity::generate()?;
                let acceptor = TlsAcceptor::from(Arc::new(identity.server_config(protocols)?));
                (Some(acceptor), Some(identity.root_certificate_pem().to_owned()))
            }
            None => (None, None),
        };
        let server = Arc::new(Server {
            scheme: if tls.is_some() { "https" } else { "http" },
            port: address.port(),
            vapid: VapidCheck::new(config.application_server_key.clone()),
            record: Recorder::new(),
            config,
        });
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(Arc::clone(&server).run(listener, tls, tasks.clone(), stop.clone()));
        Ok(Self { server, address, root_pem, tasks, stop: stop.drop_guard() })
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.server.scheme, self.address)
    }

    /// The certificate that a client must trust; `None` if the sink speaks without TLS.
    pub fn root_certificate_pem(&self) -> Option<&str> {
        self.root_pem.as_deref()
    }

    /// The endpoint of a subscription.
    pub fn endpoint(&self, subscription: u64) -> String {
        format!("{}/push/{subscription}", self.origin())
    }

    /// Everything that was counted until now.
    pub fn counts(&self) -> Counts {
        self.server.record.counts()
    }

    /// How many requests were answered until now, without the cost of [`Sink::counts`].
    pub fn totals(&self) -> Totals {
        *self.server.record.totals().borrow()
    }

    /// The messages that were kept until now.
    pub fn captured(&self) -> Vec<Captured> {
        self.server.record.captured()
    }

    /// Waits until so many messages were accepted since the start.
    pub async fn wait_for(&self, accepted: u64) -> Totals {
        self.wait_until(|totals| totals.accepted >= accepted).await
    }

    /// Waits until the totals are as wished.
    pub async fn wait_until(&self, wished: impl FnMut(&Totals) -> bool) -> Totals {
        let mut totals = self.server.record.totals();
        // The sender lives as long as `self`, so the wait ends only with the wish.
        totals.wait_for(wished).await.map(|totals| *totals).unwrap_or_default()
    }

    /// Cuts all connections and returns when none is left.
    pub async fn stop(self) {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Runs a sink on a listener until `shutdown`; `started` is told where it is and whom to trust.
pub async fn run(
    listener: TcpListener,
    config: SinkConfig,
    shutdown: CancellationToken,
    started: impl FnOnce(&Sink),
) -> Result<(), SinkError> {
    let sink = Sink::on(listener, config)?;
    started(&sink);
    shutdown.cancelled().await;
    sink.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests;
