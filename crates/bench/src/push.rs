//! Our own push service: what connections, messages and a storm of returning user agents cost it.

mod crowd;
mod delivery;
mod idle;
mod service;
mod storm;

use anyhow::Result;
use clap::Subcommand;

use crate::rig::{Rig, Watch, Who};

use self::{crowd::Crowd, service::Service};

/// What the service is called where it is told who used the processors.
const SERVICE: &str = "push service";
/// What its clients are called there.
const CROWD: &str = "user agents and senders";
const BASELINE: &str = "a push service as one would write it first: axum's WebSocket as it comes, a task and a channel for each \
                        connection,\n    a transaction for each thing that happens; the same tables, statements and clients";

/// Which measurement.
#[derive(Subcommand)]
pub(crate) enum Push {
    /// Open connections on which nothing happens: memory of each, and processor time.
    Idle(idle::Options),
    /// From a sender's POST to the open socket and back: messages a second, and the delay at half of that.
    Delivery(delivery::Options),
    /// Everybody is cut at once, gets a message meanwhile, and comes back.
    Storm(storm::Options),
}

/// Runs the measurement and prints it.
pub(crate) async fn run(push: &Push) -> Result<()> {
    Rig::with(async |rig| match push {
        Push::Idle(options) => Box::pin(idle::run(rig, options)).await,
        Push::Delivery(options) => Box::pin(delivery::run(rig, options)).await,
        Push::Storm(options) => Box::pin(storm::run(rig, options)).await,
    })
    .await
}

/// Whoever works here: PostgreSQL, the service, its clients.
fn watch(rig: &Rig, service: &Service, crowd: &Crowd) -> Watch {
    let mut watch = rig.watch();
    watch.add(SERVICE, Who::Process(service.pid));
    watch.add(CROWD, Who::Process(crowd.pid()));
    watch
}

/// Forgets everybody, so that the next service begins with nothing.
async fn forget_all(rig: &Rig) -> Result<()> {
    sqlx::query("truncate push_user_agent, push_channel, push_message").execute(&rig.pool).await?;
    Ok(())
}
