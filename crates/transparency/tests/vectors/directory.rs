//! `directory/`: whether a client that has seen one edition of the key directory may take the next.

use munadi_transparency::{
    directory::KeyDirectory,
    key::{PublicKey, Signer},
};
use serde_json::{Value, json};

use crate::{
    keyring::{Keyring, directory_header},
    names, raw, read, text, updating, write,
};

/// What a case changes in the next edition before it is signed, and who signs it under which header.
struct Next {
    edition: Value,
    header: Value,
    signer: &'static str,
    spaced: bool,
}

struct Case {
    name: &'static str,
    about: &'static str,
    accepted: bool,
    change: fn(&mut Next, &Keyring),
}

const fn good(name: &'static str, about: &'static str, change: fn(&mut Next, &Keyring)) -> Case {
    Case { name, about, accepted: true, change }
}

const fn bad(name: &'static str, about: &'static str, change: fn(&mut Next, &Keyring)) -> Case {
    Case { name, about, accepted: false, change }
}

const CASES: &[Case] = &[
    good("next", "The next edition, with nothing but a new number.", |_, _| ()),
    good("gap", "Editions that a client has not seen may lie between.", |next, _| next.edition["edition"] = 99.into()),
    good("key-added", "A new key.", |next, keyring| {
        let added = keyring.edition()["keys"][4].clone();
        next.edition["keys"].as_array_mut().unwrap().push(added);
    }),
    good("key-revoked", "A key is revoked, from a time before the edition.", |next, _| {
        next.edition["keys"][0]["revoked_at"] = "2026-01-02T00:00:00Z".into();
        next.edition["keys"][0]["revoked_reason"] = "lost".into();
    }),
    good("revoked-earlier", "A revocation turns out to reach further back.", |next, _| {
        next.edition["keys"][1]["revoked_at"] = "2026-01-01T00:00:00Z".into();
    }),
    good("role-added", "An officer may approve now, too.", |next, _| {
        next.edition["keys"][2]["roles"] = json!(["author", "approver"]);
    }),
    bad("older", "An older edition: a rollback behind a revocation.", |next, _| next.edition["edition"] = 6.into()),
    bad("same-number", "The same number, but other content.", |next, _| next.edition["edition"] = 7.into()),
    bad("issued-earlier", "A higher number, but issued earlier.", |next, _| {
        next.edition["issued"] = "2026-01-01T00:00:00Z".into();
    }),
    bad("other-issuer", "Another deployment's.", |next, _| next.edition["issuer"] = "https://other.example".into()),
    bad("key-vanished", "A key is gone.", |next, _| {
        next.edition["keys"].as_array_mut().unwrap().remove(0);
    }),
    bad("key-replaced", "Another key under the same name.", |next, keyring| {
        next.edition["keys"][0]["jwk"] = serde_json::to_value(keyring.key("stranger").public_key()).unwrap();
    }),
    bad("other-subject", "A key belongs to somebody else.", |next, _| {
        next.edition["keys"][2]["subject"] = "ofc_01kb0000000000000000000099".into();
    }),
    bad("other-department", "A key belongs to another department.", |next, _| {
        next.edition["keys"][2]["department"] = "dep_01kb0000000000000000000099".into();
    }),
    bad("other-begin", "A key begins earlier than it did.", |next, _| {
        next.edition["keys"][2]["nbf"] = "2020-01-01T00:00:00Z".into();
    }),
    bad("role-taken", "A key lost a role, which would void what it signed.", |next, _| {
        next.edition["keys"][2]["roles"] = json!(["approver"]);
    }),
    bad("revocation-taken-back", "A revoked key is good again.", |next, _| {
        next.edition["keys"][1].as_object_mut().unwrap().retain(|name, _| !name.starts_with("revoked"));
    }),
    bad("revocation-later", "A revoked key was good for longer than it was said.", |next, _| {
        next.edition["keys"][1]["revoked_at"] = "2026-01-30T00:00:00Z".into();
    }),
    bad("same-key-twice", "One key under two names: it could sign twice.", |next, _| {
        let mut twice = next.edition["keys"][0].clone();
        twice["kid"] = "key_01kb0000000000000000000099".into();
        next.edition["keys"].as_array_mut().unwrap().push(twice);
    }),
    bad("same-name-twice", "Two keys under one name.", |next, keyring| {
        let mut twice = next.edition["keys"][0].clone();
        twice["jwk"] = serde_json::to_value(keyring.key("stranger").public_key()).unwrap();
        next.edition["keys"].as_array_mut().unwrap().push(twice);
    }),
    bad("officer-publishes", "An officer's key with the department's role.", |next, _| {
        next.edition["keys"][2]["roles"] = json!(["author", "publisher"]);
    }),
    bad("private-key", "A JWK with a member of a private key.", |next, _| {
        next.edition["keys"][0]["jwk"]["d"] = "AAAA".into();
    }),
    bad("point-not-on-curve", "A JWK whose coordinates are no point of P-256.", |next, _| {
        let x = next.edition["keys"][0]["jwk"]["x"].clone();
        next.edition["keys"][0]["jwk"]["y"] = x;
    }),
    bad("local-time", "A time that is not written in UTC.", |next, _| {
        next.edition["issued"] = "2026-02-01T13:30:00+05:30".into();
    }),
    bad("unknown-member", "A member that a directory does not have.", |next, _| next.edition["more"] = true.into()),
    bad("not-canonical", "White space in the payload.", |next, _| next.spaced = true),
    bad("other-root", "Signed by another root key.", |next, _| next.signer = "other-root"),
    bad("officer-signs", "Signed by a key of the directory.", |next, _| next.signer = "author"),
    bad("typ-of-a-notice", "Signed by the root key, but as a notice.", |next, _| {
        next.header["typ"] = "notice+jws".into();
    }),
    bad("jwk-in-header", "The header brings its own key.", |next, keyring| {
        next.header["jwk"] = serde_json::to_value(keyring.key("root").public_key()).unwrap();
    }),
];

/// Edition 7: a department, a revoked approver and an author.
fn previous(keyring: &Keyring) -> Value {
    let mut edition = keyring.edition();
    let all = edition["keys"].clone();
    let pick = |kid: &str| all.as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap().clone();
    let kids = ["key_01kb0000000000000000000010", "key_01kb0000000000000000000026", "key_01kb0000000000000000000020"];
    edition["keys"] = kids.map(pick).to_vec().into();
    edition
}

fn vector(case: &Case, keyring: &Keyring) -> Value {
    let previous = previous(keyring);
    let mut edition = previous.clone();
    edition["edition"] = 8.into();
    edition["issued"] = "2026-02-01T08:00:00Z".into();
    let mut next = Next { edition, header: directory_header(), signer: "root", spaced: false };
    (case.change)(&mut next, keyring);
    let payload = if next.spaced { format!("{:#}", next.edition) } else { raw::canonical(&next.edition) };
    json!({
        "name": case.name,
        "description": case.about,
        "root": keyring.key("root").public_key(),
        "previous": raw::directory(&directory_header(), &raw::canonical(&previous), keyring.key("root")),
        "next": raw::directory(&next.header, &payload, keyring.key(next.signer)),
        "expected": if case.accepted { "accepted" } else { "refused" },
    })
}

fn accepts(vector: &Value) -> bool {
    let root: PublicKey = serde_json::from_value(vector["root"].clone()).unwrap();
    let previous = KeyDirectory::verify(text(vector, "previous").as_bytes(), &root).unwrap();
    let next = KeyDirectory::verify(text(vector, "next").as_bytes(), &root);
    next.is_ok_and(|next| next.verify_successor(&previous).is_ok())
}

#[test]
fn editions_are_accepted_and_refused_as_the_vectors_say() {
    if updating() {
        let keyring = Keyring::load();
        for case in CASES {
            write(&format!("directory/{}.json", case.name), &vector(case, &keyring));
        }
    }
    assert_eq!(names("directory"), CASES.iter().map(|case| case.name.to_owned()).collect());
    for case in CASES {
        let vector = read(&format!("directory/{}.json", case.name));
        assert_eq!(text(&vector, "expected") == "accepted", case.accepted, "{}", case.name);
        assert_eq!(accepts(&vector), case.accepted, "{}: {}", case.name, case.about);
    }
}
