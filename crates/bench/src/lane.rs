//! How fast an emergency notice is while a routine notice goes to the whole country.

use anyhow::{Context, Result, ensure};
use clap::Args;
use munadi_domain::{area::Area, message::Lane};

use crate::{
    part::{Report, Worker},
    rig::{Published, Rig, Sink, content, grouped, print_target},
    seed::{self, Crowd, Village},
};

const TARGET_SECONDS: f64 = 1.0;

/// What `lane` can be told.
#[derive(Args)]
pub(crate) struct Options {
    /// How many subscriptions the routine notice goes to.
    #[arg(long, default_value_t = 1_000_000)]
    subscriptions: u32,
    /// How many of them the emergency notice goes to.
    #[arg(long, default_value_t = 10_000)]
    emergency: u32,
    /// How many emergency notices are measured on the idle system, and how many while the routine notice goes out.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// An emergency notice, and how much of the routine one had arrived when it was published.
struct Round {
    published: Published,
    routine_before: u64,
    routine_after: u64,
}

/// From publishing to the arrival of the first and of the last message, in seconds.
struct Times {
    first: f64,
    last: f64,
}

/// Runs the measurement and prints it.
pub(crate) async fn run(options: &Options) -> Result<()> {
    Rig::with(async |rig| Box::pin(measure(rig, options)).await).await
}

async fn measure(rig: &Rig, options: &Options) -> Result<()> {
    let mut sink = rig.sink().await?;
    let places = &rig.town.world.core.places;
    let (district, pins) = seed::village(places)?;
    let every = i64::from((options.subscriptions / options.emergency.max(1)).max(1));
    let crowd = Crowd {
        subscriptions: options.subscriptions,
        endpoint: format!("{}/push/", sink.address.origin),
        key_pairs: options.subscriptions.min(100_000),
        village: Some(Village { pins, every }),
    };
    println!("writing {} subscriptions …", grouped(options.subscriptions.into()));
    seed::settle(rig.town.world.database.url(), &crowd, places).await?;
    let everything = rig.work(&[Worker::Relay, Worker::Fanout, Worker::Deliver], Some(&sink)).await?;
    let area = Area {
        districts: vec![district], description: "नदी के किनारे".to_owned(), ..Area::default()
    };

    let mut idle = Vec::new();
    for _ in 0..options.rounds {
        idle.push(emergency(rig, &mut sink, &area).await?);
    }
    let before = sink.accepted().await?;
    let routine = rig.publish(&rig.approved(&rig.routine()).await).await;
    rig.until(async || Ok(sink.accepted().await? > before)).await?;
    // The first meets the fan-out under way as well, the others the sending alone.
    let mut busy = Vec::new();
    for _ in 0..options.rounds {
        busy.push(emergency(rig, &mut sink, &area).await?);
    }
    let figures = rig.figures(routine.notice).await?;
    ensure!(
        figures.finished_at.is_none(),
        "the routine notice was through before the measurement: ask for more subscriptions"
    );
    // First the report: what a sender leaves unfinished when it is killed is a fault to the push service.
    let report = sink.report().await?;
    everything.kill().await?;
    sink.child.end().await?;
    print(rig, options, &report, &idle, &busy)
}

async fn emergency(rig: &Rig, sink: &mut Sink, area: &Area) -> Result<Round> {
    let approved = rig.approved(&content(area.clone(), Lane::Emergency)).await;
    let routine_before = sink.accepted().await?;
    let published = rig.publish(&approved).await;
    rig.until_finished(published.notice).await?;
    Ok(Round { published, routine_before, routine_after: sink.accepted().await? })
}

fn print(rig: &Rig, options: &Options, report: &Report, idle: &[Round], busy: &[Round]) -> Result<()> {
    let (everybody, some) = (grouped(options.subscriptions.into()), grouped(options.emergency.into()));
    println!("lane: an emergency notice to {some} while a routine notice to {everybody} is on its way");
    let idle = print_rounds(rig, options, report, "on the idle system", idle)?;
    let busy = print_rounds(rig, options, report, "while the routine notice goes out", busy)?;
    let worst = |times: &[Times]| times.iter().map(|times| times.first).fold(0.0, f64::max);
    let figure = format!("{:.3} s", worst(&busy));
    print_target("publish until the first message, worst round", &figure, "< 1 s", worst(&busy) < TARGET_SECONDS);
    println!("    baseline, same run, idle: {:.3} s", worst(&idle));
    Ok(())
}

fn print_rounds(rig: &Rig, options: &Options, report: &Report, when: &str, rounds: &[Round]) -> Result<Vec<Times>> {
    println!("  {when}:");
    let mut all = Vec::new();
    for round in rounds {
        let arrivals = report.topics.get(&rig.topic(round.published.notice)).context("no emergency message arrived")?;
        let expected = usize::try_from(options.emergency)?;
        ensure!(
            arrivals.subscriptions == expected,
            "{} of {expected} got the emergency notice",
            arrivals.subscriptions
        );
        let since = |time: f64| time - round.published.asked;
        let times = Times { first: since(arrivals.first), last: since(arrivals.last) };
        let others = round.routine_after.saturating_sub(round.routine_before).saturating_sub(options.emergency.into());
        println!(
            "    first message after {:.3} s, last after {:.2} s (publishing took {:.0} ms); meanwhile {} routine messages",
            times.first,
            times.last,
            round.published.took * 1e3,
            grouped(others)
        );
        all.push(times);
    }
    Ok(all)
}
