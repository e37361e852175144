//! A citizen subscribes without a name, and only who holds the secret can look, change and leave.

use std::{net::IpAddr, sync::Arc};

use munadi_domain::{
    endpoint::EndpointPolicy,
    subscription::{Foreign, Preferences, PushPolicy},
};
use munadi_push_sink::Subscriber;
use munadi_services::{
    ServiceError,
    limits::{LimitsConfig, Rate},
    secret::Secret,
    subscriptions::{NewSubscription, Subscribed, Subscriptions},
};
use munadi_testkit::{World, WorldOptions};
use serde_json::json;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const ENDPOINT: &str = "https://updates.push.services.mozilla.com/wpush/v2/abc";

fn subscriptions(world: &World) -> Subscriptions {
    with_policy(world, PushPolicy::default())
}

fn with_policy(world: &World, push: PushPolicy) -> Subscriptions {
    let endpoints = EndpointPolicy::new(["push.services.mozilla.com", "push.gov.example"], false).unwrap();
    Subscriptions::new(world.core.clone(), Arc::new(endpoints), world.limits.clone(), push)
}

fn new(device: &Subscriber, endpoint: &str, pins: &[&str]) -> NewSubscription {
    let json = json!({
        "subscription": device.subscription(endpoint),
        "preferences": preferences(pins),
        "consent": { "text_version": "2026-01", "language": "hi" },
    });
    serde_json::from_value(json).unwrap()
}

fn preferences(pins: &[&str]) -> Preferences {
    serde_json::from_value(json!({ "pins": pins, "topics": ["flood"], "language": "hi" })).unwrap()
}

async fn subscribe(subscriptions: &Subscriptions, device: &Subscriber, pins: &[&str]) -> Subscribed {
    subscriptions.subscribe(ADDRESS, new(device, ENDPOINT, pins)).await.unwrap()
}

#[tokio::test]
async fn citizen_subscribes_looks_changes_and_leaves() {
    let world = World::new().await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    let subscribed = subscribe(&subscriptions, &device, &["110001", "560001"]).await;
    assert!(!subscribed.renewed);
    let names: Vec<_> = subscribed.places.iter().map(|place| place.state.as_str()).collect();
    assert_eq!(names, ["Delhi", "Karnataka"]);
    let owner = subscriptions.owner(subscribed.id, &subscribed.secret).await.unwrap();
    let stored = subscriptions.stored(owner).await.unwrap();
    assert_eq!((stored.endpoint.as_str(), stored.provider.as_str()), (ENDPOINT, "mozilla"));
    assert_eq!(stored.preferences, preferences(&["110001", "560001"]));
    assert_eq!(stored.consent.unwrap().text_version, "2026-01");
    let changed = subscriptions.change(owner, &preferences(&["600001"])).await.unwrap();
    assert_eq!(changed.preferences, preferences(&["600001"]));
    subscriptions.leave(owner).await.unwrap();
    subscriptions.leave(owner).await.unwrap();
    assert!(matches!(subscriptions.stored(owner).await, Err(ServiceError::NotFound(_))));
    assert!(matches!(subscriptions.change(owner, &preferences(&["110001"])).await, Err(ServiceError::NotFound(_))));
    let pool = world.database.pool().await;
    for table in ["subscription", "subscription_place", "consent"] {
        let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let left: i64 = sqlx::query_scalar(query).fetch_one(&pool).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[tokio::test]
async fn audit_trail_knows_nothing_of_citizens() {
    let world = World::new().await;
    let count = async || -> i64 {
        sqlx::query_scalar("select count(*) from audit_event").fetch_one(&world.database.pool().await).await.unwrap()
    };
    let before = count().await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    let subscribed = subscribe(&subscriptions, &device, &["110001"]).await;
    let owner = subscriptions.owner(subscribed.id, &subscribed.secret).await.unwrap();
    subscriptions.leave(owner).await.unwrap();
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn same_device_again_replaces_its_wishes_and_its_secret() {
    let world = World::new().await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    let first = subscribe(&subscriptions, &device, &["110001"]).await;
    let second = subscribe(&subscriptions, &device, &["560001"]).await;
    assert_eq!((second.id, second.renewed), (first.id, true));
    assert!(matches!(subscriptions.owner(first.id, &first.secret).await, Err(ServiceError::Unauthenticated(_))));
    let owner = subscriptions.owner(second.id, &second.secret).await.unwrap();
    assert_eq!(subscriptions.stored(owner).await.unwrap().preferences, preferences(&["560001"]));
}

#[tokio::test]
async fn endpoint_with_other_keys_is_somebody_elses() {
    let world = World::new().await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    let first = subscribe(&subscriptions, &device, &["110001"]).await;
    let thief = Subscriber::generate().unwrap();
    let stolen = subscriptions.subscribe(ADDRESS, new(&thief, ENDPOINT, &["560001"])).await;
    assert!(matches!(stolen, Err(ServiceError::Conflict(_))));
    let owner = subscriptions.owner(first.id, &first.secret).await.unwrap();
    assert_eq!(subscriptions.stored(owner).await.unwrap().preferences, preferences(&["110001"]));
}

#[tokio::test]
async fn same_device_twice_at_once_is_one_subscription() {
    let world = World::new().await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    let again = || subscribe(&subscriptions, &device, &["110001"]);
    let (one, two, three) = tokio::join!(again(), again(), again());
    assert_eq!((one.id, two.id), (two.id, three.id));
    assert_eq!([&one, &two, &three].iter().filter(|subscribed| !subscribed.renewed).count(), 1);
}

#[tokio::test]
async fn only_the_secret_opens_it() {
    let world = World::new().await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    let subscribed = subscribe(&subscriptions, &device, &["110001"]).await;
    let unknown = munadi_domain::id::SubscriptionId::new(world.core.seed().unwrap());
    let wrong = Secret::from("x");
    for (id, secret) in [(subscribed.id, &wrong), (unknown, &subscribed.secret), (unknown, &wrong)] {
        assert!(matches!(subscriptions.owner(id, secret).await, Err(ServiceError::Unauthenticated(_))));
    }
}

#[tokio::test]
async fn endpoint_that_may_not_be_called_is_refused_before_anything_else() {
    let world = World::new().await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    for endpoint in [
        "http://updates.push.services.mozilla.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://push.services.mozilla.com.evil.example/x",
        "https://evilpush.services.mozilla.com/x",
        "https://updates.push.services.mozilla.com:8443/x",
        "https://user@updates.push.services.mozilla.com/x",
    ] {
        match subscriptions.subscribe(ADDRESS, new(&device, endpoint, &["110001"])).await {
            Err(ServiceError::Invalid(faults)) => assert_eq!(faults[0].at, "/subscription/endpoint", "{endpoint}"),
            other => panic!("{endpoint}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn who_would_be_sent_nothing_is_not_stored() {
    let world = World::new().await;
    let push = PushPolicy { own_hosts: vec!["push.gov.example".to_owned()], foreign: Foreign::Off };
    let (subscriptions, device) = (with_policy(&world, push), Subscriber::generate().unwrap());
    let foreign = subscriptions.subscribe(ADDRESS, new(&device, ENDPOINT, &["110001"])).await;
    match foreign {
        Err(ServiceError::Invalid(faults)) => assert_eq!(faults[0].at, "/subscription/endpoint"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.core.store.count_subscriptions().await.unwrap(), []);
    let own = new(&device, "https://push.gov.example/wpush/v2/abc", &["110001"]);
    subscriptions.subscribe(ADDRESS, own).await.unwrap();
    assert_eq!(world.core.store.count_subscriptions().await.unwrap(), [("own".to_owned(), 1)]);
}

#[tokio::test]
async fn one_address_subscribes_only_so_often() {
    let limits = LimitsConfig { address: Rate::new(2, 1), ..LimitsConfig::default() };
    let world = World::with(WorldOptions { limits, ..WorldOptions::default() }).await;
    let (subscriptions, device) = (subscriptions(&world), Subscriber::generate().unwrap());
    subscribe(&subscriptions, &device, &["110001"]).await;
    subscribe(&subscriptions, &device, &["110001"]).await;
    let third = subscriptions.subscribe(ADDRESS, new(&device, ENDPOINT, &["110001"])).await;
    assert!(matches!(third, Err(ServiceError::TooMany { .. })));
    let elsewhere = "198.51.100.7".parse().unwrap();
    assert!(subscriptions.subscribe(elsewhere, new(&device, ENDPOINT, &["110001"])).await.is_ok());
}
