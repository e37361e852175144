//! `cargo xtask tidy`: the house's rules which the compiler and clippy do not know.
//!
//! A rule is a small function from a file to findings; each has a table of what offends it and what does not.
//! The longest function allowed is clippy's to measure (`too-many-lines-threshold`); here we see to it that nobody raises it.

mod attributes;
mod documents;
mod homes;
mod keys;
mod layers;
mod layout;
mod leaks;
mod limits;
mod panics;
mod purity;
mod size;
mod waits;

use std::fmt;

use crate::repository::{Repository, Source, has_extension};

/// What is wrong, where, and what to do.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// A rule that looks at one file at a time.
type FileRule = fn(&Source) -> Vec<Finding>;

/// A rule that has to see all files.
type RepositoryRule = fn(&Repository) -> Vec<Finding>;

const FILE_RULES: [FileRule; 17] = [
    readable,
    attributes::no_allow,
    attributes::no_ignored_test,
    homes::libraries,
    homes::connections,
    homes::randomness,
    keys::no_private_key,
    layout::no_mod_rs,
    leaks::no_machine_path,
    leaks::no_registry,
    limits::function_length,
    panics::no_unwrap,
    panics::nothing_unfinished,
    purity::pure_core,
    size::file_length,
    size::handler_length,
    waits::no_sleep,
];

const REPOSITORY_RULES: [RepositoryRule; 4] =
    [documents::paths_exist, layout::migrations, layout::top_level, limits::lints];

/// Prints every finding; true if there is none.
pub(crate) fn run() -> anyhow::Result<bool> {
    let repository = Repository::read()?;
    let mut findings = layers::check(&repository)?;
    findings.extend(repository.sources.values().flat_map(|source| FILE_RULES.iter().flat_map(|rule| rule(source))));
    findings.extend(REPOSITORY_RULES.iter().flat_map(|rule| rule(&repository)));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    Ok(findings.is_empty())
}

/// Without its tokens no other rule sees the file.
fn readable(source: &Source) -> Vec<Finding> {
    let unread = has_extension(&source.path, &["rs"]) && source.code.is_none();
    unread.then(|| Finding::new(&source.path, 1, "this is no Rust: cargo says where")).into_iter().collect()
}

/// The lines of a snippet that offend a rule.
#[cfg(test)]
fn offending_lines(rule: FileRule, path: &str, text: &str) -> Vec<usize> {
    rule(&Source::new(path, text)).into_iter().map(|finding| finding.line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_file_must_be_readable() {
        assert_eq!(offending_lines(readable, "crates/a/src/lib.rs", "fn open( {"), [1]);
        assert!(offending_lines(readable, "crates/a/src/lib.rs", "fn closed() {}").is_empty());
        assert!(offending_lines(readable, "README.md", "fn open( {").is_empty());
    }

    #[test]
    fn a_finding_reads_like_a_compiler_message() {
        assert_eq!(Finding::new("a.rs", 3, "do this").to_string(), "a.rs:3: do this");
    }
}
