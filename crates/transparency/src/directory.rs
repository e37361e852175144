//! The key directory, `/.well-known/munadi/keys.jws`: every key that may sign a notice, in a JWS by the root key.
//!
//! It is a JWS in Flattened JSON Serialization (RFC 7515 §7.2.2), ES256, `typ` [`TYPE`], over canonical JSON. A client pins the root
//! key and keeps the last edition it has seen, so that neither a stranger nor a compromised server can change a key, take one away
//! or go back behind a revocation.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    canonical::{CanonicalError, CanonicalJson},
    key::{Kid, PublicKey, SignError, Signer, is_name},
    notice::{ALGORITHM, HeaderError, Role, base64url_text, jws_input, read_members},
    timestamp,
};

mod pin;

pub use pin::RootPin;

/// The `typ` of the directory's signature.
pub const TYPE: &str = "munadi-keys+jws";
/// The most bytes of a directory's JWS: room for about 15,000 keys.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
const MAX_PAYLOAD_BYTES: usize = MAX_BYTES / 4 * 3;
/// The most characters of an issuer and of the reason of a revocation.
pub const MAX_TEXT: usize = 200;

const HEADER_MEMBERS: [&str; 3] = ["alg", "kid", "typ"];

/// Why something is not a key directory, or not the next one.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// See [`MAX_BYTES`].
    #[error("the key directory has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not the JSON of RFC 7515 §7.2.2.
    #[error("the key directory is not a JWS in Flattened JSON Serialization: {0}")]
    Syntax(String),
    /// The protected header is not that of a key directory.
    #[error("the key directory's header: {0}")]
    Header(#[from] HeaderError),
    /// The root key did not sign this.
    #[error("the key directory is not signed by the root key")]
    Signature,
    /// The payload is not canonical JSON.
    #[error("the key directory's payload: {0}")]
    NotCanonical(#[from] CanonicalError),
    /// The payload has not the members of a key directory.
    #[error("the key directory's payload: {0}")]
    Payload(String),
    /// A key contradicts itself or another key.
    #[error("the key {kid} in the key directory {fault}")]
    Key {
        /// The key.
        kid: Kid,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// This edition cannot follow the other one.
    #[error("edition {edition} of the key directory cannot follow edition {previous}: {fault}")]
    NotASuccessor {
        /// This edition's number.
        edition: u64,
        /// The other's number.
        previous: u64,
        /// What is wrong.
        fault: String,
    },
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// An officer's; it signs as author or approver.
    Officer,
    /// A department's; it signs as publisher.
    Department,
}

impl KeyKind {
    const fn may(self, role: Role) -> bool {
        match self {
            Self::Officer => matches!(role, Role::Author | Role::Approver),
            Self::Department => matches!(role, Role::Publisher),
        }
    }
}

/// A key that may sign notices, or might once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryKey {
    /// The key's name in headers.
    pub kid: Kid,
    /// The key.
    pub jwk: PublicKey,
    /// Whose key it is: an officer's pseudonymous id, or the department's id.
    pub subject: String,
    /// Whether it is an officer's or a department's.
    pub kind: KeyKind,
    /// The department for which it signs.
    pub department: String,
    /// In which roles it may sign; at least one.
    pub roles: Vec<Role>,
    /// From when it may sign.
    #[serde(with = "timestamp")]
    pub nbf: OffsetDateTime,
    /// Until when it may sign, exclusive. What it signed before stays good.
    #[serde(with = "timestamp")]
    pub exp: OffsetDateTime,
    /// From when it is no longer trusted. It may lie before the edition that says so: the time from which the key may have been in
    /// other hands.
    #[serde(default, with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<OffsetDateTime>,
    /// Why, in words for the public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_reason: Option<String>,
}

impl DirectoryKey {
    fn fault(&self) -> Option<&'static str> {
        let roles: HashSet<_> = self.roles.iter().collect();
        let reason = self.revoked_reason.as_ref();
        if !is_name(&self.subject) || !is_name(&self.department) {
            Some("has a subject or a department that is not an id")
        } else if self.kind == KeyKind::Department && self.subject != self.department {
            Some("is a department's, but its subject is not the department")
        } else if self.kind == KeyKind::Officer && self.subject == self.department {
            Some("is an officer's, but its subject is the department")
        } else if roles.is_empty() || roles.len() != self.roles.len() {
            Some("has no role, or one twice")
        } else if !self.roles.iter().all(|&role| self.kind.may(role)) {
            Some("has a role that its kind cannot have")
        } else if self.nbf >= self.exp {
            Some("ends before it begins")
        } else if reason.is_some_and(|reason| self.revoked_at.is_none() || reason.chars().count() > MAX_TEXT) {
            Some("has a reason of a revocation that is too long or without a time")
        } else {
            None
        }
    }

    /// What in a later edition's entry contradicts this one.
    fn contradiction(&self, later: &Self) -> Option<&'static str> {
        if self.jwk != later.jwk {
            Some("is another key now")
        } else if self.subject != later.subject || self.kind != later.kind {
            Some("belongs to somebody else now")
        } else if self.department != later.department {
            Some("belongs to another department now")
        } else if self.nbf != later.nbf {
            Some("begins at another time now")
        } else if !self.roles.iter().all(|role| later.roles.contains(role)) {
            Some("lost a role, which would void what it signed: let it expire instead")
        } else if self.revoked_at.is_some_and(|at| later.revoked_at.is_none_or(|later| later > at)) {
            Some("was revoked, and that cannot be taken back")
        } else {
            None
        }
    }
}

/// What a directory says; [`KeyDirectory::sign`] makes an edition of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// Its number; the next one has a higher number.
    #[serde(rename = "edition")]
    pub number: u64,
    /// When it was made.
    #[serde(with = "timestamp")]
    pub issued: OffsetDateTime,
    /// The deployment: what every notice's signatures name as `iss`.
    pub issuer: String,
    /// Every key there ever was.
    pub keys: Vec<DirectoryKey>,
}

impl Edition {
    fn check(&self) -> Result<(), DirectoryError> {
        if !(1..=MAX_TEXT).contains(&self.issuer.chars().count()) {
            return Err(DirectoryError::Payload(format!("the issuer needs 1 to {MAX_TEXT} characters")));
        }
        let (mut names, mut points) = (HashSet::new(), HashSet::new());
        for key in &self.keys {
            // The same key under two names could sign twice and look like two.
            let is_new = names.insert(&key.kid) && points.insert(key.jwk.as_sec1());
            let fault = key.fault().or((!is_new).then_some("is there twice"));
            if let Some(fault) = fault {
                return Err(DirectoryError::Key { kid: key.kid.clone(), fault });
            }
        }
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Flattened {
    #[serde(with = "base64url_text")]
    payload: Vec<u8>,
    #[serde(with = "base64url_text")]
    protected: Vec<u8>,
    #[serde(with = "base64url_text")]
    signature: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: Kid,
    typ: String,
}

/// An edition of the key directory that is known to be signed by the root key and free of contradictions.
#[derive(Debug, Clone)]
pub struct KeyDirectory {
    edition: Edition,
    by_kid: HashMap<Kid, usize>,
    digest: [u8; 32],
}

impl KeyDirectory {
    /// Signs an edition with the root key. The answer is what is served, in its canonical form.
    pub fn sign(edition: &Edition, root: &dyn Signer) -> Result<String, DirectoryError> {
        edition.check()?;
        let payload = CanonicalJson::from_serialize_within(edition, MAX_PAYLOAD_BYTES)?;
        let header = Header { alg: ALGORITHM.to_owned(), kid: root.kid().clone(), typ: TYPE.to_owned() };
        let protected = CanonicalJson::from_serialize(&header)?;
        let signature = root.sign(&jws_input(protected.as_bytes(), payload.as_bytes()))?;
        let jws = Flattened {
            payload: payload.as_bytes().to_vec(),
            protected: protected.as_bytes().to_vec(),
            signature: signature.to_vec(),
        };
        Ok(CanonicalJson::from_serialize_within(&jws, MAX_BYTES)?.to_string())
    }

    /// Reads a directory and verifies it with the pinned root key.
    pub fn verify(jws: &[u8], root: &PublicKey) -> Result<Self, DirectoryError> {
        if jws.len() > MAX_BYTES {
            return Err(DirectoryError::TooLarge);
        }
        let jws: Flattened = serde_json::from_slice(jws).map_err(|error| DirectoryError::Syntax(error.to_string()))?;
        let _: Header = read_members(&jws.protected, &HEADER_MEMBERS, TYPE)?;
        let input = jws_input(&jws.protected, &jws.payload);
        root.verify(&input, &jws.signature).map_err(|_| DirectoryError::Signature)?;
        let payload = CanonicalJson::verify_within(&jws.payload, MAX_PAYLOAD_BYTES)?;
        let edition: Edition = payload.parse().map_err(|error| DirectoryError::Payload(error.to_string()))?;
        edition.check()?;
        let by_kid = edition.keys.iter().enumerate().map(|(index, key)| (key.kid.clone(), index)).collect();
        Ok(Self { edition, by_kid, digest: payload.digest() })
    }

    /// Whether a client that has seen `previous` may take this edition. The same edition again is fine; an older one, or another one
    /// under the same number, is not. No key may vanish or change its owner, a revocation stays, and roles are only added.
    pub fn verify_successor(&self, previous: &Self) -> Result<(), DirectoryError> {
        let (next, last) = (&self.edition, &previous.edition);
        let fault = if next.number < last.number {
            Some("it is older".to_owned())
        } else if next.number == last.number {
            (self.digest != previous.digest).then(|| "it has the same number and says something else".to_owned())
        } else if next.issuer != last.issuer {
            Some("it is another deployment's".to_owned())
        } else if next.issued < last.issued {
            Some("it was issued earlier".to_owned())
        } else {
            last.keys.iter().find_map(|key| self.contradicted(key))
        };
        match fault {
            None => Ok(()),
            Some(fault) => Err(DirectoryError::NotASuccessor { edition: next.number, previous: last.number, fault }),
        }
    }

    fn contradicted(&self, old: &DirectoryKey) -> Option<String> {
        let fault = match self.find(&old.kid) {
            None => Some("has vanished"),
            Some(later) => old.contradiction(later),
        };
        fault.map(|fault| format!("the key {} {fault}", old.kid))
    }

    /// Everything the directory says.
    pub fn edition(&self) -> &Edition {
        &self.edition
    }

    /// The deployment.
    pub fn issuer(&self) -> &str {
        &self.edition.issuer
    }

    /// SHA-256 of the payload: what names this edition in the public log.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The key of that name.
    pub fn find(&self, kid: &Kid) -> Option<&DirectoryKey> {
        self.by_kid.get(kid).and_then(|&index| self.edition.keys.get(index))
    }
}

#[cfg(test)]
mod tests;
