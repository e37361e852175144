//! The public log's own key: Ed25519, because that is what the log's specifications sign with.

use std::{fmt, path::Path};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_transparency::key::Kid;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    KeyFileError,
    key_file::{HALVES, Head, KeyPurpose, KeySecret, read_sealed, write_sealed},
};

/// The key that signs the public log's checkpoints.
pub struct LogKey {
    seed: Zeroizing<[u8; 32]>,
}

/// RFC 8037 §2.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicHalf {
    kty: String,
    crv: String,
    x: String,
}

impl LogKey {
    /// The private key (RFC 8032 §5.1.5).
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    fn from_pair(pair: &Ed25519KeyPair) -> Option<Self> {
        use aws_lc_rs::encoding::AsBigEndian;
        let mut seed = Zeroizing::new([0; 32]);
        let bytes: aws_lc_rs::encoding::Curve25519SeedBin<'static> = pair.seed().ok()?.as_be_bytes().ok()?;
        seed.copy_from_slice(bytes.as_ref());
        Some(Self { seed })
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogKey(…)")
    }
}

/// Makes a key and encrypts it into a file that is not there yet; whether it was not.
pub(super) fn make(path: &Path, kid: Kid, secret: &KeySecret) -> Result<bool, KeyFileError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| KeyFileError::Entropy)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyFileError::malformed(path, "the key cannot be written"))?;
    let head = Head { purpose: KeyPurpose::Log, kid, public: public_half(&pair) };
    write_sealed(path, head, pkcs8.as_ref(), secret)
}

/// Reads the key from its file; none if there is no such file.
pub(super) fn read(path: &Path, secret: &KeySecret) -> Result<Option<LogKey>, KeyFileError> {
    let Some((head, der)) = read_sealed::<PublicHalf>(path, KeyPurpose::Log, secret)? else { return Ok(None) };
    let unusable = || KeyFileError::malformed(path, "not an Ed25519 key");
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map_err(|_| unusable())?;
    if head.public.x != public_half(&pair).x {
        return Err(KeyFileError::malformed(path, HALVES));
    }
    LogKey::from_pair(&pair).ok_or_else(unusable).map(Some)
}

fn public_half(pair: &Ed25519KeyPair) -> PublicHalf {
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
    PublicHalf { kty: "OKP".to_owned(), crv: "Ed25519".to_owned(), x }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(byte: u8) -> KeySecret {
        KeySecret::Random(Zeroizing::new([byte; 32]))
    }

    #[test]
    fn the_key_comes_back_from_its_file_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.json");
        assert!(read(&path, &random(1)).unwrap().is_none());
        assert!(make(&path, "key_1".parse().unwrap(), &random(1)).unwrap());
        let first = read(&path, &random(1)).unwrap().unwrap();
        assert!(!make(&path, "key_2".parse().unwrap(), &random(1)).unwrap());
        assert_eq!(read(&path, &random(1)).unwrap().unwrap().seed(), first.seed());
        assert!(matches!(read(&path, &random(2)), Err(KeyFileError::Sealed { .. })));
        let text = std::fs::read(&path).unwrap();
        assert!(!text.windows(32).any(|window| window == first.seed()));
        assert_eq!(format!("{first:?}"), "LogKey(…)");
    }

    #[test]
    fn another_keys_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.json");
        let key = munadi_transparency::key::LocalKey::generate("key_1".parse().unwrap()).unwrap();
        super::super::write_key_file(&path, &key, KeyPurpose::Token, &random(1)).unwrap();
        assert!(matches!(read(&path, &random(1)), Err(KeyFileError::Malformed { .. })));
    }
}
