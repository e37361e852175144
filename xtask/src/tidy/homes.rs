//! Each foreign library with a strong opinion has one home, and only one place opens connections to push services.

use super::Finding;
use crate::repository::Source;

/// Names that only some folders may say, and what the others do instead.
const HOMES: [(&str, &[&str], &str); 6] = [
    (
        "sqlx",
        &["crates/store/", "crates/bench/", "crates/testkit/", "tests/"],
        "SQL lives in crates/store: add a function there",
    ),
    ("lapin", &["crates/broker/"], "only crates/broker names lapin: add a function there, or write an outbox row"),
    (
        "axum",
        &[
            "crates/http-api/",
            "crates/web/",
            "crates/matrix/",
            "crates/push-service/",
            "crates/munadi/",
            "crates/bench/",
            "tests/",
        ],
        "only the edges, the executable's wiring, baselines and tests of them name axum",
    ),
    ("quick_xml", &["crates/cap/"], "XML is read and written in crates/cap"),
    ("governor", &["crates/services/"], "limits are kept in crates/services"),
    (
        "web_push",
        &["crates/bench/", "crates/testkit/", "tests/"],
        "web-push is the tests' oracle and the baseline, not the product's sender",
    ),
];

/// Ways to open a connection to an address that somebody gave us.
const CONNECTING: [&[&str]; 5] = [
    &["TcpStream", ":", ":", "connect"],
    &["TcpSocket", ":", ":", "new_v4"],
    &["client", ":", ":", "legacy"],
    &["client", ":", ":", "conn"],
    &["reqwest"],
];

/// `deliver` sends to push services; `munadi` is also the command line, which speaks to its own server; the rest is not in the product.
const MAY_CONNECT: [&str; 6] =
    ["workers/deliver/", "crates/munadi/", "crates/push-sink/", "crates/testkit/", "crates/bench/", "tests/"];

/// Ways to draw randomness.
const RANDOM: [&[&str]; 4] = [&["SystemRandom"], &["rand", ":", ":", "fill"], &["use", "rand"], &["getrandom"]];

/// The services draw ids, salts and tokens in one place; `deliver` a key and a salt per message, on the hot path;
/// a key in memory is made where keys are. The rest is not in the product.
const MAY_DRAW: [&str; 7] = [
    "crates/services/src/entropy.rs",
    "workers/deliver/",
    "crates/transparency/src/key.rs",
    "crates/push-sink/",
    "crates/testkit/",
    "crates/bench/",
    "tests/",
];

/// The names of libraries outside their homes.
pub(super) fn libraries(source: &Source) -> Vec<Finding> {
    let away = HOMES.iter().filter(|(_, homes, _)| !lies_in(source, homes));
    let named = away
        .flat_map(|(name, _, message)| source.find(&[name, ":", ":"]).into_iter().map(move |token| (token, message)));
    named.map(|(token, message)| Finding::new(&source.path, token.line, *message)).collect()
}

/// Client connections outside the folders that may make them. A test may connect to what it started itself.
pub(super) fn connections(source: &Source) -> Vec<Finding> {
    if source.is_test || lies_in(source, &MAY_CONNECT) {
        return Vec::new();
    }
    let made = CONNECTING.iter().flat_map(|sequence| source.find(sequence)).filter(|token| !token.in_test);
    let message = "only workers/deliver opens connections to strangers: every address passes its filter there";
    made.map(|token| Finding::new(&source.path, token.line, message)).collect()
}

/// Randomness outside its places: a test can only repeat what it can give.
pub(super) fn randomness(source: &Source) -> Vec<Finding> {
    if source.is_test || lies_in(source, &MAY_DRAW) {
        return Vec::new();
    }
    let drawn = RANDOM.iter().flat_map(|sequence| source.find(sequence)).filter(|token| !token.in_test);
    let message = "randomness comes from services::entropy";
    drawn.map(|token| Finding::new(&source.path, token.line, message)).collect()
}

fn lies_in(source: &Source, folders: &[&str]) -> bool {
    folders.iter().any(|folder| source.path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    #[test]
    fn libraries_are_named_at_home() {
        let query = "use munadi_store::X;\nfn a() { sqlx::query!(\"select 1\"); }";
        for (path, text, lines) in [
            ("crates/services/src/lib.rs", query, &[2][..]),
            ("crates/munadi/src/main.rs", query, &[2]),
            ("crates/store/src/notices.rs", query, &[]),
            ("tests/src/lib.rs", query, &[]),
            ("crates/services/src/lib.rs", "// sqlx is elsewhere\nconst A: &str = \"sqlx\";", &[]),
            ("workers/relay/src/lib.rs", "use lapin::Channel;", &[1]),
            ("crates/broker/src/lib.rs", "use lapin::Channel;", &[]),
            ("crates/services/src/lib.rs", "use axum::Router;", &[1]),
            ("crates/http-api/src/lib.rs", "use axum::Router;", &[]),
            ("workers/deliver/src/lib.rs", "use web_push::WebPushClient;", &[1]),
            ("workers/deliver/src/payload.rs", "struct Declarative { web_push: u16 }", &[]),
        ] {
            assert_eq!(offending_lines(libraries, path, text), lines, "{path}: {text}");
        }
    }

    #[test]
    fn only_deliver_connects() {
        for (path, text, lines) in [
            ("crates/services/src/lib.rs", "fn a() { tokio::net::TcpStream::connect(b); }", &[1][..]),
            ("crates/services/src/lib.rs", "use hyper_util::client::legacy::Client;", &[1]),
            ("crates/services/src/lib.rs", "use hyper_util::rt::TokioIo;", &[]),
            ("workers/deliver/src/pool.rs", "use hyper_util::client::legacy::Client;", &[]),
            ("crates/http-api/src/tests.rs", "fn a() { TcpStream::connect(b); }", &[]),
        ] {
            assert_eq!(offending_lines(connections, path, text), lines, "{path}: {text}");
        }
    }

    #[test]
    fn randomness_has_its_places() {
        for (path, text, lines) in [
            ("crates/services/src/token.rs", "fn a() { rand::fill(b); }", &[1][..]),
            ("crates/munadi/src/main.rs", "use aws_lc_rs::rand::SystemRandom;", &[1]),
            ("crates/services/src/entropy.rs", "fn a() { rand::fill(b); }", &[]),
            ("crates/munadi/src/main.rs", "#[cfg(test)]\nuse aws_lc_rs::rand::SystemRandom;", &[]),
        ] {
            assert_eq!(offending_lines(randomness, path, text), lines, "{path}: {text}");
        }
    }
}
