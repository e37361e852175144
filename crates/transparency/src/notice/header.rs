//! The protected header of a notice's signature.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::{
    canonical::{CanonicalError, CanonicalJson},
    encoding,
    key::Kid,
};

/// The `typ` of every signature of a notice, so that it cannot be passed off as a signature of something else, nor the reverse.
pub const TYPE: &str = "notice+jws";
/// The only algorithm.
pub(crate) const ALGORITHM: &str = "ES256";
/// The most bytes of a header; certificates need them.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

/// What may stand in a header. Whatever else does (`jwk`, `jku`, `x5u`, `crit`, `zip`, `b64`, …) makes a signature worthless.
const MEMBERS: [&str; 9] = ["alg", "iat", "iss", "kid", "role", "sub", "typ", "x5c", "x5t#S256"];

/// In which role somebody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The officer who wrote it.
    Author,
    /// Another officer, who read every language of it.
    Approver,
    /// The department, which publishes it.
    Publisher,
}

impl Role {
    /// The word in headers and in the key directory.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Approver => "approver",
            Self::Publisher => "publisher",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a protected header is not one of a notice's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Its bytes are not in the form of RFC 8785. Verifiers must agree on what a header says, so it has one spelling.
    #[error("a signature's header is not in canonical form: {0}")]
    NotCanonical(CanonicalError),
    /// A member that must not be there.
    #[error("a signature's header has the member “{0}”, which is not allowed")]
    Member(String),
    /// `alg` is not `ES256`.
    #[error("a signature's algorithm is {0}, and only {ALGORITHM} is allowed")]
    Algorithm(String),
    /// `typ` is not [`TYPE`].
    #[error("a signature is for {0}, not for a notice")]
    Type(String),
    /// Any other member is missing or of the wrong kind, or `x5t#S256` is not the digest of the first certificate.
    #[error("a signature's header is not usable: {0}")]
    Invalid(String),
}

/// A chain of X.509 certificates, for tools that want one. Munadi's own verifier trusts the key directory only; it checks no more
/// than that `x5t#S256` belongs to `x5c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates(Vec<Vec<u8>>);

impl Certificates {
    /// The most certificates of a chain.
    pub const MAX: usize = 5;

    /// From DER, the signer's own certificate first (RFC 7515 §4.1.6); none if the chain is empty or too long.
    pub fn new(der: Vec<Vec<u8>>) -> Option<Self> {
        (1..=Self::MAX).contains(&der.len()).then_some(Self(der))
    }

    /// The certificates in DER.
    pub fn as_der(&self) -> &[Vec<u8>] {
        &self.0
    }

    fn read(x5c: &[String], thumbprint: &str) -> Option<Self> {
        let der: Option<Vec<_>> = x5c.iter().map(|text| encoding::from_base64(text)).collect();
        Self::new(der?).filter(|chain| chain.thumbprint() == thumbprint)
    }

    fn x5c(&self) -> Vec<String> {
        self.0.iter().map(|der| encoding::to_base64(der)).collect()
    }

    /// RFC 7515 §4.1.8.
    fn thumbprint(&self) -> String {
        encoding::to_base64url(&self.0.first().map(|der| encoding::sha256(der)).unwrap_or_default())
    }
}

/// A protected header; `alg` and `typ` are always the same, so they are not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedHeader {
    /// The key.
    pub kid: Kid,
    /// In which role it signs.
    pub role: Role,
    /// Whose key it is: an officer's pseudonymous id, or the department's id for a publisher.
    pub sub: String,
    /// When it was signed, in whole seconds.
    pub iat: OffsetDateTime,
    /// The deployment in which it was signed: the issuer of the key directory.
    pub iss: String,
    /// The key's certificates, if the department has some.
    pub certificates: Option<Certificates>,
}

/// The header as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    alg: String,
    iat: i64,
    iss: String,
    kid: Kid,
    role: Role,
    sub: String,
    typ: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x5c: Option<Vec<String>>,
    #[serde(rename = "x5t#S256", default, skip_serializing_if = "Option::is_none")]
    x5t_s256: Option<String>,
}

impl ProtectedHeader {
    /// The header's bytes.
    pub fn to_canonical(&self) -> Result<CanonicalJson, CanonicalError> {
        let chain = self.certificates.as_ref();
        let members = Members {
            alg: ALGORITHM.to_owned(),
            iat: self.iat.unix_timestamp(),
            iss: self.iss.clone(),
            kid: self.kid.clone(),
            role: self.role,
            sub: self.sub.clone(),
            typ: TYPE.to_owned(),
            x5c: chain.map(Certificates::x5c),
            x5t_s256: chain.map(Certificates::thumbprint),
        };
        CanonicalJson::from_serialize_within(&members, MAX_HEADER_BYTES)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let members: Members = read_members(bytes, &MEMBERS, TYPE)?;
        let certificates = match (&members.x5c, &members.x5t_s256) {
            (None, None) => None,
            (Some(x5c), Some(thumbprint)) => Some(Certificates::read(x5c, thumbprint).ok_or_else(certificate_error)?),
            _ => return Err(certificate_error()),
        };
        let iat = OffsetDateTime::from_unix_timestamp(members.iat)
            .map_err(|_| HeaderError::Invalid("iat is not a time".to_owned()))?;
        let Members { kid, role, sub, iss, .. } = members;
        Ok(Self { kid, role, sub, iat, iss, certificates })
    }
}

fn certificate_error() -> HeaderError {
    HeaderError::Invalid("x5c and x5t#S256 do not belong together".to_owned())
}

/// Reads a protected header that may have only these members, with ES256 and this `typ`.
pub(crate) fn read_members<T>(bytes: &[u8], allowed: &[&str], typ: &str) -> Result<T, HeaderError>
where
    T: serde::de::DeserializeOwned,
{
    let invalid = |error: serde_json::Error| HeaderError::Invalid(error.to_string());
    let json = CanonicalJson::verify_within(bytes, MAX_HEADER_BYTES).map_err(HeaderError::NotCanonical)?;
    let members: Map<String, Value> = json.parse().map_err(invalid)?;
    if let Some(name) = members.keys().find(|name| !allowed.contains(&name.as_str())) {
        return Err(HeaderError::Member(name.clone()));
    }
    if let Some(other) = other_than(&members, "alg", ALGORITHM) {
        return Err(HeaderError::Algorithm(other));
    }
    if let Some(other) = other_than(&members, "typ", typ) {
        return Err(HeaderError::Type(other));
    }
    json.parse().map_err(invalid)
}

fn other_than(members: &Map<String, Value>, name: &str, expected: &str) -> Option<String> {
    match members.get(name) {
        Some(Value::String(value)) if value == expected => None,
        Some(other) => Some(other.to_string()),
        None => Some("not named".to_owned()),
    }
}
