//! Connections that are thrown away whole when anything about them fails.
//!
//! The library can heal a connection by itself. We do not use that: a new connection, a new channel and a new consumer are a few
//! lines, can be understood, and no acknowledgement can reach the wrong channel.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lapin::{
    AsyncTcpStream, Channel, Connection, ConnectionProperties,
    options::{BasicQosOptions, ConfirmSelectOptions},
    tcp::OwnedTLSConfig,
    uri::{AMQPScheme, AMQPUri},
};

use crate::{
    config::{BrokerConfig, UnixMillis},
    error::BrokerError,
    topology::Topology,
};

/// How long a connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(3);

/// Knows how to reach RabbitMQ. Cheap to clone; connects to nothing by itself.
#[derive(Clone)]
pub struct Broker(Arc<BrokerConfig>);

impl Broker {
    /// Remembers the configuration.
    pub fn new(config: BrokerConfig) -> Self {
        Self(Arc::new(config))
    }

    /// The names and settings of the queues.
    pub fn topology(&self) -> &Topology {
        &self.0.topology
    }

    /// Connects, makes what is not there yet, and leaves.
    ///
    /// # Errors
    /// [`BrokerError::Connect`] if RabbitMQ cannot be reached, [`BrokerError::Inequivalent`] if something exists with other settings.
    pub async fn declare_topology(&self) -> Result<(), BrokerError> {
        let session = self.open("setup").await?;
        session.close().await;
        Ok(())
    }

    /// Removes every queue and exchange with everything in them. For tests, and for whoever takes an installation away.
    ///
    /// # Errors
    /// [`BrokerError::Prefix`] if the topology has no prefix: the queues of production are removed by hand or not at all.
    pub async fn remove_topology(&self) -> Result<(), BrokerError> {
        if self.0.topology.prefix().is_empty() {
            return Err(BrokerError::Prefix);
        }
        let session = self.open_bare("removal").await?;
        self.0.topology.remove(&session.channel, self.0.answer_limit).await?;
        session.close().await;
        Ok(())
    }

    pub(crate) fn clock(&self) -> &UnixMillis {
        &self.0.clock
    }

    pub(crate) fn answer_limit(&self) -> Duration {
        self.0.answer_limit
    }

    /// A connection with one channel, on which the topology exists. `purpose` is shown in RabbitMQ's lists.
    pub(crate) async fn open(&self, purpose: &str) -> Result<Session, BrokerError> {
        let session = self.open_bare(purpose).await?;
        self.0.topology.declare(&session.channel, self.0.answer_limit).await?;
        Ok(session)
    }

    /// A connection with one channel, and nothing declared.
    pub(crate) async fn open_bare(&self, purpose: &str) -> Result<Session, BrokerError> {
        let limit = self.0.answer_limit;
        // In a box, so that not every task that may have to connect carries all of it.
        let (connection, leash) = Box::pin(self.connect(purpose)).await?;
        let channel = within(limit, "opening a channel", connection.create_channel()).await?;
        Ok(Session { channel, connection, _leash: leash, limit })
    }

    async fn connect(&self, purpose: &str) -> Result<(Connection, Leash), BrokerError> {
        let config = &self.0;
        let leash = Leash::default();
        let runtime =
            lapin::runtime::default_runtime().map_err(|source| BrokerError::Failed { doing: "starting", source })?;
        let properties =
            ConnectionProperties::default().with_connection_name(format!("{} {purpose}", config.name).into());
        let tls = OwnedTLSConfig { identity: None, cert_chain: config.ca_pem.clone() };
        let (limit, socket) = (config.answer_limit, leash.0.clone());
        let connecting = Connection::connector(
            config.url.to_uri(config.heartbeat_seconds),
            runtime,
            async move |uri: AMQPUri, runtime| {
                let address = (uri.authority.host.clone(), uri.authority.port);
                let dialing = async {
                    let stream = AsyncTcpStream::connect(&runtime, runtime.to_socket_addrs(address)).await?;
                    if let AsyncTcpStream::Plain(plain) = &stream {
                        socket.keep(plain.get_ref())?;
                    }
                    match uri.scheme {
                        AMQPScheme::AMQP => Ok(stream),
                        AMQPScheme::AMQPS => stream.into_tls(&uri.authority.host, tls.as_ref()).await,
                    }
                };
                let dialed = tokio::time::timeout(limit, dialing).await;
                Ok(dialed.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))?)
            },
            properties,
        );
        match tokio::time::timeout(limit, connecting).await {
            Ok(Ok(connection)) => Ok((connection, leash)),
            Ok(Err(source)) => Err(BrokerError::Connect { address: config.url.to_string(), source }),
            Err(_) => Err(BrokerError::TimedOut { doing: "connecting", limit }),
        }
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("url", &self.0.url).finish_non_exhaustive()
    }
}

/// One connection with one channel. When it is dropped without a goodbye, its socket is shut at once: RabbitMQ then gives
/// everything that was not acknowledged to somebody else.
pub(crate) struct Session {
    pub(crate) channel: Channel,
    connection: Connection,
    _leash: Leash,
    limit: Duration,
}

impl Session {
    /// Switches on confirms.
    pub(crate) async fn confirm(&self) -> Result<(), BrokerError> {
        let selected = self.channel.confirm_select(ConfirmSelectOptions::default());
        within(self.limit, "asking for confirms", selected).await
    }

    /// At most `prefetch` deliveries may wait for their acknowledgement.
    pub(crate) async fn prefetch(&self, prefetch: u16) -> Result<(), BrokerError> {
        let set = self.channel.basic_qos(prefetch, BasicQosOptions::default());
        within(self.limit, "setting the prefetch", set).await
    }

    /// A new channel in place of one that RabbitMQ closed.
    pub(crate) async fn renew_channel(&mut self) -> Result<(), BrokerError> {
        self.channel = within(self.limit, "opening a channel", self.connection.create_channel()).await?;
        Ok(())
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether it looks alive. It may still turn out not to be.
    pub(crate) fn is_usable(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }

    /// Whether an alarm of RabbitMQ stops what we publish.
    pub(crate) fn is_blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    /// Says goodbye, but not for long.
    pub(crate) async fn close(self) {
        let goodbye = tokio::time::timeout(GOODBYE, self.connection.close(200, "done".into())).await;
        if !matches!(goodbye, Ok(Ok(()))) {
            tracing::debug!("a RabbitMQ connection ended without a goodbye");
        }
    }
}

/// Ends the connection when it is dropped, also in the middle of connecting. The library's own thread can wait forever on a peer
/// that says nothing: shutting the socket down is the one thing that always ends it.
#[derive(Default)]
struct Leash(Socket);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.cut();
    }
}

/// A second handle of a connection's socket.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<SocketState>>);

#[derive(Default)]
enum SocketState {
    #[default]
    Unopened,
    Open(std::net::TcpStream),
    Cut,
}

impl Socket {
    fn keep(&self, stream: &tokio::net::TcpStream) -> std::io::Result<()> {
        use std::os::fd::AsFd;

        stream.set_nodelay(true)?;
        let copy = std::net::TcpStream::from(stream.as_fd().try_clone_to_owned()?);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, SocketState::Cut) {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        *state = SocketState::Open(copy);
        Ok(())
    }

    fn cut(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let SocketState::Open(stream) = std::mem::replace(&mut *state, SocketState::Cut) {
            // It fails only if the peer was faster.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

/// Waits for the library, which does not give up by itself, at most `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    doing: &'static str,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, BrokerError> {
    match tokio::time::timeout(limit, answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(BrokerError::Failed { doing, source }),
        Err(_) => Err(BrokerError::TimedOut { doing, limit }),
    }
}
