//! A push service to try things out with: for tests, for benchmarks, and for a demonstration without a browser.
//!
//! A [`Sink`] listens on this machine and holds every request against RFC 8030, 8188, 8291 and 8292 before it counts
//! it: what a real service might forgive, it refuses and records. It can be told to misbehave, one subscription at a
//! time. A [`Subscriber`] is the other end: it makes a subscription's keys and decrypts what was sent to it.
//!
//! It is written apart from the sender on purpose, so that each is a second opinion on the other.

mod behavior;
mod check;
mod identity;
mod record;
mod server;
mod sink;
mod subscriber;
mod vapid;

pub use behavior::Behavior;
pub use check::{Fault, Reason};
pub use identity::Identity;
pub use record::{Arrivals, Captured, Counts, Totals};
pub use sink::{Capture, Sink, SinkConfig, SinkError, Transport, run};
pub use subscriber::{DecryptError, Subscriber, SubscriberError};
