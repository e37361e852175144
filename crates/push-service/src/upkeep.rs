//! Throwing away what nobody needs, and telling how things stand.

use std::time::Duration;

use munadi_store::{Store, StoreError};

use crate::shared::Shared;

/// How often messages that are out of date are deleted.
const EVERY: Duration = Duration::from_secs(30);
/// How often user agents are looked for that do not come any more. All of them are looked at.
const FORGET_EVERY: Duration = Duration::from_hours(12);
/// Rows that are deleted at a time, so that nobody waits for their locks.
const ROWS: u64 = 5_000;

/// Keeps order until cancelled. Any number of nodes may do so at once.
pub(crate) async fn run(store: &Store, shared: &Shared, forget_after_days: u16) {
    let (mut ticks, mut days) = (tokio::time::interval(EVERY), tokio::time::interval(FORGET_EVERY));
    loop {
        let done = tokio::select! {
            _ = ticks.tick() => tidy(store, shared).await,
            _ = days.tick() => forget(store, shared, forget_after_days).await,
        };
        if let Err(error) = done {
            tracing::warn!(error = &error as &dyn std::error::Error, "the push service's tables were not tidied");
        }
    }
}

async fn tidy(store: &Store, shared: &Shared) -> Result<(), StoreError> {
    shared.limits.sweep();
    while store.prune_push_messages(shared.clock.now(), ROWS.cast_signed()).await? >= ROWS {}
    let figures = store.push_figures().await?;
    shared.desk.set_stored_bytes(figures.message_bytes);
    metrics::gauge!("munadi_push_user_agents").set(count(figures.agents));
    metrics::gauge!("munadi_push_messages_waiting").set(count(figures.messages));
    metrics::gauge!("munadi_push_stored_bytes").set(count(figures.message_bytes));
    Ok(())
}

async fn forget(store: &Store, shared: &Shared, after_days: u16) -> Result<(), StoreError> {
    let before = shared.clock.now().date() - time::Duration::days(i64::from(after_days));
    while store.forget_push_agents(before, ROWS.cast_signed()).await? >= ROWS {}
    Ok(())
}

/// Gauges are floating-point numbers; beyond 2^53 nobody counts one by one.
#[expect(clippy::cast_precision_loss, reason = "a gauge may be off by one in 2^53")]
const fn count(number: u64) -> f64 {
    number as f64
}
