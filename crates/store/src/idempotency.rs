//! Answers to requests that create, kept so that the same request sent again gets the same answer.

use time::OffsetDateTime;

use crate::{Result, Store};

/// Which request: who sent it, and what the sender calls it.
#[derive(Debug, Clone, Copy)]
pub struct RequestKey<'a> {
    /// A pseudonymous id.
    pub principal: &'a str,
    /// The sender's name for the request.
    pub key: &'a str,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRequest {
    /// SHA-256 of the request.
    pub digest: Vec<u8>,
    /// The answer's status and body; none while it is still being worked on.
    pub answer: Option<(i16, Vec<u8>)>,
}

impl Store {
    /// Remembers a request as being worked on, unless it is known. One that has been worked on since before `abandoned_before` is
    /// taken over: whoever did that has died.
    pub async fn begin_request(
        &self,
        request: RequestKey<'_>,
        digest: &[u8; 32],
        now: OffsetDateTime,
        abandoned_before: OffsetDateTime,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "insert into idempotency (principal, key, request_digest, created_at) values ($1, $2, $3, $4)
             on conflict (principal, key) do update set created_at = $4
             where idempotency.status is null and idempotency.created_at < $5 and idempotency.request_digest = $3",
            request.principal,
            request.key,
            digest,
            now,
            abandoned_before,
        )
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What is known of the request.
    pub async fn known_request(&self, request: RequestKey<'_>) -> Result<Option<KnownRequest>> {
        let row = sqlx::query!(
            "select request_digest, status, body from idempotency where principal = $1 and key = $2",
            request.principal,
            request.key,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(row.map(|row| KnownRequest {
            digest: row.request_digest,
            answer: row.status.map(|status| (status, row.body.unwrap_or_default())),
        }))
    }

    /// Keeps the answer.
    pub async fn finish_request(&self, request: RequestKey<'_>, status: i16, body: &[u8]) -> Result<()> {
        sqlx::query!(
            "update idempotency set status = $3, body = $4 where principal = $1 and key = $2 and status is null",
            request.principal,
            request.key,
            status,
            body,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Forgets a request that came to nothing, so that it can be sent again.
    pub async fn abandon_request(&self, request: RequestKey<'_>) -> Result<()> {
        sqlx::query!(
            "delete from idempotency where principal = $1 and key = $2 and status is null",
            request.principal,
            request.key,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Forgets requests from before that time; how many that were.
    pub async fn prune_requests(&self, before: OffsetDateTime) -> Result<u64> {
        let done = sqlx::query!("delete from idempotency where created_at < $1", before).execute(self.pool()).await?;
        Ok(done.rows_affected())
    }
}
