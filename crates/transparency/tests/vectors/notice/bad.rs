//! Notices that are not official: each breaks one rule.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use munadi_transparency::key::Signer;
use serde_json::{Value, json};

use super::{
    Case, bad,
    plan::{Part, Plan, SIGNED},
};
use crate::{
    keyring::{Keyring, signed_directory},
    raw, text,
};

/// Flips the lowest bit of a byte of a base64url text in the envelope.
fn flip(value: &mut Value, at: usize) {
    let mut bytes = raw::from_base64url(value.as_str().unwrap());
    bytes[at] ^= 1;
    *value = raw::base64url(bytes).into();
}

/// Replaces a text in the payload or in a header after it was signed.
fn replace(value: &mut Value, from: &str, to: &str) {
    let before = String::from_utf8(raw::from_base64url(value.as_str().unwrap())).unwrap();
    let after = before.replacen(from, to, 1);
    assert_ne!(before, after);
    *value = raw::base64url(after).into();
}

fn input(envelope: &Value, index: usize) -> String {
    format!("{}.{}", text(&envelope["signatures"][index], "protected"), text(envelope, "payload"))
}

pub(crate) const ENVELOPE: &[Case] = &[
    bad("not-json", "malformed", "No JSON at all.", |plan| plan.write = |_| "notice".to_owned()),
    bad("compact", "malformed", "A compact JWS proves one signature, not a notice.", |plan| {
        plan.write = |envelope| format!("{}.{}", input(envelope, 0), text(&envelope["signatures"][0], "signature"));
    }),
    bad("flattened", "malformed", "A JWS in Flattened JSON Serialization.", |plan| {
        plan.tamper = |envelope| {
            let mut flattened = envelope["signatures"][0].clone();
            flattened["payload"] = envelope["payload"].clone();
            *envelope = flattened;
        };
    }),
    bad("directory-as-notice", "malformed", "The key directory instead of a notice.", |plan| {
        plan.write = |_| signed_directory(&Keyring::load(), "root");
    }),
    bad("no-signatures", "malformed", "Nobody signed.", |plan| plan.signatures.clear()),
    bad("nine-signatures", "malformed", "More signatures than a notice can have.", |plan| {
        plan.tamper = |envelope| {
            let one = envelope["signatures"][0].clone();
            envelope["signatures"] = vec![one; 9].into();
        };
    }),
    bad("unprotected-header", "malformed", "A signature with an unprotected header.", |plan| {
        plan.tamper = |envelope| {
            envelope["signatures"][1]["header"] = json!({"kid": "key_01kb0000000000000000000021"});
        };
    }),
    bad("unknown-member", "malformed", "A member that an envelope does not have.", |plan| {
        plan.tamper = |envelope| envelope["verified"] = true.into();
    }),
    bad("base64-padding", "malformed", "Base64 with padding.", |plan| {
        plan.tamper = |envelope| {
            let padded = format!("{}==", text(&envelope["signatures"][0], "signature"));
            envelope["signatures"][0]["signature"] = padded.into();
        };
    }),
    bad("base64-stray-bits", "malformed", "The last character of a signature has bits that mean nothing.", |plan| {
        plan.tamper = |envelope| {
            let mut changed = text(&envelope["signatures"][0], "signature").to_owned();
            // 64 bytes are 86 characters, and the last one has four bits that are 0: the next in the alphabet sets one of them.
            let next = |last: char| char::from_u32(u32::from(last) + 1).unwrap();
            let last = changed.pop().map(next).unwrap();
            changed.push(last);
            envelope["signatures"][0]["signature"] = changed.into();
        };
    }),
    bad("payload-changed", "signature", "One letter of the headline was changed after it was signed.", |plan| {
        plan.tamper = |envelope| replace(&mut envelope["payload"], "Flood warning", "Flood warming");
    }),
    bad("exercise-made-actual", "signature", "An exercise, turned into the real thing.", |plan| {
        plan.payload["status"] = "Exercise".into();
        plan.tamper = |envelope| replace(&mut envelope["payload"], "Exercise", "Actual");
    }),
    bad("expiry-changed", "signature", "Its life was made longer.", |plan| {
        plan.tamper = |envelope| replace(&mut envelope["payload"], "2026-01-31T20:00:00Z", "2026-02-28T20:00:00Z");
    }),
    bad("header-changed", "signature", "The time in a header was changed after it was signed.", |plan| {
        plan.tamper = |envelope| {
            replace(&mut envelope["signatures"][0]["protected"], &SIGNED.to_string(), &(SIGNED + 1).to_string());
        };
    }),
    bad("signature-r-flipped", "signature", "One bit of r was flipped.", |plan| {
        plan.tamper = |envelope| flip(&mut envelope["signatures"][0]["signature"], 7);
    }),
    bad("signature-s-flipped", "signature", "One bit of s was flipped, in the last signature.", |plan| {
        plan.tamper = |envelope| flip(&mut envelope["signatures"][2]["signature"], 63);
    }),
    bad("signature-zero", "signature", "r and s are 0.", |plan| {
        plan.tamper = |envelope| envelope["signatures"][0]["signature"] = raw::base64url([0; 64]).into();
    }),
    bad("signature-truncated", "signature", "One byte of a signature is missing.", |plan| {
        plan.tamper = |envelope| {
            let bytes = raw::from_base64url(text(&envelope["signatures"][0], "signature"));
            envelope["signatures"][0]["signature"] = raw::base64url(&bytes[..63]).into();
        };
    }),
    bad("signature-der", "signature", "A good signature, but as DER instead of r‖s.", |plan| {
        plan.tamper = |envelope| {
            let pkcs8 = Keyring::load().key("author").to_pkcs8().unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap();
            let der = pair.sign(&SystemRandom::new(), input(envelope, 0).as_bytes()).unwrap();
            envelope["signatures"][0]["signature"] = raw::base64url(der).into();
        };
    }),
    bad("signatures-exchanged", "signature", "Author and approver have each other's signatures.", |plan| {
        plan.tamper = |envelope| {
            let first = envelope["signatures"][0]["signature"].take();
            let second = std::mem::replace(&mut envelope["signatures"][1]["signature"], first);
            envelope["signatures"][0]["signature"] = second;
        };
    }),
    bad("signatures-of-another-notice", "signature", "All signatures are good, but for another payload.", |plan| {
        plan.tamper = |envelope| replace(&mut envelope["payload"], "\"seq\":41", "\"seq\":43");
    }),
    bad("one-bad-of-four", "signature", "Three good signatures would do, but a fourth is wrong.", |plan| {
        plan.signatures.push(Part::new("second-approver", "approver", SIGNED));
        plan.tamper = |envelope| flip(&mut envelope["signatures"][3]["signature"], 20);
    }),
];

pub(crate) const PAYLOAD: &[Case] = &[
    bad("payload-white-space", "payload_not_canonical", "A space in the payload.", |plan| {
        plan.respell("\"seq\":", "\"seq\": ");
    }),
    bad("payload-member-order", "payload_not_canonical", "The payload's members are not sorted.", |plan| {
        plan.respell("{\"area\"", "{\"zone\":1,\"area\"");
    }),
    bad(
        "payload-duplicate-member",
        "payload_not_canonical",
        "Two severities: two readers could read two notices.",
        |plan| {
            plan.respell("\"severity\":\"Severe\"", "\"severity\":\"Severe\",\"severity\":\"Minor\"");
        },
    ),
    bad("payload-needless-escape", "payload_not_canonical", "A letter written as an escape.", |plan| {
        plan.respell("Flood", "\\u0046lood");
    }),
    bad("payload-float", "payload_not_canonical", "A number with a fraction.", |plan| {
        plan.respell("\"seq\":41", "\"seq\":41.5");
    }),
    bad("payload-integral-float", "payload_not_canonical", "An integer with a fraction of zero.", |plan| {
        plan.respell("\"seq\":41", "\"seq\":41.0");
    }),
    bad("payload-exponent", "payload_not_canonical", "An integer with an exponent.", |plan| {
        plan.respell("\"seq\":41", "\"seq\":41e0");
    }),
    bad("payload-negative-zero", "payload_not_canonical", "-0.", |plan| plan.respell("\"size\":48213", "\"size\":-0")),
    bad("payload-large-integer", "payload_not_canonical", "An integer that JavaScript cannot keep.", |plan| {
        plan.respell("\"seq\":41", "\"seq\":9007199254740992");
    }),
    bad("payload-lone-surrogate", "payload_not_canonical", "Half of a surrogate pair.", |plan| {
        plan.respell("Flood", "\\ud83dlood");
    }),
    bad("payload-too-deep", "payload_not_canonical", "Arrays nested 32 deep in the payload's object.", |plan| {
        plan.respell("\"area\"", &format!("\"aa\":{}{},\"area\"", "[".repeat(32), "]".repeat(32)));
    }),
    bad("payload-too-large", "payload_not_canonical", "A payload of more than 64 KiB.", |plan| {
        plan.respell("Flood", &"F".repeat(64 * 1024));
    }),
    bad("payload-byte-order-mark", "payload_not_canonical", "A byte order mark before the payload.", |plan| {
        plan.respell("{\"area\"", "\u{feff}{\"area\"");
    }),
    bad("payload-not-json", "payload_not_canonical", "The signed payload is no JSON.", |plan| {
        plan.payload_text = Some("flood".to_owned());
    }),
    bad("payload-without-expiry", "payload", "It would never expire.", |plan| {
        plan.payload.as_object_mut().unwrap().remove("expires");
    }),
    bad("payload-unknown-status", "payload", "Neither Actual nor Exercise nor Test.", |plan| {
        plan.payload["status"] = "Live".into();
    }),
    bad("payload-local-time", "payload", "A time that is not written in UTC.", |plan| {
        plan.payload["expires"] = "2026-02-01T01:30:00+05:30".into();
    }),
    bad("payload-array", "payload", "The payload is no object.", |plan| plan.payload = json!([])),
];

pub(crate) const HEADER: &[Case] = &[
    bad("alg-none", "algorithm", "No algorithm, no signature.", |plan| {
        plan.head("alg", "none".into());
        plan.tamper = |envelope| envelope["signatures"][0]["signature"] = "".into();
    }),
    bad("alg-hs256", "algorithm", "An HMAC with the public key as its secret.", |plan| {
        plan.head("alg", "HS256".into());
        plan.tamper = |envelope| {
            let keyring = Keyring::load();
            let secret = hmac::Key::new(hmac::HMAC_SHA256, keyring.key("author").public_key().as_sec1());
            let tag = hmac::sign(&secret, input(envelope, 0).as_bytes());
            envelope["signatures"][0]["signature"] = raw::base64url(tag).into();
        };
    }),
    bad("alg-es384", "algorithm", "Another algorithm than the key's own.", |plan| plan.head("alg", "ES384".into())),
    bad("alg-lower-case", "algorithm", "The algorithm in small letters.", |plan| plan.head("alg", "es256".into())),
    bad("alg-missing", "algorithm", "No algorithm is named.", |plan| {
        plan.signatures[0].header.as_object_mut().unwrap().remove("alg");
    }),
    bad("typ-jwt", "type", "A signature that was made for a token.", |plan| plan.head("typ", "JWT".into())),
    bad("typ-directory", "type", "A signature that was made for a key directory.", |plan| {
        plan.head("typ", "munadi-keys+jws".into());
    }),
    bad("typ-missing", "type", "It is not said what the signature is for.", |plan| {
        plan.signatures[0].header.as_object_mut().unwrap().remove("typ");
    }),
    bad("jwk-in-header", "header_member", "The header brings the key of a stranger, who signed.", |plan| {
        plan.signatures[0].signer = "stranger";
        let jwk = plan.stranger_jwk();
        plan.head("jwk", jwk);
    }),
    bad("jku-in-header", "header_member", "The header names a place to fetch keys from.", |plan| {
        plan.head("jku", "https://attacker.example/keys.json".into());
    }),
    bad("x5u-in-header", "header_member", "The header names a place to fetch a certificate from.", |plan| {
        plan.head("x5u", "https://attacker.example/cert.pem".into());
    }),
    bad("crit", "header_member", "An extension that a verifier must understand, and does not.", |plan| {
        plan.head("crit", json!(["https://munadi.example/ext"]));
        plan.head("https://munadi.example/ext", true.into());
    }),
    bad("b64-false", "header_member", "An unencoded payload (RFC 7797).", |plan| {
        plan.head("b64", false.into());
        plan.head("crit", json!(["b64"]));
    }),
    bad("header-unknown-member", "header_member", "A member that a header does not have.", |plan| {
        plan.head("nonce", "1".into());
    }),
    bad("header-duplicate-member", "header_not_canonical", "Two roles in one header.", |plan| {
        plan.respell_header("\"role\":\"author\"", "\"role\":\"approver\",\"role\":\"author\"");
    }),
    bad("header-white-space", "header_not_canonical", "A space in the header.", |plan| plan.respell_header(":", ": ")),
    bad("header-float-time", "header_not_canonical", "A time with a fraction.", |plan| {
        plan.respell_header(&SIGNED.to_string(), &format!("{SIGNED}.5"));
    }),
    bad("header-without-sub", "header", "It is not said who signs.", |plan| {
        plan.signatures[0].header.as_object_mut().unwrap().remove("sub");
    }),
    bad("header-unknown-role", "header", "A role that nobody can have.", |plan| plan.head("role", "editor".into())),
    bad("header-time-as-text", "header", "The time as a text.", |plan| plan.head("iat", "2026-01-31T08:05:00Z".into())),
    bad("certificate-without-digest", "header", "x5c without x5t#S256.", |plan| {
        plan.head("x5c", json!([Plan::certificate()]));
    }),
    bad("certificate-of-another", "header", "x5t#S256 is not the digest of the certificate.", |plan| {
        plan.head("x5c", json!([Plan::certificate()]));
        plan.head("x5t#S256", raw::base64url([0; 32]).into());
    }),
    bad("other-issuer", "issuer", "Signed for another deployment.", |plan| {
        plan.head("iss", "https://other.example".into());
    }),
];

pub(crate) const KEYS: &[Case] = &[
    bad("unknown-key", "unknown_key", "A key that is not in the directory.", |plan| {
        plan.signatures[0] = Part::new("stranger", "author", SIGNED);
    }),
    bad("root-as-publisher", "unknown_key", "The root key signs directories, not notices.", |plan| {
        plan.signatures[2] = Part::new("root", "publisher", SIGNED);
    }),
    bad("key-of-another-name", "signature", "A stranger signed under the approver's key id.", |plan| {
        plan.signatures[1].signer = "stranger";
    }),
    bad("expired-key", "key_expired", "The author's key had expired.", |plan| {
        plan.signatures[0] = Part::new("expired", "author", SIGNED);
    }),
    bad("key-expires-as-it-signs", "key_expired", "The end of a key's time is exclusive.", |plan| {
        plan.signatures[0] = Part::new("expired-since", "author", SIGNED + 2400);
    }),
    bad("not-yet-valid-key", "key_not_yet_valid", "The approver's key begins later.", |plan| {
        plan.signatures[1] = Part::new("not-yet-valid", "approver", SIGNED);
    }),
    bad("revoked-key", "key_revoked", "The approver's key was revoked two weeks before.", |plan| {
        plan.signatures[1] = Part::new("revoked", "approver", SIGNED);
    }),
    bad("revoked-as-it-signs", "key_revoked", "A key is revoked from this second, inclusive.", |plan| {
        plan.signatures[1] = Part::new("revoked-since", "approver", SIGNED + 2400);
    }),
    bad("signed-in-the-future", "signed_in_future", "61 seconds ahead of the verifier's clock.", |plan| {
        plan.now = "2026-01-31T08:23:59Z";
    }),
    bad(
        "signed-too-early",
        "signed_too_early",
        "A second more than seven days before the notice was written.",
        |plan| {
            plan.signatures[0] = Part::new("author", "author", SIGNED - 301 - 7 * 86_400);
        },
    ),
];

pub(crate) const ROLES: &[Case] = &[
    bad("other-subject", "subject", "The header names another officer than the key's.", |plan| {
        plan.head("sub", "ofc_01kb0000000000000000000022".into());
    }),
    bad("other-departments-approver", "department", "The approver is from another department.", |plan| {
        plan.signatures[1] = Part::new("other-departments-approver", "approver", SIGNED);
    }),
    bad("other-department", "department", "Another department published it.", |plan| {
        plan.signatures[2] = Part::new("other-department", "publisher", SIGNED);
    }),
    bad("author-approves", "role", "An officer who may only write signed as approver.", |plan| {
        plan.sign_by(&[("author-and-approver", "author"), ("author", "approver"), ("department", "publisher")]);
    }),
    bad("officer-publishes", "role", "An officer signed in the department's place.", |plan| {
        plan.signatures[2] = Part::new("second-approver", "publisher", SIGNED);
    }),
    bad("department-writes", "role", "The server signed as author, with the department's key.", |plan| {
        plan.signatures[0] = Part::new("department", "author", SIGNED);
    }),
    bad("department-approves", "role", "The server signed as approver, with the department's second key.", |plan| {
        plan.signatures[1] = Part::new("department-second-key", "approver", SIGNED);
    }),
    bad("no-author", "no_author", "Nobody wrote it.", |plan| {
        plan.sign_by(&[("approver", "approver"), ("second-approver", "approver"), ("department", "publisher")]);
    }),
    bad("no-approver", "no_approver", "Nobody approved it.", |plan| {
        plan.sign_by(&[("author", "author"), ("department", "publisher")]);
    }),
    bad("no-approver-two-authors", "no_approver", "Two authors do not make an approver.", |plan| {
        plan.sign_by(&[("author", "author"), ("author-and-approver", "author"), ("department", "publisher")]);
    }),
    bad("update-no-approver", "no_approver", "An update needs an approver as an alert does.", |plan| {
        plan.follow("Update");
        plan.sign_by(&[("author", "author"), ("department", "publisher")]);
    }),
    bad("no-publisher", "publisher", "The department did not sign.", |plan| {
        plan.sign_by(&[("author", "author"), ("approver", "approver")]);
    }),
    bad("two-publishers", "publisher", "The department signed with two keys.", |plan| {
        plan.signatures.push(Part::new("department-second-key", "publisher", SIGNED));
    }),
    bad("extreme-one-approver", "one_approver", "An Extreme notice needs two approvers.", |plan| {
        plan.payload["severity"] = "Extreme".into();
    }),
    bad("extreme-same-approver-twice", "same_key", "The second approver of an Extreme notice is the first.", |plan| {
        plan.payload["severity"] = "Extreme".into();
        plan.signatures.push(Part::new("approver", "approver", SIGNED + 900));
    }),
    bad("same-key-twice", "same_key", "One key signed as author and as approver.", |plan| {
        plan.sign_by(&[
            ("author-and-approver", "author"),
            ("author-and-approver", "approver"),
            ("department", "publisher"),
        ]);
    }),
    bad(
        "same-officer-twice",
        "same_officer",
        "One officer signed as author and, with a second key, as approver.",
        |plan| {
            plan.signatures[1] = Part::new("authors-second-key", "approver", SIGNED);
        },
    ),
    bad("cancel-no-publisher", "publisher", "A Cancel needs the department.", |plan| {
        plan.follow("Cancel");
        plan.sign_by(&[("author", "author")]);
    }),
    bad("cancel-no-author", "no_author", "A Cancel needs an author.", |plan| {
        plan.follow("Cancel");
        plan.sign_by(&[("approver", "approver"), ("department", "publisher")]);
    }),
];

pub(crate) const DIRECTORY: &[Case] = &[
    bad("directory-of-another-root", "directory", "The directory is signed by another root key.", |plan| {
        plan.directory = "other-root";
    }),
    bad("directory-changed", "directory", "A role in the directory was changed after it was signed.", |plan| {
        plan.directory = "changed";
    }),
];
