//! Signing in, and everything that ends it.

use std::net::IpAddr;

use munadi_domain::access::{Actor, Officer, Role};
use munadi_services::{
    ServiceError,
    limits::{LimitsConfig, Rate},
    secret::Secret,
    sign_in::{PasswordOutcome, PasswordSignIn, SESSION_LIFE, SignedIn},
    token::ACCESS_TOKEN_LIFE,
};
use munadi_testkit::{World, WorldOptions, account};
use time::Duration;

use crate::trail;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const PASSWORD: &str = "a password of my own";

async fn try_password(world: &World, name: &str, password: &str) -> Result<PasswordOutcome, ServiceError> {
    let password = password.into();
    let input = PasswordSignIn { name, password: &password, new_password: None, address: ADDRESS };
    world.sign_in.sign_in_with_password(input).await
}

/// A platform admin with a password of its own.
async fn with_password(world: &World) -> SignedIn {
    let created = world.people.create_first_platform_admin(&account("first.admin")).await.unwrap();
    let (password, new) = (created.password, Secret::from(PASSWORD));
    let input = PasswordSignIn { name: "first.admin", password: &password, new_password: Some(&new), address: ADDRESS };
    signed_in(world.sign_in.sign_in_with_password(input).await)
}

fn signed_in(outcome: Result<PasswordOutcome, ServiceError>) -> SignedIn {
    match outcome.unwrap() {
        PasswordOutcome::SignedIn(signed_in) => signed_in,
        PasswordOutcome::NewPasswordNeeded => panic!("expected to be signed in"),
    }
}

async fn officer(world: &World, signed_in: &SignedIn) -> Result<Officer, ServiceError> {
    match world.sign_in.authenticate_officer(signed_in.access.secret.expose()).await? {
        Actor::Officer(officer) => Ok(officer),
        Actor::Client(_) => panic!("an access token names an officer"),
    }
}

fn is_refused<T>(result: &Result<T, ServiceError>) -> bool {
    matches!(result, Err(ServiceError::Unauthenticated(_)))
}

#[tokio::test]
async fn a_name_and_its_password_sign_in_and_nothing_else_does() {
    let world = World::new().await;
    let first = with_password(&world).await;
    let who = officer(&world, &first).await.unwrap();
    assert_eq!((who.id, who.session, who.department), (first.officer, first.session, None));
    assert_eq!(who.roles, [Role::PlatformAdmin].into());
    signed_in(try_password(&world, " First.Admin ", PASSWORD).await);
    let messages =
        async |name: &str, password: &str| try_password(&world, name, password).await.unwrap_err().to_string();
    let wrong = messages("first.admin", "not the password").await;
    assert_eq!(wrong, messages("nobody", PASSWORD).await, "an unknown name is told the same");
    assert_eq!(wrong, messages("first.admin", "").await);
    assert_eq!(trail::count(&world, "session.refuse").await, 3);
    let typed: i64 = sqlx::query_scalar("select count(*) from audit_detail where detail::text like '%nobody%'")
        .fetch_one(&world.database.pool().await)
        .await
        .unwrap();
    assert_eq!(typed, 0, "what a stranger typed is not kept");
}

#[tokio::test]
async fn a_handed_over_password_must_be_changed_in_time() {
    let world = World::new().await;
    let created = world.people.create_first_platform_admin(&account("first.admin")).await.unwrap();
    let (password, short, same) = (created.password.clone(), Secret::from("short"), created.password);
    let attempt =
        |new| PasswordSignIn { name: "first.admin", password: &password, new_password: new, address: ADDRESS };
    let outcome = world.sign_in.sign_in_with_password(attempt(None)).await.unwrap();
    assert!(matches!(outcome, PasswordOutcome::NewPasswordNeeded));
    for new in [&short, &same] {
        let refused = world.sign_in.sign_in_with_password(attempt(Some(new))).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))));
    }
    assert_eq!(trail::count(&world, "session.start").await, 0);
    world.clock.advance(Duration::hours(72));
    let late = world.sign_in.sign_in_with_password(attempt(Some(&PASSWORD.into()))).await;
    assert!(is_refused(&late));
}

#[tokio::test]
async fn a_handed_over_password_is_good_for_one_of_two_at_once() {
    let world = World::new().await;
    let handed = world.people.create_first_platform_admin(&account("first.admin")).await.unwrap().password;
    let (mine, theirs) = (Secret::from("a password of my own"), Secret::from("a password of theirs"));
    let attempt = |new| {
        let input =
            PasswordSignIn { name: "first.admin", password: &handed, new_password: Some(new), address: ADDRESS };
        world.sign_in.sign_in_with_password(input)
    };
    let (one, other) = tokio::join!(attempt(&mine), attempt(&theirs));
    let signed_in = [one, other].into_iter().filter(|outcome| matches!(outcome, Ok(PasswordOutcome::SignedIn(_))));
    assert_eq!(signed_in.count(), 1);
}

#[tokio::test]
async fn tokens_and_sessions_end() {
    let world = World::new().await;
    let first = with_password(&world).await;
    world.clock.advance(ACCESS_TOKEN_LIFE);
    assert!(is_refused(&officer(&world, &first).await));
    let second = world.sign_in.refresh(&first.refresh.secret).await.unwrap();
    assert_eq!(second.session, first.session);
    assert_eq!(second.refresh.expires_at, first.refresh.expires_at, "refreshing does not make a session longer");
    assert!(officer(&world, &second).await.is_ok());
    world.clock.advance(SESSION_LIFE);
    assert!(is_refused(&world.sign_in.refresh(&second.refresh.secret).await));
    assert_eq!(world.sign_in.prune().await.unwrap(), 0);
    world.clock.advance(Duration::days(31));
    assert_eq!(world.sign_in.prune().await.unwrap(), 1);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_session() {
    let world = World::new().await;
    let first = with_password(&world).await;
    let second = world.sign_in.refresh(&first.refresh.secret).await.unwrap();
    assert!(is_refused(&world.sign_in.refresh(&first.refresh.secret).await));
    assert!(is_refused(&officer(&world, &second).await), "neither of the two who had it goes on");
    assert!(is_refused(&world.sign_in.refresh(&second.refresh.secret).await));
    assert_eq!(trail::last_acts(&world, 1).await, ["system session.end refused"]);
    assert!(is_refused(&world.sign_in.refresh(&"unknown".into()).await));
}

#[tokio::test]
async fn of_many_who_refresh_at_once_none_goes_on() {
    let world = World::new().await;
    let first = with_password(&world).await;
    world.database.warm_up(6).await;
    let refreshed = (0..6).map(|_| world.sign_in.refresh(&first.refresh.secret));
    let refreshed: Vec<_> = futures_util::future::join_all(refreshed).await.into_iter().flatten().collect();
    assert_eq!(refreshed.len(), 1);
    assert!(is_refused(&officer(&world, &refreshed[0]).await));
}

#[tokio::test]
async fn signing_out_takes_effect_at_once() {
    let world = World::new().await;
    let one = with_password(&world).await;
    let two = signed_in(try_password(&world, "first.admin", PASSWORD).await);
    let three = signed_in(try_password(&world, "first.admin", PASSWORD).await);
    world.sign_in.sign_out(&officer(&world, &one).await.unwrap()).await.unwrap();
    assert!(is_refused(&officer(&world, &one).await));
    assert!(is_refused(&world.sign_in.refresh(&one.refresh.secret).await));
    assert!(officer(&world, &two).await.is_ok());
    let ended = world.sign_in.sign_out_everywhere(&officer(&world, &two).await.unwrap()).await.unwrap();
    assert_eq!(ended, 2);
    assert!(is_refused(&officer(&world, &three).await));
    assert_eq!(trail::count(&world, "session.end").await, 2);
}

#[tokio::test]
async fn changing_the_password_ends_all_other_sessions() {
    let world = World::new().await;
    let (here, there) = (with_password(&world).await, signed_in(try_password(&world, "first.admin", PASSWORD).await));
    let me = officer(&world, &here).await.unwrap();
    let new = Secret::from("another good password");
    let wrong = world.sign_in.change_password(&me, &"not the password".into(), &new).await;
    assert!(matches!(wrong, Err(ServiceError::Invalid(_))));
    assert!(officer(&world, &there).await.is_ok());
    world.sign_in.change_password(&me, &PASSWORD.into(), &new).await.unwrap();
    assert!(officer(&world, &here).await.is_ok());
    assert!(is_refused(&officer(&world, &there).await));
    assert!(is_refused(&try_password(&world, "first.admin", PASSWORD).await));
    signed_in(try_password(&world, "first.admin", "another good password").await);
}

#[tokio::test]
async fn guessing_is_slowed_down_by_name_and_by_address() {
    let limits = LimitsConfig {
        sign_in_name: Rate::new(2, 1),
        sign_in_address: Rate::new(5, 1),
        audited_refusals: Rate::new(3, 1),
        ..LimitsConfig::default()
    };
    let world = World::with(WorldOptions { limits, ..WorldOptions::default() }).await;
    let too_many = |result: &Result<_, ServiceError>| matches!(result, Err(ServiceError::TooMany { .. }));
    for (name, is_slowed) in
        [("a.name", false), ("a.name", false), ("A.Name", true), ("b.name", false), ("c.name", false)]
    {
        let result = try_password(&world, name, "guess").await;
        assert_eq!(too_many(&result), is_slowed, "{name}");
    }
    assert!(too_many(&try_password(&world, "d.name", "guess").await), "the address has had its share");
    assert_eq!(trail::count(&world, "session.refuse").await, 3, "nobody fills the audit trail");
    world.clock.advance(Duration::minutes(1));
    assert!(!too_many(&try_password(&world, "a.name", "guess").await));
}
