//! Everybody is cut at once, and comes back to a message that was sent meanwhile.

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use tokio::time::sleep;

use super::{BASELINE, Crowd, Service, forget_all, watch};
use crate::{
    part::{Returned, Roll},
    rig::{Rig, Usage, float, grouped, print_target},
};

const TARGET: f64 = 2.0;
/// PostgreSQL's servers tell what they did ten seconds later when they have nothing else to do.
const STATISTICS: Duration = Duration::from_secs(12);

/// What `push storm` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// User agents.
    #[arg(long, default_value_t = 10_000)]
    clients: usize,
    /// Within how many seconds they come back; several one after the other. 0: all at once.
    #[arg(long, value_delimiter = ',', default_value = "30,5,0")]
    within: Vec<f64>,
    /// Without the baseline.
    #[arg(long)]
    alone: bool,
}

/// One return.
struct Round {
    within: f64,
    returned: Returned,
    /// Transactions of the database meanwhile.
    statements: u64,
    usage: Usage,
}

pub(super) async fn run(rig: &Rig, options: &Options) -> Result<()> {
    println!(
        "storm: {} user agents are cut at once, and come back to one message each",
        grouped(options.clients as u64)
    );
    let ours = measure(rig, Service::node(rig).await?, options).await?;
    let each = |round: &Round| float(round.statements) / float(options.clients as u64);
    for round in &ours {
        let name = format!("statements a client, {}", when(round.within));
        print_target(&name, &format!("{:.2}", each(round)), "≤ 2", each(round) <= TARGET);
        print(round, options.clients);
    }
    if options.alone {
        return Ok(());
    }
    forget_all(rig).await?;
    println!("  baseline, same run: {BASELINE}");
    for (round, ours) in measure(rig, Service::naive(rig).await?, options).await?.iter().zip(&ours) {
        println!(
            "  {}: {:.2} statements a client, {:.1} times as many",
            when(round.within),
            each(round),
            each(round) / each(ours)
        );
        print(round, options.clients);
    }
    Ok(())
}

fn when(within: f64) -> String {
    if within > 0.0 { format!("back within {within:.0} s") } else { "back all at once".to_owned() }
}

fn print(round: &Round, clients: usize) {
    let Round { returned, usage, .. } = round;
    let ms = |micros: u32| f64::from(micros) / 1e3;
    println!(
        "    the last one had its message after {:.2} s; from connecting to the message: half within {:.1} ms, 99 % within {:.1} ms, all within {:.1} ms",
        returned.last,
        ms(returned.delays.median),
        ms(returned.delays.p99),
        ms(returned.delays.most)
    );
    println!("    transactions: {}; attempts to connect that failed: {}", grouped(round.statements), returned.again);
    usage.print(clients as u64);
}

async fn measure(rig: &Rig, service: Service, options: &Options) -> Result<Vec<Round>> {
    let mut crowd = Crowd::start(&service, 2, false).await?;
    crowd.connect(options.clients).await?;
    let everybody = crowd.tell().await?;
    let mut rounds = Vec::new();
    for (number, within) in options.within.iter().enumerate() {
        crowd.kill().await?;
        nobody_is_there(rig).await?;
        // From other addresses: the system keeps ports of the last connections for a while.
        crowd = Crowd::start(&service, 12 + u8::try_from(number % 20)? * 10, false).await?;
        rounds.push(come_back(rig, &service, &mut crowd, everybody.clone(), *within).await?);
    }
    crowd.kill().await?;
    service.kill().await?;
    Ok(rounds)
}

/// Waits until the service has noticed that everybody is gone.
async fn nobody_is_there(rig: &Rig) -> Result<()> {
    let gone = "select not exists (select from push_user_agent where node is not null)";
    rig.until(async || Ok(sqlx::query_scalar(gone).fetch_one(&rig.pool).await?)).await
}

async fn come_back(rig: &Rig, service: &Service, crowd: &mut Crowd, everybody: Roll, within: f64) -> Result<Round> {
    crowd.be(everybody).await?;
    let count = crowd.post(false).await?.count;
    let before = transactions(rig).await?;
    let watch = watch(rig, service, crowd);
    let stopwatch = watch.start();
    let returned = crowd.come_back(within).await?;
    let usage = stopwatch.stop();
    ensure!(returned.delays.count == count, "{} of {count} came back", returned.delays.count);
    let statements = transactions(rig).await? - before;
    Ok(Round { within, returned, statements, usage })
}

/// Transactions in this database up to now. The service runs each statement as one.
async fn transactions(rig: &Rig) -> Result<u64> {
    sleep(STATISTICS).await;
    let count = "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()";
    Ok(sqlx::query_scalar::<_, i64>(count).fetch_one(&rig.pool).await?.unsigned_abs())
}
