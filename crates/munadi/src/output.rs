//! What the command line prints: words for people, or JSON for machines.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

use serde_json::Value;

/// How to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// JSON instead of words.
    pub(crate) json: bool,
}

impl Output {
    /// A result: the words for people, or the value for machines.
    pub(crate) fn result(self, words: &str, value: &Value) {
        if self.json {
            println!("{value}");
        } else {
            println!("{}", words.trim_end());
        }
    }

    /// A line on the way to the result; machines do not get it.
    pub(crate) fn step(self, words: &str) {
        if !self.json {
            println!("{words}");
        }
    }
}

/// Something that must be seen, whoever reads.
pub(crate) fn warn(words: &str) {
    eprintln!("{words}");
}
