//! A part of the measurement in a process of its own, so that its memory and its processor time are its own.

use std::{ffi::OsString, process::Stdio};

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{ChildStdin, ChildStdout, Command},
};

/// A child of this process: it says a line when it is ready and a line for each one it is told, and ends when nobody can tell it any
/// more.
#[derive(Debug)]
pub(crate) struct Child {
    process: tokio::process::Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    pub(crate) pid: u32,
}

impl Child {
    /// Starts this program as `part …`.
    pub(crate) fn start(arguments: &[OsString], environment: &[(&str, OsString)]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("part").args(arguments).envs(environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().context("this program could not be started a second time")?;
        let (input, output) = (process.stdin.take().context("no input")?, process.stdout.take().context("no output")?);
        let pid = process.id().context("it ended at once")?;
        Ok(Self { process, input, output: BufReader::new(output).lines(), pid })
    }

    /// What it says next.
    pub(crate) async fn listen<T: DeserializeOwned>(&mut self) -> Result<T> {
        let Some(line) = self.output.next_line().await? else {
            bail!("a part of the measurement ended: {}", self.process.wait().await?)
        };
        serde_json::from_str(&line).with_context(|| format!("a part of the measurement said “{line}”"))
    }

    /// Tells it a word and gives what it says.
    pub(crate) async fn ask<T: DeserializeOwned>(&mut self, word: &str) -> Result<T> {
        self.input.write_all(format!("{word}\n").as_bytes()).await?;
        self.listen().await
    }

    /// Lets it end in order.
    pub(crate) async fn end(self) -> Result<()> {
        let Self { mut process, input, .. } = self;
        drop(input);
        process.wait().await?;
        Ok(())
    }

    /// Ends it at once.
    pub(crate) async fn kill(mut self) -> Result<()> {
        self.process.kill().await?;
        Ok(())
    }
}
