//! Sessions of browsers: one secret, good until the session ends, and everything that ends it.

use std::net::{IpAddr, Ipv4Addr};

use munadi_domain::access::{Actor, Officer, Role};
use munadi_services::{
    ServiceError,
    people::Admin,
    secret::Secret,
    sign_in::{BROWSER_IDLE, BrowserSession, PasswordOutcome, PasswordSignIn, SESSION_LIFE},
};
use munadi_testkit::{World, account};
use time::Duration;

use crate::trail;

const PASSWORD: &str = "a password of my own";

fn attempt<'a>(password: &'a Secret, new_password: Option<&'a Secret>) -> PasswordSignIn<'a> {
    PasswordSignIn { name: "first.admin", password, new_password, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

async fn sign_in(world: &World) -> (Secret, BrowserSession) {
    let handed = world.people.create_first_platform_admin(&account("first.admin")).await.unwrap().password;
    let first = world.sign_in.sign_in_browser_with_password(attempt(&handed, None)).await.unwrap();
    assert!(matches!(first, PasswordOutcome::NewPasswordNeeded));
    let new = Secret::from(PASSWORD);
    match world.sign_in.sign_in_browser_with_password(attempt(&handed, Some(&new))).await.unwrap() {
        PasswordOutcome::SignedIn(session) => (new, session),
        PasswordOutcome::NewPasswordNeeded => panic!("a new password was given"),
    }
}

async fn who(world: &World, secret: &Secret) -> Option<Officer> {
    match world.sign_in.authenticate_browser(secret).await {
        Ok(Actor::Officer(officer)) => Some(officer),
        Ok(Actor::Client(_)) => panic!("a browser is an officer's"),
        Err(ServiceError::Unauthenticated(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn one_secret_is_good_for_many_tabs_and_nothing_else_is() {
    let world = World::new().await;
    let (password, session) = sign_in(&world).await;
    let secret = &session.cookie.secret;
    let tabs = futures_util::future::join_all((0..6).map(|_| who(&world, secret))).await;
    for officer in tabs {
        let officer = officer.unwrap();
        assert_eq!((officer.id, officer.session), (session.officer, session.session));
        assert_eq!(officer.roles, [Role::PlatformAdmin].into());
    }
    let life = session.cookie.expires_at - world.clock.now();
    assert!(life <= SESSION_LIFE && SESSION_LIFE - life < Duration::SECOND, "{life}");
    assert!(world.sign_in.authenticate_officer(secret.expose()).await.is_err(), "it is no access token");
    assert!(world.sign_in.refresh(secret).await.is_err(), "nor a refresh token");
    let PasswordOutcome::SignedIn(tokens) =
        world.sign_in.sign_in_with_password(attempt(&password, None)).await.unwrap()
    else {
        panic!("the password is right");
    };
    assert!(who(&world, &tokens.access.secret).await.is_none());
    assert!(who(&world, &tokens.refresh.secret).await.is_none());
    assert!(who(&world, &"".into()).await.is_none());
    let kept: i64 = sqlx::query_scalar("select count(*) from session where encode(browser_digest, 'escape') = $1")
        .bind(secret.expose())
        .fetch_one(&world.database.pool().await)
        .await
        .unwrap();
    assert_eq!((kept, trail::count(&world, "session.start").await), (0, 2));
}

#[tokio::test]
async fn a_browser_that_is_left_alone_is_signed_out_and_one_in_use_is_until_the_day_ends() {
    let world = World::new().await;
    let (_, session) = sign_in(&world).await;
    let secret = &session.cookie.secret;
    let step = BROWSER_IDLE - Duration::minutes(1);
    while world.clock.now() + step < session.cookie.expires_at {
        world.clock.advance(step);
        assert!(who(&world, secret).await.is_some());
    }
    world.clock.advance(step);
    assert!(who(&world, secret).await.is_none(), "twelve hours are the end");
    let other = world.sign_in.start_browser_session(session.officer).await.unwrap();
    world.clock.advance(BROWSER_IDLE);
    assert!(who(&world, &other.cookie.secret).await.is_none());
    world.clock.advance(Duration::days(31));
    assert_eq!(world.sign_in.prune().await.unwrap(), 2);
}

#[tokio::test]
async fn a_use_is_not_written_down_every_time() {
    let world = World::new().await;
    let (_, session) = sign_in(&world).await;
    let pool = world.database.pool().await;
    let mut versions = Vec::new();
    for minutes in [1, 3, 1, 2, 2] {
        world.clock.advance(Duration::minutes(minutes));
        assert!(who(&world, &session.cookie.secret).await.is_some());
        let version: String = sqlx::query_scalar("select xmin::text from session").fetch_one(&pool).await.unwrap();
        versions.push(version);
    }
    versions.dedup();
    assert_eq!(versions.len(), 2, "in nine minutes of use it is written once, in the fifth");
}

#[tokio::test]
async fn whatever_ends_a_session_ends_a_browsers_at_once() {
    let world = World::new().await;
    let platform = world.platform_admin().await;
    let department = world.department(platform, "floods").await;
    let officer = world.officer(&department, "drafter.floods", &[Role::Drafter]).await;
    let start = || world.sign_in.start_browser_session(officer.id);
    let (one, two) = (start().await.unwrap().cookie.secret, start().await.unwrap().cookie.secret);
    world.sign_in.sign_out(&who(&world, &one).await.unwrap()).await.unwrap();
    assert!(who(&world, &one).await.is_none() && who(&world, &two).await.is_some());
    let admin = Admin::Department(department.rights());
    world.people.reset_password(admin, officer.id).await.unwrap();
    assert!(who(&world, &two).await.is_none());
    let three = start().await.unwrap().cookie.secret;
    world.people.disable_officer(admin, officer.id).await.unwrap();
    assert!(who(&world, &three).await.is_none());
    assert!(start().await.is_err(), "a closed account gets no session");
    world.people.enable_officer(admin, officer.id).await.unwrap();
    assert!(who(&world, &three).await.is_none(), "and an old one stays ended");
}

#[tokio::test]
async fn changing_ones_password_ends_all_but_the_own_browser() {
    let world = World::new().await;
    let (password, here) = sign_in(&world).await;
    let there = world.sign_in.start_browser_session(here.officer).await.unwrap();
    let me = who(&world, &here.cookie.secret).await.unwrap();
    world.sign_in.change_password(&me, &password, &"another good password".into()).await.unwrap();
    assert!(who(&world, &here.cookie.secret).await.is_some());
    assert!(who(&world, &there.cookie.secret).await.is_none());
}
