//! Who sends: the token of RFC 8292, checked once and remembered.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::check::Reason;

/// The longest life of a token, in seconds (RFC 8292 §2).
const LONGEST_LIFE: u64 = 24 * 60 * 60;
/// More tokens than any honest sender uses are forgotten, not collected.
const REMEMBERED: usize = 4_096;

#[derive(Deserialize)]
struct Claims {
    aud: String,
    exp: u64,
    sub: String,
}

/// Checks tokens. A signature is verified once for each token; its expiry each time.
#[derive(Default)]
pub(crate) struct VapidCheck {
    /// The only key that may sign, in base64url (RFC 8292 §4.2).
    key: Option<String>,
    /// Expiry by audience and header.
    known: Mutex<HashMap<String, u64>>,
}

impl VapidCheck {
    pub(crate) fn new(key: Option<String>) -> Self {
        Self { key, known: Mutex::default() }
    }

    /// Checks the `Authorization` header of a request to `origin` at a time in seconds since 1970.
    pub(crate) fn check(&self, header: &str, origin: &str, now: u64) -> Result<(), Reason> {
        let name = format!("{origin} {header}");
        let known = self.known().get(&name).copied();
        let exp = match known {
            Some(exp) => exp,
            None => self.verify(header, origin)?,
        };
        if exp <= now || exp > now + LONGEST_LIFE {
            return Err(Reason::VapidExpiry);
        }
        if known.is_none() {
            let mut tokens = self.known();
            if tokens.len() >= REMEMBERED {
                tokens.clear();
            }
            tokens.insert(name, exp);
        }
        Ok(())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verify(&self, header: &str, origin: &str) -> Result<u64, Reason> {
        let (token, key) = split(header).ok_or(Reason::VapidSyntax)?;
        if self.key.as_deref().is_some_and(|only| only != key) {
            return Err(Reason::VapidKey);
        }
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.set_audience(&[origin]);
        // The caller compares `exp` with its own clock.
        validation.validate_exp = false;
        let claims: Claims =
            jsonwebtoken::decode(token, &public_key(key)?, &validation).map_err(|error| reason(&error))?.claims;
        // An audience may be a list in a JWT, but not in VAPID: the type above has taken care of it.
        debug_assert_eq!(claims.aud, origin);
        let contact =
            claims.sub.starts_with("mailto:") && claims.sub.contains('@') || claims.sub.starts_with("https://");
        if !contact || claims.sub.contains(char::is_whitespace) {
            return Err(Reason::VapidSubject);
        }
        Ok(claims.exp)
    }
}

/// The token and the key of `vapid t=…, k=…` (RFC 8292 §3).
fn split(header: &str) -> Option<(&str, &str)> {
    let (scheme, parameters) = header.split_once(' ')?;
    let mut found = [None, None];
    for parameter in parameters.split(',') {
        match parameter.trim().split_once('=')? {
            ("t", value) => found[0] = Some(value),
            ("k", value) => found[1] = Some(value),
            _ => {}
        }
    }
    scheme.eq_ignore_ascii_case("vapid").then_some((found[0]?, found[1]?))
}

fn public_key(text: &str) -> Result<DecodingKey, Reason> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Reason::VapidKey)?;
    let point = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &bytes));
    if bytes.len() != 65 || point.is_err() {
        return Err(Reason::VapidKey);
    }
    Ok(DecodingKey::from_ec_der(&bytes))
}

fn reason(error: &jsonwebtoken::errors::Error) -> Reason {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => Reason::VapidSignature,
        ErrorKind::InvalidAudience => Reason::VapidAudience,
        _ => Reason::VapidSyntax,
    }
}
