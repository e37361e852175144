//! What an open connection costs on which nothing happens.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::time::sleep;

use super::{BASELINE, Crowd, SERVICE, Service, forget_all, service::most_connections, watch};
use crate::rig::{Memory, Rig, float, grouped, megabytes, print_target};

/// In bytes.
const TARGET: f64 = 12_000.0;
/// Until what happened at connecting is over.
const SETTLE: Duration = Duration::from_secs(3);

/// What `push idle` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// User agents. More than a process may have open files are shared by several nodes.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// How long nothing happens.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// User agents of the baseline; 0: none.
    #[arg(long, default_value_t = 10_000)]
    baseline: usize,
}

/// One service with its user agents.
struct Figures {
    connections: usize,
    start: Memory,
    /// When all are connected and have subscribed.
    connected: Memory,
    /// When each was sent a message.
    notified: Memory,
    /// Processor time in seconds, while nothing happened.
    busy: f64,
    /// How many connected in a second.
    rate: f64,
}

impl Figures {
    /// Private memory for each connection, in bytes.
    fn each(&self, now: Memory) -> f64 {
        float(now.private.saturating_sub(self.start.private)) / float(self.connections as u64)
    }
}

pub(super) async fn run(rig: &Rig, options: &Options) -> Result<()> {
    let (most, mut left, mut nodes) = (most_connections()?, options.connections, Vec::new());
    while left > 0 {
        let here = left.min(most);
        // Each crowd has ten addresses.
        nodes.push(connect(Service::node(rig).await?, here, 2 + u8::try_from(nodes.len())? * 10).await?);
        left -= here;
    }
    println!("idle: {} connections, each with a subscription", grouped(options.connections as u64));
    if nodes.len() > 1 {
        println!("  a process may have {} of them here (ulimit -n): {} nodes", grouped(most as u64), nodes.len());
    }
    let ours = measure(rig, nodes, options.seconds).await?;
    let worst = ours.iter().map(|node| node.each(node.connected)).fold(0.0, f64::max);
    let figure = format!("{:.1} KB", worst / 1e3);
    print_target("private memory of the node a connection", &figure, "≤ 12 KB", worst <= TARGET);
    for node in &ours {
        print(node, options.seconds);
    }
    if options.baseline > 0 {
        let count = options.baseline.min(most);
        forget_all(rig).await?;
        let naive = vec![connect(Service::naive(rig).await?, count, 222).await?];
        println!("  baseline, same run: {BASELINE}");
        for naive in measure(rig, naive, options.seconds).await? {
            let each = naive.each(naive.connected);
            println!("    {:.1} KB a connection, {:.1} times as much", each / 1e3, each / worst);
            print(&naive, options.seconds);
        }
    }
    Ok(())
}

/// A service with everybody connected.
struct Peopled {
    service: Service,
    crowd: Crowd,
    connections: usize,
    start: Memory,
    rate: f64,
}

async fn connect(service: Service, connections: usize, source: u8) -> Result<Peopled> {
    let mut crowd = Crowd::start(&service, source, false).await?;
    let start = Memory::of(service.pid)?;
    let connected = crowd.connect(connections).await?;
    let rate = float(connected.count as u64) / connected.seconds;
    Ok(Peopled { service, crowd, connections, start, rate })
}

async fn measure(rig: &Rig, all: Vec<Peopled>, seconds: u64) -> Result<Vec<Figures>> {
    sleep(SETTLE).await;
    let mut figures = Vec::new();
    let watches: Vec<_> = all.iter().map(|peopled| watch(rig, &peopled.service, &peopled.crowd)).collect();
    let stopwatches: Vec<_> = watches.iter().map(crate::rig::Watch::start).collect();
    sleep(Duration::from_secs(seconds)).await;
    let usages: Vec<_> = stopwatches.iter().map(crate::rig::Stopwatch::stop).collect();
    for (mut peopled, usage) in all.into_iter().zip(usages) {
        let connected = Memory::of(peopled.service.pid)?;
        peopled.crowd.post(true).await?;
        sleep(SETTLE).await;
        let notified = Memory::of(peopled.service.pid)?;
        figures.push(Figures {
            connections: peopled.connections,
            start: peopled.start,
            connected,
            notified,
            busy: usage.of(SERVICE),
            rate: peopled.rate,
        });
        peopled.crowd.kill().await?;
        peopled.service.kill().await?;
    }
    Ok(figures)
}

fn print(figures: &Figures, seconds: u64) {
    let Figures { start, connected, notified, .. } = figures;
    println!(
        "    {:.1} MB at the start, {:.1} MB with {} connections (allocated of it: {:.1} and {:.1} MB); {:.0} came in a second",
        megabytes(start.private),
        megabytes(connected.private),
        grouped(figures.connections as u64),
        megabytes(start.anonymous),
        megabytes(connected.anonymous),
        figures.rate
    );
    println!(
        "    after each was sent a message of full length: {:.1} KB a connection, {:.1} MB",
        figures.each(*notified) / 1e3,
        megabytes(notified.private)
    );
    println!(
        "    processor time of the service in {seconds} s without anything to do: {:.2} s, {:.2} % of a core",
        figures.busy,
        figures.busy / float(seconds.max(1)) * 100.0
    );
}
