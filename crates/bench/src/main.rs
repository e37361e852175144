//! Measures what Munadi promises to be fast at. Each measurement prints its baseline from the same run beside it.
#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

mod deliver;
mod encrypt;
mod fanout;
mod lane;
mod part;
mod push;
mod rig;
mod seal;
mod seed;

use std::future::Future;

use clap::{Parser, Subcommand};

/// Seeding is slow on purpose, every installation makes its keys, and killed parts do not say goodbye.
const LOGGED: &str = "warn,sqlx=error,lapin=off,munadi_services=error";

/// Measures Munadi against what it is compared with, in the same run.
///
/// All but `encrypt` need a PostgreSQL (`DATABASE_URL`, with a role that may create databases) and a RabbitMQ (`AMQP_URL`) on this
/// machine. They make a database and queues of their own there, and remove them. What they print depends on these servers: for
/// figures to be published, start ones that wait for their disk,
///
///     export $(deploy/dev/services.sh start postgres bench/postgres)
///     export $(deploy/dev/services.sh start rabbitmq bench/rabbitmq)
///
/// and let nothing else run beside them: “everything else on this machine” says how much did.
#[derive(Parser)]
#[command(verbatim_doc_comment)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Messages made ready to be sent, per second and core, against the crate `web-push`.
    Encrypt(encrypt::Options),
    /// From publishing to the last batch in RabbitMQ, for a million subscriptions, and the memory that takes.
    ///
    /// Prints the plans of the audience query. The baseline reads every row with its keys in one query and queues a message for
    /// each subscription; it works on a part of them, and what it needs is multiplied.
    Fanout(fanout::Options),
    /// Encrypted messages per second to a push service on this machine: rows read, encrypted, sent, answers counted.
    ///
    /// Prints who used the processors. The baseline is the crate `web-push` with its own client.
    Deliver(deliver::Options),
    /// An emergency notice while a routine notice goes to a million, against the same on an idle system.
    Lane(lane::Options),
    /// Committed acts become entries of the public log: how many a second, and how soon a published checkpoint covers one.
    ///
    /// Needs no RabbitMQ. The baseline signs a checkpoint for each event.
    Seal(seal::Options),
    /// Our own push service: a node of it as its users run it, and its user agents and senders in other processes.
    ///
    /// It runs the executable `munadi` that lies beside this one: build both. The baseline is a push service as one would write it
    /// first: the WebSocket library as it comes, and a transaction for each thing that happens, with the same statements.
    #[command(subcommand)]
    Push(push::Push),
    /// A part of a measurement, as its own process.
    #[command(subcommand, hide = true)]
    Part(part::Part),
}

fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| LOGGED.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Arguments::parse().what {
        What::Encrypt(options) => encrypt::run(&options),
        What::Fanout(options) => wait_for(fanout::run(&options)),
        What::Deliver(options) => wait_for(deliver::run(&options)),
        What::Lane(options) => wait_for(lane::run(&options)),
        What::Seal(options) => wait_for(seal::run(&options)),
        What::Push(push) => wait_for(push::run(&push)),
        What::Part(part) => part.runtime()?.block_on(part::run(&part)),
    }
}

fn wait_for(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(work)
}
