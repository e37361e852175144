//! A batch becomes web push messages: encrypted for each subscriber, sent, and counted by what the push services
//! answer.
//!
//! This is the only part that opens connections to push services.

pub mod client;
pub mod encrypt;
pub mod outcome;
pub mod payload;
mod request;
pub mod topic;
pub mod vapid;
