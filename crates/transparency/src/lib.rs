//! What makes a notice provable: canonical JSON, keys and their directory, the signed notice, its verifier, and the
//! public log.
//!
//! Everything here is a pure function of its arguments. Nothing reads a clock, the network or a disk, and the only randomness is
//! what ECDSA needs inside aws-lc-rs. A third party can implement all of it from the published specifications: RFC 7515 (JWS),
//! RFC 7517 and 7638 (JWK and its thumbprint), RFC 7518 (ES256), RFC 8785 (canonical JSON), and for the public log those that [`log`]
//! names. `api-spec/vectors` has the test vectors.

pub mod canonical;
pub mod directory;
mod encoding;
pub mod key;
pub mod log;
pub mod notice;
mod timestamp;
pub mod verdict;
pub mod verify;
