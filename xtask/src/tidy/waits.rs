//! Tests wait for the thing itself, not for some time in which it mostly happens.

use super::Finding;
use crate::repository::Source;

/// A comment which says that a pause lies between two looks at the thing that is waited for.
const MARK: &str = "tidy: waits for ";

/// `sleep(…)` in tests, unless the line or the one above has the mark.
pub(super) fn no_sleep(source: &Source) -> Vec<Finding> {
    let is_test = source.is_test || source.path.starts_with("crates/testkit/");
    let calls = source.find(&["sleep", "("]).into_iter();
    let in_tests = calls.filter(|token| is_test || token.in_test);
    let unmarked = in_tests.filter(|token| !is_marked(&source.text, token.line));
    let message = format!("wait for the thing itself, and say what it is: // {MARK}…");
    unmarked.map(|token| Finding::new(&source.path, token.line, &message)).collect()
}

fn is_marked(text: &str, line: usize) -> bool {
    let first = line.saturating_sub(2);
    text.lines().skip(first).take(line - first).any(|line| line.contains(MARK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    #[test]
    fn sleeping_tests_are_found() {
        let sleep = "fn a() {\n    thread::sleep(b);\n}";
        let in_test = format!("#[cfg(test)]\nmod tests {{\n{sleep}\n}}");
        let above = sleep.replace("    thread", "    // tidy: waits for the outbox to be empty\n    thread");
        let beside = sleep.replace(';', "; // tidy: waits for the socket");
        for (path, text, lines) in [
            ("tests/src/lib.rs", sleep, &[2][..]),
            ("crates/testkit/src/lib.rs", sleep, &[2]),
            ("crates/a/src/lib.rs", sleep, &[]),
            ("crates/a/src/lib.rs", &in_test, &[4]),
            ("tests/src/lib.rs", &above, &[]),
            ("tests/src/lib.rs", &beside, &[]),
        ] {
            assert_eq!(offending_lines(no_sleep, path, text), lines, "{path}: {text}");
        }
    }
}
