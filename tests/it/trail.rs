//! What the audit trail says.

use munadi_testkit::World;

/// The last entries, oldest first: `role action outcome`. They are told in the order of their writing: the clock stands, so their ids
/// do not sort.
pub(crate) async fn last_acts(world: &World, count: i64) -> Vec<String> {
    let query = "select actor_role || ' ' || action || ' ' || outcome from audit_event
        order by xmin::text::bigint desc, cmin::text::bigint desc limit $1";
    let pool = world.database.pool().await;
    let mut acts: Vec<String> = sqlx::query_scalar(query).bind(count).fetch_all(&pool).await.unwrap();
    acts.reverse();
    acts
}

/// How often this was done.
pub(crate) async fn count(world: &World, action: &str) -> i64 {
    let query = sqlx::query_scalar("select count(*) from audit_event where action = $1").bind(action);
    query.fetch_one(&world.database.pool().await).await.unwrap()
}
