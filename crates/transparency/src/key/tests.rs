use proptest::prelude::*;

use super::*;

/// The key of RFC 7515 appendix A.3.
const RFC_7515_A3: &str = r#"{"kty":"EC","crv":"P-256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

fn local(kid: &str) -> LocalKey {
    LocalKey::generate(kid.parse().unwrap()).unwrap()
}

#[test]
fn verifies_the_example_of_rfc_7515() {
    let key = PublicKey::from_jwk(RFC_7515_A3.as_bytes()).unwrap();
    let message = concat!(
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    );
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let mut signature = encoding::from_base64url(signature).unwrap();
    assert_eq!(key.verify(message.as_bytes(), &signature), Ok(()));
    signature[40] ^= 1;
    assert_eq!(key.verify(message.as_bytes(), &signature), Err(BadSignature));
    assert_eq!(key.verify(message.as_bytes(), &signature[..63]), Err(BadSignature));
    assert_eq!(key.verify(message.as_bytes(), &[0; 64]), Err(BadSignature));
}

#[test]
fn jwk_is_read_strictly() {
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    let key = PublicKey::from_jwk(RFC_7515_A3.as_bytes()).unwrap();
    let point = key.as_sec1();
    let jwk = |x: &str, y: &str| format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
    assert!(PublicKey::from_jwk(jwk(x, y).as_bytes()).is_ok());
    for bad in [
        jwk(y, x),
        jwk(x, x),
        jwk("", y),
        jwk(&format!("{x}="), y),
        jwk(&encoding::to_base64url(&[0; 31]), y),
        jwk(&encoding::to_base64url(&[0xff; 32]), y),
        jwk(&encoding::to_base64url(&point[1..34]), &encoding::to_base64url(&point[34..])),
        jwk(x, y).replace("P-256", "P-384"),
        jwk(x, y).replace("EC", "OKP"),
        jwk(x, y).replace('{', r#"{"d":"AAAA","#),
        jwk(x, y).replace('{', r#"{"kty":"EC","#),
        "{}".to_owned(),
    ] {
        assert!(PublicKey::from_jwk(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn compressed_and_encoded_points_are_refused() {
    let key = PublicKey::from_jwk(RFC_7515_A3.as_bytes()).unwrap();
    let point = key.as_sec1();
    assert_eq!(PublicKey::from_sec1(point), Ok(key.clone()));
    let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
    assert_eq!(PublicKey::from_sec1(&compressed), Err(KeyError::Point));
    assert_eq!(PublicKey::from_sec1(&[0]), Err(KeyError::Point));
}

#[test]
fn thumbprint_is_that_of_rfc_7638() {
    let key = PublicKey::from_jwk(RFC_7515_A3.as_bytes()).unwrap();
    let thumbprint = key.thumbprint();
    assert_eq!(thumbprint.to_string(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    assert_eq!(thumbprint.to_string().parse(), Ok(thumbprint));
    assert_eq!("short".parse::<Thumbprint>(), Err(KeyError::Thumbprint));
    let again: PublicKey = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
    assert_eq!(again, key);
}

#[test]
fn a_key_survives_its_pkcs8() {
    let key = local("key_a");
    let again = LocalKey::from_pkcs8(key.kid().clone(), &key.to_pkcs8().unwrap()).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    let signature = again.sign(b"message").unwrap();
    assert_eq!(key.public_key().verify(b"message", &signature), Ok(()));
    assert_eq!(local("key_b").public_key().verify(b"message", &signature), Err(BadSignature));
    assert!(matches!(LocalKey::from_pkcs8(key.kid().clone(), b"no key"), Err(KeyError::Pkcs8)));
}

#[test]
fn a_private_key_is_not_printed() {
    let key = local("key_a");
    let point = key.public_key().thumbprint();
    assert_eq!(format!("{key:?}"), format!("LocalKey {{ kid: Kid(\"key_a\"), public: PublicKey({point}), .. }}"));
}

#[test]
fn kid_is_short_and_plain() {
    for good in ["key_01kb0000000000000000000001", "a", "A-b_9"] {
        assert_eq!(good.parse::<Kid>().unwrap().as_str(), good);
    }
    for bad in ["", "key 1", "key/1", "../x", "कुंजी", "a\n", &"k".repeat(65)] {
        assert_eq!(bad.parse::<Kid>(), Err(KeyError::Kid), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_signature_is_for_one_message(message: Vec<u8>, other: Vec<u8>) {
        let key = local("key_a");
        let signature = key.sign(&message).unwrap();
        prop_assert_eq!(key.public_key().verify(&message, &signature), Ok(()));
        prop_assert_eq!(key.public_key().verify(&other, &signature).is_ok(), message == other);
    }
}
