//! What the push service keeps: nothing is lost, nothing comes twice, and nodes do not stand in each other's way.

mod busy;
mod model;

use std::time::Duration;

use munadi_domain::push::{ChannelId, Urgency, UserAgentId};
use munadi_store::{
    Store,
    push::{Greeted, Kept, NewPushMessage, PushBounds, PushHello, PushListener, PushMessage, PushNews, Registration},
};
use munadi_testkit::{TestDatabase, database};
use time::{Date, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const TODAY: Date = NOW.date();
const WIDE: PushBounds = PushBounds { messages: 150, bytes: 1_000_000 };
const NODE: i64 = -7;

/// A push service's database.
pub(crate) struct Office {
    pub(crate) database: TestDatabase,
    pub(crate) store: Store,
}

impl Office {
    pub(crate) async fn new() -> Self {
        let database = database().await;
        let store = database.store().for_push_service(6).await.unwrap();
        Self { database, store }
    }

    /// User agents with one channel each, connected to a node in the session of their number.
    pub(crate) async fn with(agents: std::ops::Range<u32>) -> Self {
        let office = Self::new().await;
        for n in agents {
            office.register(n, 0).await;
        }
        office
    }

    pub(crate) async fn register(&self, n: u32, c: u32) {
        let registered = self.store.register_push_channel(&hello(n, i64::from(n)), channel(n, c), 10, NOW).await;
        assert_eq!(registered.unwrap(), Registration::Registered);
    }

    async fn keep(&self, new: &[NewPushMessage<'_>], bounds: PushBounds) -> Vec<Kept> {
        self.store.keep_push_messages(new, bounds, NOW).await.unwrap()
    }

    async fn load(&self, n: u32) -> Vec<PushMessage> {
        self.store.load_push_messages(&[(agent(n), false)], 1000, NOW).await.unwrap().remove(0)
    }

    async fn bodies(&self, n: u32) -> Vec<Vec<u8>> {
        self.load(n).await.into_iter().map(|message| message.body).collect()
    }

    async fn greet(&self, hellos: &[PushHello]) -> Vec<Option<Greeted>> {
        self.store.greet_push_agents(hellos, TODAY).await.unwrap()
    }
}

pub(crate) fn agent(n: u32) -> UserAgentId {
    // Names are not in the order of their numbers.
    UserAgentId::from_bytes(u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

pub(crate) fn channel(n: u32, c: u32) -> ChannelId {
    ChannelId::from_bytes((u128::from(c) << 64 | u128::from(n)).to_be_bytes())
}

pub(crate) fn hello(n: u32, session: i64) -> PushHello {
    PushHello { agent: agent(n), node: NODE, session }
}

pub(crate) fn message(n: u32, body: &[u8]) -> NewPushMessage<'_> {
    NewPushMessage {
        user_agent: agent(n),
        channel: channel(n, 0),
        topic: None,
        urgency: Urgency::Normal,
        body,
        ttl: 3600,
    }
}

fn about<'a>(n: u32, topic: &'a str, body: &'a [u8]) -> NewPushMessage<'a> {
    NewPushMessage { topic: Some(topic), ..message(n, body) }
}

fn at_once(n: u32, body: &[u8]) -> NewPushMessage<'_> {
    NewPushMessage { ttl: 0, ..message(n, body) }
}

fn id(kept: Kept) -> i64 {
    match kept {
        Kept::Kept(id) => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_kept_is_what_is_loaded() {
    let office = Office::with(1..3).await;
    let full = vec![0xff; 4096];
    let urgent = NewPushMessage { urgency: Urgency::High, ttl: 60, ..message(1, &full) };
    let kept = office.keep(&[message(1, b""), urgent, message(2, b"other"), message(3, b"nobody")], WIDE).await;
    let ids: Vec<i64> = kept[..3].iter().map(|kept| id(*kept)).collect();
    assert!(ids.is_sorted() && kept[3] == Kept::Gone, "{kept:?}");
    let expected = PushMessage {
        id: ids[1],
        channel: channel(1, 0),
        urgency: Urgency::High,
        body: full.clone(),
        ttl: 60,
        expires_at: NOW + Duration::from_secs(60),
    };
    assert_eq!(office.load(1).await[0], expected);
    assert_eq!(office.bodies(1).await, [full, Vec::new()]);
    let wanted = [(agent(2), true), (agent(3), true), (agent(1), false), (agent(2), false)];
    let loaded = office.store.load_push_messages(&wanted, 1, NOW).await.unwrap();
    let loaded: Vec<Vec<i64>> = loaded.iter().map(|m| m.iter().map(|m| m.id).collect()).collect();
    assert_eq!(loaded, [vec![ids[2]], vec![], vec![ids[1]], vec![ids[2]]]);
}

#[tokio::test]
async fn empty_calls_do_nothing() {
    let office = Office::new().await;
    assert!(office.keep(&[], WIDE).await.is_empty());
    assert!(office.greet(&[]).await.is_empty());
    assert!(office.store.load_push_messages(&[], 10, NOW).await.unwrap().is_empty());
    assert!(office.store.push_nodes(&[]).await.unwrap().is_empty());
    office.store.leave_push_agents(&[]).await.unwrap();
    office.store.acknowledge_push_messages(&[]).await.unwrap();
    office.store.tell_push_nodes(&[]).await.unwrap();
}

#[tokio::test]
async fn message_that_breaks_a_rule_spoils_its_call_only() {
    let office = Office::with(1..2).await;
    let (long, body) = ("x".repeat(33), vec![0; 4097]);
    for wrong in [about(1, &long, b""), message(1, &body)] {
        assert!(office.store.keep_push_messages(&[message(1, b"good"), wrong], WIDE, NOW).await.is_err());
    }
    assert!(office.load(1).await.is_empty());
}

#[tokio::test]
async fn topic_replaces_what_it_finds_and_the_last_of_a_call_counts() {
    let office = Office::with(1..3).await;
    office.register(1, 1).await;
    let elsewhere = NewPushMessage { channel: channel(1, 1), ..about(1, "a", b"1 elsewhere") };
    let kept = office.keep(&[about(1, "a", b"1"), about(2, "a", b"2"), elsewhere, about(1, "b", b"b")], WIDE).await;
    let later = NewPushMessage { urgency: Urgency::High, ttl: 9, ..about(1, "a", b"later") };
    let again = office.keep(&[about(1, "a", b"lost"), message(1, b"plain"), later], WIDE).await;
    assert_eq!(again[0], again[2]);
    assert!(id(again[2]) > id(kept[3]));
    assert_eq!(office.bodies(1).await, [b"later".to_vec(), b"1 elsewhere".to_vec(), b"b".to_vec(), b"plain".to_vec()]);
    assert_eq!(office.load(1).await[0].expires_at, NOW + Duration::from_secs(9));
    assert_eq!(office.bodies(2).await, [b"2"]);
    // The name of what was replaced is nobody's any more.
    office.store.acknowledge_push_messages(&[(agent(1), id(kept[0]))]).await.unwrap();
    assert!(!office.store.take_back_push_message(agent(1), id(kept[0])).await.unwrap());
    assert_eq!(office.load(1).await.len(), 4);
}

#[tokio::test]
async fn bounds_hold_within_a_call_and_replacing_is_not_one_more() {
    let office = Office::with(1..3).await;
    let bounds = PushBounds { messages: 3, bytes: 10 };
    let kept = office.keep(&[about(1, "a", b"1"), about(1, "b", b"2"), message(2, b"2")], bounds).await;
    assert!(kept.iter().all(|kept| matches!(kept, Kept::Kept(_))));
    let third = office.keep(&[message(1, b"3"), about(1, "a", b"4"), message(1, b"5"), message(2, b"6")], bounds).await;
    assert!(matches!(third[..], [Kept::Kept(_), Kept::Kept(_), Kept::Full, Kept::Kept(_)]), "{third:?}");
    // Three bytes in three messages: a replacing one may bring eight.
    assert_eq!(office.keep(&[about(1, "b", b"123456789")], bounds).await, [Kept::Full]);
    id(office.keep(&[about(1, "b", b"12345678")], bounds).await[0]);
    id(office.keep(&[about(1, "b", b"")], bounds).await[0]);
    assert_eq!(office.bodies(1).await, [b"3".to_vec(), b"4".to_vec(), Vec::new()]);
    // What expired takes no room, and whoever replaces it is one more.
    id(office.keep(&[about(2, "a", b"old")], bounds).await[0]);
    let (later, one) = (NOW + Duration::from_secs(3600), PushBounds { messages: 1, ..bounds });
    let new = [message(1, b"1234567890"), message(2, b""), about(2, "a", b"new")];
    let kept = office.store.keep_push_messages(&new, one, later).await.unwrap();
    assert!(matches!(kept[..], [Kept::Kept(_), Kept::Kept(_), Kept::Full]), "{kept:?}");
}

#[tokio::test]
async fn ttl_0_is_for_who_is_connected() {
    let office = Office::with(1..3).await;
    office.store.leave_push_agents(&[hello(2, 2)]).await.unwrap();
    let kept = office.keep(&[at_once(1, b"now"), at_once(2, b"nobody"), at_once(3, b"")], WIDE).await;
    assert!(matches!(kept[..], [Kept::Kept(_), Kept::Discarded(_), Kept::Gone]), "{kept:?}");
    let load = async |n, at_hello, after| {
        let now = NOW + Duration::from_secs(after);
        office.store.load_push_messages(&[(agent(n), at_hello)], 9, now).await.unwrap().remove(0).len()
    };
    assert_eq!([load(1, false, 59).await, load(1, false, 60).await, load(1, true, 0).await], [1, 0, 0]);
    assert_eq!(load(2, false, 0).await, 0);
}

#[tokio::test]
async fn ttl_0_replaces_a_message_though_nobody_is_there_to_get_it() {
    let office = Office::with(1..2).await;
    office.store.leave_push_agents(&[hello(1, 1)]).await.unwrap();
    let old = id(office.keep(&[about(1, "a", b"old")], WIDE).await[0]);
    let new = id(office.keep(&[NewPushMessage { ttl: 0, ..about(1, "a", b"new") }], WIDE).await[0]);
    assert!(!office.store.take_back_push_message(agent(1), old).await.unwrap());
    let at_hello = office.store.load_push_messages(&[(agent(1), true)], 9, NOW).await.unwrap();
    assert!(at_hello[0].is_empty());
    assert!(office.store.take_back_push_message(agent(1), new).await.unwrap());
    assert!(matches!(
        office.keep(&[NewPushMessage { ttl: 0, ..about(1, "a", b"") }], WIDE).await[..],
        [Kept::Discarded(_)]
    ));
}

#[tokio::test]
async fn greeting_tells_who_was_there_before() {
    let office = Office::with(1..3).await;
    assert_eq!(office.store.push_nodes(&[agent(1), agent(3), agent(1)]).await.unwrap(), [(agent(1), NODE)]);
    let former = |node, session| Some(Greeted { former: Some((node, session)) });
    // Of two sockets of one user agent in one call, the later wins.
    let [a, b] = [PushHello { node: 5, ..hello(1, 10) }, PushHello { node: 6, ..hello(1, 11) }];
    let greeted = office.greet(&[a, hello(3, 1), hello(2, 12), b]).await;
    assert_eq!(greeted, [former(NODE, 1), None, former(NODE, 2), former(5, 10)]);
    assert_eq!(office.store.push_nodes(&[agent(1)]).await.unwrap(), [(agent(1), 6)]);
    // Only the last socket leaves.
    let others = [PushHello { node: 5, ..b }, PushHello { session: 10, ..b }];
    for (left, is_there) in [(a, true), (others[0], true), (others[1], true), (b, false), (b, false)] {
        office.store.leave_push_agents(&[left, hello(9, 9)]).await.unwrap();
        assert_eq!(!office.store.push_nodes(&[agent(1)]).await.unwrap().is_empty(), is_there);
    }
    assert_eq!(office.greet(&[a]).await, [Some(Greeted { former: None })]);
    // Registering a channel does not take a user agent from where it is.
    office.register(1, 1).await;
    assert_eq!(office.store.push_nodes(&[agent(1)]).await.unwrap(), [(agent(1), 5)]);
}

#[tokio::test]
async fn channels_come_and_go_with_their_messages() {
    let office = Office::with(1..3).await;
    let register = async |c| office.store.register_push_channel(&hello(1, 1), channel(1, c), 2, NOW).await.unwrap();
    assert_eq!(register(1).await, Registration::Registered);
    assert_eq!([register(2).await, register(1).await], [Registration::TooMany, Registration::Registered]);
    let other = NewPushMessage { channel: channel(1, 1), ..message(1, b"other") };
    office.keep(&[message(1, b"1"), other, message(2, b"2")], WIDE).await;
    assert!(!office.store.unregister_push_channel(agent(2), channel(1, 0)).await.unwrap());
    assert!(office.store.unregister_push_channel(agent(1), channel(1, 0)).await.unwrap());
    assert!(!office.store.unregister_push_channel(agent(1), channel(1, 0)).await.unwrap());
    assert_eq!(office.keep(&[message(1, b"late")], WIDE).await, [Kept::Gone]);
    assert_eq!(office.bodies(1).await, [b"other"]);
    assert_eq!(register(2).await, Registration::Registered);
    office.store.reset_push_agent(agent(1)).await.unwrap();
    assert_eq!(office.keep(&[other, at_once(1, b"")], WIDE).await, [Kept::Gone, Kept::Gone]);
    assert!(office.load(1).await.is_empty());
    assert_eq!(office.greet(&[hello(1, 1), hello(2, 2)]).await[0], None);
    assert_eq!(office.bodies(2).await, [b"2"]);
    office.register(1, 0).await;
    id(office.keep(&[message(1, b"again")], WIDE).await[0]);
}

async fn hear(listener: &mut PushListener) -> Option<PushNews> {
    tokio::time::timeout(Duration::from_secs(20), listener.next()).await.expect("something is heard").unwrap()
}

#[tokio::test]
async fn nodes_hear_what_they_are_told_and_when_they_may_have_missed_something() {
    let office = Office::new().await;
    let mut listener = office.store.listen_push(NODE).await.unwrap();
    let many: Vec<UserAgentId> = (0..600).map(agent).collect();
    let news = [PushNews::Replaced(agent(1), i64::MIN), PushNews::Reset(agent(2)), PushNews::Look(many.clone())];
    let mut told: Vec<(i64, PushNews)> = news.iter().map(|news| (NODE, news.clone())).collect();
    told.insert(1, (NODE + 1, PushNews::Reset(agent(9))));
    office.store.tell_push_nodes(&told).await.unwrap();
    assert_eq!(hear(&mut listener).await.as_ref(), Some(&news[0]));
    assert_eq!(hear(&mut listener).await.as_ref(), Some(&news[1]));
    let mut heard = Vec::new();
    while heard.len() < many.len() {
        let Some(PushNews::Look(part)) = hear(&mut listener).await else { panic!("only this was told") };
        heard.extend(part);
    }
    assert_eq!(heard, many);
    let pool = office.database.pool().await;
    // What nobody understands is passed over.
    sqlx::query("select pg_notify('push_fffffffffffffff9', 'sing a song')").execute(&pool).await.unwrap();
    let kill = "select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity
        where datname = current_database() and query ilike 'listen%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(kill).fetch_one(&pool).await.unwrap(), 1);
    office.store.tell_push_nodes(&[(NODE, news[1].clone())]).await.unwrap();
    assert_eq!(hear(&mut listener).await, None);
    office.store.tell_push_nodes(&[(NODE, news[0].clone())]).await.unwrap();
    assert_eq!(hear(&mut listener).await.as_ref(), Some(&news[0]));
}

#[tokio::test]
async fn what_is_over_is_pruned_and_who_never_comes_is_forgotten() {
    let office = Office::with(1..5).await;
    let short = |n| NewPushMessage { ttl: 5, ..message(n, b"short") };
    office.keep(&[short(1), message(1, b"long"), short(2), short(3), message(4, b"4")], WIDE).await;
    let prune =
        async |after, limit| office.store.prune_push_messages(NOW + Duration::from_secs(after), limit).await.unwrap();
    assert_eq!([prune(4, 10).await, prune(5, 2).await, prune(5, 10).await, prune(5, 10).await], [0, 2, 1, 0]);
    assert_eq!(office.bodies(1).await, [b"long"]);
    let tomorrow = TODAY.next_day().unwrap();
    office.store.greet_push_agents(&[hello(1, 2)], tomorrow).await.unwrap();
    let forget = async |before, limit| office.store.forget_push_agents(before, limit).await.unwrap();
    assert_eq!([forget(TODAY, 9).await, forget(tomorrow, 2).await, forget(tomorrow, 9).await], [0, 2, 1]);
    let known: Vec<bool> = office.greet(&[1, 2, 3, 4].map(|n| hello(n, 3))).await.iter().map(Option::is_some).collect();
    assert_eq!(known, [true, false, false, false]);
    assert_eq!(office.keep(&[message(4, b"")], WIDE).await, [Kept::Gone]);
    assert!(office.load(4).await.is_empty());
}

#[tokio::test]
async fn figures_say_how_much_there_is() {
    let office = Office::with(1..4).await;
    office.register(1, 1).await;
    office.keep(&[message(1, b"1"), message(2, b"2")], WIDE).await;
    // A connection reports what it did when it ends.
    office.store.close().await;
    let counted = async {
        loop {
            let figures = office.database.store().push_figures().await.unwrap();
            if (figures.agents, figures.channels, figures.messages) == (3, 4, 2) {
                return figures;
            }
        }
    };
    let figures = tokio::time::timeout(Duration::from_secs(20), counted).await.expect("they are right at some time");
    assert!(figures.message_bytes >= 8192, "{figures:?}");
}
