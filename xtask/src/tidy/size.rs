//! One concept per file keeps files short; one service call per handler keeps handlers short.

use super::Finding;
use crate::{
    repository::{Source, has_extension},
    rust::{Token, count_lines},
};

/// Lines of code in a file, without blank lines, comments and test modules.
const LONGEST_FILE: usize = 400;

/// The same for a file of tests, which is mostly data.
const LONGEST_TEST_FILE: usize = 600;

/// Lines of a handler with its signature: extract, one service call, map to the response.
const LONGEST_HANDLER: usize = 25;

/// Files in Rust, and scripts.
pub(super) fn file_length(source: &Source) -> Vec<Finding> {
    let limit = if source.is_test { LONGEST_TEST_FILE } else { LONGEST_FILE };
    let lines = match &source.code {
        Some(code) => count_lines(code.tokens.iter().filter(|token| source.is_test || !token.in_test)),
        None if is_script(source) => script_lines(&source.text),
        None => 0,
    };
    let message = || format!("{lines} lines of code, at most {limit} are allowed: which two concepts are in here?");
    (lines > limit).then(|| Finding::new(&source.path, 1, message())).into_iter().collect()
}

/// The functions that answer requests, known by the attribute which describes them.
pub(super) fn handler_length(source: &Source) -> Vec<Finding> {
    let describes = |attribute: &[Token]| {
        attribute.iter().skip(2).map(|token| &token.text).take(4).eq(["utoipa", ":", ":", "path"])
    };
    let handlers = source.code.iter().flat_map(|code| code.items_under(describes));
    let long = handlers.filter(|handler| count_lines(*handler) > LONGEST_HANDLER);
    let message =
        format!("a handler has at most {LONGEST_HANDLER} lines: what it decides belongs into crates/services");
    long.map(|handler| Finding::new(&source.path, handler[0].line, &message)).collect()
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

    #[test]
    fn long_handlers_are_found() {
        let handler = |lines: usize| {
            let body = "    a();\n\n    // why\n".repeat(lines);
            format!("\n#[utoipa::path(get, path = \"/a\")]\npub async fn a(\n    b: B,\n) {{\n{body}}}\nfn z() {{}}")
        };
        assert_eq!(offending_lines(handler_length, "crates/http-api/src/a.rs", &handler(22)), [3]);
        assert!(offending_lines(handler_length, "crates/http-api/src/a.rs", &handler(21)).is_empty());
        assert!(offending_lines(handler_length, "crates/a/src/a.rs", &"a();".repeat(30)).is_empty());
    }
}
