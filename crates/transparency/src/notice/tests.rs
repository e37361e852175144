use proptest::prelude::*;
use serde_json::json;
use time::macros::datetime;

use super::*;
use crate::key::LocalKey;

fn signer() -> LocalKey {
    LocalKey::generate("key_1".parse().unwrap()).unwrap()
}

fn header() -> ProtectedHeader {
    ProtectedHeader {
        kid: "key_1".parse().unwrap(),
        role: Role::Author,
        sub: "ofc_1".to_owned(),
        iat: datetime!(2026-01-31 08:00 UTC),
        iss: "https://munadi.example".to_owned(),
        certificates: None,
    }
}

fn payload() -> CanonicalJson {
    CanonicalJson::from_value(&json!({"id": "ntc_1"})).unwrap()
}

fn envelope() -> Envelope {
    let mut envelope = Envelope::new(&payload());
    envelope.push(sign(&header(), &payload(), &signer()).unwrap()).unwrap();
    envelope
}

#[test]
fn the_signing_input_is_that_of_rfc_7515() {
    let (protected, input) = signing_input(&header(), &payload()).unwrap();
    let text = encoding::from_base64url(&protected).unwrap();
    let expected = concat!(
        r#"{"alg":"ES256","iat":1769846400,"iss":"https://munadi.example","kid":"key_1","#,
        r#""role":"author","sub":"ofc_1","typ":"notice+jws"}"#
    );
    assert_eq!(String::from_utf8(text).unwrap(), expected);
    let payload = encoding::to_base64url(br#"{"id":"ntc_1"}"#);
    assert_eq!(input, format!("{protected}.{payload}").into_bytes());
}

#[test]
fn what_is_signed_verifies_and_reads_back() {
    let key = signer();
    let signature = sign(&header(), &payload(), &key).unwrap();
    assert_eq!(key.public_key().verify(&signature.input(&payload()), signature.as_bytes()), Ok(()));
    assert_eq!(signature.header(), Ok(header()));
}

#[test]
fn a_header_that_names_another_key_is_not_signed() {
    let other = ProtectedHeader { kid: "key_2".parse().unwrap(), ..header() };
    assert!(matches!(sign(&other, &payload(), &signer()), Err(SignError::OtherKey { .. })));
}

#[test]
fn an_envelope_survives_its_json() {
    let envelope = envelope();
    let json = envelope.to_json();
    assert_eq!(Envelope::parse(json.as_bytes()), Ok(envelope.clone()));
    assert_eq!(CanonicalJson::verify_within(json.as_bytes(), MAX_ENVELOPE_BYTES).unwrap().as_str(), json);
    let pretty = serde_json::to_vec_pretty(&envelope).unwrap();
    assert_eq!(Envelope::parse(&pretty), Ok(envelope));
}

#[test]
fn a_compact_jws_has_one_signature() {
    let envelope = envelope();
    let compact = envelope.compact(0).unwrap();
    let parts: Vec<_> = compact.split('.').collect();
    assert_eq!(parts[0], envelope.signatures()[0].protected());
    assert_eq!(encoding::from_base64url(parts[1]).unwrap(), payload().as_bytes());
    assert_eq!(encoding::from_base64url(parts[2]).unwrap(), envelope.signatures()[0].as_bytes());
    assert_eq!(envelope.compact(1), None);
}

#[test]
fn anything_but_the_two_members_is_refused() {
    let good = envelope().to_json();
    for bad in [
        good.replacen('{', r#"{"header":{},"#, 1),
        good.replace(r#"{"protected""#, r#"{"header":{"kid":"x"},"protected""#),
        good.replacen('{', r#"{"payload":"e30","#, 1),
        good.replace(r#""payload":""#, r#""payload":"=="#),
        good.replace(r#""payload""#, r#""payloads""#),
        good.replace(r#""signature":""#, r#""signature":"+"#),
        format!("{good}{good}"),
        "[]".to_owned(),
        String::new(),
    ] {
        assert!(matches!(Envelope::parse(bad.as_bytes()), Err(EnvelopeError::Syntax(_))), "{bad}");
    }
}

#[test]
fn counts_and_sizes_are_limited() {
    let with = |count: usize| {
        let signature = envelope().signatures()[0].clone();
        let unsigned = Envelope::new(&payload());
        Envelope { signatures: vec![signature; count], ..unsigned }
    };
    assert!(Envelope::parse(with(MAX_SIGNATURES).to_json().as_bytes()).is_ok());
    for count in [0, MAX_SIGNATURES + 1] {
        assert_eq!(Envelope::parse(with(count).to_json().as_bytes()), Err(EnvelopeError::Signatures(count)));
    }
    let one_more = envelope().signatures()[0].clone();
    assert_eq!(with(MAX_SIGNATURES).push(one_more), Err(EnvelopeError::Signatures(MAX_SIGNATURES + 1)));
    for large in [Signature::new(vec![b' '; MAX_HEADER_BYTES + 1], vec![]), Signature::new(vec![], vec![0; 257])] {
        assert_eq!(envelope().push(large.clone()), Err(EnvelopeError::TooLarge));
        let envelope = Envelope { payload: vec![], signatures: vec![large] };
        assert_eq!(Envelope::parse(envelope.to_json().as_bytes()), Err(EnvelopeError::TooLarge));
    }
    assert_eq!(Envelope::parse(&vec![b' '; MAX_ENVELOPE_BYTES + 1]), Err(EnvelopeError::TooLarge));
}

#[test]
fn certificates_come_with_their_digest() {
    let chain = Certificates::new(vec![b"certificate".to_vec(), b"issuer".to_vec()]);
    let header = ProtectedHeader { certificates: chain, ..header() };
    let text = header.to_canonical().unwrap().to_string();
    assert_eq!(ProtectedHeader::parse(text.as_bytes()), Ok(header));
    let digest = encoding::to_base64url(&encoding::sha256(b"certificate"));
    assert!(text.contains(&digest));
    let other = text.replace(&digest, &encoding::to_base64url(&encoding::sha256(b"issuer")));
    let without = text.replace(&format!(r#","x5t#S256":"{digest}""#), "");
    for bad in [other, without] {
        assert!(matches!(ProtectedHeader::parse(bad.as_bytes()), Err(HeaderError::Invalid(_))), "{bad}");
    }
    assert_eq!(Certificates::new(vec![]), None);
    assert_eq!(Certificates::new(vec![vec![]; 6]), None);
}

#[test]
fn a_header_is_read_strictly() {
    let good = header().to_canonical().unwrap().to_string();
    let error = |from: &str, to: &str| {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "the test must change something");
        ProtectedHeader::parse(changed.as_bytes()).unwrap_err()
    };
    assert_eq!(error("ES256", "none"), HeaderError::Algorithm("\"none\"".to_owned()));
    assert_eq!(error("ES256", "es256"), HeaderError::Algorithm("\"es256\"".to_owned()));
    assert_eq!(error(r#""alg":"ES256","#, ""), HeaderError::Algorithm("not named".to_owned()));
    assert_eq!(error("notice+jws", "JWT"), HeaderError::Type("\"JWT\"".to_owned()));
    assert_eq!(error(r#""iat""#, r#""crit":["exp"],"iat""#), HeaderError::Member("crit".to_owned()));
    assert_eq!(error(r#""kid""#, r#""jku":"https://x","kid""#), HeaderError::Member("jku".to_owned()));
    assert_eq!(error("1769846400", " 1769846400"), HeaderError::NotCanonical(CanonicalError::NotCanonical));
    assert!(matches!(error("1769846400", "1.5"), HeaderError::NotCanonical(CanonicalError::Number(_))));
    assert!(matches!(error("1769846400", "9007199254740991"), HeaderError::Invalid(_)));
    assert!(matches!(error("author", "editor"), HeaderError::Invalid(_)));
    assert!(matches!(error(r#""sub":"ofc_1","#, ""), HeaderError::Invalid(_)));
    assert!(matches!(error("key_1", ""), HeaderError::Invalid(_)));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = Envelope::parse(&bytes);
        let _ = ProtectedHeader::parse(&bytes);
    }

    #[test]
    fn any_envelope_survives_its_json(payload: Vec<u8>, protected: Vec<u8>, signature in prop::collection::vec(any::<u8>(), 0..256)) {
        let envelope = Envelope { payload, signatures: vec![Signature::new(protected, signature)] };
        prop_assert_eq!(Envelope::parse(envelope.to_json().as_bytes()), Ok(envelope));
    }
}
