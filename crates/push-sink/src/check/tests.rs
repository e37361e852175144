use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::Request;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Subscriber;

const ORIGIN: &str = "https://127.0.0.1:4443";
const NOW: u64 = 1_800_000_000;

/// An application server's key.
struct Key {
    pkcs8: Vec<u8>,
    public: String,
}

impl Key {
    fn new() -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        Self { pkcs8: pkcs8.as_ref().to_vec(), public: BASE64_URL_SAFE_NO_PAD.encode(pair.public_key()) }
    }

    fn token(&self, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::ES256), claims, &EncodingKey::from_ec_der(&self.pkcs8)).unwrap()
    }

    fn authorization(&self, claims: &Value) -> String {
        format!("vapid t={}, k={}", self.token(claims), self.public)
    }
}

fn claims() -> Value {
    json!({ "aud": ORIGIN, "exp": NOW + 3_600, "sub": "mailto:ops@example.org" })
}

fn correct(authorization: &str) -> Vec<(&'static str, String)> {
    let fields = [("ttl", "60"), ("urgency", "high"), ("topic", "abc-_9"), ("content-encoding", "aes128gcm")];
    let mut fields: Vec<_> = fields.map(|(name, value)| (name, value.to_owned())).into();
    fields.push(("authorization", authorization.to_owned()));
    fields
}

fn head(method: &str, fields: &[(&str, String)]) -> Parts {
    let mut request = Request::builder().method(method).uri("/push/1");
    for (name, value) in fields {
        request = request.header(*name, value);
    }
    request.body(()).unwrap().into_parts().0
}

fn check(fields: &[(&str, String)]) -> Result<Envelope, Reason> {
    envelope(&head("POST", fields), &VapidCheck::default(), ORIGIN, NOW)
}

#[test]
fn correct_request_is_accepted() {
    let authorization = Key::new().authorization(&claims());
    let accepted = check(&correct(&authorization)).unwrap();
    assert_eq!((accepted.ttl, accepted.urgency.as_str(), accepted.topic.as_str()), (60, "high", "abc-_9"));
}

#[test]
fn urgency_and_topic_may_be_absent() {
    let mut fields = correct(&Key::new().authorization(&claims()));
    fields.retain(|(name, _)| !matches!(*name, "urgency" | "topic"));
    let accepted = check(&fields).unwrap();
    assert_eq!((accepted.urgency.as_str(), accepted.topic.as_str()), ("normal", ""));
}

#[test]
fn wrong_headers_are_named() {
    let authorization = Key::new().authorization(&claims());
    for (name, value, reason) in [
        ("ttl", None, Reason::Ttl),
        ("ttl", Some("0"), Reason::Ttl),
        ("ttl", Some("-1"), Reason::Ttl),
        ("ttl", Some("+60"), Reason::Ttl),
        ("ttl", Some("60s"), Reason::Ttl),
        ("ttl", Some("2419201"), Reason::Ttl),
        ("urgency", Some("urgent"), Reason::Urgency),
        ("urgency", Some(""), Reason::Urgency),
        ("topic", Some(""), Reason::Topic),
        ("topic", Some("a b"), Reason::Topic),
        ("topic", Some("a="), Reason::Topic),
        ("topic", Some("123456789012345678901234567890123"), Reason::Topic),
        ("content-encoding", None, Reason::ContentEncoding),
        ("content-encoding", Some("aesgcm"), Reason::ContentEncoding),
        ("authorization", None, Reason::VapidMissing),
        ("authorization", Some("Bearer x"), Reason::VapidSyntax),
        ("authorization", Some("vapid t=x"), Reason::VapidSyntax),
        ("authorization", Some("vapid t=a.b.c, k=x"), Reason::VapidKey),
    ] {
        let mut fields = correct(&authorization);
        fields.retain(|(field, _)| *field != name);
        fields.extend(value.map(|value| (name, value.to_owned())));
        assert_eq!(check(&fields), Err(reason), "{name}: {value:?}");
    }
}

#[test]
fn header_given_twice_is_refused() {
    for (name, value) in correct(&Key::new().authorization(&claims())) {
        let mut fields = correct(&Key::new().authorization(&claims()));
        fields.push((name, value));
        assert!(check(&fields).is_err(), "{name}");
    }
}

#[test]
fn only_post_is_taken() {
    let fields = correct(&Key::new().authorization(&claims()));
    let refused = envelope(&head("PUT", &fields), &VapidCheck::default(), ORIGIN, NOW);
    assert_eq!(refused, Err(Reason::Method));
}

#[test]
fn wrong_claims_are_named() {
    for (name, value, reason) in [
        ("aud", json!("https://127.0.0.1"), Reason::VapidAudience),
        ("aud", json!("https://127.0.0.1:4443/"), Reason::VapidAudience),
        ("aud", json!("http://127.0.0.1:4443"), Reason::VapidAudience),
        ("aud", json!([ORIGIN]), Reason::VapidSyntax),
        ("aud", Value::Null, Reason::VapidSyntax),
        ("exp", json!(NOW), Reason::VapidExpiry),
        ("exp", json!(NOW + 86_401), Reason::VapidExpiry),
        ("exp", Value::Null, Reason::VapidSyntax),
        ("sub", json!("mailto: ops@example.org"), Reason::VapidSubject),
        ("sub", json!("ops@example.org"), Reason::VapidSubject),
        ("sub", Value::Null, Reason::VapidSyntax),
    ] {
        let mut claims = claims();
        claims[name] = value;
        let authorization = Key::new().authorization(&claims);
        assert_eq!(check(&correct(&authorization)), Err(reason), "{claims}");
    }
}

#[test]
fn signature_by_another_key_is_refused() {
    let (one, other) = (Key::new(), Key::new());
    let authorization = format!("vapid t={}, k={}", one.token(&claims()), other.public);
    assert_eq!(check(&correct(&authorization)), Err(Reason::VapidSignature));
}

#[test]
fn expected_key_is_held_to() {
    let (one, other) = (Key::new(), Key::new());
    let vapid = VapidCheck::new(Some(one.public.clone()));
    let check = |key: &Key| vapid.check(&key.authorization(&claims()), ORIGIN, NOW);
    assert_eq!((check(&one), check(&other)), (Ok(()), Err(Reason::VapidKey)));
}

#[test]
fn remembered_token_still_expires_and_stays_with_its_origin() {
    let vapid = VapidCheck::default();
    let header = Key::new().authorization(&claims());
    assert_eq!(vapid.check(&header, ORIGIN, NOW), Ok(()));
    assert_eq!(vapid.check(&header, ORIGIN, NOW + 3_599), Ok(()));
    assert_eq!(vapid.check(&header, ORIGIN, NOW + 3_600), Err(Reason::VapidExpiry));
    assert_eq!(vapid.check(&header, "https://localhost:4443", NOW), Err(Reason::VapidAudience));
}

/// A body with a correct header and a record of this many bytes.
fn message(record: usize) -> Vec<u8> {
    let key = Subscriber::generate().unwrap();
    [&[7; 16], &4_096_u32.to_be_bytes()[..], &[65], key.public_key(), &vec![0; record]].concat()
}

#[test]
fn wrong_bodies_are_named() {
    assert_eq!(body(&message(17)), Ok(()));
    assert_eq!(body(&message(MAX_BODY - HEADER_LEN)), Ok(()));
    assert_eq!(body(&message(MAX_BODY - HEADER_LEN + 1)), Err(Reason::TooLarge));
    assert_eq!(body(&message(16)), Err(Reason::Header));
    assert_eq!(body(&[]), Err(Reason::Header));
    let changed = |at: usize, to: u8| {
        let mut message = message(300);
        message[at] = to;
        body(&message)
    };
    assert_eq!(changed(20, 64), Err(Reason::Header));
    assert_eq!(changed(21, 3), Err(Reason::SenderKey));
    // Announces a record size of 0, of 17 and of 256 + 0.
    assert_eq!(changed(18, 0), Err(Reason::RecordSize));
    assert_eq!(changed(18, 1), Err(Reason::RecordSize));
}

#[test]
fn sender_key_off_the_curve_is_refused() {
    let mut message = message(300);
    message[KEY_ID.end - 1] ^= 1;
    assert_eq!(body(&message), Err(Reason::SenderKey));
}

#[test]
fn path_names_one_subscription_in_one_way() {
    assert_eq!((subscription("/push/0"), subscription("/push/42")), (Some(0), Some(42)));
    for path in ["/", "/push", "/push/", "/push/042", "/push/+4", "/push/-1", "/push/4/", "/push/4a", "/Push/4"] {
        assert_eq!(subscription(path), None, "{path}");
    }
}

proptest! {
    #[test]
    fn any_body_is_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(body(&bytes).is_err());
    }
}
