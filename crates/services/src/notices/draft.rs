//! Writing: new drafts, edits, CAP alerts, and the notices that follow a published one.

use munadi_cap::CapReference;
use munadi_domain::{
    access::{Actor, ClientKind, NoticeDrafter},
    content::DraftContent,
    fault::Fault,
    id::{NoticeId, OfficerId},
    notice::{Head, Intent, Notice},
    vocabulary::Status,
};
use munadi_store::{
    Tx,
    notice::{NewNotice, NoticeRecord},
};
use serde_json::json;

use super::{Notices, lock, wrong_state};
use crate::{Result, ServiceError, audit::Act};

/// A draft that was made from a CAP alert.
#[derive(Debug)]
pub struct Imported {
    /// The draft.
    pub notice: NoticeId,
    /// What could not be carried over, or was decided on the way.
    pub warnings: Vec<Fault>,
    /// What is still missing before it can be submitted.
    pub faults: Vec<Fault>,
}

impl Notices {
    /// A new draft.
    pub async fn create(&self, drafter: &NoticeDrafter, content: &DraftContent) -> Result<NoticeRecord> {
        let head = self.new_head(drafter, Intent::Alert, None)?;
        self.insert(drafter, &head, content, None).await
    }

    /// A draft from a CAP alert. An alert that updates or cancels one from which a published notice was made, or which was a published
    /// notice, follows what became of that notice; else the alerts that it references are kept as references.
    pub async fn import_cap(&self, drafter: &NoticeDrafter, document: &[u8]) -> Result<Imported> {
        let import = munadi_cap::import(document, &self.core.places).map_err(ServiceError::Invalid)?;
        let original = match import.intent {
            Intent::Alert => None,
            _ => self.find_referenced(drafter, &import.references).await?,
        };
        let head = match original {
            Some(ref original) => self.new_head(drafter, import.intent, Some(original))?,
            None if import.intent == Intent::Cancel => {
                let reason = "cancels an alert from which no notice was published here";
                return Err(ServiceError::invalid("alert/references", reason));
            }
            None => self.new_head(drafter, Intent::Alert, None)?,
        };
        let source = (import.source.sender.as_str(), import.source.identifier.as_str());
        let mut content = import.content;
        if original.is_some() {
            // What the notice replaces is named by its id; only others' alerts stay as references.
            let own: Vec<String> =
                import.references.iter().filter(|it| is_notice(it)).map(ToString::to_string).collect();
            content.references.retain(|reference| !own.contains(reference));
        }
        let record = self.insert(drafter, &head, &content, Some(source)).await?;
        let faults = self.faults(&record.content);
        Ok(Imported { notice: head.id, warnings: import.warnings, faults })
    }

    async fn find_referenced(
        &self,
        drafter: &NoticeDrafter,
        references: &[CapReference],
    ) -> Result<Option<NoticeRecord>> {
        for reference in references {
            let (sender, identifier) = (&reference.sender, &reference.identifier);
            let id = self.core.store.notice_of_alert(drafter.department, sender, identifier).await?;
            if let Some(id) = id {
                return Ok(self.core.store.notice(drafter.department, id).await?);
            }
        }
        Ok(None)
    }

    /// A draft that updates, corrects or cancels a published notice, filled with what that says.
    pub async fn follow(&self, drafter: &NoticeDrafter, original: NoticeId, intent: Intent) -> Result<NoticeRecord> {
        if intent == Intent::Alert {
            return Err(ServiceError::invalid("/intent", "an alert follows nothing: update, correct or cancel"));
        }
        let record = self.core.store.notice(drafter.department, original).await?;
        let record = record.ok_or(ServiceError::NotFound("notice"))?;
        let head = self.new_head(drafter, intent, Some(&record))?;
        self.insert(drafter, &head, &record.content, None).await
    }

    fn new_head(&self, drafter: &NoticeDrafter, intent: Intent, original: Option<&NoticeRecord>) -> Result<Head> {
        let id = NoticeId::new(self.core.seed()?);
        let followed = match original.map(|record| &record.notice) {
            Some(Notice::Published(published))
                if (published.head.intent, intent) == (Intent::Cancel, Intent::Cancel) =>
            {
                // One person takes back an alert; to say that it holds after all takes as many as the alert did.
                return Err(ServiceError::Conflict("this cancels something itself: publish a new alert".to_owned()));
            }
            Some(Notice::Published(published)) => Some(&published.head),
            Some(other) => return Err(wrong_state("published", other)),
            None if intent == Intent::Alert => None,
            None => return Err(ServiceError::NotFound("notice")),
        };
        Ok(Head {
            id,
            department: drafter.department,
            family: followed.map_or(id, |head| head.family),
            intent,
            replaces: followed.map(|head| head.id),
            revision: 1,
            editors: officer_of(&drafter.actor).into_iter().collect(),
        })
    }

    async fn insert(
        &self,
        drafter: &NoticeDrafter,
        head: &Head,
        content: &DraftContent,
        source: Option<(&str, &str)>,
    ) -> Result<NoticeRecord> {
        check_size(content)?;
        let created_by = drafter.actor.pseudonym();
        let reach = reach_of(&drafter.actor);
        check_reach(reach, content)?;
        let at = self.core.clock.now();
        let mut tx = self.core.store.begin().await?;
        tx.insert_notice(NewNotice { head, content, reach, created_by: &created_by, source, at }).await?;
        add_editor(&mut tx, head.id, &drafter.actor).await?;
        let act = Act::of(&drafter.actor, "drafter", "notice.draft", head.id).with(json!({
            "intent": head.intent.as_str(),
            "replaces": head.replaces,
            "source": source.map(|(sender, identifier)| format!("{sender},{identifier}")),
        }));
        self.core.record(&mut tx, act).await?;
        let record = tx.lock_notice(head.department, head.id).await?.ok_or(ServiceError::NotFound("notice"))?;
        tx.commit().await?;
        Ok(record)
    }

    /// Saves an edit that was made from the given revision. Whatever was signed or approved is void, and the notice is a draft again.
    pub async fn edit(
        &self,
        drafter: &NoticeDrafter,
        notice: NoticeId,
        revision: i64,
        content: &DraftContent,
    ) -> Result<NoticeRecord> {
        check_size(content)?;
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, drafter.department, notice, revision).await?;
        check_reach(record.reach, content)?;
        let head = unpublished(&record.notice)?;
        tx.save_draft(head, content, None, self.core.clock.now()).await?;
        add_editor(&mut tx, notice, &drafter.actor).await?;
        let voided = record.notice.state().as_str();
        let act = Act::of(&drafter.actor, "drafter", "notice.edit", notice).with(json!({ "was": voided }));
        self.core.record(&mut tx, act).await?;
        let record = tx.lock_notice(drafter.department, notice).await?.ok_or(ServiceError::NotFound("notice"))?;
        tx.commit().await?;
        Ok(record)
    }

    /// Discards a draft.
    pub async fn discard(&self, drafter: &NoticeDrafter, notice: NoticeId, revision: i64) -> Result<()> {
        let mut tx = self.core.store.begin().await?;
        let record = lock(&mut tx, drafter.department, notice, revision).await?;
        let draft = super::needs_draft(record.notice)?;
        tx.delete_draft(&draft.head).await?;
        self.core.record(&mut tx, Act::of(&drafter.actor, "drafter", "notice.discard", notice)).await?;
        Ok(tx.commit().await?)
    }
}

/// Our own CAP export names a notice by its id.
fn is_notice(reference: &CapReference) -> bool {
    reference.identifier.parse::<NoticeId>().is_ok()
}

/// What is published never changes; everything before can be edited.
fn unpublished(notice: &Notice) -> Result<&Head> {
    match notice {
        Notice::Draft(_) | Notice::InReview(_) | Notice::Approved(_) => Ok(notice.head()),
        Notice::Published(_) | Notice::Superseded(_) | Notice::Withdrawn(_) => {
            let reason = "a published notice never changes: update, correct or cancel it";
            Err(ServiceError::Conflict(reason.to_owned()))
        }
    }
}

fn officer_of(actor: &Actor) -> Option<OfficerId> {
    match actor {
        Actor::Officer(officer) => Some(officer.id),
        Actor::Client(_) => None,
    }
}

fn reach_of(actor: &Actor) -> ClientKind {
    match actor {
        Actor::Officer(_) => ClientKind::Live,
        Actor::Client(client) => client.kind,
    }
}

/// A team key drills and tests; it can never write what people must act on.
fn check_reach(reach: ClientKind, content: &DraftContent) -> Result<()> {
    if reach == ClientKind::Team && content.status == Some(Status::Actual) {
        let reason = "this system's key is for the team: its notices are of the status Exercise or Test";
        return Err(ServiceError::invalid("/status", reason));
    }
    Ok(())
}

fn check_size(content: &DraftContent) -> Result<()> {
    let faults = content.size_faults();
    if faults.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(faults)) }
}

async fn add_editor(tx: &mut Tx, notice: NoticeId, actor: &Actor) -> Result<()> {
    if let Some(officer) = officer_of(actor) {
        tx.add_editor(notice, officer).await?;
    }
    Ok(())
}
