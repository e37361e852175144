//! The receiving end of web push: keys, a subscription, decryption (RFC 8291, RFC 8188).

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey},
    error::{KeyRejected, Unspecified},
    hmac, rand,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::check::{HEADER_LEN, KEY_ID, SALT};

const TAG_LEN: usize = 16;

/// A subscriber that could not be made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SubscriberError {
    /// The machine lacks memory or randomness.
    #[error("the cryptographic library failed")]
    Crypto,
    /// The given private key is none on P-256.
    #[error("the private key is not a number below the order of P-256")]
    PrivateKey,
}

impl From<Unspecified> for SubscriberError {
    fn from(_: Unspecified) -> Self {
        Self::Crypto
    }
}

impl From<KeyRejected> for SubscriberError {
    fn from(_: KeyRejected) -> Self {
        Self::PrivateKey
    }
}

/// A message that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// The header or the length is not that of one record.
    #[error("the message is not one record of aes128gcm")]
    Malformed,
    /// It was encrypted for someone else, or changed on its way.
    #[error("the message does not decrypt")]
    Crypto,
    /// The decrypted record lacks the mark of a last record.
    #[error("the padding is not that of a last record")]
    Padding,
}

/// The keys of one subscription, with the private half.
pub struct Subscriber {
    private: PrivateKey,
    public: agreement::PublicKey,
    auth: [u8; 16],
}

impl Subscriber {
    /// A subscriber with new keys.
    pub fn generate() -> Result<Self, SubscriberError> {
        let mut auth = [0; 16];
        rand::fill(&mut auth)?;
        Self::new(PrivateKey::generate(&ECDH_P256)?, auth)
    }

    /// A subscriber with known keys: the private key is a big-endian number.
    pub fn from_private_key(private: &[u8; 32], auth: [u8; 16]) -> Result<Self, SubscriberError> {
        Self::new(PrivateKey::from_private_key(&ECDH_P256, private)?, auth)
    }

    fn new(private: PrivateKey, auth: [u8; 16]) -> Result<Self, SubscriberError> {
        let public = private.compute_public_key()?;
        Ok(Self { private, public, auth })
    }

    /// The public key as an uncompressed point.
    pub fn public_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    /// The authentication secret.
    pub const fn auth_secret(&self) -> &[u8; 16] {
        &self.auth
    }

    /// The public key in base64url, as the Push API's `p256dh`.
    pub fn p256dh(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&self.public)
    }

    /// The authentication secret in base64url, as the Push API's `auth`.
    pub fn auth(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.auth)
    }

    /// The JSON form of a Push API subscription (Push API §8, `toJSON`).
    pub fn subscription(&self, endpoint: &str) -> serde_json::Value {
        let keys = serde_json::json!({ "p256dh": self.p256dh(), "auth": self.auth() });
        serde_json::json!({ "endpoint": endpoint, "expirationTime": null, "keys": keys })
    }

    /// Decrypts the body of a message: one record (RFC 8291 §4), its padding taken off.
    pub fn decrypt(&self, body: &[u8]) -> Result<Vec<u8>, DecryptError> {
        if body.len() <= HEADER_LEN + TAG_LEN || body[KEY_ID.start - 1] != 65 {
            return Err(DecryptError::Malformed);
        }
        let (key, nonce) = self.content_key(body)?;
        let mut record = body[HEADER_LEN..].to_vec();
        let len = key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)
            .map_err(|_| DecryptError::Crypto)?
            .len();
        record.truncate(len);
        let end = record.iter().rposition(|&byte| byte != 0).ok_or(DecryptError::Padding)?;
        if record[end] != 2 {
            return Err(DecryptError::Padding);
        }
        record.truncate(end);
        Ok(record)
    }

    fn content_key(&self, body: &[u8]) -> Result<(LessSafeKey, [u8; 12]), DecryptError> {
        let sender = &body[KEY_ID];
        let prk = agreement::agree(
            &self.private,
            UnparsedPublicKey::new(&ECDH_P256, sender),
            DecryptError::Crypto,
            |secret| Ok(hmac_sha256(&self.auth, &[secret])),
        )?;
        let ikm = hmac_sha256(prk.as_ref(), &[b"WebPush: info\0", self.public.as_ref(), sender, &[1]]);
        let prk = hmac_sha256(&body[SALT], &[ikm.as_ref()]);
        let key = hmac_sha256(prk.as_ref(), &[b"Content-Encoding: aes128gcm\0\x01"]);
        let nonce = hmac_sha256(prk.as_ref(), &[b"Content-Encoding: nonce\0\x01"]);
        let key = UnboundKey::new(&AES_128_GCM, &key.as_ref()[..16]).map_err(|_| DecryptError::Crypto)?;
        let nonce = nonce.as_ref()[..12].try_into().map_err(|_| DecryptError::Crypto)?;
        Ok((LessSafeKey::new(key), nonce))
    }
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> Vec<u8> {
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291 §5.
    fn example() -> (Subscriber, Vec<u8>) {
        let private = decode("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94").try_into().unwrap();
        let auth = decode("BTBZMqHH6r4Tts7J_aSIgg").try_into().unwrap();
        let body = decode(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY\
             WAmS6TlzAC8wEqKK6PBru3jl7A_\
             yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
        );
        (Subscriber::from_private_key(&private, auth).unwrap(), body)
    }

    #[test]
    fn message_of_the_rfc_is_read() {
        let (subscriber, body) = example();
        assert_eq!(subscriber.decrypt(&body).unwrap(), b"When I grow up, I want to be a watermelon");
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let (subscriber, body) = example();
        // The record size is not authenticated; a larger one changes nothing for a single record.
        for at in (0..body.len()).filter(|at| !(16..20).contains(at)) {
            let mut changed = body.clone();
            changed[at] ^= 1;
            assert!(subscriber.decrypt(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn shortened_message_is_no_message() {
        let (subscriber, body) = example();
        for len in 0..body.len() {
            assert!(subscriber.decrypt(&body[..len]).is_err());
        }
    }

    #[test]
    fn message_for_another_is_not_read() {
        let (_, body) = example();
        assert_eq!(Subscriber::generate().unwrap().decrypt(&body), Err(DecryptError::Crypto));
    }
}
