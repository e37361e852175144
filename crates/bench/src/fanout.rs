//! From publishing a notice to its last batch in RabbitMQ.

use anyhow::{Result, ensure};
use clap::Args;
use munadi_broker::Queue;
use munadi_domain::message::Lane;

use crate::{
    part::{Naive, Worker},
    rig::{Published, Rig, Usage, Who, float, grouped, megabytes, peak_memory, print_plans, print_target},
    seed::{self, Crowd},
};

const TARGET_SECONDS: f64 = 15.0;
const TARGET_BYTES: u64 = 300_000_000;
/// As long as the push services' own.
const ENDPOINT: &str = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABof3VqkB0sJ2m8cXw1nY5tPzRLhQeVdKi7\
                        uCyGxTaWbNfSjEoMrHpZlDv4I69A_XgUkYtBqCwRnVsFhLmJdOzPeKiTyGaNbWxQrEuHcSvDfZlMoIjXpAk3-U5B7tRwY1n_";

/// What `fanout` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// How many subscriptions the notice goes to.
    #[arg(long, default_value_t = 1_000_000)]
    subscriptions: u32,
    /// The part of them that the baseline works on; what it needs is multiplied by this.
    #[arg(long, default_value_t = 20)]
    sample: u32,
}

/// How it went.
struct Run {
    published: Published,
    seconds: f64,
    peak: u64,
    batches: u64,
    usage: Usage,
}

/// Runs the measurement and prints it.
pub(crate) async fn run(options: &Options) -> Result<()> {
    Rig::with(async |rig| Box::pin(measure(rig, options)).await).await
}

async fn measure(rig: &Rig, options: &Options) -> Result<()> {
    let crowd = Crowd {
        subscriptions: options.subscriptions,
        endpoint: ENDPOINT.to_owned(),
        key_pairs: options.subscriptions.min(10_000),
        village: None,
    };
    println!("writing {} subscriptions …", grouped(options.subscriptions.into()));
    seed::settle(rig.town.world.database.url(), &crowd, &rig.town.world.core.places).await?;
    let places: i64 = sqlx::query_scalar("select count(*) from subscription_place").fetch_one(&rig.pool).await?;
    let ours = fan_out(rig, options).await?;
    println!(
        "fanout: a notice to {} subscriptions at {} places",
        grouped(options.subscriptions.into()),
        grouped(places.unsigned_abs())
    );
    let figure = format!("{:.2} s", ours.seconds);
    print_target("publish until the last batch is queued", &figure, "< 15 s", ours.seconds < TARGET_SECONDS);
    println!("    of it the publishing itself: {:.0} ms; batches: {}", ours.published.took * 1e3, ours.batches);
    let figure = format!("{:.0} MB", megabytes(ours.peak));
    print_target("peak memory of fan-out and relay (VmHWM)", &figure, "< 300 MB", ours.peak < TARGET_BYTES);
    ours.usage.print(options.subscriptions.into());
    compare(rig, &ours, options).await?;
    let (_, pins) = seed::village(&rig.town.world.core.places)?;
    print_plans(&rig.pool, ours.published.notice, &pins, options.subscriptions.into()).await
}

async fn fan_out(rig: &Rig, options: &Options) -> Result<Run> {
    let workers = rig.work(&[Worker::Relay, Worker::Fanout], None).await?;
    let approved = rig.approved(&rig.routine()).await;
    let mut watch = rig.watch();
    watch.add("relay and fan-out", Who::Process(workers.pid));
    let stopwatch = watch.start();
    let published = rig.publish(&approved).await;
    rig.until_queued(published.notice).await?;
    let (seconds, usage) = (crate::part::unix_seconds() - published.asked, stopwatch.stop());
    let peak = peak_memory(workers.pid)?;
    workers.end().await?;
    let figures = rig.figures(published.notice).await?;
    let everybody = u64::from(options.subscriptions);
    ensure!(figures.audience == everybody, "{} of {everybody} are in the batches", figures.audience);
    ensure!(is_complete(rig, published).await?, "somebody is in two batches, or in none");
    let queued = rig.waiting_in(Queue::Deliver(Lane::Routine)).await?;
    ensure!(u64::from(queued) == figures.batches, "{queued} of {} batches are in RabbitMQ", figures.batches);
    Ok(Run { published, seconds, peak, batches: figures.batches, usage })
}

/// Whether everybody is in one batch, and in one only.
async fn is_complete(rig: &Rig, published: Published) -> Result<bool> {
    let complete = sqlx::query_scalar(
        "select count(*) = count(distinct id) and count(*) = (select count(*) from subscription)
         from delivery_batch, unnest(subscription_ids) as id where notice_id = $1",
    );
    Ok(complete.bind(published.notice.to_string()).fetch_one(&rig.pool).await?)
}

async fn compare(rig: &Rig, ours: &Run, options: &Options) -> Result<()> {
    let through = (options.subscriptions / options.sample.max(1)).max(1);
    let arguments = vec![
        "naive".into(),
        "--notice".into(),
        ours.published.notice.to_string().into(),
        "--through".into(),
        through.to_string().into(),
    ];
    let mut child = rig.part(arguments, &[]).await?;
    let before = peak_memory(child.pid)?;
    let naive: Naive = child.ask("go").await?;
    let peak = peak_memory(child.pid)?;
    child.end().await?;
    let scale = float(options.subscriptions.into()) / float(through.into());
    let (seconds, memory) = (naive.seconds * scale, megabytes(before) + megabytes(peak - before) * scale);
    println!("  baseline, same run: every row with its keys in one query, and a queue message for each subscription");
    println!(
        "    measured for {}: {:.2} s ({:.2} s of them reading), {:.0} MB; multiplied by {scale:.0}:",
        grouped(u64::try_from(naive.messages)?),
        naive.seconds,
        naive.reading,
        megabytes(peak)
    );
    println!(
        "    {seconds:.1} s, {:.1} times as long; {memory:.0} MB, {:.1} times as much",
        seconds / ours.seconds,
        memory / megabytes(ours.peak)
    );
    Ok(())
}
