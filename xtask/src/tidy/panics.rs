//! The product does not panic by habit, and nothing in it is left for later.

use super::Finding;
use crate::repository::Source;

const UNWRAPPING: [&str; 4] = ["unwrap", "expect", "unwrap_err", "expect_err"];

const UNFINISHED: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// `.unwrap()` and `.expect(…)` outside tests.
pub(super) fn no_unwrap(source: &Source) -> Vec<Finding> {
    if source.is_test || source.path.starts_with("crates/testkit/") {
        return Vec::new();
    }
    let message = "give the error back with `?`, or make the case impossible by type";
    let calls = UNWRAPPING.iter().flat_map(|name| source.find(&[".", name, "("]));
    let in_product = calls.filter(|token| !token.in_test);
    in_product.map(|token| Finding::new(&source.path, token.line, message)).collect()
}

/// `todo!`, `unimplemented!` and `dbg!`, anywhere.
pub(super) fn nothing_unfinished(source: &Source) -> Vec<Finding> {
    let macros = UNFINISHED.iter().flat_map(|name| source.find(&[name, "!"]));
    let message = "finish it, or take it out: this is for the way, not for the result";
    macros.map(|token| Finding::new(&source.path, token.line, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    const PATH: &str = "crates/a/src/lib.rs";

    #[test]
    fn product_code_does_not_unwrap() {
        for (path, text, lines) in [
            (PATH, "fn a() {\n    b.unwrap();\n    b\n        .expect(\"why\");\n}", &[2, 4][..]),
            (PATH, "fn a() { b.unwrap_or_default(); }", &[]),
            (PATH, "#[expect(dead_code, reason = \"x\")]\nfn unwrap() {}", &[]),
            (PATH, "#[cfg(test)]\nmod tests {\n    fn a() { b.unwrap() }\n}", &[]),
            ("crates/a/src/b/tests.rs", "fn a() { b.unwrap() }", &[]),
            ("tests/src/lib.rs", "fn a() { b.unwrap() }", &[]),
        ] {
            assert_eq!(offending_lines(no_unwrap, path, text), lines, "{text}");
        }
    }

    #[test]
    fn nothing_is_left_for_later() {
        for (text, lines) in [
            ("fn a() { todo!() }\nfn b() { unimplemented!(\"c\") }\nfn d() { dbg!(e); }", &[1, 2, 3][..]),
            ("#[test]\nfn a() { todo!() }", &[2]),
            ("// todo!()\nfn todo() {}", &[]),
        ] {
            assert_eq!(offending_lines(nothing_unfinished, PATH, text), lines, "{text}");
        }
    }
}
