use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::id::Seed;
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::{clock::Clock, signer::KeysConfig};

const NOW: OffsetDateTime = datetime!(2026-01-31 08:00 UTC);

fn signers() -> Signers {
    let folder = tempfile::tempdir().unwrap();
    let config =
        KeysConfig { folder: folder.path().join("keys"), secret_file: None, create_missing: true, root_online: true };
    Signers::open(&config, &Clock::standing_at(NOW)).unwrap()
}

fn tokens(signers: &Signers, issuer: &str, audience: &str) -> Tokens {
    Tokens::new(signers, issuer.to_owned(), audience.to_owned()).unwrap()
}

fn ids() -> (OfficerId, SessionId) {
    let seed = Seed { unix_ms: 1, random: 1 };
    (OfficerId::new(seed), SessionId::new(seed))
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_token_says_who_and_until_when() {
    let signers = signers();
    let tokens = tokens(&signers, "munadi.test", "https://munadi.test");
    let (officer, session) = ids();
    let token = tokens.issue(officer, session, NOW).unwrap();
    let text = token.secret.expose();
    assert_eq!(part(text, 0), json!({ "alg": "ES256", "typ": "at+jwt", "kid": signers.token().kid() }));
    let mut claims = part(text, 1);
    assert_eq!(claims["jti"].take().as_str().unwrap().len(), 32);
    let expected = json!({
        "iss": "munadi.test", "aud": "https://munadi.test", "sub": officer, "sid": session,
        "iat": 1_769_846_400, "exp": 1_769_847_000, "jti": null,
    });
    assert_eq!(claims, expected);
    assert_eq!(tokens.verify(text, NOW).unwrap(), AccessClaims { officer, session });
    assert!(tokens.verify(text, NOW + ACCESS_TOKEN_LIFE - Duration::SECOND).is_ok());
    assert!(tokens.verify(text, NOW + ACCESS_TOKEN_LIFE).is_err());
    assert_eq!(bearer(text), Bearer::Officer);
}

#[test]
fn another_issuer_audience_key_type_or_algorithm_is_refused() {
    let signers = signers();
    let good = tokens(&signers, "i", "a");
    let (officer, session) = ids();
    let by = |tokens: &Tokens| tokens.issue(officer, session, NOW).unwrap().secret.expose().to_owned();
    assert!(good.verify(&by(&good), NOW).is_ok());
    assert!(good.verify(&by(&tokens(&signers, "other", "a")), NOW).is_err());
    assert!(good.verify(&by(&tokens(&signers, "i", "other")), NOW).is_err());
    assert!(good.verify(&by(&tokens(&self::signers(), "i", "a")), NOW).is_err());
    let mut typed = good.clone();
    typed.header.typ = Some("JWT".to_owned());
    assert!(good.verify(&by(&typed), NOW).is_err());
    let token = by(&good);
    let rest = token.split_once('.').unwrap().1;
    for header in [json!({ "alg": "none", "typ": "at+jwt" }), json!({ "alg": "HS256", "typ": "at+jwt" })] {
        let forged = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header.to_string()));
        assert!(good.verify(&forged, NOW).is_err(), "{header}");
    }
    let unsigned = token.rsplit_once('.').unwrap().0;
    for other in ["", "a.b.c", unsigned, &format!("{unsigned}."), &"x".repeat(10_000)] {
        assert!(good.verify(other, NOW).is_err(), "{other:?}");
    }
}

#[test]
fn a_secret_signed_with_the_public_key_is_refused() {
    let signers = signers();
    let good = tokens(&signers, "i", "a");
    let (officer, session) = ids();
    let claims = Claims {
        iss: "i".to_owned(),
        aud: "a".to_owned(),
        sub: officer,
        sid: session,
        iat: NOW.unix_timestamp(),
        exp: NOW.unix_timestamp() + 600,
        jti: "x".to_owned(),
    };
    let mut header = good.header.clone();
    header.alg = Algorithm::HS256;
    let key = EncodingKey::from_secret(signers.token().public_key().as_sec1());
    let forged = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    assert!(good.verify(&forged, NOW).is_err());
}
