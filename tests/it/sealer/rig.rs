//! A log of a test's own, and an outsider who believes nothing of it.

use std::{
    collections::BTreeSet,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use munadi_domain::id::{EventId, Seed};
use munadi_sealer::{BATCH, Context, KeepFile, SealError, Sealer};
use munadi_services::{clock::Clock, transparency_log::TransparencyLog};
use munadi_store::AuditRow;
use munadi_testkit::TestDatabase;
use munadi_transparency::log::{
    checkpoint::Checkpoint,
    hash::{Hash, leaf_hash},
    note::{LogSigner, SignedNote},
    tile::{BundleId, EntryBundle, HashTile, TileId, changed_bundles, changed_tiles},
    tree::Frontier,
};
use serde_json::json;
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The log's name.
pub(crate) const ORIGIN: &str = "log.munadi.test";

/// A database, and what lies outside of it.
pub(crate) struct Rig {
    pub(crate) database: TestDatabase,
    pub(crate) folder: Arc<TempDir>,
    pub(crate) clock: Clock,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self {
            database: munadi_testkit::database().await,
            folder: Arc::new(tempfile::tempdir().unwrap()),
            clock: Clock::system(),
        }
    }

    /// Another database beside the same folder: what somebody restored.
    pub(crate) async fn other_database(&self) -> Self {
        Self { database: munadi_testkit::database().await, folder: self.folder.clone(), clock: self.clock.clone() }
    }

    pub(crate) fn context(&self) -> Context {
        self.context_of(ORIGIN, 1)
    }

    pub(crate) fn context_of(&self, origin: &str, key: u8) -> Context {
        let signer = LogSigner::from_seed(origin.parse().unwrap(), &[key; 32]).unwrap();
        let keep = KeepFile::new(self.folder.path().join("log.checkpoint"));
        Context { store: self.database.store().clone(), clock: self.clock.clone(), signer: Arc::new(signer), keep }
    }

    /// The sealer: nobody else is it, or will be for long.
    pub(crate) async fn sealer(&self) -> Sealer {
        self.open().await.unwrap()
    }

    pub(crate) async fn open(&self) -> Result<Sealer, SealError> {
        self.open_with(&self.context()).await
    }

    /// The database takes its time to notice that the one before is gone.
    pub(crate) async fn open_with(&self, context: &Context) -> Result<Sealer, SealError> {
        loop {
            if let Some(sealer) = Sealer::open(context).await? {
                return Ok(sealer);
            }
            // tidy: waits for the lock to be free, and asks again
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Events with these numbers, in one transaction. The numbers say all that is in them.
    pub(crate) async fn append(&self, numbers: impl IntoIterator<Item = u64>) {
        let mut tx = self.database.store().begin().await.unwrap();
        for number in numbers {
            append_to(&mut tx, number, format!("event {number}").as_bytes()).await;
        }
        tx.commit().await.unwrap();
    }

    /// Many events, by the database itself.
    pub(crate) async fn append_many(&self, count: i64) {
        let insert = "insert into audit_event (id, at, actor, actor_role, action, resource, outcome, detail_digest, leaf)
            select 'many_' || lpad(number::text, 9, '0'), now(), 'test', 'system', 'test.done', 'x', 'success', sha256('x'),
                convert_to('many ' || number, 'UTF8')
            from generate_series(1, $1) number";
        sqlx::query(insert).bind(count).execute(&self.pool().await).await.unwrap();
    }

    /// Rounds until there is nothing to do.
    pub(crate) async fn seal(&self) {
        let mut sealer = self.sealer().await;
        while sealer.round(BATCH).await.unwrap().added > 0 {}
    }

    pub(crate) async fn pool(&self) -> PgPool {
        self.database.pool().await
    }

    pub(crate) fn log(&self) -> TransparencyLog {
        let url = "https://munadi.test".parse().unwrap();
        TransparencyLog::new(self.database.store().clone(), self.context().signer.key(), &url).unwrap()
    }

    /// What the file outside of the database says.
    pub(crate) fn kept(&self) -> Option<u64> {
        self.context().keep.read().unwrap().map(|checkpoint| checkpoint.size())
    }

    /// The size of the published checkpoint.
    pub(crate) async fn published(&self) -> Option<u64> {
        let record = self.database.store().published_checkpoint(ORIGIN).await.unwrap();
        record.map(|record| record.tree.size)
    }

    /// Every checkpoint that was ever signed, published or not.
    pub(crate) async fn signed(&self) -> Vec<Checkpoint> {
        let notes = sqlx::query_scalar("select note from log_checkpoint order by size");
        let notes: Vec<String> = notes.fetch_all(&self.pool().await).await.unwrap();
        notes.iter().map(|note| self.opened(note)).collect()
    }

    fn opened(&self, note: &str) -> Checkpoint {
        Checkpoint::open(&SignedNote::parse(note.as_bytes()).unwrap(), &self.context().signer.key()).unwrap()
    }

    /// Reads the whole log as a stranger does, from the checkpoint down, and recomputes everything: every tile and bundle, full and
    /// partial, and every checkpoint that was signed. Gives the entries.
    pub(crate) async fn verify(&self) -> Vec<String> {
        let log = self.log();
        let checkpoint = self.opened(&log.checkpoint().await.unwrap().note);
        let size = checkpoint.size();
        let mut entries = Vec::new();
        for id in changed_bundles(0, size) {
            let bundle = EntryBundle::decode(id, &log.bundle(id).await.unwrap()).unwrap();
            let tile = TileId::in_tree(0, id.index(), size).unwrap();
            bundle.check(id, &HashTile::decode(tile, &log.tile(tile).await.unwrap()).unwrap()).unwrap();
            entries.extend(bundle.entries().map(<[u8]>::to_vec));
        }
        let roots = self.check_tiles(size, &entries).await;
        assert_eq!(roots[usize::try_from(size).unwrap()], *checkpoint.root());
        // One that was signed and not published yet covers entries that a stranger cannot read.
        for signed in self.signed().await.into_iter().filter(|signed| signed.size() <= size) {
            assert_eq!(roots[usize::try_from(signed.size()).unwrap()], *signed.root(), "size {}", signed.size());
        }
        let beyond = BundleId::in_tree(size / 256, size + 1).unwrap();
        assert!(log.bundle(beyond).await.is_err(), "an entry that no checkpoint covers is shown");
        entries.into_iter().map(|entry| String::from_utf8_lossy(&entry).into_owned()).collect()
    }

    /// Compares every tile with the hashes recomputed from the entries; gives the root of every size.
    async fn check_tiles(&self, size: u64, entries: &[Vec<u8>]) -> Vec<Hash> {
        let (mut frontier, mut roots) = (Frontier::new(), Vec::new());
        let mut levels = vec![Vec::new(); 8];
        roots.push(frontier.root());
        for entry in entries {
            let complete = |node: munadi_transparency::log::tree::Node, hash| {
                if node.level.is_multiple_of(8) {
                    levels[usize::from(node.level / 8)].push(hash);
                }
            };
            frontier.append_with(leaf_hash(entry), complete).unwrap();
            roots.push(frontier.root());
        }
        for id in changed_tiles(0, size) {
            let start = usize::try_from(id.index() * 256).unwrap();
            let expected = &levels[usize::from(id.level())][start..start + usize::from(id.width())];
            let tile = HashTile::decode(id, &self.log().tile(id).await.unwrap()).unwrap();
            assert_eq!(tile.hashes(), expected, "{id}");
        }
        roots
    }

    /// Every event has a place, and the log has each of these once and nothing else.
    pub(crate) async fn has_exactly(&self, numbers: impl IntoIterator<Item = u64>) {
        let entries = self.verify().await;
        let distinct: BTreeSet<String> = entries.iter().cloned().collect();
        assert_eq!(distinct.len(), entries.len(), "an event is in the log twice");
        assert_eq!(distinct, numbers.into_iter().map(|number| format!("event {number}")).collect());
        assert_eq!(self.database.store().unsealed().await.unwrap().events, 0);
        assert_eq!(self.kept(), self.published().await);
    }
}

/// An event with these bytes as its entry. Its id does not tell when it is committed.
pub(crate) async fn append_to(tx: &mut munadi_store::Tx, number: u64, leaf: &[u8]) {
    static EVENTS: AtomicU64 = AtomicU64::new(0);
    let random = u128::from(EVENTS.fetch_add(1, Ordering::Relaxed));
    let detail = json!({});
    let row = AuditRow {
        id: EventId::new(Seed { unix_ms: number, random }),
        at: Clock::system().now(),
        actor: "test",
        actor_role: "system",
        department: None,
        action: "test.done",
        resource: "x",
        outcome: "success",
        detail_digest: [0; 32],
        leaf,
        salt: [0; 32],
        detail: &detail,
    };
    tx.append_audit(row).await.unwrap();
}

/// The sealer as the executable runs it, until the test stops or kills it.
pub(crate) struct Running {
    shutdown: CancellationToken,
    task: JoinSet<Result<(), munadi_sealer::Refusal>>,
}

impl Running {
    pub(crate) fn start(rig: &Rig) -> Self {
        let shutdown = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(munadi_sealer::run(rig.context(), Duration::from_millis(20), shutdown.clone()));
        Self { shutdown, task }
    }

    pub(crate) async fn stop(&mut self) {
        self.shutdown.cancel();
        soon(self.task.join_next()).await.unwrap().unwrap().unwrap();
    }

    pub(crate) async fn kill(mut self) {
        self.task.shutdown().await;
    }
}

pub(crate) async fn soon<T>(something: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), something).await.expect("it did not happen")
}

pub(crate) async fn until<F: Future<Output = bool>>(mut it_is_so: impl FnMut() -> F) {
    soon(async {
        while !it_is_so().await {
            // tidy: waits for what the test asked for, and looks again
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
