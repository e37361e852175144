//! The listener of the REST API.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A listener that outlives a failure of what serves on it.
pub(crate) struct Listener(std::net::TcpListener);

impl Listener {
    /// Takes the address.
    pub(crate) fn bind(address: SocketAddr) -> Result<Self> {
        let listener = std::net::TcpListener::bind(address);
        let listener = listener.with_context(|| format!("{address} is taken: choose another [http] listen"))?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    /// Serves until the shutdown; then takes no new connections and finishes the requests that are open.
    pub(crate) async fn serve(&self, router: Router, shutdown: CancellationToken) -> Result<()> {
        let listener = TcpListener::from_std(self.0.try_clone()?)?;
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        Ok(axum::serve(listener, service).with_graceful_shutdown(shutdown.cancelled_owned()).await?)
    }
}
