//! A private key in a file, encrypted. The file is JSON:
//!
//! ```json
//! {
//!   "format": "munadi-key", "version": 1, "purpose": "department", "kid": "key_…",
//!   "public": {"crv": "P-256", "kty": "EC", "x": "…", "y": "…"},
//!   "kdf": {"name": "hkdf-sha256", "salt": "…"},
//!   "nonce": "…", "ciphertext": "…"
//! }
//! ```
//!
//! `ciphertext` is the key's PKCS#8 document in DER under AES-256-GCM, with its tag. The associated data is the canonical JSON
//! (RFC 8785) of all other members, so that no file can be passed off as another key or for another purpose. The AES key comes from
//! 32 random bytes by HKDF-SHA256 with the info `munadi-key 1`, or from a passphrase by Argon2id:
//! `{"name": "argon2id", "salt": "…", "memory_kib": 65536, "passes": 3, "lanes": 1}`. Salts are random, 32 bytes, and new in each
//! file; nonces are 12 random bytes; all bytes are written in base64url without padding. The log's key is an Ed25519 key (RFC 8037),
//! every other one a P-256 key.

use std::{fmt, path::Path};

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_transparency::{
    canonical::CanonicalJson,
    key::{Kid, LocalKey, PublicKey, Signer},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{KeyFileError, file};
use crate::{entropy, secret::Secret};

const FORMAT: &str = "munadi-key";
const VERSION: u32 = 1;
const INFO: &[u8] = b"munadi-key 1";
const SALT_BYTES: usize = 32;
/// Argon2id for a key that must withstand a stolen disk: 64 MiB and three passes, a fraction of a second.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
/// What a file may ask for; more would be an attempt to exhaust the machine.
const MOST: Cost = Cost { memory_kib: 1024 * 1024, passes: 20, lanes: 16 };

/// What opens key files.
#[derive(Clone)]
pub enum KeySecret {
    /// 32 random bytes.
    Random(Zeroizing<[u8; 32]>),
    /// What a person remembers.
    Passphrase(Secret),
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random(_) => "Random(…)",
            Self::Passphrase(_) => "Passphrase(…)",
        })
    }
}

/// What a key is for. A file of one purpose does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPurpose {
    /// Signs the key directory.
    Root,
    /// Signs access tokens.
    Token,
    /// Identifies this installation to push services.
    Vapid,
    /// Signs a department's notices.
    Department,
    /// Signs as an officer.
    Officer,
    /// Signs the requests of a department's system.
    Client,
    /// Signs the public log's checkpoints.
    Log,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
enum Kdf {
    HkdfSha256 {
        salt: String,
    },
    Argon2id {
        salt: String,
        #[serde(flatten)]
        cost: Cost,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<P> {
    format: String,
    version: u32,
    purpose: KeyPurpose,
    kid: Kid,
    public: P,
    kdf: Kdf,
    nonce: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ciphertext: Option<String>,
}

/// What stands in a key's file for everybody to read.
pub(super) struct Head<P> {
    /// What the key is for.
    pub(super) purpose: KeyPurpose,
    /// Its name.
    pub(super) kid: Kid,
    /// Its public half.
    pub(super) public: P,
}

/// Encrypts a key into a file that is not there yet; whether it was not. The file is written whole or not at all, for its owner only.
pub fn write_key_file(
    path: &Path,
    key: &LocalKey,
    purpose: KeyPurpose,
    secret: &KeySecret,
) -> Result<bool, KeyFileError> {
    let pkcs8 = key.to_pkcs8().map_err(|_| KeyFileError::malformed(path, "the key cannot be written"))?;
    let head = Head { purpose, kid: key.kid().clone(), public: key.public_key().clone() };
    write_sealed(path, head, &pkcs8, secret)
}

/// A key of any kind as its file has it: what everybody may read, and its PKCS#8 document.
type Opened<P> = (Head<P>, Zeroizing<Vec<u8>>);

/// [`write_key_file`] for a key of any kind: its PKCS#8 document.
pub(super) fn write_sealed<P: Serialize>(
    path: &Path,
    head: Head<P>,
    pkcs8: &[u8],
    secret: &KeySecret,
) -> Result<bool, KeyFileError> {
    let document = seal(head, pkcs8, secret).map_err(|error| error.at(path))?;
    let mut text =
        serde_json::to_vec_pretty(&document).map_err(|error| KeyFileError::malformed(path, error.to_string()))?;
    text.push(b'\n');
    file::write_new(path, &text)
}

/// Reads a key from its file; none if there is no such file.
pub fn read_key_file(path: &Path, purpose: KeyPurpose, secret: &KeySecret) -> Result<Option<LocalKey>, KeyFileError> {
    let Some((head, der)) = read_sealed::<PublicKey>(path, purpose, secret)? else { return Ok(None) };
    let key = LocalKey::from_pkcs8(head.kid, &der).map_err(|_| KeyFileError::malformed(path, "not a P-256 key"))?;
    if *key.public_key() == head.public { Ok(Some(key)) } else { Err(KeyFileError::malformed(path, HALVES)) }
}

/// [`read_key_file`] for a key of any kind: its PKCS#8 document. Whether that belongs to the public half is the caller's to see.
pub(super) fn read_sealed<P: Serialize + DeserializeOwned>(
    path: &Path,
    purpose: KeyPurpose,
    secret: &KeySecret,
) -> Result<Option<Opened<P>>, KeyFileError> {
    let Some(bytes) = file::read(path)? else { return Ok(None) };
    let document: Document<P> =
        serde_json::from_slice(&bytes).map_err(|error| KeyFileError::malformed(path, error.to_string()))?;
    if document.purpose != purpose {
        let why = format!("the key is for another purpose ({:?}, not {purpose:?})", document.purpose);
        return Err(KeyFileError::malformed(path, why));
    }
    open(document, secret).map(Some).map_err(|error| error.at(path))
}

/// The private half is another key's than the public one.
pub(super) const HALVES: &str = "the halves do not match";

/// What is wrong with a file whose path is not known here.
enum Fault {
    Malformed(&'static str),
    Sealed,
    Entropy,
}

impl Fault {
    fn at(self, path: &Path) -> KeyFileError {
        match self {
            Self::Malformed(why) => KeyFileError::malformed(path, why),
            Self::Sealed => KeyFileError::Sealed { path: path.to_owned() },
            Self::Entropy => KeyFileError::Entropy,
        }
    }
}

fn seal<P: Serialize>(head: Head<P>, pkcs8: &[u8], secret: &KeySecret) -> Result<Document<P>, Fault> {
    let salt = random_text::<SALT_BYTES>()?;
    let kdf = match secret {
        KeySecret::Random(_) => Kdf::HkdfSha256 { salt },
        KeySecret::Passphrase(_) => Kdf::Argon2id { salt, cost: COST },
    };
    let mut document = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        purpose: head.purpose,
        kid: head.kid,
        public: head.public,
        kdf,
        nonce: random_text::<NONCE_LEN>()?,
        ciphertext: None,
    };
    let (cipher, nonce, aad) = parts(&document, secret)?;
    let mut bytes = pkcs8.to_vec();
    cipher.seal_in_place_append_tag(nonce, aad, &mut bytes).map_err(|_| Fault::Sealed)?;
    document.ciphertext = Some(BASE64_URL_SAFE_NO_PAD.encode(bytes));
    Ok(document)
}

fn open<P: Serialize>(mut document: Document<P>, secret: &KeySecret) -> Result<Opened<P>, Fault> {
    if document.format != FORMAT || document.version != VERSION {
        return Err(Fault::Malformed("it has another format or version"));
    }
    let ciphertext = document.ciphertext.take().ok_or(Fault::Malformed("the ciphertext is missing"))?;
    let mut bytes = Zeroizing::new(decode(&ciphertext)?);
    let (cipher, nonce, aad) = parts(&document, secret)?;
    let length = cipher.open_in_place(nonce, aad, &mut bytes).map_err(|_| Fault::Sealed)?.len();
    bytes.truncate(length);
    Ok((Head { purpose: document.purpose, kid: document.kid, public: document.public }, bytes))
}

/// The cipher, its nonce and the associated data of a document without ciphertext.
fn parts<P: Serialize>(
    document: &Document<P>,
    secret: &KeySecret,
) -> Result<(LessSafeKey, Nonce, Aad<Vec<u8>>), Fault> {
    let key = derive(&document.kdf, secret)?;
    let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| Fault::Sealed)?;
    let nonce = Nonce::try_assume_unique_for_key(&decode(&document.nonce)?);
    let nonce = nonce.map_err(|_| Fault::Malformed("the nonce must have 12 bytes"))?;
    let rest = CanonicalJson::from_serialize(document).map_err(|_| Fault::Malformed("it has no canonical form"))?;
    Ok((LessSafeKey::new(key), nonce, Aad::from(rest.as_bytes().to_vec())))
}

fn derive(kdf: &Kdf, secret: &KeySecret) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let mut key = Zeroizing::new([0; 32]);
    match (kdf, secret) {
        (Kdf::HkdfSha256 { salt }, KeySecret::Random(random)) => {
            let prk = Salt::new(HKDF_SHA256, &decode(salt)?).extract(random.as_slice());
            let okm = prk.expand(&[INFO], &AES_256_GCM).map_err(|_| Fault::Sealed)?;
            okm.fill(key.as_mut_slice()).map_err(|_| Fault::Sealed)?;
        }
        (Kdf::Argon2id { salt, cost }, KeySecret::Passphrase(passphrase)) => {
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params()?);
            let hashed = argon2.hash_password_into(passphrase.expose().as_bytes(), &decode(salt)?, key.as_mut_slice());
            hashed.map_err(|_| Fault::Malformed("its parameters are not usable"))?;
        }
        (Kdf::HkdfSha256 { .. }, KeySecret::Passphrase(_)) => {
            return Err(Fault::Malformed("it was not encrypted with a passphrase"));
        }
        (Kdf::Argon2id { .. }, KeySecret::Random(_)) => {
            return Err(Fault::Malformed("it was encrypted with a passphrase"));
        }
    }
    Ok(key)
}

impl Cost {
    fn params(self) -> Result<Params, Fault> {
        let unusable = Fault::Malformed("its parameters are not usable");
        if self.memory_kib > MOST.memory_kib || self.passes > MOST.passes || self.lanes > MOST.lanes {
            return Err(unusable);
        }
        Params::new(self.memory_kib, self.passes, self.lanes, None).map_err(|_| unusable)
    }
}

fn random_text<const N: usize>() -> Result<String, Fault> {
    let bytes: [u8; N] = entropy::bytes().map_err(|_| Fault::Entropy)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::Malformed("not base64url"))
}

#[cfg(test)]
mod tests;
