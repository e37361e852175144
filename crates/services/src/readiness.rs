//! Whether this process can do its work now.

use std::{fmt::Display, time::Duration};

use crate::{Core, directory::Directory};

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the work needs.
#[derive(Debug, Clone)]
pub struct Readiness {
    core: Core,
    directory: Directory,
}

/// A part of what the work needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it, for whoever looks after the installation.
    pub fault: Option<String>,
}

impl Readiness {
    /// Over the database and the keys.
    pub fn new(core: Core, directory: Directory) -> Self {
        Self { core, directory }
    }

    /// All parts: the database with its schema, and the key directory that every signature is verified with.
    pub async fn parts(&self) -> Vec<Part> {
        let database = async {
            match self.core.store.migrations_missing().await {
                Ok(0) => None,
                Ok(missing) => Some(format!("{missing} migrations are missing: munadi migrate")),
                Err(error) => Some(told(error)),
            }
        };
        let keys = async { self.directory.current().await.err().map(told) };
        vec![
            Part { name: "database", fault: in_time(database).await },
            Part { name: "keys", fault: in_time(keys).await },
        ]
    }
}

async fn in_time(check: impl Future<Output = Option<String>>) -> Option<String> {
    tokio::time::timeout(PATIENCE, check).await.unwrap_or_else(|_| Some("does not answer".to_owned()))
}

fn told(error: impl Display) -> String {
    error.to_string()
}
