//! Keys that sign notices.

use munadi_domain::{
    access::{Actor, Officer, Role},
    content::whole_seconds,
    id::KeyId,
};
use munadi_services::{
    ServiceError,
    keys::{KEYS_PER_OFFICER, Revocation, Signatory, proof},
    page::Page,
    people::Admin,
};
use munadi_testkit::{TestDepartment, World, new_key};
use munadi_transparency::{
    directory::DirectoryKey,
    key::{Kid, Signer},
    notice,
};
use time::Duration;

use crate::trail;

async fn setup() -> (World, TestDepartment, Officer) {
    let world = World::new().await;
    let department = world.department(world.platform_admin().await, "floods").await;
    let officer = world.officer(&department, "officer", &[Role::Drafter]).await;
    (world, department, officer)
}

async fn entry(world: &World, kid: &Kid) -> Option<DirectoryKey> {
    world.directory.current().await.unwrap().find(kid).cloned()
}

fn kid(id: KeyId) -> Kid {
    id.to_string().parse().unwrap()
}

fn actor(officer: &Officer) -> Actor {
    Actor::Officer(officer.clone())
}

fn reason(text: &str) -> Revocation {
    Revocation { reason: text.to_owned(), since: None }
}

fn is_conflict<T>(result: &Result<T, ServiceError>) -> bool {
    matches!(result, Err(ServiceError::Conflict(_)))
}

#[tokio::test]
async fn a_key_signs_when_another_person_has_confirmed_it() {
    let (world, department, officer) = setup().await;
    let (key, id) = world.enrolled_key(&officer).await;
    assert!(entry(&world, key.kid()).await.is_none(), "nobody has confirmed it");
    let record = world.keys.confirm(department.rights(), id).await.unwrap();
    assert_eq!(record.confirmed_by, Some(department.admin.id));
    let listed = entry(&world, key.kid()).await.unwrap();
    assert_eq!(listed.jwk, *key.public_key());
    assert_eq!((listed.subject, listed.department), (officer.id.to_string(), department.id.to_string()));
    assert_eq!(listed.roles, [notice::Role::Author]);
    assert_eq!(listed.nbf, whole_seconds(world.clock.now()));
    assert!(is_conflict(&world.keys.confirm(department.rights(), id).await), "once");
    let acts = trail::last_acts(&world, 3).await;
    assert_eq!(
        acts,
        ["officer key.enroll success", "department_admin key.confirm success", "system key.directory success"]
    );
}

#[tokio::test]
async fn nobody_confirms_an_own_key_nor_one_of_another_department() {
    let (world, department, officer) = setup().await;
    let by = Admin::Department(department.rights());
    world.confirm_roles(&world.people.grant_role(by, officer.id, Role::DepartmentAdmin).await.unwrap()).await;
    let officer = world.signed_in(officer.id).await;
    let (_, id) = world.enrolled_key(&officer).await;
    let own = TestDepartment { id: department.id, admin: officer.clone() };
    assert!(is_conflict(&world.keys.confirm(own.rights(), id).await));
    let pool = world.database.pool().await;
    let forced = sqlx::query("update signing_key set confirmed_by = officer_id, confirmed_at = now() where kid = $1")
        .bind(id.to_string())
        .execute(&pool)
        .await;
    assert!(forced.is_err(), "the database refuses it too");
    let stranger = world.department(world.platform_admin().await, "strangers").await;
    assert!(matches!(world.keys.confirm(stranger.rights(), id).await, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn a_key_is_handed_in_by_who_has_it_once() {
    let (world, department, officer) = setup().await;
    let colleague = world.officer(&department, "colleague", &[Role::Approver]).await;
    let key = new_key("mine");
    let who = |officer: &Officer| Signatory::try_from(&actor(officer)).unwrap();
    let proof = proof::sign(&key, officer.id, world.clock.now()).unwrap();
    let stolen = world.keys.enroll(who(&colleague), key.public_key(), &proof).await;
    assert!(matches!(stolen, Err(ServiceError::BadSignature(_))));
    world.keys.enroll(who(&officer), key.public_key(), &proof).await.unwrap();
    assert!(is_conflict(&world.keys.enroll(who(&officer), key.public_key(), &proof).await));
    let proof = proof::sign(&key, colleague.id, world.clock.now()).unwrap();
    assert!(is_conflict(&world.keys.enroll(who(&colleague), key.public_key(), &proof).await), "one key, one person");
    assert!(Signatory::try_from(&actor(&department.admin)).is_err(), "an admin signs no notices");
}

#[tokio::test]
async fn an_officer_has_few_keys() {
    let (world, _, officer) = setup().await;
    for _ in 0..KEYS_PER_OFFICER {
        world.enrolled_key(&officer).await;
    }
    let key = new_key("one-more");
    let who = Signatory::try_from(&actor(&officer)).unwrap();
    let proof = proof::sign(&key, officer.id, world.clock.now()).unwrap();
    assert!(is_conflict(&world.keys.enroll(who, key.public_key(), &proof).await));
    let first = world.keys.list(&actor(&officer), Page::default()).await.unwrap().items[0].id;
    world.keys.revoke(&actor(&officer), first, &reason("lost")).await.unwrap();
    assert!(world.keys.enroll(who, key.public_key(), &proof).await.is_ok());
}

#[tokio::test]
async fn a_key_is_revoked_by_its_officer_or_an_admin_at_once() {
    let (world, department, officer) = setup().await;
    let colleague = world.officer(&department, "colleague", &[Role::Approver]).await;
    let (one, two) = (world.signing_key(&department, &officer).await, world.signing_key(&department, &officer).await);
    let id = |key: &dyn Signer| key.kid().as_str().parse::<KeyId>().unwrap();
    let foreign = world.keys.revoke(&actor(&colleague), id(&one), &reason("no business of mine")).await;
    assert!(matches!(foreign, Err(ServiceError::Forbidden(_))));
    world.keys.revoke(&actor(&officer), id(&one), &reason("telephone lost")).await.unwrap();
    let now = whole_seconds(world.clock.now());
    let listed = entry(&world, one.kid()).await.unwrap();
    assert_eq!((listed.revoked_at, listed.revoked_reason.as_deref()), (Some(now), Some("telephone lost")));
    world.clock.advance(Duration::minutes(10));
    let since = Some(now + Duration::minutes(5));
    let stolen = Revocation { reason: "seen in other hands".to_owned(), since };
    world.keys.revoke(&actor(&department.admin), id(&two), &stolen).await.unwrap();
    assert_eq!(entry(&world, two.kid()).await.unwrap().revoked_at, since);
    let later = Revocation { reason: "x".to_owned(), since: None };
    world.keys.revoke(&actor(&department.admin), id(&two), &later).await.unwrap();
    assert_eq!(entry(&world, two.kid()).await.unwrap().revoked_at, since, "the earlier time stays");
    let future = Revocation { since: Some(world.clock.now() + Duration::MINUTE), ..later };
    let refused = world.keys.revoke(&actor(&officer), id(&one), &future).await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))));
}

#[tokio::test]
async fn a_new_role_comes_into_the_key_and_a_lost_one_ends_it() {
    let (world, department, officer) = setup().await;
    let key = world.signing_key(&department, &officer).await;
    let by = Admin::Department(department.rights());
    world.confirm_roles(&world.people.grant_role(by, officer.id, Role::Publisher).await.unwrap()).await;
    assert_eq!(entry(&world, key.kid()).await.unwrap().roles, [notice::Role::Author]);
    world.confirm_roles(&world.people.grant_role(by, officer.id, Role::Approver).await.unwrap()).await;
    assert_eq!(entry(&world, key.kid()).await.unwrap().roles, [notice::Role::Author, notice::Role::Approver]);
    world.clock.advance(Duration::MINUTE);
    world.people.revoke_role(by, officer.id, Role::Publisher).await.unwrap();
    let now = whole_seconds(world.clock.now());
    assert!(entry(&world, key.kid()).await.unwrap().exp > now, "it is no role of signing");
    world.people.revoke_role(by, officer.id, Role::Drafter).await.unwrap();
    let listed = entry(&world, key.kid()).await.unwrap();
    assert_eq!(listed.exp, now);
    assert_eq!(listed.roles, [notice::Role::Author, notice::Role::Approver], "what it signed stays good");
}

#[tokio::test]
async fn a_department_gets_a_new_key_and_the_old_one_still_verifies() {
    let (world, department, _) = setup().await;
    let signs = async || {
        let directory = world.directory.current().await.unwrap();
        world.signers.department(department.id, &directory, world.clock.now()).unwrap().kid().clone()
    };
    let old = signs().await;
    assert!(is_conflict(&world.keys.rotate(department.rights()).await), "not within the second of its making");
    world.clock.advance(Duration::MINUTE);
    let new = world.keys.rotate(department.rights()).await.unwrap();
    assert_eq!(signs().await, kid(new.id));
    let listed = entry(&world, &old).await.unwrap();
    assert_eq!((listed.exp, listed.revoked_at), (whole_seconds(world.clock.now()), None));
    let jwks = world.keys.jwks().await.unwrap();
    let kids: Vec<&str> = jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids, [old.as_str(), kid(new.id).as_str()]);
    assert_eq!(jwks["keys"][1]["alg"], "ES256");
    assert_eq!(jwks["keys"][1]["x"], new.jwk["x"]);
}

#[tokio::test]
async fn a_revoked_department_key_is_replaced_in_the_same_step() {
    let (world, department, officer) = setup().await;
    let directory = world.directory.current().await.unwrap();
    let old = world.signers.department(department.id, &directory, world.clock.now()).unwrap().kid().clone();
    let id: KeyId = old.as_str().parse().unwrap();
    let refused = world.keys.revoke(&actor(&officer), id, &reason("no business of mine")).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
    world.keys.revoke(&actor(&department.admin), id, &reason("the disk was stolen")).await.unwrap();
    let directory = world.directory.current().await.unwrap();
    let new = world.signers.department(department.id, &directory, world.clock.now()).unwrap().kid().clone();
    assert_ne!(new, old);
    assert_eq!(world.keys.jwks().await.unwrap()["keys"].as_array().unwrap().len(), 1);
    let acts = trail::last_acts(&world, 3).await;
    let expected =
        ["department_admin key.revoke success", "department_admin key.create success", "system key.directory success"];
    assert_eq!(acts, expected);
}

#[tokio::test]
async fn an_officer_sees_own_keys_and_an_admin_all() {
    let (world, department, officer) = setup().await;
    let colleague = world.officer(&department, "colleague", &[Role::Approver]).await;
    world.signing_key(&department, &officer).await;
    world.signing_key(&department, &colleague).await;
    let owners = async |who: &Officer| {
        let listed = world.keys.list(&actor(who), Page::default()).await.unwrap();
        listed.items.into_iter().map(|key| key.officer).collect::<Vec<_>>()
    };
    assert_eq!(owners(&officer).await, [Some(officer.id)]);
    assert_eq!(owners(&department.admin).await.len(), 3, "two officers' and the department's own");
}
