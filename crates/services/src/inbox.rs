//! Published notices as everyone may read them, by place and topic and without saying who one is: the inbox, the archive with its
//! search, and the live stream.

pub(crate) mod area;
mod live;
pub(crate) mod words;

pub use area::Place;
pub use live::{Follower, LiveEvent, LiveHub};
pub use munadi_store::inbox::{NoticeSummary, PublicNotice};

use munadi_domain::{
    fault::Fault,
    id::{DepartmentId, NoticeId},
    limits,
    topic::Topic,
};
use munadi_store::inbox::{Part, PublishedFilter};
use time::OffsetDateTime;

use crate::{
    Core, Result, ServiceError,
    page::{Listed, Page},
};

/// Which notices are of interest. What is left empty asks for everything; what is given must all be true.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// In any of these places, at most [`limits::SUBSCRIPTION_PINS`].
    pub places: Vec<Place>,
    /// On any of these topics.
    pub topics: Vec<Topic>,
    /// Of this department.
    pub department: Option<DepartmentId>,
    /// With these words, or words that begin so, in any language and any order.
    pub text: Option<String>,
    /// Published then or later.
    pub from: Option<OffsetDateTime>,
    /// Published before.
    pub until: Option<OffsetDateTime>,
}

/// What was published since a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// These, the oldest first.
    Notices(Vec<NoticeSummary>),
    /// More than was asked for, or the position is none of ours: begin anew with the newest page.
    Reset,
}

/// The published notices.
#[derive(Debug, Clone)]
pub struct Inbox {
    core: Core,
}

impl Inbox {
    /// Over the database.
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    /// Published notices, the newest first, also those that are over, superseded or withdrawn. The cursor is a position.
    pub async fn page(&self, query: &Query, page: Page<i64>) -> Result<Listed<NoticeSummary, i64>> {
        let part = page.after().map_or(Part::Newest, Part::Before);
        let notices = self.core.store.published(&self.filter(query)?, part, page.fetch()).await?;
        Ok(page.cut(notices, |notice| notice.position))
    }

    /// What was published after a position, if it is at most so much. That a notice was superseded or withdrawn shows in the notice which
    /// did that, at its own position.
    pub async fn since(&self, query: &Query, position: i64, at_most: u16) -> Result<Since> {
        let filter = self.filter(query)?;
        let notices = self.core.store.published(&filter, Part::After(position), i64::from(at_most) + 1).await?;
        let too_many = notices.len() > usize::from(at_most);
        // A position that lies ahead was given before a backup was restored, or by another installation.
        if too_many || position < 0 || position > self.position().await? {
            return Ok(Since::Reset);
        }
        Ok(Since::Notices(notices))
    }

    /// The position of the last published notice; 0 if there is none.
    pub async fn position(&self) -> Result<i64> {
        Ok(self.core.store.last_position().await?)
    }

    /// A published notice, whatever became of it since.
    pub async fn get(&self, notice: NoticeId) -> Result<PublicNotice> {
        self.core.store.public_notice(notice).await?.ok_or(ServiceError::NotFound("published notice"))
    }

    fn filter(&self, query: &Query) -> Result<PublishedFilter> {
        let faults = self.faults(query);
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        Ok(PublishedFilter {
            places: self.keys(query),
            topics: query.topics.clone(),
            department: query.department,
            words: query.text.as_deref().and_then(words::query),
            from: query.from,
            until: query.until,
        })
    }

    fn keys(&self, query: &Query) -> Vec<i32> {
        if query.places.is_empty() {
            return Vec::new();
        }
        area::keys_of_places(&self.core.places, query.places.iter().copied())
    }

    fn faults(&self, query: &Query) -> Vec<Fault> {
        let unknown = query.places.iter().enumerate().filter(|(_, place)| !self.exists(**place));
        let mut faults: Vec<Fault> = unknown
            .map(|(index, place)| Fault::new(format!("/places/{index}"), format!("there is no {place}")))
            .collect();
        if query.places.len() > limits::SUBSCRIPTION_PINS {
            faults.push(Fault::new("/places", format!("expected at most {} places", limits::SUBSCRIPTION_PINS)));
        }
        if query.text.as_deref().is_some_and(|text| words::query(text).is_none()) {
            faults.push(Fault::new("/text", "expected at least one word"));
        }
        faults
    }

    fn exists(&self, place: Place) -> bool {
        match place {
            Place::Pin(pin) => self.core.places.district_of(pin).is_some(),
            Place::District(code) => self.core.places.district(code).is_some(),
            Place::State(code) => self.core.places.state(code).is_some(),
        }
    }
}
