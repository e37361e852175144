//! Encrypted messages per second, from publishing a notice to the last answer counted.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use munadi_domain::delivery::Outcome;

use crate::{
    part::{Sent, Worker},
    rig::{Profiler, Published, Rig, Sink, Usage, Who, float, grouped, print_target},
    seed::{self, Crowd},
};

const TARGET: f64 = 4_000.0;
/// What whoever encrypts and sends is called.
const SENDER: &str = "sender";

/// What `deliver` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// How many subscriptions, each with keys of its own.
    #[arg(long, default_value_t = 100_000)]
    subscriptions: u32,
    /// How many messages the baseline sends.
    #[arg(long, default_value_t = 5_000)]
    baseline: u32,
    /// Also records with `perf` (Debian package linux-perf) what the sender spends its time with, into this file. That slows it down
    /// a little.
    #[arg(long)]
    profile: Option<PathBuf>,
}

/// How it went.
struct Run {
    published: Published,
    /// When the last answer was counted, in seconds since 1970.
    finished: f64,
    /// Between the first message that arrived and the last one, in seconds.
    sending: f64,
    connections: u64,
    batches: u64,
    /// Attempts at a batch that was tried before.
    repeated: i64,
    usage: Usage,
}

/// One way to use the crate.
struct Baseline {
    name: &'static str,
    at_once: usize,
}

const BASELINES: [Baseline; 2] = [
    Baseline { name: "64 messages at a time", at_once: 64 },
    Baseline { name: "one after the other, as its README", at_once: 1 },
];

/// Runs the measurement and prints it.
pub(crate) async fn run(options: &Options) -> Result<()> {
    Rig::with(async |rig| Box::pin(measure(rig, options)).await).await
}

async fn measure(rig: &Rig, options: &Options) -> Result<()> {
    let mut sink = rig.sink().await?;
    let crowd = Crowd {
        subscriptions: options.subscriptions,
        endpoint: format!("{}/push/", sink.address.origin),
        key_pairs: options.subscriptions,
        village: None,
    };
    println!("writing {} subscriptions …", grouped(options.subscriptions.into()));
    seed::settle(rig.town.world.database.url(), &crowd, &rig.town.world.core.places).await?;
    let ours = deliver(rig, &mut sink, options).await?;
    let everybody = u64::from(options.subscriptions);
    let rate = float(everybody) / (ours.finished - ours.published.asked);
    println!("deliver: a notice to {} subscriptions, each with a key pair of its own", grouped(everybody));
    println!(
        "  the push service: its own process, TLS, HTTP/2, {} connections; it checks each request",
        ours.connections
    );
    let name = "publish until the last answer is counted";
    print_target(name, &format!("{rate:.0} messages/s"), "≥ 4,000/s", rate >= TARGET);
    println!(
        "    all: {:.2} s; between the first and the last arrival: {:.2} s",
        float(everybody) / rate,
        ours.sending
    );
    println!("    batches: {}; attempts at a batch that was tried before: {}", ours.batches, ours.repeated);
    ours.usage.print(everybody);
    println!(
        "  baseline, same run: the crate web-push 0.11 with its own client (hyper 0.14, OpenSSL, HTTP/1.1, same push service)"
    );
    println!(
        "    it reads the same rows and counts answers in memory; its key is read once; no queue, nothing is written down"
    );
    for baseline in &BASELINES {
        compare(rig, &mut sink, baseline, options, (rate, ours.usage.micros(SENDER, everybody))).await?;
    }
    sink.child.end().await
}

async fn deliver(rig: &Rig, sink: &mut Sink, options: &Options) -> Result<Run> {
    let queues = rig.work(&[Worker::Relay, Worker::Fanout], None).await?;
    let sender = rig.work(&[Worker::Deliver], Some(sink)).await?;
    let approved = rig.approved(&rig.routine()).await;
    let mut watch = rig.watch();
    watch.add(SENDER, Who::Process(sender.pid));
    watch.add("push service", Who::Process(sink.child.pid));
    watch.add("relay and fan-out", Who::Process(queues.pid));
    let profiler = options.profile.as_deref().map(|file| Profiler::start(sender.pid, file)).transpose()?;
    let stopwatch = watch.start();
    let published = rig.publish(&approved).await;
    rig.until_finished(published.notice).await?;
    let (finished, usage) = (crate::part::unix_seconds(), stopwatch.stop());
    sender.end().await?;
    queues.end().await?;
    if let Some((profiler, file)) = profiler.zip(options.profile.as_deref()) {
        profiler.print(file).await?;
    }
    check_counts(rig, published, options).await?;
    let report = sink.report().await?;
    let arrivals =
        report.topics.get(&rig.topic(published.notice)).context("nothing arrived under the notice's topic")?;
    ensure!(arrivals.subscriptions == usize::try_from(options.subscriptions)?, "{} arrived", arrivals.subscriptions);
    let sending = arrivals.last - arrivals.first;
    let batches = rig.figures(published.notice).await?.batches;
    let repeated = sqlx::query_scalar("select coalesce(sum(attempt - 1), 0) from delivery_batch where notice_id = $1");
    let repeated = repeated.bind(published.notice.to_string()).fetch_one(&rig.pool).await?;
    Ok(Run { published, finished, sending, connections: report.connections, batches, repeated, usage })
}

/// What was written down is what was sent.
async fn check_counts(rig: &Rig, published: Published, options: &Options) -> Result<()> {
    let figures = rig.figures(published.notice).await?;
    let sent: u64 =
        figures.tally.iter().filter(|(_, outcome, _)| *outcome == Outcome::Sent).map(|(.., count)| count).sum();
    ensure!(sent == u64::from(options.subscriptions), "{sent} of {} are counted as sent", options.subscriptions);
    Ok(())
}

async fn compare(rig: &Rig, sink: &mut Sink, baseline: &Baseline, options: &Options, ours: (f64, f64)) -> Result<()> {
    let messages = options.baseline.min(options.subscriptions);
    let arguments = vec![
        "web-push".into(),
        "--keys".into(),
        rig.town.world.keys_folder().into(),
        "--origin".into(),
        sink.address.origin.clone().into(),
        "--messages".into(),
        messages.to_string().into(),
        "--at-once".into(),
        baseline.at_once.to_string().into(),
    ];
    // OpenSSL's own way to be told whom to trust.
    let trust = [("SSL_CERT_FILE", sink.root_file.clone().into_os_string())];
    let mut child = rig.part(arguments, &trust).await?;
    let mut watch = rig.watch();
    watch.add(SENDER, Who::Process(child.pid));
    watch.add("push service", Who::Process(sink.child.pid));
    let stopwatch = watch.start();
    let sent: Sent = child.ask("go").await?;
    let usage = stopwatch.stop();
    child.end().await?;
    ensure!(sent.taken == messages, "web-push sent {} of {messages}: {:?}", sent.taken, sent.failure);
    let rate = f64::from(sent.taken) / sent.seconds;
    let micros = usage.micros(SENDER, messages.into());
    println!("    {:<42} {rate:>6.0} messages/s   ours: {:.1} times as many", baseline.name, ours.0 / rate);
    println!(
        "      processor time of the sender: {micros:.0} µs a message, {:.1} times as much as ours",
        micros / ours.1
    );
    println!("      everything else on this machine: {:.2} CPU s of {:.2} s", usage.other(), usage.seconds);
    Ok(())
}
