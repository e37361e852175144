//! What the verifier says about a notice, for programs (`code`) and for people (`Display`).

use std::fmt;

use serde::Deserialize;
use time::OffsetDateTime;

use crate::{
    canonical::CanonicalError,
    key::Kid,
    notice::{EnvelopeError, HeaderError, Role},
    timestamp,
};

/// Whether a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Status {
    /// People must act on it.
    Actual,
    /// A drill.
    Exercise,
    /// A technical test.
    Test,
}

/// What a notice does to the notices before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum MsgType {
    /// It starts something new.
    Alert,
    /// It replaces what it references.
    Update,
    /// It takes back what it references.
    Cancel,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Severity {
    /// Two approvers must sign it.
    Extreme,
    /// Significant threat.
    Severe,
    /// Possible threat.
    Moderate,
    /// Little or no threat.
    Minor,
    /// Not known.
    Unknown,
}

/// What the verifier reads of a payload: only what its rules need, so that a new member elsewhere does not concern it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NoticeFacts {
    /// The notice.
    pub id: String,
    /// Its number in the department.
    pub seq: u64,
    /// The department.
    pub department: String,
    /// Whether it is meant.
    pub status: Status,
    /// What it does.
    pub msg_type: MsgType,
    /// How bad it is.
    pub severity: Severity,
    /// When it was frozen for signing.
    #[serde(with = "timestamp")]
    pub sent: OffsetDateTime,
    /// Until when it applies, exclusive.
    #[serde(with = "timestamp")]
    pub expires: OffsetDateTime,
}

/// Somebody whose signature is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedSigner {
    /// The key.
    pub kid: Kid,
    /// Whose key it is.
    pub subject: String,
    /// In which role.
    pub role: Role,
    /// When, as the signer said.
    pub signed_at: OffsetDateTime,
}

/// A notice with every signature that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNotice {
    /// What it is.
    pub facts: NoticeFacts,
    /// Who signed it, in the order of the signatures.
    pub signers: Vec<VerifiedSigner>,
}

/// Why a notice with good signatures no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Its time is past.
    Expired,
}

/// What a notice is worth. It is about signatures, keys and time; whether the notice is in the public log, which a citizen's device
/// asks for as well, is another check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everybody who must sign it has signed it, and it still applies.
    Official(SignedNotice),
    /// It was official, and no longer counts.
    Over(Over, SignedNotice),
    /// It must not be shown as official.
    NotOfficial(Reason),
}

impl Verdict {
    /// `official`, `over` or `not_official`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Official(_) => "official",
            Self::Over(..) => "over",
            Self::NotOfficial(_) => "not_official",
        }
    }

    /// Why it is not official, in one word; none if it is.
    pub const fn reason_code(&self) -> Option<&'static str> {
        match self {
            Self::Official(_) => None,
            Self::Over(Over::Expired, _) => Some("expired"),
            Self::NotOfficial(reason) => Some(reason.code()),
        }
    }

    /// The notice, if every signature that it needs is good.
    pub const fn notice(&self) -> Option<&SignedNotice> {
        match self {
            Self::Official(notice) | Self::Over(_, notice) => Some(notice),
            Self::NotOfficial(_) => None,
        }
    }
}

/// The one rule that a notice broke first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The key directory itself cannot be trusted.
    #[error("{0}")]
    Directory(String),
    /// It is not a signed notice at all.
    #[error("it is not a signed notice: {0}")]
    Malformed(EnvelopeError),
    /// Its payload has more than one spelling.
    #[error("its content is not in canonical form: {0}")]
    PayloadNotCanonical(CanonicalError),
    /// Its payload lacks something that the rules need.
    #[error("its content is not that of a notice: {0}")]
    Payload(String),
    /// A protected header is wrong.
    #[error("{0}")]
    Header(HeaderError),
    /// It was signed for another deployment.
    #[error("it was signed for “{0}”, which is not the issuer of this key directory")]
    Issuer(String),
    /// A key is not in the directory.
    #[error("the key {0} is not in the key directory")]
    UnknownKey(Kid),
    /// A signature is wrong: the text was changed, or the key is not the signer's.
    #[error("the signature by the key {0} is wrong: the notice was changed, or somebody else signed it")]
    Signature(Kid),
    /// The header names somebody else than the key's owner.
    #[error("the key {0} does not belong to the officer or department that the signature names")]
    Subject(Kid),
    /// The key belongs to another department than the notice.
    #[error("the key {0} belongs to another department than the notice")]
    Department(Kid),
    /// The key may not sign in this role.
    #[error("the key {0} must not sign as {1}")]
    Role(Kid, Role),
    /// It was signed before the key's time.
    #[error("the key {0} was not valid yet when it signed")]
    KeyNotYetValid(Kid),
    /// It was signed after the key's time.
    #[error("the key {0} had expired when it signed")]
    KeyExpired(Kid),
    /// It was signed after the key's revocation.
    #[error("the key {0} was revoked before it signed")]
    KeyRevoked(Kid),
    /// It says that it was signed later than now.
    #[error("the signature by the key {0} claims a time in the future")]
    SignedInFuture(Kid),
    /// It says that it was signed long before the notice was written.
    #[error("the signature by the key {0} is much older than the notice")]
    SignedTooEarly(Kid),
    /// One key signed twice.
    #[error("the key {0} signed twice, and every signature needs a key of its own")]
    SameKey(Kid),
    /// One officer signed twice.
    #[error("{0} signed twice, and every signature needs a person of its own")]
    SameOfficer(String),
    /// Nobody signed as author.
    #[error("no author signed it")]
    NoAuthor,
    /// Nobody signed as approver.
    #[error("no approver signed it")]
    NoApprover,
    /// An extreme notice needs two approvers.
    #[error("only one approver signed it, and an Extreme notice needs two")]
    OneApprover,
    /// The department signed not once.
    #[error("its department signed it {0} times, and must sign it once")]
    Publishers(usize),
}

impl Reason {
    /// The reason in one word, as the test vectors have it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Directory(_) => "directory",
            Self::Malformed(_) => "malformed",
            Self::PayloadNotCanonical(_) => "payload_not_canonical",
            Self::Payload(_) => "payload",
            Self::Header(HeaderError::NotCanonical(_)) => "header_not_canonical",
            Self::Header(HeaderError::Member(_)) => "header_member",
            Self::Header(HeaderError::Algorithm(_)) => "algorithm",
            Self::Header(HeaderError::Type(_)) => "type",
            Self::Header(HeaderError::Invalid(_)) => "header",
            Self::Issuer(_) => "issuer",
            Self::UnknownKey(_) => "unknown_key",
            Self::Signature(_) => "signature",
            Self::Subject(_) => "subject",
            Self::Department(_) => "department",
            Self::Role(..) => "role",
            Self::KeyNotYetValid(_) => "key_not_yet_valid",
            Self::KeyExpired(_) => "key_expired",
            Self::KeyRevoked(_) => "key_revoked",
            Self::SignedInFuture(_) => "signed_in_future",
            Self::SignedTooEarly(_) => "signed_too_early",
            Self::SameKey(_) => "same_key",
            Self::SameOfficer(_) => "same_officer",
            Self::NoAuthor => "no_author",
            Self::NoApprover => "no_approver",
            Self::OneApprover => "one_approver",
            Self::Publishers(_) => "publisher",
        }
    }
}

impl fmt::Display for SignedNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |role| self.signers.iter().filter(|signer| signer.role == role).count();
        let approvers = match count(Role::Approver) {
            0 => String::new(),
            1 => ", an approver".to_owned(),
            count => format!(", {count} approvers"),
        };
        write!(f, "signed by its author{approvers} and the department {}", self.facts.department)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOfficial(reason) => write!(f, "Not official: {reason}."),
            Self::Over(Over::Expired, notice) => {
                let until = timestamp::format(notice.facts.expires).unwrap_or_default();
                write!(f, "Expired: it applied until {until}. It was {notice}.")
            }
            Self::Official(notice) => match notice.facts.status {
                Status::Actual => write!(f, "Official: {notice}."),
                Status::Exercise => write!(f, "An official exercise, not a real event: {notice}."),
                Status::Test => write!(f, "An official technical test, not a real event: {notice}."),
            },
        }
    }
}
