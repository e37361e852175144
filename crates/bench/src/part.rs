//! What the child processes do.

mod naive;
mod push_crowd;
mod push_naive;
mod sink;
mod web_push;
mod workers;

use anyhow::Result;
use clap::Subcommand;
use munadi_services::clock::Clock;
use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines, Stdin},
    runtime::{Builder, Runtime},
};

pub(crate) use self::{
    naive::Naive,
    push_crowd::{BODY, Connected, Delays, Ending, LoadOrder, Order, Returned, Roll, Window},
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
    /// User agents of a push service that is measured, and senders to them.
    PushCrowd(push_crowd::Options),
    /// A push service as one would write it first.
    PushNaive(push_naive::Options),
}

impl Part {
    /// What it runs on.
    pub(crate) fn runtime(&self) -> std::io::Result<Runtime> {
        match self {
            // Threads that hand things to each other would cost more than what they do.
            Self::PushCrowd(_) => Builder::new_current_thread().enable_all().build(),
            _ => Runtime::new(),
        }
    }
}

/// Does its part.
pub(crate) async fn run(part: &Part) -> Result<()> {
    match part {
        Part::Workers(options) => workers::run(options).await,
        Part::Sink => sink::run().await,
        Part::Naive(options) => naive::run(options).await,
        Part::WebPush(options) => web_push::run(options).await,
        Part::PushCrowd(options) => push_crowd::run(options).await,
        Part::PushNaive(options) => push_naive::run(options).await,
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
