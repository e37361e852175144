//! What goes in and out of `/v1/notices`.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{
    content::DraftContent,
    fault::Fault,
    language::Lang,
    notice::{InReview, Notice},
    vocabulary::Status,
};
use munadi_services::notices::{
    Audience, FrozenBytes, Imported, NoticeLine, NoticeRecord, SignatureRecord, SubmittedSignature,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{problem::FaultOut, schema};

/// A page of notices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticesOut {
    /// The latest first.
    pub(super) notices: Vec<NoticeLineOut>,
    /// The value of `before` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A notice in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeLineOut {
    #[schema(value_type = schema::NoticeId)]
    pub(super) id: String,
    #[schema(value_type = schema::State)]
    state: &'static str,
    #[schema(value_type = schema::Intent)]
    intent: &'static str,
    /// Its revision.
    revision: i64,
    /// The headline of its first language version.
    headline: Option<String>,
    /// Whether it is meant.
    #[schema(value_type = Option<schema::Status>)]
    status: Option<String>,
    /// When it was last changed.
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

impl From<NoticeLine> for NoticeLineOut {
    fn from(line: NoticeLine) -> Self {
        Self {
            id: line.id.to_string(),
            state: line.state.as_str(),
            intent: line.intent.as_str(),
            revision: line.revision,
            headline: line.headline,
            status: line.status,
            updated_at: line.updated_at,
        }
    }
}

/// A notice with everything that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeOut {
    #[schema(value_type = schema::NoticeId)]
    id: String,
    #[schema(value_type = schema::State)]
    state: &'static str,
    #[schema(value_type = schema::Intent)]
    intent: &'static str,
    /// The first notice of its chain of updates.
    #[schema(value_type = schema::NoticeId)]
    family: String,
    /// The notice that it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::NoticeId>)]
    replaces: Option<String>,
    /// The value for `If-Match`.
    revision: i64,
    #[schema(value_type = schema::ClientKind)]
    reach: &'static str,
    /// What is typed.
    #[schema(value_type = schema::DraftContent)]
    content: DraftContent,
    /// What is still missing or wrong, in a draft.
    #[schema(value_type = Vec<FaultOut>)]
    faults: Vec<Fault>,
    /// The bytes that are or were signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen: Option<FrozenOut>,
    /// Why it came back from review.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_comment: Option<String>,
    /// The notice that superseded or withdrew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::NoticeId>)]
    ended_by: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
}

/// Frozen bytes and what was said of them.
#[derive(Debug, Serialize, ToSchema)]
struct FrozenOut {
    /// The canonical payload in base64url: what every signature covers.
    payload: String,
    /// Its SHA-256 in hexadecimal digits.
    digest: String,
    /// How many approvers must sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    approvers_needed: Option<usize>,
    /// Who found which language version right.
    languages_approved: BTreeMap<String, String>,
    /// Language versions that nobody found right yet.
    #[schema(value_type = Vec<schema::Lang>)]
    languages_missing: Vec<Lang>,
    /// The signatures so far.
    signatures: Vec<SignatureOut>,
}

/// A signature, as it is listed.
#[derive(Debug, Serialize, ToSchema)]
struct SignatureOut {
    /// author, approver or publisher.
    role: String,
    /// The key.
    kid: String,
    /// The officer; absent for the department's own signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    officer: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    signed_at: OffsetDateTime,
}

impl NoticeOut {
    pub(super) fn new(record: &NoticeRecord, faults: Vec<Fault>) -> Self {
        let head = record.notice.head();
        Self {
            id: head.id.to_string(),
            state: record.notice.state().as_str(),
            intent: head.intent.as_str(),
            family: head.family.to_string(),
            replaces: head.replaces.map(|id| id.to_string()),
            revision: head.revision,
            reach: record.reach.as_str(),
            content: record.content.clone(),
            faults: if matches!(record.notice, Notice::Draft(_)) { faults } else { Vec::new() },
            frozen: FrozenOut::new(record),
            return_comment: record.return_comment.clone(),
            ended_by: record.ended_by.map(|id| id.to_string()),
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

impl FrozenOut {
    fn new(record: &NoticeRecord) -> Option<Self> {
        let version = record.version.as_ref()?;
        let review = match &record.notice {
            Notice::InReview(review) => Some(review),
            _ => None,
        };
        let officers = |review: &InReview| -> BTreeMap<String, String> {
            review.languages.iter().map(|(lang, officer)| (lang.to_string(), officer.to_string())).collect()
        };
        Some(Self {
            payload: BASE64_URL_SAFE_NO_PAD.encode(&version.payload),
            digest: munadi_services::hex(&version.digest),
            approvers_needed: record.notice.frozen().map(|frozen| frozen.payload.approvers_needed()),
            languages_approved: review.map(officers).unwrap_or_default(),
            languages_missing: review.map(InReview::languages_missing).unwrap_or_default(),
            signatures: record.signatures.iter().map(SignatureOut::new).collect(),
        })
    }
}

impl SignatureOut {
    fn new(signature: &SignatureRecord) -> Self {
        Self {
            role: signature.role.clone(),
            kid: signature.kid.clone(),
            officer: signature.officer.map(|officer| officer.to_string()),
            signed_at: signature.signed_at,
        }
    }
}

/// Whom a notice would reach.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AudienceOut {
    /// How many PIN codes the area covers.
    pins: usize,
    /// The districts in which they lie.
    districts: Vec<DistrictOut>,
    /// How many subscriptions would get it now.
    subscriptions: i64,
}

/// A district of an audience.
#[derive(Debug, Serialize, ToSchema)]
struct DistrictOut {
    /// Its name.
    name: String,
    /// How many of the audience's PIN codes lie in it.
    pins: usize,
}

impl From<Audience> for AudienceOut {
    fn from(audience: Audience) -> Self {
        let districts = audience.districts.into_iter().map(|(name, pins)| DistrictOut { name, pins }).collect();
        Self { pins: audience.pins, districts, subscriptions: audience.subscriptions }
    }
}

/// A draft that was made from a CAP alert.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportedOut {
    /// The draft.
    #[schema(value_type = schema::NoticeId)]
    notice: String,
    /// What could not be carried over, or was decided on the way.
    #[schema(value_type = Vec<FaultOut>)]
    warnings: Vec<Fault>,
    /// What is still missing before it can be submitted.
    #[schema(value_type = Vec<FaultOut>)]
    faults: Vec<Fault>,
}

impl From<Imported> for ImportedOut {
    fn from(imported: Imported) -> Self {
        Self { notice: imported.notice.to_string(), warnings: imported.warnings, faults: imported.faults }
    }
}

/// Bytes that are ready to be signed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FrozenBytesOut {
    /// The notice's revision after freezing: the `If-Match` of the submission.
    revision: i64,
    /// The canonical payload in base64url.
    payload: String,
    /// Its SHA-256 in hexadecimal digits.
    digest: String,
    /// The `iss` that signatures must name.
    issuer: String,
}

impl From<FrozenBytes> for FrozenBytesOut {
    fn from(frozen: FrozenBytes) -> Self {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(&frozen.payload);
        Self { revision: frozen.revision, payload, digest: munadi_services::hex(&frozen.digest), issuer: frozen.issuer }
    }
}

/// A signature as the officer's device made it (RFC 7515 §7.2.1).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignatureIn {
    /// The protected header in base64url.
    #[schema(value_type = schema::Base64Url, max_length = 22_000)]
    protected: String,
    /// r‖s, 64 bytes, in base64url.
    #[schema(value_type = schema::Base64Url, max_length = 100)]
    signature: String,
}

impl From<SignatureIn> for SubmittedSignature {
    fn from(signature: SignatureIn) -> Self {
        Self { protected: signature.protected, signature: signature.signature }
    }
}

/// Why a notice goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnIn {
    /// What is to be mended; 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    pub(super) comment: String,
}

/// Language versions that are right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguagesIn {
    /// BCP 47 tags of the notice's language versions.
    #[schema(value_type = Vec<schema::Lang>, min_items = 1, max_items = 16)]
    pub(super) languages: Vec<Lang>,
}

/// Proof that the publisher knows what goes out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishIn {
    /// The notice's status: Actual, Exercise or Test.
    #[schema(value_type = schema::Status)]
    pub(super) confirm_status: Status,
}

/// Where a step has led.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StateOut {
    /// The notice's state now.
    #[schema(value_type = schema::State)]
    pub(super) state: &'static str,
    /// Its revision now.
    pub(super) revision: i64,
    /// Its position among all published notices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) position: Option<i64>,
}
