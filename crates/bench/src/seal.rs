//! From committed acts to published checkpoints of the public log.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use munadi_sealer::{BATCH, Context, KeepFile, Sealer};
use munadi_services::audit::Act;
use munadi_testkit::{ISSUER, World};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::rig::{Watch, Who, float, grouped, print_target};

/// Entries a second.
const TARGET: f64 = 10_000.0;
/// From commit to the published checkpoint that covers it, at [`Options::rate`].
const TARGET_DELAY: Duration = Duration::from_millis(1500);
/// The default of `[transparency_log] interval_ms`.
const INTERVAL: Duration = Duration::from_millis(200);
/// How exactly it is seen when a checkpoint is published.
const LOOK: Duration = Duration::from_millis(5);

/// What `seal` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// Events that wait when the sealer begins.
    #[arg(long, default_value_t = 200_000)]
    backlog: u32,
    /// Events of the baseline, which seals each on its own.
    #[arg(long, default_value_t = 1_000)]
    naive: u32,
    /// Acts a second, each a transaction, while delays are measured.
    #[arg(long, default_value_t = 1_000)]
    rate: u32,
    /// The time for which they are measured, in seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Connections on which acts are committed.
    #[arg(long, default_value_t = 6)]
    writers: u32,
}

/// Measures all of it, in a database of its own.
pub(crate) async fn run(options: &Options) -> Result<()> {
    ensure!(std::env::var_os("DATABASE_URL").is_some(), "DATABASE_URL names no PostgreSQL (see --help)");
    let world = World::new().await;
    let pool = world.database.pool().await;
    let server: String = sqlx::query_scalar(
        "select format('PostgreSQL %s, fsync %s', current_setting('server_version'), current_setting('fsync'))",
    )
    .fetch_one(&pool)
    .await?;
    println!("with {server}");
    seal_all(&world).await?;
    let naive = baseline(&world, options).await?;
    let rate = backlog(&world, options).await?;
    println!(
        "  baseline, same run: a checkpoint for each event: {naive:.0} entries/s; ours: {:.1} times as many",
        rate / naive
    );
    delays(Arc::new(world), options).await
}

fn context(world: &World) -> Context {
    Context {
        store: world.core.store.clone(),
        clock: munadi_services::clock::Clock::system(),
        signer: Arc::new(world.log_signer()),
        keep: KeepFile::new(world.keys_folder().join("log.checkpoint")),
    }
}

async fn seal_all(world: &World) -> Result<()> {
    let mut sealer = Sealer::open(&context(world)).await?.context("somebody else is the sealer")?;
    while sealer.round(BATCH).await?.added > 0 {}
    Ok(())
}

/// Events as long as real ones, by the database itself.
async fn append(world: &World, name: &str, count: u32) -> Result<()> {
    let insert = "insert into audit_event (id, at, actor, actor_role, action, resource, outcome, detail_digest, leaf)
        select 'evt_' || $2 || lpad(number::text, 20, '0'), now(), 'ofc_01jd6z3v9we7fbvk3xq5m8n2rt', 'author', 'notice.submit',
            'ntc_01jd6z3v9we7fbvk3xq5m8n2rt', 'success', sha256('x'), convert_to(rpad('{\"id\":' || number, 420, 'x'), 'UTF8')
        from generate_series(1, $1) number";
    let pool = world.database.pool().await;
    sqlx::query(insert).bind(i32::try_from(count)?).bind(name).execute(&pool).await?;
    Ok(())
}

/// What one would write first: a transaction and a checkpoint for each event.
async fn baseline(world: &World, options: &Options) -> Result<f64> {
    append(world, "naive", options.naive).await?;
    let mut sealer = Sealer::open(&context(world)).await?.context("somebody else is the sealer")?;
    let begun = Instant::now();
    while sealer.round(1).await?.added > 0 {}
    Ok(f64::from(options.naive) / begun.elapsed().as_secs_f64())
}

async fn backlog(world: &World, options: &Options) -> Result<f64> {
    append(world, "backlog", options.backlog).await?;
    let mut watch = Watch::default();
    let port = Url::parse(world.database.url()).ok().and_then(|url| url.port()).unwrap_or(5432);
    watch.add("the sealer", Who::Process(std::process::id()));
    watch.add_listener("PostgreSQL", port, true);
    let stopwatch = watch.start();
    let begun = Instant::now();
    seal_all(world).await?;
    let rate = f64::from(options.backlog) / begun.elapsed().as_secs_f64();
    let usage = stopwatch.stop();
    let name = format!("a backlog of {}", grouped(options.backlog.into()));
    print_target(&name, &format!("{rate:.0} entries/s"), "≥ 10,000/s", rate >= TARGET);
    usage.print(options.backlog.into());
    Ok(rate)
}

/// Commits acts at a steady rate, and looks when a published checkpoint covers each.
async fn delays(world: Arc<World>, options: &Options) -> Result<()> {
    let shutdown = CancellationToken::new();
    let mut sealer = JoinSet::new();
    sealer.spawn(munadi_sealer::run(context(&world), INTERVAL, shutdown.clone()));
    let mut watching = JoinSet::new();
    watching.spawn(watch_checkpoints(Arc::clone(&world), shutdown.clone()));
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..options.writers {
        writers.spawn(write(Arc::clone(&world), writer, options.writers, options.rate, options.seconds));
    }
    let mut committed = HashMap::new();
    while let Some(written) = writers.join_next().await {
        committed.extend(written??);
    }
    let took = begun.elapsed();
    while world.core.store.unsealed().await?.events > 0 {
        tokio::time::sleep(INTERVAL).await;
    }
    tokio::time::sleep(INTERVAL * 2).await;
    shutdown.cancel();
    let seen = watching.join_next().await.context("nobody watched")???;
    sealer.join_next().await.context("nobody sealed")???;
    let mut delays = delays_of(&world, &committed, &seen).await?;
    delays.sort_unstable();
    let at = |quantile: f64| quantile_of(&delays, quantile);
    let reached = float(committed.len() as u64) / took.as_secs_f64();
    println!(
        "  {} acts at {reached:.0}/s, from commit to a published checkpoint that covers them:",
        grouped(committed.len() as u64)
    );
    println!("    p50 {:?}, p90 {:?}, longest {:?}; {} checkpoints", at(0.5), at(0.9), at(1.0), seen.len());
    print_target("p99 from commit to checkpoint", &format!("{:?}", at(0.99)), "≤ 1.5 s", at(0.99) <= TARGET_DELAY);
    Ok(())
}

async fn write(
    world: Arc<World>,
    writer: u32,
    writers: u32,
    rate: u32,
    seconds: u32,
) -> Result<HashMap<String, Instant>> {
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(f64::from(writers) / f64::from(rate)));
    let mut committed = HashMap::new();
    for number in 0..rate * seconds / writers {
        ticks.tick().await;
        let mut tx = world.core.store.begin().await?;
        let act = Act::of_system("bench", "bench.done", format!("{writer}-{number}"));
        let event = world.core.record(&mut tx, act).await?;
        tx.commit().await?;
        committed.insert(event.to_string(), Instant::now());
    }
    Ok(committed)
}

/// Every published checkpoint: when it was first seen, and its size.
async fn watch_checkpoints(world: Arc<World>, shutdown: CancellationToken) -> Result<Vec<(Instant, u64)>> {
    let mut seen: Vec<(Instant, u64)> = Vec::new();
    while shutdown.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        let published = world.core.store.published_checkpoint(ISSUER).await?;
        let size = published.map_or(0, |published| published.tree.size);
        if seen.last().is_none_or(|(_, last)| *last < size) {
            seen.push((Instant::now(), size));
        }
    }
    Ok(seen)
}

async fn delays_of(
    world: &World,
    committed: &HashMap<String, Instant>,
    seen: &[(Instant, u64)],
) -> Result<Vec<Duration>> {
    let places = sqlx::query_as("select id, log_index from audit_event where action = 'bench.done'");
    let places: Vec<(String, i64)> = places.fetch_all(&world.database.pool().await).await?;
    let delay = |(id, place): &(String, i64)| {
        let first = seen.partition_point(|(_, size)| *size <= place.unsigned_abs());
        Some(seen.get(first)?.0.saturating_duration_since(*committed.get(id)?))
    };
    let delays: Vec<Duration> = places.iter().filter_map(delay).collect();
    ensure!(delays.len() == committed.len(), "{} acts are not covered", committed.len() - delays.len());
    Ok(delays)
}

fn quantile_of(sorted: &[Duration], quantile: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    let index = (0..=last).find(|index| float(*index as u64) >= quantile * float(last as u64)).unwrap_or(last);
    sorted.get(index).copied().unwrap_or_default()
}
