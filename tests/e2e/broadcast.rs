//! A published notice reaches everybody whom it concerns, once, and what push services answer is heeded.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use munadi_domain::{area::Pin, notice::Intent};
use munadi_push_sink::Behavior;

use crate::rig::{
    eventually,
    town::{ELSEWHERE, HERE, Town, counts},
};

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_it_once_and_the_figures_are_the_push_services_own() {
    let mut town = Town::new().await;
    let neighbors = town.settle(HERE, 3_000).await;
    town.settle(ELSEWHERE, 200).await;
    let server = town.serve("").await;
    let notice = town.warn(&server).await;
    town.check_everybody_has_it(&server, notice, &neighbors).await;
    let sink = town.sink.counts();
    assert_eq!((sink.totals.accepted, sink.doubles(), sink.topics.len()), (3_000, 0, 1));
    let figures = town.figures(&server, notice).await;
    assert_eq!((&figures["batches"], &figures["providers"]["sink"]["sent"]), (&6.into(), &3_000.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_notice_reaches_those_who_got_it() {
    let mut town = Town::new().await;
    let here = town.settle(HERE, 40).await;
    let server = town.serve("").await;
    let alert = town.warn(&server).await;
    town.check_everybody_has_it(&server, alert, &here).await;

    // An update goes to them and to the area that it names; whoever came to the old area since is in neither.
    let there = town.settle(ELSEWHERE, 20).await;
    town.settle(HERE, 10).await;
    let moves = |area: &mut Vec<Pin>| *area = vec![ELSEWHERE.to_string().parse().unwrap()];
    let update = town.follower(alert, Intent::Update, |content| moves(&mut content.area.pins)).await;
    let update = town.publish(&server, &update).await;
    let both = [here, there].concat();
    town.check_everybody_has_it(&server, update, &both).await;

    // A correction goes to them alone, and so does the word that it is taken back.
    town.settle(ELSEWHERE, 10).await;
    let correction = town.follower(update, Intent::Correct, |content| content.languages[0].body.push('!')).await;
    let correction = town.publish(&server, &correction).await;
    town.check_everybody_has_it(&server, correction, &both).await;
    let cancel = town.follower(correction, Intent::Cancel, |_| {}).await;
    let cancel = town.publish(&server, &cancel).await;
    town.check_everybody_has_it(&server, cancel, &both).await;

    // On a phone each takes the place of the one before.
    let shown = town.citizens.shown(&town.sink);
    let places: Vec<_> = shown.values().map(|phones| phones.get(&both[0])).collect();
    assert!(shown.len() == 4 && places.iter().all(|place| *place == places[0]), "{places:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_not_sent_any_more() {
    let mut town = Town::new().await;
    let neighbors = town.settle(HERE, 1_500).await;
    let server = town.serve("api,relay,fanout").await;
    let alert = town.warn(&server).await;
    town.figures_when(&server, alert, |figures| figures["pending"] == 1_500).await;
    let cancel = town.follower(alert, Intent::Cancel, |_| {}).await;
    let cancel = town.publish(&server, &cancel).await;

    let _deliver = town.work("deliver");
    let figures = town.finished(&server, alert).await;
    assert_eq!(counts(&figures), [("audience", 1_500), ("expired", 1_500)]);
    town.check_everybody_has_it(&server, cancel, &neighbors).await;
    assert_eq!(town.sink.totals().accepted, 1_500);
}

/// When each citizen's push service was asked.
type Asked = Arc<Mutex<HashMap<u64, Vec<Instant>>>>;

/// A town whose push service answers so the first time, by the number of the citizen, and from then on takes everything.
async fn town_with_first_answers(answer: fn(u64) -> Behavior) -> (Town, Asked) {
    let asked = Asked::default();
    let log = Arc::clone(&asked);
    let town = Town::with(move |citizen| {
        let mut log = log.lock().unwrap();
        let times = log.entry(citizen).or_default();
        times.push(Instant::now());
        if times.len() == 1 { answer(citizen) } else { Behavior::Accept }
    });
    (town.await, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_push_service_ends_a_subscription() {
    let (mut town, _) = town_with_first_answers(|citizen| match citizen % 10 {
        0 => Behavior::Status(410),
        1 => Behavior::Status(404),
        2 => Behavior::RetryAfter(429, "2".to_owned()),
        3 => Behavior::Status(500),
        4 => Behavior::Reset,
        5 => Behavior::Hang,
        6 => Behavior::RetryAfter(503, "1".to_owned()),
        _ => Behavior::Accept,
    })
    .await;
    let neighbors = town.settle(HERE, 40).await;
    let server = town.serve("").await;
    let notice = town.warn(&server).await;
    let first = town.figures_when(&server, notice, |figures| figures["waiting"] == 20).await;
    assert_eq!(counts(&first), [("audience", 40), ("sent", 12), ("gone", 8), ("waiting", 20)]);
    let last = town.finished(&server, notice).await;
    assert_eq!(counts(&last), [("audience", 40), ("sent", 32), ("gone", 8)]);
    let left: Vec<i64> = neighbors.into_iter().filter(|citizen| citizen % 10 > 1).collect();
    town.check_phones(notice, &left);
    assert_eq!(town.count("select count(*) from subscription").await, 32);
    assert_eq!(town.sink.counts().doubles(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_again_before_the_time_that_was_asked_for() {
    const WAIT: Duration = Duration::from_secs(12);
    let (mut town, asked) = town_with_first_answers(|citizen| match citizen % 10 {
        0 => Behavior::RetryAfter(429, WAIT.as_secs().to_string()),
        1 => Behavior::Reset,
        _ => Behavior::Accept,
    })
    .await;
    let neighbors = town.settle(HERE, 10).await;
    let server = town.serve("").await;
    let notice = town.warn(&server).await;
    // Another one's trouble, in the same batch, is over sooner.
    let one = neighbors.iter().find(|citizen| **citizen % 10 == 0).copied();
    let one = u64::try_from(one.unwrap()).unwrap();
    let times = eventually("the second message", async || {
        asked.lock().unwrap().get(&one).filter(|times| times.len() > 1).cloned()
    })
    .await;
    let waited = times[1] - times[0];
    assert!(waited >= WAIT, "after {waited:?}");
    town.check_everybody_has_it(&server, notice, &neighbors).await;
}
