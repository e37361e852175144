//! How a client knows the root key.

use std::{fmt, str::FromStr};

use crate::key::{KeyError, PublicKey, Thumbprint};

/// The root key as it was pinned: the key itself as JWK, or its RFC 7638 thumbprint, which a person can read aloud. With a
/// thumbprint, the key must come from elsewhere (`/.well-known/munadi/root.jwk`), and [`Self::admits`] says whether it is the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootPin {
    /// The key.
    Key(PublicKey),
    /// Its thumbprint.
    Thumbprint(Thumbprint),
}

impl RootPin {
    /// Whether this key is the pinned one.
    pub fn admits(&self, key: &PublicKey) -> bool {
        match self {
            Self::Key(pinned) => pinned == key,
            Self::Thumbprint(pinned) => *pinned == key.thumbprint(),
        }
    }

    /// The pinned key, if the pin holds it.
    pub fn key(&self) -> Option<&PublicKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::Thumbprint(_) => None,
        }
    }
}

impl FromStr for RootPin {
    type Err = KeyError;

    /// Reads a JWK (JSON) or a thumbprint (43 characters of base64url).
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with('{') {
            return PublicKey::from_jwk(text.as_bytes()).map(Self::Key);
        }
        text.parse().map(Self::Thumbprint)
    }
}

impl fmt::Display for RootPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(&key.to_jwk()),
            Self::Thumbprint(thumbprint) => thumbprint.fmt(f),
        }
    }
}
