//! What a queue gave up on: kept until an operator sends it again or drops it, and says why.

use munadi_domain::{
    access::PlatformAdmin,
    id::{DeadLetterId, MessageId},
    message::{Message, Route},
};
use munadi_store::Tx;
pub use munadi_store::dead_letter::{DeadLetterRecord, Settled, Settling};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    Core, Result, ServiceError,
    audit::Act,
    page::{Listed, Page},
};

/// Characters of the reason for dropping a message.
const REASON_CHARS: usize = 500;

/// A message that a queue gave up on, as it comes from RabbitMQ.
#[derive(Debug, Clone)]
pub struct Died {
    /// The queue it died in.
    pub queue: String,
    /// Why.
    pub reason: String,
    /// The message as it was, or what is left of it.
    pub body: Vec<u8>,
    /// The message and where it was going, if both are known.
    pub resend: Option<(Route, Message)>,
    /// When; now if nobody knows.
    pub at: Option<OffsetDateTime>,
}

/// The dead letters.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    core: Core,
}

impl DeadLetters {
    /// Over the database.
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    /// Keeps a dead letter. The same one twice is one.
    pub async fn keep(&self, died: Died) -> Result<()> {
        let id = DeadLetterId::new(self.core.seed()?);
        let Died { queue, reason, body, resend, at } = died;
        let died_at = at.unwrap_or_else(|| self.core.clock.now());
        let letter = DeadLetterRecord { id, queue, reason, body, resend, died_at, settled: None };
        let mut tx = self.core.store.begin().await?;
        if tx.insert_dead_letter(&letter).await? {
            metrics::counter!("munadi_dead_letters_total", "queue" => letter.queue).increment(1);
        }
        Ok(tx.commit().await?)
    }

    /// Dead letters in the order of their arrival; with those that are settled, if asked for.
    pub async fn list(
        &self,
        _operator: PlatformAdmin,
        settled: bool,
        page: Page<DeadLetterId>,
    ) -> Result<Listed<DeadLetterRecord, DeadLetterId>> {
        let letters = self.core.store.dead_letters(page.after(), settled, page.fetch()).await?;
        Ok(page.cut(letters, |letter| letter.id))
    }

    /// Sends a dead letter again. Whoever gets it bears doubles, so this can do no harm if it was not quite dead.
    pub async fn retry(&self, operator: PlatformAdmin, id: DeadLetterId) -> Result<()> {
        let mut tx = self.core.store.begin().await?;
        let letter = open_letter(&mut tx, id).await?;
        let unreadable = || ServiceError::Conflict("it is no message that could be sent again: drop it".to_owned());
        let (route, message) = letter.resend.clone().ok_or_else(unreadable)?;
        tx.enqueue(&[(route, MessageId::new(self.core.seed()?), message)]).await?;
        self.settle(&mut tx, operator, &letter, Settling::Retried, None).await?;
        // A crash before this leaves the letter as it was; after it the relay finds the message.
        Ok(tx.commit().await?)
    }

    /// Gives a dead letter up, for a reason.
    pub async fn drop_letter(&self, operator: PlatformAdmin, id: DeadLetterId, because: &str) -> Result<()> {
        let because = because.trim();
        if because.is_empty() || because.chars().count() > REASON_CHARS {
            return Err(ServiceError::invalid(
                "/because",
                format!("expected a reason of 1 to {REASON_CHARS} characters"),
            ));
        }
        let mut tx = self.core.store.begin().await?;
        let letter = open_letter(&mut tx, id).await?;
        self.settle(&mut tx, operator, &letter, Settling::Dropped, Some(because)).await?;
        Ok(tx.commit().await?)
    }

    async fn settle(
        &self,
        tx: &mut Tx,
        operator: PlatformAdmin,
        letter: &DeadLetterRecord,
        how: Settling,
        because: Option<&str>,
    ) -> Result<()> {
        let settled = Settled {
            at: self.core.clock.now(),
            by: operator.officer.to_string(),
            how,
            because: because.map(str::to_owned),
        };
        tx.settle_dead_letter(letter.id, &settled).await?;
        let action = match how {
            Settling::Retried => "dead_letter.retry",
            Settling::Dropped => "dead_letter.drop",
        };
        let act = Act::by(operator.officer, "platform_admin", action, letter.id);
        let act = act.with(json!({ "queue": letter.queue, "reason": letter.reason, "because": because }));
        self.core.record(tx, act).await.map(|_| ())
    }
}

async fn open_letter(tx: &mut Tx, id: DeadLetterId) -> Result<DeadLetterRecord> {
    let letter = tx.lock_dead_letter(id).await?.ok_or(ServiceError::NotFound("dead letter"))?;
    match letter.settled {
        None => Ok(letter),
        Some(_) => Err(ServiceError::Conflict("it was settled already".to_owned())),
    }
}
