//! The same request sent again gets the same answer: `Idempotency-Key` on every POST that creates.
//!
//! The answer is kept after the effect is committed, in a transaction of its own. If the process dies between the two, the request
//! counts as being worked on for [`Idempotency::ABANDONED`], and may run again after that.

use aws_lc_rs::digest::{SHA256, digest};
use munadi_store::idempotency::RequestKey;
use time::Duration;

use crate::{Core, Result, ServiceError};

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new: do it, then [`Idempotency::finish`] or [`Idempotency::abandon`] it.
    Fresh,
    /// It was done: answer this.
    Replay {
        /// The status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// Another request was sent under this key.
    Mismatch,
    /// It is being worked on.
    InProgress,
}

/// The answers that are kept.
#[derive(Debug, Clone)]
pub struct Idempotency {
    core: Core,
}

impl Idempotency {
    /// How long an answer is kept.
    pub const KEPT: Duration = Duration::hours(24);
    /// After how long a request without an answer may run again.
    pub const ABANDONED: Duration = Duration::minutes(5);
    /// The most characters of a key.
    pub const KEY_CHARS: usize = 200;

    /// Over the database.
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    /// Begins a request: who sends it (a pseudonymous id), under which key, and everything that makes it what it is, such as its
    /// method, path and body.
    pub async fn begin(&self, principal: &str, key: &str, request: &[&[u8]]) -> Result<Begun> {
        check_key(key)?;
        let (digest, now) = (digest_of(request), self.core.clock.now());
        let name = RequestKey { principal, key };
        if self.core.store.begin_request(name, &digest, now, now - Self::ABANDONED).await? {
            return Ok(Begun::Fresh);
        }
        // Gone meanwhile: whoever worked on it has just given it up, and the sender may try again.
        let Some(known) = self.core.store.known_request(name).await? else { return Ok(Begun::InProgress) };
        Ok(match known.answer {
            _ if known.digest != digest => Begun::Mismatch,
            None => Begun::InProgress,
            Some((status, body)) => Begun::Replay { status: u16::try_from(status).unwrap_or(500), body },
        })
    }

    /// Keeps the answer of a request that was done. An answer that holds a secret is not to be kept: abandon it.
    pub async fn finish(&self, principal: &str, key: &str, status: u16, body: &[u8]) -> Result<()> {
        let status = i16::try_from(status).unwrap_or(500);
        Ok(self.core.store.finish_request(RequestKey { principal, key }, status, body).await?)
    }

    /// Lets the request be sent again, because it came to nothing.
    pub async fn abandon(&self, principal: &str, key: &str) -> Result<()> {
        Ok(self.core.store.abandon_request(RequestKey { principal, key }).await?)
    }

    /// Forgets what is older than [`Self::KEPT`]; how many requests that were.
    pub async fn prune(&self) -> Result<u64> {
        Ok(self.core.store.prune_requests(self.core.clock.now() - Self::KEPT).await?)
    }
}

fn check_key(key: &str) -> Result<()> {
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if is_visible && (1..=Idempotency::KEY_CHARS).contains(&key.len()) {
        return Ok(());
    }
    let most = Idempotency::KEY_CHARS;
    Err(ServiceError::invalid("Idempotency-Key", format!("expected 1 to {most} visible ASCII characters")))
}

/// The parts' lengths are in the digest, so that no two requests run together.
fn digest_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut text = Vec::new();
    for part in parts {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend_from_slice(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &text).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(digest_of(&[b"ab", b"c"]), digest_of(&[b"a", b"bc"]));
        assert_eq!(digest_of(&[b"ab", b"c"]), digest_of(&[b"ab", b"c"]));
    }

    #[test]
    fn keys_are_visible_and_short() {
        for bad in ["", "a b", "ä", "a\n", &"x".repeat(201)] {
            assert!(check_key(bad).is_err(), "{bad:?}");
        }
        assert!(check_key("9f1c-…".trim_end_matches('…')).is_ok());
    }
}
