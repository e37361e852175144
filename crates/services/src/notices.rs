//! The life of a notice: writing, review, publishing, and what follows.

mod desk;
mod draft;
mod publish;
mod review;
mod signature;

pub use draft::Imported;
pub use munadi_store::notice::{NoticeFilter, NoticeLine, NoticeRecord, SignatureRecord, SubmittedVersion};
pub use publish::Confirmation;
pub use review::FrozenBytes;
pub use signature::SubmittedSignature;

use std::sync::Arc;

use munadi_domain::{
    access::NoticeReader,
    content::DraftContent,
    fault::Fault,
    id::{DepartmentId, NoticeId},
    notice::{Draft, InReview, Notice},
};
use munadi_store::Tx;

use crate::{Core, Result, ServiceError, directory::Directory, signer::Signers};

/// The use cases of departments' notices.
#[derive(Debug, Clone)]
pub struct Notices {
    core: Core,
    directory: Directory,
    signers: Arc<Signers>,
    issuer: String,
}

/// Whom a notice would reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// How many PIN codes the area covers.
    pub pins: usize,
    /// The districts in which they lie, by name, with how many of them each.
    pub districts: Vec<(String, usize)>,
    /// How many subscriptions would get it now.
    pub subscriptions: i64,
}

impl Notices {
    /// `issuer` is the name under which this installation signs (the `iss` of every signature).
    pub fn new(core: Core, directory: Directory, signers: Arc<Signers>, issuer: String) -> Self {
        Self { core, directory, signers, issuer }
    }

    /// A notice of the reader's department, in whatever state.
    pub async fn show(&self, reader: NoticeReader, notice: NoticeId) -> Result<NoticeRecord> {
        let record = self.core.store.notice(reader.department, notice).await?;
        record.ok_or(ServiceError::NotFound("notice"))
    }

    /// The department's notices, the latest first.
    pub async fn list(&self, reader: NoticeReader, filter: NoticeFilter) -> Result<Vec<NoticeLine>> {
        let filter = NoticeFilter { limit: filter.limit.clamp(1, 100), ..filter };
        Ok(self.core.store.list_notices(reader.department, &filter).await?)
    }

    /// What would be said against submitting the notice now.
    pub fn faults(&self, content: &DraftContent) -> Vec<Fault> {
        content.complete(&self.core.places, self.core.clock.now()).err().unwrap_or_default()
    }

    /// Whom the notice would reach, counted now.
    pub async fn audience(&self, reader: NoticeReader, notice: NoticeId) -> Result<Audience> {
        let record = self.show(reader, notice).await?;
        let pins = self.core.places.resolve(&record.content.area, "/area").map_err(ServiceError::Invalid)?;
        let mut districts = std::collections::BTreeMap::<&str, usize>::new();
        for district in pins.iter().filter_map(|pin| self.core.places.district_of(*pin)) {
            *districts.entry(&district.name).or_default() += 1;
        }
        let districts = districts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        let numbers: Vec<i32> = pins.iter().map(|pin| pin.number()).collect();
        let head = record.notice.head();
        let topic = record.content.topic;
        let subscriptions = self.core.store.count_audience(head.intent, head.replaces, &numbers, topic).await?;
        Ok(Audience { pins: pins.len(), districts, subscriptions })
    }
}

/// Locks the notice, and makes sure that the caller saw its last revision.
async fn lock(tx: &mut Tx, department: DepartmentId, notice: NoticeId, revision: i64) -> Result<NoticeRecord> {
    let record = tx.lock_notice(department, notice).await?.ok_or(ServiceError::NotFound("notice"))?;
    let current = record.notice.head().revision;
    if current == revision { Ok(record) } else { Err(ServiceError::StaleRevision { current }) }
}

fn needs_draft(notice: Notice) -> Result<Draft> {
    match notice {
        Notice::Draft(draft) => Ok(draft),
        other => Err(wrong_state("a draft", &other)),
    }
}

fn needs_review(notice: Notice) -> Result<InReview> {
    match notice {
        Notice::InReview(review) => Ok(review),
        other => Err(wrong_state("in review", &other)),
    }
}

fn wrong_state(needed: &str, notice: &Notice) -> ServiceError {
    ServiceError::Conflict(format!("the notice is {}, and this needs it to be {needed}", notice.state().as_str()))
}
