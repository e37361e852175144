//! Notices: reading them whole, and the changes of their life.

mod change;
mod list;
mod row;
mod version;

pub use change::{NewNotice, NewSignature, NewVersion, Publication};
pub use list::{NoticeFilter, NoticeLine, Rights};
pub use version::SubmittedVersion;

use std::collections::{BTreeMap, BTreeSet};

use munadi_domain::{
    access::ClientKind,
    content::DraftContent,
    id::{DepartmentId, NoticeId, OfficerId},
    language::Lang,
    notice::Notice,
};
use time::OffsetDateTime;

use self::row::NoticeRow;
use crate::{Result, Store, Tx};

/// A notice with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct NoticeRecord {
    /// The notice in its state.
    pub notice: Notice,
    /// What is typed, in every state.
    pub content: DraftContent,
    /// The frozen bytes that count, if any.
    pub version: Option<VersionRecord>,
    /// The signatures over them.
    pub signatures: Vec<SignatureRecord>,
    /// Why it came back from review.
    pub return_comment: Option<String>,
    /// What may become of it.
    pub reach: ClientKind,
    /// The lane it went out in.
    pub emergency: Option<bool>,
    /// The signed notice as it is served, once published.
    pub envelope: Option<String>,
    /// Which notice superseded or withdrew it.
    pub ended_by: Option<NoticeId>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// Frozen bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRecord {
    /// Counts the freezings of the notice, from 1.
    pub version: i32,
    /// The canonical payload.
    pub payload: Vec<u8>,
    /// Its SHA-256.
    pub digest: [u8; 32],
}

/// A signature as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRecord {
    /// `author`, `approver` or `publisher`.
    pub role: String,
    /// The key.
    pub kid: String,
    /// The officer; none for the department's own signature.
    pub officer: Option<OfficerId>,
    /// The JWS member `protected`.
    pub protected: String,
    /// The JWS member `signature`.
    pub signature: String,
    /// When the server took it.
    pub signed_at: OffsetDateTime,
}

impl Store {
    /// A notice of the department.
    pub async fn notice(&self, department: DepartmentId, notice: NoticeId) -> Result<Option<NoticeRecord>> {
        let mut tx = self.begin().await?;
        tx.read_notice(department, notice).await
    }
}

impl Tx {
    /// A notice of the department, locked until the transaction ends.
    pub async fn lock_notice(&mut self, department: DepartmentId, notice: NoticeId) -> Result<Option<NoticeRecord>> {
        sqlx::query!("select id from notice where id = $1 for update", notice.to_string())
            .fetch_optional(&mut *self.inner)
            .await?;
        self.read_notice(department, notice).await
    }

    async fn read_notice(&mut self, department: DepartmentId, notice: NoticeId) -> Result<Option<NoticeRecord>> {
        let id = notice.to_string();
        let row = sqlx::query_as!(
            NoticeRow,
            r#"select n.id, n.department_id, n.family_id, n.intent, n.replaces_id, n.state, n.revision, n.content, n.author_id,
                n.return_comment, n.reach, n.lane, n.envelope, n.published_at, n.ended_by, n.created_at, n.updated_at,
                v.version as "version?", v.payload as "payload?", v.digest as "version_digest?"
             from notice n left join notice_version v on v.notice_id = n.id and v.version = n.version
             where n.id = $1 and n.department_id = $2"#,
            id,
            department.to_string(),
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let version = row.version.unwrap_or(0);
        let editors = self.editors(&id).await?;
        let languages = self.approved_languages(&id, version).await?;
        let signatures = self.signatures(&id, version).await?;
        row.into_record(editors, languages, signatures).map(Some)
    }

    async fn editors(&mut self, notice: &str) -> Result<BTreeSet<OfficerId>> {
        let rows = sqlx::query_scalar!("select officer_id from notice_editor where notice_id = $1", notice)
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter().map(|id| row::parse("editor", id)).collect()
    }

    async fn approved_languages(&mut self, notice: &str, version: i32) -> Result<BTreeMap<Lang, OfficerId>> {
        let rows = sqlx::query!(
            "select lang, officer_id from language_approval where notice_id = $1 and version = $2",
            notice,
            version
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let approval =
            |lang: &str, officer: &str| Ok((row::parse("language", lang)?, row::parse("approver", officer)?));
        rows.iter().map(|row| approval(&row.lang, &row.officer_id)).collect()
    }

    async fn signatures(&mut self, notice: &str, version: i32) -> Result<Vec<SignatureRecord>> {
        let rows = sqlx::query!(
            "select role, officer_id, kid, protected, signature, signed_at from notice_signature
             where notice_id = $1 and version = $2 order by signed_at, role",
            notice,
            version
        )
        .fetch_all(&mut *self.inner)
        .await?;
        let officer = |id: Option<&str>| id.map(|id| row::parse("signer", id)).transpose();
        rows.into_iter()
            .map(|row| {
                Ok(SignatureRecord {
                    officer: officer(row.officer_id.as_deref())?,
                    role: row.role,
                    kid: row.kid,
                    protected: row.protected,
                    signature: row.signature,
                    signed_at: row.signed_at,
                })
            })
            .collect()
    }
}
