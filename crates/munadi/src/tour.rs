//! `munadi tour`: the main job once, on this machine, with everything real but the citizen's phone, whose part a push service for
//! trying things out and a subscriber's keys play.

use std::{
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use munadi_push_sink::{Capture, Sink, SinkConfig, Subscriber, Transport};
use munadi_transparency::{key::PublicKey, verdict::Verdict, verify::verify_from_root};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    client::Client,
    command::notice,
    demo::{Demo, TOUR},
    installation::Installation,
    output::Output,
    serve,
};

/// The alert: a flood at the Ghaghra, as India's SACHET published it.
const ALERT: &[u8] = include_bytes!("../../cap/testdata/sachet-uttar-pradesh-flood.cap");
/// A place within its area.
const PIN: &str = "221715";
/// The number of the tour's own subscriber at the push service.
const SUBSCRIBER: u64 = 1_000_001;
/// How long the push may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does the main job, and tells how it went.
pub(crate) async fn run(mut installation: Installation, output: Output) -> Result<()> {
    let demo = Demo::need(&installation.config)?;
    let sink = start_sink()?;
    // The demonstration's other subscribers get theirs too. If `./run` serves right now, it receives them itself.
    let others = match demo.sink {
        Some(address) => serve::demo_sink(address).await.ok(),
        None => None,
    };
    let address = free_address()?;
    let config = &mut installation.config;
    config.http.listen = address;
    // Nobody connects to it here, and another Munadi may have its port.
    config.push_service.listen = free_address()?;
    config.http.public_url = format!("http://localhost:{}", address.port()).parse()?;
    serve::trust_this_machine(config);
    let shutdown = CancellationToken::new();
    let ready = serve::Ready::default();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve::run(installation.clone(), serve::all_parts(), ready.clone(), shutdown.clone()));
    let journey = tokio::select! {
        journey = travel(&installation, &demo, sink, &ready, output) => journey,
        ended = tasks.join_next() => match ended {
            Some(Ok(Err(error))) => Err(error),
            _ => Err(anyhow::anyhow!("Munadi ended before the tour did")),
        },
    };
    shutdown.cancel();
    while tasks.join_next().await.is_some() {}
    if let Some(others) = others {
        others.stop().await;
    }
    journey
}

async fn travel(
    installation: &Installation,
    demo: &Demo,
    sink: Sink,
    ready: &serve::Ready,
    output: Output,
) -> Result<()> {
    tokio::time::timeout(PATIENCE, ready.wait()).await.context("Munadi did not start in time")?;
    let mut log = Log { output, started: Instant::now(), steps: Vec::new() };
    let server = installation.config.http.public_url.as_str().trim_end_matches('/').to_owned();
    let citizen = Subscriber::generate()?;
    // By name: that is what the installation counts as its own push service.
    let endpoint = sink.endpoint(SUBSCRIBER).replace("127.0.0.1", "localhost");
    let subscription = citizen.subscription(&endpoint);
    let people: Vec<_> =
        TOUR.iter().map(|name| Ok((demo.person(name)?.clone(), demo.key(name).ok()))).collect::<Result<_>>()?;
    let clock = installation.clock.clone();
    let journey = tokio::task::spawn_blocking(move || -> Result<(Log, String, Client)> {
        let public = Client::anonymous(&server);
        let subscribed = subscribe(&public, &subscription)?;
        log.step(&format!("a citizen of {subscribed} subscribes: no account, no name"));
        let [author, approver, publisher] = &people[..] else { bail!("the tour needs three officers") };
        let sign_in = |it: &crate::demo::Person| Client::sign_in_with(&server, &it.sign_in, &it.password);
        let no_key = "a signing key of the demonstration is missing: run munadi demo fill";

        let client = sign_in(&author.0)?;
        let source = alert_file()?;
        let id = notice::make_draft(&client, &source.to_string_lossy(), Some(clock.now()), Output { json: true })?;
        std::fs::remove_file(source)?;
        log.step(&format!("{} hands in the CAP alert, moved to today: draft {id}", author.0.sign_in));
        notice::submit(&client, &id, author.1.as_ref().context(no_key)?, clock.now())?;
        log.step(&format!("{} signs it as its author and submits it", author.0.sign_in));

        let client = sign_in(&approver.0)?;
        notice::approve_all(&client, &id, approver.1.as_ref().context(no_key)?, clock.now())?;
        log.step(&format!("{} approves each language and signs", approver.0.sign_in));

        let client = sign_in(&publisher.0)?;
        let audience: Value = client.get(&format!("/v1/notices/{id}/audience"))?;
        log.step(&format!(
            "it concerns {} PIN codes and {} subscriptions",
            audience["pins"], audience["subscriptions"]
        ));
        notice::publish(&client, &id, "Actual")?;
        log.step(&format!("{} publishes: the department signs too", publisher.0.sign_in));
        Ok((log, id, client))
    });
    let (mut log, id, client) = journey.await??;
    receive(&mut log, sink, &citizen).await?;
    let root = installation.signers()?.root_public().clone();
    let now = installation.clock.now();
    tokio::task::spawn_blocking(move || verify(&mut log, &client, &id, &root, now)).await?
}

fn subscribe(client: &Client, subscription: &Value) -> Result<String> {
    let body = json!({
        "subscription": subscription,
        "preferences": { "pins": [PIN], "topics": [], "language": "hi" },
        "consent": { "text_version": "tour", "language": "hi" },
    });
    let answer: Value = client.post("/v1/subscriptions", &body)?;
    let place = &answer["places"][0];
    Ok(format!("{PIN} {}", place["district"].as_str().unwrap_or_default()))
}

/// Waits for the push, and reads it as the citizen's phone would.
async fn receive(log: &mut Log, sink: Sink, citizen: &Subscriber) -> Result<()> {
    let arrived = async {
        loop {
            let totals = sink.totals();
            if let Some(message) = sink.captured().pop() {
                return message;
            }
            sink.wait_until(|now| now.accepted > totals.accepted).await;
        }
    };
    let message = tokio::time::timeout(PATIENCE, arrived).await.context("no push arrived within 30 seconds")?;
    log.step(&format!("the push service has the message: {} bytes, urgency {}", message.body.len(), message.urgency));
    let text = citizen.decrypt(&message.body)?;
    let push: Value = serde_json::from_slice(&text).context("the push cannot be read")?;
    let title = push["notification"]["title"].as_str().context("the push has no title")?;
    log.step(&format!("the citizen's phone decrypts it: {title}"));
    sink.stop().await;
    Ok(())
}

/// Fetches the notice as anyone can, and verifies it with nothing but the pinned root.
fn verify(log: &mut Log, client: &Client, id: &str, root: &PublicKey, now: time::OffsetDateTime) -> Result<()> {
    let envelope = client.get_bytes(&format!("/notices/{id}.jws"))?;
    let directory = client.get_bytes("/.well-known/munadi/keys.jws")?;
    let verdict = verify_from_root(&envelope, &directory, root, now);
    let Verdict::Official(_) = verdict else { bail!("the notice did not verify: {verdict}") };
    log.step(&format!("the phone verifies the signed notice: {verdict}"));
    let delivery: Value = client.get(&format!("/v1/notices/{id}/delivery"))?;
    let (sent, audience) = (&delivery["sent"], &delivery["audience"]);
    log.step(&format!("the department sees how far it has come: {sent} of {audience} are sent"));
    log.finish(id);
    Ok(())
}

fn start_sink() -> Result<Sink> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let config = SinkConfig {
        transport: Transport::Plain,
        capture: Capture::Only([SUBSCRIBER].into()),
        ..SinkConfig::default()
    };
    Ok(Sink::on(tokio::net::TcpListener::from_std(listener)?, config)?)
}

fn free_address() -> Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn alert_file() -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("munadi-tour-{}.cap", std::process::id()));
    std::fs::File::create(&path)?.write_all(ALERT)?;
    Ok(path)
}

/// The journey, step by step, with the time of each.
struct Log {
    output: Output,
    started: Instant,
    steps: Vec<Value>,
}

impl Log {
    fn step(&mut self, words: &str) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.output.step(&format!("{seconds:8.3} s  {words}"));
        self.steps.push(json!({ "seconds": seconds, "step": words }));
    }

    fn finish(&self, id: &str) {
        let seconds = self.started.elapsed().as_secs_f64();
        let words = format!("\nThe tour is done in {seconds:.3} s: {id} is official, and its citizen could tell.");
        self.output.result(&words, &json!({ "notice": id, "seconds": seconds, "steps": self.steps }));
    }
}
