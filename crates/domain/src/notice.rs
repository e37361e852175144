//! A notice and its states. A state is a type; a transition consumes it, so that what is not allowed cannot be written down.
//!
//! ```text
//! Draft ──submit──▶ InReview ──approve──▶ Approved ──publish──▶ Published ──▶ Superseded
//!   ▲                  │                     │                      └───────▶ Withdrawn
//!   └─────return / edit┴─────────────────────┘
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    content::DraftContent,
    id::{DepartmentId, NoticeId, OfficerId},
    language::Lang,
    message::Lane,
    payload::Payload,
};

/// What a notice is meant to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// It starts something new.
    Alert,
    /// It carries on what it replaces: to everyone who got that, and to the area it names now.
    Update,
    /// It mends what was wrong in what it replaces: to exactly those who got that.
    Correct,
    /// It takes back what it replaces: to exactly those who got that. One person suffices.
    Cancel,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Self; 4] = [Self::Alert, Self::Update, Self::Correct, Self::Cancel];

    /// The word in addresses and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Update => "update",
            Self::Correct => "correct",
            Self::Cancel => "cancel",
        }
    }
}

/// What a notice keeps through all its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The notice.
    pub id: NoticeId,
    /// Whose notice it is.
    pub department: DepartmentId,
    /// The first notice of the chain of updates: what phones show in one place.
    pub family: NoticeId,
    /// What it is meant to do.
    pub intent: Intent,
    /// Which published notice it follows.
    pub replaces: Option<NoticeId>,
    /// Counts every change: an edit must name the revision it was made from.
    pub revision: i64,
    /// Everyone who ever changed its text.
    pub editors: BTreeSet<OfficerId>,
}

/// Bytes that no one changes any more, and who signed them as their author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// What the bytes say.
    pub payload: Payload,
    /// SHA-256 of the canonical bytes.
    pub digest: [u8; 32],
    /// The officer who signed as author.
    pub author: OfficerId,
}

/// Being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it keeps through all states.
    pub head: Head,
    /// What it says so far.
    pub content: DraftContent,
}

/// Signed by its author, waiting for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InReview {
    /// What it keeps through all states.
    pub head: Head,
    /// The signed bytes.
    pub frozen: Frozen,
    /// Who found which language version right.
    pub languages: BTreeMap<Lang, OfficerId>,
    /// Who signed as approver.
    pub approvers: BTreeSet<OfficerId>,
}

/// Signed by everyone who must, waiting to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// What it keeps through all states.
    pub head: Head,
    /// The signed bytes.
    pub frozen: Frozen,
}

/// Out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What it keeps through all states.
    pub head: Head,
    /// The signed bytes.
    pub frozen: Frozen,
    /// When it went out.
    pub at: OffsetDateTime,
}

/// Why a transition is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The approver signed as author.
    #[error("you wrote this notice: someone else must approve it")]
    AuthorApproves,
    /// The approver changed the text.
    #[error("you edited this notice: someone who did not must approve it")]
    EditorApproves,
    /// The approver signed before.
    #[error("you signed this notice already: a second approver must be another person")]
    SignedBefore,
    /// A language version that the notice does not have.
    #[error("the notice has no version in “{0}”")]
    NoSuchLanguage(Lang),
    /// Language versions that nobody found right yet.
    #[error("not yet approved: {}", .0.iter().map(Lang::as_str).collect::<Vec<_>>().join(", "))]
    LanguagesMissing(Vec<Lang>),
    /// The notice is over.
    #[error("the notice expired at {0}: edit it and give it a later expiry")]
    Expired(OffsetDateTime),
}

impl Draft {
    /// The author signed the frozen bytes. A Cancel needs no one else and is approved at once.
    pub fn submit(self, frozen: Frozen, now: OffsetDateTime) -> Result<Submitted, Refusal> {
        not_expired(&frozen.payload, now)?;
        let head = self.head;
        if frozen.payload.approvers_needed() == 0 {
            return Ok(Submitted::Approved(Approved { head, frozen }));
        }
        Ok(Submitted::InReview(InReview { head, frozen, languages: BTreeMap::new(), approvers: BTreeSet::new() }))
    }
}

/// What a submission or an approval leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// Others must sign.
    InReview(InReview),
    /// Everyone has.
    Approved(Approved),
}

impl InReview {
    /// Whether this officer may approve at all: neither author nor editor.
    pub fn may_approve(&self, officer: OfficerId) -> Result<(), Refusal> {
        if self.frozen.author == officer {
            Err(Refusal::AuthorApproves)
        } else if self.head.editors.contains(&officer) {
            Err(Refusal::EditorApproves)
        } else {
            Ok(())
        }
    }

    /// The officer finds one language version right.
    pub fn approve_language(mut self, officer: OfficerId, lang: Lang) -> Result<Self, Refusal> {
        self.may_approve(officer)?;
        if !self.frozen.payload.languages.iter().any(|version| version.lang == lang) {
            return Err(Refusal::NoSuchLanguage(lang));
        }
        self.languages.entry(lang).or_insert(officer);
        Ok(self)
    }

    /// The officer signed the whole. All language versions must have been found right before.
    pub fn approve(mut self, officer: OfficerId, now: OffsetDateTime) -> Result<Submitted, Refusal> {
        self.may_approve(officer)?;
        not_expired(&self.frozen.payload, now)?;
        let missing = self.languages_missing();
        if !missing.is_empty() {
            return Err(Refusal::LanguagesMissing(missing));
        }
        if !self.approvers.insert(officer) {
            return Err(Refusal::SignedBefore);
        }
        if self.approvers.len() < self.frozen.payload.approvers_needed() {
            return Ok(Submitted::InReview(self));
        }
        Ok(Submitted::Approved(Approved { head: self.head, frozen: self.frozen }))
    }

    /// The language versions that nobody found right yet.
    pub fn languages_missing(&self) -> Vec<Lang> {
        let all = self.frozen.payload.languages.iter().map(|version| &version.lang);
        all.filter(|lang| !self.languages.contains_key(lang)).cloned().collect()
    }
}

impl Approved {
    /// The department signed.
    pub fn publish(self, now: OffsetDateTime) -> Result<Published, Refusal> {
        not_expired(&self.frozen.payload, now)?;
        Ok(Published { head: self.head, frozen: self.frozen, at: now })
    }
}

impl Published {
    /// The lane it travels in. Who takes back or mends an emergency notice is in no less of a hurry.
    pub fn lane(&self) -> Lane {
        if self.frozen.payload.is_emergency() { Lane::Emergency } else { Lane::Routine }
    }
}

fn not_expired(payload: &Payload, now: OffsetDateTime) -> Result<(), Refusal> {
    if payload.expires <= now { Err(Refusal::Expired(payload.expires)) } else { Ok(()) }
}

/// A notice in any state, as it comes from the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Being written.
    Draft(Draft),
    /// Waiting for approval.
    InReview(InReview),
    /// Waiting to be published.
    Approved(Approved),
    /// Out.
    Published(Published),
    /// Out, and replaced by another.
    Superseded(Published),
    /// Out, and taken back.
    Withdrawn(Published),
}

/// The name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written.
    Draft,
    /// Waiting for approval.
    InReview,
    /// Waiting to be published.
    Approved,
    /// Out.
    Published,
    /// Out, and replaced by another.
    Superseded,
    /// Out, and taken back.
    Withdrawn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::InReview, Self::Approved, Self::Published, Self::Superseded, Self::Withdrawn];

    /// The word in addresses and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Approved => "approved",
            Self::Published => "published",
            Self::Superseded => "superseded",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Notice {
    /// What it keeps through all states.
    pub fn head(&self) -> &Head {
        match self {
            Self::Draft(Draft { head, .. })
            | Self::InReview(InReview { head, .. })
            | Self::Approved(Approved { head, .. })
            | Self::Published(Published { head, .. })
            | Self::Superseded(Published { head, .. })
            | Self::Withdrawn(Published { head, .. }) => head,
        }
    }

    /// The frozen bytes, once there are any.
    pub fn frozen(&self) -> Option<&Frozen> {
        match self {
            Self::Draft(_) => None,
            Self::InReview(InReview { frozen, .. })
            | Self::Approved(Approved { frozen, .. })
            | Self::Published(Published { frozen, .. })
            | Self::Superseded(Published { frozen, .. })
            | Self::Withdrawn(Published { frozen, .. }) => Some(frozen),
        }
    }

    /// The name of its state.
    pub fn state(&self) -> State {
        match self {
            Self::Draft(_) => State::Draft,
            Self::InReview(_) => State::InReview,
            Self::Approved(_) => State::Approved,
            Self::Published(_) => State::Published,
            Self::Superseded(_) => State::Superseded,
            Self::Withdrawn(_) => State::Withdrawn,
        }
    }
}

#[cfg(test)]
mod tests;
