//! Who sends: the token of RFC 8292, whose signature is verified once and remembered.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::token::{KeyDigest, key_digest};

/// The longest life of a token, in seconds (RFC 8292 §2).
const LONGEST_LIFE: u64 = 24 * 60 * 60;
/// More tokens than any honest sender uses are forgotten, not collected.
const REMEMBERED: usize = 4_096;
/// A header that is longer is no token, in bytes.
const LONGEST_HEADER: usize = 4_096;

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum VapidError {
    /// RFC 8292 §3.
    #[error("Authorization is not “vapid t=…, k=…” with a token that has aud and exp")]
    Syntax,
    /// RFC 8292 §3.2.
    #[error("the key that signs is not a point on P-256")]
    Key,
    /// RFC 8292 §2.
    #[error("the token's signature does not verify")]
    Signature,
    /// RFC 8292 §2: the origin with a port that is not the default.
    #[error("the token's aud is not the origin it was sent to")]
    Audience,
    /// RFC 8292 §2.
    #[error("the token has expired, or lives longer than 24 hours")]
    Expiry,
}

/// A sender that has proved to be who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// SHA-256 of its public key, an uncompressed point.
    pub key: KeyDigest,
    /// Whom to write to about it (RFC 8292 §2.1), if it says so. It is not checked.
    pub subject: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    /// A list may stand here in a JWT, but not in VAPID.
    #[serde(rename = "aud")]
    _audience: String,
    exp: u64,
    sub: Option<String>,
}

#[derive(Debug, Clone)]
struct Known {
    expires: u64,
    sender: Sender,
}

/// The digest of a public key in base64url, if it is a point on P-256 (RFC 8292 §3.2). Padding is let pass: browsers' libraries differ.
pub fn public_key_digest(text: &str) -> Option<KeyDigest> {
    public_key(text).map(|bytes| key_digest(&bytes))
}

fn public_key(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let point = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &bytes));
    (bytes.len() == 65 && point.is_ok()).then_some(bytes)
}

/// Checks tokens. A signature is verified once for each token; its expiry each time.
#[derive(Debug, Default)]
pub struct VapidCheck {
    /// By the digest of audience and header.
    known: Mutex<HashMap<[u8; 32], Known>>,
}

impl VapidCheck {
    /// Checks the `Authorization` header of a request to `origin` at a time in seconds since 1970.
    pub fn check(&self, header: &str, origin: &str, now: u64) -> Result<Sender, VapidError> {
        if header.len() > LONGEST_HEADER {
            return Err(VapidError::Syntax);
        }
        let name = key_digest(format!("{origin} {header}").as_bytes());
        let remembered = self.lock().get(&name).cloned();
        let is_new = remembered.is_none();
        let known = match remembered {
            Some(known) => known,
            None => verify(header, origin)?,
        };
        if known.expires <= now || known.expires > now + LONGEST_LIFE {
            return Err(VapidError::Expiry);
        }
        if is_new {
            let mut tokens = self.lock();
            if tokens.len() >= REMEMBERED {
                tokens.clear();
            }
            tokens.insert(name, known.clone());
        }
        Ok(known.sender)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn verify(header: &str, origin: &str) -> Result<Known, VapidError> {
    let (token, key) = split(header).ok_or(VapidError::Syntax)?;
    let key = public_key(key).ok_or(VapidError::Key)?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_required_spec_claims(&["exp", "aud"]);
    validation.set_audience(&[origin]);
    // The caller compares `exp` with its own clock.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_ec_der(&key), &validation);
    let claims = claims.map_err(|error| reason(&error))?.claims;
    Ok(Known { expires: claims.exp, sender: Sender { key: key_digest(&key), subject: claims.sub } })
}

/// The token and the key of `vapid t=…, k=…` (RFC 8292 §3).
fn split(header: &str) -> Option<(&str, &str)> {
    let (scheme, parameters) = header.split_once(' ')?;
    let mut found = [None, None];
    for parameter in parameters.split(',') {
        match parameter.trim().split_once('=')? {
            ("t", value) => found[0] = Some(value.trim_matches('"')),
            ("k", value) => found[1] = Some(value.trim_matches('"')),
            _ => {}
        }
    }
    scheme.eq_ignore_ascii_case("vapid").then_some((found[0]?, found[1]?))
}

fn reason(error: &jsonwebtoken::errors::Error) -> VapidError {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => VapidError::Signature,
        ErrorKind::InvalidAudience => VapidError::Audience,
        _ => VapidError::Syntax,
    }
}
