//! The signed key directory, with the root key at hand and far away.

use munadi_domain::access::Role;
use munadi_services::{ServiceError, directory::EditionState};
use munadi_testkit::{World, WorldOptions};
use munadi_transparency::{
    directory::{Edition, KeyDirectory},
    key::Signer,
};

use crate::trail;

async fn far_away() -> World {
    World::with(WorldOptions { root_online: false, ..WorldOptions::default() }).await
}

fn sign(world: &World, edition: &Edition) -> String {
    KeyDirectory::sign(edition, world.offline_root.as_ref().unwrap()).unwrap()
}

async fn editions(world: &World) -> Vec<KeyDirectory> {
    let query = sqlx::query_scalar("select jws from key_directory order by edition");
    let rows: Vec<String> = query.fetch_all(&world.database.pool().await).await.unwrap();
    let verify = |jws: &String| KeyDirectory::verify(jws.as_bytes(), world.signers.root_public()).unwrap();
    rows.iter().map(verify).collect()
}

#[tokio::test]
async fn every_change_is_an_edition_that_follows_the_last() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let department = world.department(platform, "floods").await;
    let officer = world.officer(&department, "officer", &[Role::Drafter]).await;
    world.signing_key(&department, &officer).await;
    let editions = editions(&world).await;
    let numbers: Vec<u64> = editions.iter().map(|edition| edition.edition().number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    for pair in editions.windows(2) {
        pair[1].verify_successor(&pair[0]).unwrap();
    }
    assert_eq!(trail::count(&world, "key.directory").await, 3);
    assert_eq!(world.directory.pending().await.unwrap(), None);
    assert_eq!(world.directory.bring_up_to_date().await.unwrap(), None);
    let resources: Vec<String> = sqlx::query_scalar("select resource from audit_event where action = 'key.directory'")
        .fetch_all(&world.database.pool().await)
        .await
        .unwrap();
    let named = |edition: &KeyDirectory| resources.iter().any(|it| it.ends_with(&hex(edition.digest())));
    assert!(editions.iter().all(named), "the log names every edition by its digest");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn changes_at_once_are_all_in_the_end() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let names = ["one", "two", "three", "four"];
    let departments = futures_util::future::join_all(names.map(|name| world.department(platform, name))).await;
    let last = world.directory.current().await.unwrap();
    assert_eq!(last.edition().number, 5);
    for department in departments {
        assert!(world.signers.department(department.id, &last, world.clock.now()).is_ok());
    }
}

#[tokio::test]
async fn editions_made_at_once_come_one_after_the_other() {
    let world = World::new().await;
    world.database.warm_up(6).await;
    let publish = async || {
        let mut tx = world.core.store.begin().await.unwrap();
        let state = world.directory.publish_edition(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        state
    };
    futures_util::future::join_all((0..6).map(|_| publish())).await;
    let numbers: Vec<u64> = editions(&world).await.iter().map(|edition| edition.edition().number).collect();
    assert_eq!(numbers, (1..=7).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_failed_change_leaves_no_edition() {
    let world = World::new().await;
    let mut tx = world.core.store.begin().await.unwrap();
    assert_eq!(world.directory.publish_edition(&mut tx).await.unwrap(), EditionState::Published(2));
    drop(tx);
    assert_eq!(world.directory.current().await.unwrap().edition().number, 1);
    let state = async || {
        let mut tx = world.core.store.begin().await.unwrap();
        let state = world.directory.publish_edition(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        state
    };
    assert_eq!(state().await, EditionState::Published(2));
}

#[tokio::test]
async fn a_root_key_far_away_signs_what_waits() {
    let world = far_away().await;
    let platform = world.platform_admin().await;
    assert!(matches!(world.directory.current().await, Err(ServiceError::Unavailable(_))));
    let first = world.directory.pending().await.unwrap().unwrap();
    assert_eq!((first.number, first.keys.len()), (1, 0));
    assert_eq!(world.directory.import(platform, &sign(&world, &first)).await.unwrap(), 1);
    let department = world.department(platform, "floods").await;
    assert!(world.directory.current().await.unwrap().edition().keys.is_empty(), "the change waits");
    let second = world.directory.pending().await.unwrap().unwrap();
    assert_eq!(world.directory.import(platform, &sign(&world, &second)).await.unwrap(), 2);
    let directory = world.directory.current().await.unwrap();
    assert!(world.signers.department(department.id, &directory, world.clock.now()).is_ok());
    assert_eq!(world.directory.pending().await.unwrap(), None);
    assert_eq!(world.directory.served().await.unwrap().number, 2);
}

#[tokio::test]
async fn a_stale_foreign_or_doctored_edition_is_not_imported() {
    let world = far_away().await;
    let platform = world.platform_admin().await;
    let stale = world.directory.pending().await.unwrap().unwrap();
    let department = world.department(platform, "floods").await;
    let refused = world.directory.import(platform, &sign(&world, &stale)).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(_))), "a key has come since");
    let due = world.directory.pending().await.unwrap().unwrap();
    let mut doctored = due.clone();
    doctored.keys[0].jwk = munadi_testkit::new_key("other").public_key().clone();
    assert!(world.directory.import(platform, &sign(&world, &doctored)).await.is_err());
    let skipped = Edition { number: due.number + 1, ..due.clone() };
    assert!(world.directory.import(platform, &sign(&world, &skipped)).await.is_err());
    let foreign = KeyDirectory::sign(&due, &munadi_testkit::new_key("not-the-root")).unwrap();
    assert!(world.directory.import(platform, &foreign).await.is_err());
    assert!(world.directory.import(platform, &sign(&world, &due)).await.is_ok());
    assert!(world.directory.import(platform, &sign(&world, &due)).await.is_err(), "once");
    let directory = world.directory.current().await.unwrap();
    assert!(world.signers.department(department.id, &directory, world.clock.now()).is_ok());
}

#[tokio::test]
async fn a_clock_set_back_does_not_hold_an_edition_up() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    world.department(platform, "floods").await;
    world.clock.advance(-time::Duration::HOUR);
    world.department(platform, "storms").await;
    let editions = editions(&world).await;
    editions[2].verify_successor(&editions[1]).unwrap();
}
