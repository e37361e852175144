//! Ed25519 keys of notes.

use std::{fmt, str::FromStr};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use super::{KeyId, KeyName, NoteError, NoteSignature, check_text};
use crate::encoding;

/// Bytes of an Ed25519 public key, and of the seed of a private one.
const KEY_BYTES: usize = 32;
/// Bytes of an Ed25519 signature.
const SIGNATURE_BYTES: usize = 64;
/// The type of Ed25519 signatures over the text itself.
const NOTE_TYPE: u8 = 1;

/// An Ed25519 public key with a name, for one type of signatures. Its text is a vkey: `<name>+<key id>+<base64 of type and key>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::log) struct Ed25519<const TYPE: u8> {
    name: KeyName,
    id: KeyId,
    public: [u8; KEY_BYTES],
}

impl<const TYPE: u8> Ed25519<TYPE> {
    pub(in crate::log) fn new(name: KeyName, public: [u8; KEY_BYTES]) -> Self {
        Self { id: KeyId::of(&name, TYPE, &public), name, public }
    }

    pub(in crate::log) const fn name(&self) -> &KeyName {
        &self.name
    }

    pub(in crate::log) const fn id(&self) -> KeyId {
        self.id
    }

    pub(in crate::log) const fn public(&self) -> &[u8; KEY_BYTES] {
        &self.public
    }

    pub(in crate::log) fn is_good(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl<const TYPE: u8> FromStr for Ed25519<TYPE> {
    type Err = NoteError;

    fn from_str(vkey: &str) -> Result<Self, NoteError> {
        let bad = NoteError::VerifierKey;
        // Only the base64 may have more plus signs.
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad("expected <name>+<key id>+<base64>"));
        };
        let material = encoding::from_base64(base64).ok_or(bad("its last part is not base64"))?;
        let public = match material.split_first() {
            Some((&kind, public)) if kind == TYPE => public.try_into().map_err(|_| bad("expected 32 bytes of key"))?,
            _ => return Err(bad("its type is not the one that is expected here")),
        };
        let key = Self::new(name.parse()?, public);
        if key.id.to_string() == id { Ok(key) } else { Err(bad("the key id is not that of the key")) }
    }
}

impl<const TYPE: u8> fmt::Display for Ed25519<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[TYPE], self.public.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, encoding::to_base64(&material))
    }
}

/// The private half of an [`Ed25519`].
pub(in crate::log) struct KeyPair<const TYPE: u8> {
    public: Ed25519<TYPE>,
    pair: Ed25519KeyPair,
}

impl<const TYPE: u8> KeyPair<TYPE> {
    pub(in crate::log) fn from_seed(name: KeyName, seed: &[u8; KEY_BYTES]) -> Result<Self, NoteError> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| NoteError::PrivateKey)
            .and_then(|pair| Self::new(name, pair))
    }

    pub(in crate::log) fn from_pkcs8(name: KeyName, der: &[u8]) -> Result<Self, NoteError> {
        Ed25519KeyPair::from_pkcs8(der).map_err(|_| NoteError::PrivateKey).and_then(|pair| Self::new(name, pair))
    }

    fn new(name: KeyName, pair: Ed25519KeyPair) -> Result<Self, NoteError> {
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::PrivateKey)?;
        Ok(Self { public: Ed25519::new(name, public), pair })
    }

    pub(in crate::log) const fn public(&self) -> &Ed25519<TYPE> {
        &self.public
    }

    /// An Ed25519 signature of the message: 64 bytes, always the same ones.
    pub(in crate::log) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// A line of a note: `bytes` is the signature in the form of this type.
    pub(in crate::log) fn line(&self, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature::new(self.public.name.clone(), self.public.id, bytes)
    }
}

/// The key that verifies a log's own signatures: Ed25519 over the note's text, type 01. Its text is a vkey.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey(Ed25519<NOTE_TYPE>);

impl VerifierKey {
    /// The key with that name and those bytes (RFC 8032).
    pub fn new(name: KeyName, public: [u8; KEY_BYTES]) -> Self {
        Self(Ed25519::new(name, public))
    }

    /// Its name: a log's is its origin.
    pub const fn name(&self) -> &KeyName {
        self.0.name()
    }

    /// Its id.
    pub const fn id(&self) -> KeyId {
        self.0.id()
    }

    /// The 32 bytes of RFC 8032.
    pub const fn public(&self) -> &[u8; KEY_BYTES] {
        self.0.public()
    }

    pub(super) fn is_good(&self, text: &str, signature: &[u8]) -> bool {
        signature.len() == SIGNATURE_BYTES && self.0.is_good(text.as_bytes(), signature)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(vkey: &str) -> Result<Self, NoteError> {
        vkey.parse().map(Self)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// A log's private key: Ed25519, type 01.
pub struct LogSigner(KeyPair<NOTE_TYPE>);

impl LogSigner {
    /// The key of that seed (RFC 8032 §5.1.5). The name is the log's origin.
    pub fn from_seed(name: KeyName, seed: &[u8; KEY_BYTES]) -> Result<Self, NoteError> {
        KeyPair::from_seed(name, seed).map(Self)
    }

    /// Reads an unencrypted PKCS#8 document in DER.
    pub fn from_pkcs8(name: KeyName, der: &[u8]) -> Result<Self, NoteError> {
        KeyPair::from_pkcs8(name, der).map(Self)
    }

    /// The public half.
    pub fn key(&self) -> VerifierKey {
        VerifierKey(self.0.public().clone())
    }

    /// Its name: the log's origin.
    pub const fn name(&self) -> &KeyName {
        self.0.public().name()
    }

    /// Signs a text, which ends with a line break and has no other control characters.
    pub fn sign(&self, text: &str) -> Result<NoteSignature, NoteError> {
        check_text(text)?;
        Ok(self.0.line(self.0.sign(text.as_bytes())))
    }
}

impl fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogSigner").field(&self.key()).finish()
    }
}
