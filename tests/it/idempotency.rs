//! The same request sent again.

use munadi_services::{
    ServiceError,
    idempotency::{Begun, Idempotency},
};
use munadi_testkit::World;

const WHO: &str = "ofc_1";

#[tokio::test]
async fn an_answer_is_given_again() {
    let world = World::new().await;
    let kept = &world.idempotency;
    let begin = async |who, key, body: &[u8]| kept.begin(who, key, &[b"POST /v1/notices", body]).await.unwrap();
    assert_eq!(begin(WHO, "k", b"a").await, Begun::Fresh);
    assert_eq!(begin(WHO, "k", b"a").await, Begun::InProgress);
    assert_eq!(begin(WHO, "k", b"b").await, Begun::Mismatch);
    kept.finish(WHO, "k", 201, b"{}").await.unwrap();
    assert_eq!(begin(WHO, "k", b"a").await, Begun::Replay { status: 201, body: b"{}".to_vec() });
    assert_eq!(begin(WHO, "k", b"b").await, Begun::Mismatch);
    assert_eq!(begin("ofc_2", "k", b"b").await, Begun::Fresh, "each sender has its own keys");
    assert_eq!(begin(WHO, "other", b"a").await, Begun::Fresh);
    kept.finish(WHO, "k", 500, b"late").await.unwrap();
    assert_eq!(begin(WHO, "k", b"a").await, Begun::Replay { status: 201, body: b"{}".to_vec() });
    assert!(matches!(kept.begin(WHO, "", &[]).await, Err(ServiceError::Invalid(_))));
}

#[tokio::test]
async fn what_came_to_nothing_can_be_sent_again() {
    let world = World::new().await;
    let kept = &world.idempotency;
    let begin = async |body: &[u8]| kept.begin(WHO, "k", &[body]).await.unwrap();
    assert_eq!(begin(b"a").await, Begun::Fresh);
    kept.abandon(WHO, "k").await.unwrap();
    assert_eq!(begin(b"a").await, Begun::Fresh);
    world.clock.advance(Idempotency::ABANDONED);
    assert_eq!(begin(b"a").await, Begun::InProgress);
    world.clock.advance(time::Duration::SECOND);
    assert_eq!(begin(b"b").await, Begun::Mismatch, "another request takes nothing over");
    assert_eq!(begin(b"a").await, Begun::Fresh, "whoever worked on it has died");
    assert_eq!(begin(b"a").await, Begun::InProgress);
}

#[tokio::test]
async fn of_many_at_once_one_is_the_first() {
    let world = World::new().await;
    let begins = (0..8).map(|_| world.idempotency.begin(WHO, "k", &[b"a"]));
    let begun = futures_util::future::join_all(begins).await;
    let fresh = begun.into_iter().filter(|begun| matches!(begun, Ok(Begun::Fresh))).count();
    assert_eq!(fresh, 1);
}

#[tokio::test]
async fn answers_are_kept_for_a_day() {
    let world = World::new().await;
    let kept = &world.idempotency;
    kept.begin(WHO, "k", &[b"a"]).await.unwrap();
    kept.finish(WHO, "k", 201, b"{}").await.unwrap();
    world.clock.advance(Idempotency::KEPT);
    assert_eq!(kept.prune().await.unwrap(), 0);
    world.clock.advance(time::Duration::SECOND);
    assert_eq!(kept.prune().await.unwrap(), 1);
    assert_eq!(kept.begin(WHO, "k", &[b"b"]).await.unwrap(), Begun::Fresh);
}
