//! What every family of use cases needs: the database, the time, the places, and fresh ids.

use std::sync::Arc;

use munadi_domain::{id::Seed, place::Places};
use munadi_store::Store;

use crate::{clock::Clock, entropy, error::Result};

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Core {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The places that exist.
    pub places: Arc<Places>,
}

impl Core {
    /// What a fresh id is made from: `NoticeId::new(core.seed()?)`.
    pub fn seed(&self) -> Result<Seed> {
        Ok(Seed::counted(self.clock.tick(), u128::from_le_bytes(entropy::bytes()?)))
    }
}
