//! Other programs.

use std::{env, ffi::OsStr, path::Path, process::Command};

use anyhow::{Context, bail};

/// The cargo that runs us, in the repository's root.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root);
    command
}

/// Runs a command which writes to the terminal; an error if it fails.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Runs a command and gives back what it printed; its complaints are part of the error.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        let complaints = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}\n{}", line(command), output.status, complaints.trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something that is not UTF-8", line(command)))
}

/// The command as one would type it, without addresses: they may hold a password, and errors end up in logs.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(OsStr::to_string_lossy);
    words.map(|word| if word.contains("://") { "…".into() } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_hold_no_password() {
        let error =
            output(Command::new("false").args(["--dbname", "postgres://a:secret@h/d"])).unwrap_err().to_string();
        assert!(error.starts_with("false --dbname … ended with"), "{error}");
        assert!(run(&mut Command::new("no-such-program")).unwrap_err().to_string().ends_with("no-such-program"));
    }
}
