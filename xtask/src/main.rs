//! The project's habits as commands. `cargo xtask help` lists them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool prints")]

mod ci;
mod command;
mod queries;
mod repository;
mod rust;
mod throwaway;
mod tidy;

use std::{env, process::ExitCode};

const HELP: &str = "\
cargo xtask <command>

  ci            what CI runs: format, tidy, clippy, and sqlx-check when DATABASE_URL is set
  tidy          the house's rules which the compiler and clippy do not know
  sqlx-prepare  describes every checked query again, in .sqlx; needs DATABASE_URL
  sqlx-check    fails if .sqlx is not what sqlx-prepare would write; needs DATABASE_URL
  help          this text

DATABASE_URL names any database of a server on which a throw-away database may be created.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the command found everything in order; an error if it could not find out.
fn run(arguments: &[&str]) -> anyhow::Result<bool> {
    match arguments {
        ["ci"] => Ok(ci::run()),
        ["tidy"] => tidy::run(),
        ["sqlx-prepare"] => queries::prepare().map(|()| true),
        ["sqlx-check"] => queries::check(),
        ["help" | "--help" | "-h"] | [] => {
            print!("{HELP}");
            Ok(true)
        }
        _ => anyhow::bail!("there is no command “{}”: see cargo xtask help", arguments.join(" ")),
    }
}
