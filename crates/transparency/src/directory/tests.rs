use serde_json::{Value, json};
use time::{Duration, macros::datetime};

use super::*;
use crate::key::LocalKey;

fn key(kid: &str) -> LocalKey {
    LocalKey::generate(kid.parse().unwrap()).unwrap()
}

fn entry(signer: &LocalKey) -> DirectoryKey {
    DirectoryKey {
        kid: signer.kid().clone(),
        jwk: signer.public_key().clone(),
        subject: "ofc_1".to_owned(),
        kind: KeyKind::Officer,
        department: "dep_1".to_owned(),
        roles: vec![Role::Author],
        nbf: datetime!(2026-01-01 0:00 UTC),
        exp: datetime!(2027-01-01 0:00 UTC),
        revoked_at: None,
        revoked_reason: None,
    }
}

fn edition(keys: Vec<DirectoryKey>) -> Edition {
    let issued = datetime!(2026-01-31 08:00 UTC);
    Edition { number: 1, issued, issuer: "https://munadi.example".to_owned(), keys }
}

fn directory(edition: &Edition, root: &LocalKey) -> KeyDirectory {
    let jws = KeyDirectory::sign(edition, root).unwrap();
    KeyDirectory::verify(jws.as_bytes(), root.public_key()).unwrap()
}

#[test]
fn a_directory_is_what_the_root_signed() {
    let (root, one, two) = (key("root"), key("key_1"), key("key_2"));
    let revoked = DirectoryKey {
        revoked_at: Some(datetime!(2026-01-15 0:00 UTC)),
        revoked_reason: Some("lost".to_owned()),
        ..entry(&two)
    };
    let edition = edition(vec![entry(&one), revoked]);
    let jws = KeyDirectory::sign(&edition, &root).unwrap();
    let read = KeyDirectory::verify(jws.as_bytes(), root.public_key()).unwrap();
    assert_eq!(*read.edition(), edition);
    assert_eq!(read.find(two.kid()).unwrap().subject, "ofc_1");
    assert!(read.find(root.kid()).is_none());
    assert!(matches!(KeyDirectory::verify(jws.as_bytes(), one.public_key()), Err(DirectoryError::Signature)));
}

#[test]
fn a_changed_byte_is_noticed() {
    let root = key("root");
    let jws = KeyDirectory::sign(&edition(vec![entry(&key("key_1"))]), &root).unwrap();
    for (at, byte) in jws.bytes().enumerate() {
        let mut changed = jws.clone().into_bytes();
        changed[at] = if byte == b'A' { b'B' } else { b'A' };
        assert!(KeyDirectory::verify(&changed, root.public_key()).is_err(), "byte {at}");
    }
}

fn signed_as(protected: &Value, payload: &str, root: &LocalKey) -> Vec<u8> {
    let protected = CanonicalJson::from_value(protected).unwrap().as_bytes().to_vec();
    let payload = payload.as_bytes().to_vec();
    let signature = root.sign(&jws_input(&protected, &payload)).unwrap().to_vec();
    serde_json::to_vec(&Flattened { payload, protected, signature }).unwrap()
}

#[test]
fn only_a_directory_is_a_directory() {
    let root = key("root");
    let header = json!({"alg": "ES256", "kid": "root", "typ": TYPE});
    let good = CanonicalJson::from_serialize(&edition(vec![])).unwrap().to_string();
    let verify = |header: &Value, payload: &str| {
        KeyDirectory::verify(&signed_as(header, payload, &root), root.public_key()).map(|_| ())
    };
    assert!(verify(&header, &good).is_ok());
    let notice = json!({"alg": "ES256", "kid": "root", "typ": "notice+jws"});
    assert!(matches!(verify(&notice, &good), Err(DirectoryError::Header(HeaderError::Type(_)))));
    let jwk = json!({"alg": "ES256", "kid": "root", "typ": TYPE, "jwk": {}});
    assert!(matches!(verify(&jwk, &good), Err(DirectoryError::Header(HeaderError::Member(_)))));
    let spaced = good.replace(':', ": ");
    assert!(matches!(verify(&header, &spaced), Err(DirectoryError::NotCanonical(_))));
    for (from, to) in [
        ("2026-01-31T08:00:00Z", "2026-01-31T13:30:00+05:30"),
        ("\"keys\":[]", "\"keys\":[],\"more\":1"),
        ("https://munadi.example", ""),
    ] {
        let bad = good.replace(from, to);
        assert!(matches!(verify(&header, &bad), Err(DirectoryError::Payload(_))), "{bad}");
    }
}

#[test]
fn keys_must_not_contradict_themselves_or_each_other() {
    let (root, one, two) = (key("root"), key("key_1"), key("key_2"));
    let good = entry(&one);
    let with = |change: fn(&mut DirectoryKey)| {
        let mut changed = good.clone();
        change(&mut changed);
        KeyDirectory::sign(&edition(vec![changed]), &root)
    };
    assert!(with(|_| ()).is_ok());
    let bad = [
        with(|key| key.subject = String::new()),
        with(|key| key.department = "dep 1".to_owned()),
        with(|key| key.subject = "dep_1".to_owned()),
        with(|key| key.kind = KeyKind::Department),
        with(|key| key.roles = vec![]),
        with(|key| key.roles = vec![Role::Author, Role::Author]),
        with(|key| key.roles = vec![Role::Author, Role::Publisher]),
        with(|key| key.exp = key.nbf),
        with(|key| key.revoked_reason = Some("why".to_owned())),
        KeyDirectory::sign(&edition(vec![good.clone(), good.clone()]), &root),
        KeyDirectory::sign(
            &edition(vec![good.clone(), DirectoryKey { kid: two.kid().clone(), ..good.clone() }]),
            &root,
        ),
        KeyDirectory::sign(&edition(vec![good.clone(), DirectoryKey { kid: good.kid.clone(), ..entry(&two) }]), &root),
    ];
    for (index, refused) in bad.into_iter().enumerate() {
        assert!(matches!(refused, Err(DirectoryError::Key { .. })), "case {index}: {refused:?}");
    }
}

type Change<'a> = &'a dyn Fn(&mut Edition);

#[test]
fn a_successor_keeps_what_was_said() {
    let (root, one, two) = (key("root"), key("key_1"), key("key_2"));
    let first = edition(vec![DirectoryKey { revoked_at: Some(datetime!(2026-01-20 0:00 UTC)), ..entry(&one) }]);
    let previous = directory(&first, &root);
    let successor = |change: Change<'_>| {
        let mut next = Edition { number: 2, ..first.clone() };
        change(&mut next);
        directory(&next, &root).verify_successor(&previous)
    };
    assert!(previous.verify_successor(&previous).is_ok());
    assert!(successor(&|_| ()).is_ok());
    assert!(successor(&|next| next.keys.push(entry(&two))).is_ok());
    assert!(successor(&|next| next.keys[0].roles.push(Role::Approver)).is_ok());
    assert!(successor(&|next| next.keys[0].revoked_at = Some(datetime!(2026-01-10 0:00 UTC))).is_ok());

    let refused: [(&str, Change<'_>); 12] = [
        ("it is older", &|next| next.number = 0),
        ("same number", &|next| {
            next.number = 1;
            next.keys.push(entry(&two));
        }),
        ("another deployment", &|next| next.issuer.push('x')),
        ("issued earlier", &|next| next.issued -= Duration::SECOND),
        ("has vanished", &|next| next.keys.clear()),
        ("another key", &|next| next.keys[0].jwk = two.public_key().clone()),
        ("somebody else", &|next| next.keys[0].subject = "ofc_2".to_owned()),
        ("another department", &|next| next.keys[0].department = "dep_2".to_owned()),
        ("another time", &|next| next.keys[0].nbf += Duration::SECOND),
        ("lost a role", &|next| next.keys[0].roles = vec![Role::Approver]),
        ("taken back", &|next| next.keys[0].revoked_at = None),
        ("taken back", &|next| next.keys[0].revoked_at = Some(datetime!(2026-01-21 0:00 UTC))),
    ];
    for (reason, change) in refused {
        let error = successor(change).unwrap_err().to_string();
        assert!(error.contains(reason), "expected “{reason}”: {error}");
    }
}

#[test]
fn a_directory_has_a_limit() {
    let root = key("root");
    let large = vec![b' '; MAX_BYTES + 1];
    assert!(matches!(KeyDirectory::verify(&large, root.public_key()), Err(DirectoryError::TooLarge)));
}

#[test]
fn a_pin_is_a_key_or_its_thumbprint() {
    let (root, other) = (key("root"), key("other"));
    let by_key: RootPin = root.public_key().to_jwk().parse().unwrap();
    let by_thumbprint: RootPin = root.public_key().thumbprint().to_string().parse().unwrap();
    assert_eq!(by_key.key(), Some(root.public_key()));
    assert_eq!(by_thumbprint.key(), None);
    for pin in [by_key, by_thumbprint] {
        assert!(pin.admits(root.public_key()));
        assert!(!pin.admits(other.public_key()));
        assert_eq!(pin.to_string().parse(), Ok(pin));
    }
    assert!("no pin".parse::<RootPin>().is_err());
}
