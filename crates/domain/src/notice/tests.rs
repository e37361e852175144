use std::sync::LazyLock;

use proptest::prelude::*;
use time::{Duration, macros::datetime};

use super::*;
use crate::{
    area::Area,
    content::{DraftContent, LanguageVersion},
    id::Seed,
    place::Places,
    topic::Topic,
    vocabulary::{Category, Certainty, Severity, Status, Urgency},
};

static INDIA: LazyLock<Places> = LazyLock::new(|| Places::india().unwrap());

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

fn officer(number: u8) -> OfficerId {
    OfficerId::new(Seed { unix_ms: 1, random: u128::from(number) << 12 })
}

fn draft(intent: Intent, severity: Severity, editors: &[u8]) -> Draft {
    let version = |tag: &str| LanguageVersion {
        lang: tag.parse().unwrap(),
        headline: "x".to_owned(),
        body: String::new(),
        instruction: String::new(),
    };
    let content = DraftContent {
        status: Some(Status::Exercise),
        category: Some(Category::Met),
        severity: Some(severity),
        urgency: Some(Urgency::Immediate),
        certainty: Some(Certainty::Observed),
        topic: Some(Topic::Flood),
        area: Area { pins: vec!["110001".parse().unwrap()], ..Area::default() },
        expires: Some(NOW + Duration::hours(1)),
        languages: vec![version("hi"), version("en-IN")],
        ..DraftContent::default()
    };
    let seed = Seed { unix_ms: 1, random: 0 };
    let id = NoticeId::new(seed);
    let editors = editors.iter().map(|number| officer(*number)).collect();
    let department = DepartmentId::new(seed);
    Draft { head: Head { id, department, family: id, intent, replaces: None, revision: 1, editors }, content }
}

fn frozen(draft: &Draft, author: u8) -> Frozen {
    let content = draft.content.complete(&INDIA, NOW).unwrap();
    Frozen { payload: Payload::freeze(&draft.head, content, 1, NOW), digest: [0; 32], author: officer(author) }
}

fn in_review(severity: Severity, author: u8, editors: &[u8]) -> InReview {
    let draft = draft(Intent::Alert, severity, editors);
    let frozen = frozen(&draft, author);
    match draft.submit(frozen, NOW).unwrap() {
        Submitted::InReview(review) => review,
        Submitted::Approved(_) => panic!("an alert needs an approver"),
    }
}

fn with_languages(review: InReview, by: u8) -> InReview {
    let review = review.approve_language(officer(by), "hi".parse().unwrap()).unwrap();
    review.approve_language(officer(by), "en-IN".parse().unwrap()).unwrap()
}

#[test]
fn author_cannot_approve() {
    let review = in_review(Severity::Severe, 1, &[]);
    assert_eq!(review.approve(officer(1), NOW), Err(Refusal::AuthorApproves));
}

#[test]
fn editor_cannot_approve_even_one_language() {
    let review = in_review(Severity::Severe, 1, &[2]);
    assert_eq!(review.approve_language(officer(2), "hi".parse().unwrap()), Err(Refusal::EditorApproves));
}

#[test]
fn every_language_must_be_approved_first() {
    let review = in_review(Severity::Severe, 1, &[]).approve_language(officer(2), "hi".parse().unwrap()).unwrap();
    assert_eq!(review.approve(officer(2), NOW), Err(Refusal::LanguagesMissing(vec!["en-IN".parse().unwrap()])));
}

#[test]
fn language_that_is_not_there_cannot_be_approved() {
    let ta: Lang = "ta".parse().unwrap();
    let review = in_review(Severity::Severe, 1, &[]);
    assert_eq!(review.approve_language(officer(2), ta.clone()), Err(Refusal::NoSuchLanguage(ta)));
}

#[test]
fn cancel_needs_one_person() {
    let draft = draft(Intent::Cancel, Severity::Extreme, &[1]);
    let frozen = frozen(&draft, 1);
    assert!(matches!(draft.submit(frozen, NOW), Ok(Submitted::Approved(_))));
}

#[test]
fn expired_notice_goes_nowhere() {
    let late = NOW + Duration::hours(1);
    let review = with_languages(in_review(Severity::Severe, 1, &[]), 2);
    assert!(matches!(review.clone().approve(officer(2), late), Err(Refusal::Expired(_))));
    let Ok(Submitted::Approved(approved)) = review.approve(officer(2), NOW) else { panic!("approved in time") };
    assert!(matches!(approved.publish(late), Err(Refusal::Expired(_))));
}

proptest! {
    /// Whatever the order of tries, a notice is approved only by as many people as it needs, none of whom wrote it.
    #[test]
    fn approved_means_enough_other_people(severity in 0..2_usize, tries in prop::collection::vec(1..5_u8, 0..6)) {
        let severity = [Severity::Extreme, Severity::Severe][severity];
        let needed = if severity == Severity::Extreme { 2 } else { 1 };
        let mut review = with_languages(in_review(severity, 1, &[2]), 3);
        let mut signed = BTreeSet::new();
        for number in tries {
            match review.clone().approve(officer(number), NOW) {
                Ok(Submitted::InReview(next)) => { signed.insert(number); review = next; }
                Ok(Submitted::Approved(_)) => {
                    signed.insert(number);
                    prop_assert_eq!(signed.len(), needed);
                    break;
                }
                Err(_) => prop_assert!(number <= 2 || signed.contains(&number)),
            }
        }
        prop_assert!(!signed.contains(&1) && !signed.contains(&2));
    }
}
