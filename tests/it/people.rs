//! Departments and officers.

use std::collections::BTreeMap;

use munadi_domain::access::{Actor, Officer, Role};
use munadi_services::{
    ServiceError,
    page::Page,
    people::{Admin, NewDepartment},
    sign_in::{PasswordOutcome, PasswordSignIn},
};
use munadi_testkit::{TestDepartment, World, account};

use crate::trail;

fn admin(department: &TestDepartment) -> Admin {
    Admin::Department(department.rights())
}

fn is_conflict<T>(result: &Result<T, ServiceError>) -> bool {
    matches!(result, Err(ServiceError::Conflict(_)))
}

fn is_missing<T>(result: &Result<T, ServiceError>) -> bool {
    matches!(result, Err(ServiceError::NotFound(_)))
}

async fn is_signed_in(world: &World, officer: &Officer) -> bool {
    let now = world.clock.now();
    world.core.store.signed_in(officer.session, officer.id, now).await.unwrap().is_some()
}

#[tokio::test]
async fn the_first_platform_admin_is_made_once() {
    let world = World::new().await;
    let created = world.people.create_first_platform_admin(&account("first.admin")).await.unwrap();
    assert_eq!(created.officer.roles, [Role::PlatformAdmin].into());
    assert_eq!(created.officer.department, None);
    assert!(is_conflict(&world.people.create_first_platform_admin(&account("second.admin")).await));
    assert_eq!(trail::last_acts(&world, 1).await, ["system officer.create success"]);
}

#[tokio::test]
async fn a_department_comes_with_its_admin_its_key_and_an_edition_of_the_directory() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let before = world.directory.current().await.unwrap().edition().number;
    let department = world.department(platform, "disaster-management").await;
    assert_eq!(department.admin.department, Some(department.id));
    assert_eq!(department.admin.roles, [Role::DepartmentAdmin].into());
    let acts = trail::last_acts(&world, 5).await;
    let expected = [
        "platform_admin department.create success",
        "platform_admin officer.create success",
        "platform_admin key.create success",
        "system key.directory success",
        "officer session.start success",
    ];
    assert_eq!(acts, expected);
    let directory = world.directory.current().await.unwrap();
    assert_eq!(directory.edition().number, before + 1);
    let signer = world.signers.department(department.id, &directory, world.clock.now()).unwrap();
    assert!(directory.find(signer.kid()).is_some());
}

#[tokio::test]
async fn a_slug_and_a_name_are_given_once() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    world.department(platform, "floods").await;
    let new = |slug: &str, name: &str| NewDepartment {
        slug: slug.to_owned(),
        name: [("hi".parse().unwrap(), "बाढ़".to_owned())].into(),
        admin: account(name),
    };
    assert!(is_conflict(&world.people.create_department(platform, &new("floods", "someone.else")).await));
    assert!(is_conflict(&world.people.create_department(platform, &new("other", "admin.floods")).await));
    assert_eq!(world.people.list_departments(Page::default()).await.unwrap().items.len(), 1, "nothing is left of them");
}

#[tokio::test]
async fn bad_input_is_told_in_full() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let new = NewDepartment { slug: "-Bad".to_owned(), name: BTreeMap::new(), admin: account("x") };
    let Err(ServiceError::Invalid(faults)) = world.people.create_department(platform, &new).await else {
        panic!("expected faults");
    };
    let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(at, ["/slug", "/name"]);
    let department = world.department(platform, "floods").await;
    for name in ["ab", "Capital", "with space", "tab\t", "naïve", &"x".repeat(201)] {
        let added = world.people.add_officer(admin(&department), &account(name), &[].into()).await;
        assert!(matches!(added, Err(ServiceError::Invalid(_))), "{name}");
    }
}

#[tokio::test]
async fn an_admin_sees_and_touches_its_own_department_alone() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let (one, other) = (world.department(platform, "one").await, world.department(platform, "other").await);
    let stranger = world.officer(&other, "stranger", &[Role::Drafter]).await;
    let people = &world.people;
    assert!(is_missing(&people.officer(admin(&one), stranger.id).await));
    assert!(is_missing(&people.grant_role(admin(&one), stranger.id, Role::Approver).await));
    assert!(is_missing(&people.revoke_role(admin(&one), stranger.id, Role::Drafter).await));
    assert!(is_missing(&people.disable_officer(admin(&one), stranger.id).await));
    assert!(is_missing(&people.reset_password(admin(&one), stranger.id).await));
    assert!(is_missing(&people.disable_officer(Admin::Platform(platform), stranger.id).await));
    let listed = people.list_officers(admin(&one), Page::default()).await.unwrap();
    assert_eq!(listed.items.iter().map(|officer| officer.id).collect::<Vec<_>>(), [one.admin.id]);
    assert!(is_signed_in(&world, &stranger).await);
}

#[tokio::test]
async fn nobody_changes_an_own_account() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let department = world.department(platform, "floods").await;
    let (by, own) = (admin(&department), department.admin.id);
    assert!(is_conflict(&world.people.grant_role(by, own, Role::Approver).await));
    assert!(is_conflict(&world.people.revoke_role(by, own, Role::DepartmentAdmin).await));
    assert!(is_conflict(&world.people.disable_officer(by, own).await));
    assert!(is_conflict(&world.people.reset_password(by, own).await));
    let by = Admin::Platform(platform);
    assert!(is_conflict(&world.people.grant_role(by, platform.officer, Role::Auditor).await));
}

#[tokio::test]
async fn roles_belong_to_their_scope() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let department = world.department(platform, "floods").await;
    let officer = world.officer(&department, "officer", &[]).await;
    for role in [Role::PlatformAdmin, Role::Auditor] {
        let granted = world.people.grant_role(admin(&department), officer.id, role).await;
        assert!(matches!(granted, Err(ServiceError::Invalid(_))), "{role:?}");
    }
    let by = Admin::Platform(platform);
    let auditor = world.people.add_officer(by, &account("auditor"), &[Role::Auditor].into()).await.unwrap();
    assert_eq!((auditor.officer.department, auditor.officer.roles.len()), (None, 0));
    let granted = world.people.grant_role(by, auditor.officer.id, Role::Approver).await;
    assert!(matches!(granted, Err(ServiceError::Invalid(_))));
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on() {
    let world = World::new().await;
    let department = world.department(world.platform_admin().await, "floods").await;
    let officer = world.officer(&department, "officer", &[Role::Drafter]).await;
    let roles = async || {
        let now = world.clock.now();
        world.core.store.signed_in(officer.session, officer.id, now).await.unwrap().unwrap().roles
    };
    let asked = world.people.grant_role(admin(&department), officer.id, Role::Approver).await.unwrap();
    assert_eq!(roles().await, [Role::Drafter].into(), "not before another admin confirms it");
    world.confirm_roles(&asked).await;
    assert_eq!(roles().await, [Role::Drafter, Role::Approver].into());
    world.people.revoke_role(admin(&department), officer.id, Role::Drafter).await.unwrap();
    assert_eq!(roles().await, [Role::Approver].into());
    let grants = trail::count(&world, "officer.grant").await;
    world.people.grant_role(admin(&department), officer.id, Role::Approver).await.unwrap();
    assert_eq!(trail::count(&world, "officer.grant").await, grants, "what changes nothing is no act");
}

#[tokio::test]
async fn a_disabled_officer_is_out_at_once_and_stays_out() {
    let world = World::new().await;
    let department = world.department(world.platform_admin().await, "floods").await;
    let officer = world.officer(&department, "officer", &[Role::Drafter]).await;
    let key = world.signing_key(&department, &officer).await;
    world.people.disable_officer(admin(&department), officer.id).await.unwrap();
    assert!(!is_signed_in(&world, &officer).await);
    assert!(matches!(world.sign_in.start_session(officer.id).await, Err(ServiceError::Unauthenticated(_))));
    let directory = world.directory.current().await.unwrap();
    assert!(directory.find(munadi_transparency::key::Signer::kid(&key)).unwrap().revoked_at.is_some());
    world.people.enable_officer(admin(&department), officer.id).await.unwrap();
    assert!(!is_signed_in(&world, &officer).await, "the old session stays ended");
    let again = world.signed_in(officer.id).await;
    assert!(is_signed_in(&world, &again).await);
}

#[tokio::test]
async fn a_lost_department_gets_an_admin_from_outside() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let department = world.department(platform, "floods").await;
    let second = world.people.add_department_admin(platform, department.id, &account("second.admin")).await.unwrap();
    assert_eq!((second.officer.department, second.officer.roles.len()), (Some(department.id), 0));
    let (by, roles) = (Admin::Platform(platform), [Role::PlatformAdmin].into());
    let deputy = world.people.add_officer(by, &account("deputy"), &roles).await.unwrap().officer;
    let deputy = Actor::Officer(world.signed_in(deputy.id).await);
    let [pending] = second.officer.pending[..] else { panic!("one role waits") };
    world.people.confirm_role_grant(Admin::try_from(&deputy).unwrap(), pending.grant).await.unwrap();
    let second = Actor::Officer(world.signed_in(second.officer.id).await);
    let by = Admin::try_from(&second).unwrap();
    world.people.disable_officer(by, department.admin.id).await.unwrap();
    assert!(!is_signed_in(&world, &department.admin).await);
}

#[tokio::test]
async fn a_reset_password_ends_sessions_and_is_good_once() {
    let world = World::new().await;
    let department = world.department(world.platform_admin().await, "floods").await;
    let officer = world.officer(&department, "officer", &[]).await;
    let handed = world.people.reset_password(admin(&department), officer.id).await.unwrap();
    assert!(!is_signed_in(&world, &officer).await);
    let (chosen, address) = ("a password of my own".into(), "192.0.2.1".parse().unwrap());
    let input = PasswordSignIn { name: "officer", password: &handed, new_password: None, address };
    let outcome = world.sign_in.sign_in_with_password(input.clone()).await.unwrap();
    assert!(matches!(outcome, PasswordOutcome::NewPasswordNeeded));
    let change = PasswordSignIn { new_password: Some(&chosen), ..input.clone() };
    let outcome = world.sign_in.sign_in_with_password(change.clone()).await.unwrap();
    assert!(matches!(outcome, PasswordOutcome::SignedIn(_)));
    assert!(world.sign_in.sign_in_with_password(change).await.is_err(), "it was good once");
    let own = PasswordSignIn { password: &chosen, ..input };
    let outcome = world.sign_in.sign_in_with_password(own).await.unwrap();
    assert!(matches!(outcome, PasswordOutcome::SignedIn(_)));
}

#[tokio::test]
async fn officers_are_listed_page_by_page() {
    let world = World::new().await;
    let department = world.department(world.platform_admin().await, "floods").await;
    let mut expected = vec![department.admin.id];
    for number in 0..4 {
        expected.push(world.officer(&department, &format!("officer.{number}"), &[]).await.id);
        world.clock.advance(time::Duration::MILLISECOND);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let listed = world.people.list_officers(admin(&department), Page::new(after, 2)).await.unwrap();
        seen.extend(listed.items.iter().map(|officer| officer.id));
        after = listed.next;
        if after.is_none() {
            break;
        }
    }
    expected.sort();
    assert_eq!(seen, expected);
}
