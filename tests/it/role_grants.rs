//! Roles take two admins.

use munadi_domain::{
    access::{Actor, Role},
    id::{OfficerId, RoleGrantId},
};
use munadi_services::{
    ServiceError,
    page::Page,
    people::{Admin, OfficerRecord},
};
use munadi_testkit::{TestDepartment, World, account};

use crate::trail;

struct Town {
    world: World,
    department: TestDepartment,
    /// The department's two admins, who asks and who confirms.
    admins: [Admin; 2],
    officer: OfficerId,
}

impl Town {
    async fn new() -> Self {
        let world = World::new().await;
        let department = world.department(world.platform_admin().await, "floods").await;
        let second = world.officer(&department, "second.admin", &[Role::DepartmentAdmin]).await;
        let second = Admin::try_from(&Actor::Officer(second)).unwrap();
        let officer = world.officer(&department, "officer", &[]).await.id;
        let admins = [Admin::Department(department.rights()), second];
        Self { world, department, admins, officer }
    }

    async fn ask(&self, role: Role) -> RoleGrantId {
        let record = self.world.people.grant_role(self.admins[0], self.officer, role).await.unwrap();
        record.pending.last().unwrap().grant
    }

    async fn confirm(&self, by: Admin, grant: RoleGrantId) -> Result<OfficerRecord, ServiceError> {
        self.world.people.confirm_role_grant(by, grant).await
    }

    async fn platform(&self) -> Admin {
        Admin::Platform(self.world.platform_admin().await)
    }
}

fn is_conflict<T>(result: &Result<T, ServiceError>) -> bool {
    matches!(result, Err(ServiceError::Conflict(_)))
}

fn is_missing<T>(result: &Result<T, ServiceError>) -> bool {
    matches!(result, Err(ServiceError::NotFound(_)))
}

#[tokio::test]
async fn a_role_counts_when_another_admin_confirms_it() {
    let town = Town::new().await;
    let grant = town.ask(Role::Approver).await;
    assert_eq!(town.ask(Role::Approver).await, grant, "asking twice is asking once");
    let waiting = town.world.people.list_role_grants(town.admins[1], Page::default()).await.unwrap().items;
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].officer, waiting[0].role, waiting[0].is_backed), (town.officer, Role::Approver, true));
    assert!(is_conflict(&town.confirm(town.admins[0], grant).await), "whoever asked does not confirm");
    let record = town.confirm(town.admins[1], grant).await.unwrap();
    assert_eq!((record.roles, record.pending), ([Role::Approver].into(), vec![]));
    assert!(is_missing(&town.confirm(town.admins[1], grant).await), "once");
    let acts = ["department_admin officer.grant_ask success", "department_admin officer.grant success"];
    assert_eq!(trail::last_acts(&town.world, 2).await, acts);
}

#[tokio::test]
async fn a_role_is_declined_by_anyone_who_could_confirm_it_and_by_who_asked() {
    let town = Town::new().await;
    for by in [town.admins[0], town.admins[1], town.platform().await] {
        let grant = town.ask(Role::Drafter).await;
        let record = town.world.people.decline_role_grant(by, grant).await.unwrap();
        assert_eq!((record.roles.len(), record.pending.len()), (0, 0));
        assert!(is_missing(&town.confirm(town.admins[1], grant).await));
        assert!(is_missing(&town.world.people.decline_role_grant(by, grant).await));
    }
    assert_eq!(trail::count(&town.world, "officer.grant_decline").await, 3);
}

#[tokio::test]
async fn others_neither_see_nor_confirm_it() {
    let town = Town::new().await;
    let grant = town.ask(Role::Approver).await;
    let elsewhere = town.world.department(town.world.platform_admin().await, "elsewhere").await;
    let stranger = Admin::Department(elsewhere.rights());
    assert!(is_missing(&town.confirm(stranger, grant).await));
    assert!(is_missing(&town.world.people.decline_role_grant(stranger, grant).await));
    assert!(town.world.people.list_role_grants(stranger, Page::default()).await.unwrap().items.is_empty());
    let platform = town.platform().await;
    assert_eq!(town.world.people.list_role_grants(platform, Page::default()).await.unwrap().items.len(), 1);
    assert_eq!(town.confirm(platform, grant).await.unwrap().roles, [Role::Approver].into());
}

#[tokio::test]
async fn nobody_confirms_an_own_role() {
    let town = Town::new().await;
    let [asks, concerned] = town.admins;
    let Admin::Department(right) = concerned else { panic!("an admin of the department") };
    let record = town.world.people.grant_role(asks, right.officer, Role::Publisher).await.unwrap();
    let grant = record.pending[0].grant;
    assert!(is_conflict(&town.confirm(concerned, grant).await));
    assert!(is_conflict(&town.world.people.decline_role_grant(concerned, grant).await));
}

#[tokio::test]
async fn what_an_admin_asked_for_who_is_none_any_more_is_not_confirmed() {
    let town = Town::new().await;
    let grant = town.ask(Role::Approver).await;
    town.world.people.disable_officer(town.admins[1], town.department.admin.id).await.unwrap();
    assert!(is_conflict(&town.confirm(town.admins[1], grant).await));
    town.world.people.decline_role_grant(town.admins[1], grant).await.unwrap();
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_does() {
    let town = Town::new().await;
    let grant = town.ask(Role::Approver).await;
    let platform = town.platform().await;
    town.world.database.warm_up(4).await;
    let decline = town.world.people.decline_role_grant(town.admins[1], grant);
    let (one, other, third) = tokio::join!(town.confirm(town.admins[1], grant), decline, town.confirm(platform, grant));
    assert_eq!([one.is_ok(), other.is_ok(), third.is_ok()].into_iter().filter(|is_ok| *is_ok).count(), 1);
}

#[tokio::test]
async fn a_lone_platform_admin_takes_a_second_one_and_from_then_on_there_are_two() {
    let world = World::new().await;
    let first = Admin::Platform(world.platform_admin().await);
    let add = async |by, name| world.people.add_officer(by, &account(name), &[Role::PlatformAdmin].into()).await;
    let second = add(first, "second").await.unwrap().officer;
    assert_eq!((second.roles, second.pending.len()), ([Role::PlatformAdmin].into(), 0));
    let third = add(first, "third").await.unwrap().officer;
    assert_eq!((third.roles.len(), third.pending.len()), (0, 1));
    let second = Admin::try_from(&Actor::Officer(world.signed_in(second.id).await)).unwrap();
    let third = world.people.confirm_role_grant(second, third.pending[0].grant).await.unwrap();
    assert_eq!(third.roles, [Role::PlatformAdmin].into());
}

#[tokio::test]
async fn the_database_takes_no_role_without_two_people() {
    let town = Town::new().await;
    let grant = town.ask(Role::Approver).await.to_string();
    let pool = town.world.database.pool().await;
    let officer = town.officer.to_string();
    let asked_by = town.department.admin.id.to_string();
    let decide = "update role_grant set outcome = 'confirmed', decided_by = $2, decided_at = now() where id = $1";
    for by in [&asked_by, &officer] {
        let refused = sqlx::query(decide).bind(&grant).bind(by).execute(&pool).await;
        assert!(refused.unwrap_err().to_string().contains("role_grant_needs_two"));
    }
    let give = "insert into officer_role (officer_id, role, grant_id, granted_at) values ($1, 'approver', $2, now())";
    let without = sqlx::query(give).bind(&officer).bind(None::<String>).execute(&pool).await;
    assert!(without.unwrap_err().to_string().contains("officer_role_was_confirmed"));
    let unconfirmed = sqlx::query(give).bind(&officer).bind(&grant).execute(&pool).await;
    assert!(unconfirmed.unwrap_err().to_string().contains("foreign key"));
    let own =
        "insert into role_grant (id, officer_id, role, asked_by, asked_at) values ('x', $1, 'drafter', $1, now())";
    assert!(sqlx::query(own).bind(&officer).execute(&pool).await.is_err());
    town.confirm(town.admins[1], grant.parse().unwrap()).await.unwrap();
    let reopen = "update role_grant set outcome = 'declined' where id = $1";
    assert!(sqlx::query(reopen).bind(&grant).execute(&pool).await.is_err());
}
