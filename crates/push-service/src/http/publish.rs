//! `POST` to an endpoint: a message for a user agent (RFC 8030 §5).

use std::{sync::Arc, time::Duration};

use axum::{
    BoxError,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use munadi_services::limits::{Purpose, Subject};
use tokio::time::timeout;

use super::fault::Fault;
use crate::{
    desk::{Posted, Posting},
    envelope::{Envelope, MAX_TTL, check_encoding},
    shared::Shared,
    token::{Address, Resource},
};

/// The largest body, in bytes: the least that a push service must take (RFC 8030 §7.2).
pub(crate) const MAX_BODY: usize = 4_096;
/// How long a sender may take to send one.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Takes a message. 201 says that it is stored, or, with TTL 0, that it was dropped because nobody is there.
pub(super) async fn publish(
    State(shared): State<Arc<Shared>>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Fault> {
    let address = shared.names.read_address(&endpoint).ok_or(Fault::NotFound)?;
    let envelope = Envelope::read(&headers)?;
    check_sender(&shared, &address, &envelope)?;
    shared.limits.check(Subject::PushTarget(address.agent), Purpose::Send)?;
    let body = read(&headers, body).await?;
    let ttl = envelope.ttl.min(MAX_TTL);
    let posting = Posting {
        agent: address.agent,
        channel: address.channel,
        topic: envelope.topic.map(str::to_owned),
        urgency: envelope.urgency,
        ttl,
        body,
    };
    match shared.desk.post(posting).await? {
        Posted::Stored(id) => accepted(&shared, ttl, Resource { agent: address.agent, id }),
        // RFC 8030 §5.2: accepted, and at once out of date.
        Posted::Dropped(id) => accepted(&shared, 0, Resource { agent: address.agent, id }),
        Posted::Gone => Err(Fault::Gone),
    }
}

/// A subscription made for one sender takes messages of that sender alone; any other takes them of everybody, but not with a forged name.
fn check_sender(shared: &Shared, address: &Address, envelope: &Envelope<'_>) -> Result<(), Fault> {
    let Some(header) = envelope.authorization else {
        return if address.sender.is_some() { Err(Fault::NoSender) } else { Ok(()) };
    };
    let now = u64::try_from(shared.clock.now().unix_timestamp()).unwrap_or(0);
    let sender = shared.vapid.check(header, &shared.origin, now)?;
    match address.sender {
        Some(expected) if expected != sender.key => Err(Fault::OtherSender),
        _ => Ok(()),
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Fault> {
    let body = timeout(BODY_WITHIN, Limited::new(body, MAX_BODY).collect()).await.map_err(|_| Fault::Unreadable)?;
    let refused = |error: BoxError| if error.is::<LengthLimitError>() { Fault::TooLarge } else { Fault::Unreadable };
    let body = body.map_err(refused)?.to_bytes();
    if !body.is_empty() {
        check_encoding(headers)?;
    }
    Ok(body)
}

fn accepted(shared: &Shared, ttl: u32, resource: Resource) -> Result<Response, Fault> {
    metrics::counter!("munadi_push_accepted_total").increment(1);
    let name = shared.names.write_resource(&resource).map_err(|_| Fault::Failed)?;
    let location = HeaderValue::try_from(shared.message(&name)).map_err(|_| Fault::Failed)?;
    let mut response = StatusCode::CREATED.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert("ttl", HeaderValue::from(ttl));
    Ok(response)
}
