//! The signed notice: a JWS in General JSON Serialization (RFC 7515 §7.2.1) with ES256, over the exact bytes of a canonical payload.
//!
//! What is read here is well-formed, no more: [`crate::verify`] decides what it is worth.

use std::fmt;

use serde::{Deserialize, Serialize, de};

use crate::{
    canonical::{CanonicalError, CanonicalJson},
    encoding,
    key::{SignError, Signer},
};

mod header;

pub(crate) use header::{ALGORITHM, read_members};
pub use header::{Certificates, HeaderError, MAX_HEADER_BYTES, ProtectedHeader, Role, TYPE};

/// The most signatures of a notice: two would do for a Cancel, four for an Extreme one, and the rest is room.
pub const MAX_SIGNATURES: usize = 8;
/// The most bytes of an envelope's JSON.
pub const MAX_ENVELOPE_BYTES: usize = 272 * 1024;
/// The longest signature that is read; that of an unknown algorithm must be readable to be refused for the right reason.
const MAX_SIGNATURE_BYTES: usize = 256;

/// Why something is not an envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// See [`MAX_ENVELOPE_BYTES`].
    #[error("it has more than {MAX_ENVELOPE_BYTES} bytes")]
    TooLarge,
    /// Not the JSON of RFC 7515 §7.2.1; or it has an unprotected header, or any other member.
    #[error("it is not a JWS in General JSON Serialization: {0}")]
    Syntax(String),
    /// None, or more than [`MAX_SIGNATURES`].
    #[error("it has {0} signatures, and 1 to {MAX_SIGNATURES} are allowed")]
    Signatures(usize),
}

/// One signature of an envelope: its protected header as it was signed, and the signature.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    #[serde(with = "base64url_text")]
    protected: Vec<u8>,
    #[serde(with = "base64url_text")]
    signature: Vec<u8>,
}

impl Signature {
    /// From a header's bytes and the raw signature, as an officer's device returns them.
    pub fn new(protected: Vec<u8>, signature: Vec<u8>) -> Self {
        Self { protected, signature }
    }

    /// Reads the protected header.
    pub fn header(&self) -> Result<ProtectedHeader, HeaderError> {
        ProtectedHeader::parse(&self.protected)
    }

    /// The header's bytes in base64url, as they go into the signing input.
    pub fn protected(&self) -> String {
        encoding::to_base64url(&self.protected)
    }

    /// The raw signature; r‖s in 64 bytes if it is one of ES256.
    pub fn as_bytes(&self) -> &[u8] {
        &self.signature
    }

    fn is_readable(&self) -> bool {
        self.protected.len() <= MAX_HEADER_BYTES && self.signature.len() <= MAX_SIGNATURE_BYTES
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", String::from_utf8_lossy(&self.protected))
    }
}

/// A payload with its signatures. Its JSON has `payload` and `signatures`, and nothing else is ever in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    #[serde(with = "base64url_text")]
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

impl Envelope {
    /// A payload that nobody has signed yet.
    pub fn new(payload: &CanonicalJson) -> Self {
        Self { payload: payload.as_bytes().to_vec(), signatures: Vec::new() }
    }

    /// Adds a signature; it is not verified here.
    pub fn push(&mut self, signature: Signature) -> Result<(), EnvelopeError> {
        if !signature.is_readable() {
            return Err(EnvelopeError::TooLarge);
        }
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(EnvelopeError::Signatures(MAX_SIGNATURES + 1));
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Reads the JSON. White space and the order of members are free; everything else is strict.
    pub fn parse(json: &[u8]) -> Result<Self, EnvelopeError> {
        if json.len() > MAX_ENVELOPE_BYTES {
            return Err(EnvelopeError::TooLarge);
        }
        let envelope: Self = serde_json::from_slice(json).map_err(|error| EnvelopeError::Syntax(error.to_string()))?;
        if !(1..=MAX_SIGNATURES).contains(&envelope.signatures.len()) {
            return Err(EnvelopeError::Signatures(envelope.signatures.len()));
        }
        if !envelope.signatures.iter().all(Signature::is_readable) {
            return Err(EnvelopeError::TooLarge);
        }
        Ok(envelope)
    }

    /// The payload's bytes, which a stranger may have chosen.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload, if it is in its canonical form.
    pub fn canonical_payload(&self) -> Result<CanonicalJson, CanonicalError> {
        CanonicalJson::verify(&self.payload)
    }

    /// The signatures in their order.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// The envelope's canonical form. It has no length of its own to exceed, so it always exists.
    pub fn to_json(&self) -> String {
        // Base64url needs no escapes, and the members are in the order of RFC 8785.
        let signature = |signature: &Signature| {
            let bytes = encoding::to_base64url(&signature.signature);
            format!(r#"{{"protected":"{}","signature":"{bytes}"}}"#, signature.protected())
        };
        let signatures: Vec<_> = self.signatures.iter().map(signature).collect();
        let payload = encoding::to_base64url(&self.payload);
        format!(r#"{{"payload":"{payload}","signatures":[{}]}}"#, signatures.join(","))
    }

    /// One of the signatures as a compact JWS (RFC 7515 §7.1), small enough for a QR code. It proves what that one signer signed,
    /// not that the notice is official.
    pub fn compact(&self, index: usize) -> Option<String> {
        let signature = self.signatures.get(index)?;
        let payload = encoding::to_base64url(&self.payload);
        let bytes = encoding::to_base64url(&signature.signature);
        Some(format!("{}.{payload}.{bytes}", signature.protected()))
    }
}

/// What a signer signs (RFC 7515 §5.1): the header in base64url, and the bytes of the signing input.
pub fn signing_input(header: &ProtectedHeader, payload: &CanonicalJson) -> Result<(String, Vec<u8>), CanonicalError> {
    let protected = header.to_canonical()?;
    let input = jws_input(protected.as_bytes(), payload.as_bytes());
    Ok((encoding::to_base64url(protected.as_bytes()), input))
}

/// Signs the payload under the header; the header must name the signer's key.
pub fn sign(header: &ProtectedHeader, payload: &CanonicalJson, signer: &dyn Signer) -> Result<Signature, SignError> {
    if header.kid != *signer.kid() {
        return Err(SignError::OtherKey { header: header.kid.clone(), signer: signer.kid().clone() });
    }
    let protected = header.to_canonical()?;
    let signature = signer.sign(&jws_input(protected.as_bytes(), payload.as_bytes()))?;
    Ok(Signature::new(protected.as_bytes().to_vec(), signature.to_vec()))
}

pub(crate) fn jws_input(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    format!("{}.{}", encoding::to_base64url(protected), encoding::to_base64url(payload)).into_bytes()
}

impl Signature {
    /// The bytes that this signature must belong to, if it is over that payload.
    pub(crate) fn input(&self, payload: &CanonicalJson) -> Vec<u8> {
        jws_input(&self.protected, payload.as_bytes())
    }
}

/// Bytes that stand in JSON as base64url.
pub(crate) mod base64url_text {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{de, encoding};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encoding::to_base64url(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        encoding::from_base64url(&text).ok_or_else(|| de::Error::custom("expected base64url without padding"))
    }
}

#[cfg(test)]
mod tests;
