//! Where a process spends its time, by a sampling profiler: `perf` of the Linux kernel.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, Command};

const SAMPLES_PER_SECOND: &str = "499";

/// What functions are called belongs to the first group with a part of their name.
const GROUPS: [(&str, &[&str]); 8] = [
    ("elliptic curve: a key pair and an agreement", &["p256", "ecp_", "bignum", "bn_", "BN_", "EC_", "ec_", "beeu"]),
    (
        "encryption, hashes and randomness",
        &["aes", "gcm", "sha", "SHA", "hmac", "HMAC", "HKDF", "rand", "RAND", "jent", "rol64", "CRYPTO", "EVP"],
    ),
    ("HTTP/2 and TLS", &["h2::", "hyper", "http::", "rustls", "httparse", "httpdate"]),
    ("the worker itself", &["munadi_"]),
    ("database and queue", &["sqlx", "lapin", "amq_protocol", "serde"]),
    ("tasks and wake-ups", &["tokio", "futures", "mio", "parking_lot", "std::sync", "core::task"]),
    ("memory: allocating, freeing, copying", &["alloc", "free", "unlink_chunk", "mem", "realloc", "drop_in_place"]),
    ("the rest", &[""]),
];
/// Everything that the kernel does for it is mostly the network.
const KERNEL: &str = "kernel: sockets and scheduling";

/// Records a process until it ends.
pub(crate) struct Profiler(Child);

impl Profiler {
    /// Records into the file from now on.
    pub(crate) fn start(pid: u32, file: &Path) -> Result<Self> {
        let mut perf = Command::new("perf");
        perf.args(["record", "-q", "-e", "cpu-clock", "-F", SAMPLES_PER_SECOND, "-p", &pid.to_string(), "-o"])
            .arg(file);
        perf.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        perf.spawn().map(Self).context("perf cannot be started (Debian package linux-perf)")
    }

    /// Waits for the process to end, and prints what was recorded in groups.
    pub(crate) async fn print(mut self, file: &Path) -> Result<()> {
        self.0.wait().await?;
        let mut perf = Command::new("perf");
        perf.args(["report", "--stdio", "--no-children", "--sort", "sym", "-i"]).arg(file).stderr(Stdio::null());
        let report = perf.output().await?;
        ensure!(report.status.success(), "perf cannot read what it recorded");
        let mut groups: Vec<_> = grouped(&String::from_utf8_lossy(&report.stdout)).into_iter().collect();
        groups.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        println!(
            "  what the sender does with its time (perf, {SAMPLES_PER_SECOND} samples a second; more: perf report -i {}):",
            file.display()
        );
        for (group, percent) in groups {
            println!("    {group:<46} {percent:>5.1} %");
        }
        Ok(())
    }
}

/// Percents by group.
fn grouped(report: &str) -> BTreeMap<&'static str, f64> {
    let mut groups = BTreeMap::new();
    for (percent, kernel, symbol) in report.lines().filter_map(line) {
        let named = || GROUPS.iter().find(|(_, parts)| parts.iter().any(|part| symbol.contains(part)));
        let group = if kernel { KERNEL } else { named().map_or("", |(name, _)| *name) };
        *groups.entry(group).or_default() += percent;
    }
    groups
}

/// `12.34%  [.] a::function`: how much, whether it is the kernel's, and which one.
fn line(text: &str) -> Option<(f64, bool, &str)> {
    let (percent, rest) = text.trim().split_once('%')?;
    let (place, symbol) = rest.trim().split_once(' ')?;
    Some((percent.parse().ok()?, place == "[k]", symbol.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_is_grouped() {
        let report = "# Overhead  Symbol\n\n    23.17%  [.] Lp256_montjscalarmul_p256_montjdouble\n     1.83%  [.] ecp_nistz256_point_mul_base\n\
                      \u{20}    5.00%  [k] tcp_sendmsg_locked\n     3.00%  [.] h2::hpack::encoder::encode_str\n     1.00%  [.] main\n";
        let groups: Vec<_> =
            grouped(report).into_iter().map(|(name, percent)| format!("{name}: {percent:.2}")).collect();
        assert_eq!(
            groups,
            [
                "HTTP/2 and TLS: 3.00",
                "elliptic curve: a key pair and an agreement: 25.00",
                "kernel: sockets and scheduling: 5.00",
                "the rest: 1.00"
            ]
        );
    }
}
