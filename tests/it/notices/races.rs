//! Several at the same time: one wins, nobody waits for ever, and nothing is counted twice or left out.

use std::sync::Arc;

use munadi_domain::{
    id::NoticeId,
    notice::{Intent, State},
    vocabulary::{Severity, Status},
};
use munadi_services::{
    keys::Revocation,
    notices::{Confirmation, NoticeRecord},
};
use munadi_testkit::{
    NoticeWorld,
    people::{id, payload, revision},
};
use munadi_transparency::{key::Signer, notice::Role as SigningRole};
use sqlx::PgPool;
use tokio::task::JoinSet;

use super::{said, value};

/// More than the database has connections for.
const MANY: usize = 12;
const ACTUAL: Confirmation = Confirmation { status: Status::Actual };

/// Runs what is given at the same time; the answers, sorted.
async fn together(tasks: Vec<impl Future<Output = String> + Send + 'static>) -> Vec<String> {
    let mut answers = tasks.into_iter().collect::<JoinSet<_>>().join_all().await;
    answers.sort();
    answers
}

async fn publish(w: Arc<NoticeWorld>, notice: NoticeId, revision: i64) -> String {
    said(w.notices.publish(w.publisher.publisher(), notice, revision, ACTUAL).await)
}

async fn approved(w: &NoticeWorld, count: usize) -> Vec<NoticeRecord> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(w.approved().await);
    }
    all
}

/// One `done`, and everybody else too late.
#[track_caller]
fn check_one_won(answers: &[String], revision: i64) {
    let late = format!("stale: {revision}");
    let done = answers.iter().filter(|answer| *answer == "done").count();
    assert!(done == 1 && answers.iter().all(|answer| *answer == "done" || *answer == late), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_published_once() {
    let w = Arc::new(NoticeWorld::new().await);
    let record = w.approved().await;
    let (notice, now) = (id(&record), revision(&record));
    let answers = together((0..MANY).map(|_| publish(w.clone(), notice, now)).collect()).await;
    check_one_won(&answers, now + 1);
    assert_eq!(w.world.core.store.take_outbox(100).await.unwrap().len(), 2);
    let acts = "select count(*) from audit_event where resource = $1 and action = 'notice.publish'";
    assert_eq!(value::<i64>(&w, acts, notice).await, 1);
    assert_eq!(value::<i64>(&w, "select last from live_position where $1 <> ''", notice).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_that_are_published_together_get_positions_without_a_gap() {
    let w = Arc::new(NoticeWorld::new().await);
    let records = approved(&w, MANY).await;
    let tasks = records.iter().map(|record| publish(w.clone(), id(record), revision(record))).collect();
    assert!(together(tasks).await.iter().all(|answer| answer == "done"));
    let positions = "select array_agg(position order by position) from notice where $1 <> '' and position is not null";
    let expected: Vec<i64> = (1..).take(MANY).collect();
    assert_eq!(value::<Vec<i64>>(&w, positions, id(&records[0])).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn frozen_bytes_get_numbers_without_a_gap() {
    let w = Arc::new(NoticeWorld::new().await);
    let same = w.draft().await;
    let mut drafts = vec![same.clone(); MANY];
    for _ in 0..MANY {
        drafts.push(w.draft().await);
    }
    let freeze = async |w: Arc<NoticeWorld>, record: NoticeRecord| {
        said(w.notices.freeze(w.author.author(), id(&record), revision(&record)).await)
    };
    let answers = together(drafts.into_iter().map(|record| freeze(w.clone(), record)).collect()).await;
    assert_eq!(answers.iter().filter(|answer| *answer == "done").count(), MANY + 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| *answer == "stale: 2").count(), MANY - 1, "{answers:?}");
    let numbers = "select array_agg(seq order by seq) from notice_version where $1 <> ''";
    let expected: Vec<i64> = (1..).take(MANY + 1).collect();
    assert_eq!(value::<Vec<i64>>(&w, numbers, id(&same)).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvers_do_not_overtake_each_other() {
    let w = Arc::new(NoticeWorld::new().await);
    let mut content = w.content();
    content.severity = Some(Severity::Extreme);
    let review = w.approve_languages(&w.submit(&w.draft_of(&content).await).await).await;
    let approve = async |w: Arc<NoticeWorld>, review: NoticeRecord, first: bool| {
        let officer = if first { &w.approver } else { &w.publisher };
        let signature = officer.sign(SigningRole::Approver, payload(&review), w.now());
        said(w.notices.approve(officer.approver(), id(&review), revision(&review), &signature).await)
    };
    let tasks = [true, false].map(|first| approve(w.clone(), review.clone(), first)).into();
    check_one_won(&together(tasks).await, revision(&review) + 1);
    let review = w.show(id(&review)).await;
    assert_eq!(review.notice.state(), State::InReview);
    let tasks = [true, false].map(|first| approve(w.clone(), review.clone(), first)).into();
    let answers = together(tasks).await;
    assert_eq!(answers.iter().filter(|answer| *answer == "done").count(), 1, "the other signed before: {answers:?}");
    assert_eq!(w.show(id(&review)).await.notice.state(), State::Approved);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_a_return_and_a_publishing_do_not_mix() {
    let w = Arc::new(NoticeWorld::new().await);
    for record in approved(&w, 4).await {
        let (notice, now, content) = (id(&record), revision(&record), w.content());
        let edit = {
            let w = w.clone();
            async move { said(w.notices.edit(&w.deputy.drafter(), notice, now, &content).await) }
        };
        let send_back = {
            let w = w.clone();
            async move { said(w.notices.send_back(w.approver.approver(), notice, now, "No.").await) }
        };
        let tasks: Vec<std::pin::Pin<Box<dyn Future<Output = String> + Send>>> =
            vec![Box::pin(edit), Box::pin(send_back), Box::pin(publish(w.clone(), notice, now))];
        check_one_won(&together(tasks).await, now + 1);
        let valid = "select count(*) from notice_version where notice_id = $1 and voided_at is null";
        let is_out = w.show(notice).await.notice.state() == State::Published;
        assert_eq!(value::<i64>(&w, valid, notice).await == 1, is_out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_followed_once() {
    let w = Arc::new(NoticeWorld::new().await);
    let original = w.published().await;
    let mut followers = Vec::new();
    for intent in [Intent::Update, Intent::Correct, Intent::Update, Intent::Correct] {
        followers.push(w.approve(&w.submit(&w.follow(&original, intent).await).await).await);
    }
    followers.push(w.submit(&w.follow(&original, Intent::Cancel).await).await);
    let tasks = followers.iter().map(|record| publish(w.clone(), id(record), revision(record))).collect();
    let answers = together(tasks).await;
    assert_eq!(answers.iter().filter(|answer| *answer == "done").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.starts_with("conflict: ntc_")).count(), 4, "{answers:?}");
    let published = "select count(*) from notice where replaces_id = $1 and position is not null";
    assert_eq!(value::<i64>(&w, published, id(&original)).await, 1);
    assert_eq!(value::<i64>(&w, "select last from live_position where $1 <> ''", id(&original)).await, 2);
}

/// Returns when somebody in this database waits for somebody else's lock.
async fn somebody_waits(pool: &PgPool) {
    let waiting = "select exists (
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(pool).await.unwrap() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn no_signature_slips_in_beside_a_revocation() {
    let w = Arc::new(NoticeWorld::new().await);
    let pool = w.world.database.pool().await;
    let record = w.approved().await;
    let mut revocation = pool.begin().await.unwrap();
    let revoke = "update signing_key set revoked_at = now(), revoked_reason = 'lost' where kind = 'department'";
    sqlx::query(revoke).execute(&mut *revocation).await.unwrap();
    let published = JoinSet::from_iter([publish(w.clone(), id(&record), revision(&record))]);
    somebody_waits(&pool).await;
    revocation.commit().await.unwrap();
    assert_eq!(published.join_all().await, ["signature: the key cannot sign here"]);
    assert!(w.world.core.store.take_outbox(1).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_position_is_never_seen_before_an_earlier_one() {
    let w = Arc::new(NoticeWorld::new().await);
    let pool = w.world.database.pool().await;
    let record = w.approved().await;
    let mut earlier = pool.begin().await.unwrap();
    sqlx::query("update live_position set last = last + 1").execute(&mut *earlier).await.unwrap();
    let later = JoinSet::from_iter([publish(w.clone(), id(&record), revision(&record))]);
    somebody_waits(&pool).await;
    assert_eq!(w.show(id(&record)).await.notice.state(), State::Approved);
    // The earlier one fails, and its position is the later one's.
    earlier.rollback().await.unwrap();
    assert_eq!(later.join_all().await, ["done"]);
    assert_eq!(value::<i64>(&w, "select position from notice where id = $1", id(&record)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_revoked_while_notices_are_published() {
    let w = Arc::new(NoticeWorld::new().await);
    let records = approved(&w, 6).await;
    let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = String> + Send>>> = Vec::new();
    for record in &records {
        tasks.push(Box::pin(publish(w.clone(), id(record), revision(record))));
    }
    let revoke = {
        let w = w.clone();
        async move {
            let why = Revocation { reason: "lost".to_owned(), since: None };
            let key = w.approver.key.kid().as_str().parse().unwrap();
            said(w.world.keys.revoke(&w.approver.actor(), key, &why).await)
        }
    };
    tasks.push(Box::pin(revoke));
    let answers = together(tasks).await;
    // Whoever comes first: it is told why, and no two wait for each other.
    let is_known =
        |answer: &String| answer == "done" || answer.starts_with("signature") || answer.starts_with("conflict");
    assert!(answers.iter().all(is_known), "{answers:?}");
    let published = answers.iter().filter(|answer| *answer == "done").count() - 1;
    let positions = "select count(*) from notice where $1 <> '' and position is not null";
    assert_eq!(value::<i64>(&w, positions, id(&records[0])).await, i64::try_from(published).unwrap());
}
