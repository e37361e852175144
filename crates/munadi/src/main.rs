//! Munadi's executable: settings, wiring, supervisor and command line.

mod cli;
mod client;
mod command;
mod config;
mod demo;
mod http;
mod installation;
mod logging;
mod metrics;
mod output;
mod parts;
mod serve;
mod services;
mod supervisor;
mod tour;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use munadi_services::{clock::Clock, people::NewAccount};

use crate::{
    cli::{AuditCommand, Cli, Command, ConfigCommand, DemoCommand},
    command::{audit, dead, doctor, keys, notice, verify},
    config::Config,
    installation::Installation,
    output::Output,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    match run(cli, output) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::warn(&format!("munadi: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// What needs no settings comes first: it works on any machine.
fn run(cli: Cli, output: Output) -> Result<bool> {
    let clock = Clock::system();
    match cli.command {
        Command::Notice(command) => notice::run(command, clock.now(), output).map(|()| true),
        Command::Verify(args) => verify::run(&args, clock.now(), output),
        Command::Audit(AuditCommand::Verify(args)) => audit::verify(&args, output),
        Command::Dead(command) => dead::run(command, output).map(|()| true),
        Command::Config(ConfigCommand::Default) => {
            output.step(config::DEFAULT);
            Ok(true)
        }
        command => {
            let environment: Vec<_> = std::env::vars().collect();
            let config = Config::load(cli.config.as_deref(), &environment)?;
            logging::start(&config.log)?;
            let installation = Installation { config, clock };
            installation.check()?;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(run_installed(command, installation, output))
        }
    }
}

async fn run_installed(command: Command, mut installation: Installation, output: Output) -> Result<bool> {
    match command {
        Command::Serve { only, demo } => serve::command(installation, &only, demo, output).await?,
        Command::Work { name } => serve::command(installation, &[name], false, output).await?,
        Command::Migrate => command::migrate(&installation, output).await?,
        Command::Demo(DemoCommand::Fill) => {
            serve::trust_this_machine(&mut installation.config);
            let demo = demo::fill(&installation, output).await?;
            output.step(&format!(
                "The demonstration is there: {} subscribers, {} people who can sign in.",
                demo.subscribers,
                demo.people.len()
            ));
        }
        Command::Demo(DemoCommand::Reset { yes }) => command::reset(&installation, yes, output).await?,
        Command::FirstAdmin { sign_in, name } => {
            command::first_admin(&installation, NewAccount { sign_in, display_name: name }, output).await?;
        }
        Command::Tour => tour::run(installation, output).await?,
        Command::Config(_) => output.step("The settings make sense."),
        Command::Doctor { quick } => {
            let broker = installation.broker()?;
            return doctor::run(&installation.config, &broker, &installation.clock, quick, output).await;
        }
        Command::Keys(command) => keys::run(command, &installation, output).await?,
        Command::Sink { listen } => serve::sink(listen, output).await?,
        Command::Notice(_) | Command::Verify(_) | Command::Audit(_) | Command::Dead(_) => {}
    }
    Ok(true)
}
