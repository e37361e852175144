//! What memory a process has.

use std::fs;

use anyhow::{Context, Result};

/// A process's memory, in bytes (`/proc/PID/smaps_rollup` of `proc(5)`). What the kernel holds for its sockets is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// What it has for itself alone: that which would be free if it ended, with the pages of its program that were used so far.
    pub(crate) private: u64,
    /// Of it what it has allocated: heap and stacks.
    pub(crate) anonymous: u64,
}

impl Memory {
    /// Of that process, now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).context("the process has ended")?;
        Self::parse(&text).context("the kernel does not say how much memory the process has")
    }

    fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
        };
        Some(Self { private: field("Private_Clean:")? + field("Private_Dirty:")?, anonymous: field("Anonymous:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_memory_is_read() {
        let memory = Memory::of(std::process::id()).unwrap();
        assert!(memory.anonymous > 10_000 && memory.private >= memory.anonymous / 2, "{memory:?}");
    }

    #[test]
    fn fields_are_told_apart() {
        let text = "Rss: 9 kB\nPss_Anon: 5 kB\nPrivate_Clean:     1 kB\nPrivate_Dirty:   2 kB\nAnonymous:  3 kB\n";
        assert_eq!(Memory::parse(text), Some(Memory { private: 3 * 1024, anonymous: 3 * 1024 }));
    }
}
