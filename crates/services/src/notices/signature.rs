//! Signatures as officers' devices make them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{id::OfficerId, notice::Head};
use munadi_store::notice::{NewSignature, VersionRecord};
use munadi_transparency::{
    canonical::CanonicalJson,
    directory::KeyDirectory,
    notice::{Role, Signature},
    verify::verify_signature,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{Result, ServiceError};

/// How long after a device signed its signature may arrive.
const LATEST: Duration = Duration::minutes(10);

/// The two members of a JWS signature (RFC 7515 §7.2.1), in base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmittedSignature {
    /// The protected header's canonical bytes.
    pub protected: String,
    /// The 64 bytes r‖s.
    pub signature: String,
}

/// Whose signature over what is expected.
pub(super) struct Expected<'a> {
    pub(super) role: Role,
    pub(super) officer: OfficerId,
    pub(super) head: &'a Head,
    pub(super) version: &'a VersionRecord,
    pub(super) now: OffsetDateTime,
}

impl From<&Signature> for SubmittedSignature {
    fn from(signature: &Signature) -> Self {
        let bytes = BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes());
        Self { protected: signature.protected(), signature: bytes }
    }
}

/// Reads the two members of a signature.
pub(super) fn decode(protected: &str, signature: &str) -> Result<Signature> {
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| bad("the signature is not in base64url"));
    Ok(Signature::new(decode(protected)?, decode(signature)?))
}

impl SubmittedSignature {
    /// Checks the signature with the verifier that citizens run, and that it is this officer's and new. Gives the key's id.
    pub(super) fn check(&self, expected: &Expected<'_>, directory: &KeyDirectory) -> Result<String> {
        let signature = decode(&self.protected, &self.signature)?;
        let payload = CanonicalJson::verify(&expected.version.payload).map_err(|error| bad(&error.to_string()))?;
        let signer = verify_signature(&signature, &payload, directory, expected.now)
            .map_err(|reason| bad(&format!("{reason}; if the text was edited meanwhile, sign it again")))?;
        if signer.role != expected.role {
            return Err(bad("the signature is for another role"));
        }
        if signer.subject != expected.officer.to_string() {
            return Err(bad("the key belongs to someone else"));
        }
        if expected.now - signer.signed_at > LATEST {
            return Err(bad(
                "the signature is more than ten minutes old: check the clock of your device, and sign again",
            ));
        }
        Ok(signer.kid.to_string())
    }

    pub(super) fn to_new<'a>(&'a self, expected: &Expected<'_>, kid: &'a str) -> NewSignature<'a> {
        NewSignature {
            notice: expected.head.id,
            version: expected.version.version,
            role: expected.role.as_str(),
            officer: Some(expected.officer),
            kid,
            protected: &self.protected,
            signature: &self.signature,
            at: expected.now,
        }
    }
}

fn bad(reason: &str) -> ServiceError {
    ServiceError::BadSignature(reason.to_owned())
}
