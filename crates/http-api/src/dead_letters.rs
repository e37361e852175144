//! `/v1/dead-letters`: what queues gave up on, for the operator.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::Response,
};
use munadi_domain::{access::PlatformAdmin, id::DeadLetterId};
use munadi_services::{
    dead_letters::{DeadLetterRecord, DeadLetters, Settling},
    page::Page,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Json, Limit, Path, Query, Right},
    page::paged,
    problem::Result,
    schema,
};

/// The dead letters.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_dead_letters)).routes(routes!(retry)).routes(routes!(drop_dead_letter))
}

/// Which dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListIn {
    /// Also those that are settled.
    #[serde(default)]
    settled: bool,
    /// Only those after this one: `next` of the page before.
    #[param(value_type = Option<schema::DeadLetterId>)]
    after: Option<DeadLetterId>,
    /// At most so many; 20 if absent.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Limit,
}

/// A message that a queue gave up on.
#[derive(Debug, Serialize, ToSchema)]
struct DeadLetterOut {
    #[schema(value_type = schema::DeadLetterId)]
    id: String,
    /// The queue it died in.
    queue: String,
    /// Why.
    reason: String,
    /// The message, as far as it can be read.
    message: String,
    /// Whether it can be sent again.
    can_be_retried: bool,
    /// When it died.
    #[serde(with = "time::serde::rfc3339")]
    died_at: OffsetDateTime,
    /// What the operator did.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<SettledOut>,
}

/// What the operator did with a dead letter.
#[derive(Debug, Serialize, ToSchema)]
struct SettledOut {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[schema(value_type = schema::OfficerId)]
    by: String,
    /// `retried` or `dropped`.
    how: &'static str,
    /// Why, if it was dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

/// A page of dead letters.
#[derive(Debug, Serialize, ToSchema)]
struct DeadLettersOut {
    /// In the order of their arrival.
    dead_letters: Vec<DeadLetterOut>,
    /// The value of `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Why a dead letter is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DropIn {
    /// In words, for the audit trail.
    #[schema(min_length = 1, max_length = 500)]
    because: String,
}

impl From<DeadLetterRecord> for DeadLetterOut {
    fn from(letter: DeadLetterRecord) -> Self {
        let settled = letter.settled.map(|settled| SettledOut {
            at: settled.at,
            by: settled.by,
            how: match settled.how {
                Settling::Retried => "retried",
                Settling::Dropped => "dropped",
            },
            because: settled.because,
        });
        Self {
            id: letter.id.to_string(),
            queue: letter.queue,
            reason: letter.reason,
            message: String::from_utf8_lossy(&letter.body).into_owned(),
            can_be_retried: letter.resend.is_some(),
            died_at: letter.died_at,
            settled,
        }
    }
}

/// Lists dead letters.
#[utoipa::path(get, path = "/v1/dead-letters", tag = "operator", params(ListIn), responses((status = 200, body = DeadLettersOut)))]
async fn list_dead_letters(
    State(letters): State<DeadLetters>,
    Right(operator): Right<PlatformAdmin>,
    uri: Uri,
    Query(asked): Query<ListIn>,
) -> Result<Response> {
    let listed = letters.list(operator, asked.settled, Page::new(asked.after, asked.limit.0)).await?;
    let next = listed.next.map(|id| id.to_string());
    let dead_letters = listed.items.into_iter().map(Into::into).collect();
    Ok(paged(&uri, "after", next.clone(), DeadLettersOut { dead_letters, next }))
}

/// Sends a dead letter again.
#[utoipa::path(post, path = "/v1/dead-letters/{letter}/retry", tag = "operator", params(("letter" = schema::DeadLetterId, Path)),
    responses((status = 204)))]
async fn retry(
    State(letters): State<DeadLetters>,
    Right(operator): Right<PlatformAdmin>,
    Path(letter): Path<DeadLetterId>,
) -> Result<StatusCode> {
    letters.retry(operator, letter).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a dead letter up, for a reason.
#[utoipa::path(post, path = "/v1/dead-letters/{letter}/drop", tag = "operator", params(("letter" = schema::DeadLetterId, Path)),
    request_body = DropIn, responses((status = 204)))]
async fn drop_dead_letter(
    State(letters): State<DeadLetters>,
    Right(operator): Right<PlatformAdmin>,
    Path(letter): Path<DeadLetterId>,
    Json(body): Json<DropIn>,
) -> Result<StatusCode> {
    letters.drop_letter(operator, letter, &body.because).await?;
    Ok(StatusCode::NO_CONTENT)
}
