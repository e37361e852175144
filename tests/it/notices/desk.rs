//! What waits for whom, and what changed since it was last submitted.

use munadi_domain::{id::NoticeId, notice::State};
use munadi_services::{figures::Figures, notices::NoticeFilter};
use munadi_testkit::{
    NoticeWorld, TestOfficer,
    people::{id, revision},
};

async fn waiting(w: &NoticeWorld, officer: &TestOfficer) -> Vec<NoticeId> {
    w.notices.waiting_for(&officer.officer).await.unwrap().into_iter().map(|line| line.id).collect()
}

#[tokio::test]
async fn each_officer_is_shown_what_that_officer_can_do_next() {
    let w = NoticeWorld::new().await;
    let (draft, review, approved) = (id(&w.draft().await), w.submitted().await, id(&w.approved().await));
    w.published().await;
    assert_eq!(waiting(&w, &w.author).await, [draft], "own drafts, and no own reviews");
    assert_eq!(waiting(&w, &w.approver).await, [id(&review)]);
    assert_eq!(waiting(&w, &w.publisher).await, [approved, id(&review)], "the latest first");
    let comment = "the district is missing";
    w.notices.send_back(w.approver.approver(), id(&review), revision(&review), comment).await.unwrap();
    assert!(waiting(&w, &w.approver).await.is_empty());
    let lines = w.notices.waiting_for(&w.author.officer).await.unwrap();
    let comments: Vec<_> = lines.iter().map(|line| line.return_comment.as_deref()).collect();
    assert_eq!(comments, [Some(comment), None]);
    let counts = w.notices.counts(w.deputy.reader()).await.unwrap();
    assert_eq!(counts, [(State::Draft, 2), (State::Approved, 1), (State::Published, 1)].into());
    let states = vec![State::Approved, State::Published];
    let filter = NoticeFilter { states, limit: 10, before: None };
    assert_eq!(w.notices.list(w.deputy.reader(), filter).await.unwrap().len(), 2);
    assert!(w.notices.waiting_for(&w.department.admin).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_has_signed_has_done_so_while_another_signature_is_missing() {
    let w = NoticeWorld::new().await;
    let mut content = w.content();
    content.severity = Some(munadi_domain::vocabulary::Severity::Extreme);
    let review = w.submit(&w.draft_of(&content).await).await;
    let review = w.approve_by(&w.approver, &w.approve_languages(&review).await).await;
    assert_eq!(review.notice.state(), State::InReview);
    assert!(waiting(&w, &w.approver).await.is_empty());
    assert_eq!(waiting(&w, &w.deputy).await, [id(&review)]);
}

#[tokio::test]
async fn a_reviewer_sees_what_was_submitted_before() {
    let w = NoticeWorld::new().await;
    let previous = async |notice| w.notices.previous_version(w.approver.reader(), notice).await.unwrap();
    let first = w.submitted().await;
    let notice = id(&first);
    assert_eq!(previous(notice).await, None);
    let comment = "say which district";
    let returned = w.notices.send_back(w.approver.approver(), notice, revision(&first), comment).await.unwrap();
    assert_eq!(previous(notice).await.unwrap().payload, first.notice.frozen().unwrap().payload, "of a draft, the last");
    let mut content = returned.content.clone();
    content.area.description = "Agra and Mathura".to_owned();
    let edited = w.notices.edit(&w.author.drafter(), notice, revision(&returned), &content).await.unwrap();
    // Frozen and left: nobody but its author saw this one.
    w.freeze(&edited).await;
    let again = w.submit(&w.notices.show(w.author.reader(), notice).await.unwrap()).await;
    let before = previous(notice).await.unwrap();
    assert_eq!((before.version, before.voided_at.is_some()), (1, true));
    assert_ne!(before.payload.area, again.notice.frozen().unwrap().payload.area);
    let elsewhere = w.world.department(w.platform, "elsewhere").await;
    let reader = munadi_domain::access::NoticeReader { department: elsewhere.id };
    assert_eq!(w.notices.previous_version(reader, notice).await.unwrap(), None);
}

#[tokio::test]
async fn a_notice_that_nobody_has_got_yet_has_a_course_of_zeros() {
    let w = NoticeWorld::new().await;
    let notice = id(&w.published().await);
    let course = Figures::new(w.world.core.clone()).course(w.author.reader(), notice).await.unwrap();
    assert!(course.spans.iter().all(|span| span.sent + span.gone + span.failed + span.unsent == 0));
}
