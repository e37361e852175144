//! No private key is checked in, except those that tests and test vectors are made of.

use super::Finding;
use crate::repository::Source;

/// What is said of either kind of key.
const MESSAGE: &str =
    "a private key: take it out, and replace it wherever it was used (keys for tests belong into fixtures)";

/// Fewer characters of base64 are an example, not a key.
const SHORTEST_KEY: usize = 32;

/// Private keys as PEM, and as JWK, outside vectors and fixtures.
pub(super) fn no_private_key(source: &Source) -> Vec<Finding> {
    let may_hold_keys = source.path.split('/').any(|folder| matches!(folder, "vectors" | "fixtures"));
    if may_hold_keys {
        return Vec::new();
    }
    let pem = source.text.match_indices(" PRIVATE KEY-----").filter(|(at, _)| is_pem_key(&source.text, *at));
    let jwk = source.text.match_indices("\"d\"").filter(|(at, _)| is_jwk_key(&source.text[at + 3..]));
    pem.chain(jwk).map(|(at, _)| Finding::new(&source.path, line_of(&source.text, at), MESSAGE)).collect()
}

/// A mark that base64 follows, on the next line or behind an escaped line's end.
fn is_pem_key(text: &str, at: usize) -> bool {
    let body = text[at..].split_once("-----").map_or("", |(_, body)| body);
    let body = body.strip_prefix("\\n").unwrap_or(body).trim_start();
    leading_base64(body) >= SHORTEST_KEY
}

/// `: "…"` with the 32 bytes of a P-256 or Ed25519 private key.
fn is_jwk_key(rest: &str) -> bool {
    let value = rest.trim_start().strip_prefix(':').and_then(|rest| rest.trim_start().strip_prefix('"'));
    value.is_some_and(|value| leading_base64(value) == 43 && value[43..].starts_with('"'))
}

fn leading_base64(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte)).count()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::offending_lines;

    fn pem(kind: &str, line_end: &str) -> String {
        format!("\n-----BEGIN {kind}-----{line_end}{}{line_end}-----END {kind}-----", "M".repeat(64))
    }

    #[test]
    fn keys_are_found() {
        let jwk = format!("{{\"kty\": \"EC\",\n\"d\": \"{}\"}}", "A".repeat(43));
        for text in [pem("PRIVATE KEY", "\n"), pem("EC PRIVATE KEY", "\n"), pem("PRIVATE KEY", "\\n"), jwk] {
            assert_eq!(offending_lines(no_private_key, "deploy/munadi.toml", &text), [2], "{text}");
            assert!(offending_lines(no_private_key, "api-spec/vectors/notice.json", &text).is_empty());
            assert!(offending_lines(no_private_key, "crates/services/src/fixtures/key.pem", &text).is_empty());
        }
    }

    #[test]
    fn other_texts_are_not() {
        let not_a_key = [pem("PUBLIC KEY", "\n"), pem("CERTIFICATE", "\n")];
        let talk = ["starts with -----BEGIN PRIVATE KEY-----", "\"d\": \"directory\"", "{\"d\": 3}"];
        for text in not_a_key.iter().map(String::as_str).chain(talk) {
            assert!(offending_lines(no_private_key, "deploy/munadi.toml", text).is_empty(), "{text}");
        }
    }
}
