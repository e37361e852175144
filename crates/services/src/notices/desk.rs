//! What lies on an officer's desk: what waits for whom, and what changed since it was last submitted.

use std::collections::BTreeMap;

use munadi_domain::{
    access::{Forbidden, NoticeReader, Officer, Role},
    id::NoticeId,
    notice::State,
};
use munadi_store::notice::{NoticeLine, Rights, SubmittedVersion};

use super::Notices;
use crate::Result;

/// The most notices that are said to wait for one officer.
const MOST: i64 = 100;

impl Notices {
    /// What waits for the officer, by what the officer is trusted with: drafts that the officer has a hand in, what others have
    /// submitted and the officer may approve and has not, and what is ready to be published. The latest first, at most 100.
    pub async fn waiting_for(&self, officer: &Officer) -> Result<Vec<NoticeLine>> {
        let department = officer.department.ok_or(Forbidden { needs: Role::Drafter })?;
        let has = |role| officer.roles.contains(&role);
        let may = Rights { draft: has(Role::Drafter), approve: has(Role::Approver), publish: has(Role::Publisher) };
        Ok(self.core.store.waiting_notices(department, officer.id, may, MOST).await?)
    }

    /// How many notices of the reader's department are in each state; a state without any is not among them.
    pub async fn counts(&self, reader: NoticeReader) -> Result<BTreeMap<State, u64>> {
        Ok(self.core.store.count_notices(reader.department).await?.into_iter().collect())
    }

    /// What was submitted of the notice before what counts now, so that a reviewer sees what changed; of a draft, what was submitted
    /// last. None, if nothing was.
    pub async fn previous_version(&self, reader: NoticeReader, notice: NoticeId) -> Result<Option<SubmittedVersion>> {
        Ok(self.core.store.previous_version(reader.department, notice).await?)
    }
}
