//! Who sends: the signed token of RFC 8292, made once for each push service and used until it is half way to its end.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::header::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// How long a token is valid; the standard allows 24 hours, and clocks differ.
const LIFE: Duration = Duration::hours(12);
/// From which age on a token is replaced: far from its end, and seldom enough that services which remember tokens they
/// have verified gain by it.
const RENEWED_AFTER: Duration = Duration::hours(6);
/// Origins are as many as the operator allows, but a stranger may invent host names under an allowed suffix.
const REMEMBERED: usize = 1_024;

/// A key or contact that cannot be used, or a token that could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VapidError {
    /// Not a P-256 key in PKCS #8.
    #[error("the VAPID key is not a P-256 private key in PKCS #8 (DER)")]
    Key,
    /// Not a plain `mailto:` address.
    #[error("the VAPID contact is not of the form mailto:name@host without spaces")]
    Contact,
    /// The cryptographic library failed.
    #[error("the VAPID token could not be signed")]
    Signing,
}

/// The application server's key: subscriptions are made for its public half, and only its private half may send to
/// them.
pub struct VapidKey {
    signing: EncodingKey,
    public: String,
}

impl VapidKey {
    /// Reads a key from PKCS #8 (RFC 5208) in DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, VapidError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| VapidError::Key)?;
        Ok(Self { signing: EncodingKey::from_ec_der(der), public: BASE64_URL_SAFE_NO_PAD.encode(pair.public_key()) })
    }

    /// Makes a new private key, in PKCS #8. A new key ends every subscription made for the old one.
    pub fn generate_pkcs8() -> Result<Zeroizing<Vec<u8>>, VapidError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        document.map(|der| Zeroizing::new(der.as_ref().to_vec())).map_err(|_| VapidError::Signing)
    }

    /// The public key in base64url, as `applicationServerKey` of the Push API.
    pub fn public(&self) -> &str {
        &self.public
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VapidKey({})", self.public)
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

#[derive(Clone)]
struct Token {
    header: HeaderValue,
    made: OffsetDateTime,
}

impl Token {
    /// Young enough to be used. A token from the future was made before the clock was set back, and may now live too
    /// long.
    fn is_fresh(&self, now: OffsetDateTime) -> bool {
        (Duration::ZERO..RENEWED_AFTER).contains(&(now - self.made))
    }
}

/// Makes and remembers tokens.
pub struct Vapid {
    key: VapidKey,
    contact: String,
    tokens: Mutex<HashMap<Box<str>, Token>>,
}

impl Vapid {
    /// `contact` is whom a push service may write to, as `mailto:name@host` (RFC 8292 §2.1).
    pub fn new(key: VapidKey, contact: &str) -> Result<Self, VapidError> {
        if !is_mailto(contact) {
            return Err(VapidError::Contact);
        }
        Ok(Self { key, contact: contact.to_owned(), tokens: Mutex::default() })
    }

    /// The application server's key.
    pub const fn key(&self) -> &VapidKey {
        &self.key
    }

    /// The `Authorization` header for a push service, named by its origin as RFC 6454 §6.2 writes it: with the port if
    /// it is not the default.
    pub fn authorization(&self, origin: &str, now: OffsetDateTime) -> Result<HeaderValue, VapidError> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = tokens.get(origin).filter(|token| token.is_fresh(now)) {
            return Ok(token.header.clone());
        }
        let header = self.sign(origin, now)?;
        if tokens.len() >= REMEMBERED {
            tokens.retain(|_, token| token.is_fresh(now));
        }
        if tokens.len() < REMEMBERED {
            tokens.insert(origin.into(), Token { header: header.clone(), made: now });
        }
        Ok(header)
    }

    fn sign(&self, origin: &str, now: OffsetDateTime) -> Result<HeaderValue, VapidError> {
        let claims = Claims { aud: origin, exp: (now + LIFE).unix_timestamp(), sub: &self.contact };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.key.signing);
        let token = token.map_err(|_| VapidError::Signing)?;
        // Not marked as sensitive: HTTP/2 would then send its 300 bytes with each message, instead of one byte.
        let header = format!("vapid t={token}, k={}", self.key.public);
        HeaderValue::from_maybe_shared(header).map_err(|_| VapidError::Signing)
    }
}

impl fmt::Debug for Vapid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vapid").field("key", &self.key).field("contact", &self.contact).finish_non_exhaustive()
    }
}

/// Some services refuse anything but the plainest form, and a space behind the colon in particular.
fn is_mailto(contact: &str) -> bool {
    let Some((name, host)) = contact.strip_prefix("mailto:").and_then(|address| address.split_once('@')) else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    [name, host].iter().all(|part| !part.is_empty() && part.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-07-01 08:00 UTC);

    fn vapid() -> Vapid {
        let key = VapidKey::from_pkcs8(&VapidKey::generate_pkcs8().unwrap()).unwrap();
        Vapid::new(key, "mailto:ops@example.org").unwrap()
    }

    fn claims(header: &HeaderValue) -> Value {
        let token = header.to_str().unwrap().strip_prefix("vapid t=").unwrap().split(',').next().unwrap();
        jsonwebtoken::dangerous::insecure_decode_claims(token).unwrap()
    }

    #[test]
    fn token_says_who_and_to_whom() {
        let claims = claims(&vapid().authorization("https://push.example.org:8443", NOW).unwrap());
        let expected = serde_json::json!({
            "aud": "https://push.example.org:8443",
            "exp": (NOW + Duration::hours(12)).unix_timestamp(),
            "sub": "mailto:ops@example.org",
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn header_has_token_and_key() {
        let vapid = vapid();
        let header = vapid.authorization("https://push.example.org", NOW).unwrap();
        let (_, key) = header.to_str().unwrap().split_once(", k=").unwrap();
        assert_eq!((key, key.len()), (vapid.key().public(), 87));
    }

    #[test]
    fn token_is_kept_by_origin() {
        let vapid = vapid();
        let ask = |origin| vapid.authorization(origin, NOW).unwrap();
        assert_eq!(ask("https://a.example.org"), ask("https://a.example.org"));
        assert_ne!(ask("https://a.example.org"), ask("https://b.example.org"));
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let vapid = vapid();
        for number in 0..REMEMBERED + 10 {
            vapid.authorization(&format!("https://{number}.example.org"), NOW).unwrap();
        }
        assert_eq!(vapid.tokens.lock().unwrap().len(), REMEMBERED);
        vapid.authorization("https://later.example.org", NOW + LIFE).unwrap();
        assert_eq!(vapid.tokens.lock().unwrap().len(), 1);
    }

    #[test]
    fn contact_is_a_plain_address() {
        for contact in [
            "",
            "ops@example.org",
            "mailto:",
            "mailto:ops",
            "mailto: ops@example.org",
            "mailto:a@b@c",
            "mailto:<a@b>",
            "https://example.org",
        ] {
            let key = VapidKey::from_pkcs8(&VapidKey::generate_pkcs8().unwrap()).unwrap();
            assert_eq!(Vapid::new(key, contact).err(), Some(VapidError::Contact), "{contact}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(VapidKey::from_pkcs8(b"-----BEGIN PRIVATE KEY-----").err(), Some(VapidError::Key));
    }

    proptest! {
        /// Whenever it is asked, the token ends within 24 hours and not within 6, and is renewed at most hourly as time
        /// goes on.
        #[test]
        fn token_is_always_well_within_its_life(steps in proptest::collection::vec(-3_600_i64..36_000, 1..20)) {
            let (vapid, mut now, mut last) = (vapid(), NOW, None::<(HeaderValue, OffsetDateTime)>);
            for step in steps {
                now += Duration::seconds(step);
                let header = vapid.authorization("https://push.example.org", now).unwrap();
                let left = claims(&header)["exp"].as_i64().unwrap() - now.unix_timestamp();
                prop_assert!((6 * 3_600..=12 * 3_600).contains(&left));
                if let Some((_, made)) = last.take_if(|(old, _)| *old != header) {
                    let went_back = step < 0;
                    prop_assert!(went_back || now - made >= Duration::HOUR);
                }
                last.get_or_insert((header, now));
            }
        }
    }
}
