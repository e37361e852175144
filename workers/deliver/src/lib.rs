//! A batch becomes web push messages: encrypted for each subscriber, sent, and counted by what the push services
//! answer.
//!
//! This is the only part that opens connections to push services.

mod batch;
pub mod client;
mod compose;
pub mod encrypt;
mod gate;
mod origin;
pub mod outcome;
pub mod payload;
mod request;
mod rests;
mod settle;
mod summary;
pub mod topic;
pub mod vapid;
mod worker;

pub use batch::{DeliverConfig, Deliverer, Tools, Worked};
pub use compose::Form;
pub use worker::run;
