//! Hearing that something was appended to the audit trail.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::{Result, Store};

/// Tells when an event was appended to the audit trail.
#[derive(Debug)]
pub struct AuditListener {
    listener: PgListener,
}

impl Store {
    /// Listens on a connection of its own. Listen first, then look: what is appended in between is told.
    pub async fn listen_audit(&self) -> Result<AuditListener> {
        let options = self.pool().connect_options();
        let pool = PgPoolOptions::new().max_connections(1).connect_with((*options).clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen("audit").await?;
        Ok(AuditListener { listener })
    }
}

impl AuditListener {
    /// Returns when something was appended since the last call, or may have been: after a broken connection, and after `longest` in
    /// any case.
    pub async fn wait(&mut self, longest: Duration) -> Result<()> {
        // A broken connection comes as `None`: what was told meanwhile is lost, so the caller looks.
        if let Ok(told) = tokio::time::timeout(longest, self.listener.try_recv()).await {
            told?;
        }
        while self.listener.next_buffered().is_some() {}
        Ok(())
    }
}
