//! How far a notice has come on its way.

use std::collections::BTreeMap;

use axum::{Json as JsonOut, extract::State};
use munadi_domain::{access::NoticeReader, id::NoticeId};
use munadi_services::figures::{Counts, DeliveryFigures, Figures};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    extract::{Path, Right},
    problem::Result,
    schema,
};

/// The delivery of a notice, in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryOut {
    #[schema(value_type = schema::Lane)]
    lane: &'static str,
    /// How many subscriptions it goes to; grows until `queued_at`.
    audience: u64,
    #[serde(flatten)]
    total: CountsOut,
    /// By provider. Those that were not tried yet are in none of them.
    providers: BTreeMap<String, CountsOut>,
    /// How many batches there are until now.
    batches: u64,
    /// How many of them are done.
    batches_done: u64,
    /// When the notice was published.
    #[serde(with = "time::serde::rfc3339")]
    published_at: OffsetDateTime,
    /// When its fan-out began.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    started_at: Option<OffsetDateTime>,
    /// When the last batch was queued.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    queued_at: Option<OffsetDateTime>,
    /// When a push service took the first message.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    first_sent_at: Option<OffsetDateTime>,
    /// When a push service took the last message until now.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    last_sent_at: Option<OffsetDateTime>,
    /// When everything was done.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
}

/// How many messages had which outcome until now.
#[derive(Debug, Serialize, ToSchema)]
struct CountsOut {
    /// Not tried yet.
    pending: u64,
    /// Taken by the push service.
    sent: u64,
    /// The push service knew no such subscription any more, and it was deleted.
    gone: u64,
    /// Tried in vain, and to be tried again.
    waiting: u64,
    /// Refused by the push service for good.
    failed: u64,
    /// The notice was over before it could be sent.
    expired: u64,
    /// The citizen left before it could be sent.
    left: u64,
}

impl From<Counts> for CountsOut {
    fn from(counts: Counts) -> Self {
        let Counts { pending, sent, gone, waiting, failed, expired, left } = counts;
        Self { pending, sent, gone, waiting, failed, expired, left }
    }
}

impl From<DeliveryFigures> for DeliveryOut {
    fn from(figures: DeliveryFigures) -> Self {
        Self {
            lane: figures.lane.as_str(),
            audience: figures.audience,
            total: figures.total.into(),
            providers: figures.providers.into_iter().map(|(provider, counts)| (provider, counts.into())).collect(),
            batches: figures.batches,
            batches_done: figures.batches_done,
            published_at: figures.published_at,
            started_at: figures.started_at,
            queued_at: figures.queued_at,
            first_sent_at: figures.first_sent_at,
            last_sent_at: figures.last_sent_at,
            finished_at: figures.finished_at,
        }
    }
}

/// Shows how far a published notice has come. It may be asked every second.
#[utoipa::path(get, path = "/v1/notices/{notice}/delivery", tag = "notices", params(("notice" = schema::NoticeId, Path)),
    responses((status = 200, body = DeliveryOut)))]
pub(super) async fn show_delivery(
    State(figures): State<Figures>,
    Right(reader): Right<NoticeReader>,
    Path(notice): Path<NoticeId>,
) -> Result<JsonOut<DeliveryOut>> {
    Ok(JsonOut(figures.of(reader, notice).await?.into()))
}
