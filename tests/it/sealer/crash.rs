//! A crash between every two durable effects of the sealer, with and without the effect having happened.

use munadi_sealer::{BATCH, Refusal, SealError, Sealer};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

use super::rig::{Rig, Running, until};

/// The durable effects, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    Nothing,
    Grown,
    Kept,
    Signed,
    Published,
}

const EFFECTS: [Effect; 5] = [Effect::Nothing, Effect::Grown, Effect::Kept, Effect::Signed, Effect::Published];

/// A round that ends right after this effect, as if the process had died there. That the one after it was begun and did not happen is
/// the same state: each is one transaction, or one renaming.
async fn round_until(sealer: &mut Sealer, last: Effect) {
    if last >= Effect::Grown {
        sealer.grow(BATCH).await.unwrap();
    }
    if last < Effect::Kept {
        return;
    }
    let Some(due) = sealer.due().await.unwrap() else { return };
    let kept = sealer.keep(due).unwrap();
    if last >= Effect::Signed {
        let signed = sealer.sign(kept).await.unwrap();
        if last >= Effect::Published {
            sealer.publish(signed).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_next_sealer_goes_on_from_every_state() {
    let rig = Rig::new().await;
    let mut size = 0;
    for first in EFFECTS {
        for second in EFFECTS {
            rig.seal().await;
            // A tile becomes full, and another one begins, once in a while.
            let grown = size + 41;
            rig.append(size..grown).await;
            round_until(&mut rig.sealer().await, first).await;
            assert_eq!(rig.kept(), Some(if first >= Effect::Kept { grown } else { size }), "{first:?}");
            assert_eq!(rig.published().await, Some(if first >= Effect::Published { grown } else { size }), "{first:?}");
            // Nothing that the world was not shown can be read.
            rig.verify().await;
            // More is committed before the next one comes, and that one dies too.
            size = grown + 10;
            rig.append(grown..size).await;
            round_until(&mut rig.sealer().await, second).await;
            rig.verify().await;
            rig.seal().await;
            rig.has_exactly(0..size).await;
        }
    }
}

#[tokio::test]
async fn an_older_backup_is_refused_from_the_moment_on_when_a_signature_may_exist() {
    for last in EFFECTS {
        let rig = Rig::new().await;
        rig.append(0..3).await;
        rig.seal().await;
        // The backup is taken here; what happens afterwards is lost with the database, but not what is outside of it.
        let backup = Backup::of(&rig).await;
        rig.append(3..10).await;
        round_until(&mut rig.sealer().await, last).await;
        let signed = rig.signed().await;
        let restored = backup.restored(&rig).await;
        match restored.open().await {
            Ok(mut sealer) => {
                assert!(last < Effect::Kept, "{last:?}: accepted, though {signed:?} may be known");
                restored.append(20..25).await;
                sealer.round(BATCH).await.unwrap();
                restored.has_exactly((0..3).chain(20..25)).await;
            }
            Err(SealError::Refused(Refusal::Behind { kept: 10, has: 3, .. })) => {
                assert!(last >= Effect::Kept, "{last:?}")
            }
            Err(other) => panic!("{last:?}: {other:?}"),
        }
    }
}

/// The log of a moment: the rows, as a backup has them.
struct Backup {
    events: Vec<(String, Vec<u8>)>,
}

impl Backup {
    async fn of(rig: &Rig) -> Self {
        let events = sqlx::query_as("select id, leaf from audit_event order by log_index");
        Self { events: events.fetch_all(&rig.pool().await).await.unwrap() }
    }

    /// A database with those rows, sealed as they were, beside the file as it is.
    async fn restored(self, rig: &Rig) -> Rig {
        let restored = rig.other_database().await;
        let path = rig.context().keep.path().to_owned();
        let file = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        for (id, leaf) in self.events {
            let insert =
                "insert into audit_event (id, at, actor, actor_role, action, resource, outcome, detail_digest, leaf)
                values ($1, now(), 'test', 'system', 'test.done', 'x', 'success', sha256('x'), $2)";
            sqlx::query(insert).bind(id).bind(leaf).execute(&restored.pool().await).await.unwrap();
        }
        restored.seal().await;
        std::fs::write(path, file).unwrap();
        restored
    }
}

/// A place inside a statement of the sealer, where it stands until the barrier is lifted.
struct Barrier {
    pool: PgPool,
    lock: Transaction<'static, Postgres>,
}

/// Another number than the sealer's own lock has, and than the relay's.
const LOCK: i64 = 1;

impl Barrier {
    async fn before(rig: &Rig, event: &str, table: &str) -> Self {
        let pool = rig.pool().await;
        let barrier = format!(
            "drop function if exists barrier cascade;
             create function barrier() returns trigger language plpgsql as $$
             begin perform pg_advisory_xact_lock({LOCK}); return new; end $$;
             create trigger barrier before {event} on {table} for each row execute function barrier()"
        );
        sqlx::raw_sql(AssertSqlSafe(barrier)).execute(&pool).await.unwrap();
        let mut lock = pool.begin().await.unwrap();
        sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *lock).await.unwrap();
        Self { pool, lock }
    }

    async fn waiting(&self) -> Vec<i32> {
        let waiting = "select pid from pg_locks l join pg_database d on d.oid = l.database
            where datname = current_database() and locktype = 'advisory' and not granted";
        sqlx::query_scalar(waiting).fetch_all(&self.pool).await.unwrap()
    }

    async fn reached(&self) {
        until(async || !self.waiting().await.is_empty()).await;
    }

    /// The database hears that the process is dead before the statement is done, or after it.
    async fn lift(self, is_done: bool) {
        if !is_done {
            for dead in self.waiting().await {
                sqlx::query("select pg_terminate_backend($1)").bind(dead).execute(&self.pool).await.unwrap();
            }
            until(async || self.waiting().await.is_empty()).await;
        }
        self.lock.rollback().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealer_that_is_killed_inside_a_statement_loses_nothing_and_repeats_nothing() {
    let rig = Rig::new().await;
    let mut size = 0;
    for (event, table) in [
        ("update", "audit_event"),
        ("insert", "log_tile"),
        ("update", "log_tile"),
        ("update", "log_tree"),
        ("insert", "log_checkpoint"),
        ("update", "log_checkpoint"),
    ] {
        for is_done in [false, true] {
            rig.seal().await;
            let barrier = Barrier::before(&rig, event, table).await;
            // Enough for a tile that grows and a new one.
            rig.append(size..size + 300).await;
            size += 300;
            let running = Running::start(&rig);
            barrier.reached().await;
            running.kill().await;
            barrier.lift(is_done).await;
            let mut next = Running::start(&rig);
            until(async || rig.published().await == Some(size)).await;
            next.stop().await;
            rig.has_exactly(0..size).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealer_that_is_killed_again_and_again_makes_one_log() {
    let rig = Rig::new().await;
    for turn in 0..15_u64 {
        rig.append(turn * 40..turn * 40 + 40).await;
        let running = Running::start(&rig);
        // tidy: waits for the moment of its death, a little longer each time, so that it dies in every step
        tokio::time::sleep(std::time::Duration::from_millis(turn * 4)).await;
        running.kill().await;
    }
    let mut running = Running::start(&rig);
    until(async || rig.published().await == Some(600)).await;
    running.stop().await;
    rig.has_exactly(0..600).await;
}
