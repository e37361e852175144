//! The pure crates read no clock, no randomness, no network and no disk: time and ids are arguments.

use super::Finding;
use crate::repository::Source;

const PURE: [&str; 3] = ["crates/domain/", "crates/transparency/", "crates/cap/"];

/// Names whose only use is to reach the world.
const WORLD: [&str; 13] = [
    "Instant",
    "SystemRandom",
    "SystemTime",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "getrandom",
    "now_local",
    "now_utc",
    "stdin",
    "thread_rng",
    "tokio",
];

/// Modules and functions with plain names, which are of the world only when called so.
const WORLDLY_PATHS: [&[&str]; 9] = [
    &["use", "rand"],
    &["rand", ":", ":", "fill"],
    &[":", ":", "generate"],
    &["fs", ":", ":"],
    &["File", ":", ":", "open"],
    &["env", ":", ":", "var"],
    &["process", ":", ":", "Command"],
    &["thread", ":", ":"],
    &[":", ":", "now", "("],
];

/// The one place that draws randomness, and says so in its name: a key in memory, for its making and for ECDSA's nonces.
/// Neither changes what is signed or whether it verifies.
const EXCEPTION: (&str, [&str; 2]) = ("crates/transparency/src/key.rs", ["SystemRandom", "::generate"]);

/// Worldly names in product code of a pure crate.
pub(super) fn pure_core(source: &Source) -> Vec<Finding> {
    if source.is_test || !PURE.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let names = WORLD.iter().flat_map(|name| reaches(source, &[name]));
    names.chain(WORLDLY_PATHS.iter().flat_map(|sequence| reaches(source, sequence))).collect()
}

fn reaches(source: &Source, sequence: &[&str]) -> Vec<Finding> {
    let name = sequence.concat();
    if source.path == EXCEPTION.0 && EXCEPTION.1.contains(&name.as_str()) {
        return Vec::new();
    }
    let in_product = source.find(sequence).into_iter().filter(|token| !token.in_test);
    let message = format!("this crate is pure: what “{name}” would give is an argument");
    in_product.map(|token| Finding::new(&source.path, token.line, &message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    #[test]
    fn pure_crates_reach_for_nothing() {
        for text in [
            "fn a() { time::OffsetDateTime::now_utc(); }",
            "fn a() { time::UtcDateTime::now(); }",
            "use std::time::SystemTime;",
            "use rand::Rng;",
            "fn a() { aws_lc_rs::rand::SystemRandom::new(); }",
            "fn a() { std::fs::read(b); }",
            "use std::{fs::File, io};",
            "fn a() { std::env::var(b); }",
            "async fn a() { tokio::task::yield_now(); }",
        ] {
            assert_eq!(offending_lines(pure_core, "crates/domain/src/a.rs", text), [1], "{text}");
            assert!(offending_lines(pure_core, "crates/services/src/a.rs", text).is_empty(), "{text}");
            let test = format!("#[cfg(test)]\nmod tests {{ {text} }}");
            assert!(offending_lines(pure_core, "crates/domain/src/a.rs", &test).is_empty(), "{test}");
        }
    }

    #[test]
    fn pure_crates_may_compute() {
        for text in
            ["use std::net::IpAddr;", "fn expired(now: OffsetDateTime) {}", "const A: &str = include_str!(\"a\");"]
        {
            assert!(offending_lines(pure_core, "crates/domain/src/a.rs", text).is_empty(), "{text}");
        }
    }
}
