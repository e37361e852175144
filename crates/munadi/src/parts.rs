//! The parts of a process: what each runs, and with what.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use futures_util::StreamExt;
use munadi_broker::{Broker, Canary, DeadLetter, DeadLetters, Kept, QueueState};
use munadi_deliver::{
    DeliverConfig, Deliverer, Form, Tools,
    client::{ClientConfig, PushClient},
    topic::TopicKey,
    vapid::{Vapid, VapidKey},
};
use munadi_domain::{endpoint::EndpointPolicy, id::MessageId, subscription::Foreign};
use munadi_sealer::KeepFile;
use munadi_services::{dead_letters::Died, inbox::LiveHub};
use munadi_web::{LookAtQueues, QueueLine};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::Part,
    config::Config,
    installation::{Installation, extra_roots},
    services::Services,
    supervisor::Supervisor,
};

/// How often a canary crosses each queue of the emergency lane.
const CANARY: Duration = Duration::from_secs(5);
/// How often what nobody needs any more is thrown away.
const HOUSEKEEPING: Duration = Duration::from_mins(1);
/// How often RabbitMQ is looked at, for readiness and for the gauges of its queues.
const BROKER_WATCH: Duration = Duration::from_secs(10);
/// How often the hub looks by itself whether it missed something.
const CATCH_UP: Duration = Duration::from_secs(30);

/// Adds the workers among the parts.
pub(crate) fn add_workers(
    supervisor: &mut Supervisor,
    parts: &[Part],
    installation: &Installation,
    services: &Services,
    broker: &Broker,
) {
    if parts.contains(&Part::Relay) {
        add_relay(supervisor, services, broker);
    }
    if parts.contains(&Part::Fanout) {
        let context = munadi_fanout::Context { core: services.core.clone(), broker: broker.clone() };
        supervisor.add(Part::Fanout.as_str(), move |shutdown| {
            let context = context.clone();
            async move {
                munadi_fanout::run(context, shutdown).await;
                Ok(())
            }
        });
    }
    if parts.contains(&Part::Deliver) {
        let (config, services, broker) = (installation.config.clone(), services.clone(), broker.clone());
        let endpoints = Arc::clone(&services.endpoints);
        supervisor.add(Part::Deliver.as_str(), move |shutdown| {
            let deliverer = deliverer(&config, &services, Arc::clone(&endpoints));
            let broker = broker.clone();
            async move {
                munadi_deliver::run(deliverer?, broker, shutdown).await;
                Ok(())
            }
        });
    }
    if parts.contains(&Part::DeadLetters) {
        let (letters, broker) = (services.clone(), broker.clone());
        let run = move |shutdown| keep_dead(letters.clone(), broker.clone(), shutdown);
        supervisor.add(Part::DeadLetters.as_str(), run);
    }
    if parts.contains(&Part::Sealer) {
        add_sealer(supervisor, installation, services);
    }
}

fn add_sealer(supervisor: &mut Supervisor, installation: &Installation, services: &Services) {
    let config = &installation.config;
    let context = munadi_sealer::Context {
        store: services.core.store.clone(),
        clock: services.core.clock.clone(),
        signer: Arc::clone(&services.log_signer),
        keep: KeepFile::new(config.keep_file()),
    };
    let interval = Duration::from_millis(config.transparency_log.interval_ms);
    supervisor.add(Part::Sealer.as_str(), move |shutdown| {
        let context = context.clone();
        async move { Ok(munadi_sealer::run(context, interval, shutdown).await?) }
    });
}

/// How long RabbitMQ may take to tell of its queues.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tells the operator's page of the queues.
pub(crate) fn queues(broker: &Broker) -> LookAtQueues {
    let broker = broker.clone();
    Arc::new(move || {
        let broker = broker.clone();
        Box::pin(async move {
            let states = tokio::time::timeout(PATIENCE, broker.inspect()).await.ok()?.ok()?;
            let line = |state: QueueState| QueueLine {
                name: state.name,
                load: state.load.map(|load| (load.messages, load.consumers)),
            };
            Some(states.into_iter().map(line).collect())
        })
    })
}

fn add_relay(supervisor: &mut Supervisor, services: &Services, broker: &Broker) {
    let clock = services.core.clock.clone();
    let context = munadi_relay::Context {
        store: services.core.store.clone(),
        broker: broker.clone(),
        clock: Arc::new(move || clock.unix_ms()),
    };
    supervisor.add(Part::Relay.as_str(), move |shutdown| {
        let context = context.clone();
        async move {
            munadi_relay::run(context, shutdown).await;
            Ok(())
        }
    });
    let (services, broker) = (services.clone(), broker.clone());
    supervisor.add("canary", move |shutdown| canary(services.clone(), broker.clone(), shutdown));
}

fn deliverer(config: &Config, services: &Services, endpoints: Arc<EndpointPolicy>) -> Result<Deliverer> {
    let public_url = config.http.public_url.as_str().trim_end_matches('/');
    let foreign = match config.push.foreign {
        Foreign::Full => Some(Form::Full),
        Foreign::WakeUp => Some(Form::WakeUp),
        Foreign::Off => None,
    };
    let settings = DeliverConfig {
        own_hosts: config.push_policy().own_hosts,
        foreign,
        per_origin: config.push.per_origin,
        ..DeliverConfig::new(format!("{public_url}/notices/"))
    };
    let vapid = VapidKey::from_pkcs8(&services.signers.vapid().to_pkcs8()?)?;
    Ok(Deliverer::new(Tools {
        core: services.core.clone(),
        limits: Arc::clone(&services.limits),
        client: PushClient::new(ClientConfig {
            extra_roots: extra_roots(&config.push.extra_root)?,
            ..ClientConfig::default()
        })?,
        vapid: Arc::new(Vapid::new(vapid, &config.push.contact)?),
        topics: TopicKey::from_key(services.signers.topic().clone()),
        endpoints,
        config: settings,
    }))
}

/// Adds what keeps the live inbox of this process and its tables in order, and gives what is wrong with RabbitMQ.
pub(crate) fn add_upkeep(
    supervisor: &mut Supervisor,
    services: &Services,
    broker: &Broker,
    hub: &Arc<LiveHub>,
) -> BrokerHealth {
    let (listening, hub) = (broker.clone(), Arc::clone(hub));
    supervisor.add("live", move |shutdown| listen(listening.clone(), Arc::clone(&hub), shutdown));
    let services = services.clone();
    supervisor.add("housekeeping", move |shutdown| keep_house(services.clone(), shutdown));
    let health = BrokerHealth::default();
    let (watched, found) = (broker.clone(), Arc::clone(&health));
    supervisor.add("broker-watch", move |shutdown| watch_broker(watched.clone(), Arc::clone(&found), shutdown));
    health
}

async fn canary(services: Services, broker: Broker, shutdown: CancellationToken) -> Result<()> {
    // An id that cannot be made fresh would only make a canary look like a double.
    let fallback = services.core.seed()?;
    let new_id = move || MessageId::new(services.core.seed().unwrap_or(fallback));
    Canary::new(&broker, CANARY).run(&shutdown, new_id).await;
    Ok(())
}

async fn keep_dead(services: Services, broker: Broker, shutdown: CancellationToken) -> Result<()> {
    let keeper = move |letter: DeadLetter| {
        let letters = services.dead_letters.clone();
        async move {
            match letters.keep(died(letter)).await {
                Ok(()) => Kept::Yes,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a dead letter could not be kept");
                    Kept::NotYet
                }
            }
        }
    };
    DeadLetters::new(&broker).run(shutdown, keeper).await;
    Ok(())
}

fn died(letter: DeadLetter) -> Died {
    let at = letter.died_unix.and_then(|unix| OffsetDateTime::from_unix_timestamp(i64::try_from(unix).ok()?).ok());
    let (body, message) = match letter.message {
        Ok(message) => (serde_json::to_vec(&message).unwrap_or_default(), Some(message)),
        Err(unreadable) => (format!("{unreadable:?}").into_bytes(), None),
    };
    let resend = letter.route.zip(message);
    Died { queue: letter.original_queue, reason: letter.reason, body, resend, at }
}

/// Feeds the hub. Each event only says that it is worth to look; what was published is read from the database.
async fn listen(broker: Broker, hub: Arc<LiveHub>, shutdown: CancellationToken) -> Result<()> {
    hub.catch_up().await?;
    let mut events = broker.live();
    let mut ticks = tokio::time::interval(CATCH_UP);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            _ = events.next() => {}
            _ = ticks.tick() => {}
        }
        hub.catch_up().await?;
    }
}

/// What was last found wrong with RabbitMQ.
pub(crate) type BrokerHealth = Arc<Mutex<Option<String>>>;

async fn watch_broker(broker: Broker, health: BrokerHealth, shutdown: CancellationToken) -> Result<()> {
    let mut ticks = tokio::time::interval(BROKER_WATCH);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let found = match tokio::time::timeout(Duration::from_secs(5), broker.inspect()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("RabbitMQ does not answer".to_owned()),
        };
        *health.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
    Ok(())
}

async fn keep_house(services: Services, shutdown: CancellationToken) -> Result<()> {
    let mut ticks = tokio::time::interval(HOUSEKEEPING);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        services.limits.sweep();
        services.sign_in.prune().await?;
        services.clients.prune().await?;
        services.idempotency.prune().await?;
    }
    Ok(())
}
