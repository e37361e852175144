//! Structured logs: text for people, JSON for machines, always on standard error.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Format, Log};

/// Starts logging for the whole process.
pub(crate) fn start(config: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&config.filter).context("[log] filter cannot be read")?;
    // Colors are for a terminal; in a file they would be noise.
    let colors = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colors).with_writer(std::io::stderr);
    let started = match config.format {
        Format::Text => builder.try_init(),
        Format::Json => builder.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}
