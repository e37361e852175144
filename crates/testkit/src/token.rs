//! Tokens as a department's system makes them, without the library that reads them here.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::id::ClientId;
use munadi_transparency::key::Signer;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::AUDIENCE;

/// The claims with which a system may send this body within the next minute.
pub fn client_claims(client: ClientId, body: &[u8], jti: &str, now: OffsetDateTime) -> Value {
    let now = now.unix_timestamp();
    let bh = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, body));
    json!({ "iss": client, "aud": AUDIENCE, "iat": now, "exp": now + 60, "jti": jti, "bh": bh })
}

/// A JWT over these claims (RFC 7519), ES256.
pub fn jwt(claims: &Value, key: &dyn Signer) -> String {
    let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let input = format!("{}.{}", part(&json!({ "alg": "ES256", "typ": "JWT" })), part(claims));
    let signature = key.sign(input.as_bytes()).expect("the key signs");
    format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}
