//! What was sent, and what of it arrived: each message carries its number and the time when it was due.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_deliver::encrypt::Bucket;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// The length of a notice with text, as the deliverer makes it.
pub(crate) const BODY: usize = Bucket::FULL.body_len();
/// Number, time and a check, which the rest follows. It is as long as whole groups of base64.
const STAMP: usize = 24;
const STAMP_TEXT: usize = STAMP / 3 * 4;
const SALT: u64 = 0x6d75_6e61_6469_2121;

/// Times in microseconds, summed up.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Delays {
    pub(crate) count: usize,
    pub(crate) median: u32,
    pub(crate) p99: u32,
    pub(crate) p999: u32,
    pub(crate) most: u32,
}

impl Delays {
    pub(super) fn of(mut all: Vec<u32>) -> Self {
        all.sort_unstable();
        let at = |per_mille: usize| all.get((all.len() * per_mille / 1_000).min(all.len().saturating_sub(1)));
        let at = |per_mille| at(per_mille).copied().unwrap_or(0);
        Self { count: all.len(), median: at(500), p99: at(990), p999: at(999), most: at(1_000) }
    }
}

/// How it ended, when everything that was sent had time to arrive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub(crate) posted: u64,
    pub(crate) received: u64,
    /// Messages that came a second time.
    pub(crate) doubles: u64,
    pub(crate) first_fault: Option<String>,
    /// From when a message was due until it arrived, of those that were due in the measured time.
    pub(crate) delays: Delays,
}

/// Counts what is sent and what arrives.
#[derive(Debug)]
pub(super) struct Ledger {
    epoch: Instant,
    /// What the rest of each body is in base64.
    rest: String,
    figures: Mutex<Figures>,
}

#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Messages that were begun to be sent; the next one's number.
    pub(super) posted: u64,
    /// Messages that the service has taken.
    pub(super) accepted: u64,
    pub(super) received: u64,
    doubles: u64,
    first_fault: Option<String>,
    /// By number.
    arrived: Vec<bool>,
    /// The measured time.
    pub(super) window: Range<u64>,
    delays: Vec<u32>,
}

impl Default for Ledger {
    fn default() -> Self {
        let rest = BASE64_URL_SAFE_NO_PAD.encode(filling());
        Self { epoch: Instant::now(), rest, figures: Mutex::default() }
    }
}

/// Whatever comes after the stamp.
fn filling() -> Vec<u8> {
    (0..BODY - STAMP).map(|at| (at * 167 % 251).to_le_bytes()[0]).collect()
}

impl Ledger {
    /// Nanoseconds since it was made.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// When that is.
    pub(super) fn instant(&self, nanos: u64) -> Instant {
        self.epoch + std::time::Duration::from_nanos(nanos)
    }

    pub(super) fn figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A body without its stamp.
    pub(super) fn blank() -> Vec<u8> {
        [vec![0; STAMP], filling()].concat()
    }

    /// Makes a blank body the one of this number.
    pub(super) fn stamp(body: &mut [u8], number: u64, due: u64) {
        for (place, value) in body.chunks_exact_mut(8).zip([number, due, number ^ due ^ SALT]) {
            place.copy_from_slice(&value.to_be_bytes());
        }
    }

    /// Takes a notification; gives the acknowledgement.
    pub(super) fn take(&self, frame: &str) -> Result<String> {
        let field = |name| between(frame, name).with_context(|| format!("no message: {frame}"));
        let (channel, version) = (field("\"channelID\":\"")?, field("\"version\":\"")?);
        let (stamp, rest) = field("\"data\":\"")?.split_at_checked(STAMP_TEXT).context("a short message")?;
        ensure!(rest == self.rest, "a message was changed");
        self.arrived(&BASE64_URL_SAFE_NO_PAD.decode(stamp)?)?;
        Ok(format!(
            r#"{{"messageType":"ack","updates":[{{"channelID":"{channel}","version":"{version}","code":100}}]}}"#
        ))
    }

    fn arrived(&self, stamp: &[u8]) -> Result<()> {
        let now = self.now();
        let word = |at: usize| Some(u64::from_be_bytes(*stamp.get(at * 8..)?.first_chunk()?));
        let (number, due, check) =
            word(0).zip(word(1)).zip(word(2)).map(|((a, b), c)| (a, b, c)).context("no stamp")?;
        ensure!(number ^ due ^ SALT == check, "a message's number was changed");
        let (mut figures, index) = (self.figures(), usize::try_from(number)?);
        if figures.arrived.len() <= index {
            figures.arrived.resize(index + 1, false);
        }
        if std::mem::replace(&mut figures.arrived[index], true) {
            figures.doubles += 1;
            return Ok(());
        }
        figures.received += 1;
        if figures.window.contains(&due) {
            figures.delays.push(u32::try_from(now.saturating_sub(due) / 1_000).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    /// Whether something that was sent has not arrived.
    pub(super) fn is_waiting(&self) -> bool {
        let figures = self.figures();
        figures.received < figures.posted
    }

    /// Keeps the first of what went wrong.
    pub(super) fn fault(&self, error: &anyhow::Error) {
        self.figures().first_fault.get_or_insert_with(|| format!("{error:#}"));
    }

    /// What there is to say at the end. The next measured time begins with nothing.
    pub(super) fn ending(&self) -> Ending {
        let mut figures = self.figures();
        Ending {
            posted: figures.posted,
            received: figures.received,
            doubles: figures.doubles,
            first_fault: figures.first_fault.clone(),
            delays: Delays::of(std::mem::take(&mut figures.delays)),
        }
    }
}

fn between<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    Some(text.split_once(before)?.1.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_again_and_counted_once() {
        let ledger = Ledger::default();
        ledger.figures().window = 0..u64::MAX;
        let mut body = Ledger::blank();
        Ledger::stamp(&mut body, 7, 1);
        let data = BASE64_URL_SAFE_NO_PAD.encode(&body);
        let frame = format!(r#"{{"channelID":"c","version":"12","data":"{data}"}}"#);
        let ack = r#"{"messageType":"ack","updates":[{"channelID":"c","version":"12","code":100}]}"#;
        assert_eq!(ledger.take(&frame).unwrap(), ack);
        ledger.take(&frame).unwrap();
        assert!(ledger.take(&frame.replace("\"data\":\"A", "\"data\":\"B")).is_err());
        assert!(ledger.take("{}").is_err());
        let ending = ledger.ending();
        assert_eq!((ending.received, ending.doubles, ending.delays.count), (1, 1, 1));
        assert_eq!(body.len(), BODY);
    }

    #[test]
    fn quantiles_are_of_what_is_there() {
        let delays = Delays::of((1..=1_000).rev().collect());
        assert_eq!((delays.median, delays.p99, delays.p999, delays.most), (501, 991, 1_000, 1_000));
        assert_eq!(Delays::of(Vec::new()).most, 0);
    }
}
