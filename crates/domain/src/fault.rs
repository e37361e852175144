//! What is wrong with an input, told so that its author can mend it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901) for JSON, a path of element names for XML.
    pub at: String,
    /// What is wrong and what would be right, in a sentence without a full stop.
    pub reason: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(at: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { at: at.into(), reason: reason.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.reason)
    }
}
