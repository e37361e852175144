//! The listener of the REST API and the pages, and that of the push service. Whoever is slow on purpose is cut off: a connection that does not send a whole header in
//! time, that is left idle, or that is one too many takes nothing away from the others.

mod activity;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use self::activity::Activity;

/// How long to wait when the process has no room for one more connection.
const NO_ROOM: Duration = Duration::from_secs(1);
/// Requests that one HTTP/2 connection may have open at a time.
const STREAMS: u32 = 200;

/// How long clients may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For the whole header of a request. HTTP/1.1 has no other sign of life between two requests, so it is the longest pause, too.
    header: Duration,
    /// Without a request, in HTTP/2.
    idle: Duration,
    /// For the answer to a ping, in HTTP/2, and to end after being asked to.
    answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { header: Duration::from_secs(10), idle: Duration::from_mins(1), answer: Duration::from_secs(10) }
    }
}

/// A listener that outlives a failure of what serves on it.
pub(crate) struct Listener {
    socket: std::net::TcpListener,
    connections: usize,
    patience: Patience,
}

impl Listener {
    /// Takes the address that the setting names. At most so many connections are served at once; more wait until one of them ends.
    pub(crate) fn bind(address: SocketAddr, connections: usize, setting: &str) -> Result<Self> {
        let socket = std::net::TcpListener::bind(address);
        let socket = socket.with_context(|| format!("{address} is taken: choose another {setting}"))?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, connections, patience: Patience::default() })
    }

    /// Serves until the shutdown; then takes no new connections and finishes the requests that are open.
    pub(crate) async fn serve(&self, router: Router, shutdown: CancellationToken) -> Result<()> {
        let listener = TcpListener::from_std(self.socket.try_clone()?)?;
        let free = Arc::new(Semaphore::new(self.connections.min(Semaphore::MAX_PERMITS)));
        let mut connections = JoinSet::new();
        while let Some(accepted) = shutdown.run_until_cancelled(accept(&listener, &free)).await {
            let (stream, peer, permit) = accepted?;
            let connection = serve_one(stream, peer, router.clone(), self.patience, shutdown.clone());
            connections.spawn(async move {
                connection.await;
                drop(permit);
            });
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
        Ok(())
    }
}

/// The next connection, when there is room for it.
async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
) -> Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(free).acquire_owned().await?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Ok((stream, peer, permit)),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no connection can be taken");
                tokio::time::sleep(NO_ROOM).await;
            }
        }
    }
}

/// Whether only the connection failed that was about to be taken.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one connection until it ends, is left alone for too long, or has finished what was open at the shutdown.
async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
    shutdown: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot turn off the delay of small packets");
    }
    let (activity, watcher) = Activity::new();
    let service = service_fn(move |request| handle(router.clone(), peer, activity.clone(), request));
    let builder = builder(patience);
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            Some(connection.await)
        }
        () = watcher.left_alone(patience.header, patience.idle) => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(patience.answer, connection).await.ok()
        }
    };
    if let Some(Err(error)) = ended {
        tracing::debug!(error, "a connection ended");
    }
}

fn builder(patience: Patience) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience.header);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).keep_alive_interval(patience.idle).keep_alive_timeout(patience.answer);
    http2.max_concurrent_streams(STREAMS);
    builder
}

/// One request. It counts as open until its whole answer is sent or given up.
async fn handle(
    router: Router,
    peer: SocketAddr,
    activity: Activity,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let open = activity.begin();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.oneshot(request).await?;
    Ok(response.map(|body| open.until_sent(body)))
}
