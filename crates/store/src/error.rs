//! What can go wrong in the database, in terms of what it protects.

use sqlx::error::DatabaseError;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused the change: a rule would be broken.
    #[error("refused by the database: {0}")]
    Refused(Refused),
    /// A row says something that the program does not understand.
    #[error("the row of {what} cannot be read: {why}")]
    Corrupt {
        /// What the row is about.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database does not answer, or not as expected.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// A rule of the database (SQLSTATE class `MU` of the migrations, and unique keys).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// MU001.
    #[error("this never changes")]
    Immutable,
    /// MU002.
    #[error("the author cannot approve")]
    AuthorApproves,
    /// MU003.
    #[error("an editor cannot approve")]
    EditorApproves,
    /// MU004.
    #[error("the bytes were voided by an edit, or the notice has expired")]
    StaleVersion,
    /// MU005.
    #[error("the key cannot sign here")]
    UnusableKey,
    /// MU006.
    #[error("someone else changed it meanwhile")]
    StaleRevision,
    /// MU007.
    #[error("the notice is in another state")]
    WrongState,
    /// MU008.
    #[error("signatures or approvals are missing")]
    SignaturesMissing,
    /// MU009.
    #[error("this is not what the frozen bytes say")]
    OtherBytes,
    /// MU010.
    #[error("the officer is no approver of the department")]
    NoApprover,
    /// A unique key exists already.
    #[error("there is one already ({constraint})")]
    Duplicate {
        /// The constraint's name.
        constraint: String,
    },
    /// Another constraint.
    #[error("a constraint is broken ({constraint})")]
    Constraint {
        /// The constraint's name.
        constraint: String,
    },
}

impl StoreError {
    /// A row that cannot be understood.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over what they have: ids, texts, other errors")]
    pub fn corrupt(what: impl ToString, why: impl ToString) -> Self {
        Self::Corrupt { what: what.to_string(), why: why.to_string() }
    }

    /// What rule refused it, if one did.
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) => Some(refused),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(refused) {
            Some(refused) => Self::Refused(refused),
            None => Self::Database(error),
        }
    }
}

fn refused(error: &dyn DatabaseError) -> Option<Refused> {
    let constraint = || error.constraint().unwrap_or_default().to_owned();
    match error.code()?.as_ref() {
        "MU001" => Some(Refused::Immutable),
        "MU002" => Some(Refused::AuthorApproves),
        "MU003" => Some(Refused::EditorApproves),
        "MU004" => Some(Refused::StaleVersion),
        "MU005" => Some(Refused::UnusableKey),
        "MU006" => Some(Refused::StaleRevision),
        "MU007" => Some(Refused::WrongState),
        "MU008" => Some(Refused::SignaturesMissing),
        "MU009" => Some(Refused::OtherBytes),
        "MU010" => Some(Refused::NoApprover),
        "23505" => Some(Refused::Duplicate { constraint: constraint() }),
        "23503" | "23514" | "23P01" => Some(Refused::Constraint { constraint: constraint() }),
        _ => None,
    }
}
