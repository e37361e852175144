//! Updates, corrections and cancellations.

use munadi_domain::{
    message::Lane,
    notice::{Intent, State},
    vocabulary::{MsgType, Severity, Status, Urgency},
};
use munadi_services::notices::{Confirmation, NoticeRecord};
use munadi_testkit::{
    NoticeWorld,
    people::{id, revision},
};
use munadi_transparency::{verdict::Verdict, verify::verify_json};

use super::{check, said};

const ACTUAL: Confirmation = Confirmation { status: Status::Actual };

fn refers_to(record: &NoticeRecord) -> Vec<String> {
    record.notice.frozen().unwrap().payload.references.clone()
}

#[tokio::test]
async fn what_follows_ends_what_it_follows() {
    let w = NoticeWorld::new().await;
    for (intent, msg_type, end) in [
        (Intent::Update, MsgType::Update, State::Superseded),
        (Intent::Correct, MsgType::Update, State::Superseded),
        (Intent::Cancel, MsgType::Cancel, State::Withdrawn),
    ] {
        let original = w.published().await;
        let follower = w.followed_by(&original, intent).await;
        let ended = w.show(id(&original)).await;
        assert_eq!((ended.notice.state(), ended.ended_by), (end, Some(id(&follower))), "{intent:?}");
        assert_eq!((ended.envelope.as_ref(), &ended.version), (original.envelope.as_ref(), &original.version));
        let head = follower.notice.head();
        assert_eq!((head.replaces, head.family, head.intent), (Some(id(&original)), id(&original), intent));
        assert_eq!(follower.notice.frozen().unwrap().payload.msg_type, msg_type);
        assert_eq!(refers_to(&follower), [id(&original).to_string()]);
        let directory = w.world.directory.current().await.unwrap();
        let verdict = verify_json(follower.envelope.as_ref().unwrap().as_bytes(), &directory, w.now());
        assert!(matches!(verdict, Verdict::Official(_)), "{verdict}");
    }
}

#[tokio::test]
async fn a_family_stays_together() {
    let w = NoticeWorld::new().await;
    let first = w.published().await;
    let second = w.followed_by(&first, Intent::Update).await;
    let third = w.followed_by(&second, Intent::Cancel).await;
    assert_eq!(third.notice.head().family, id(&first));
    assert_eq!(refers_to(&third), [id(&second).to_string()]);
    assert_eq!(w.show(id(&first)).await.notice.state(), State::Superseded);
    assert_eq!(w.show(id(&second)).await.notice.state(), State::Withdrawn);
}

#[tokio::test]
async fn what_has_ended_is_followed_no_more() {
    let w = NoticeWorld::new().await;
    let original = w.published().await;
    let (late, cancel) = (w.follow(&original, Intent::Update).await, w.follow(&original, Intent::Cancel).await);
    let late = w.approve(&w.submit(&late).await).await;
    let cancel = w.submit(&cancel).await;
    w.followed_by(&original, Intent::Correct).await;
    let taken_back = w.followed_by(&w.published().await, Intent::Cancel).await;
    let (n, by) = (&w.notices, w.publisher.publisher());
    check(&[
        (
            "another one begun",
            said(n.follow(&w.author.drafter(), id(&original), Intent::Update).await),
            "conflict: the notice is superseded",
        ),
        ("another one published", said(n.publish(by, id(&late), revision(&late), ACTUAL).await), "conflict: ntc_"),
        ("canceled", said(n.publish(by, id(&cancel), revision(&cancel), ACTUAL).await), "conflict: ntc_"),
        (
            "what is not out",
            said(n.follow(&w.author.drafter(), id(&w.draft().await), Intent::Cancel).await),
            "conflict: the notice is draft",
        ),
        ("what is in review", said(n.follow(&w.author.drafter(), id(&late), Intent::Update).await), "conflict: "),
        (
            "a cancel canceled",
            said(n.follow(&w.author.drafter(), id(&taken_back), Intent::Cancel).await),
            "conflict: this cancels something itself",
        ),
        ("nothing", said(n.follow(&w.author.drafter(), id(&original), Intent::Alert).await), "invalid: "),
    ]);
}

#[tokio::test]
async fn one_person_takes_back_what_it_takes_three_to_publish() {
    let w = NoticeWorld::new().await;
    let mut content = w.content();
    content.severity = Some(Severity::Extreme);
    let original = w.publish(&w.approve(&w.submit(&w.draft_of(&content).await).await).await).await;
    // The deputy has a hand in everything here.
    let cancel = w.notices.follow(&w.deputy.drafter(), id(&original), Intent::Cancel).await.unwrap();
    let frozen = w.notices.freeze(w.deputy.author(), id(&cancel), 1).await.unwrap();
    let signature = w.deputy.sign(munadi_transparency::notice::Role::Author, &frozen.payload, w.now());
    let state = w.notices.submit(w.deputy.author(), id(&cancel), frozen.revision, &signature).await.unwrap();
    assert_eq!(state, State::Approved);
    w.notices.publish(w.deputy.publisher(), id(&cancel), frozen.revision + 1, ACTUAL).await.unwrap();
    assert_eq!(w.show(id(&original)).await.notice.state(), State::Withdrawn);
}

#[tokio::test]
async fn who_follows_an_emergency_is_in_no_less_of_a_hurry() {
    let w = NoticeWorld::new().await;
    let lane = |record: &NoticeRecord| if record.emergency == Some(true) { Lane::Emergency } else { Lane::Routine };
    for (first, second, expected) in [
        (Urgency::Immediate, Urgency::Past, Lane::Emergency),
        (Urgency::Future, Urgency::Past, Lane::Routine),
        (Urgency::Future, Urgency::Expected, Lane::Emergency),
    ] {
        let mut content = w.content();
        content.urgency = Some(first);
        let original = w.publish(&w.approve(&w.submit(&w.draft_of(&content).await).await).await).await;
        let draft = w.follow(&original, Intent::Update).await;
        content.urgency = Some(second);
        let edited = w.notices.edit(&w.author.drafter(), id(&draft), 1, &content).await.unwrap();
        let update = w.publish(&w.approve(&w.submit(&edited).await).await).await;
        assert_eq!(lane(&update), expected, "{first} then {second}");
    }
}
