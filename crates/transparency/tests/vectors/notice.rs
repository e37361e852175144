//! `notice/`: whether a signed notice is official.

mod bad;
mod good;
mod plan;

use munadi_transparency::{
    key::{PublicKey, Signer},
    verdict::Verdict,
    verify::verify_from_root,
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use self::plan::Plan;
use crate::{
    keyring::{Keyring, signed_directory},
    names, path, read, text, updating, write,
};

/// A vector before it is made: what is changed in a good notice, and what a verifier must answer.
struct Case {
    name: &'static str,
    about: &'static str,
    /// The verdict, and the reason unless it is official.
    expected: (&'static str, Option<&'static str>),
    change: fn(&mut Plan),
}

const fn official(name: &'static str, about: &'static str, change: fn(&mut Plan)) -> Case {
    Case { name, about, expected: ("official", None), change }
}

const fn expired(name: &'static str, about: &'static str, change: fn(&mut Plan)) -> Case {
    Case { name, about, expected: ("over", Some("expired")), change }
}

const fn bad(name: &'static str, reason: &'static str, about: &'static str, change: fn(&mut Plan)) -> Case {
    Case { name, about, expected: ("not_official", Some(reason)), change }
}

fn cases() -> impl Iterator<Item = &'static Case> {
    [good::CASES, bad::ENVELOPE, bad::PAYLOAD, bad::HEADER, bad::KEYS, bad::ROLES, bad::DIRECTORY].into_iter().flatten()
}

fn vector(case: &Case, keyring: &Keyring) -> Value {
    let mut plan = Plan::good(keyring);
    (case.change)(&mut plan);
    let (verdict, reason) = case.expected;
    let mut expected = json!({"verdict": verdict});
    if let Some(reason) = reason {
        expected["reason"] = reason.into();
    }
    json!({
        "name": case.name,
        "description": case.about,
        "root": keyring.key("root").public_key(),
        "directory": format!("../directories/{}.json", plan.directory),
        "now": plan.now,
        "envelope": plan.envelope(),
        "expected": expected,
    })
}

fn verdict(vector: &Value) -> Verdict {
    let root: PublicKey = serde_json::from_value(vector["root"].clone()).unwrap();
    let directory = std::fs::read(path("notice").join(text(vector, "directory"))).unwrap();
    let now = OffsetDateTime::parse(text(vector, "now"), &Rfc3339).unwrap();
    verify_from_root(text(vector, "envelope").as_bytes(), &directory, &root, now)
}

fn update() {
    let keyring = Keyring::load();
    for (file, root) in [("current", "root"), ("other-root", "other-root")] {
        let directory: Value = serde_json::from_str(&signed_directory(&keyring, root)).unwrap();
        write(&format!("directories/{file}.json"), &directory);
    }
    let mut changed: Value = serde_json::from_str(&signed_directory(&keyring, "root")).unwrap();
    let payload = String::from_utf8(crate::raw::from_base64url(text(&changed, "payload"))).unwrap();
    changed["payload"] = crate::raw::base64url(payload.replace("\"author\"", "\"approver\"")).into();
    write("directories/changed.json", &changed);
    for case in cases() {
        write(&format!("notice/{}.json", case.name), &vector(case, &keyring));
    }
}

#[test]
fn notices_are_judged_as_the_vectors_say() {
    if updating() {
        update();
    }
    assert_eq!(names("notice"), cases().map(|case| case.name.to_owned()).collect());
    let mut wrong = Vec::new();
    for case in cases() {
        let vector = read(&format!("notice/{}.json", case.name));
        let (expected, reason) = case.expected;
        assert_eq!((text(&vector["expected"], "verdict"), vector["expected"]["reason"].as_str()), (expected, reason));
        let verdict = verdict(&vector);
        if (verdict.code(), verdict.reason_code()) != case.expected {
            wrong.push(format!("{}: expected {expected} {reason:?}: {verdict}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever writes another verifier must find each reason in the vectors.
#[test]
fn every_reason_has_a_vector() {
    let tested: std::collections::BTreeSet<_> = cases().filter_map(|case| case.expected.1).collect();
    let all = [
        "algorithm",
        "department",
        "directory",
        "expired",
        "header",
        "header_member",
        "header_not_canonical",
        "issuer",
        "key_expired",
        "key_not_yet_valid",
        "key_revoked",
        "malformed",
        "no_approver",
        "no_author",
        "one_approver",
        "payload",
        "payload_not_canonical",
        "publisher",
        "role",
        "same_key",
        "same_officer",
        "signature",
        "signed_in_future",
        "signed_too_early",
        "subject",
        "type",
        "unknown_key",
    ];
    assert_eq!(tested, all.into_iter().collect());
}

/// What a person reads, for one notice of each kind.
#[test]
fn verdicts_are_said_in_plain_words() {
    let said = |name: &str| verdict(&read(&format!("notice/{name}.json"))).to_string();
    let department = "dep_01kb0000000000000000000001";
    assert_eq!(said("alert"), format!("Official: signed by its author, an approver and the department {department}."));
    assert_eq!(
        said("exercise"),
        format!(
            "An official exercise, not a real event: signed by its author, an approver and the department {department}."
        )
    );
    assert_eq!(said("cancel"), format!("Official: signed by its author and the department {department}."));
    assert_eq!(
        said("expired"),
        format!(
            "Expired: it applied until 2026-01-31T20:00:00Z. It was signed by its author, an approver and the department {department}."
        )
    );
    assert_eq!(
        said("payload-changed"),
        "Not official: the signature by the key key_01kb0000000000000000000020 is wrong: the notice was changed, or somebody else signed it."
    );
    assert_eq!(said("no-approver"), "Not official: no approver signed it.");
}
