//! What the use cases refuse, and what they say.

use munadi_domain::{
    access::{Actor, Client, ClientKind, NoticeApprover, NoticeAuthor, NoticeDrafter, NoticePublisher, Role},
    id::{ClientId, Seed},
    language::Lang,
    notice::Intent,
    vocabulary::{Severity, Status},
};
use munadi_services::notices::{Confirmation, NoticeFilter, SubmittedSignature};
use munadi_testkit::{
    NoticeWorld,
    people::{id, payload, revision, test_officer},
};
use munadi_transparency::notice::Role as SigningRole;
use time::Duration;

use super::{check, said};

const ACTUAL: Confirmation = Confirmation { status: Status::Actual };

fn langs(tags: &[&str]) -> Vec<Lang> {
    tags.iter().map(|tag| tag.parse().unwrap()).collect()
}

#[tokio::test]
async fn who_wrote_or_edited_approves_nothing() {
    let w = NoticeWorld::new().await;
    // The deputy writes one notice, and mends a word in another; the author of that one submits it.
    let own = w.notices.create(&w.deputy.drafter(), &w.content()).await.unwrap();
    let frozen = w.notices.freeze(w.deputy.author(), id(&own), revision(&own)).await.unwrap();
    let signature = w.deputy.sign(SigningRole::Author, &frozen.payload, w.now());
    w.notices.submit(w.deputy.author(), id(&own), frozen.revision, &signature).await.unwrap();
    let own = w.show(id(&own)).await;
    let draft = w.draft().await;
    let edited = w.notices.edit(&w.deputy.drafter(), id(&draft), revision(&draft), &draft.content).await.unwrap();
    let edited = w.submit(&edited).await;
    let language = async |review| {
        let languages = langs(&["hi"]);
        said(w.notices.approve_languages(w.deputy.approver(), id(review), revision(review), &languages).await)
    };
    let whole = async |review| {
        let signature = w.deputy.sign(SigningRole::Approver, payload(review), w.now());
        said(w.notices.approve(w.deputy.approver(), id(review), revision(review), &signature).await)
    };
    check(&[
        ("the author approves a language", language(&own).await, "refused: AuthorApproves"),
        ("the author approves", whole(&own).await, "refused: AuthorApproves"),
        ("an editor approves a language", language(&edited).await, "refused: EditorApproves"),
        ("an editor approves", whole(&edited).await, "refused: EditorApproves"),
    ]);
}

#[tokio::test]
async fn nothing_is_approved_that_nobody_has_read() {
    let w = NoticeWorld::new().await;
    let review = w.submitted().await;
    let approve = async |review| {
        let signature = w.approver.sign(SigningRole::Approver, payload(review), w.now());
        said(w.notices.approve(w.approver.approver(), id(review), revision(review), &signature).await)
    };
    let languages = async |tags: &[&str]| {
        said(w.notices.approve_languages(w.approver.approver(), id(&review), revision(&review), &langs(tags)).await)
    };
    check(&[
        ("no language", approve(&review).await, "refused: LanguagesMissing([Lang(\"hi\"), Lang(\"en-IN\")])"),
        ("a language that is not there", languages(&["ta"]).await, "refused: NoSuchLanguage"),
        ("one that is, and one that is not", languages(&["hi", "ta"]).await, "refused: NoSuchLanguage"),
        ("none", languages(&[]).await, "invalid: /languages"),
        ("still no language", approve(&review).await, "refused: LanguagesMissing([Lang(\"hi\"), Lang(\"en-IN\")])"),
        ("one language", languages(&["hi"]).await, "done"),
        ("the other is missing", approve(&review).await, "refused: LanguagesMissing([Lang(\"en-IN\")])"),
        ("the same again", languages(&["hi"]).await, "done"),
        ("the other", languages(&["en-IN"]).await, "done"),
        ("all", approve(&review).await, "done"),
    ]);
}

#[tokio::test]
async fn what_is_extreme_needs_two_others() {
    let w = NoticeWorld::new().await;
    let mut content = w.content();
    content.severity = Some(Severity::Extreme);
    let review = w.submit(&w.draft_of(&content).await).await;
    let review = w.approve_languages(&review).await;
    let review = w.approve_by(&w.approver, &review).await;
    let signature = w.approver.sign(SigningRole::Approver, payload(&review), w.now());
    let again = w.notices.approve(w.approver.approver(), id(&review), revision(&review), &signature).await;
    let early = w.notices.publish(w.publisher.publisher(), id(&review), revision(&review), ACTUAL).await;
    let approved = w.approve_by(&w.publisher, &review).await;
    let published = w.notices.publish(w.publisher.publisher(), id(&review), revision(&approved), ACTUAL).await;
    check(&[
        ("the same person signs twice", said(again), "refused: SignedBefore"),
        ("published with one approver", said(early), "conflict: the notice is in_review"),
        ("published with two", said(published), "done"),
    ]);
}

#[tokio::test]
async fn a_change_names_the_revision_it_was_made_from() {
    let w = NoticeWorld::new().await;
    let (draft, review, approved) = (w.draft().await, w.submitted().await, w.approved().await);
    let frozen = w.draft().await;
    let bytes = w.freeze(&frozen).await;
    let author = w.author.sign(SigningRole::Author, &bytes.payload, w.now());
    let approver = w.approver.sign(SigningRole::Approver, payload(&review), w.now());
    let (notices, content, hindi) = (&w.notices, w.content(), langs(&["hi"]));
    for stale in [-1, 1, i64::MAX / 2] {
        let at = |record| (id(record), revision(record) + stale);
        let (written, read, signed) = (at(&draft), at(&review), at(&approved));
        check(&[
            ("edit", said(notices.edit(&w.author.drafter(), written.0, written.1, &content).await), "stale: 1"),
            ("discard", said(notices.discard(&w.author.drafter(), written.0, written.1).await), "stale: 1"),
            ("freeze", said(notices.freeze(w.author.author(), written.0, written.1).await), "stale: 1"),
            (
                "submit",
                said(notices.submit(w.author.author(), id(&frozen), bytes.revision + stale, &author).await),
                "stale: 2",
            ),
            (
                "approve a language",
                said(notices.approve_languages(w.approver.approver(), read.0, read.1, &hindi).await),
                "stale: 3",
            ),
            ("approve", said(notices.approve(w.approver.approver(), read.0, read.1, &approver).await), "stale: 3"),
            ("return", said(notices.send_back(w.approver.approver(), read.0, read.1, "Mend it.").await), "stale: 3"),
            ("edit in review", said(notices.edit(&w.author.drafter(), read.0, read.1, &content).await), "stale: 3"),
            ("publish", said(notices.publish(w.publisher.publisher(), signed.0, signed.1, ACTUAL).await), "stale: 4"),
        ]);
    }
}

#[tokio::test]
async fn what_has_expired_goes_no_further() {
    let w = NoticeWorld::new().await;
    let (draft, frozen, review, approved) = (w.draft().await, w.draft().await, w.submitted().await, w.approved().await);
    let bytes = w.freeze(&frozen).await;
    let read = w.approve_languages(&w.submitted().await).await;
    w.world.clock.advance(Duration::HOUR);
    let now = w.now();
    let author = w.author.sign(SigningRole::Author, &bytes.payload, now);
    let approver = w.approver.sign(SigningRole::Approver, payload(&read), now);
    let (n, by) = (&w.notices, w.approver.approver());
    let languages = n.approve_languages(by, id(&review), revision(&review), &langs(&["hi"])).await;
    check(&[
        ("freeze", said(n.freeze(w.author.author(), id(&draft), revision(&draft)).await), "invalid: /expires"),
        ("submit", said(n.submit(w.author.author(), id(&frozen), bytes.revision, &author).await), "refused: Expired"),
        ("approve a language", said(languages), "refused: Expired"),
        ("approve", said(n.approve(by, id(&read), revision(&read), &approver).await), "refused: Expired"),
        (
            "publish",
            said(n.publish(w.publisher.publisher(), id(&approved), revision(&approved), ACTUAL).await),
            "refused: Expired",
        ),
    ]);
}

#[tokio::test]
async fn each_act_has_its_state() {
    let w = NoticeWorld::new().await;
    let (draft, review) = (w.draft().await, w.submitted().await);
    let (approved, published) = (w.approved().await, w.published().await);
    let superseded = w.published().await;
    w.followed_by(&superseded, Intent::Update).await;
    let superseded = w.show(id(&superseded)).await;
    let n = &w.notices;
    let is_wrong = |name: &'static str, said: String| (name, said, "conflict: ");
    for record in [&draft, &review, &approved, &published, &superseded] {
        let (notice, now, state) = (id(record), revision(record), record.notice.state().as_str());
        // The signatures are good as far as there are bytes to sign: it is the state that is refused.
        let bytes = payload(if state == "draft" { &review } else { record });
        let author = w.author.sign(SigningRole::Author, bytes, w.now());
        let approver = w.approver.sign(SigningRole::Approver, bytes, w.now());
        let by = w.approver.approver();
        let mut rows = vec![is_wrong("submit", said(n.submit(w.author.author(), notice, now, &author).await))];
        if state != "draft" {
            rows.push(is_wrong("freeze", said(n.freeze(w.author.author(), notice, now).await)));
            rows.push(is_wrong("discard", said(n.discard(&w.author.drafter(), notice, now).await)));
        }
        if state != "in_review" {
            let languages = n.approve_languages(by, notice, now, &langs(&["hi"])).await;
            rows.push(is_wrong("approve a language", said(languages)));
            rows.push(is_wrong("approve", said(n.approve(by, notice, now, &approver).await)));
        }
        if state != "in_review" && state != "approved" {
            rows.push(is_wrong("return", said(n.send_back(by, notice, now, "Mend it.").await)));
        }
        if state != "approved" {
            rows.push(is_wrong("publish", said(n.publish(w.publisher.publisher(), notice, now, ACTUAL).await)));
        }
        if state == "published" || state == "superseded" {
            rows.push(is_wrong("edit", said(n.edit(&w.author.drafter(), notice, now, &w.content()).await)));
        }
        check(&rows);
        assert_eq!(revision(&w.show(notice).await), now, "nothing has changed");
    }
}

#[tokio::test]
async fn the_publisher_says_what_goes_out() {
    let w = NoticeWorld::new().await;
    let mut drill = w.content();
    drill.status = Some(Status::Exercise);
    let drill = w.approve(&w.submit(&w.draft_of(&drill).await).await).await;
    let real = w.approved().await;
    let publish = async |record, status| {
        let by = w.publisher.publisher();
        said(w.notices.publish(by, id(record), revision(record), Confirmation { status }).await)
    };
    check(&[
        ("a drill as the real thing", publish(&drill, Status::Actual).await, "invalid: /confirm_status"),
        ("a drill as a test", publish(&drill, Status::Test).await, "invalid: /confirm_status"),
        ("the real thing as a drill", publish(&real, Status::Exercise).await, "invalid: /confirm_status"),
        ("a drill", publish(&drill, Status::Exercise).await, "done"),
        ("the real thing", publish(&real, Status::Actual).await, "done"),
    ]);
}

fn system(w: &NoticeWorld, kind: ClientKind) -> Actor {
    let id = ClientId::new(Seed { unix_ms: 1, random: 1 });
    Actor::Client(Client { id, department: w.department.id, roles: [Role::Drafter].into(), kind })
}

#[tokio::test]
async fn what_a_test_or_team_key_wrote_does_not_reach_people_as_the_real_thing() {
    let w = NoticeWorld::new().await;
    let by = |kind| NoticeDrafter::try_from(&system(&w, kind)).unwrap();
    let (real, mut drill) = (w.content(), w.content());
    drill.status = Some(Status::Exercise);
    let team = w.notices.create(&by(ClientKind::Team), &real).await;
    let draft = w.notices.create(&by(ClientKind::Team), &drill).await.unwrap();
    let edited = w.notices.edit(&w.author.drafter(), id(&draft), revision(&draft), &real).await;
    let draft_of_test = w.notices.create(&by(ClientKind::Test), &real).await.unwrap();
    let test = w.approve(&w.submit(&draft_of_test).await).await;
    let published = w.notices.publish(w.publisher.publisher(), id(&test), revision(&test), ACTUAL).await;
    let drilled = w.approve(&w.submit(&draft).await).await;
    let confirmed = Confirmation { status: Status::Exercise };
    let drilled = w.notices.publish(w.publisher.publisher(), id(&drilled), revision(&drilled), confirmed).await;
    check(&[
        ("a team writes the real thing", said(team), "invalid: /status"),
        ("an officer makes a drill of the team the real thing", said(edited), "invalid: /status"),
        ("a test is published", said(published), "conflict: it was written with a test key"),
        ("a drill of the team is published", said(drilled), "done"),
    ]);
}

#[tokio::test]
async fn a_system_writes_and_no_more() {
    let w = NoticeWorld::new().await;
    let system = system(&w, ClientKind::Live);
    let draft = w.notices.create(&NoticeDrafter::try_from(&system).unwrap(), &w.content()).await.unwrap();
    assert!(draft.notice.head().editors.is_empty(), "no person has written it");
    assert!(NoticeAuthor::try_from(&system).is_err());
    assert!(NoticeApprover::try_from(&system).is_err());
    assert!(NoticePublisher::try_from(&system).is_err());
    let published = w.publish(&w.approve(&w.submit(&draft).await).await).await;
    assert_eq!(published.notice.state().as_str(), "published");
}

#[tokio::test]
async fn another_department_sees_and_touches_nothing() {
    let w = NoticeWorld::new().await;
    let (review, published) = (w.submitted().await, w.published().await);
    let others = w.world.department(w.platform, "others").await;
    let roles = [Role::Drafter, Role::Approver, Role::Publisher];
    let stranger = test_officer(&w.world, &others, "stranger", &roles).await;
    let (n, notice, now) = (&w.notices, id(&review), revision(&review));
    let nothing = SubmittedSignature { protected: String::new(), signature: String::new() };
    let by = stranger.approver();
    let follow = n.follow(&stranger.drafter(), id(&published), Intent::Cancel).await;
    let none = "not found: notice";
    check(&[
        ("show", said(n.show(stranger.reader(), notice).await), none),
        ("audience", said(n.audience(stranger.reader(), notice).await), none),
        ("edit", said(n.edit(&stranger.drafter(), notice, now, &w.content()).await), none),
        ("discard", said(n.discard(&stranger.drafter(), notice, now).await), none),
        ("freeze", said(n.freeze(stranger.author(), notice, now).await), none),
        ("submit", said(n.submit(stranger.author(), notice, now, &nothing).await), none),
        ("approve a language", said(n.approve_languages(by, notice, now, &langs(&["hi"])).await), none),
        ("approve", said(n.approve(by, notice, now, &nothing).await), none),
        ("return", said(n.send_back(by, notice, now, "Mend it.").await), none),
        ("publish", said(n.publish(stranger.publisher(), notice, now, ACTUAL).await), none),
        ("cancel", said(follow), none),
    ]);
    assert!(n.list(stranger.reader(), NoticeFilter::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn incomplete_drafts_and_empty_comments_are_told_what_is_missing() {
    let w = NoticeWorld::new().await;
    let mut content = w.content();
    content.severity = None;
    let draft = w.draft_of(&content).await;
    let review = w.submitted().await;
    let return_with = async |comment: &str| {
        said(w.notices.send_back(w.approver.approver(), id(&review), revision(&review), comment).await)
    };
    let mut long = w.content();
    long.languages[0].body = "x".repeat(10_001);
    check(&[
        ("freeze", said(w.notices.freeze(w.author.author(), id(&draft), 1).await), "invalid: /severity"),
        ("too long", said(w.notices.create(&w.author.drafter(), &long).await), "invalid: /languages/0/body"),
        ("no comment", return_with(" \n").await, "invalid: /comment"),
        ("a long comment", return_with(&"x".repeat(2_001)).await, "invalid: /comment"),
        ("a comment", return_with("Name the bridge.").await, "done"),
    ]);
}
