//! Encryption of a push message for one subscriber: RFC 8291 with the content coding `aes128gcm` of RFC 8188.
//!
//! A message is one record. Its length tells nothing about its text, because every plaintext of a form is padded to the
//! same [`Bucket`]; which form a push service gets is a matter of policy, not of the text.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey},
    agreement::{self, ECDH_P256, ParsedPublicKey, PrivateKey, UnparsedPublicKey},
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    rand,
};
use base64::{Engine, engine::GeneralPurpose};
use zeroize::{Zeroize, Zeroizing};

/// The longest body that is sent, in bytes: the smallest limit that push services in the field set. RFC 8030 §7.2 asks
/// them to take 4,096, but those that hand messages on through another service have less room.
pub const MAX_BODY: usize = 2_744;

/// Bytes of an uncompressed point on P-256 (SEC 1 §2.3.3).
pub const PUBLIC_KEY_LEN: usize = 65;
/// Bytes of a subscription's authentication secret (RFC 8291 §3.2).
pub const AUTH_LEN: usize = 16;
/// Bytes of a message's salt (RFC 8188 §2.1).
pub const SALT_LEN: usize = 16;

/// Salt, record size, length of the key id, key id (RFC 8188 §2.1; the key id is the sender's public key, RFC 8291 §4).
const HEADER_LEN: usize = SALT_LEN + 4 + 1 + PUBLIC_KEY_LEN;
const TAG_LEN: usize = 16;
/// The record size announced in the header: the same for each message, and larger than any record.
const RECORD_SIZE: u32 = 4_096;
/// Ends the text of the last record; zeros follow (RFC 8188 §2).
const LAST_RECORD: u8 = 2;
/// What a key id's length says: always that of an uncompressed point.
const KEY_ID_LEN: u8 = 65;

/// How long a message is made, whatever it says.
///
/// Two sizes exist. With one, a million content-free wake-ups would cost 2.7 GB instead of 1.1 GB of traffic; with
/// more, the size chosen for a text would say how long the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    capacity: usize,
}

impl Bucket {
    /// For wake-ups: a fixed title in any script and a link fit in, and padded the record is a round KiB before
    /// encryption.
    pub const WAKE_UP: Self = Self::with_capacity(1_023);
    /// For messages with text: as much as fits into [`MAX_BODY`].
    pub const FULL: Self = Self::with_capacity(MAX_BODY - HEADER_LEN - TAG_LEN - 1);

    const fn with_capacity(capacity: usize) -> Self {
        Self { capacity }
    }

    /// The longest plaintext that fits, in bytes.
    pub const fn capacity(self) -> usize {
        self.capacity
    }

    /// The length of each body made with it, in bytes.
    pub const fn body_len(self) -> usize {
        HEADER_LEN + self.capacity + 1 + TAG_LEN
    }
}

/// Keys of a subscription that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// `p256dh` is not 65 bytes in base64url that name a point on P-256.
    #[error("p256dh is not an uncompressed point on P-256 in base64url")]
    PublicKey,
    /// `auth` is not 16 bytes in base64url.
    #[error("auth is not 16 bytes in base64url")]
    Auth,
}

/// A message that was not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The plaintext does not fit into its bucket.
    #[error("the message has {len} bytes, {capacity} fit")]
    TooLong {
        /// Bytes of the plaintext.
        len: usize,
        /// Bytes that fit.
        capacity: usize,
    },
    /// The cryptographic library refused, which it does only when the machine lacks memory or randomness.
    #[error("the cryptographic library failed")]
    Crypto,
}

impl From<aws_lc_rs::error::Unspecified> for EncryptError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Crypto
    }
}

/// Base64url with or without padding: browsers leave it out, some libraries write it.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// What a subscriber gave for messages to be encrypted with (`p256dh` and `auth` of the Push API).
#[derive(Clone)]
pub struct SubscriberKeys {
    public: [u8; PUBLIC_KEY_LEN],
    point: ParsedPublicKey,
    auth: [u8; AUTH_LEN],
}

impl SubscriberKeys {
    /// Reads the keys of a subscription as browsers write them. The point is checked to be on the curve.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, KeyError> {
        let public = decode_exactly(p256dh).ok_or(KeyError::PublicKey)?;
        let auth = decode_exactly(auth).ok_or(KeyError::Auth)?;
        Self::from_bytes(public, auth)
    }

    /// Reads the keys of a subscription as they are stored.
    pub fn from_bytes(public: [u8; PUBLIC_KEY_LEN], auth: [u8; AUTH_LEN]) -> Result<Self, KeyError> {
        // 4 announces an uncompressed point; the library also takes other forms of the same length.
        if public[0] != 4 {
            return Err(KeyError::PublicKey);
        }
        let point = UnparsedPublicKey::new(&ECDH_P256, &public).try_into().map_err(|_| KeyError::PublicKey)?;
        Ok(Self { public, point, auth })
    }

    /// The public key.
    pub const fn public(&self) -> &[u8; PUBLIC_KEY_LEN] {
        &self.public
    }

    /// The authentication secret.
    pub const fn auth(&self) -> &[u8; AUTH_LEN] {
        &self.auth
    }
}

impl Drop for SubscriberKeys {
    fn drop(&mut self) {
        self.auth.zeroize();
    }
}

impl fmt::Debug for SubscriberKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscriberKeys(…)")
    }
}

fn decode_exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    // A byte of room shows a text that is too long; more is not worth reading.
    let mut bytes = [0; PUBLIC_KEY_LEN + 1];
    let len = BASE64URL.decode_slice(text, &mut bytes).ok()?;
    bytes[..len].try_into().ok()
}

/// The sender's key pair and the salt of one message. Both are used up by encrypting one message with them.
pub struct Ephemeral {
    private: PrivateKey,
    public: agreement::PublicKey,
    salt: [u8; SALT_LEN],
}

impl Ephemeral {
    /// A fresh key pair and salt.
    pub fn generate() -> Result<Self, EncryptError> {
        let mut salt = [0; SALT_LEN];
        rand::fill(&mut salt)?;
        Self::new(PrivateKey::generate(&ECDH_P256)?, salt)
    }

    fn new(private: PrivateKey, salt: [u8; SALT_LEN]) -> Result<Self, EncryptError> {
        let public = private.compute_public_key()?;
        Ok(Self { private, public, salt })
    }

    /// Encrypts a message. The body has [`Bucket::body_len`] bytes, header included.
    pub fn encrypt(self, to: &SubscriberKeys, plaintext: &[u8], bucket: Bucket) -> Result<Vec<u8>, EncryptError> {
        let capacity = bucket.capacity;
        if plaintext.len() > capacity {
            return Err(EncryptError::TooLong { len: plaintext.len(), capacity });
        }
        let keys = self.derive(to)?;
        let mut body = Vec::with_capacity(bucket.body_len());
        body.extend_from_slice(&self.salt);
        body.extend_from_slice(&RECORD_SIZE.to_be_bytes());
        body.push(KEY_ID_LEN);
        body.extend_from_slice(self.public.as_ref());
        body.extend_from_slice(plaintext);
        body.push(LAST_RECORD);
        body.resize(HEADER_LEN + capacity + 1, 0);
        let tag = keys.seal(&mut body[HEADER_LEN..])?;
        body.extend_from_slice(tag.as_ref());
        Ok(body)
    }

    /// RFC 8291 §3.4.
    fn derive(&self, to: &SubscriberKeys) -> Result<ContentKeys, EncryptError> {
        let auth = Salt::new(HKDF_SHA256, &to.auth);
        let prk =
            agreement::agree(&self.private, to.point.clone(), EncryptError::Crypto, |secret| Ok(auth.extract(secret)))?;
        let mut ikm = Zeroizing::new([0; 32]);
        expand(&prk, &[b"WebPush: info\0", &to.public, self.public.as_ref()], ikm.as_mut())?;
        let prk = Salt::new(HKDF_SHA256, &self.salt).extract(ikm.as_ref());
        let mut keys = ContentKeys { key: Zeroizing::default(), nonce: [0; NONCE_LEN] };
        expand(&prk, &[b"Content-Encoding: aes128gcm\0"], keys.key.as_mut())?;
        expand(&prk, &[b"Content-Encoding: nonce\0"], &mut keys.nonce)?;
        Ok(keys)
    }
}

/// The key of one message and the nonce of its only record.
struct ContentKeys {
    key: Zeroizing<[u8; 16]>,
    nonce: [u8; NONCE_LEN],
}

impl ContentKeys {
    fn seal(&self, record: &mut [u8]) -> Result<Tag, EncryptError> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, self.key.as_ref())?);
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        Ok(key.seal_in_place_separate_tag(nonce, Aad::empty(), record)?)
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &Prk, info: &[&[u8]], key: &mut [u8]) -> Result<(), EncryptError> {
    Ok(prk.expand(info, Length(key.len()))?.fill(key)?)
}

/// Encrypts a message for a subscriber with a fresh key pair and salt. The body has [`Bucket::body_len`] bytes,
/// whatever the plaintext.
pub fn encrypt(to: &SubscriberKeys, plaintext: &[u8], bucket: Bucket) -> Result<Vec<u8>, EncryptError> {
    Ephemeral::generate()?.encrypt(to, plaintext, bucket)
}

#[cfg(test)]
mod tests;
