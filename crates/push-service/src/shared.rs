//! What every request and connection of a node works with.

use std::sync::Arc;

use munadi_services::{
    clock::Clock,
    limits::{Limits, Seats},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{desk::Desk, hub::Hub, token::Names, vapid::VapidCheck};

/// A node.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Scheme, host and port of endpoints: whom a sender's token is made out to.
    pub(crate) origin: String,
    pub(crate) clock: Clock,
    pub(crate) limits: Arc<Limits>,
    pub(crate) names: Names,
    pub(crate) vapid: VapidCheck,
    pub(crate) hub: Arc<Hub>,
    pub(crate) desk: Desk,
    /// A seat for each connection.
    pub(crate) seats: Seats,
    /// The connections, so that a stop waits for them.
    pub(crate) sessions: TaskTracker,
    pub(crate) shutdown: CancellationToken,
}

impl Shared {
    /// The address that a subscription's messages are sent to.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!("{}/wpush/v2/{name}", self.origin)
    }

    /// The address at which a message can be taken back.
    pub(crate) fn message(&self, name: &str) -> String {
        format!("{}/m/{name}", self.origin)
    }
}
