//! What a queue gave up on, kept for the operator.

use munadi_domain::{
    id::DeadLetterId,
    message::{Message, Route},
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    Result, Store, StoreError, Tx,
    read::{parse, parse_option},
};

/// The longest message that is kept, in bytes.
const LONGEST: usize = 64 * 1024;

/// A message that a queue gave up on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterRecord {
    /// Its name towards the operator.
    pub id: DeadLetterId,
    /// The queue it died in.
    pub queue: String,
    /// Why.
    pub reason: String,
    /// The message as it was, or what is left of it; it may be anything.
    pub body: Vec<u8>,
    /// The message and where it was going, if both are known: then it can be sent again.
    pub resend: Option<(Route, Message)>,
    /// When it died.
    pub died_at: OffsetDateTime,
    /// What the operator did.
    pub settled: Option<Settled>,
}

/// What the operator did with a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// When.
    pub at: OffsetDateTime,
    /// Who.
    pub by: String,
    /// What.
    pub how: Settling,
    /// Why, if it was dropped.
    pub because: Option<String>,
}

/// What can be done with a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// It was sent again.
    Retried,
    /// It was given up.
    Dropped,
}

impl Settling {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Retried => "retried",
            Self::Dropped => "dropped",
        }
    }
}

impl std::str::FromStr for Settling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "retried" => Ok(Self::Retried),
            "dropped" => Ok(Self::Dropped),
            other => Err(other.to_owned()),
        }
    }
}

struct Row {
    id: String,
    queue: String,
    reason: String,
    body: Vec<u8>,
    message: Option<Value>,
    route: Option<Value>,
    died_at: OffsetDateTime,
    settled_at: Option<OffsetDateTime>,
    settled_by: Option<String>,
    settled_how: Option<String>,
    settled_because: Option<String>,
}

impl Store {
    /// Dead letters in the order of their arrival, after the given one; those that are settled only if asked for.
    pub async fn dead_letters(
        &self,
        after: Option<DeadLetterId>,
        settled: bool,
        limit: i64,
    ) -> Result<Vec<DeadLetterRecord>> {
        let rows = sqlx::query_as!(
            Row,
            "select id, queue, reason, body, message, route, died_at, settled_at, settled_by, settled_how, settled_because
             from dead_letter where ($1::text is null or id > $1) and ($2 or settled_at is null) order by id limit $3",
            after.map(|id| id.to_string()),
            settled,
            limit,
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// How many dead letters wait for the operator.
    pub async fn count_dead_letters(&self) -> Result<u64> {
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from dead_letter where settled_at is null"#)
            .fetch_one(self.pool())
            .await?;
        Ok(count.unsigned_abs())
    }
}

impl Tx {
    /// Keeps a dead letter; `false` if it is kept already. A message that is too long is cut.
    pub async fn insert_dead_letter(&mut self, letter: &DeadLetterRecord) -> Result<bool> {
        let json = |value: serde_json::Result<Value>| value.map_err(|error| StoreError::corrupt(letter.id, error));
        let route = letter.resend.as_ref().map(|(route, _)| json(serde_json::to_value(route))).transpose()?;
        let message = letter.resend.as_ref().map(|(_, message)| json(serde_json::to_value(message))).transpose()?;
        let done = sqlx::query!(
            "insert into dead_letter (id, queue, reason, body, message, route, died_at) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (queue, died_at, sha256(body)) do nothing",
            letter.id.to_string(),
            letter.queue,
            letter.reason,
            &letter.body[..letter.body.len().min(LONGEST)],
            message,
            route,
            letter.died_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A dead letter, locked.
    pub async fn lock_dead_letter(&mut self, id: DeadLetterId) -> Result<Option<DeadLetterRecord>> {
        let row = sqlx::query_as!(
            Row,
            "select id, queue, reason, body, message, route, died_at, settled_at, settled_by, settled_how, settled_because
             from dead_letter where id = $1 for update",
            id.to_string(),
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// Writes down what the operator did with a dead letter.
    pub async fn settle_dead_letter(&mut self, id: DeadLetterId, settled: &Settled) -> Result<()> {
        sqlx::query!(
            "update dead_letter set settled_at = $2, settled_by = $3, settled_how = $4, settled_because = $5 where id = $1",
            id.to_string(),
            settled.at,
            settled.by,
            settled.how.as_str(),
            settled.because,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}

impl Row {
    fn read(self) -> Result<DeadLetterRecord> {
        // What a later version wrote is shown, but cannot be sent again by this one.
        let route = self.route.and_then(|route| serde_json::from_value(route).ok());
        let message = self.message.and_then(|message| serde_json::from_value(message).ok());
        let how: Option<Settling> = parse_option("settled_how", self.settled_how.as_deref())?;
        let settled = match (self.settled_at, self.settled_by, how) {
            (Some(at), Some(by), Some(how)) => Some(Settled { at, by, how, because: self.settled_because }),
            _ => None,
        };
        Ok(DeadLetterRecord {
            id: parse("dead letter", &self.id)?,
            queue: self.queue,
            reason: self.reason,
            body: self.body,
            resend: route.zip(message),
            died_at: self.died_at,
            settled,
        })
    }
}
