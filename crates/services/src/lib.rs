//! The use cases of Munadi, a function each: who may, what must hold, what changes, and the audit entry, in one transaction.
//!
//! A family of use cases is a small struct over [`Core`] and what else it needs; the executable makes each once.

pub mod audit;
pub mod authenticity;
pub mod clients;
pub mod clock;
pub mod core;
pub mod dead_letters;
pub mod directory;
pub mod entropy;
pub mod error;
pub mod exports;
pub mod figures;
pub mod idempotency;
pub mod inbox;
pub mod keys;
pub mod limits;
pub mod notices;
pub mod origins;
pub mod page;
pub mod password;
pub mod people;
pub mod readiness;
pub mod secret;
pub mod sign_in;
pub mod signer;
pub mod subscriptions;
pub mod token;
pub mod transparency_log;

pub use self::{
    core::Core,
    error::{Result, ServiceError},
};

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
