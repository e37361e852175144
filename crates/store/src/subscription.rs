//! Citizens' subscriptions. Nothing here says who somebody is.

use munadi_domain::{area::Pin, id::SubscriptionId, language::Lang, subscription::Preferences, topic::TopicSet};
use time::OffsetDateTime;

use crate::{Result, Store, StoreError, Tx, read::parse};

/// What stands for every topic, also for those that will exist one day.
const ALL_TOPICS: i32 = -1;

/// What a citizen agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Which version of the text was shown.
    pub text_version: String,
    /// In which language.
    pub language: Lang,
    /// When it was given.
    pub given_at: OffsetDateTime,
}

/// A subscription that does not exist yet.
#[derive(Debug)]
pub struct NewSubscription<'a> {
    /// Its name towards its owner.
    pub id: SubscriptionId,
    /// SHA-256 of the secret with which its owner changes or erases it.
    pub secret_digest: [u8; 32],
    /// The URL at its push service.
    pub endpoint: &'a str,
    /// Whose push service that is.
    pub provider: &'a str,
    /// The subscriber's public key: an uncompressed point on P-256.
    pub p256dh: [u8; 65],
    /// The subscriber's authentication secret.
    pub auth: [u8; 16],
    /// When.
    pub at: OffsetDateTime,
}

/// A subscription: everything that is stored about a citizen.
#[derive(Clone, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// Its name towards its owner.
    pub id: SubscriptionId,
    /// SHA-256 of its owner's secret.
    pub secret_digest: [u8; 32],
    /// The URL at its push service.
    pub endpoint: String,
    /// Whose push service that is.
    pub provider: String,
    /// The subscriber's public key.
    pub p256dh: [u8; 65],
    /// The subscriber's authentication secret.
    pub auth: [u8; 16],
    /// What it asks for.
    pub preferences: Preferences,
    /// What its owner agreed to.
    pub consent: Option<Consent>,
    /// Since when it is there.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

impl std::fmt::Debug for SubscriptionRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubscriptionRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

struct Row {
    public_id: String,
    secret_digest: Vec<u8>,
    endpoint: String,
    provider: String,
    p256dh: Vec<u8>,
    auth: Vec<u8>,
    language: String,
    topics: i32,
    pins: Vec<i32>,
    text_version: Option<String>,
    consent_language: Option<String>,
    given_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl Store {
    /// The subscription of that name.
    pub async fn subscription(&self, id: SubscriptionId) -> Result<Option<SubscriptionRecord>> {
        let row = sqlx::query_as!(
            Row,
            r#"select s.public_id, s.secret_digest, s.endpoint, s.provider, s.p256dh, s.auth, s.language, s.topics, s.created_at, s.updated_at,
                array(select pin from subscription_place p where p.subscription_id = s.id) as "pins!",
                c.text_version as "text_version?", c.language as "consent_language?", c.given_at as "given_at?"
             from subscription s left join consent c on c.subscription_id = s.id where s.public_id = $1"#,
            id.to_string(),
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(Row::read).transpose()
    }

    /// How many subscriptions there are at each provider, the largest first.
    pub async fn count_subscriptions(&self) -> Result<Vec<(String, u64)>> {
        let rows = sqlx::query!(
            r#"select provider, count(*) as "count!" from subscription group by provider order by 2 desc, 1"#
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|row| (row.provider, row.count.unsigned_abs())).collect())
    }
}

impl Tx {
    /// Adds a subscription without places; `false` if its endpoint has one already, which is then locked.
    pub async fn insert_subscription(&mut self, new: &NewSubscription<'_>, language: &Lang) -> Result<bool> {
        // If someone else is adding the same endpoint at this moment, this waits for them.
        let done = sqlx::query!(
            "insert into subscription (public_id, secret_digest, endpoint, endpoint_digest, provider, p256dh, auth, language, topics,
                created_at, updated_at)
             values ($1, $2, $3, sha256(convert_to($3, 'UTF8')), $4, $5, $6, $7, 0, $8, $8) on conflict (endpoint_digest) do nothing",
            new.id.to_string(),
            &new.secret_digest,
            new.endpoint,
            new.provider,
            &new.p256dh,
            &new.auth,
            language.as_str(),
            new.at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The subscription of that endpoint, locked.
    pub async fn lock_endpoint(&mut self, endpoint: &str) -> Result<Option<SubscriptionRecord>> {
        let row = sqlx::query_as!(
            Row,
            r#"select s.public_id, s.secret_digest, s.endpoint, s.provider, s.p256dh, s.auth, s.language, s.topics, s.created_at, s.updated_at,
                array(select pin from subscription_place p where p.subscription_id = s.id) as "pins!",
                c.text_version as "text_version?", c.language as "consent_language?", c.given_at as "given_at?"
             from subscription s left join consent c on c.subscription_id = s.id
             where s.endpoint_digest = sha256(convert_to($1, 'UTF8')) for update of s"#,
            endpoint,
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(Row::read).transpose()
    }

    /// Replaces what a subscription asks for; `false` if there is no such subscription any more.
    pub async fn set_preferences(
        &mut self,
        id: SubscriptionId,
        preferences: &Preferences,
        at: OffsetDateTime,
    ) -> Result<bool> {
        let topics = match preferences.topics.iter().copied().collect::<TopicSet>() {
            topics if topics.is_empty() => ALL_TOPICS,
            topics => topics.bits(),
        };
        let row = sqlx::query_scalar!(
            "update subscription set language = $2, topics = $3, updated_at = $4 where public_id = $1 returning id",
            id.to_string(),
            preferences.language.as_str(),
            topics,
            at,
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(false) };
        let pins: Vec<i32> = preferences.pins.iter().map(|pin| pin.number()).collect();
        sqlx::query!("delete from subscription_place where subscription_id = $1 and pin <> all($2)", row, &pins)
            .execute(&mut *self.inner)
            .await?;
        sqlx::query!(
            "insert into subscription_place (pin, subscription_id, topics) select unnest($2::integer[]), $1, $3
             on conflict (pin, subscription_id) do update set topics = excluded.topics",
            row,
            &pins,
            topics,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(true)
    }

    /// Remembers what the owner agreed to, in place of an earlier consent.
    pub async fn set_consent(&mut self, id: SubscriptionId, consent: &Consent) -> Result<()> {
        sqlx::query!(
            "insert into consent (subscription_id, text_version, language, given_at)
             select id, $2, $3, $4 from subscription where public_id = $1
             on conflict (subscription_id) do update
                set text_version = excluded.text_version, language = excluded.language, given_at = excluded.given_at",
            id.to_string(),
            consent.text_version,
            consent.language.as_str(),
            consent.given_at,
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Gives a subscription another secret.
    pub async fn renew_secret(&mut self, id: SubscriptionId, digest: [u8; 32]) -> Result<()> {
        sqlx::query!("update subscription set secret_digest = $2 where public_id = $1", id.to_string(), &digest)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Erases a subscription with everything that belongs to it; `false` if there is none. What remains is a number in the lists of past
    /// broadcasts that leads nowhere.
    pub async fn erase_subscription(&mut self, id: SubscriptionId) -> Result<bool> {
        let done = sqlx::query!("delete from subscription where public_id = $1", id.to_string())
            .execute(&mut *self.inner)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Row {
    fn read(self) -> Result<SubscriptionRecord> {
        let pin = |number: i32| Pin::try_from(number).map_err(|error| StoreError::corrupt("PIN code", error));
        let topics = if self.topics == ALL_TOPICS { TopicSet::default() } else { TopicSet::from_bits(self.topics) };
        Ok(SubscriptionRecord {
            id: parse("subscription", &self.public_id)?,
            secret_digest: fixed("secret", &self.secret_digest)?,
            endpoint: self.endpoint,
            provider: self.provider,
            p256dh: fixed("p256dh", &self.p256dh)?,
            auth: fixed("auth", &self.auth)?,
            preferences: Preferences {
                pins: self.pins.into_iter().map(pin).collect::<Result<_>>()?,
                topics: topics.iter().collect(),
                language: parse("language", &self.language)?,
            },
            consent: consent(self.text_version, self.consent_language.as_deref(), self.given_at)?,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn consent(version: Option<String>, language: Option<&str>, at: Option<OffsetDateTime>) -> Result<Option<Consent>> {
    let (Some(text_version), Some(language), Some(given_at)) = (version, language, at) else { return Ok(None) };
    Ok(Some(Consent { text_version, language: parse("language", language)?, given_at }))
}

/// Bytes of a length that the schema guarantees.
pub(crate) fn fixed<const N: usize>(what: &str, bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| StoreError::corrupt(what, format!("{} bytes instead of {N}", bytes.len())))
}
