//! All integration tests of Munadi, in one binary. Each test has a database of its own (`munadi_testkit::database`), made from a
//! template on the server that `DATABASE_URL` names.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod database;
mod directory;
mod idempotency;
mod keys;
mod people;
mod sign_in;
mod trail;
