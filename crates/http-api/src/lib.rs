//! REST and server-sent events for departments, citizens and auditors. A handler takes its input out of the request, calls one use case of
//! `munadi_services`, and writes the answer; everything that goes wrong is a [`problem`] (RFC 9457).
//!
//! ```text
//! observe → catch panics → headers → methods → gzip → shed → time → address → body   every request
//!   authenticate → limit → (sending limit | kept answers) → handler                  what is for departments
//!   authenticate → limit → open to all → handler                                     what everyone may read
//!   limit → handler                                                                  what citizens change, and signing in
//! observe → … → address → limit → page                                               the pages; their own body limit
//! ```

mod archive;
mod cache;
mod clients;
mod dead_letters;
mod departments;
mod directory;
mod document;
mod extract;
mod feeds;
mod health;
mod inbox;
mod keys;
mod log;
mod middleware;
mod notices;
mod officers;
mod page;
mod permanent;
mod places;
mod problem;
mod push_origins;
mod reach;
mod role_grants;
mod router;
mod schema;
mod session;
mod state;
mod stream;
mod subscriptions;
mod summary;
mod well_known;

pub use self::{
    document::document_json,
    middleware::with_client_address,
    problem::{FaultOut, Problem},
    router::{openapi, router},
    state::{ApiState, HttpSettings, Probes},
    stream::Streams,
};
