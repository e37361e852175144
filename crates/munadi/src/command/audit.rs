//! `munadi audit verify`: checks a whole log, with nothing but what everybody can read of it and the policy that tells whom to believe.
//!
//! The log is built anew from its entries. Every tile, bundle and the root that are served must be those that come out.

mod source;

use std::{io::IsTerminal, iter, path::Path, time::Instant};

use anyhow::{Context, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use munadi_transparency::{
    canonical::CanonicalJson,
    log::{
        checkpoint::Checkpoint,
        note::SignedNote,
        policy::{Policy, Witnessed},
        tile::{BundleId, Edge, EntryBundle, Growth, HashTile, MAX_ENTRY_BYTES, TileId},
    },
};
use serde_json::json;

use self::source::Source;
use crate::{cli::AuditVerifyArgs, output::Output};

/// The most bytes of a checkpoint or a policy that are read.
const MOST: usize = 1024 * 1024;
/// Bundles that are fetched at a time.
const AHEAD: u64 = 32;

/// Checks the log and says what was found; `false` if something is wrong.
pub(crate) fn verify(args: &AuditVerifyArgs, output: Output) -> Result<bool> {
    let policy = std::fs::read(&args.policy).with_context(|| format!("{} cannot be read", args.policy.display()))?;
    let policy = Policy::parse(&policy).with_context(|| format!("{} is no policy", args.policy.display()))?;
    let source = Source::of(&args.log)?;
    let started = Instant::now();
    let checkpoint = source.get("checkpoint", MOST)?;
    let witnessed = match open(&checkpoint, &policy) {
        Ok(witnessed) => witnessed,
        Err(error) => return Ok(is_not_whole(&error, output)),
    };
    let earlier = args.since.as_deref().map(|path| read_earlier(path, &witnessed)).transpose()?;
    let verification = Verification { source: &source, witnessed, earlier };
    match verification.run(!output.json && std::io::stderr().is_terminal()) {
        Ok(whole) => {
            let seconds = started.elapsed().as_secs_f64();
            output.result(&whole.words(seconds), &whole.to_json(seconds));
            Ok(true)
        }
        Err(error) => Ok(is_not_whole(&error, output)),
    }
}

/// Says what is wrong with the log.
fn is_not_whole(error: &anyhow::Error, output: Output) -> bool {
    let words = format!(
        "NOT WHOLE: {error:#}\nKeep what you have read and tell others: a log that was changed cannot be trusted."
    );
    output.result(&words, &json!({ "verdict": "not_whole", "reason": format!("{error:#}") }));
    false
}

fn open(checkpoint: &[u8], policy: &Policy) -> Result<Witnessed> {
    let note = SignedNote::parse(checkpoint).context("the checkpoint cannot be read")?;
    policy.satisfied_by(&note).context("the checkpoint is not one that the policy accepts")
}

fn read_earlier(path: &Path, witnessed: &Witnessed) -> Result<Checkpoint> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let note = SignedNote::parse(&bytes).with_context(|| format!("{} is no checkpoint", path.display()))?;
    let earlier = Checkpoint::open(&note, &witnessed.log);
    earlier.with_context(|| format!("{} is not signed by this log", path.display()))
}

/// A log that is being checked.
struct Verification<'a> {
    source: &'a Source,
    witnessed: Witnessed,
    /// An earlier checkpoint of the same log, which must lie in this one.
    earlier: Option<Checkpoint>,
}

/// A log in which everything is as it should be.
struct Whole {
    witnessed: Witnessed,
    earlier: Option<u64>,
}

impl Verification<'_> {
    fn run(self, progress: bool) -> Result<Whole> {
        let size = self.witnessed.checkpoint.size();
        if let Some(earlier) = self.earlier.as_ref().filter(|earlier| earlier.size() > size) {
            bail!("the log has {size} entries, and had {} before: it was cut", earlier.size());
        }
        let bar = bar(size, progress);
        let mut edge = Edge::new();
        while edge.size() < size {
            self.check_some(&mut edge, size)?;
            bar.set_position(edge.size());
        }
        bar.finish_and_clear();
        self.check_earlier(&edge)?;
        if edge.root() != *self.witnessed.checkpoint.root() {
            bail!("the root of the checkpoint is not that of the entries");
        }
        Ok(Whole { earlier: self.earlier.as_ref().map(Checkpoint::size), witnessed: self.witnessed })
    }

    /// The next bundles, with the tiles over them.
    fn check_some(&self, edge: &mut Edge, size: u64) -> Result<()> {
        let first = edge.size() / 256;
        let ids: Vec<BundleId> = (first..first + AHEAD).map_while(|index| BundleId::in_tree(index, size)).collect();
        let paths: Vec<String> = ids.iter().map(|id| id.path()).collect();
        let bundles = self.source.get_all(&paths)?;
        let mut tiles = Vec::new();
        for (id, bytes) in ids.iter().zip(&bundles) {
            let bundle = EntryBundle::decode(*id, bytes).with_context(|| id.path())?;
            tiles.extend(self.grow(edge, *id, &bundle)?.into_iter().filter(|(id, _)| is_final(*id, size)));
        }
        self.check_tiles(&tiles)
    }

    /// Adds a bundle's entries, in two steps if the earlier checkpoint ends within them.
    fn grow(&self, edge: &mut Edge, id: BundleId, bundle: &EntryBundle) -> Result<Vec<(TileId, HashTile)>> {
        let entries: Vec<&[u8]> = bundle.entries().collect();
        for (entry, index) in entries.iter().zip(id.first_entry()..) {
            check_entry(entry).with_context(|| format!("entry {index}, in {}", id.path()))?;
        }
        let within = self.earlier.as_ref().and_then(|earlier| earlier.size().checked_sub(edge.size()));
        let split = within.and_then(|at| usize::try_from(at).ok()).filter(|&at| at < entries.len()).unwrap_or(0);
        let (before, after) = entries.split_at(split);
        let mut tiles = Vec::new();
        for part in [before, after] {
            let Growth { tiles: grown, .. } = edge.grow(part)?;
            tiles.extend(grown);
            self.check_earlier(edge)?;
        }
        Ok(tiles)
    }

    /// Where the earlier checkpoint ends, its root must be the root.
    fn check_earlier(&self, edge: &Edge) -> Result<()> {
        match &self.earlier {
            Some(earlier) if earlier.size() == edge.size() && *earlier.root() != edge.root() => Err(anyhow!(
                "the first {} entries are not those of the earlier checkpoint: the log was rewritten, or shows different people \
                 different things",
                earlier.size()
            )),
            _ => Ok(()),
        }
    }

    fn check_tiles(&self, tiles: &[(TileId, HashTile)]) -> Result<()> {
        let paths: Vec<String> = tiles.iter().map(|(id, _)| id.path()).collect();
        for ((id, tile), served) in tiles.iter().zip(self.source.get_all(&paths)?) {
            let served = HashTile::decode(*id, &served).with_context(|| id.path())?;
            let wrong = tile.hashes().iter().zip(served.hashes()).position(|(computed, served)| computed != served);
            if let Some(position) = wrong {
                bail!(differs(*id, u64::try_from(position)?));
            }
        }
        Ok(())
    }
}

/// Which of the two was changed cannot be told: both are named.
fn differs(id: TileId, position: u64) -> String {
    let number = id.index() * 256 + position;
    match BundleId::new(id.index(), id.width()).ok().filter(|_| id.level() == 0) {
        Some(bundle) => {
            format!("entry {number} in {} has not the hash that {} has for it", bundle.path(), id.path())
        }
        None => format!("{}: the hash of subtree {number} is not that of its entries", id.path()),
    }
}

/// Whether the tile is served like this for a log of that size; others have grown since.
fn is_final(id: TileId, size: u64) -> bool {
    TileId::in_tree(id.level(), id.index(), size) == Some(id)
}

/// An entry is the canonical JSON of an object (RFC 8785), so that what was hashed can be read in one way only.
fn check_entry(entry: &[u8]) -> Result<()> {
    let canonical = CanonicalJson::verify_within(entry, MAX_ENTRY_BYTES).context("it is not canonical JSON")?;
    if canonical.as_bytes().first() != Some(&b'{') {
        bail!("it is no object");
    }
    Ok(())
}

fn bar(size: u64, progress: bool) -> ProgressBar {
    if !progress {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(size);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} entries, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

impl Whole {
    fn words(&self, seconds: f64) -> String {
        let Witnessed { checkpoint, log, cosigned } = &self.witnessed;
        let signed = format!(
            "WHOLE: {} entries of {}, every one checked in {seconds:.1} s.\n  root      {}\n  signed by {}",
            checkpoint.size(),
            checkpoint.origin(),
            checkpoint.root(),
            log.name().as_str(),
        );
        let cosigned = cosigned.iter().map(|it| format!("  cosigned  {} at {}", it.key.as_str(), time(it.time)));
        let earlier =
            self.earlier.map(|size| format!("  The {size} entries of the earlier checkpoint are its beginning."));
        iter::once(signed).chain(cosigned).chain(earlier).collect::<Vec<_>>().join("\n")
    }

    fn to_json(&self, seconds: f64) -> serde_json::Value {
        let Witnessed { checkpoint, log, cosigned } = &self.witnessed;
        let cosigned: Vec<_> =
            cosigned.iter().map(|it| json!({ "witness": it.key.as_str(), "time": time(it.time) })).collect();
        json!({
            "verdict": "whole",
            "origin": checkpoint.origin().as_str(),
            "size": checkpoint.size(),
            "root": checkpoint.root().to_string(),
            "signed_by": log.name().as_str(),
            "cosigned": cosigned,
            "earlier_size": self.earlier,
            "seconds": seconds,
        })
    }
}

fn time(unix: u64) -> String {
    let at = i64::try_from(unix).ok().and_then(|unix| time::OffsetDateTime::from_unix_timestamp(unix).ok());
    at.map_or_else(|| "a time that is none".to_owned(), |at| at.to_string())
}
