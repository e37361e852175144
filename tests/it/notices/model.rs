//! Random acts by random officers, one after the other: after each, the database says what the domain says.

use std::{cell::RefCell, collections::BTreeMap};

use munadi_domain::{
    access::Role,
    content::DraftContent,
    id::OfficerId,
    notice::{Draft, Frozen, Head, Intent, Notice, State, Submitted},
    payload::Payload,
    vocabulary::{Severity, Status},
};
use munadi_services::{
    ServiceError,
    notices::{Confirmation, FrozenBytes, NoticeRecord},
};
use munadi_testkit::{
    NoticeWorld, TestOfficer,
    people::{id, revision, test_officer},
};
use munadi_transparency::notice::Role as SigningRole;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use time::OffsetDateTime;
use tokio::runtime::Runtime;

use super::said;

/// What an officer tries; each may everything, as far as roles go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Edit,
    Freeze,
    Submit,
    ApproveLanguage(&'static str),
    Approve,
    Return,
    Publish,
}

/// An act, who tries it, and whether it names an old revision.
pub(super) type Try = (Act, usize, bool);

/// The ways of notices: what it takes to be published, with others' acts in between.
pub(super) fn tries(officers: usize) -> impl Strategy<Value = Vec<Try>> {
    use Act::{Approve, ApproveLanguage, Edit, Freeze, Publish, Return, Submit};
    let usual = [Edit, Freeze, Submit, ApproveLanguage("hi"), ApproveLanguage("en-IN"), Approve, Approve, Publish];
    let any = prop_oneof![
        1 => Just(Edit),
        1 => Just(Return),
        1 => Just(Freeze),
        2 => Just(Submit),
        4 => Just(ApproveLanguage("hi")),
        4 => Just(ApproveLanguage("en-IN")),
        1 => Just(ApproveLanguage("ta")),
        8 => Just(Approve),
        2 => Just(Publish),
    ];
    let step = |act: Act| (prop::option::weighted(0.96, Just(act)), 0..officers, prop::bool::weighted(0.03));
    let between = prop::collection::vec((any, 0..officers, prop::bool::weighted(0.03)), 0..3);
    let usual: Vec<_> = usual.into_iter().map(|act| (step(act), between.clone())).collect();
    usual.prop_map(|steps| {
        let tries = steps
            .into_iter()
            .flat_map(|((act, who, is_stale), between)| act.map(|act| (act, who, is_stale)).into_iter().chain(between));
        tries.collect()
    })
}

/// The same cases each time, so that a failure can be looked at and none comes by chance.
pub(super) fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// A world in which every officer has every role.
pub(super) async fn crowd(count: usize) -> (NoticeWorld, Vec<TestOfficer>) {
    let w = NoticeWorld::new().await;
    let roles = [Role::Drafter, Role::Approver, Role::Publisher];
    let mut officers = Vec::new();
    for number in 0..count {
        officers.push(test_officer(&w.world, &w.department, &format!("officer-{number}"), &roles).await);
    }
    (w, officers)
}

/// What kind of notice it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Minor,
    Extreme,
    Update,
    Cancel,
}

pub(super) const KINDS: [Kind; 4] = [Kind::Minor, Kind::Extreme, Kind::Update, Kind::Cancel];

/// A new draft of the kind, by the first officer of the crowd.
pub(super) async fn begin(w: &NoticeWorld, officers: &[TestOfficer], kind: Kind) -> NoticeRecord {
    let by = officers[0].drafter();
    let severity = if kind == Kind::Minor { Severity::Minor } else { Severity::Extreme };
    let content = DraftContent { severity: Some(severity), ..w.content() };
    let follow = async |intent| {
        let original = w.publish(&w.approve(&w.submit(&w.draft_of(&content).await).await).await).await;
        w.notices.follow(&by, id(&original), intent).await.unwrap()
    };
    match kind {
        Kind::Minor | Kind::Extreme => w.notices.create(&by, &content).await.unwrap(),
        Kind::Update => follow(Intent::Update).await,
        Kind::Cancel => follow(Intent::Cancel).await,
    }
}

/// The notice as the domain has it, moved by the domain alone.
struct Model {
    notice: Notice,
    frozen: Option<FrozenBytes>,
    now: OffsetDateTime,
}

impl Model {
    /// What the domain makes of the act; none if it refuses.
    fn next(&self, act: Act, who: OfficerId, content: &DraftContent) -> Option<Notice> {
        let mut next = match (act, self.notice.clone()) {
            (Act::Edit, before @ (Notice::Draft(_) | Notice::InReview(_) | Notice::Approved(_))) => {
                let mut head = before.head().clone();
                head.editors.insert(who);
                Notice::Draft(Draft { head, content: content.clone() })
            }
            (Act::Return, before @ (Notice::InReview(_) | Notice::Approved(_))) => {
                Notice::Draft(Draft { head: before.head().clone(), content: content.clone() })
            }
            (Act::Freeze, before @ Notice::Draft(_)) => before,
            (Act::Submit, Notice::Draft(draft)) => reviewed(draft.submit(self.signed_by(who)?, self.now).ok()?),
            (Act::ApproveLanguage(lang), Notice::InReview(review)) => {
                return review.approve_language(who, lang.parse().unwrap()).ok().map(Notice::InReview);
            }
            (Act::Approve, Notice::InReview(review)) => reviewed(review.approve(who, self.now).ok()?),
            (Act::Publish, Notice::Approved(approved)) => Notice::Published(approved.publish(self.now).ok()?),
            _ => return None,
        };
        head(&mut next).revision += 1;
        Some(next)
    }

    fn signed_by(&self, author: OfficerId) -> Option<Frozen> {
        let bytes = self.frozen.as_ref()?;
        let payload: Payload = serde_json::from_slice(&bytes.payload).unwrap();
        Some(Frozen { payload, digest: bytes.digest, author })
    }
}

fn reviewed(submitted: Submitted) -> Notice {
    match submitted {
        Submitted::InReview(review) => Notice::InReview(review),
        Submitted::Approved(approved) => Notice::Approved(approved),
    }
}

fn head(notice: &mut Notice) -> &mut Head {
    match notice {
        Notice::Draft(it) => &mut it.head,
        Notice::InReview(it) => &mut it.head,
        Notice::Approved(it) => &mut it.head,
        Notice::Published(it) | Notice::Superseded(it) | Notice::Withdrawn(it) => &mut it.head,
    }
}

/// The time of publishing is cut to what the database keeps.
fn is_same(one: &Notice, other: &Notice) -> bool {
    match (one, other) {
        (Notice::Published(one), Notice::Published(other)) => (&one.head, &one.frozen) == (&other.head, &other.frozen),
        _ => one == other,
    }
}

/// Tries the act through the use case; the bytes, if it froze some.
async fn attempt(
    w: &NoticeWorld,
    record: &NoticeRecord,
    (act, revision): (Act, i64),
    by: &TestOfficer,
) -> Result<Option<FrozenBytes>, ServiceError> {
    let (n, notice) = (&w.notices, id(record));
    let payload = record.version.as_ref().map_or(b"{}".to_vec(), |version| version.payload.clone());
    let sign = |role| by.sign(role, &payload, w.now());
    match act {
        Act::Edit => n.edit(&by.drafter(), notice, revision, &record.content).await.map(drop)?,
        Act::Freeze => return n.freeze(by.author(), notice, revision).await.map(Some),
        Act::Submit => n.submit(by.author(), notice, revision, &sign(SigningRole::Author)).await.map(drop)?,
        Act::ApproveLanguage(lang) => {
            let languages = [lang.parse().unwrap()];
            n.approve_languages(by.approver(), notice, revision, &languages).await.map(drop)?;
        }
        Act::Approve => n.approve(by.approver(), notice, revision, &sign(SigningRole::Approver)).await.map(drop)?,
        Act::Return => n.send_back(by.approver(), notice, revision, "Mend it.").await.map(drop)?,
        Act::Publish => {
            let confirmed = Confirmation { status: Status::Actual };
            n.publish(by.publisher(), notice, revision, confirmed).await.map(drop)?;
        }
    }
    Ok(None)
}

/// Plays a case; the state in which the notice ends.
async fn play(w: &NoticeWorld, officers: &[TestOfficer], kind: Kind, tries: &[Try]) -> State {
    let mut record = begin(w, officers, kind).await;
    let mut model = Model { notice: record.notice.clone(), frozen: None, now: w.now() };
    for (act, who, is_stale) in tries {
        let (by, revision) = (&officers[*who], revision(&record) - i64::from(*is_stale));
        let expected = model.next(*act, by.officer.id, &record.content).filter(|_| !is_stale);
        let answer = attempt(w, &record, (*act, revision), by).await;
        assert_eq!(answer.is_ok(), expected.is_some(), "{act:?} by {who}: {}", said(answer));
        if let Some(next) = expected {
            match act {
                Act::Edit | Act::Return => model.frozen = None,
                Act::Freeze => model.frozen = answer.unwrap(),
                _ => (),
            }
            model.notice = next;
        }
        record = w.show(id(&record)).await;
        assert!(is_same(&record.notice, &model.notice), "{act:?}: {:?} and not {:?}", record.notice, model.notice);
    }
    record.notice.state()
}

#[test]
fn whatever_officers_try_the_database_follows_the_domain() {
    let runtime = Runtime::new().unwrap();
    let (w, officers) = runtime.block_on(crowd(5));
    let ends = RefCell::new(BTreeMap::<(Kind, &str), u32>::new());
    let cases = (prop::sample::select(&KINDS[..]), tries(officers.len()));
    let run = runner(96).run(&cases, |(kind, tries)| {
        let end = runtime.block_on(play(&w, &officers, kind, &tries));
        *ends.borrow_mut().entry((kind, end.as_str())).or_default() += 1;
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
    // The cases are worth something only if they come to an end, of every kind, and not always.
    let ends = ends.into_inner();
    for kind in KINDS {
        let published = ends.get(&(kind, "published")).copied().unwrap_or_default();
        let all: u32 = ends.iter().filter(|((of, _), _)| *of == kind).map(|(_, count)| count).sum();
        assert!(0 < published && published < all, "{ends:?}");
    }
}
