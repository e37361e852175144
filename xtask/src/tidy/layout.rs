//! Where files lie and what they are called.

use super::Finding;
use crate::repository::{Repository, Source, has_extension};

/// What the root may hold: the folders of ARCHITECTURE.md, the documents, the two commands, and what tools insist on finding there.
const TOP_LEVEL: [&str; 31] = [
    ".cargo",
    ".ci",
    ".config",
    ".dockerignore",
    ".editorconfig",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".sqlx",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "api-spec",
    "clippy.toml",
    "crates",
    "deny.toml",
    "deploy",
    "docs",
    "migrations",
    "run",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "test",
    "tests",
    "workers",
    "xtask",
];

/// The root is the first thing that anybody reads.
pub(super) fn top_level(repository: &Repository) -> Vec<Finding> {
    let strangers = repository.top_level().filter(|name| !TOP_LEVEL.contains(name));
    let message = "the root holds only what is agreed on (xtask/src/tidy/layout.rs): give this a place in a folder";
    strangers.map(|name| Finding::new(name, 1, message)).collect()
}

/// Many open files called `mod.rs` are many tabs with the same name.
pub(super) fn no_mod_rs(source: &Source) -> Vec<Finding> {
    let misnamed = source.path.ends_with("/mod.rs");
    misnamed.then(|| Finding::new(&source.path, 1, "call it foo.rs, beside the folder foo/")).into_iter().collect()
}

/// `0001_first.sql`, `0002_second.sql`, …: without gaps, so that two branches which add the same number are seen.
pub(super) fn migrations(repository: &Repository) -> Vec<Finding> {
    let files = repository.sources.keys().filter_map(|path| path.strip_prefix("migrations/"));
    let files = files.filter(|name| has_extension(name, &["sql"]));
    let expected = files.enumerate().map(|(index, name)| (name, format!("{:04}_", index + 1)));
    let wrong = expected.filter(|(name, number)| !name.starts_with(number) || !is_plain(name));
    wrong
        .map(|(name, number)| {
            let message =
                format!("the next migration is called {number}<words_like_this>.sql: no gap, no number twice");
            Finding::new(format!("migrations/{name}"), 1, message)
        })
        .collect()
}

fn is_plain(name: &str) -> bool {
    let stem = name.strip_suffix(".sql").unwrap_or(name);
    stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    fn paths(rule: fn(&Repository) -> Vec<Finding>, paths: &[&str]) -> Vec<String> {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        rule(&Repository::of(&files)).into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn root_holds_what_is_agreed_on() {
        assert_eq!(
            paths(top_level, &["README.md", "notes.txt", "crates/a/notes.txt", "old/x.rs"]),
            ["notes.txt", "old"]
        );
    }

    #[test]
    fn agreed_names_are_in_order() {
        assert!(TOP_LEVEL.is_sorted());
    }

    #[test]
    fn modules_are_named_after_themselves() {
        assert_eq!(offending_lines(no_mod_rs, "crates/a/src/b/mod.rs", ""), [1]);
        assert!(offending_lines(no_mod_rs, "crates/a/src/b.rs", "").is_empty());
    }

    #[test]
    fn migrations_have_no_gaps() {
        for (given, wrong) in [
            (&["0001_first.sql", "0002_second.sql", "README.md"][..], &[][..]),
            (&["0001_first.sql", "0003_third.sql"], &["0003_third.sql"]),
            (&["0001_first.sql", "0001_other.sql"], &["0001_other.sql"]),
            (&["0001_first.down.sql"], &["0001_first.down.sql"]),
            (&["0001_First.sql"], &["0001_First.sql"]),
            (&["first.sql"], &["first.sql"]),
        ] {
            let given: Vec<String> = given.iter().map(|name| format!("migrations/{name}")).collect();
            let wrong: Vec<String> = wrong.iter().map(|name| format!("migrations/{name}")).collect();
            let given: Vec<&str> = given.iter().map(String::as_str).collect();
            assert_eq!(paths(migrations, &given), wrong, "{given:?}");
        }
    }
}
