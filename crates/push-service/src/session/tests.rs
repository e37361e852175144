use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::message::Message;

const AGENT: UserAgentId = UserAgentId::from_bytes([0xab; 16]);
const CHANNEL: ChannelId = ChannelId::from_bytes([0x01; 16]);
const HELLO: &str = r#"{"messageType":"hello","use_webpush":true}"#;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn message(id: i64) -> SharedMessage {
    Arc::new(Message { id, channel: CHANNEL, body: vec![1].into(), ttl: 60 })
}

fn messages(ids: impl IntoIterator<Item = i64>) -> Vec<SharedMessage> {
    ids.into_iter().map(message).collect()
}

fn mail(ids: impl IntoIterator<Item = i64>) -> Event<'static> {
    Event::Mail { messages: messages(ids), look: false }
}

fn ack(ids: impl IntoIterator<Item = i64>) -> String {
    let updates: Vec<_> = ids.into_iter().map(|id| format!(r#"{{"version":"{id}","code":100}}"#)).collect();
    format!(r#"{{"messageType":"ack","updates":[{}]}}"#, updates.join(","))
}

/// Effects in short, so that a case fits on a line.
fn short(effects: &[Effect]) -> String {
    let one = |effect: &Effect| match effect {
        Effect::Send(text) => match serde_json::from_str::<serde_json::Value>(text).unwrap() {
            value if value["messageType"] == "notification" => format!("#{}", value["version"].as_str().unwrap()),
            value => match value["messageType"].as_str() {
                Some(kind) => format!("{kind} {}", value["status"]),
                None => "pong".to_owned(),
            },
        },
        Effect::Ping => "ping".to_owned(),
        Effect::Greet(claimed) => if claimed.is_some() { "greet again" } else { "greet" }.to_owned(),
        Effect::Load { at_hello } => if *at_hello { "load first" } else { "load" }.to_owned(),
        Effect::Register { key, .. } => format!("make endpoint {}", key.as_deref().unwrap_or("for all")),
        Effect::Unregister { code, .. } => format!("forget endpoint {code:?}"),
        Effect::Acknowledge(ids) => format!("delete {ids:?}"),
        Effect::Count(became) => format!("{became:?}"),
        Effect::Close(why) => format!("close {}", why.as_str()),
    };
    effects.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Runs events at their seconds, and compares what comes of each.
#[track_caller]
fn check(mut session: Session, cases: Vec<(u64, Event<'_>, &str)>) {
    for (at, event, expected) in cases {
        let what = format!("{event:?}");
        assert_eq!(short(&session.on(event, seconds(at))), expected, "{what} at {at} s");
    }
}

/// A session that has said hello at second 0 and is up to date.
fn open() -> Session {
    let mut session = Session::new(Duration::ZERO);
    assert_eq!(short(&session.on(Event::Frame(HELLO), Duration::ZERO)), "greet");
    let effects = session.on(Event::Greeted { agent: AGENT, known: true }, Duration::ZERO);
    assert_eq!(short(&effects), "hello 200, load first");
    assert_eq!(short(&session.on(Event::Loaded(Vec::new()), Duration::ZERO)), "");
    session
}

#[test]
fn nothing_is_said_before_hello() {
    for frame in
        ["{}", r#"{"messageType":"ack","updates":[]}"#, r#"{"messageType":"hello","use_webpush":false}"#, "hello", ""]
    {
        check(
            Session::new(Duration::ZERO),
            vec![(0, Event::Frame(frame), "close protocol"), (1, Event::Frame(HELLO), "")],
        );
    }
    let silent = Session::new(Duration::ZERO);
    assert_eq!(silent.deadline(), seconds(5));
    // A pong is no hello.
    check(
        silent,
        vec![(4, Event::Sign, ""), (4, Event::Time, ""), (5, Event::Time, "close silence"), (6, Event::Time, "")],
    );
}

#[test]
fn hello_is_said_once() {
    let uaid = format!(r#"{{"messageType":"hello","use_webpush":true,"uaid":"{}"}}"#, "0a".repeat(16));
    let foreign = r#"{"messageType":"hello","use_webpush":true,"uaid":"somebody else's"}"#;
    check(
        Session::new(Duration::ZERO),
        vec![(0, Event::Frame(&uaid), "greet again"), (0, Event::Frame(HELLO), "close protocol")],
    );
    check(
        Session::new(Duration::ZERO),
        vec![
            (0, Event::Frame(foreign), "greet"),
            (0, Event::Greeted { agent: AGENT, known: false }, "hello 200"),
            (0, Event::Frame(HELLO), "close protocol"),
        ],
    );
}

#[test]
fn backlog_comes_in_batches_each_after_the_last_is_acknowledged() {
    let (first, rest) = (ack(1..=9), ack([10]));
    check(
        Session::new(Duration::ZERO),
        vec![
            (0, Event::Frame(HELLO), "greet"),
            (0, Event::Greeted { agent: AGENT, known: true }, "hello 200, load first"),
            (0, Event::Loaded(messages(1..=10)), "#1, #2, #3, #4, #5, #6, #7, #8, #9, #10"),
            (1, Event::Frame(&first), "delete [1, 2, 3, 4, 5, 6, 7, 8, 9]"),
            (2, Event::Frame(&rest), "delete [10], load"),
            (2, Event::Loaded(messages([11])), "#11"),
            (3, Event::Frame(&ack([11])), "delete [11]"),
            (4, mail([12]), "#12"),
        ],
    );
}

#[test]
fn news_during_the_backlog_stays_in_the_store() {
    check(
        Session::new(Duration::ZERO),
        vec![
            (0, Event::Frame(HELLO), "greet"),
            (0, mail([1]), ""),
            (0, Event::Greeted { agent: AGENT, known: true }, "hello 200, load first"),
            (0, Event::Loaded(messages([1])), "#1"),
            (0, mail([2]), ""),
            (1, Event::Frame(&ack([1])), "delete [1], load"),
            (1, Event::Loaded(messages([2])), "#2"),
            (1, mail([2]), ""),
            (2, Event::Frame(&ack([2])), "delete [2]"),
            (2, mail([2, 3]), "#3"),
        ],
    );
    // Nothing was found at hello, but something has come meanwhile.
    check(
        Session::new(Duration::ZERO),
        vec![
            (0, Event::Frame(HELLO), "greet"),
            (0, mail([1]), ""),
            (0, Event::Greeted { agent: AGENT, known: true }, "hello 200, load first"),
            (0, Event::Loaded(Vec::new()), "load"),
            (0, Event::Loaded(messages([1])), "#1"),
        ],
    );
}

#[test]
fn whoever_does_not_acknowledge_gets_no_more() {
    let mut session = open();
    let window = i64::try_from(WINDOW).unwrap();
    assert_eq!(session.on(mail(1..=window), seconds(1)).len(), WINDOW);
    check(
        session,
        vec![
            (2, mail([100, 101]), ""),
            (3, Event::Frame(&ack(2..=window)), &format!("delete {:?}", (2..=window).collect::<Vec<_>>())),
            (4, mail([102]), ""),
            (5, Event::Frame(&ack([1])), "delete [1], load"),
            (5, Event::Loaded(messages([100, 101, 102])), "#100, #101, #102"),
        ],
    );
}

#[test]
fn news_of_another_node_is_looked_for() {
    let look = || Event::Mail { messages: Vec::new(), look: true };
    check(
        open(),
        vec![
            (1, look(), "load"),
            (1, Event::Loaded(messages([1])), "#1"),
            (2, look(), ""),
            (3, Event::Frame(&ack([1])), "delete [1], load"),
            (3, Event::Loaded(Vec::new()), ""),
        ],
    );
}

#[test]
fn only_what_was_sent_is_acknowledged_once() {
    check(
        open(),
        vec![
            (1, mail([7]), "#7"),
            (2, Event::Frame(&ack([6])), ""),
            (2, Event::Frame(r#"{"messageType":"ack","updates":[{"version":"seven"},{"version":"07"}]}"#), ""),
            (3, Event::Frame(&ack([7, 7])), "delete [7]"),
            (4, Event::Frame(&ack([7])), ""),
            (5, mail([8, 9, 10]), "#8, #9, #10"),
            (
                6,
                Event::Frame(
                    r#"{"messageType":"ack","updates":[{"version":"8","code":101},{"version":"9","code":102}]}"#,
                ),
                "Undecryptable, NotTaken, delete [8, 9]",
            ),
            (7, Event::Frame(r#"{"messageType":"nack","version":"10","code":302}"#), "NotTaken, delete [10]"),
            (8, Event::Frame(r#"{"messageType":"nack","version":"10","code":301}"#), ""),
        ],
    );
}

#[test]
fn a_message_without_a_body_holds_up_nothing() {
    let empty = |id| Arc::new(Message { body: Vec::new().into(), ..(*message(id)).clone() });
    let backlog: Vec<_> = (1..=9).map(empty).chain([message(10)]).collect();
    let mut session = Session::new(Duration::ZERO);
    session.on(Event::Frame(HELLO), Duration::ZERO);
    session.on(Event::Greeted { agent: AGENT, known: true }, Duration::ZERO);
    let sent = short(&session.on(Event::Loaded(backlog), Duration::ZERO));
    assert!(sent.starts_with("#1, delete [1], #2, delete [2]") && sent.ends_with("#9, delete [9], #10"), "{sent}");
    check(
        session,
        vec![
            (1, Event::Frame(&ack([10])), "delete [10], load"),
            (1, Event::Loaded(Vec::new()), ""),
            (2, Event::Mail { messages: vec![empty(11)], look: false }, "#11, delete [11]"),
            (3, Event::Frame(&ack([11])), ""),
        ],
    );
}

#[test]
fn endpoints_are_made_and_forgotten() {
    let register = format!(r#"{{"messageType":"register","channelID":"{CHANNEL}","key":"BPk"}}"#);
    let open_to_all = format!(r#"{{"messageType":"register","channelID":"{CHANNEL}","key":""}}"#);
    let unregister = format!(r#"{{"messageType":"unregister","channelID":"{CHANNEL}","code":202}}"#);
    check(
        open(),
        vec![
            (1, Event::Frame(&register), "make endpoint BPk"),
            (
                1,
                Event::Registered { channel: CHANNEL, outcome: Ok("https://push.example/x".to_owned()) },
                "register 200",
            ),
            (2, Event::Frame(&open_to_all), "make endpoint for all"),
            (2, Event::Registered { channel: CHANNEL, outcome: Err(Refusal::TooMany) }, "register 429"),
            (2, Event::Registered { channel: CHANNEL, outcome: Err(Refusal::Key) }, "register 400"),
            (3, Event::Frame(&unregister), "forget endpoint Some(202), unregister 200"),
            (4, Event::Frame(r#"{"messageType":"broadcast_subscribe","broadcasts":{"a":"b"}}"#), ""),
            (5, Event::Frame(r#"{"messageType":"register","channelID":"../../etc"}"#), "close protocol"),
        ],
    );
}

#[test]
fn silence_is_asked_about_and_then_ended() {
    let mut session = open();
    assert_eq!(session.deadline(), seconds(300));
    assert_eq!(short(&session.on(Event::Time, seconds(300))), "ping");
    assert_eq!(session.deadline(), seconds(304));
    assert_eq!(short(&session.on(Event::Sign, seconds(302))), "");
    assert_eq!(session.deadline(), seconds(602));
    check(session, vec![(602, Event::Time, "ping"), (605, Event::Time, ""), (606, Event::Time, "close dead")]);
}

#[test]
fn pings_are_answered_unless_they_are_too_many() {
    check(
        open(),
        vec![
            (10, Event::Frame("{}"), "pong"),
            (55, Event::Frame("{}"), "pong"),
            (99, Event::Frame(r#"{"messageType":"ping"}"#), "close excess"),
        ],
    );
}

#[test]
fn whoever_asks_without_end_is_cut_off() {
    let mut session = open();
    let frame = r#"{"messageType":"broadcast_subscribe","broadcasts":{}}"#;
    for _ in 0..FRAMES {
        assert_eq!(short(&session.on(Event::Frame(frame), seconds(59))), "");
    }
    assert_eq!(short(&session.on(Event::Frame(&ack([1])), seconds(60))), "");
    let mut session = open();
    for _ in 0..FRAMES {
        session.on(Event::Frame(&ack([1])), seconds(59));
    }
    assert_eq!(short(&session.on(Event::Frame(frame), seconds(59))), "close excess");
}

#[test]
fn endings_are_said_once_in_their_numbers() {
    for (event, expected, code) in [
        (Event::Replaced, Close::Replaced, 1_000),
        (Event::Reset, Close::Reset, 1_000),
        (Event::Shutdown, Close::Shutdown, 1_001),
        (Event::Trouble, Close::Trouble, 1_013),
    ] {
        let mut session = open();
        assert_eq!(session.on(event, seconds(1)), [Effect::Close(expected)]);
        assert_eq!(expected.code(), code);
        assert_eq!(session.on(mail([1]), seconds(2)), []);
    }
    assert_eq!((Close::Excess.code(), Close::Protocol.code()), (4_774, 1_008));
}

/// A user agent and a store against which any order of events is run.
#[derive(Debug, Default)]
struct World {
    stored: Vec<i64>,
    next: i64,
    on_the_way: Vec<i64>,
    seen: Vec<i64>,
    posted: Vec<i64>,
}

#[derive(Debug, Clone)]
enum Step {
    /// A message is stored; the session hears of it, or only that there is one, or nothing until later.
    Post(u8),
    /// The user agent acknowledges so many.
    Ack(u8),
    /// What was not told is told.
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![(0_u8..3).prop_map(Step::Post), (1_u8..40).prop_map(Step::Ack), Just(Step::Look)]
}

impl World {
    /// Carries out effects as the driver does, until nothing follows.
    fn carry_out(&mut self, session: &mut Session, effects: Vec<Effect>) {
        let mut effects = std::collections::VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Send(text) => {
                    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                    if let Some(version) = value["version"].as_str() {
                        let id = version.parse().unwrap();
                        assert!(!self.seen.contains(&id), "{id} was sent twice");
                        self.seen.push(id);
                        self.on_the_way.push(id);
                    }
                }
                Effect::Load { .. } => {
                    assert!(self.on_the_way.is_empty(), "the last batch is not acknowledged");
                    let batch = self.stored.iter().copied().take(BATCH as usize);
                    let follows = session.on(Event::Loaded(messages(batch)), Duration::ZERO);
                    effects.extend(follows);
                }
                Effect::Acknowledge(ids) => self.stored.retain(|id| !ids.contains(id)),
                other => panic!("{other:?}"),
            }
        }
    }
}

proptest! {
    #[test]
    fn everything_arrives_once_whatever_the_order(steps in prop::collection::vec(step(), 0..200)) {
        let (mut world, mut session) = (World::default(), open());
        let mut untold = false;
        for step in steps.into_iter().chain([Step::Look]) {
            let effects = match step {
                Step::Post(kind) => {
                    world.next += 1;
                    let id = world.next;
                    world.stored.push(id);
                    world.posted.push(id);
                    match kind {
                        0 => session.on(mail([id]), Duration::ZERO),
                        1 => session.on(Event::Mail { messages: Vec::new(), look: true }, Duration::ZERO),
                        _ => { untold = true; Vec::new() }
                    }
                }
                Step::Ack(count) => {
                    let count = usize::from(count).min(world.on_the_way.len());
                    let ids: Vec<i64> = world.on_the_way.drain(..count).collect();
                    if ids.is_empty() { Vec::new() } else { session.on(Event::Frame(&ack(ids)), Duration::ZERO) }
                }
                Step::Look if untold => { untold = false; session.on(Event::Mail { messages: Vec::new(), look: true }, Duration::ZERO) }
                Step::Look => Vec::new(),
            };
            world.carry_out(&mut session, effects);
        }
        while !world.on_the_way.is_empty() {
            let ids: Vec<i64> = world.on_the_way.drain(..).collect();
            let effects = session.on(Event::Frame(&ack(ids)), Duration::ZERO);
            world.carry_out(&mut session, effects);
        }
        world.seen.sort_unstable();
        prop_assert_eq!(&world.seen, &world.posted);
        prop_assert!(world.stored.is_empty());
    }

    #[test]
    fn no_frame_panics(frames in prop::collection::vec(".{0,80}", 0..20)) {
        let mut session = open();
        for frame in &frames {
            let _ = session.on(Event::Frame(frame), Duration::ZERO);
        }
    }
}
