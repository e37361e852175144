//! The two base64 alphabets of JOSE, strictly: one text for the same bytes.

use aws_lc_rs::digest;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

/// base64url without padding (RFC 7515 §2).
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Refuses padding, foreign letters and stray last bits, so that no two texts mean the same bytes.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// base64 with padding, as certificates in `x5c` are written (RFC 7515 §4.1.6).
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The reverse of [`to_base64`], as strict as [`from_base64url`].
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_for_the_same_bytes() {
        assert_eq!(from_base64url("_-8"), Some(vec![0xff, 0xef]));
        for other in ["_-8=", "_-9", "/+8", "_-8 ", "_-8\n", "_"] {
            assert_eq!(from_base64url(other), None, "{other:?}");
        }
    }

    #[test]
    fn sha256_of_abc() {
        assert_eq!(to_base64url(&sha256(b"abc")), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }
}
