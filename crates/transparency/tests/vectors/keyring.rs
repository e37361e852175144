//! Who appears in the vectors: the test keys, and the directory that lists them.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use munadi_transparency::key::{Kid, LocalKey, PublicKey, Signer};
use serde_json::{Value, json};

use crate::{raw, read, updating, write};

pub(crate) const ISSUER: &str = "https://munadi.example";
const KEYS: &str = "keys/test-keys.json";

/// An id of the form that Munadi's ids have.
pub(crate) fn id(prefix: &str, number: u32) -> String {
    format!("{prefix}_01kb{number:022}")
}

/// A key of the vectors. Without a subject it is not in the directory.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    number: u32,
    subject: Option<(&'static str, u32)>,
    department: u32,
    roles: &'static [&'static str],
    nbf: &'static str,
    exp: &'static str,
    revoked_at: Option<&'static str>,
}

const MEMBER: Member = Member {
    name: "",
    number: 0,
    subject: None,
    department: 1,
    roles: &[],
    nbf: "2025-07-01T00:00:00Z",
    exp: "2027-07-01T00:00:00Z",
    revoked_at: None,
};

const fn officer(name: &'static str, number: u32, roles: &'static [&'static str]) -> Member {
    Member { name, number, subject: Some(("ofc", number)), roles, ..MEMBER }
}

const fn department(name: &'static str, number: u32, department: u32) -> Member {
    Member { name, number, subject: Some(("dep", department)), department, roles: &["publisher"], ..MEMBER }
}

pub(crate) const MEMBERS: &[Member] = &[
    Member { name: "root", number: 1, ..MEMBER },
    Member { name: "other-root", number: 2, ..MEMBER },
    Member { name: "stranger", number: 3, ..MEMBER },
    department("department", 10, 1),
    department("department-second-key", 11, 1),
    department("other-department", 12, 2),
    officer("author", 20, &["author"]),
    officer("approver", 21, &["approver"]),
    officer("second-approver", 22, &["approver"]),
    officer("author-and-approver", 23, &["author", "approver"]),
    Member { subject: Some(("ofc", 20)), ..officer("authors-second-key", 24, &["approver"]) },
    Member { exp: "2026-01-01T00:00:00Z", ..officer("expired", 25, &["author"]) },
    Member { revoked_at: Some("2026-01-15T00:00:00Z"), ..officer("revoked", 26, &["approver"]) },
    Member { nbf: "2026-03-01T00:00:00Z", ..officer("not-yet-valid", 27, &["approver"]) },
    Member { exp: "2026-01-31T08:45:00Z", ..officer("expired-since", 28, &["author"]) },
    Member { revoked_at: Some("2026-01-31T08:45:00Z"), ..officer("revoked-since", 29, &["approver"]) },
    Member { department: 2, ..officer("other-departments-approver", 30, &["approver"]) },
];

impl Member {
    pub(crate) fn kid(&self) -> String {
        id("key", self.number)
    }

    pub(crate) fn subject(&self) -> String {
        let (prefix, number) = self.subject.unwrap_or(("ofc", self.number));
        id(prefix, number)
    }

    fn entry(&self, key: &PublicKey) -> Option<Value> {
        let (prefix, _) = self.subject?;
        let mut entry = json!({
            "kid": self.kid(),
            "jwk": key,
            "subject": self.subject(),
            "kind": if prefix == "dep" { "department" } else { "officer" },
            "department": id("dep", self.department),
            "roles": self.roles,
            "nbf": self.nbf,
            "exp": self.exp,
        });
        if let Some(at) = self.revoked_at {
            entry["revoked_at"] = at.into();
            entry["revoked_reason"] = "the officer's computer was stolen".into();
        }
        Some(entry)
    }
}

/// The keys, by name.
pub(crate) struct Keyring(BTreeMap<&'static str, LocalKey>);

impl Keyring {
    /// Reads the keys; makes those that are missing if vectors may be written.
    pub(crate) fn load() -> Self {
        let mut file = if crate::path(KEYS).exists() { read(KEYS) } else { json!({"keys": {}}) };
        let missing = MEMBERS.iter().any(|member| file["keys"].get(member.name).is_none());
        if missing && updating() {
            file = complete(&file);
            write(KEYS, &file);
        }
        Self(MEMBERS.iter().map(|member| (member.name, read_key(member, &file["keys"][member.name]))).collect())
    }

    pub(crate) fn key(&self, name: &str) -> &LocalKey {
        self.0.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// What the directory of the notices' vectors says.
    pub(crate) fn edition(&self) -> Value {
        let entries = MEMBERS.iter().filter_map(|member| member.entry(self.key(member.name).public_key()));
        let keys: Vec<_> = entries.collect();
        json!({"edition": 7, "issued": "2026-01-31T08:50:00Z", "issuer": ISSUER, "keys": keys})
    }
}

fn complete(file: &Value) -> Value {
    let mut keys = json!({});
    for member in MEMBERS {
        let made = || {
            let key = LocalKey::generate(kid(member)).unwrap();
            let pkcs8 = STANDARD.encode(key.to_pkcs8().unwrap().as_slice());
            json!({"kid": member.kid(), "jwk": key.public_key(), "pkcs8": pkcs8})
        };
        keys[member.name] = file["keys"].get(member.name).cloned().unwrap_or_else(made);
    }
    json!({
        "warning": "TEST KEYS. Everybody has the private halves. They must never be in the key directory of a real deployment.",
        "keys": keys,
    })
}

fn kid(member: &Member) -> Kid {
    member.kid().parse().unwrap()
}

fn read_key(member: &Member, entry: &Value) -> LocalKey {
    let pkcs8 = STANDARD.decode(entry["pkcs8"].as_str().unwrap()).unwrap();
    let key = LocalKey::from_pkcs8(kid(member), &pkcs8).unwrap();
    assert_eq!(entry["kid"], member.kid());
    assert_eq!(entry["jwk"], serde_json::to_value(key.public_key()).unwrap());
    key
}

/// The header of a directory's signature.
pub(crate) fn directory_header() -> Value {
    json!({"alg": "ES256", "kid": id("key", 1), "typ": "munadi-keys+jws"})
}

/// The current directory, signed by the key of that name.
pub(crate) fn signed_directory(keyring: &Keyring, root: &str) -> String {
    raw::directory(&directory_header(), &raw::canonical(&keyring.edition()), keyring.key(root))
}
