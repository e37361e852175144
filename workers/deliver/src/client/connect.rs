//! Opening a connection: resolve, check the address, connect to that address, TLS, HTTP.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    body::Bytes,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use munadi_domain::endpoint::Endpoint;
use rustls::{
    ClientConfig as TlsConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_util::task::TaskTracker;
use url::Host;

use super::{ClientConfig, ClientError, SendError};

/// Addresses of one name that are tried. Large services have dozens, and the time is limited anyway.
const ADDRESSES: usize = 4;
/// How often a silent HTTP/2 connection is asked whether the other side still lives, and how long it may think about
/// it.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) type Multiplexed = http2::SendRequest<Full<Bytes>>;
pub(super) type Single = http1::SendRequest<Full<Bytes>>;

/// A new connection, by what the two sides agreed to speak.
pub(super) enum Opened {
    /// HTTP/2: many messages at a time.
    Multiplexed(Multiplexed),
    /// HTTP/1.1: one message at a time.
    Single(Single),
}

/// Opens connections.
pub(super) struct Connector {
    tls: TlsConnector,
    timeout: Duration,
    plain_http2: bool,
}

impl Connector {
    pub(super) fn new(config: &ClientConfig) -> Result<Self, ClientError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = TlsConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots(&config.extra_roots)?)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tls = TlsConnector::from(Arc::new(tls));
        Ok(Self { tls, timeout: config.connect_timeout, plain_http2: config.plain_http2 })
    }

    /// Opens a connection, whose own work then runs as a task.
    pub(super) async fn open(&self, endpoint: &Endpoint, tasks: &TaskTracker) -> Result<Opened, SendError> {
        timeout(self.timeout, self.open_unhurried(endpoint, tasks)).await.unwrap_or(Err(SendError::ConnectTimedOut))
    }

    async fn open_unhurried(&self, endpoint: &Endpoint, tasks: &TaskTracker) -> Result<Opened, SendError> {
        let stream = self.connect(&resolve(endpoint).await?).await?;
        if !endpoint.is_https() {
            return speak(stream, self.plain_http2, tasks).await;
        }
        let name = server_name(endpoint).map_err(SendError::Connect)?;
        let stream = self.tls.connect(name, stream).await.map_err(SendError::Connect)?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        speak(stream, http2, tasks).await
    }

    /// Connects to the first address that answers. An address that does not must leave time for the others.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<TcpStream, SendError> {
        let share = self.timeout / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        let mut last = SendError::AddressRefused;
        for &address in addresses {
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // A message is one small burst: waiting for more of it to fill a packet only costs time.
                    stream.set_nodelay(true).map_err(SendError::Connect)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => last = SendError::Connect(error),
                Err(_) => last = SendError::ConnectTimedOut,
            }
        }
        Err(last)
    }
}

fn roots(extra: &[CertificateDer<'static>]) -> Result<RootCertStore, ClientError> {
    let system = rustls_native_certs::load_native_certs();
    for error in system.errors {
        tracing::warn!(%error, "a root certificate of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system.certs.into_iter().chain(extra.iter().cloned()));
    if roots.is_empty() { Err(ClientError::NoRoots) } else { Ok(roots) }
}

/// The addresses that may be called, of those that the name has at this moment.
async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, SendError> {
    let port = endpoint.port();
    let found: Vec<SocketAddr> = match endpoint.host() {
        Host::Domain(name) => lookup_host((name, port)).await.map_err(|_| SendError::NoAddress)?.collect(),
        Host::Ipv4(address) => vec![(address, port).into()],
        Host::Ipv6(address) => vec![(address, port).into()],
    };
    if found.is_empty() { Err(SendError::NoAddress) } else { admitted(endpoint, found) }
}

fn admitted(endpoint: &Endpoint, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, SendError> {
    let admitted: Vec<_> = found.into_iter().filter(|address| endpoint.admits(address.ip())).take(ADDRESSES).collect();
    if admitted.is_empty() { Err(SendError::AddressRefused) } else { Ok(admitted) }
}

fn server_name(endpoint: &Endpoint) -> io::Result<ServerName<'static>> {
    match endpoint.host() {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(io::Error::other),
        Host::Ipv4(address) => Ok(ServerName::from(IpAddr::V4(address))),
        Host::Ipv6(address) => Ok(ServerName::from(IpAddr::V6(address))),
    }
}

async fn speak<S>(stream: S, http2: bool, tasks: &TaskTracker) -> Result<Opened, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    if http2 {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_TIMEOUT)
            .handshake(io)
            .await
            .map_err(SendError::Connection)?;
        tasks.spawn(async move { log_end(connection.await) });
        return Ok(Opened::Multiplexed(sender));
    }
    let (sender, connection) = http1::handshake(io).await.map_err(SendError::Connection)?;
    tasks.spawn(async move { log_end(connection.await) });
    Ok(Opened::Single(sender))
}

fn log_end(result: hyper::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "a connection to a push service ended");
    }
}

#[cfg(test)]
mod tests {
    use munadi_domain::endpoint::EndpointPolicy;

    use super::*;

    fn addresses(text: &str) -> Vec<SocketAddr> {
        text.split(' ').map(|address| SocketAddr::new(address.parse().unwrap(), 443)).collect()
    }

    #[test]
    fn only_public_addresses_of_a_name_are_called() {
        let endpoint =
            EndpointPolicy::new(["push.example.org"], true).unwrap().check_url("https://push.example.org/x").unwrap();
        let found = addresses("127.0.0.1 10.0.0.1 8.8.8.8 ::1 ::ffff:10.0.0.1 2606:4700::1111");
        assert_eq!(admitted(&endpoint, found).unwrap(), addresses("8.8.8.8 2606:4700::1111"));
        let refused = admitted(&endpoint, addresses("127.0.0.1 169.254.169.254 fd00::1"));
        assert!(matches!(refused, Err(SendError::AddressRefused)));
    }

    #[test]
    fn few_addresses_are_tried() {
        let endpoint =
            EndpointPolicy::new(["push.example.org"], false).unwrap().check_url("https://push.example.org/x").unwrap();
        let found = (1..100).map(|n| SocketAddr::from(([8, 8, 8, n], 443))).collect();
        assert_eq!(admitted(&endpoint, found).unwrap().len(), ADDRESSES);
    }
}
