//! Working on one batch: read, send, settle.

use std::sync::Arc;

use futures_util::{StreamExt, stream::FuturesUnordered};
use hyper::body::Bytes;
use munadi_domain::{
    endpoint::{Endpoint, EndpointPolicy},
    id::NoticeId,
    message::Lane,
};
use munadi_services::{
    Core, Result, ServiceError,
    limits::{Limits, Purpose, Subject},
};
use munadi_store::delivery::{Batch, Recipient};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{
    client::{PushClient, PushRequest, Ttl, Urgency},
    compose::{Composer, Form, Prepared},
    encrypt::{SubscriberKeys, encrypt},
    gate::{Gate, Passage},
    origin::{Admission, Change, Origins},
    outcome::Outcome,
    rests::Rests,
    summary::{Fate, Report, Summary},
    topic::TopicKey,
    vapid::Vapid,
};

/// Tokens in endpoints are longer.
const LONGEST_WORD: usize = 24;

/// Settings of the delivery.
#[derive(Debug, Clone)]
pub struct DeliverConfig {
    /// What the address of a notice's page begins with; its id follows.
    pub notice_address: String,
    /// Hosts of push services of our own, which are given the text.
    pub own_hosts: Vec<String>,
    /// What all others are given; nothing at all if `None`.
    pub foreign: Option<Form>,
    /// Messages of each lane on their way to one push service at a time.
    pub per_origin: usize,
    /// Batches of one lane that are worked on at the same time.
    pub batches: u16,
    /// Messages of one batch on their way at a time.
    pub messages: usize,
}

impl DeliverConfig {
    /// The usual settings for an installation whose notices' pages begin so.
    pub fn new(notice_address: String) -> Self {
        Self {
            notice_address,
            own_hosts: Vec::new(),
            foreign: Some(Form::WakeUp),
            per_origin: 200,
            batches: 8,
            messages: 64,
        }
    }
}

/// What the delivery works with.
pub struct Tools {
    /// Database and time.
    pub core: Core,
    /// The limit of each push service.
    pub limits: Arc<Limits>,
    /// Connections to push services.
    pub client: PushClient,
    /// Who sends.
    pub vapid: Arc<Vapid>,
    /// Hides which notice a waiting message belongs to.
    pub topics: TopicKey,
    /// Which push services may be called.
    pub endpoints: Arc<EndpointPolicy>,
    /// Settings.
    pub config: DeliverConfig,
}

/// Delivers batches.
pub struct Deliverer {
    pub(crate) core: Core,
    pub(crate) origins: Origins,
    pub(crate) config: DeliverConfig,
    limits: Arc<Limits>,
    client: PushClient,
    vapid: Arc<Vapid>,
    endpoints: Arc<EndpointPolicy>,
    composer: Composer,
    gate: Gate,
    rests: Rests,
}

/// What a message about a batch led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// The batch was worked on; so many of its recipients wait for another attempt.
    Settled {
        /// How many wait.
        waiting: usize,
    },
    /// Someone has worked on this attempt already.
    Double,
}

/// One attempt at one batch, and what it needs for each message.
struct Sending<'a> {
    prepared: &'a Prepared,
    passage: &'a Passage<'a>,
    expires_at: OffsetDateTime,
    stop: &'a CancellationToken,
}

impl Deliverer {
    /// Nothing is known about any push service yet.
    pub fn new(tools: Tools) -> Self {
        let Tools { core, limits, client, vapid, topics, endpoints, config } = tools;
        Self {
            core,
            origins: Origins::new(config.per_origin),
            limits,
            client,
            vapid,
            endpoints,
            composer: Composer::new(topics, config.notice_address.clone()),
            gate: Gate::new(),
            rests: Rests::default(),
            config,
        }
    }

    /// Works on a batch, if nobody has worked on this attempt before. When it is told to stop, it sends nothing more, and what is not
    /// sent waits for another attempt.
    pub async fn work(&self, notice: NoticeId, number: u32, attempt: u32, stop: &CancellationToken) -> Result<Worked> {
        let Some(batch) = self.core.store.batch(notice, number, attempt).await? else { return Ok(Worked::Double) };
        let open: Vec<i64> = batch.recipients.iter().filter(|(_, it)| !it.is_final()).map(|(id, _)| *id).collect();
        let people = self.core.store.recipients(&open).await?;
        // From here on messages go out, and nothing is written down yet. If we crash now, the batch is sent again as a whole; a citizen
        // sees a message that comes twice once, because both have the same topic and tag.
        let reports = self.send(notice, &batch, &people, stop).await?;
        let now = self.core.clock.now();
        let summary = Summary::new(&batch, &reports, |origin| self.origins.is_stopped(origin), now);
        self.settle(notice, number, &batch, &summary).await
    }

    async fn send(
        &self,
        notice: NoticeId,
        batch: &Batch,
        people: &[Recipient],
        stop: &CancellationToken,
    ) -> Result<Vec<Report>> {
        let now = self.core.clock.now();
        // What has been superseded, withdrawn or has expired is not sent any more, however far the rest has come.
        if !batch.current || Ttl::until(batch.expires_at, now).is_none() {
            return Ok(people.iter().map(|to| report(to, None, Fate::Expired)).collect());
        }
        self.origins.learn(&self.core.store.origins().await?, now);
        let prepared = self.composer.prepare(&self.core.store, notice).await?;
        let passage = self.gate.enter(batch.lane);
        let sending = Sending { prepared: &prepared, passage: &passage, expires_at: batch.expires_at, stop };
        Ok(self.send_all(&sending, people).await)
    }

    /// Encrypts and sends with so many messages on their way at a time. All of it is one task: a message costs about 100 µs of
    /// computing, less than it costs to hand it to another thread and back under load; batches are what runs in parallel.
    async fn send_all(&self, sending: &Sending<'_>, people: &[Recipient]) -> Vec<Report> {
        let mut people_left = people.iter();
        let mut on_their_way: FuturesUnordered<_> =
            people_left.by_ref().take(self.config.messages.max(1)).map(|to| self.send_to(sending, to)).collect();
        let mut reports = Vec::with_capacity(people.len());
        while let Some(report) = on_their_way.next().await {
            reports.push(report);
            on_their_way.extend(people_left.next().map(|to| self.send_to(sending, to)));
        }
        reports
    }

    async fn send_to(&self, sending: &Sending<'_>, to: &Recipient) -> Report {
        sending.passage.turn().await;
        if sending.stop.is_cancelled() {
            return report(to, None, Fate::Again(None));
        }
        if let Some(until) = self.rests.until(to.id, self.core.clock.now()) {
            return report(to, None, Fate::Again(Some(until)));
        }
        // The policy may have become stricter since the citizen subscribed.
        let Ok(endpoint) = self.endpoints.check_url(&to.endpoint) else { return report(to, None, Fate::Failed) };
        let slots = match self.admit(&endpoint, sending.prepared.lane) {
            Ok(slots) => slots,
            Err(fate) => return report(to, Some(&endpoint), fate),
        };
        // It is never closed, and without a slot nothing would be worse than before.
        let _slot = slots.acquire().await;
        let request = match self.request(sending, to, &endpoint) {
            Ok(request) => request,
            Err(fate) => return report(to, Some(&endpoint), fate),
        };
        let answer = self.client.send(request).await;
        let now = self.core.clock.now();
        let outcome = Outcome::of(&answer, now);
        if let Outcome::Wait(wait) = outcome {
            self.rests.keep(to.id, now + wait, now);
        }
        let change = self.origins.judge(endpoint.origin(), outcome, now);
        let said = || match &answer {
            Ok(answer) => format!("{}: {}", answer.status, harmless(&answer.reason)),
            Err(error) => format!("unsent: {error}"),
        };
        Report { change, ..report(to, Some(&endpoint), fate(outcome, now, said)) }
    }

    fn admit(&self, endpoint: &Endpoint, lane: Lane) -> Result<Arc<tokio::sync::Semaphore>, Fate> {
        let (origin, now) = (endpoint.origin(), self.core.clock.now());
        let slots = match self.origins.admit(origin, lane, now) {
            Admission::Go(slots) => slots,
            Admission::Wait(until) => return Err(Fate::Again(Some(until))),
        };
        match self.limits.check(Subject::PushOrigin(origin), Purpose::Send) {
            Ok(_) => Ok(slots),
            Err(ServiceError::TooMany { retry_after }) => Err(Fate::Again(Some(now + retry_after))),
            Err(_) => Err(Fate::Again(None)),
        }
    }

    fn request<'a>(
        &self,
        sending: &Sending<'a>,
        to: &Recipient,
        endpoint: &'a Endpoint,
    ) -> Result<PushRequest<'a>, Fate> {
        let now = self.core.clock.now();
        let left = Ttl::until(sending.expires_at, now).ok_or(Fate::Expired)?;
        let is_own = self.config.own_hosts.iter().any(|host| host == endpoint.host_str());
        let form = if is_own { Form::Full } else { self.config.foreign.ok_or(Fate::Failed)? };
        let message = sending.prepared.message(&to.language, form).map_err(|error| {
            tracing::error!(%error, "a message cannot be written");
            Fate::Failed
        })?;
        let keys = SubscriberKeys::from_bytes(to.p256dh, to.auth).map_err(|_| Fate::Failed)?;
        // Signing and encrypting fail only when the machine lacks memory or randomness.
        let authorization = self.vapid.authorization(endpoint.origin(), now).map_err(|_| Fate::Again(None))?;
        let body = encrypt(&keys, &message.text, message.bucket).map_err(|_| Fate::Again(None))?;
        Ok(PushRequest {
            endpoint,
            body: Bytes::from(body),
            // What the push service can read; docs/adr/0011 says why each is as it is.
            ttl: Ttl::of(form, left),
            urgency: Urgency::of(sending.prepared.lane),
            topic: Some(self.composer.topic(sending.prepared, (!is_own).then_some(to.id))),
            authorization,
        })
    }
}

fn report(to: &Recipient, endpoint: Option<&Endpoint>, fate: Fate) -> Report {
    let origin = endpoint.map(|endpoint| endpoint.origin().to_owned()).unwrap_or_default();
    Report { id: to.id, provider: to.provider.clone(), origin, fate, change: None::<Change> }
}

/// What a push service says about a refusal may repeat the endpoint, which is the citizen's: whatever is longer than a word is left out.
fn harmless(reason: &str) -> String {
    let words = reason.split_whitespace().map(|word| if word.len() > LONGEST_WORD { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn fate(outcome: Outcome, now: OffsetDateTime, said: impl Fn() -> String) -> Fate {
    match outcome {
        Outcome::Sent => Fate::Sent(now),
        Outcome::Gone => Fate::Gone,
        Outcome::Wait(time) => Fate::Again(Some(now + time)),
        Outcome::Retry => Fate::Again(None),
        Outcome::Rejected => Fate::Rejected(said()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_in_an_answer_is_not_repeated() {
        let said = "No such subscription: https://push.example.org/v2/gAAAAABkZ3 UnauthorizedRegistration";
        assert_eq!(harmless(said), "No such subscription: … UnauthorizedRegistration");
    }
}
