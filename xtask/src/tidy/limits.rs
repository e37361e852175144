//! Nobody raises the limits which clippy measures for us, or gets out of the workspace's lints.

use super::Finding;
use crate::{
    repository::{Repository, Source},
    rust::Code,
};

/// Lines of code a function may have.
const LONGEST_FUNCTION: u32 = 60;

/// A long function says for itself why it is long: not its module for all functions at once.
pub(super) fn function_length(source: &Source) -> Vec<Finding> {
    let inner = source.code.iter().flat_map(Code::attributes).filter(|attribute| attribute[1].text == "!");
    let wide = inner.filter(|attribute| attribute.iter().any(|token| token.text == "too_many_lines"));
    let message = "say it at the one function that is too long, with the reason, or shorten it";
    wide.map(|attribute| Finding::new(&source.path, attribute[0].line, message)).collect()
}

/// The limit is set, the lints are on, and every package has them.
pub(super) fn lints(repository: &Repository) -> Vec<Finding> {
    let text = |path: &str| repository.sources.get(path).map_or("", |source| source.text.as_str());
    let mut findings = Vec::new();
    if threshold(text("clippy.toml")).is_none_or(|lines| lines > LONGEST_FUNCTION) {
        let message = format!("too-many-lines-threshold = {LONGEST_FUNCTION} is the limit of a function's length");
        findings.push(Finding::new("clippy.toml", 1, message));
    }
    if !has_line(text("Cargo.toml"), "pedantic = { level = \"warn\", priority = -1 }")
        || text("Cargo.toml").contains("too_many_lines")
    {
        findings.push(Finding::new("Cargo.toml", 1, "clippy's pedantic lints are on, too_many_lines with them"));
    }
    let members = repository.sources.values().filter(|source| source.path.ends_with("/Cargo.toml"));
    let outside =
        members.filter(|source| !has_line(&source.text, "[lints]") || !has_line(&source.text, "workspace = true"));
    findings.extend(outside.map(|source| Finding::new(&source.path, 1, "add [lints] workspace = true")));
    findings
}

fn threshold(clippy: &str) -> Option<u32> {
    let line = clippy.lines().find_map(|line| line.strip_prefix("too-many-lines-threshold"))?;
    line.trim_start().strip_prefix('=')?.trim().parse().ok()
}

fn has_line(text: &str, wanted: &str) -> bool {
    text.lines().any(|line| line == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    const LINTED: &str = "[lints]\nworkspace = true\n";
    const PEDANTIC: &str = "pedantic = { level = \"warn\", priority = -1 }\n";
    const LIMIT: &str = "too-many-lines-threshold = 60\n";

    #[test]
    fn a_long_function_speaks_for_itself() {
        for (text, lines) in [
            ("#![expect(clippy::too_many_lines, reason = \"all\")]", &[1][..]),
            ("#[expect(clippy::too_many_lines, reason = \"one table\")]\nfn a() {}", &[]),
        ] {
            assert_eq!(offending_lines(function_length, "crates/a/src/lib.rs", text), lines, "{text}");
        }
    }

    #[test]
    fn limits_stay() {
        for (root, clippy, member, wrong) in [
            (PEDANTIC, LIMIT, LINTED, &[][..]),
            (PEDANTIC, "too-many-lines-threshold = 90\n", LINTED, &["clippy.toml"]),
            (PEDANTIC, "", LINTED, &["clippy.toml"]),
            ("too_many_lines = \"allow\"\n", LIMIT, LINTED, &["Cargo.toml"]),
            (PEDANTIC, LIMIT, "[package]\n", &["crates/a/Cargo.toml"]),
        ] {
            let files = [("Cargo.toml", root), ("clippy.toml", clippy), ("crates/a/Cargo.toml", member)];
            let paths: Vec<String> = lints(&Repository::of(&files)).into_iter().map(|finding| finding.path).collect();
            assert_eq!(paths, wrong);
        }
    }
}
