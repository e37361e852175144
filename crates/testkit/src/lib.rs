//! What tests share: a database of their own, and the people, departments and keys that fill it.

mod database;

pub use database::{TestDatabase, database};
