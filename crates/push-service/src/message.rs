//! A message on its way to a user agent.

use std::sync::Arc;

use axum::body::Bytes;
use munadi_domain::push::ChannelId;

/// A message that is in the store until its user agent has dealt with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its number: later ones are larger.
    pub(crate) id: i64,
    /// For which subscription.
    pub(crate) channel: ChannelId,
    /// What was sent, encrypted for the browser (RFC 8291). Empty: nothing.
    pub(crate) body: Bytes,
    /// How long it was to be kept, in seconds.
    pub(crate) ttl: u32,
}

/// A message that several may hold.
pub(crate) type SharedMessage = Arc<Message>;
