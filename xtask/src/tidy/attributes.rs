//! Lints are not switched off and tests are not skipped.

use super::Finding;
use crate::{
    repository::Source,
    rust::{Code, Token},
};

/// An `expect` says why, and tells us when it is no longer needed; an `allow` does neither.
pub(super) fn no_allow(source: &Source) -> Vec<Finding> {
    offending(source, "allow", "use #[expect(…, reason = \"…\")] instead of #[allow], or do what the lint says")
}

/// A test that does not run proves nothing.
pub(super) fn no_ignored_test(source: &Source) -> Vec<Finding> {
    offending(source, "ignore", "an ignored test proves nothing: make it run, or remove it")
}

/// The attributes `#[name…]`, also inside `#[cfg_attr(…, name…)]`.
fn offending(source: &Source, name: &str, message: &str) -> Vec<Finding> {
    let attributes = source.code.iter().flat_map(Code::attributes).filter(|attribute| names(attribute, name));
    attributes.map(|attribute| Finding::new(&source.path, attribute[0].line, message)).collect()
}

fn names(attribute: &[Token], name: &str) -> bool {
    let mut words = attribute.iter().map(|token| token.text.as_str()).skip_while(|word| *word != "[").skip(1);
    match words.next() {
        Some("cfg_attr") => words.any(|word| word == name),
        first => first == Some(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    #[test]
    fn lints_are_expected_not_allowed() {
        for (text, lines) in [
            ("#[allow(dead_code)]\nfn a() {}", &[1][..]),
            ("\n#![allow(dead_code)]", &[2]),
            ("#[cfg_attr(test, allow(dead_code))]\nfn a() {}", &[1]),
            ("#[expect(dead_code, reason = \"#[allow(x)]\")]\nfn a() {}", &[]),
            ("// #[allow(dead_code)]\nfn allow() {}", &[]),
        ] {
            assert_eq!(offending_lines(no_allow, "crates/a/src/lib.rs", text), lines, "{text}");
        }
    }

    #[test]
    fn tests_are_not_ignored() {
        for (text, lines) in [
            ("#[test]\n#[ignore]\nfn a() {}", &[2][..]),
            ("#[test]\n#[ignore = \"slow\"]\nfn a() {}", &[2]),
            ("#[cfg_attr(miri, ignore)]\nfn a() {}", &[1]),
            ("#[test]\nfn ignore() {}", &[]),
        ] {
            assert_eq!(offending_lines(no_ignored_test, "tests/src/lib.rs", text), lines, "{text}");
        }
    }
}
