//! Keys: P-256 public keys as JWK (RFC 7517), their thumbprints (RFC 7638), and whatever can sign with ES256 (RFC 7518 §3.4).

use std::{error::Error, fmt, str::FromStr};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::encoding;

/// Bytes of a coordinate of a P-256 point, and of a half of a signature.
const COORDINATE: usize = 32;
/// Bytes of an ES256 signature: r and s, big-endian (RFC 7518 §3.4).
pub const SIGNATURE_BYTES: usize = 2 * COORDINATE;
/// SEC 1 §2.3.3: the first byte of an uncompressed point.
const UNCOMPRESSED: u8 = 4;

/// Why something is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The JSON is not exactly `{"crv":"P-256","kty":"EC","x":…,"y":…}`. A private key (`d`) is refused too: it has no business here.
    #[error("not a public P-256 key as JWK: {0}")]
    Jwk(String),
    /// The coordinates are no point of the curve, or not 32 bytes each.
    #[error("the coordinates are not a point of P-256")]
    Point,
    /// The bytes are no PKCS#8 document with a P-256 key, or the halves of the pair do not belong together.
    #[error("not a private P-256 key in PKCS#8")]
    Pkcs8,
    /// The text cannot be a key id.
    #[error("a key id has 1 to {} letters, digits, “_” or “-”", Kid::MAX_BYTES)]
    Kid,
    /// The text is not 43 characters of base64url.
    #[error("not a key thumbprint: expected 43 characters of base64url")]
    Thumbprint,
    /// aws-lc-rs gave no key.
    #[error("no key could be made")]
    Generate,
}

/// A key's name in headers and in the key directory, such as `key_…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kid(String);

impl Kid {
    /// The most bytes of a key id.
    pub const MAX_BYTES: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Kid {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        if is_name(&text) { Ok(Self(text)) } else { Err(KeyError::Kid) }
    }
}

impl FromStr for Kid {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.to_owned().try_into()
    }
}

impl From<Kid> for String {
    fn from(kid: Kid) -> Self {
        kid.0
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the text can name a key, an officer or a department: none of these needs more than this alphabet, and a text within it
/// looks the same to a person, a log and a shell.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=Kid::MAX_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

/// The SHA-256 thumbprint of a JWK (RFC 7638), written in base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Thumbprint {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = encoding::from_base64url(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(KeyError::Thumbprint)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encoding::to_base64url(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

/// The members in the order of RFC 7638 §3.2, so that serializing them gives the text to hash.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    crv: String,
    kty: String,
    x: String,
    y: String,
}

/// A public key on P-256. It is known to be a point of the curve. Serializes as a JWK with exactly `crv`, `kty`, `x` and `y`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct PublicKey(ParsedPublicKey);

/// The signature does not belong to this message and this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not belong to this message and this key")]
pub struct BadSignature;

impl PublicKey {
    /// Reads a JWK; nothing but the four members of a public P-256 key may be in it.
    pub fn from_jwk(json: &[u8]) -> Result<Self, KeyError> {
        serde_json::from_slice(json).map_err(|error| KeyError::Jwk(error.to_string()))
    }

    /// Reads an uncompressed point (SEC 1 §2.3.3): `04`, x and y, 65 bytes.
    pub fn from_sec1(point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != 1 + 2 * COORDINATE || point[0] != UNCOMPRESSED {
            return Err(KeyError::Point);
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map(Self).map_err(|_| KeyError::Point)
    }

    /// The uncompressed point, 65 bytes.
    pub fn as_sec1(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The JWK in the form that RFC 7638 hashes, which is also its canonical form.
    pub fn to_jwk(&self) -> String {
        let jwk = Jwk::from(self.clone());
        format!(r#"{{"crv":"{}","kty":"{}","x":"{}","y":"{}"}}"#, jwk.crv, jwk.kty, jwk.x, jwk.y)
    }

    /// RFC 7638 with SHA-256.
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint(encoding::sha256(self.to_jwk().as_bytes()))
    }

    /// Verifies an ES256 signature, r‖s in [`SIGNATURE_BYTES`] bytes; any other length is a bad signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }
}

impl TryFrom<Jwk> for PublicKey {
    type Error = KeyError;

    fn try_from(jwk: Jwk) -> Result<Self, KeyError> {
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(KeyError::Jwk("kty must be EC and crv must be P-256".to_owned()));
        }
        let mut point = vec![UNCOMPRESSED];
        for coordinate in [&jwk.x, &jwk.y] {
            let bytes = encoding::from_base64url(coordinate).filter(|bytes| bytes.len() == COORDINATE);
            point.extend(bytes.ok_or(KeyError::Point)?);
        }
        Self::from_sec1(&point)
    }
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        let (x, y) = key.as_sec1()[1..].split_at(COORDINATE);
        let (x, y) = (encoding::to_base64url(x), encoding::to_base64url(y));
        Self { crv: "P-256".to_owned(), kty: "EC".to_owned(), x, y }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_sec1() == other.as_sec1()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

/// Why a signature was not made.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key, or the device it lives in, failed.
    #[error("the key {kid} could not sign")]
    Key {
        /// The key.
        kid: Kid,
        /// What the device said.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The header names another key than the one that should sign.
    #[error("the header names the key {header}, but {signer} would sign")]
    OtherKey {
        /// The key in the header.
        header: Kid,
        /// The key of the signer.
        signer: Kid,
    },
    /// What should be signed, or its header, has no canonical form.
    #[error(transparent)]
    Canonical(#[from] crate::canonical::CanonicalError),
}

/// Something that holds a private key: a file now, an HSM later.
pub trait Signer: Send + Sync {
    /// The key's name.
    fn kid(&self) -> &Kid;

    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// An ES256 signature of the message (not of its hash): r‖s.
    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], SignError>;
}

/// A private key in this process's memory.
pub struct LocalKey {
    kid: Kid,
    public: PublicKey,
    pair: EcdsaKeyPair,
}

impl LocalKey {
    /// Makes a new key with the randomness of aws-lc-rs.
    pub fn generate(kid: Kid) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Generate)?;
        Self::from_pair(kid, pair)
    }

    /// Reads an unencrypted PKCS#8 document in DER.
    pub fn from_pkcs8(kid: Kid, der: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| KeyError::Pkcs8)?;
        Self::from_pair(kid, pair)
    }

    fn from_pair(kid: Kid, pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let public = PublicKey::from_sec1(pair.public_key().as_ref())?;
        Ok(Self { kid, public, pair })
    }

    /// The key as an unencrypted PKCS#8 document in DER. Whoever stores it must encrypt it first.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let document = self.pair.to_pkcs8v1().map_err(|_| KeyError::Pkcs8)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }
}

impl Signer for LocalKey {
    fn kid(&self) -> &Kid {
        &self.kid
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], SignError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).ok();
        let bytes = signature.and_then(|signature| signature.as_ref().try_into().ok());
        bytes.ok_or_else(|| SignError::Key { kid: self.kid.clone(), source: None })
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").field("kid", &self.kid).field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
