//! What tests share: a database of their own, and an installation without its edges in which people, departments and keys are made
//! by the use cases that make them everywhere.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod database;
pub mod people;
mod token;
mod user_agent;
mod world;

pub use database::{TestDatabase, database, database_on};
pub use people::{NoticeWorld, TestOfficer};
pub use token::{client_claims, jwt};
pub use user_agent::{CHANNEL, UserAgent};
pub use world::{AUDIENCE, ISSUER, TestDepartment, World, WorldOptions, account, new_key};
