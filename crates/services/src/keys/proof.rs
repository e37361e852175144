//! The proof that whoever hands in a public key has its private half, and means it to be this officer's.
//!
//! It is a JWS in Compact Serialization (RFC 7515 §7.1): the header is exactly `{"alg":"ES256","typ":"munadi-enrol+jws"}`, and the
//! payload is the canonical JSON (RFC 8785) of
//!
//! ```json
//! {"iat": 1769846400, "officer": "ofc_…", "thumbprint": "…"}
//! ```
//!
//! with the time in Unix seconds, the officer's id, and the key's own thumbprint (RFC 7638). The `typ` keeps it apart from every
//! signature of a notice.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::id::OfficerId;
use munadi_transparency::{
    canonical::CanonicalJson,
    key::{PublicKey, Signer},
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{Result, ServiceError};

/// The `typ` of the proof's header.
pub const TYPE: &str = "munadi-enrol+jws";
/// How old a proof may be, and by how much the officer's clock may be ahead.
pub const TOLERANCE: Duration = Duration::minutes(5);
const HEADER: &str = r#"{"alg":"ES256","typ":"munadi-enrol+jws"}"#;
const MAX_BYTES: usize = 2_048;

/// Makes the proof with an officer's key. It happens on the officer's device, never on the server.
pub fn sign(key: &dyn Signer, officer: OfficerId, now: OffsetDateTime) -> Result<String> {
    let input = signing_input(key.public_key(), officer, now.unix_timestamp())?;
    let signature = key.sign(input.as_bytes()).map_err(|error| ServiceError::BadSignature(error.to_string()))?;
    Ok(format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

/// Verifies a proof.
pub fn verify(proof: &str, key: &PublicKey, officer: OfficerId, now: OffsetDateTime) -> Result<()> {
    let (input, signature) =
        proof.rsplit_once('.').filter(|_| proof.len() <= MAX_BYTES).ok_or_else(|| bad(NOT_A_PROOF))?;
    let iat = issued_at(input).ok_or_else(|| bad(NOT_A_PROOF))?;
    // What was signed must be, byte for byte, what this officer had to sign at that time with this key.
    if signing_input(key, officer, iat)? != input {
        return Err(bad("the proof is not for this key and this officer, or is not in the expected form"));
    }
    if (now.unix_timestamp() - iat).abs() > TOLERANCE.whole_seconds() {
        return Err(bad("the proof was not made within the last five minutes: is the device's clock right?"));
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| bad(NOT_A_PROOF))?;
    key.verify(input.as_bytes(), &signature).map_err(|_| bad("the proof was not signed with this key"))
}

const NOT_A_PROOF: &str = "the proof is not a compact JWS of the expected form";

fn bad(why: &str) -> ServiceError {
    ServiceError::BadSignature(why.to_owned())
}

fn issued_at(input: &str) -> Option<i64> {
    let (_, payload) = input.split_once('.')?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let payload: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    payload["iat"].as_i64().filter(|iat| (0..1 << 40).contains(iat))
}

fn signing_input(key: &PublicKey, officer: OfficerId, iat: i64) -> Result<String> {
    let payload = json!({ "iat": iat, "officer": officer, "thumbprint": key.thumbprint().to_string() });
    let payload = CanonicalJson::from_value(&payload).map_err(|error| bad(&error.to_string()))?;
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Ok(format!("{}.{}", encode(HEADER.as_bytes()), encode(payload.as_bytes())))
}

#[cfg(test)]
mod tests {
    use munadi_domain::id::Seed;
    use munadi_transparency::key::LocalKey;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-31 08:00 UTC);

    fn officer(random: u128) -> OfficerId {
        OfficerId::new(Seed { unix_ms: 1, random })
    }

    fn key() -> LocalKey {
        LocalKey::generate("mine".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_proof_is_good_for_its_key_its_officer_and_its_time() {
        let key = key();
        let proof = sign(&key, officer(1), NOW).unwrap();
        let check = |key: &LocalKey, who, after| verify(&proof, key.public_key(), who, NOW + after).is_ok();
        assert!(check(&key, officer(1), Duration::ZERO));
        assert!(check(&key, officer(1), TOLERANCE));
        assert!(check(&key, officer(1), -TOLERANCE));
        assert!(!check(&key, officer(1), TOLERANCE + Duration::SECOND));
        assert!(!check(&key, officer(1), -TOLERANCE - Duration::SECOND));
        assert!(!check(&key, officer(2), Duration::ZERO));
        assert!(!check(&self::key(), officer(1), Duration::ZERO));
    }

    #[test]
    fn a_stranger_cannot_hand_in_my_key() {
        let (mine, theirs) = (key(), key());
        let input = signing_input(mine.public_key(), officer(2), NOW.unix_timestamp()).unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.encode(theirs.sign(input.as_bytes()).unwrap());
        assert!(verify(&format!("{input}.{signature}"), mine.public_key(), officer(2), NOW).is_err());
    }

    #[test]
    fn another_spelling_is_refused() {
        let key = key();
        let good = sign(&key, officer(1), NOW).unwrap();
        let check = |proof: &str| verify(proof, key.public_key(), officer(1), NOW);
        assert!(check(&good).is_ok());
        let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let payload = good.split('.').nth(1).unwrap();
        for header in [
            r#"{"typ":"munadi-enrol+jws","alg":"ES256"}"#,
            r#"{"alg":"ES256","typ":"notice+jws"}"#,
            r#"{"alg":"none"}"#,
        ] {
            let input = format!("{}.{payload}", encode(header));
            let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).unwrap());
            assert!(check(&format!("{input}.{signature}")).is_err(), "{header}");
        }
        for other in ["", ".", "..", "a.b.c", &good[..good.len() - 1], &format!("{good}.x"), &format!(" {good}")] {
            assert!(check(other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_header_names_the_type() {
        assert_eq!(HEADER, format!(r#"{{"alg":"ES256","typ":"{TYPE}"}}"#));
    }
}
