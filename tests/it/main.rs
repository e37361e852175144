//! All integration tests of Munadi, in one binary. Each test has a database of its own (`munadi_testkit::database`), made from a
//! template on the server that `DATABASE_URL` names.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::pedantic,
    reason = "a test fails by panicking, and says what it means in the shortest way"
)]

mod browser_session;
mod clients;
mod crowd;
mod database;
mod dead_letters;
mod delivery;
mod directory;
mod fanout;
mod http;
mod idempotency;
mod inbox;
mod interop;
mod keys;
mod log;
mod notices;
mod pages;
mod people;
mod pipeline;
mod push_senders;
mod push_service;
mod push_store;
mod role_grants;
mod sealer;
mod sign_in;
mod subscriptions;
mod trail;
mod usage;
