//! Departments' systems and their tokens.

use munadi_domain::{
    access::{Actor, ClientKind, NoticeApprover, NoticeDrafter},
    id::ClientId,
};
use munadi_services::{ServiceError, clients::NewClient, page::Page, token};
use munadi_testkit::{TestDepartment, World, client_claims, jwt, new_key};
use munadi_transparency::key::{LocalKey, Signer};
use serde_json::{Value, json};

use crate::trail;

const BODY: &[u8] = b"{\"status\":\"Test\"}";

struct System {
    id: ClientId,
    key: LocalKey,
}

impl System {
    fn claims(&self, world: &World, jti: &str) -> Value {
        client_claims(self.id, BODY, jti, world.clock.now())
    }

    fn sign(&self, claims: &Value) -> String {
        jwt(claims, &self.key)
    }
}

async fn setup() -> (World, TestDepartment, System) {
    let world = World::new().await;
    let department = world.department(world.platform_admin().await, "floods").await;
    let system = register(&world, &department, ClientKind::Team).await;
    (world, department, system)
}

async fn register(world: &World, department: &TestDepartment, kind: ClientKind) -> System {
    let key = new_key("system");
    let new = NewClient { name: "Flood sensors".to_owned(), kind, jwk: key.public_key().clone() };
    let record = world.clients.register(department.rights(), &new).await.unwrap();
    System { id: record.id, key }
}

async fn reason(world: &World, token: &str, body: &[u8]) -> String {
    match world.clients.authenticate_client(token, body).await {
        Err(error @ ServiceError::Unauthenticated(_)) => error.to_string(),
        other => panic!("expected a refusal, not {other:?}"),
    }
}

#[tokio::test]
async fn a_token_is_good_once_for_its_body() {
    let (world, department, system) = setup().await;
    let token = system.sign(&system.claims(&world, "1"));
    assert_eq!(token::bearer(&token), token::Bearer::Client);
    assert!(reason(&world, &token, b"another body").await.contains("bh"));
    let actor = world.clients.authenticate_client(&token, BODY).await.unwrap();
    let Actor::Client(client) = &actor else { panic!("expected a system") };
    assert_eq!((client.id, client.department, client.kind), (system.id, department.id, ClientKind::Team));
    assert!(NoticeDrafter::try_from(&actor).is_ok());
    assert!(NoticeApprover::try_from(&actor).is_err());
    assert!(reason(&world, &token, BODY).await.contains("used before"));
    assert_eq!(trail::last_acts(&world, 1).await, ["department_admin client.create success"]);
}

#[tokio::test]
async fn every_claim_is_held_to_its_rule() {
    let (world, department, system) = setup().await;
    let other = register(&world, &department, ClientKind::Live).await;
    let now = world.clock.now().unix_timestamp();
    let cases: [(&str, Value, &str); 11] = [
        ("iss", json!("cli_00000000000000000000000000"), "not a system"),
        ("iss", json!("ofc_00000000000000000000000000"), "not a system"),
        ("iss", json!(other.id), "not valid"),
        ("aud", json!("https://elsewhere.test"), "not valid"),
        ("exp", json!(now), "expired"),
        ("exp", json!(now + 61), "at most 60 seconds"),
        ("iat", json!(now + 11), "future"),
        ("jti", json!(""), "jti"),
        ("jti", json!("x".repeat(201)), "jti"),
        ("bh", json!(""), "bh"),
        ("bh", Value::Null, "not valid"),
    ];
    for (name, value, expected) in cases {
        let mut claims = system.claims(&world, "same");
        claims[name] = value;
        let told = reason(&world, &system.sign(&claims), BODY).await;
        assert!(told.contains(expected), "{name}: {told}");
    }
    let good = system.sign(&system.claims(&world, "same"));
    assert!(world.clients.authenticate_client(&good, BODY).await.is_ok(), "none of those has used up the jti");
    let same_jti = other.sign(&other.claims(&world, "same"));
    assert!(world.clients.authenticate_client(&same_jti, BODY).await.is_ok(), "each system has its own");
}

#[tokio::test]
async fn a_revoked_system_is_out_at_once() {
    let (world, department, system) = setup().await;
    let stranger = world.department(world.platform_admin().await, "strangers").await;
    let foreign = world.clients.revoke(stranger.rights(), system.id).await;
    assert!(matches!(foreign, Err(ServiceError::NotFound(_))));
    let record = world.clients.revoke(department.rights(), system.id).await.unwrap();
    assert!(record.revoked_at.is_some());
    let told = reason(&world, &system.sign(&system.claims(&world, "1")), BODY).await;
    assert!(told.contains("not a system"), "{told}");
    let listed = world.clients.list(department.rights(), Page::default()).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    assert!(world.clients.list(stranger.rights(), Page::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn used_tokens_are_forgotten_when_they_have_expired() {
    let (world, _, system) = setup().await;
    let token = system.sign(&system.claims(&world, "1"));
    world.clients.authenticate_client(&token, BODY).await.unwrap();
    assert_eq!(world.clients.prune().await.unwrap(), 0);
    world.clock.advance(time::Duration::seconds(61));
    assert_eq!(world.clients.prune().await.unwrap(), 1);
    assert!(reason(&world, &token, BODY).await.contains("expired"));
}
