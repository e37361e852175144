//! What a department's admin sees of the limits.

use munadi_domain::access::{Actor, ClientKind, Role};
use munadi_services::{
    clients::NewClient,
    limits::{LimitsConfig, Purpose, Rate, Subject},
};
use munadi_testkit::{World, WorldOptions, new_key};
use munadi_transparency::key::Signer;

#[tokio::test]
async fn an_admin_sees_how_much_of_each_limit_is_used_and_by_whom() {
    let limits = LimitsConfig { officer: Rate::new(10, 1), department: Rate::new(20, 1), ..LimitsConfig::default() };
    let world = World::with(WorldOptions { limits, ..WorldOptions::default() }).await;
    let department = world.department(world.platform_admin().await, "floods").await;
    let busy = world.officer(&department, "busy", &[Role::Drafter]).await;
    world.department(world.platform_admin().await, "elsewhere").await;
    let new =
        NewClient { name: "river".to_owned(), kind: ClientKind::Live, jwk: new_key("river").public_key().clone() };
    let client = world.clients.register(department.rights(), &new).await.unwrap();
    for _ in 0..3 {
        world.limits.check_actor(&Actor::Officer(busy.clone()), Purpose::Read).unwrap();
    }
    world.limits.check(Subject::Sending(department.id), Purpose::Send).unwrap();
    let look = async || world.limits.usage_of_department(&world.core, department.rights()).await.unwrap();
    look().await;
    let usage = look().await;
    assert_eq!((usage.requests.used(), usage.requests.left, usage.sending.used()), (3, 17, 1));
    let officers: Vec<_> = usage.officers.iter().map(|(officer, usage)| (officer.id, usage.used())).collect();
    assert_eq!(officers, [(busy.id, 3), (department.admin.id, 0)], "who has used most comes first");
    assert_eq!(usage.officers[0].1.rate, limits.officer);
    assert_eq!(
        usage.clients.iter().map(|(client, usage)| (client.id, usage.used())).collect::<Vec<_>>(),
        [(client.id, 0)]
    );
    world.clients.revoke(department.rights(), client.id).await.unwrap();
    assert!(look().await.clients.is_empty());
}
