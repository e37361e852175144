//! `munadi serve`, `munadi work`, `munadi sink`: the process that runs.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, PoisonError},
};

use anyhow::{Context, Result};
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use munadi_http_api::{ApiState, HttpSettings, Probes, Streams, router, with_client_address};
use munadi_push_service::{PushService, PushServiceConfig};
use munadi_push_sink::{Sink, SinkConfig, Transport};
use munadi_services::inbox::LiveHub;
use munadi_store::push::PushBounds;
use munadi_web::{WebSettings, WebState, with_pages};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::Part,
    config::Config,
    demo::Demo,
    http::Listener,
    installation::Installation,
    metrics,
    output::Output,
    parts::{self, BrokerHealth},
    services::Services,
    supervisor::{self, Supervisor},
};

/// Told when the process serves.
#[derive(Clone)]
pub(crate) struct Ready(Arc<watch::Sender<bool>>);

impl Default for Ready {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Ready {
    /// Waits until it serves.
    pub(crate) async fn wait(&self) {
        // The sender is in our hands, so the channel stays open.
        let _ = self.0.subscribe().wait_for(|ready| *ready).await;
    }

    fn set(&self) {
        self.0.send_replace(true);
    }
}

/// Every part.
pub(crate) fn all_parts() -> Vec<Part> {
    vec![Part::Api, Part::Relay, Part::Fanout, Part::Deliver, Part::DeadLetters, Part::Push, Part::Sealer]
}

/// Lets the subscribers of a demonstration have their push service on this machine, and says so.
pub(crate) fn trust_this_machine(config: &mut Config) {
    config.push.allow_loopback = true;
    config.push.own_hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    tracing::warn!("PUSH SERVICES ON THIS MACHINE ARE ALLOWED: right for a demonstration, dangerous for anything else");
}

/// Runs the command until it is asked to stop.
pub(crate) async fn command(mut installation: Installation, only: &[Part], demo: bool, output: Output) -> Result<()> {
    let parts = if only.is_empty() { all_parts() } else { only.to_vec() };
    let mut tasks = JoinSet::new();
    let shutdown = supervisor::on_signal(&mut tasks)?;
    let sink = if demo { Some(start_demo(&mut installation.config).await?) } else { None };
    let (ready, has_api) = (Ready::default(), parts.contains(&Part::Api));
    let mut serving = JoinSet::new();
    serving.spawn(run(installation.clone(), parts, ready.clone(), shutdown.clone()));
    tokio::select! {
        () = ready.wait() => if has_api { greet(&installation, demo, output)? },
        ended = serving.join_next() => return ended.unwrap_or(Ok(Ok(())))?,
    }
    let ended = serving.join_next().await;
    if let Some(sink) = sink {
        sink.stop().await;
    }
    ended.unwrap_or(Ok(Ok(())))?
}

/// Starts the push service of the demonstration's subscribers.
async fn start_demo(config: &mut Config) -> Result<Sink> {
    let demo = Demo::need(config)?;
    let address = demo.sink.context("the demonstration does not say where its push service listens: ./run reset")?;
    trust_this_machine(config);
    let sink = demo_sink(address).await;
    sink.with_context(|| format!("{address}, where the demonstration's push service listens, is taken"))
}

/// A push service on this machine that takes everything.
pub(crate) async fn demo_sink(address: SocketAddr) -> Result<Sink> {
    let listener = TcpListener::bind(address).await?;
    Ok(Sink::on(listener, SinkConfig { transport: Transport::Plain, ..SinkConfig::default() })?)
}

/// Runs the parts until the token is cancelled.
pub(crate) async fn run(
    installation: Installation,
    parts: Vec<Part>,
    ready: Ready,
    shutdown: CancellationToken,
) -> Result<()> {
    let services = Services::compose(&installation).await?;
    anyhow::ensure!(
        services.core.store.migrations_missing().await? == 0,
        "the schema is not up to date: run munadi migrate"
    );
    services.directory.bring_up_to_date().await?;
    let broker = installation.broker()?;
    if let Err(error) = broker.declare_topology().await {
        // The workers try again by themselves; what must not happen is that departments cannot write meanwhile.
        tracing::error!(error = &error as &dyn std::error::Error, "RabbitMQ is not ready: nothing is sent until it is");
    }
    let hub = Arc::new(LiveHub::new(services.inbox.clone()));
    let mut supervisor = Supervisor::default();
    parts::add_workers(&mut supervisor, &parts, &installation, &services, &broker);
    if parts.contains(&Part::Api) {
        let health = parts::add_upkeep(&mut supervisor, &services, &broker, &hub);
        let http = &installation.config.http;
        let listener = Listener::bind(http.listen, http.connections, "[http] listen")?;
        let state = api_state(&installation, &services, &hub, health, shutdown.clone())?;
        let web = web_state(&installation, &services, &hub)?.with_queues(parts::queues(&broker));
        let router = with_pages(router(state, munadi_web::router(web.clone())), web);
        add_listener(&mut supervisor, Part::Api, listener, router);
    }
    if parts.contains(&Part::Push) {
        add_push_service(&mut supervisor, &installation, &services).await?;
    }
    ready.set();
    supervisor.run(shutdown).await;
    services.core.store.close().await;
    Ok(())
}

/// Our own push service: what browsers connect to and senders post to, and what works for them.
async fn add_push_service(supervisor: &mut Supervisor, installation: &Installation, services: &Services) -> Result<()> {
    let config = &installation.config.push_service;
    let listener = Listener::bind(config.listen, config.senders, "[push_service] listen")?;
    let service = push_service(installation, services).await?;
    let router = with_client_address(service.router(), installation.config.http.trusted_proxies);
    add_listener(supervisor, Part::Push, listener, router);
    supervisor.add("push-desk", move |shutdown| {
        let service = service.clone();
        async move {
            service.run(shutdown).await;
            Ok(())
        }
    });
    Ok(())
}

async fn push_service(installation: &Installation, services: &Services) -> Result<PushService> {
    let config = &installation.config.push_service;
    let settings = PushServiceConfig {
        public_url: config.public_url.clone(),
        connections: config.connections,
        connections_per_address: config.connections_per_address,
        bounds: PushBounds { messages: config.waiting_messages, bytes: config.waiting_kib << 10 },
        stored_bytes: config.waiting_mib << 20,
        forget_after_days: config.forget_after_days,
    };
    let core = &services.core;
    let store = core.store.for_push_service(installation.config.database.connections).await?;
    let limits = Arc::clone(&services.limits);
    Ok(PushService::new(&settings, services.signers.push(), store, core.clock.clone(), limits)?)
}

/// A part has its listener from the start on; a second start takes it over.
fn add_listener(supervisor: &mut Supervisor, part: Part, listener: Listener, router: Router) {
    let listener = Arc::new(listener);
    supervisor.add(part.as_str(), move |shutdown| {
        let (listener, router) = (Arc::clone(&listener), router.clone());
        async move { listener.serve(router, shutdown).await }
    });
}

fn api_state(
    installation: &Installation,
    services: &Services,
    hub: &Arc<LiveHub>,
    broker: BrokerHealth,
    shutdown: CancellationToken,
) -> Result<ApiState> {
    let config = &installation.config;
    let settings = HttpSettings {
        public_url: config.http.public_url.clone(),
        issuer: config.identity.issuer.clone(),
        consent_text_version: config.http.consent_text_version.clone(),
        security_contact: config.http.security_contact.clone(),
        trusted_proxies: config.http.trusted_proxies,
        metrics_open: config.http.metrics_open,
        in_flight: config.http.in_flight,
        development: config.push.allow_loopback,
    };
    let metrics = metrics::start()?;
    let probes = Probes {
        broker: Arc::new(move || broker.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        metrics: Arc::new(move || PrometheusHandle::render(&metrics)),
        shutdown,
    };
    let streams = Streams::new(config.http.streams, config.http.streams_per_address);
    Ok(services.clone().into_api_state(settings, streams, probes, Arc::clone(hub)))
}

fn web_state(installation: &Installation, services: &Services, hub: &Arc<LiveHub>) -> Result<WebState> {
    let config = &installation.config;
    let settings = WebSettings {
        public_url: config.http.public_url.clone(),
        issuer: config.identity.issuer.clone(),
        consent_text_version: config.http.consent_text_version.clone(),
        contact: config.http.security_contact.clone(),
        development: config.push.allow_loopback,
    };
    Ok(WebState::new(services.clone().into_web_parts(Arc::clone(hub)), settings)?)
}

fn greet(installation: &Installation, demo: bool, output: Output) -> Result<()> {
    let url = installation.config.http.public_url.as_str().trim_end_matches('/').to_owned();
    output.step(&format!("\nMunadi serves on {url}\n"));
    for (path, what) in [
        ("/", "citizens: get notices, read them, check them"),
        ("/console", "departments: write, review, publish"),
        ("/openapi.json", "the REST API"),
        ("/feeds/notices.atom", "published notices as a feed"),
        ("/.well-known/munadi/keys.jws", "the key directory"),
        ("/log/checkpoint", "the public log of every official act"),
        ("/readyz", "is everything there?"),
    ] {
        output.step(&format!("  {:55} {what}", format!("{url}{path}")));
    }
    let push = installation.config.push_service.public_url.as_str();
    output.step(&format!("  {push:55} our own push service: docs/push-service.md tells how a browser uses it"));
    if !demo {
        return Ok(());
    }
    let demo = Demo::need(&installation.config)?;
    output.step("\nSign-ins of the demonstration:\n");
    for person in &demo.people {
        let roles = person.roles.join(", ");
        output.step(&format!("  {:10} {}   {roles}  {}", person.sign_in, person.password, person.department_name));
    }
    output.step(&format!(
        "\nThey are in {}, with the officers' signing keys beside it. ./run tour shows the main job. Ctrl-C stops.\n",
        demo.file().display()
    ));
    Ok(())
}

/// `munadi sink`.
pub(crate) async fn sink(listen: SocketAddr, output: Output) -> Result<()> {
    anyhow::ensure!(
        listen.ip().is_loopback(),
        "the sink listens on this machine only: choose an address such as {}:8999",
        Ipv4Addr::LOCALHOST
    );
    let mut tasks = JoinSet::new();
    let shutdown = supervisor::on_signal(&mut tasks)?;
    let sink = demo_sink(listen).await?;
    output.step(&format!("Takes messages at {}, checks and counts them. Ctrl-C stops.", sink.endpoint(1)));
    shutdown.cancelled().await;
    let totals = sink.totals();
    output.step(&format!("{} accepted, {} declined, {} faulty", totals.accepted, totals.declined, totals.faults));
    sink.stop().await;
    Ok(())
}
