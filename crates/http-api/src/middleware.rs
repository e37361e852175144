//! What happens to every request around its handler, each in a function of its own. `lib.rs` says in which order.

mod address;
mod authenticate;
mod body;
mod headers;
mod idempotency;
mod limit;
mod observe;
mod shed;

pub use self::address::with_client_address;
pub(crate) use self::{
    address::find_address,
    authenticate::authenticate,
    body::collect_body,
    headers::{answer_methods, open_to_all, secure},
    idempotency::{NotKept, remember_answer},
    limit::{limit, limit_pages, limit_sending},
    observe::{observe, on_panic},
    shed::{InFlight, run_in_time, shed_load},
};
