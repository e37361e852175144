//! The use cases of Munadi, a function each: who may, what must hold, what changes, and the audit entry, in one transaction.
//!
//! A family of use cases is a small struct over [`Core`] and what else it needs; the executable makes each once.

pub mod audit;
pub mod clock;
pub mod core;
pub mod entropy;
pub mod error;

pub use self::{
    core::Core,
    error::{Result, ServiceError},
};
