//! What the child processes do.

mod naive;
mod sink;
mod web_push;
mod workers;

use anyhow::Result;
use clap::Subcommand;
use munadi_services::clock::Clock;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

pub(crate) use self::{
    naive::Naive,
    sink::{Address, Report},
    web_push::Sent,
    workers::{Worker, broker},
};

/// A part of a measurement, as its own process.
#[derive(Subcommand)]
pub(crate) enum Part {
    /// The workers of Munadi, composed as the executable does it.
    Workers(workers::Options),
    /// A push service.
    Sink,
    /// The fan-out as one would write it first.
    Naive(naive::Options),
    /// A sender with the crate `web-push`.
    WebPush(web_push::Options),
}

/// Does its part.
pub(crate) async fn run(part: &Part) -> Result<()> {
    match part {
        Part::Workers(options) => workers::run(options).await,
        Part::Sink => sink::run().await,
        Part::Naive(options) => naive::run(options).await,
        Part::WebPush(options) => web_push::run(options).await,
    }
}

/// Tells the parent.
fn say(what: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}

/// What the parent tells.
fn words() -> Lines<BufReader<Stdin>> {
    BufReader::new(tokio::io::stdin()).lines()
}

/// The time in seconds since 1970, for all processes the same.
pub(crate) fn unix_seconds() -> f64 {
    let now = Clock::system().now();
    (now - time::OffsetDateTime::UNIX_EPOCH).as_seconds_f64()
}
