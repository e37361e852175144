//! Alerts in CAP that become notices, and alerts that update or cancel them.

use munadi_cap::{CapReference, stamp};
use munadi_domain::{
    access::Role,
    notice::{Intent, State},
    vocabulary::Severity,
};
use munadi_services::notices::NoticeRecord;
use munadi_testkit::{
    NoticeWorld,
    people::{id, test_officer},
};
use time::Duration;

use super::said;

const FLOOD: &str = include_str!("../../../crates/cap/testdata/sachet-uttar-pradesh-flood.cap");
const EARLIER: &str = "IN-1790656981155012_13";

/// The real alert as if it were sent now.
fn flood(w: &NoticeWorld) -> String {
    let until = stamp(w.now() + Duration::hours(13));
    let alert = FLOOD.replace("2026-09-29T21:00:00+05:30", &until);
    let alert = alert.replace("2026-09-29T08:12:40+05:30", &stamp(w.now()));
    alert.replace("2026-09-29T08:00:00+05:30", &stamp(w.now()))
}

/// The alert that the real one updates.
fn earlier(w: &NoticeWorld) -> String {
    let alert = flood(w);
    let (start, end) = (alert.find("<cap:references>").unwrap(), alert.find("  <cap:info>").unwrap());
    let alert = alert.replace(&alert[start..end], "");
    let alert = alert.replace("IN-1790656981155013_13", EARLIER);
    alert.replace(">Update<", ">Alert<")
}

fn references(alert: &str, to: &str) -> String {
    let (start, end) = (alert.find("<cap:references>").unwrap() + 16, alert.find("</cap:references>").unwrap());
    alert.replace(&alert[start..end], to)
}

async fn import(w: &NoticeWorld, alert: &str) -> NoticeRecord {
    let imported = w.notices.import_cap(&w.author.drafter(), alert.as_bytes()).await.unwrap();
    assert_eq!(imported.faults, [], "it can be submitted as it is");
    w.show(imported.notice).await
}

async fn publish(w: &NoticeWorld, draft: &NoticeRecord) -> NoticeRecord {
    let review = w.submit(draft).await;
    let approved = if draft.notice.head().intent == Intent::Cancel { review } else { w.approve(&review).await };
    w.publish(&approved).await
}

#[tokio::test]
async fn a_real_alert_becomes_a_notice() {
    let w = NoticeWorld::new().await;
    let draft = import(&w, &flood(&w)).await;
    let head = draft.notice.head();
    // What it updates was never published here: to those who get it, it is new.
    assert_eq!((head.intent, head.replaces), (Intent::Alert, None));
    assert!(head.editors.contains(&w.author.officer.id), "who brings it in answers for it");
    let content = &draft.content;
    assert_eq!(content.references, [format!("Uttar-Pradesh-SDMA,{EARLIER},2026-09-28T20:05:11+05:30")]);
    assert_eq!(content.severity, Some(Severity::Severe));
    let languages: Vec<&str> = content.languages.iter().map(|version| version.lang.as_str()).collect();
    assert_eq!(languages, ["en-IN", "hi"]);
    let audience = w.notices.audience(w.author.reader(), id(&draft)).await.unwrap();
    assert!(audience.districts.iter().any(|(name, _)| name == "Ballia"), "{audience:?}");
    let published = publish(&w, &draft).await;
    let payload = &published.notice.frozen().unwrap().payload;
    assert_eq!(payload.references, content.references);
    assert_eq!(payload.languages, content.languages);
}

#[tokio::test]
async fn an_update_follows_the_notice_of_the_alert_that_it_updates() {
    let w = NoticeWorld::new().await;
    let first = publish(&w, &import(&w, &earlier(&w)).await).await;
    let draft = import(&w, &flood(&w)).await;
    let head = draft.notice.head();
    assert_eq!((head.intent, head.replaces, head.family), (Intent::Update, Some(id(&first)), id(&first)));
    let second = publish(&w, &draft).await;
    assert_eq!(w.show(id(&first)).await.notice.state(), State::Superseded);
    let payload = &second.notice.frozen().unwrap().payload;
    let expected = [id(&first).to_string(), draft.content.references[0].clone()];
    assert_eq!(payload.references, expected);
}

#[tokio::test]
async fn a_later_alert_follows_what_became_of_the_first_one() {
    let w = NoticeWorld::new().await;
    let first = publish(&w, &import(&w, &earlier(&w)).await).await;
    let corrected = w.followed_by(&first, Intent::Correct).await;
    // The sender knows nothing of the correction, and cancels what it once sent.
    let cancel = flood(&w).replace(">Update<", ">Cancel<");
    let draft = import(&w, &cancel).await;
    assert_eq!((draft.notice.head().intent, draft.notice.head().replaces), (Intent::Cancel, Some(id(&corrected))));
    publish(&w, &draft).await;
    assert_eq!(w.show(id(&corrected)).await.notice.state(), State::Withdrawn);
    // There is nothing left to take back.
    let again = cancel.replace("IN-1790656981155013_13", "IN-1790656981155014_13");
    let refused = w.notices.import_cap(&w.author.drafter(), again.as_bytes()).await;
    assert!(said(refused).starts_with("invalid: alert/references"));
}

#[tokio::test]
async fn an_alert_can_name_a_notice_of_ours() {
    let w = NoticeWorld::new().await;
    let published = w.published().await;
    let own = CapReference::of_notice("floods@munadi.test", &published.notice.frozen().unwrap().payload).to_string();
    let foreign = "Uttar-Pradesh-SDMA,IN-1,2026-09-28T20:05:11+05:30";
    let draft = import(&w, &references(&flood(&w), &format!("{foreign} {own}"))).await;
    assert_eq!((draft.notice.head().intent, draft.notice.head().replaces), (Intent::Update, Some(id(&published))));
    assert_eq!(draft.content.references, [foreign], "our own is named by its id");
    publish(&w, &draft).await;
    assert_eq!(w.show(id(&published)).await.notice.state(), State::Superseded);
}

#[tokio::test]
async fn an_alert_follows_no_notice_of_another_department_and_none_that_is_not_out() {
    let w = NoticeWorld::new().await;
    let first = import(&w, &earlier(&w)).await;
    let early = import(&w, &flood(&w)).await;
    assert_eq!(early.notice.head().replaces, None, "the first is a draft");
    publish(&w, &first).await;
    let others = w.world.department(w.platform, "others").await;
    let stranger = test_officer(&w.world, &others, "stranger", &[Role::Drafter]).await;
    let imported = w.notices.import_cap(&stranger.drafter(), flood(&w).as_bytes()).await.unwrap();
    let draft = w.notices.show(stranger.reader(), imported.notice).await.unwrap();
    assert_eq!((draft.notice.head().intent, draft.notice.head().replaces), (Intent::Alert, None));
    let cancel = flood(&w).replace(">Update<", ">Cancel<");
    let refused = w.notices.import_cap(&stranger.drafter(), cancel.as_bytes()).await;
    assert!(said(refused).starts_with("invalid: alert/references"));
}

#[tokio::test]
async fn what_is_wrong_with_an_alert_is_said_and_nothing_stays() {
    let w = NoticeWorld::new().await;
    let by = w.author.drafter();
    for (document, expected) in [
        ("no XML".to_owned(), "invalid: "),
        (flood(&w).replace("Public", "Private"), "invalid: alert/scope"),
        (flood(&w).replace(">Update<", ">Ack<"), "invalid: alert/msgType"),
    ] {
        let answer = said(w.notices.import_cap(&by, document.as_bytes()).await);
        assert!(answer.starts_with(expected), "{answer}");
    }
    let old = w.notices.import_cap(&by, FLOOD.as_bytes()).await.unwrap();
    let places: Vec<&str> = old.faults.iter().map(|fault| fault.at.as_str()).collect();
    let is_over = w.now() > time::macros::datetime!(2026-09-29 21:00 +05:30);
    assert_eq!(places.contains(&"/expires"), is_over, "a draft, and what it lacks: {places:?}");
}
