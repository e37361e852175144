use proptest::prelude::*;
use time::macros::datetime;

use super::*;

fn clock() -> Clock {
    Clock::standing_at(datetime!(2026-01-31 08:00 UTC))
}

fn limits(clock: &Clock) -> Limits {
    let config = LimitsConfig { officer: Rate::new(3, 60), department: Rate::new(2, 60), ..LimitsConfig::default() };
    Limits::new(&config, clock)
}

fn department(number: u128) -> DepartmentId {
    DepartmentId::new(munadi_domain::id::Seed { unix_ms: 1, random: number })
}

fn address(text: &str) -> Subject<'static> {
    Subject::SignInAddress(text.parse().unwrap())
}

#[test]
fn a_burst_then_one_at_a_time() {
    let clock = clock();
    let limits = limits(&clock);
    let ask = || limits.check(Subject::Department(department(1)), Purpose::Send);
    let seconds = Duration::from_secs;
    assert_eq!(ask().unwrap(), Decision { limit: 2, remaining: 1, reset: seconds(1) });
    assert_eq!(ask().unwrap(), Decision { limit: 2, remaining: 0, reset: seconds(2) });
    let Err(ServiceError::TooMany { retry_after }) = ask() else { panic!("expected a refusal") };
    assert_eq!(retry_after, seconds(1));
    clock.advance(time::Duration::SECOND);
    assert_eq!(ask().unwrap().remaining, 0);
    assert!(ask().is_err());
    assert!(
        limits.check(Subject::Department(department(2)), Purpose::Send).is_ok(),
        "another department is not held to it"
    );
}

#[test]
fn an_actor_is_held_to_its_departments_limit_too() {
    let limits = limits(&clock());
    let officer = munadi_domain::access::Officer {
        id: OfficerId::new(munadi_domain::id::Seed { unix_ms: 1, random: 1 }),
        department: Some(department(1)),
        roles: [].into(),
        session: munadi_domain::id::SessionId::new(munadi_domain::id::Seed { unix_ms: 1, random: 1 }),
    };
    let actor = Actor::Officer(officer);
    assert_eq!(limits.check_actor(&actor, Purpose::Read).unwrap().limit, 2);
    assert!(limits.check_actor(&actor, Purpose::Read).is_ok());
    assert!(limits.check_actor(&actor, Purpose::Read).is_err());
}

#[test]
fn neighbors_in_a_64_are_one_and_a_mapped_address_is_what_it_maps() {
    let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
    assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
}

#[test]
fn whoever_has_everything_left_is_forgotten() {
    let clock = clock();
    let limits = limits(&clock);
    limits.check(address("192.0.2.1"), Purpose::Send).unwrap();
    limits.sweep();
    assert_eq!(limits.sign_in_addresses.len(), 1);
    clock.advance(time::Duration::minutes(5));
    limits.check(address("192.0.2.2"), Purpose::Send).unwrap();
    limits.sweep();
    assert_eq!(limits.sign_in_addresses.len(), 1);
}

#[test]
fn a_full_table_refuses_strangers_who_send_and_no_others() {
    let limits = limits(&clock());
    let fill = |number: u32| limits.check(Subject::Address(IpAddr::V4(number.into())), Purpose::Read);
    assert!((0..200_000).all(|number| fill(number).is_ok()));
    let stranger = Subject::Address("203.0.113.1".parse().unwrap());
    assert!(limits.check(stranger, Purpose::Read).is_ok());
    assert!(limits.check(stranger, Purpose::Send).is_err());
    let known = Subject::Address("0.0.0.1".parse().unwrap());
    assert!(limits.check(known, Purpose::Send).is_ok());
    assert_eq!(limits.addresses.len(), 200_000);
}

proptest! {
    #[test]
    fn looking_tells_what_the_next_request_finds_and_changes_nothing(steps in prop::collection::vec((0..4_u8, 0..3_000_i64), 1..40)) {
        let clock = clock();
        let limits = limits(&clock);
        let subject = Subject::Department(department(1));
        for (requests, pause) in steps {
            for _ in 0..requests {
                let before = limits.usage(subject);
                prop_assert_eq!(before, limits.usage(subject));
                let Ok(decision) = limits.check(subject, Purpose::Send) else {
                    prop_assert_eq!(before.left, 0);
                    continue;
                };
                prop_assert_eq!(decision.remaining + 1, before.left);
                prop_assert_eq!(limits.usage(subject).left, decision.remaining);
            }
            clock.advance(time::Duration::milliseconds(pause));
        }
    }
}

#[test]
fn nobody_is_remembered_for_being_looked_at() {
    let limits = limits(&clock());
    let usage = limits.usage(Subject::Department(department(1)));
    assert_eq!((usage.left, usage.used(), usage.reset), (2, 0, Duration::ZERO));
    assert_eq!(limits.departments.len(), 0);
}
