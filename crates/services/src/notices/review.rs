//! Review: the author freezes and signs, others approve each language and sign, or send it back.

use munadi_domain::{
    access::{NoticeApprover, NoticeAuthor},
    fault::Fault,
    id::{DepartmentId, NoticeId, OfficerId},
    language::Lang,
    limits,
    notice::{Frozen, InReview, Notice, Refusal, State, Submitted},
    payload::Payload,
};
use munadi_store::{
    Tx,
    notice::{NewVersion, NoticeRecord, VersionRecord},
};
use munadi_transparency::{canonical::CanonicalJson, notice::Role};
use serde_json::json;

use super::{Notices, SubmittedSignature, lock, needs_draft, needs_review, signature::Expected, wrong_state};
use crate::{Result, ServiceError, audit::Act};

/// Bytes that are ready to be signed.
#[derive(Debug, Clone)]
pub struct FrozenBytes {
    /// The notice's revision after freezing: the one to submit from.
    pub revision: i64,
    /// The canonical payload: what every signature covers.
    pub payload: Vec<u8>,
    /// Its SHA-256.
    pub digest: [u8; 32],
    /// The `iss` that signatures must name.
    pub issuer: String,
}

impl Notices {
    /// Freezes a complete draft: from here on the bytes stand, or are void. The author signs them and submits.
    pub async fn freeze(&self, author: NoticeAuthor, notice: NoticeId, revision: i64) -> Result<FrozenBytes> {
        let now = self.core.clock.now();
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, author.department, notice, revision).await?;
        let draft = needs_draft(record.notice)?;
        let content = draft.content.complete(&self.core.places, now).map_err(ServiceError::Invalid)?;
        let seq = tx.next_seq(author.department).await?;
        let payload = Payload::freeze(&draft.head, content, seq, now);
        let bytes = canonical(&payload)?;
        let digest = bytes.digest();
        let version = NewVersion { bytes: bytes.as_bytes(), payload: &payload, digest, by: author.officer, at: now };
        tx.freeze(&draft.head, version).await?;
        let act = Act::by(author.officer, "drafter", "notice.freeze", notice).for_department(author.department);
        self.core.record(&mut tx, act.with(json!({ "digest": crate::hex(&digest), "seq": seq }))).await?;
        tx.commit().await?;
        let payload = bytes.as_bytes().to_vec();
        Ok(FrozenBytes { revision: revision + 1, payload, digest, issuer: self.issuer.clone() })
    }

    /// The author signed the frozen bytes: the notice goes to review, or, if it takes something back, is approved at once.
    pub async fn submit(
        &self,
        author: NoticeAuthor,
        notice: NoticeId,
        revision: i64,
        signature: &SubmittedSignature,
    ) -> Result<State> {
        let now = self.core.clock.now();
        let directory = self.directory.current().await?;
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, author.department, notice, revision).await?;
        let version = record.version.ok_or_else(not_frozen)?;
        let draft = needs_draft(record.notice)?;
        let head = draft.head.clone();
        let expected = Expected { role: Role::Author, officer: author.officer, head: &head, version: &version, now };
        let kid = signature.check(&expected, &directory)?;
        // The signature first: the database lets no notice into review without its author's.
        tx.insert_signature(signature.to_new(&expected, &kid)).await?;
        let submitted = draft.submit(frozen(&version, author.officer)?, now)?;
        let state = state_of(&submitted);
        tx.set_state(&head, state, author.officer, now).await?;
        self.record_signing(&mut tx, "notice.submit", &expected, &kid).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// The approver finds language versions right.
    pub async fn approve_languages(
        &self,
        approver: NoticeApprover,
        notice: NoticeId,
        revision: i64,
        languages: &[Lang],
    ) -> Result<NoticeRecord> {
        if languages.is_empty() {
            return Err(ServiceError::invalid("/languages", "is empty: name the languages that you have read"));
        }
        let now = self.core.clock.now();
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, approver.department, notice, revision).await?;
        let version = record.version.ok_or_else(not_frozen)?;
        let mut review = needs_review(record.notice)?;
        let expires = review.frozen.payload.expires;
        if expires <= now {
            return Err(Refusal::Expired(expires).into());
        }
        for lang in languages {
            review = review.approve_language(approver.officer, lang.clone())?;
            tx.insert_language_approval(notice, version.version, lang, approver.officer, now).await?;
        }
        let act = Act::by(approver.officer, "approver", "notice.approve_language", notice);
        let act = act.for_department(approver.department).with(json!({ "languages": languages }));
        self.core.record(&mut tx, act).await?;
        let record = tx.lock_notice(approver.department, notice).await?.ok_or(ServiceError::NotFound("notice"))?;
        tx.commit().await?;
        Ok(record)
    }

    /// The approver signed the whole.
    pub async fn approve(
        &self,
        approver: NoticeApprover,
        notice: NoticeId,
        revision: i64,
        signature: &SubmittedSignature,
    ) -> Result<State> {
        let now = self.core.clock.now();
        let directory = self.directory.current().await?;
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, approver.department, notice, revision).await?;
        let version = record.version.ok_or_else(not_frozen)?;
        let review = needs_review(record.notice)?;
        let (head, author) = (review.head.clone(), review.frozen.author);
        let submitted = review.approve(approver.officer, now)?;
        let expected =
            Expected { role: Role::Approver, officer: approver.officer, head: &head, version: &version, now };
        let kid = signature.check(&expected, &directory)?;
        tx.insert_signature(signature.to_new(&expected, &kid)).await?;
        let state = state_of(&submitted);
        tx.set_state(&head, state, author, now).await?;
        self.record_signing(&mut tx, "notice.approve", &expected, &kid).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// Sends a notice back to its author, with what is to be mended. All signatures are void.
    pub async fn send_back(
        &self,
        approver: NoticeApprover,
        notice: NoticeId,
        revision: i64,
        comment: &str,
    ) -> Result<NoticeRecord> {
        check_comment(comment)?;
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, approver.department, notice, revision).await?;
        if !matches!(record.notice, Notice::InReview(_) | Notice::Approved(_)) {
            return Err(wrong_state("in review or approved", &record.notice));
        }
        let (head, now) = (record.notice.head(), self.core.clock.now());
        tx.save_draft(head, &record.content, Some(comment), now).await?;
        let act = Act::by(approver.officer, "approver", "notice.return", notice);
        let act = act.for_department(approver.department).with(json!({ "comment": comment }));
        self.core.record(&mut tx, act).await?;
        let record = tx.lock_notice(approver.department, notice).await?.ok_or(ServiceError::NotFound("notice"))?;
        tx.commit().await?;
        Ok(record)
    }

    async fn record_signing(&self, tx: &mut Tx, action: &str, signed: &Expected<'_>, kid: &str) -> Result<()> {
        let role = if signed.role == Role::Author { "drafter" } else { "approver" };
        let act = Act::by(signed.officer, role, action, signed.head.id).for_department(signed.head.department);
        let act = act.with(json!({ "digest": crate::hex(&signed.version.digest), "kid": kid }));
        self.core.record(tx, act).await.map(|_| ())
    }

    /// A notice in review, for whoever is to approve it.
    pub async fn in_review(&self, department: DepartmentId, notice: NoticeId) -> Result<InReview> {
        let record = self.core.store.notice(department, notice).await?.ok_or(ServiceError::NotFound("notice"))?;
        needs_review(record.notice)
    }
}

pub(super) fn canonical(payload: &Payload) -> Result<CanonicalJson> {
    CanonicalJson::from_serialize_within(payload, limits::PAYLOAD_BYTES)
        .map_err(|error| ServiceError::invalid("", format!("the notice cannot be signed: {error}")))
}

fn frozen(version: &VersionRecord, author: OfficerId) -> Result<Frozen> {
    let payload = serde_json::from_slice(&version.payload)
        .map_err(|error| munadi_store::StoreError::corrupt("the signed bytes", error))?;
    Ok(Frozen { payload, digest: version.digest, author })
}

fn state_of(submitted: &Submitted) -> State {
    match submitted {
        Submitted::InReview(_) => State::InReview,
        Submitted::Approved(_) => State::Approved,
    }
}

fn not_frozen() -> ServiceError {
    ServiceError::Conflict("nothing is frozen for signing: freeze the draft, sign what you get, and submit".to_owned())
}

fn check_comment(comment: &str) -> Result<()> {
    let count = comment.chars().count();
    if comment.trim().is_empty() || count > limits::COMMENT_CHARS {
        let reason = format!("expected what is to be mended, in 1 to {} characters", limits::COMMENT_CHARS);
        return Err(ServiceError::Invalid(vec![Fault::new("/comment", reason)]));
    }
    Ok(())
}
