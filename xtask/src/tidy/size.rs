//! One concept per file keeps files short.

use super::Finding;
use crate::repository::{Source, has_extension};

/// Lines of code in a file, without blank lines, comments and test modules.
const LONGEST_FILE: usize = 400;

/// The same for a file of tests, which is mostly data.
const LONGEST_TEST_FILE: usize = 600;

/// Files in Rust, and scripts.
pub(super) fn file_length(source: &Source) -> Vec<Finding> {
    let limit = if source.is_test { LONGEST_TEST_FILE } else { LONGEST_FILE };
    let lines = match &source.code {
        Some(code) => code.count_lines(|token| source.is_test || !token.in_test),
        None if is_script(source) => script_lines(&source.text),
        None => 0,
    };
    let message = || format!("{lines} lines of code, at most {limit} are allowed: which two concepts are in here?");
    (lines > limit).then(|| Finding::new(&source.path, 1, message())).into_iter().collect()
}

fn is_script(source: &Source) -> bool {
    has_extension(&source.path, &["sh", "py", "js", "mjs", "ts"]) || source.text.starts_with("#!")
}

fn script_lines(text: &str) -> usize {
    let is_comment = |line: &str| ["#", "//", "/*", "*"].iter().any(|mark| line.starts_with(mark));
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_comment(line)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    #[test]
    fn long_files_are_found() {
        let product = |lines: usize| "fn a() {}\n\n// why\n".repeat(lines);
        let tests = |lines: usize| format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "fn a() {}\n".repeat(lines));
        for (path, text, is_long) in [
            ("crates/a/src/lib.rs", product(401), true),
            ("crates/a/src/lib.rs", product(400), false),
            ("crates/a/src/lib.rs", product(400) + &tests(500), false),
            ("tests/src/lib.rs", product(600), false),
            ("tests/src/lib.rs", product(601), true),
            ("tests/src/lib.rs", tests(601), true),
            ("run", format!("#!/bin/sh\n{}", "# why\n\necho\n".repeat(401)), true),
            ("run", format!("#!/bin/sh\n{}", "# why\n\necho\n".repeat(400)), false),
            ("docs/a.md", "word\n".repeat(1000), false),
        ] {
            assert_eq!(!offending_lines(file_length, path, &text).is_empty(), is_long, "{path}");
        }
    }
}
