//! JWS made by hand, so that every rule can be broken.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use munadi_transparency::{
    canonical::CanonicalJson,
    key::{LocalKey, Signer},
};
use serde_json::{Value, json};

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn from_base64url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub(crate) fn canonical(value: &Value) -> String {
    CanonicalJson::from_value_within(value, 1024 * 1024).unwrap().to_string()
}

/// One signature in General JSON Serialization over any texts.
pub(crate) fn signature(header: &str, payload: &str, key: &LocalKey) -> Value {
    let protected = base64url(header);
    let input = format!("{protected}.{}", base64url(payload));
    let bytes = key.sign(input.as_bytes()).unwrap();
    json!({"protected": protected, "signature": base64url(bytes)})
}

/// A key directory in Flattened JSON Serialization.
pub(crate) fn directory(header: &Value, payload: &str, root: &LocalKey) -> String {
    let mut jws = signature(&canonical(header), payload, root);
    jws["payload"] = base64url(payload).into();
    canonical(&jws)
}
