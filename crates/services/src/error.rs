//! Why a use case did not happen, told so that the edges can say it to a person.

use std::time::Duration;

use munadi_domain::{
    access::{Forbidden, Role},
    fault::Fault,
    notice::Refusal,
};
use munadi_store::{Refused, StoreError};

/// What every use case returns.
pub type Result<T, E = ServiceError> = std::result::Result<T, E>;

/// Why a use case did not happen. The variants are the slugs of `api-spec/problems.md`.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Wrong name or password, or a token that is not valid (any more).
    #[error("sign in first: {0}")]
    Unauthenticated(&'static str),
    /// The actor lacks a right.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It does not exist, or not for this actor.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The input is wrong; every fault is named.
    #[error("the input is not valid: {}", in_words(.0))]
    Invalid(Vec<Fault>),
    /// A rule of the notice's life refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is in another state than the request needs.
    #[error("{0}")]
    Conflict(String),
    /// The edit was made from a revision that is no longer the last.
    #[error("someone else changed it meanwhile: load it again and repeat your change")]
    StaleRevision {
        /// The revision it has now.
        current: i64,
    },
    /// A signature or key is not what it must be.
    #[error("{0}")]
    BadSignature(String),
    /// Too much in too short a time.
    #[error("too many requests: try again in {} seconds", retry_after.as_secs().max(1))]
    TooMany {
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// Something that only the operator can mend, such as a missing key.
    #[error("{0}")]
    Unavailable(String),
    /// The operating system gives no randomness.
    #[error("the operating system gives no random bytes")]
    Entropy,
    /// The database failed.
    #[error("the database failed")]
    Store(#[source] StoreError),
}

impl ServiceError {
    /// One fault.
    pub fn invalid(at: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(at, reason)])
    }

    /// Says in a person's words that a unique constraint was broken; any other error stays what it is.
    pub(crate) fn duplicate(error: StoreError, constraint: &str, why: &str) -> Self {
        match error.refused() {
            Some(Refused::Duplicate { constraint: broken }) if broken == constraint => Self::Conflict(why.to_owned()),
            _ => error.into(),
        }
    }
}

impl From<StoreError> for ServiceError {
    /// What the database refuses is told as if the code had refused it: the code checks first, so this is a race or a fault.
    fn from(error: StoreError) -> Self {
        match error.refused() {
            Some(Refused::AuthorApproves) => Refusal::AuthorApproves.into(),
            Some(Refused::EditorApproves) => Refusal::EditorApproves.into(),
            Some(Refused::NoApprover) => Forbidden { needs: Role::Approver }.into(),
            Some(Refused::UnusableKey) => Self::BadSignature(Refused::UnusableKey.to_string()),
            Some(
                refused @ (Refused::StaleVersion
                | Refused::WrongState
                | Refused::SignaturesMissing
                | Refused::Immutable
                | Refused::StaleRevision
                | Refused::Duplicate { .. }),
            ) => Self::Conflict(refused.to_string()),
            Some(Refused::OtherBytes | Refused::Constraint { .. }) | None => Self::Store(error),
        }
    }
}

/// The first few faults.
fn in_words(faults: &[Fault]) -> String {
    let more = if faults.len() > 3 { format!("; and {} more", faults.len() - 3) } else { String::new() };
    faults.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join("; ") + &more
}
