//! The executable itself, run as an operator runs it: several processes, a real PostgreSQL and RabbitMQ, and a strict push service on
//! this machine. Each test has a database, queues and a folder of its own, and ends only processes that it began.
//!
//! A binary of its own, because it needs the built executable: `cargo build -p munadi` makes it, and `MUNADI_BIN` names another one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::pedantic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and then shows its processes' logs"
)]

mod audit;
mod broadcast;
mod fuzz;
mod hostile;
mod live;
mod operator;
mod outage;
mod push_node;
mod rig;
mod tour;
