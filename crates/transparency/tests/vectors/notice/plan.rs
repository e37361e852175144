//! A good notice, in parts that a case can change before it is put together.

use base64::{Engine, engine::general_purpose::STANDARD};
use munadi_transparency::key::Signer;
use serde_json::{Value, json};

use crate::{
    keyring::{ISSUER, Keyring, MEMBERS, Member, id},
    raw, read,
};

/// 2026-01-31T08:05:00Z, five minutes after `sent`; the others sign after it.
pub(crate) const SIGNED: i64 = 1_769_846_700;

pub(crate) struct Plan<'a> {
    pub(crate) keyring: &'a Keyring,
    pub(crate) payload: Value,
    /// The payload's text, if it is not the canonical one.
    pub(crate) payload_text: Option<String>,
    pub(crate) signatures: Vec<Part>,
    /// What is done to the envelope after it was signed.
    pub(crate) tamper: fn(&mut Value),
    /// What is done to the envelope's text at last.
    pub(crate) write: fn(&Value) -> String,
    pub(crate) now: &'static str,
    pub(crate) directory: &'static str,
}

/// A signature that will be made.
pub(crate) struct Part {
    /// Whose key signs.
    pub(crate) signer: &'static str,
    pub(crate) header: Value,
    /// The header's text, if it is not the canonical one.
    pub(crate) header_text: Option<String>,
}

impl Part {
    pub(crate) fn new(signer: &'static str, role: &str, iat: i64) -> Self {
        let member = member(signer);
        let header = json!({
            "alg": "ES256",
            "iat": iat,
            "iss": ISSUER,
            "kid": member.kid(),
            "role": role,
            "sub": member.subject(),
            "typ": "notice+jws",
        });
        Self { signer, header, header_text: None }
    }
}

fn member(name: &str) -> &'static Member {
    MEMBERS.iter().find(|member| member.name == name).unwrap()
}

impl<'a> Plan<'a> {
    /// An alert with the three signatures that it needs.
    pub(crate) fn good(keyring: &'a Keyring) -> Self {
        Self {
            keyring,
            payload: flood(),
            payload_text: None,
            signatures: vec![
                Part::new("author", "author", SIGNED),
                Part::new("approver", "approver", SIGNED + 600),
                Part::new("department", "publisher", SIGNED + 1200),
            ],
            tamper: |_| (),
            write: raw::canonical,
            now: "2026-01-31T09:00:00Z",
            directory: "current",
        }
    }

    /// The texts of a notice in other languages.
    pub(crate) fn say(&mut self, versions: &[(&str, &str, &str, &str)]) {
        let version = |(lang, headline, body, instruction): &(&str, &str, &str, &str)| json!({"lang": lang, "headline": headline, "body": body, "instruction": instruction});
        self.payload["languages"] = versions.iter().map(version).collect();
    }

    /// Makes it an Update or a Cancel of an earlier notice.
    pub(crate) fn follow(&mut self, msg_type: &str) {
        self.payload["msg_type"] = msg_type.into();
        self.payload["seq"] = 42.into();
        self.payload["id"] = id("ntc", 2).into();
        self.payload["references"] = json!([id("ntc", 1)]);
    }

    /// Only these sign, in these roles, at the usual times.
    pub(crate) fn sign_by(&mut self, parts: &[(&'static str, &str)]) {
        let times = (SIGNED..).step_by(600);
        self.signatures = parts.iter().zip(times).map(|(&(signer, role), iat)| Part::new(signer, role, iat)).collect();
    }

    /// Adds a member to the author's header.
    pub(crate) fn head(&mut self, name: &str, value: Value) {
        self.signatures[0].header[name] = value;
    }

    /// Changes the canonical text of the payload before it is signed.
    pub(crate) fn respell(&mut self, from: &str, to: &str) {
        let text = raw::canonical(&self.payload);
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not in the payload");
        self.payload_text = Some(changed);
    }

    /// Changes the canonical text of the author's header before it is signed.
    pub(crate) fn respell_header(&mut self, from: &str, to: &str) {
        let text = raw::canonical(&self.signatures[0].header);
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not in the header");
        self.signatures[0].header_text = Some(changed);
    }

    /// A certificate of the department's key.
    pub(crate) fn certificate() -> String {
        read("keys/department-certificate.json")["x5c"][0].as_str().unwrap().to_owned()
    }

    pub(crate) fn certificate_digest() -> String {
        let der = STANDARD.decode(Self::certificate()).unwrap();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der);
        raw::base64url(digest)
    }

    /// The envelope's text.
    pub(crate) fn envelope(&self) -> String {
        let payload = self.payload_text.clone().unwrap_or_else(|| raw::canonical(&self.payload));
        let sign = |part: &Part| {
            let header = part.header_text.clone().unwrap_or_else(|| raw::canonical(&part.header));
            raw::signature(&header, &payload, self.keyring.key(part.signer))
        };
        let signatures: Vec<_> = self.signatures.iter().map(sign).collect();
        let mut envelope = json!({"payload": raw::base64url(&payload), "signatures": signatures});
        (self.tamper)(&mut envelope);
        (self.write)(&envelope)
    }

    /// The thumbprint of the author's key, for headers that bring keys of their own.
    pub(crate) fn stranger_jwk(&self) -> Value {
        serde_json::to_value(self.keyring.key("stranger").public_key()).unwrap()
    }
}

fn flood() -> Value {
    json!({
        "id": id("ntc", 1),
        "seq": 41,
        "department": id("dep", 1),
        "status": "Actual",
        "msg_type": "Alert",
        "references": [],
        "category": "Met",
        "severity": "Severe",
        "urgency": "Expected",
        "certainty": "Likely",
        "topic": "flood",
        "area": {
            "description": "Low-lying parts of Gorakhpur district",
            "districts": [168],
            "pins": ["273001", "273015"],
            "polygons": [[
                ["26.70000", "83.30000"], ["26.70000", "83.50000"], ["26.90000", "83.50000"], ["26.90000", "83.30000"],
                ["26.70000", "83.30000"],
            ]],
        },
        "sent": "2026-01-31T08:00:00Z",
        "effective": "2026-01-31T08:00:00Z",
        "expires": "2026-01-31T20:00:00Z",
        "languages": [{
            "lang": "en-IN",
            "headline": "Flood warning for the Rapti at Gorakhpur",
            "body": "The Rapti is expected to cross the danger level at Birdghat tonight.",
            "instruction": "Leave low-lying places before dark. Do not walk or drive through moving water.",
        }],
        "links": [{"href": "https://munadi.example/n/41", "title": "Water levels"}],
        "attachments": [{
            "name": "map.png",
            "type": "image/png",
            "size": 48_213,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        }],
    })
}
