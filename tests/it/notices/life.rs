//! A notice's life up to its publishing.

use munadi_domain::{
    id::NoticeId,
    message::{Lane, Message, Route},
    notice::State,
    vocabulary::Severity,
};
use munadi_services::notices::{NoticeFilter, NoticeRecord};
use munadi_testkit::{
    NoticeWorld,
    people::{id, payload, revision},
};
use munadi_transparency::{notice::Role as SigningRole, verdict::Verdict, verify::verify_json};

use super::{said, value};

fn state(record: &NoticeRecord) -> State {
    record.notice.state()
}

async fn count(w: &NoticeWorld, sql: &'static str, notice: NoticeId) -> i64 {
    value(w, sql, notice).await
}

const VALID_VERSIONS: &str = "select count(*) from notice_version where notice_id = $1 and voided_at is null";
const SIGNATURES: &str = "select count(*) from notice_signature where notice_id = $1";

#[tokio::test]
async fn a_notice_is_written_signed_approved_and_published() {
    let w = NoticeWorld::new().await;
    let draft = w.draft().await;
    assert_eq!((state(&draft), revision(&draft)), (State::Draft, 1));
    let review = w.submit(&draft).await;
    assert_eq!((state(&review), revision(&review)), (State::InReview, 3));
    let approved = w.approve(&review).await;
    assert_eq!((state(&approved), revision(&approved)), (State::Approved, 4));
    let published = w.publish(&approved).await;
    assert_eq!((state(&published), revision(&published)), (State::Published, 5));
    let roles: Vec<&str> = published.signatures.iter().map(|signature| signature.role.as_str()).collect();
    assert_eq!(roles, ["approver", "author", "publisher"]);
    assert_eq!(payload(&published), payload(&review), "what was signed first is what goes out");
}

#[tokio::test]
async fn what_is_published_convinces_a_citizens_device() {
    let w = NoticeWorld::new().await;
    for severity in [Severity::Minor, Severity::Extreme] {
        let mut content = w.content();
        content.severity = Some(severity);
        let published = w.publish(&w.approve(&w.submit(&w.draft_of(&content).await).await).await).await;
        let directory = w.world.directory.current().await.unwrap();
        let envelope = published.envelope.clone().unwrap();
        let Verdict::Official(signed) = verify_json(envelope.as_bytes(), &directory, w.now()) else {
            panic!("it is official")
        };
        assert_eq!(signed.facts.id, id(&published).to_string());
        assert_eq!(signed.signers.len(), if severity == Severity::Extreme { 4 } else { 3 });
        let stored =
            "select encode(digest, 'hex') = encode(sha256(payload), 'hex') from notice_version where notice_id = $1";
        assert!(value::<bool>(&w, stored, id(&published)).await);
    }
}

#[tokio::test]
async fn publishing_tells_those_who_carry_it_on() {
    let w = NoticeWorld::new().await;
    let emergency = w.published().await;
    let mut content = w.content();
    content.severity = Some(Severity::Minor);
    let routine = w.publish(&w.approve(&w.submit(&w.draft_of(&content).await).await).await).await;
    for (record, lane, position) in [(&emergency, Lane::Emergency, 1_i64), (&routine, Lane::Routine, 2)] {
        let notice = id(record);
        let letters = w.world.core.store.take_outbox(100).await.unwrap();
        let letters = letters.iter().map(|entry| (entry.letter.0, entry.letter.2.clone()));
        let mut letters: Vec<_> = letters
            .filter(|(_, message)| match message {
                Message::FanOutV1 { notice: named } | Message::NoticePublishedV1 { notice: named } => *named == notice,
                _ => panic!("only a notice's messages: {message:?}"),
            })
            .collect();
        letters.sort_by_key(|(route, _)| *route == Route::Live);
        let expected =
            [(Route::FanOut(lane), Message::FanOutV1 { notice }), (Route::Live, Message::NoticePublishedV1 { notice })];
        assert_eq!(letters, expected);
        assert_eq!(count(&w, "select position from notice where id = $1", notice).await, position);
    }
}

#[tokio::test]
async fn an_edit_voids_everything_and_the_old_bytes_stay() {
    let w = NoticeWorld::new().await;
    for record in [w.submitted().await, w.approved().await] {
        let notice = id(&record);
        let old = payload(&record).to_vec();
        let signed = count(&w, SIGNATURES, notice).await;
        let mut content = record.content.clone();
        content.languages[0].headline = "यमुना उतार पर".to_owned();
        let edited = w.notices.edit(&w.deputy.drafter(), notice, revision(&record), &content).await.unwrap();
        assert_eq!((state(&edited), revision(&edited)), (State::Draft, revision(&record) + 1));
        assert!(edited.version.is_none() && edited.signatures.is_empty());
        assert!(edited.notice.head().editors.contains(&w.deputy.officer.id));
        assert_eq!(count(&w, VALID_VERSIONS, notice).await, 0);
        let kept: Vec<u8> = value(&w, "select payload from notice_version where notice_id = $1", notice).await;
        assert_eq!(kept, old, "somebody has signed them");
        assert_eq!(count(&w, SIGNATURES, notice).await, signed);
        let again = w.submit(&edited).await;
        assert_ne!(payload(&again), old);
        assert_eq!(again.signatures.len(), 1, "the old approval is of other bytes");
        let missing = match &again.notice {
            munadi_domain::notice::Notice::InReview(review) => review.languages_missing().len(),
            other => panic!("{other:?}"),
        };
        assert_eq!(missing, 2, "no language is approved any more");
        w.publish(&w.approve(&again).await).await;
    }
}

#[tokio::test]
async fn what_was_signed_before_an_edit_or_another_freezing_is_worth_nothing() {
    let w = NoticeWorld::new().await;
    let draft = w.draft().await;
    let first = w.freeze(&draft).await;
    let signature = w.author.sign(SigningRole::Author, &first.payload, w.now());
    let submit = async |revision| said(w.notices.submit(w.author.author(), id(&draft), revision, &signature).await);
    let second = w.notices.freeze(w.deputy.author(), id(&draft), first.revision).await.unwrap();
    assert_ne!(first.digest, second.digest, "another number, so other bytes");
    assert!(submit(second.revision).await.starts_with("signature: the signature by the key"));
    assert_eq!(count(&w, VALID_VERSIONS, id(&draft)).await, 1);
    let edited = w.notices.edit(&w.author.drafter(), id(&draft), second.revision, &draft.content).await.unwrap();
    assert!(submit(revision(&edited)).await.starts_with("conflict: nothing is frozen"));
}

#[tokio::test]
async fn a_notice_comes_back_with_a_comment() {
    let w = NoticeWorld::new().await;
    for record in [w.approve_languages(&w.submitted().await).await, w.approved().await] {
        let comment = "The bridge is on the other side.";
        let returned =
            w.notices.send_back(w.approver.approver(), id(&record), revision(&record), comment).await.unwrap();
        assert_eq!((state(&returned), returned.return_comment.as_deref()), (State::Draft, Some(comment)));
        assert_eq!(returned.content, record.content);
        assert!(returned.version.is_none() && returned.signatures.is_empty());
        let editors = &returned.notice.head().editors;
        assert!(!editors.contains(&w.approver.officer.id), "who comments has not edited");
        let again = w.submit(&returned).await;
        assert_eq!(again.return_comment, None);
        w.publish(&w.approve(&again).await).await;
    }
}

#[tokio::test]
async fn a_draft_is_discarded_with_its_trace_but_its_numbers_are_not_used_again() {
    let w = NoticeWorld::new().await;
    let review = w.submitted().await;
    let returned = w.notices.send_back(w.approver.approver(), id(&review), revision(&review), "No.").await.unwrap();
    w.notices.discard(&w.deputy.drafter(), id(&review), revision(&returned)).await.unwrap();
    assert_eq!(said(w.notices.show(w.author.reader(), id(&review)).await), "not found: notice");
    for table in [
        "select count(*) from notice where id = $1",
        "select count(*) from notice_version where notice_id = $1",
        "select count(*) from notice_editor where notice_id = $1",
        SIGNATURES,
    ] {
        assert_eq!(count(&w, table, id(&review)).await, 0, "{table}");
    }
    let next = w.submitted().await;
    assert_eq!(next.notice.frozen().unwrap().payload.seq, 2);
}

#[tokio::test]
async fn colleagues_finish_what_others_began() {
    let w = NoticeWorld::new().await;
    let draft = w.notices.create(&w.deputy.drafter(), &w.content()).await.unwrap();
    let review = w.submit(&draft).await;
    assert_eq!(review.notice.frozen().unwrap().author, w.author.officer.id, "the author is who signs");
    let published = w.publish(&w.approve(&review).await).await;
    let listed =
        w.notices.list(w.deputy.reader(), NoticeFilter { limit: 10, ..NoticeFilter::default() }).await.unwrap();
    let line = &listed[0];
    assert_eq!((line.id, line.state, line.status.as_deref()), (id(&published), State::Published, Some("Actual")));
    let drafts = NoticeFilter { states: vec![State::Draft], limit: 10, before: None };
    assert!(w.notices.list(w.deputy.reader(), drafts).await.unwrap().is_empty());
}
