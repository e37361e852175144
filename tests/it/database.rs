//! The tests' own databases, and what the database keeps for others.

use munadi_domain::{
    id::{MessageId, NoticeId, Seed},
    message::{Lane, Message, Route},
};

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    let (one, two) = (munadi_testkit::database().await, munadi_testkit::database().await);
    assert_ne!(one.url(), two.url());
    sqlx::query("insert into department (id, slug, name, created_at) values ('dep_x', 'dep', '{}', now())")
        .execute(&one.pool().await)
        .await
        .unwrap();
    let count = "select count(*) from department";
    let rows: i64 = sqlx::query_scalar(count).fetch_one(&two.pool().await).await.unwrap();
    assert_eq!(rows, 0);
    assert_eq!(one.store().migrations_missing().await.unwrap(), 0);
}

#[tokio::test]
async fn letters_that_only_a_later_version_can_read_hold_nobody_up() {
    let database = munadi_testkit::database().await;
    let store = database.store();
    let write = async |lane, numbers: std::ops::Range<u64>| {
        let letter = |number| {
            let seed = Seed { unix_ms: number, random: 0 };
            (Route::FanOut(lane), MessageId::new(seed), Message::FanOutV1 { notice: NoticeId::new(seed) })
        };
        let letters: Vec<_> = numbers.map(letter).collect();
        let mut tx = store.begin().await.unwrap();
        tx.enqueue(&letters).await.unwrap();
        tx.commit().await.unwrap();
    };
    write(Lane::Emergency, 0..25).await;
    let spoil = r#"update outbox set message = '{"type":"of_tomorrow"}'"#;
    sqlx::query(spoil).execute(&database.pool().await).await.unwrap();
    assert!(store.take_outbox(10).await.unwrap().is_empty());
    write(Lane::Routine, 25..28).await;
    assert_eq!(store.take_outbox(10).await.unwrap().len(), 3);
    assert_eq!(store.outbox_depth().await.unwrap().letters, 28, "they wait for who can read them");
}
