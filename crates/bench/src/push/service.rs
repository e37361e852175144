//! The push service that is measured, as a process.

use std::{
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{net::TcpStream, process::Command, time::sleep};

use crate::rig::{Child, Rig};

/// Of the files that a process may have open, those that are no connections of user agents: senders, the database, whatever.
const OTHER_FILES: usize = 1_000;
/// What nobody reaches here: it is not the limits that are measured.
const UNLIMITED: &str = "burst 1000000, then 60000000 a minute";
const LOOK: Duration = Duration::from_millis(20);
/// How long it may take to listen.
const PATIENCE: u32 = 1_000;

/// A push service in a process of its own.
pub(super) struct Service {
    pub(super) pid: u32,
    pub(super) address: SocketAddr,
    process: Process,
}

enum Process {
    Node(tokio::process::Child),
    Naive(Child),
}

impl Service {
    /// A node of ours, as `munadi serve --only push` runs it.
    pub(super) async fn node(rig: &Rig) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(executable()?);
        command.args(["serve", "--only", "push"]).envs(rig.settings()).envs(settings(address)).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut process = command.spawn().context("munadi cannot be started")?;
        let pid = process.id().context("munadi ended at once")?;
        for _ in 0..PATIENCE {
            ensure!(process.try_wait()?.is_none(), "munadi ended");
            if TcpStream::connect(address).await.is_ok() {
                return Ok(Self { pid, address, process: Process::Node(process) });
            }
            sleep(LOOK).await;
        }
        bail!("munadi does not listen")
    }

    /// The baseline.
    pub(super) async fn naive(rig: &Rig) -> Result<Self> {
        let mut child = Child::start(&["push-naive".into()], &rig.settings())?;
        let address = child.listen().await?;
        Ok(Self { pid: child.pid, address, process: Process::Naive(child) })
    }

    /// Ends it, whoever is connected.
    pub(super) async fn kill(self) -> Result<()> {
        match self.process {
            Process::Node(mut process) => Ok(process.kill().await?),
            Process::Naive(child) => child.kill().await,
        }
    }
}

/// User agents that one process can have, as far as this machine's limits allow.
pub(super) fn most_connections() -> Result<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("no limit of open files")?;
    let soft = line.split_whitespace().next().context("no limit of open files")?;
    let files = soft.parse().unwrap_or(usize::MAX);
    files.checked_sub(OTHER_FILES).filter(|most| *most > 0).context("too few files may be open: see ulimit -n")
}

/// `munadi`, which is built beside this program.
fn executable() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("munadi");
    ensure!(path.exists(), "{} is not there: build the package munadi in the same way as this one", path.display());
    Ok(path)
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn settings(address: SocketAddr) -> [(&'static str, OsString); 9] {
    [
        ("MUNADI_PUSH_SERVICE_LISTEN", address.to_string().into()),
        ("MUNADI_PUSH_SERVICE_PUBLIC_URL", format!("http://{address}").into()),
        ("MUNADI_PUSH_SERVICE_CONNECTIONS", "1000000".into()),
        ("MUNADI_PUSH_SERVICE_CONNECTIONS_PER_ADDRESS", "1000000".into()),
        ("MUNADI_PUSH_ALLOW_LOOPBACK", "true".into()),
        ("MUNADI_KEYS_CREATE_MISSING", "true".into()),
        ("MUNADI_LIMITS_PUSH_TARGET", UNLIMITED.into()),
        ("MUNADI_LIMITS_PUSH_REGISTRATION", UNLIMITED.into()),
        ("MUNADI_LOG_FILTER", "warn".into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_of_open_files_is_read() {
        assert!(most_connections().unwrap() > 0);
    }
}
