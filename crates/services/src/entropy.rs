//! Randomness: the only place that draws it for ids, salts and secrets.

use aws_lc_rs::rand;

use crate::error::{Result, ServiceError};

/// Fills with random bytes of the operating system's quality.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    rand::fill(bytes).map_err(|_| ServiceError::Entropy)
}

/// So many random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}
