//! The executable as child processes.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use serde_json::Value;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::PATIENCE;

/// How many lines of its log a process shows when a test fails.
const LAST_LINES: usize = 60;

/// The executable that is tested.
fn executable() -> PathBuf {
    if let Some(given) = std::env::var_os("MUNADI_BIN") {
        return given.into();
    }
    // From target/debug/deps/e2e-… to target/debug/munadi.
    let own = std::env::current_exe().unwrap();
    let built = own.ancestors().nth(2).unwrap().join("munadi");
    assert!(built.exists(), "{} is missing: make it with cargo build -p munadi", built.display());
    built
}

/// The settings of an installation, by environment; nothing of the test's own environment reaches the executable.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    pub(crate) fn with(&self, name: &str, value: impl ToString) -> Self {
        let mut settings = self.clone();
        settings.0.insert(name.to_owned(), value.to_string());
        settings
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(executable());
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.args(args).env_clear().env("PATH", path).envs(&self.0).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn say(&self, args: &[&str]) -> Said {
        let output = timeout(PATIENCE, self.command(args).output()).await.expect("the command ends").unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts a command that runs until it is ended. It writes to a log in the folder.
    pub(crate) fn start(&self, folder: &Path, args: &[&str]) -> Munadi {
        let name = args.join(" ");
        let log = folder.join(format!("{}.log", name.replace([' ', ','], "-")));
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = self.command(args);
        command.stdout(file.try_clone().unwrap()).stderr(file);
        Munadi { child: command.spawn().unwrap(), name, log }
    }
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// The same, if the command succeeded.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert!(self.status.success(), "{}\n{}\n{}", self.status, self.out, self.err);
        self
    }

    /// The same, if the command failed in order.
    #[track_caller]
    pub(crate) fn badly(self) -> Self {
        assert_eq!(self.status.code(), Some(1), "{}\n{}", self.out, self.err);
        self
    }

    /// What was printed for machines.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

/// A process of the executable. It is killed when this is dropped, and shows the end of its log if the test failed.
#[derive(Debug)]
pub(crate) struct Munadi {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Munadi {
    /// Ends it as a power cut does.
    pub(crate) async fn kill9(mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "{} has ended by itself", self.name);
        self.child.kill().await.unwrap();
    }

    /// Asks it to end, as systemd does, and waits until it has.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        let id = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").unwrap()
    }
}

impl Drop for Munadi {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
            eprintln!("--- the last of munadi {}:\n{}", self.name, last.join("\n"));
        }
    }
}
