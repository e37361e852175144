//! One process's time as the sealer: the steps from committed events to a published checkpoint, in the order that keeps the log from
//! ever showing two histories.

use std::sync::Arc;

use munadi_services::clock::Clock;
use munadi_store::{
    Store, StoreError,
    log::{LogTree, LogWriter},
};
use munadi_transparency::log::{
    checkpoint::{Checkpoint, CheckpointError, Origin},
    note::{LogSigner, SignedNote},
    tile::TileError,
    tree::TreeError,
};
use time::Duration;

use crate::{
    edge::Edge,
    keep::{KeepError, KeepFile},
    measure,
    refusal::Refusal,
};

/// What the sealer works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where the audit trail and the log are.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// The log's key, whose name is the log's origin.
    pub signer: Arc<LogSigner>,
    /// The file of the last checkpoint, outside of the database.
    pub keep: KeepFile,
}

/// Why nothing more is sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It must not be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error("the database failed the sealer")]
    Store(#[from] StoreError),
    /// The checkpoint could not be written or signed.
    #[error("the log's checkpoint cannot be made")]
    Checkpoint(#[from] CheckpointError),
    /// No answer in the longest time that a round may take.
    #[error("the database does not answer")]
    Silence,
}

impl From<TileError> for SealError {
    fn from(error: TileError) -> Self {
        Refusal::Contradiction(error.to_string()).into()
    }
}

impl From<TreeError> for SealError {
    fn from(error: TreeError) -> Self {
        TileError::from(error).into()
    }
}

impl From<KeepError> for SealError {
    fn from(error: KeepError) -> Self {
        Refusal::Keep(error).into()
    }
}

/// A tree of the database that no published checkpoint covers. Nobody outside has heard of it.
#[derive(Debug)]
pub struct Due(Checkpoint);

/// A checkpoint that the file outside of the database holds: it may be signed.
#[derive(Debug)]
pub struct Kept(Checkpoint);

/// A checkpoint that is signed and stored: it may be shown. Cosignatures are added to its note before it is published.
#[derive(Debug)]
pub struct Signed {
    size: u64,
    note: SignedNote,
}

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Events that were given their places.
    pub added: u64,
    /// The size of the checkpoint that it published, if it published one.
    pub published: Option<u64>,
}

/// The only process that writes to the log, at its desk.
#[derive(Debug)]
pub struct Sealer {
    writer: LogWriter,
    context: Context,
    origin: Origin,
}

impl Sealer {
    /// Becomes the sealer; `None` if there is one already. It reads the file of the last checkpoint, and refuses to begin if the database
    /// is not one over which that checkpoint could have been signed.
    pub async fn open(context: &Context) -> Result<Option<Self>, SealError> {
        let Some(writer) = context.store.lock_log().await? else { return Ok(None) };
        let origin = Origin::from(context.signer.name());
        let mut sealer = Self { writer, context: context.clone(), origin };
        sealer.check().await?;
        Ok(Some(sealer))
    }

    /// Seals what was committed: at most so many events, and one checkpoint over them and all before.
    ///
    /// No step needs to know what an earlier round did or whether it was cut off: each reads what is there. What is true after a crash,
    /// with and without the effect of the step under way:
    ///
    /// | the crash | the database | the file | the world |
    /// |---|---|---|---|
    /// | before or in [`Sealer::grow`] | the old tree: the transaction left nothing | old | old |
    /// | after it | the new tree, unsigned | old | old |
    /// | after [`Sealer::keep`] | the new tree, unsigned | new | old |
    /// | after [`Sealer::sign`] | the new tree, and a checkpoint that nobody was shown | new | old |
    /// | after [`Sealer::publish`] | a published checkpoint | new | new |
    ///
    /// The next round goes on from each of these lines: what is due is kept (again), signed (again: Ed25519 makes the same bytes) and
    /// published. If the database is put back to an older state, the file tells from the third line on, before any signature exists;
    /// before that nobody has a reason to mind, because the old tree then grows anew and no signature was ever made over the other one.
    pub async fn round(&mut self, limit: u32) -> Result<Round, SealError> {
        let added = self.grow(limit).await?;
        let Some(due) = self.due().await? else { return Ok(Round { added, published: None }) };
        let kept = self.keep(due)?;
        let signed = self.sign(kept).await?;
        let published = self.publish(signed).await?;
        Ok(Round { added, published: Some(published) })
    }

    /// Gives committed events their places and lets the tree grow by them, in one transaction; says how many there were. Nothing is
    /// signed, so a state of the database from before may still take its place.
    pub async fn grow(&mut self, limit: u32) -> Result<u64, SealError> {
        let Some(mut growth) = self.writer.grow(limit).await? else { return Ok(0) };
        let before = growth.before();
        let stored = growth.tiles(&Edge::places(before.size)).await?;
        let mut edge = Edge::read(before.size, stored)?;
        agree("its tiles have another root than its tree", edge.root() == before.root)?;
        edge.append(growth.leaves())?;
        let after = LogTree { size: edge.size(), root: edge.root() };
        growth.commit(&edge.into_changed(), after).await?;
        Ok(after.size - before.size)
    }

    /// What is to be signed and shown, if anything is. For a log that was never shown that is also the empty tree.
    pub async fn due(&mut self) -> Result<Option<Due>, SealError> {
        let tree = self.writer.tree().await?;
        let published = self.writer.published(self.origin.as_str()).await?;
        match published.map(|published| published.tree) {
            Some(published) if published.size == tree.size => {
                agree("its checkpoint has another root than its tree", published.root == tree.root)?;
                Ok(None)
            }
            Some(published) if published.size > tree.size => {
                Err(contradiction("its checkpoint covers more than its tree has"))
            }
            _ => Ok(Some(Due(Checkpoint::new(self.origin.clone(), tree.size, tree.root)?))),
        }
    }

    /// Writes what is to be signed into the file outside of the database. From here on no older database is accepted; there is no
    /// signature yet. It does not yield while it writes: cut off in the middle, it could overwrite what a successor wrote.
    pub fn keep(&mut self, due: Due) -> Result<Kept, SealError> {
        self.context.keep.write(&due.0)?;
        Ok(Kept(due.0))
    }

    /// Signs the checkpoint and stores it, where only the database's own people see it.
    pub async fn sign(&mut self, kept: Kept) -> Result<Signed, SealError> {
        let checkpoint = kept.0;
        let note = checkpoint.sign(&self.context.signer)?;
        let tree = LogTree { size: checkpoint.size(), root: *checkpoint.root() };
        let now = self.context.clock.now();
        self.writer.store_checkpoint(self.origin.as_str(), tree, &note.to_string(), now).await?;
        Ok(Signed { size: tree.size, note })
    }

    /// Shows the checkpoint to the world; says its size.
    pub async fn publish(&mut self, signed: Signed) -> Result<u64, SealError> {
        let (note, now) = (signed.note.to_string(), self.context.clock.now());
        self.writer.publish_checkpoint(self.origin.as_str(), signed.size, &note, now).await?;
        Ok(signed.size)
    }

    /// Shows how much waits.
    pub(crate) async fn measure(&self) -> Result<(), SealError> {
        let waiting = self.context.store.unsealed().await?;
        let age = waiting.oldest.map_or(Duration::ZERO, |oldest| self.context.clock.now() - oldest);
        measure::waiting(waiting.events, age.unsigned_abs());
        Ok(())
    }

    async fn check(&mut self) -> Result<(), SealError> {
        let tree = self.writer.tree().await?;
        agree("not as many events have a place as its tree has entries", self.writer.places().await? == tree.size)?;
        agree("its tiles have another root than its tree", self.has(tree).await?)?;
        let signed = self.writer.signed(self.origin.as_str()).await?;
        if let Some(signed) = signed {
            agree("a checkpoint was signed over another tree", signed.size <= tree.size && self.has(signed).await?)?;
        }
        self.check_kept(tree, signed).await?;
        self.check_key().await
    }

    async fn check_kept(&mut self, tree: LogTree, signed: Option<LogTree>) -> Result<(), SealError> {
        let (origin, file) = (self.origin.clone(), self.context.keep.path().to_owned());
        let kept = match (self.context.keep.read()?, signed) {
            (Some(kept), _) => kept,
            (None, Some(signed)) => return Err(Refusal::Missing { origin, file, signed: signed.size }.into()),
            (None, None) => return Ok(()),
        };
        if *kept.origin() != origin {
            return Err(Refusal::OtherOrigin { file, kept: kept.origin().clone(), origin }.into());
        }
        if kept.size() > tree.size {
            return Err(Refusal::Behind { origin, file, kept: kept.size(), has: tree.size }.into());
        }
        if !self.has(LogTree { size: kept.size(), root: *kept.root() }).await? {
            return Err(Refusal::Disagrees { origin, file, kept: kept.size() }.into());
        }
        Ok(())
    }

    /// Whether the last published checkpoint was signed by the key that is to sign the next one.
    async fn check_key(&mut self) -> Result<(), SealError> {
        let Some(published) = self.writer.published(self.origin.as_str()).await? else { return Ok(()) };
        let verified =
            SignedNote::parse(published.note.as_bytes()).and_then(|note| note.verify(&self.context.signer.key()));
        verified.map_err(|why| Refusal::OtherKey { origin: self.origin.clone(), why }.into())
    }

    /// Whether the database's tree was that one when it had as many entries, as far as its tiles say.
    async fn has(&mut self, tree: LogTree) -> Result<bool, SealError> {
        let stored = self.writer.tiles(&Edge::places(tree.size)).await?;
        Ok(Edge::read(tree.size, stored)?.root() == tree.root)
    }
}

fn agree(fault: &str, it_does: bool) -> Result<(), SealError> {
    if it_does { Ok(()) } else { Err(contradiction(fault)) }
}

fn contradiction(fault: &str) -> SealError {
    Refusal::Contradiction(fault.to_owned()).into()
}
