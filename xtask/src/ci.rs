//! `cargo xtask ci`: what CI runs beside the tests.

use std::{path::Path, time::Instant};

use crate::{command, queries, repository::Repository, tidy};

/// Whether all is well, or why that cannot be said.
type Check = fn(&Path) -> anyhow::Result<bool>;

/// The quick ones first; a query that is not described would be clippy's many errors.
const CHECKS: [(&str, Check); 4] =
    [("fmt", format), ("tidy", |_| tidy::run()), ("sqlx-check", described_queries), ("clippy", clippy)];

/// Runs every check, also after one that failed: a second look costs another turn.
pub(crate) fn run() -> bool {
    let root = Repository::root();
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        println!("── {name}");
        let start = Instant::now();
        let outcome = check(&root);
        let seconds = start.elapsed().as_secs_f32();
        match outcome {
            Ok(true) => println!("   {name} is clean ({seconds:.1} s)"),
            Ok(false) => failed.push(name),
            Err(error) => {
                println!("   {error:#}");
                failed.push(name);
            }
        }
    }
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    failed.is_empty()
}

fn format(root: &Path) -> anyhow::Result<bool> {
    command::run(&mut command::cargo(root, &["fmt", "--all", "--check"])).map(|()| true)
}

fn clippy(root: &Path) -> anyhow::Result<bool> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    command::run(&mut command::cargo(root, &arguments)).map(|()| true)
}

/// Without a database the build itself has to find out whether a query is missing.
fn described_queries(_root: &Path) -> anyhow::Result<bool> {
    if queries::server().is_none() {
        println!("   skipped: DATABASE_URL is not set");
        return Ok(true);
    }
    queries::check()
}
