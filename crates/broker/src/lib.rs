//! RabbitMQ: the queues as code, publishing that is confirmed, consuming that acknowledges only what is done, and the way in for
//! whoever watches over it. Only this crate names `lapin`.
//!
//! What every part relies on:
//!
//! - A message is published persistent, mandatory and confirmed. Whoever gets anything but [`PublishOutcome::Confirmed`] sends it
//!   again later, so a message can come twice and every consumer must bear that.
//! - A consumer commits first and acknowledges afterwards. What it does not acknowledge comes again.
//! - No connection heals itself. On any error the connection, its channel and its consumer are thrown away and made anew after a
//!   pause, so that no acknowledgement can ever reach a channel its delivery did not come from.
//! - Every wait for RabbitMQ has a limit, and reaching it ends the connection.

mod backoff;
mod canary;
mod config;
mod connection;
mod consume;
mod dead;
mod envelope;
mod error;
mod inspect;
mod live;
mod measure;
mod publish;
mod topology;

pub use backoff::Backoff;
pub use canary::Canary;
pub use config::{BrokerConfig, BrokerUrl, UnixMillis};
pub use connection::Broker;
pub use consume::{Consumer, Delivery, Disposition};
pub use dead::{DeadLetter, DeadLetters, Kept};
pub use envelope::Unreadable;
pub use error::BrokerError;
pub use inspect::{Load, QueueState};
pub use live::LiveEvent;
pub use measure::describe_metrics;
pub use publish::{Outgoing, PublishOutcome, Publisher};
pub use topology::{Argument, BindingSpec, Exchange, ExchangeSpec, Queue, QueueSpec, Topology};

#[cfg(test)]
mod tests;
