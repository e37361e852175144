//! Push services that asked us to wait or that refuse what we send, for the operator.

use munadi_domain::access::PlatformAdmin;
pub use munadi_store::delivery::OriginRow;

use crate::{Core, Result, ServiceError, audit::Act};

/// The push services with something to say about them.
#[derive(Debug, Clone)]
pub struct Origins {
    core: Core,
}

impl Origins {
    /// Over the database.
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    /// Those that are paused or stopped, or were once.
    pub async fn list(&self, _operator: PlatformAdmin) -> Result<Vec<OriginRow>> {
        Ok(self.core.store.origins().await?)
    }

    /// Sends to a stopped push service again.
    pub async fn resume(&self, operator: PlatformAdmin, origin: &str) -> Result<()> {
        let mut tx = self.core.store.begin().await?;
        if !tx.resume_origin(origin).await? {
            return Err(ServiceError::NotFound("stopped push service"));
        }
        self.core.record(&mut tx, Act::by(operator.officer, "platform_admin", "push_origin.resume", origin)).await?;
        Ok(tx.commit().await?)
    }
}
