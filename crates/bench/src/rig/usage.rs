//! Who used the processors: read from `/proc`, as this machine's kernel counts it.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context, Result};

/// The kernel counts in hundredths of a second for every program, whatever its own clock's rate.
const TICKS_PER_SECOND: f64 = 100.0;
const OTHERS: &str = "everything else on this machine";

/// Who is watched.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    /// A process alone.
    Process(u32),
    /// A process with its children, those that have ended included.
    Family(u32),
}

/// Watches processes for a while.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    watched: Vec<(&'static str, Who)>,
}

/// What was used while it ran.
#[derive(Debug)]
pub(crate) struct Stopwatch<'a> {
    watch: &'a Watch,
    start: Instant,
    before: Vec<f64>,
    busy: f64,
}

/// Processor time, in seconds.
#[derive(Debug)]
pub(crate) struct Usage {
    /// How long it was watched.
    pub(crate) seconds: f64,
    /// By whom.
    pub(crate) parts: Vec<(&'static str, f64)>,
}

impl Watch {
    /// Watches somebody under a name.
    pub(crate) fn add(&mut self, name: &'static str, who: Who) {
        self.watched.push((name, who));
    }

    /// Watches whoever listens on that port of this machine, if the kernel tells us who that is.
    pub(crate) fn add_listener(&mut self, name: &'static str, port: u16, family: bool) {
        if let Some(pid) = listener(port) {
            self.add(name, if family { Who::Family(pid) } else { Who::Process(pid) });
        }
    }

    /// From now on.
    pub(crate) fn start(&self) -> Stopwatch<'_> {
        Stopwatch { watch: self, start: Instant::now(), before: self.used(), busy: machine_busy() }
    }

    fn used(&self) -> Vec<f64> {
        self.watched.iter().map(|(_, who)| who.used()).collect()
    }
}

impl Stopwatch<'_> {
    /// Until now.
    pub(crate) fn stop(&self) -> Usage {
        let after = self.watch.used();
        let used = after.iter().zip(&self.before).map(|(after, before)| after - before);
        let mut parts: Vec<_> = self.watch.watched.iter().map(|(name, _)| *name).zip(used).collect();
        let known: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
        parts.push((OTHERS, (machine_busy() - self.busy - known).max(0.0)));
        Usage { seconds: self.start.elapsed().as_secs_f64(), parts }
    }
}

impl Usage {
    /// One line for each, and what each message cost.
    pub(crate) fn print(&self, messages: u64) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        println!("  where the time went ({cores} cores, {:.1} s):", self.seconds);
        for (name, seconds) in &self.parts {
            println!("    {name:<34} {seconds:>7.2} CPU s {:>7.1} µs a message", self.micros(name, messages));
        }
    }

    /// What a message cost one of the watched, in microseconds of processor time.
    pub(crate) fn micros(&self, name: &str, messages: u64) -> f64 {
        self.of(name) / crate::rig::float(messages.max(1)) * 1e6
    }

    /// What everything else on this machine used.
    pub(crate) fn other(&self) -> f64 {
        self.of(OTHERS)
    }

    /// What one of the watched used, in seconds.
    pub(crate) fn of(&self, name: &str) -> f64 {
        self.parts.iter().filter(|(part, _)| *part == name).map(|(_, seconds)| seconds).sum()
    }
}

impl Who {
    fn used(self) -> f64 {
        match self {
            Self::Process(pid) => Times::of(pid).map_or(0.0, |times| times.own),
            Self::Family(pid) => {
                let children = processes().filter_map(Times::of).filter(|times| times.parent == pid);
                let parent = Times::of(pid).map_or(0.0, |times| times.own + times.ended_children);
                parent + children.map(|times| times.own).sum::<f64>()
            }
        }
    }
}

/// A process's times, in seconds (`proc_pid_stat(5)`).
#[derive(Debug, PartialEq)]
struct Times {
    parent: u32,
    own: f64,
    ended_children: f64,
}

impl Times {
    fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        // The name before may hold spaces and parentheses.
        let (_, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let seconds = |field: usize| Some(fields.get(field)?.parse::<f64>().ok()? / TICKS_PER_SECOND);
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: seconds(11)? + seconds(12)?,
            ended_children: seconds(13)? + seconds(14)?,
        })
    }
}

/// The most memory that a process ever had, in bytes (`VmHWM` of `proc_pid_status(5)`).
pub(crate) fn peak_memory(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the process has ended")?;
    peak_in(&status).context("the kernel does not say how much memory the process had at most")
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The time that all processors together were busy since the machine started.
fn machine_busy() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    busy_in(&stat).unwrap_or_default()
}

/// User, nice and system time, and that of interrupts; neither idle nor waiting (`proc_stat(5)`).
fn busy_in(stat: &str) -> Option<f64> {
    let fields: Vec<f64> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map_while(|field| field.parse().ok()).collect();
    Some([0, 1, 2, 5, 6].into_iter().filter_map(|field| fields.get(field)).sum::<f64>() / TICKS_PER_SECOND)
}

/// The process that listens on a port. Others' open files can be seen only by the superuser and by their owner.
fn listener(port: u16) -> Option<u32> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let sockets: Vec<String> = tables.iter().flat_map(|table| listening(table, port)).collect();
    processes().find(|pid| has_open(*pid, &sockets))
}

fn listening(table: &str, port: u16) -> impl Iterator<Item = String> {
    let end = format!(":{port:04X}");
    table.lines().skip(1).filter_map(move |line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields.get(1)?.ends_with(&end) && *fields.get(3)? == "0A";
        listens.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]")))?
    })
}

fn has_open(pid: u32, sockets: &[String]) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let mut targets = files.filter_map(|file| fs::read_link(file.path()).ok());
    targets.any(|target| sockets.iter().any(|socket| Path::new(socket) == target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_times_are_read() {
        let own = std::process::id();
        assert!(Times::of(own).is_some() && peak_memory(own).unwrap() > 100_000 && machine_busy() > 0.0);
    }

    #[test]
    fn name_of_a_process_does_not_matter() {
        let stat = "7 (a) b (c) S 3 7 7 0 -1 4194560 100 0 0 0 150 50 1000 200 20 0 4 0 100";
        assert_eq!(Times::parse(stat), Some(Times { parent: 3, own: 2.0, ended_children: 12.0 }));
    }

    #[test]
    fn idle_time_is_not_busy() {
        assert_eq!(busy_in("cpu  100 200 300 9999 9999 10 20 0 0 0\ncpu0 1"), Some(6.3));
    }

    #[test]
    fn own_listener_is_found() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(listener(socket.local_addr().unwrap().port()), Some(std::process::id()));
    }
}
