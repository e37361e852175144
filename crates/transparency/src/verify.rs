//! Decides whether a notice is what it claims to be.
//!
//! The rules, in the order in which they are checked; the first that is broken is the answer:
//!
//! 1. The envelope is a JWS in General JSON Serialization without unprotected headers; the payload is canonical and has the members
//!    of [`NoticeFacts`].
//! 2. Each signature: its header is canonical and has only the allowed members, ES256 and the right `typ`; it was made for the
//!    directory's issuer with a key of the directory, and is good; the key belongs to `sub` and to the notice's department, may
//!    sign in that role, and could sign at `iat`; `iat` is neither in the future nor long before the notice.
//! 3. All of them together: every key and every person signed once; an author, one approver (two for an Extreme notice, none for a
//!    Cancel) and the department, exactly once.
//! 4. The notice has not expired.
//!
//! One bad signature makes the whole notice bad, also if the others would do without it.

use std::collections::HashSet;

use time::{Duration, OffsetDateTime};

use crate::{
    canonical::CanonicalJson,
    directory::{DirectoryKey, KeyDirectory},
    key::PublicKey,
    notice::{Envelope, ProtectedHeader, Role, Signature},
    verdict::{MsgType, NoticeFacts, Over, Reason, Severity, SignedNotice, Verdict, VerifiedSigner},
};

/// How far a signer's clock may be ahead of the verifier's.
pub const CLOCK_SKEW: Duration = Duration::seconds(60);
/// How long before the notice's `sent` a signature may claim to be made: no honest one is earlier than `sent`, but a clock can be
/// wrong.
pub const MAX_SIGNATURE_AGE: Duration = Duration::days(7);

/// Verifies everything from the bytes on: the directory with the pinned root key, then the notice.
pub fn verify_from_root(envelope: &[u8], directory: &[u8], root: &PublicKey, now: OffsetDateTime) -> Verdict {
    match KeyDirectory::verify(directory, root) {
        Ok(directory) => verify_json(envelope, &directory, now),
        Err(error) => Verdict::NotOfficial(Reason::Directory(error.to_string())),
    }
}

/// Reads an envelope and verifies it.
pub fn verify_json(envelope: &[u8], directory: &KeyDirectory, now: OffsetDateTime) -> Verdict {
    match Envelope::parse(envelope) {
        Ok(envelope) => verify_notice(&envelope, directory, now),
        Err(error) => Verdict::NotOfficial(Reason::Malformed(error)),
    }
}

/// Verifies a notice at the time `now`. The answer says nothing about the public log.
pub fn verify_notice(envelope: &Envelope, directory: &KeyDirectory, now: OffsetDateTime) -> Verdict {
    match signed_notice(envelope, directory, now) {
        Err(reason) => Verdict::NotOfficial(reason),
        Ok(notice) if now >= notice.facts.expires => Verdict::Over(Over::Expired, notice),
        Ok(notice) => Verdict::Official(notice),
    }
}

/// Verifies one signature by itself, as the server does when an officer hands one in.
pub fn verify_signature(
    signature: &Signature,
    payload: &CanonicalJson,
    directory: &KeyDirectory,
    now: OffsetDateTime,
) -> Result<VerifiedSigner, Reason> {
    let facts = read_facts(payload)?;
    Check { payload, facts: &facts, directory, now }.signature(signature)
}

/// Reads what the rules need of a payload.
pub fn read_facts(payload: &CanonicalJson) -> Result<NoticeFacts, Reason> {
    payload.parse().map_err(|error| Reason::Payload(error.to_string()))
}

fn signed_notice(envelope: &Envelope, directory: &KeyDirectory, now: OffsetDateTime) -> Result<SignedNotice, Reason> {
    let payload = envelope.canonical_payload().map_err(Reason::PayloadNotCanonical)?;
    let facts = read_facts(&payload)?;
    let check = Check { payload: &payload, facts: &facts, directory, now };
    let signers: Result<Vec<_>, _> = envelope.signatures().iter().map(|one| check.signature(one)).collect();
    let signers = signers?;
    check_distinct(&signers)?;
    check_roles(&facts, &signers)?;
    Ok(SignedNotice { facts, signers })
}

/// What one signature is checked against.
struct Check<'a> {
    payload: &'a CanonicalJson,
    facts: &'a NoticeFacts,
    directory: &'a KeyDirectory,
    now: OffsetDateTime,
}

impl Check<'_> {
    fn signature(&self, signature: &Signature) -> Result<VerifiedSigner, Reason> {
        let header = signature.header().map_err(Reason::Header)?;
        if header.iss != self.directory.issuer() {
            return Err(Reason::Issuer(header.iss));
        }
        let key = self.directory.find(&header.kid).ok_or_else(|| Reason::UnknownKey(header.kid.clone()))?;
        key.jwk
            .verify(&signature.input(self.payload), signature.as_bytes())
            .map_err(|_| Reason::Signature(header.kid.clone()))?;
        self.key_may_sign(&header, key)?;
        self.time_is_right(&header, key)?;
        let ProtectedHeader { kid, role, sub: subject, iat: signed_at, .. } = header;
        Ok(VerifiedSigner { kid, subject, role, signed_at })
    }

    fn key_may_sign(&self, header: &ProtectedHeader, key: &DirectoryKey) -> Result<(), Reason> {
        if key.subject != header.sub {
            return Err(Reason::Subject(key.kid.clone()));
        }
        if key.department != self.facts.department {
            return Err(Reason::Department(key.kid.clone()));
        }
        // The directory gives `publisher` to departments' keys only, and the other roles to officers' keys only.
        if !key.roles.contains(&header.role) {
            return Err(Reason::Role(key.kid.clone(), header.role));
        }
        Ok(())
    }

    fn time_is_right(&self, header: &ProtectedHeader, key: &DirectoryKey) -> Result<(), Reason> {
        let (kid, iat) = (key.kid.clone(), header.iat);
        if iat < key.nbf {
            return Err(Reason::KeyNotYetValid(kid));
        }
        if iat >= key.exp {
            return Err(Reason::KeyExpired(kid));
        }
        if key.revoked_at.is_some_and(|revoked_at| iat >= revoked_at) {
            return Err(Reason::KeyRevoked(kid));
        }
        // Differences, because a sum could leave the range of dates.
        if iat - self.now > CLOCK_SKEW {
            return Err(Reason::SignedInFuture(kid));
        }
        if self.facts.sent - iat > MAX_SIGNATURE_AGE {
            return Err(Reason::SignedTooEarly(kid));
        }
        Ok(())
    }
}

fn check_distinct(signers: &[VerifiedSigner]) -> Result<(), Reason> {
    let (mut keys, mut subjects) = (HashSet::new(), HashSet::new());
    if let Some(signer) = signers.iter().find(|signer| !keys.insert(&signer.kid)) {
        return Err(Reason::SameKey(signer.kid.clone()));
    }
    // A department that signs with two keys is for `check_roles` to refuse.
    let mut officers = signers.iter().filter(|signer| signer.role != Role::Publisher);
    match officers.find(|signer| !subjects.insert(&signer.subject)) {
        Some(signer) => Err(Reason::SameOfficer(signer.subject.clone())),
        None => Ok(()),
    }
}

fn check_roles(facts: &NoticeFacts, signers: &[VerifiedSigner]) -> Result<(), Reason> {
    let count = |role| signers.iter().filter(|signer| signer.role == role).count();
    if count(Role::Author) == 0 {
        return Err(Reason::NoAuthor);
    }
    match (facts.msg_type, facts.severity, count(Role::Approver)) {
        (MsgType::Cancel, ..) => (),
        (_, _, 0) => return Err(Reason::NoApprover),
        (_, Severity::Extreme, 1) => return Err(Reason::OneApprover),
        _ => (),
    }
    match count(Role::Publisher) {
        1 => Ok(()),
        count => Err(Reason::Publishers(count)),
    }
}
