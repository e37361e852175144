//! The sealer against a real database: order, gaps, borders, who may be it, and what it refuses.

mod crash;
mod refusals;
mod rig;

use std::time::Duration;

use munadi_sealer::{Round, Sealer};
use munadi_transparency::log::tile::{BundleId, MAX_ENTRY_BYTES};

use rig::{Rig, Running, append_to, soon, until};

#[tokio::test]
async fn what_is_committed_is_sealed_and_nothing_else() {
    let rig = Rig::new().await;
    rig.append(1..=3).await;
    let mut tx = rig.database.store().begin().await.unwrap();
    append_to(&mut tx, 4, b"event 4").await;
    drop(tx);
    rig.seal().await;
    rig.has_exactly(1..=3).await;
}

#[tokio::test]
async fn what_commits_late_gets_a_later_place_though_its_id_is_smaller() {
    let rig = Rig::new().await;
    let mut late = rig.database.store().begin().await.unwrap();
    append_to(&mut late, 1, b"event 1").await;
    rig.append([2, 3]).await;
    rig.seal().await;
    late.commit().await.unwrap();
    rig.append([4]).await;
    rig.seal().await;
    assert_eq!(rig.verify().await, ["event 2", "event 3", "event 1", "event 4"]);
    rig.has_exactly(1..=4).await;
}

#[tokio::test]
async fn the_empty_log_has_a_checkpoint_and_then_nothing_is_done() {
    let rig = Rig::new().await;
    assert!(rig.log().checkpoint().await.is_err());
    let mut sealer = rig.sealer().await;
    assert_eq!(sealer.round(10).await.unwrap(), Round { added: 0, published: Some(0) });
    rig.has_exactly([]).await;
    for count in [0, 5] {
        rig.append(0..count).await;
        sealer.round(10).await.unwrap();
        let before = (rig.signed().await, rig.kept());
        assert_eq!(sealer.round(10).await.unwrap(), Round { added: 0, published: None });
        assert_eq!((rig.signed().await, rig.kept()), before);
    }
}

#[tokio::test]
async fn rounds_of_any_size_make_one_and_the_same_log() {
    let rig = Rig::new().await;
    let mut sealer = rig.sealer().await;
    let mut total = 0;
    for step in [1, 254, 1, 1, 255, 256, 257, 1000] {
        rig.append(total..total + step).await;
        total += step;
        // A limit that cuts some steps into several rounds.
        while sealer.round(300).await.unwrap().added > 0 {}
        rig.has_exactly(0..total).await;
    }
    let entries = rig.verify().await;
    assert_eq!(entries, (0..total).map(|number| format!("event {number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_backlog_of_what_was_there_before_the_log_is_sealed_in_batches() {
    let rig = Rig::new().await;
    rig.append_many(70_000).await;
    rig.seal().await;
    assert_eq!(rig.verify().await.len(), 70_000);
    assert_eq!(rig.database.store().unsealed().await.unwrap().events, 0);
    assert!(rig.signed().await.len() >= 17, "a checkpoint after each batch");
}

#[tokio::test]
async fn entries_may_be_empty_and_as_long_as_a_bundle_can_hold() {
    let rig = Rig::new().await;
    let mut tx = rig.database.store().begin().await.unwrap();
    append_to(&mut tx, 1, b"").await;
    append_to(&mut tx, 2, &vec![b'x'; MAX_ENTRY_BYTES]).await;
    tx.commit().await.unwrap();
    rig.seal().await;
    let lengths: Vec<usize> = rig.verify().await.iter().map(String::len).collect();
    assert_eq!(lengths, [0, MAX_ENTRY_BYTES]);
    assert_eq!(rig.log().bundle(BundleId::new(0, 2).unwrap()).await.unwrap().len(), 4 + MAX_ENTRY_BYTES);
}

#[tokio::test]
async fn an_entry_that_no_bundle_can_hold_is_refused_with_its_act() {
    let rig = Rig::new().await;
    let too_long = format!(
        "insert into audit_event (id, at, actor, actor_role, action, resource, outcome, detail_digest, leaf)
         values ('x', now(), 'test', 'system', 'test.done', 'x', 'success', sha256('x'), convert_to(repeat('x', {}), 'UTF8'))",
        MAX_ENTRY_BYTES + 1
    );
    let refused = sqlx::query(sqlx::AssertSqlSafe(too_long)).execute(&rig.pool().await).await.unwrap_err();
    assert!(refused.to_string().contains("check"), "{refused}");
}

#[tokio::test]
async fn only_one_is_the_sealer_and_another_takes_over() {
    let rig = Rig::new().await;
    rig.append([1]).await;
    let mut first = rig.sealer().await;
    assert!(Sealer::open(&rig.context()).await.unwrap().is_none());
    first.round(10).await.unwrap();
    drop(first);
    rig.append([2]).await;
    rig.sealer().await.round(10).await.unwrap();
    rig.has_exactly([1, 2]).await;
}

#[tokio::test]
async fn who_lost_the_lock_can_write_nothing() {
    let rig = Rig::new().await;
    rig.append([1]).await;
    let mut lost = rig.sealer().await;
    let end = "select pg_terminate_backend(pid) from pg_locks l join pg_database d on d.oid = l.database
        where datname = current_database() and locktype = 'advisory'";
    sqlx::query(end).execute(&rig.pool().await).await.unwrap();
    rig.seal().await;
    rig.append([2]).await;
    lost.round(10).await.unwrap_err();
    rig.seal().await;
    rig.has_exactly([1, 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_covered_soon_after_its_commit() {
    let rig = Rig::new().await;
    let mut running = Running::start(&rig);
    until(async || rig.published().await == Some(0)).await;
    for number in 1..=20 {
        rig.append([number]).await;
        let covered = until(async || rig.published().await == Some(number));
        tokio::time::timeout(Duration::from_secs(1), covered).await.expect("no checkpoint covers it after a second");
    }
    running.stop().await;
    rig.has_exactly(1..=20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_that_come_all_at_once_are_all_sealed() {
    let rig = std::sync::Arc::new(Rig::new().await);
    let mut running = Running::start(&rig);
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let rig = rig.clone();
        writers.spawn(async move {
            for number in 0..50 {
                rig.append([writer * 50 + number]).await;
            }
        });
    }
    soon(writers.join_all()).await;
    until(async || rig.published().await == Some(200)).await;
    running.stop().await;
    rig.has_exactly(0..200).await;
}
