//! No document names a path that is not there.

use super::Finding;
use crate::repository::{Repository, Source, has_extension};

/// A word of a document's code which begins so is a path of the repository.
const PATH_BEGINNINGS: [&str; 9] =
    ["crates/", "workers/", "tests/", "deploy/", "docs/", "api-spec/", "migrations/", "xtask/", "./"];

/// Folders that exist only on a machine which has built or run something.
const MADE_LATER: [&str; 2] = ["target", ".munadi"];

/// Every path in backticks, in a code block or in a link of a Markdown file exists.
pub(super) fn paths_exist(repository: &Repository) -> Vec<Finding> {
    let documents = repository.sources.values().filter(|source| has_extension(&source.path, &["md"]));
    documents.flat_map(|document| missing_paths(document, repository)).collect()
}

fn missing_paths(document: &Source, repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_block = false;
    for (index, line) in document.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            continue;
        }
        let code = if in_block { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
        let paths = code.into_iter().flat_map(path_words).chain(link_targets(line));
        for path in paths.filter(|path| !exists(path, &document.path, repository)) {
            let message = format!("there is no “{path}” here: correct the name, or remove it");
            findings.push(Finding::new(&document.path, index + 1, message));
        }
    }
    findings
}

/// The words of a piece of code that are paths of the repository; not those with a placeholder.
fn path_words(code: &str) -> impl Iterator<Item = &str> {
    let between_words = |c: char| c.is_whitespace() || "\"'`()[],;=|".contains(c);
    let words = code.split(between_words).map(|word| word.trim_end_matches(['.', ':', '!', '?']));
    words.filter(|word| is_path(word) && !word.contains(['*', '<', '{', '$', '…', '~']) && !word.contains("..."))
}

fn is_path(word: &str) -> bool {
    PATH_BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
}

/// The targets of `[text](target)` that are not addresses or places in the same document.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    targets.filter(|target| !target.is_empty() && !target.starts_with('#') && !target.contains(':'))
}

/// Whether the path exists, seen from the root or from the document's own folder.
fn exists(path: &str, document: &str, repository: &Repository) -> bool {
    let path = path.split(['#', ':']).next().unwrap_or(path);
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    [normal("", path), normal(folder, path)].into_iter().flatten().any(|path| {
        let made_later = MADE_LATER.iter().any(|folder| path.split('/').next() == Some(folder));
        path.is_empty() || made_later || repository.has(&path)
    })
}

/// The path below the root without `.` and `..`; none if it leads out of the repository.
fn normal(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let repository =
            Repository::of(&[(path, text), ("crates/a/src/lib.rs", ""), ("docs/adr/1.md", ""), ("run", "")]);
        paths_exist(&repository).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn paths_that_are_not_there_are_found() {
        for text in [
            "see `crates/b`",
            "see `crates/a/src/main.rs:3`",
            "`cargo run -- crates/b/x.cap`",
            "[b](crates/b)",
            "[out](../other/README.md)",
            "[name only](gone.md)",
            "`./walk tour`",
        ] {
            assert_eq!(lines("README.md", text), [1], "{text}");
        }
        assert_eq!(lines("README.md", "```sh\ncat docs/b.md\n```\n`docs/c.md` and `docs/d.md`"), [2, 4, 4]);
    }

    #[test]
    fn paths_that_are_there_are_not() {
        for text in [
            "see `crates/a`, `crates/a/`, `crates/a/src/lib.rs:3` and `docs/adr/1.md#why`",
            "`./run tour` starts `./target/debug/munadi` with `./.munadi/config.toml`",
            "crates/b is only a word here",
            "`crates/<role>/src`, `docs/adr/*.md`, `munadi/crates`",
            "[a](crates/a) [adr](docs/adr/1.md#why) [up](#top) [web](https://example.org/crates/b)",
        ] {
            assert!(lines("README.md", text).is_empty(), "{text}");
        }
        assert!(lines("docs/guide.md", "[next](adr/1.md) [root](../run) `docs/adr/1.md` `./adr/1.md`").is_empty());
    }

    #[test]
    fn only_documents_are_read() {
        assert!(lines("deploy/compose.yaml", "`crates/b`").is_empty());
    }
}
