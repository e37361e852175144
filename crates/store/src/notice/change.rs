//! The changes of a notice's life. Each statement names the revision it was made from; the triggers of the migration check the rest.

use munadi_domain::{
    access::ClientKind,
    area::Pin,
    content::DraftContent,
    id::{DepartmentId, NoticeId, OfficerId},
    language::Lang,
    message::Lane,
    notice::{Head, State},
    payload::Payload,
};
use sqlx::types::Json;
use time::OffsetDateTime;

use crate::{Refused, Result, StoreError, Tx};

/// A notice that does not exist yet.
#[derive(Debug)]
pub struct NewNotice<'a> {
    /// What it keeps through all its states; its revision is 1.
    pub head: &'a Head,
    /// What it says so far.
    pub content: &'a DraftContent,
    /// What may become of it.
    pub reach: ClientKind,
    /// Who made it: a pseudonymous id.
    pub created_by: &'a str,
    /// The CAP alert it was made from: sender and identifier.
    pub source: Option<(&'a str, &'a str)>,
    /// When.
    pub at: OffsetDateTime,
}

/// Bytes to freeze.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// The canonical payload.
    pub bytes: &'a [u8],
    /// What it says.
    pub payload: &'a Payload,
    /// Its SHA-256.
    pub digest: [u8; 32],
    /// Who asked for it.
    pub by: OfficerId,
    /// When.
    pub at: OffsetDateTime,
}

/// A signature to keep.
#[derive(Debug)]
pub struct NewSignature<'a> {
    /// The notice.
    pub notice: NoticeId,
    /// Which frozen bytes.
    pub version: i32,
    /// `author`, `approver` or `publisher`.
    pub role: &'a str,
    /// The officer; none for the department's own.
    pub officer: Option<OfficerId>,
    /// The key.
    pub kid: &'a str,
    /// The JWS member `protected`.
    pub protected: &'a str,
    /// The JWS member `signature`.
    pub signature: &'a str,
    /// When.
    pub at: OffsetDateTime,
}

/// What publishing fixes.
#[derive(Debug)]
pub struct Publication<'a> {
    /// What the frozen bytes say.
    pub payload: &'a Payload,
    /// Their digest.
    pub digest: [u8; 32],
    /// The signed notice as it is served.
    pub envelope: &'a str,
    /// The PIN codes it concerns.
    pub pins: &'a [Pin],
    /// The lane it travels in.
    pub lane: Lane,
    /// The area in few keys, to be found by.
    pub places: &'a [i32],
    /// The words to be found by.
    pub words: &'a [String],
    /// When.
    pub at: OffsetDateTime,
}

impl Tx {
    /// Adds a draft.
    pub async fn insert_notice(&mut self, new: NewNotice<'_>) -> Result<()> {
        let head = new.head;
        sqlx::query!(
            "insert into notice (id, department_id, family_id, intent, replaces_id, state, content, reach, source_sender,
                source_identifier, created_by, created_at, updated_at)
             values ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9, $10, $11, $11)",
            head.id.to_string(),
            head.department.to_string(),
            head.family.to_string(),
            head.intent.as_str(),
            head.replaces.map(|id| id.to_string()),
            Json(new.content) as _,
            new.reach.as_str(),
            new.source.map(|(sender, _)| sender),
            new.source.map(|(_, identifier)| identifier),
            new.created_by,
            new.at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Remembers that the officer changed the text.
    pub async fn add_editor(&mut self, notice: NoticeId, officer: OfficerId) -> Result<()> {
        sqlx::query!(
            "insert into notice_editor (notice_id, officer_id) values ($1, $2) on conflict do nothing",
            notice.to_string(),
            officer.to_string()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Makes the notice a draft with this text again: whatever was signed or approved is void.
    pub async fn save_draft(
        &mut self,
        head: &Head,
        content: &DraftContent,
        comment: Option<&str>,
        at: OffsetDateTime,
    ) -> Result<()> {
        let done = sqlx::query!(
            "update notice set state = 'draft', content = $3, version = null, author_id = null, return_comment = $4,
                revision = revision + 1, updated_at = $5
             where id = $1 and revision = $2",
            head.id.to_string(),
            head.revision,
            Json(content) as _,
            comment,
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        exactly_one(done.rows_affected())?;
        self.void_versions(head.id, at).await
    }

    async fn void_versions(&mut self, notice: NoticeId, at: OffsetDateTime) -> Result<()> {
        sqlx::query!(
            "update notice_version set voided_at = $2 where notice_id = $1 and voided_at is null",
            notice.to_string(),
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Discards a draft that was never published.
    pub async fn delete_draft(&mut self, head: &Head) -> Result<()> {
        let done = sqlx::query!(
            "delete from notice where id = $1 and revision = $2 and state = 'draft'",
            head.id.to_string(),
            head.revision
        )
        .execute(&mut *self.inner)
        .await?;
        exactly_one(done.rows_affected())
    }

    /// The department's next number. Numbers of frozen bytes that were voided stay unused.
    pub async fn next_seq(&mut self, department: DepartmentId) -> Result<i64> {
        let seq = sqlx::query_scalar!(
            "update department set last_seq = last_seq + 1 where id = $1 returning last_seq",
            department.to_string()
        )
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(seq)
    }

    /// Freezes bytes for signing; earlier frozen bytes of the notice are void.
    pub async fn freeze(&mut self, head: &Head, new: NewVersion<'_>) -> Result<i32> {
        self.void_versions(head.id, new.at).await?;
        let languages: Vec<String> = new.payload.languages.iter().map(|version| version.lang.to_string()).collect();
        let version = sqlx::query_scalar!(
            r#"insert into notice_version (notice_id, version, department_id, seq, payload, digest, expires_at, approvers_needed,
                languages, frozen_by, frozen_at)
             select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10
                from notice_version where notice_id = $1
             returning version"#,
            head.id.to_string(),
            head.department.to_string(),
            new.payload.seq,
            new.bytes,
            &new.digest,
            new.payload.expires,
            i16::try_from(new.payload.approvers_needed()).unwrap_or(i16::MAX),
            &languages,
            new.by.to_string(),
            new.at,
        )
        .fetch_one(&mut *self.inner)
        .await?;
        let done = sqlx::query!(
            "update notice set version = $3, revision = revision + 1, updated_at = $4 where id = $1 and revision = $2",
            head.id.to_string(),
            head.revision,
            version,
            new.at,
        )
        .execute(&mut *self.inner)
        .await?;
        exactly_one(done.rows_affected())?;
        Ok(version)
    }

    /// Keeps a signature.
    pub async fn insert_signature(&mut self, new: NewSignature<'_>) -> Result<()> {
        sqlx::query!(
            "insert into notice_signature (notice_id, version, role, officer_id, kid, protected, signature, signed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            new.notice.to_string(),
            new.version,
            new.role,
            new.officer.map(|officer| officer.to_string()),
            new.kid,
            new.protected,
            new.signature,
            new.at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Keeps that the officer found a language version right.
    pub async fn insert_language_approval(
        &mut self,
        notice: NoticeId,
        version: i32,
        lang: &Lang,
        officer: OfficerId,
        at: OffsetDateTime,
    ) -> Result<()> {
        sqlx::query!(
            "insert into language_approval (notice_id, version, lang, officer_id, approved_at)
             values ($1, $2, $3, $4, $5) on conflict do nothing",
            notice.to_string(),
            version,
            lang.as_str(),
            officer.to_string(),
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Moves the notice on to review or to approved; `author` is who signed it as such.
    pub async fn set_state(&mut self, head: &Head, state: State, author: OfficerId, at: OffsetDateTime) -> Result<()> {
        let done = sqlx::query!(
            "update notice set state = $3, author_id = $4, return_comment = null, revision = revision + 1, updated_at = $5
             where id = $1 and revision = $2",
            head.id.to_string(),
            head.revision,
            state.as_str(),
            author.to_string(),
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        exactly_one(done.rows_affected())
    }

    /// Publishes, and gives the notice its position among all published ones. The position's row stays locked until the
    /// transaction ends, so positions become visible in their order.
    pub async fn publish(&mut self, head: &Head, publication: Publication<'_>) -> Result<i64> {
        let position = sqlx::query_scalar!("update live_position set last = last + 1 returning last")
            .fetch_one(&mut *self.inner)
            .await?;
        let payload = publication.payload;
        let pins: Vec<i32> = publication.pins.iter().map(|pin| pin.number()).collect();
        let languages: Vec<String> = payload.languages.iter().map(|version| version.lang.to_string()).collect();
        let done = sqlx::query!(
            "update notice set state = 'published', revision = revision + 1, updated_at = $3, published_at = $3, position = $4,
                envelope = $5, digest = $6, status = $7, severity = $8, topic = $9, lane = $10, expires_at = $11, languages = $12,
                pins = $13, places = $14, search = array_to_tsvector($15)
             where id = $1 and revision = $2",
            head.id.to_string(),
            head.revision,
            publication.at,
            position,
            publication.envelope,
            &publication.digest,
            payload.status.as_str(),
            payload.severity.as_str(),
            payload.topic.as_str(),
            publication.lane.as_str(),
            payload.expires,
            &languages,
            &pins,
            publication.places,
            publication.words,
        )
        .execute(&mut *self.inner)
        .await?;
        exactly_one(done.rows_affected())?;
        Ok(position)
    }

    /// Ends a published notice: another supersedes it or takes it back.
    pub async fn end_notice(&mut self, head: &Head, state: State, by: NoticeId, at: OffsetDateTime) -> Result<()> {
        let done = sqlx::query!(
            "update notice set state = $3, ended_by = $4, ended_at = $5, revision = revision + 1, updated_at = $5
             where id = $1 and revision = $2",
            head.id.to_string(),
            head.revision,
            state.as_str(),
            by.to_string(),
            at,
        )
        .execute(&mut *self.inner)
        .await?;
        exactly_one(done.rows_affected())
    }
}

fn exactly_one(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Refused(Refused::StaleRevision)) }
}
