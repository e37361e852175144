//! A place between two durable effects, where a process can be held until it is killed.

use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

use super::{eventually, town::Town};

/// Whoever writes such a row stops there, in the middle of a transaction, until the barrier is lifted.
pub(crate) struct Barrier {
    pool: PgPool,
    lock: Transaction<'static, Postgres>,
}

impl Barrier {
    /// `event` is insert, update or delete; `rows` says of which rows, as the condition of a trigger.
    pub(crate) async fn before(town: &Town, event: &str, table: &str, rows: &str) -> Self {
        let pool = town.people.world.database.pool().await;
        let barrier = format!(
            "create function barrier() returns trigger language plpgsql as $$
             begin
                perform pg_advisory_xact_lock(1);
                return case when tg_op = 'DELETE' then old else new end;
             end $$;
             create trigger barrier before {event} on {table} for each row when ({rows}) execute function barrier()"
        );
        sqlx::raw_sql(AssertSqlSafe(barrier)).execute(&pool).await.unwrap();
        let mut lock = pool.begin().await.unwrap();
        sqlx::query("select pg_advisory_xact_lock(1)").execute(&mut *lock).await.unwrap();
        Self { pool, lock }
    }

    /// Waits until somebody stands there.
    pub(crate) async fn reached(&self) {
        eventually("somebody at the barrier", async || (!self.who().await.is_empty()).then_some(())).await;
    }

    /// Lets everybody through from now on. Whoever stands there was killed, and the database learns that now: what they asked for last is
    /// not done.
    pub(crate) async fn lift(self) {
        for dead in self.who().await {
            sqlx::query("select pg_terminate_backend($1)").bind(dead).execute(&self.pool).await.unwrap();
        }
        eventually("the dead to be gone", async || self.who().await.is_empty().then_some(())).await;
        self.lock.rollback().await.unwrap();
    }

    /// The database's processes that wait for the lock.
    async fn who(&self) -> Vec<i32> {
        let waiting = "select pid from pg_locks l join pg_database d on d.oid = l.database
            where datname = current_database() and locktype = 'advisory' and not granted";
        sqlx::query_scalar(waiting).fetch_all(&self.pool).await.unwrap()
    }
}
