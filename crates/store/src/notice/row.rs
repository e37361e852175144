//! From rows to notices.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    str::FromStr,
};

use munadi_domain::{
    access::ClientKind,
    content::DraftContent,
    id::OfficerId,
    language::Lang,
    notice::{Approved, Draft, Frozen, Head, InReview, Intent, Notice, Published, State},
};
use serde_json::Value;
use time::OffsetDateTime;

use super::{NoticeRecord, SignatureRecord, VersionRecord};
use crate::{Result, StoreError};

/// Reads a text of the database as what it must be.
pub(crate) fn parse<T: FromStr<Err: Display>>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error| StoreError::corrupt(what, error))
}

fn word<T: Copy>(what: &str, all: &[T], name: impl Fn(T) -> &'static str, text: &str) -> Result<T> {
    all.iter().copied().find(|value| name(*value) == text).ok_or_else(|| StoreError::corrupt(what, text))
}

pub(crate) fn state(text: &str) -> Result<State> {
    word("state", &State::ALL, State::as_str, text)
}

pub(crate) fn intent(text: &str) -> Result<Intent> {
    word("intent", &Intent::ALL, Intent::as_str, text)
}

pub(crate) fn reach(text: &str) -> Result<ClientKind> {
    word("reach", &[ClientKind::Live, ClientKind::Team, ClientKind::Test], ClientKind::as_str, text)
}

pub(super) struct NoticeRow {
    pub(super) id: String,
    pub(super) department_id: String,
    pub(super) family_id: String,
    pub(super) intent: String,
    pub(super) replaces_id: Option<String>,
    pub(super) state: String,
    pub(super) revision: i64,
    pub(super) content: Value,
    pub(super) author_id: Option<String>,
    pub(super) return_comment: Option<String>,
    pub(super) reach: String,
    pub(super) lane: Option<String>,
    pub(super) envelope: Option<String>,
    pub(super) published_at: Option<OffsetDateTime>,
    pub(super) ended_by: Option<String>,
    pub(super) created_at: OffsetDateTime,
    pub(super) updated_at: OffsetDateTime,
    pub(super) version: Option<i32>,
    pub(super) payload: Option<Vec<u8>>,
    pub(super) version_digest: Option<Vec<u8>>,
}

impl NoticeRow {
    pub(super) fn into_record(
        self,
        editors: BTreeSet<OfficerId>,
        languages: BTreeMap<Lang, OfficerId>,
        signatures: Vec<SignatureRecord>,
    ) -> Result<NoticeRecord> {
        let content: DraftContent =
            serde_json::from_value(self.content.clone()).map_err(|error| StoreError::corrupt(&self.id, error))?;
        let version = self.version()?;
        let approvers = signatures.iter().filter(|signature| signature.role == "approver");
        let approvers = approvers.filter_map(|signature| signature.officer).collect();
        Ok(NoticeRecord {
            notice: self.notice(editors, content.clone(), version.as_ref(), languages, approvers)?,
            content,
            version,
            signatures,
            reach: reach(&self.reach)?,
            emergency: self.lane.as_deref().map(|lane| lane == "emergency"),
            ended_by: self.ended_by.as_deref().map(|id| parse("ended_by", id)).transpose()?,
            return_comment: self.return_comment,
            envelope: self.envelope,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    fn version(&self) -> Result<Option<VersionRecord>> {
        let (Some(version), Some(payload), Some(digest)) = (self.version, &self.payload, &self.version_digest) else {
            return Ok(None);
        };
        let digest = digest.as_slice().try_into().map_err(|error| StoreError::corrupt(&self.id, error))?;
        Ok(Some(VersionRecord { version, payload: payload.clone(), digest }))
    }

    fn head(&self, editors: BTreeSet<OfficerId>) -> Result<Head> {
        Ok(Head {
            id: parse("notice", &self.id)?,
            department: parse("department", &self.department_id)?,
            family: parse("family", &self.family_id)?,
            intent: intent(&self.intent)?,
            replaces: self.replaces_id.as_deref().map(|id| parse("replaces", id)).transpose()?,
            revision: self.revision,
            editors,
        })
    }

    fn frozen(&self, version: Option<&VersionRecord>) -> Result<Frozen> {
        let missing = || StoreError::corrupt(&self.id, "the signed bytes are missing");
        let version = version.ok_or_else(missing)?;
        Ok(Frozen {
            payload: serde_json::from_slice(&version.payload).map_err(|error| StoreError::corrupt(&self.id, error))?,
            digest: version.digest,
            author: parse("author", self.author_id.as_deref().ok_or_else(missing)?)?,
        })
    }

    fn notice(
        &self,
        editors: BTreeSet<OfficerId>,
        content: DraftContent,
        version: Option<&VersionRecord>,
        languages: BTreeMap<Lang, OfficerId>,
        approvers: BTreeSet<OfficerId>,
    ) -> Result<Notice> {
        let head = self.head(editors)?;
        let published = |head: Head| -> Result<Published> {
            let at = self.published_at.ok_or_else(|| StoreError::corrupt(&self.id, "published without a time"))?;
            Ok(Published { head, frozen: self.frozen(version)?, at })
        };
        Ok(match state(&self.state)? {
            State::Draft => Notice::Draft(Draft { head, content }),
            State::InReview => Notice::InReview(InReview { head, frozen: self.frozen(version)?, languages, approvers }),
            State::Approved => Notice::Approved(Approved { head, frozen: self.frozen(version)? }),
            State::Published => Notice::Published(published(head)?),
            State::Superseded => Notice::Superseded(published(head)?),
            State::Withdrawn => Notice::Withdrawn(published(head)?),
        })
    }
}
