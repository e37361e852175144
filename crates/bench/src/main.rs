//! Measures what Munadi promises to be fast at. Each measurement prints its baseline from the same run beside it.
#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

mod encrypt;

use clap::{Parser, Subcommand};

/// Measures Munadi against what it is compared with, in the same run.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Messages made ready to be sent, per second and core, against the crate `web-push`.
    Encrypt(encrypt::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().what {
        What::Encrypt(options) => encrypt::run(&options),
    }
}
