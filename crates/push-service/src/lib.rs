//! Our own push service, so that no foreign one need be in the path of a notice: RFC 8030 towards senders, and towards user agents the
//! WebSocket protocol that Firefox and the UnifiedPush distributor Sunup speak.
//!
//! ```text
//! sender ──POST──▶ http::publish ──▶ desk ──▶ PostgreSQL
//!                                     │ hub, if the user agent is connected here
//!                                     │ NOTIFY, if it is connected to another node
//!                                     ▼
//!                                   socket ◀──▶ session (a pure state machine) ◀──WebSocket──▶ user agent
//! ```
//!
//! A message is committed before it is acknowledged to its sender, and stays until its user agent has acknowledged it: at least once,
//! whatever crashes. Any number of nodes work on one database; endpoints are readable by all that have the same key.

mod batch;
mod desk;
mod envelope;
mod http;
mod hub;
mod message;
mod neighbors;
mod session;
mod shared;
mod socket;
mod token;
mod upkeep;
mod vapid;
mod wire;

pub use envelope::{Envelope, EnvelopeError, check_encoding};
pub use vapid::{Sender, VapidCheck, VapidError, public_key_digest};

use std::sync::Arc;

use axum::Router;
use munadi_services::{
    clock::Clock,
    entropy,
    limits::{Limits, Seats},
};
use munadi_store::{Store, push::PushBounds};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use self::{desk::Desk, hub::Hub, shared::Shared, token::Names};

/// How a node is to work.
#[derive(Debug, Clone)]
pub struct PushServiceConfig {
    /// How senders reach it: scheme, host and port.
    pub public_url: Url,
    /// User agents that may be connected to this node at once; more are told to come back later.
    pub connections: usize,
    /// Of these, from one IPv4 address or IPv6 /64: a whole office may have one.
    pub connections_per_address: usize,
    /// What may wait for one user agent; with more it must begin anew.
    pub bounds: PushBounds,
    /// What may wait in all, in bytes of the database; with more, nothing is taken that is not for now.
    pub stored_bytes: u64,
    /// A user agent that was not here for so many days is forgotten.
    pub forget_after_days: u16,
}

/// Why a node cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PushServiceError {
    /// The address is no origin.
    #[error("the push service's public address {0} must be http or https, with a host and without a path")]
    PublicUrl(Url),
    /// The key cannot be used, or there is no randomness.
    #[error("the operating system gives no random bytes")]
    Entropy,
}

/// A node of the push service. Its clones are one node.
#[derive(Debug, Clone)]
pub struct PushService {
    shared: Arc<Shared>,
    store: Store,
    node: i64,
    forget_after_days: u16,
}

impl PushService {
    /// A node. `key` is 32 secret bytes from which the names of endpoints are made: the same on all nodes, for ever. `store` comes from
    /// [`Store::for_push_service`].
    pub fn new(
        config: &PushServiceConfig,
        key: &[u8; 32],
        store: Store,
        clock: Clock,
        limits: Arc<Limits>,
    ) -> Result<Self, PushServiceError> {
        let url = &config.public_url;
        let is_origin = url.has_host() && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_origin || !matches!(url.scheme(), "http" | "https") {
            return Err(PushServiceError::PublicUrl(url.clone()));
        }
        let node = i64::from_be_bytes(entropy::bytes().map_err(|_| PushServiceError::Entropy)?);
        let hub = Arc::new(Hub::default());
        let shared = Shared {
            origin: url.origin().ascii_serialization(),
            names: Names::new(key).map_err(|_| PushServiceError::Entropy)?,
            vapid: VapidCheck::default(),
            desk: Desk::new(store.clone(), clock.clone(), Arc::clone(&hub), node, config.bounds, config.stored_bytes),
            seats: Seats::new(config.connections, config.connections_per_address, "munadi_push_connections"),
            sessions: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            hub,
            clock,
            limits,
        };
        Ok(Self { shared: Arc::new(shared), store, node, forget_after_days: config.forget_after_days })
    }

    /// What its listener serves. Requests must carry a [`munadi_services::limits::ClientAddress`], and [`PushService::run`] must run.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.shared))
    }

    /// Works for the router until the shutdown; then ends the connections, so that user agents go to other nodes.
    pub async fn run(&self, shutdown: CancellationToken) {
        let work = async {
            tokio::join!(
                self.shared.desk.work(),
                neighbors::listen(&self.store, &self.shared.hub, self.node),
                upkeep::run(&self.store, &self.shared, self.forget_after_days),
            )
        };
        let end = async {
            shutdown.cancelled().await;
            self.shared.shutdown.cancel();
            self.shared.sessions.close();
            self.shared.sessions.wait().await;
            self.shared.desk.finish().await;
        };
        tokio::select! {
            _ = work => {}
            () = end => {}
        }
    }
}
