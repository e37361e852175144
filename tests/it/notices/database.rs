//! The same rules without the use cases: whatever writes to the database, the database refuses.
//!
//! Each row is a statement about one notice (`$1`), which is taken back, and what the database must answer.

use munadi_domain::{
    access::{ClientKind, Role},
    id::NoticeId,
    notice::{Head, Intent, State},
    payload::Payload,
    vocabulary::Severity,
};
use munadi_store::notice::{NewNotice, NewVersion};
use munadi_testkit::{
    NoticeWorld,
    people::{id, revision, test_officer},
};
use munadi_transparency::canonical::CanonicalJson;
use sqlx::PgPool;
use time::Duration;

use super::{attempt, check, force, stored};

/// The department's signature, as publishing adds it.
pub(super) const PUBLISHERS_SIGNATURE: &str = "
    insert into notice_signature (notice_id, version, role, kid, protected, signature, signed_at)
    select n.id, n.version, 'publisher', k.kid, 'e30', '', now()
    from notice n join signing_key k on k.department_id = n.department_id and k.kind = 'department' where n.id = $1";

/// What publishing changes.
pub(super) const PUBLISH: &str = "
    update notice n set state = 'published', revision = revision + 1, published_at = now(), position = 1000, envelope = '{}',
        digest = v.digest, status = v.says->>'status', severity = v.says->>'severity', topic = v.says->>'topic', lane = 'routine',
        expires_at = v.expires_at, languages = v.languages, pins = '{}', places = '{}', search = ''
    from (select *, convert_from(payload, 'UTF8')::jsonb as says from notice_version) v
    where n.id = $1 and v.notice_id = n.id and v.version = n.version";

const NEXT: &str = "update notice set revision = revision + 1";

/// A signature by the officer of this name, with a key that has not signed yet if there is one.
fn signature(role: &str, name: &str) -> String {
    format!(
        "insert into notice_signature (notice_id, version, role, officer_id, kid, protected, signature, signed_at)
         select n.id, n.version, '{role}', o.id, (select kid from signing_key where officer_id = o.id order by kid in (select kid from notice_signature), kid limit 1), 'e30', '', now()
         from notice n, officer o where n.id = $1 and split_part(o.sign_in, '.', 1) = '{name}'"
    )
}

/// The approval of a language by the officer of this name.
fn approval(lang: &str, name: &str) -> String {
    format!(
        "insert into language_approval (notice_id, version, lang, officer_id, approved_at)
         select n.id, coalesce(n.version, 1), '{lang}', o.id, now() from notice n, officer o
         where n.id = $1 and split_part(o.sign_in, '.', 1) = '{name}'"
    )
}

/// Holds statements about one notice against the answers.
async fn check_all(pool: &PgPool, notice: NoticeId, rows: &[(&str, &str, &str)]) {
    let mut answers = Vec::new();
    for (name, sql, expected) in rows {
        answers.push((*name, attempt(pool, sql, notice).await, *expected));
    }
    check(&answers);
}

#[tokio::test]
async fn who_wrote_or_edited_approves_nothing() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let draft = w.draft().await;
    let edited = w.notices.edit(&w.deputy.drafter(), id(&draft), revision(&draft), &draft.content).await.unwrap();
    let review = w.submit(&edited).await;
    check_all(
        &pool,
        id(&review),
        &[
            ("the author approves a language", &approval("hi", "author"), "MU002"),
            ("the author approves", &signature("approver", "author"), "MU002"),
            ("an editor approves a language", &approval("hi", "deputy"), "MU003"),
            ("an editor approves", &signature("approver", "deputy"), "MU003"),
            (
                "an editor is forgotten",
                "delete from notice_editor where notice_id = $1 and officer_id <> (select author_id from notice where id = $1)",
                "MU001",
            ),
            ("an editor gets another name", "update notice_editor set officer_id = officer_id where notice_id = $1", "MU001"),
            (
                "the author gets another name",
                &format!("{NEXT}, author_id = (select id from officer where sign_in = 'publisher.floods') where id = $1"),
                "MU001",
            ),
            ("another approves a language", &approval("hi", "approver"), "done"),
            ("another approves", &signature("approver", "approver"), "done"),
        ],
    )
    .await;
}

#[tokio::test]
async fn who_has_approved_and_turns_out_to_be_an_editor_does_not_count() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let approved = w.approved().await;
    let editor = "insert into notice_editor (notice_id, officer_id) select $1, id from officer where sign_in = 'approver.floods'";
    let publish = format!("{editor}; {PUBLISHERS_SIGNATURE}; {PUBLISH}");
    let rows = [("the approver is an editor", publish.as_str(), "MU008")];
    check_all(&pool, id(&approved), &rows).await;
}

#[tokio::test]
async fn only_approvers_of_the_department_approve_languages() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let others = w.world.department(w.platform, "others").await;
    test_officer(&w.world, &others, "stranger", &[Role::Approver]).await;
    test_officer(&w.world, &w.department, "drafter", &[Role::Drafter]).await;
    let review = w.submitted().await;
    let disabled = format!(
        "update officer set disabled_at = now() where sign_in = 'approver.floods' and $1 <> ''; {}",
        approval("hi", "approver")
    );
    check_all(
        &pool,
        id(&review),
        &[
            ("of another department", &approval("hi", "stranger"), "MU010"),
            ("without the role", &approval("hi", "drafter"), "MU010"),
            ("no longer there", &disabled, "MU010"),
            ("an approver", &approval("hi", "approver"), "done"),
        ],
    )
    .await;
}

#[tokio::test]
async fn one_person_signs_once() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let mut content = w.content();
    content.severity = Some(Severity::Extreme);
    let review = w.approve_languages(&w.submit(&w.draft_of(&content).await).await).await;
    let review = w.approve_by(&w.approver, &review).await;
    let again = signature("approver", "approver");
    let same_key = attempt(&pool, &again, id(&review)).await;
    // A second key does not make a second person.
    w.world.signing_key(&w.department, &w.approver.officer).await;
    let other_key = attempt(&pool, &again, id(&review)).await;
    let approved = format!("{NEXT}, state = 'approved' where id = $1");
    let one = attempt(&pool, &approved, id(&review)).await;
    let two = attempt(&pool, &format!("{}; {approved}", signature("approver", "publisher")), id(&review)).await;
    check(&[
        ("the same key", same_key, "notice_signature_p"),
        ("another key", other_key, "notice_signature_person"),
        ("approved with one of two", one, "MU008"),
        ("approved with two", two, "done"),
    ]);
}

#[tokio::test]
async fn nothing_goes_on_without_its_signatures_and_approvals() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let (draft, review, approved) = (w.draft().await, w.submitted().await, w.approved().await);
    w.freeze(&draft).await;
    let set = |state: &str, author: &str| {
        format!(
            "{NEXT}, state = '{state}', author_id = (select id from officer where sign_in = '{author}.floods') where id = $1"
        )
    };
    let (hindi, english) = (approval("hi", "approver"), approval("en-IN", "approver"));
    let (author, approver) = (signature("author", "author"), signature("approver", "approver"));
    let in_review = set("in_review", "author");
    let is_approved = format!("{NEXT}, state = 'approved' where id = $1");
    check_all(
        &pool,
        id(&draft),
        &[
            ("in review without the author's signature", &in_review, "MU008"),
            ("in review under another name", &format!("{author}; {}", set("in_review", "deputy")), "MU008"),
            ("an alert, by its author alone", &format!("{author}; {}", set("approved", "author")), "MU008"),
            ("approved as a draft, then submitted", &format!("{hindi}; {author}; {in_review}"), "MU007"),
            ("signed by an approver as a draft", &approver, "MU007"),
            (
                "signed by two authors",
                &format!("{author}; {}", signature("author", "deputy")),
                "notice_signature_author",
            ),
            ("in review", &format!("{author}; {in_review}"), "done"),
        ],
    )
    .await;
    check_all(
        &pool,
        id(&review),
        &[
            ("no approver", &format!("{hindi}; {english}; {is_approved}"), "MU008"),
            ("no language", &format!("{approver}; {is_approved}"), "MU008"),
            ("one language", &format!("{hindi}; {approver}; {is_approved}"), "MU008"),
            (
                "another language",
                &format!("{hindi}; {}; {approver}; {is_approved}", approval("ta", "approver")),
                "MU008",
            ),
            ("signed by the department too early", PUBLISHERS_SIGNATURE, "MU007"),
            ("signed by an author too late", &signature("author", "deputy"), "MU007"),
            ("everything", &format!("{hindi}; {english}; {approver}; {is_approved}"), "done"),
        ],
    )
    .await;
    check_all(
        &pool,
        id(&approved),
        &[
            ("published without the department", PUBLISH, "MU008"),
            ("published", &format!("{PUBLISHERS_SIGNATURE}; {PUBLISH}"), "done"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_has_expired_goes_no_further() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let (draft, review, approved) = (w.draft().await, w.submitted().await, w.approved().await);
    w.freeze(&draft).await;
    let read = w.approve_languages(&w.submitted().await).await;
    for record in [&draft, &review, &approved, &read] {
        let expire = "update notice_version set expires_at = now() where notice_id = $1";
        force(&pool, "notice_version", expire, id(record)).await;
    }
    let publish = format!("{PUBLISHERS_SIGNATURE}; {PUBLISH}");
    check_all(&pool, id(&draft), &[("the author signs", &signature("author", "author"), "MU004")]).await;
    check_all(&pool, id(&review), &[("a language", &approval("hi", "approver"), "MU004")]).await;
    check_all(&pool, id(&read), &[("an approver signs", &signature("approver", "approver"), "MU004")]).await;
    check_all(&pool, id(&approved), &[("publish", &publish, "MU004")]).await;
    // All have signed in time, and the state is changed after it.
    let approver = signature("approver", "approver");
    let late = w.approve_languages(&w.submitted().await).await;
    let expire = "update notice_version set expires_at = now() where notice_id = $1";
    let mut signed = pool.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(approver)).bind(id(&late).to_string()).execute(&mut *signed).await.unwrap();
    signed.commit().await.unwrap();
    force(&pool, "notice_version", expire, id(&late)).await;
    let is_approved = format!("{NEXT}, state = 'approved' where id = $1");
    check_all(&pool, id(&late), &[("approved", &is_approved, "MU004")]).await;
}

#[tokio::test]
async fn what_was_edited_is_void_and_stays() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let review = w.submitted().await;
    let edit = format!("{NEXT}, content = content || '{{\"links\": [{{\"href\": \"https://a.in\"}}]}}'");
    check_all(
        &pool,
        id(&review),
        &[
            ("edited in review", &format!("{edit} where id = $1"), "MU007"),
            ("edited, and still frozen", &format!("{edit}, state = 'draft', author_id = null where id = $1"), "MU007"),
            (
                "returned, and still frozen",
                &format!("{NEXT}, state = 'draft', author_id = null where id = $1"),
                "MU007",
            ),
            ("other bytes in review", &format!("{NEXT}, version = null where id = $1"), "MU001"),
            ("edited", &format!("{edit}, state = 'draft', author_id = null, version = null where id = $1"), "done"),
        ],
    )
    .await;
    let edited = w.notices.edit(&w.author.drafter(), id(&review), revision(&review), &review.content).await.unwrap();
    let draft = w.draft().await;
    w.freeze(&draft).await;
    check_all(
        &pool,
        id(&edited),
        &[
            (
                "the old bytes again",
                &format!("{NEXT}, version = 1 where id = $1; {}", signature("author", "deputy")),
                "MU004",
            ),
            ("not void after all", "update notice_version set voided_at = null where notice_id = $1", "MU001"),
            ("void earlier", "update notice_version set voided_at = now() where notice_id = $1", "MU001"),
            ("a language of the old bytes", &approval("hi", "approver"), "MU004"),
            ("the trace is removed", "delete from notice_version where notice_id = $1", "MU001"),
        ],
    )
    .await;
    check_all(
        &pool,
        id(&draft),
        &[
            (
                "an edit that nobody says voids anything",
                &format!(
                    "{edit}, version = null where id = $1;
                     delete from notice where id = $1 and not exists (
                        select from notice_version where notice_id = $1 and voided_at is null)"
                ),
                "done",
            ),
            ("an edit of a frozen draft", &format!("{edit} where id = $1"), "MU007"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_change_follows_the_one_before() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let draft = w.draft().await;
    for (name, revision, expected) in [
        ("the same", "revision", "MU006"),
        ("one left out", "revision + 2", "MU006"),
        ("one back", "revision - 1", "MU006"),
        ("the next", "revision + 1", "done"),
    ] {
        let sql = format!("update notice set revision = {revision} where id = $1");
        check_all(&pool, id(&draft), &[(name, &sql, expected)]).await;
    }
    for (name, change) in [
        ("department", "department_id = (select id from department where slug = 'others')"),
        ("family", "family_id = 'ntc_x'"),
        ("intent", "intent = 'update'"),
        ("what it follows", "replaces_id = id"),
        ("reach", "reach = 'team'"),
        ("maker", "created_by = 'ofc_x'"),
        ("origin", "source_sender = 'x'"),
    ] {
        let sql = format!("{NEXT}, {change} where id = $1");
        check_all(&pool, id(&draft), &[(name, &sql, "MU001")]).await;
    }
}

#[tokio::test]
async fn states_follow_each_other_as_the_domain_says() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let (superseded, withdrawn) = (w.published().await, w.published().await);
    w.followed_by(&superseded, Intent::Correct).await;
    w.followed_by(&withdrawn, Intent::Cancel).await;
    let records =
        [w.draft().await, w.submitted().await, w.approved().await, w.published().await, superseded, withdrawn];
    let ways = ["draft in_review", "draft approved", "in_review draft", "in_review approved", "approved draft"];
    let ways = [&ways[..], &["approved published", "published superseded", "published withdrawn"]].concat();
    for record in records {
        let record = w.show(id(&record)).await;
        let from = record.notice.state();
        for to in State::ALL.into_iter().filter(|to| *to != from) {
            let way = format!("{} {}", from.as_str(), to.as_str());
            let sql = format!("{NEXT}, state = '{}' where id = $1", to.as_str());
            let said = attempt(&pool, &sql, id(&record)).await;
            // Where there is a way, it takes more than the word.
            let is_refused = if ways.contains(&way.as_str()) { said != "done" } else { said == "MU007" };
            assert!(is_refused, "{way}: {said}");
        }
    }
    let start =
        "insert into notice (id, department_id, family_id, intent, state, content, created_by, created_at, updated_at";
    let insert = |state: &str, more: &str, values: &str| {
        format!(
            "{start}{more}) select 'ntc_x', department_id, 'ntc_x', 'alert', '{state}', content, created_by, now(), now(){values}
             from notice where id = $1"
        )
    };
    let published = w.published().await;
    let copied =
        ", published_at, position, envelope, digest, lane, expires_at, pins, places, search, author_id, version";
    let values = ", published_at, 1000, envelope, digest, lane, expires_at, pins, places, search, author_id, version";
    check_all(
        &pool,
        id(&published),
        &[
            ("a draft", &insert("draft", "", ""), "done"),
            ("in review", &insert("in_review", ", author_id, version", ", author_id, version"), "MU007"),
            ("approved", &insert("approved", ", author_id, version", ", author_id, version"), "MU007"),
            ("published", &insert("published", copied, values), "MU007"),
            ("a draft with a position", &insert("draft", ", position", ", 1000"), "notice_check"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_published_stays_as_it_is() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let published = w.published().await;
    let set = |change: &str| format!("{NEXT}, {change} where id = $1");
    check_all(
        &pool,
        id(&published),
        &[
            ("the text", &set("content = '{}'"), "MU001"),
            ("the envelope", &set("envelope = '{}'"), "MU001"),
            ("the digest", &set("digest = sha256('x')"), "MU001"),
            ("the audience", &set("pins = '{}'"), "MU001"),
            ("the time", &set("expires_at = now() + interval '1 day'"), "MU001"),
            ("the position", &set("position = 7"), "MU001"),
            ("the status", &set("status = 'Test'"), "MU001"),
            ("the version", &set("version = 2"), "MU001"),
            ("nothing", &set("updated_at = now()"), "MU001"),
            ("deleted", "delete from notice where id = $1", "MU001"),
            (
                "other bytes",
                "update notice_version set payload = 'x', digest = sha256('x') where notice_id = $1",
                "MU001",
            ),
            ("fewer approvers", "update notice_version set approvers_needed = 0 where notice_id = $1", "MU001"),
            ("void", "update notice_version set voided_at = now() where notice_id = $1", "MU001"),
            ("bytes deleted", "delete from notice_version where notice_id = $1", "MU001"),
            ("a signature changed", "update notice_signature set signature = 'x' where notice_id = $1", "MU001"),
            ("a signature's time", "update notice_signature set signed_at = now() where notice_id = $1", "MU001"),
            ("a signature deleted", "delete from notice_signature where notice_id = $1", "MU001"),
            ("an approval changed", "update language_approval set lang = lang where notice_id = $1", "MU001"),
            ("an approval deleted", "delete from language_approval where notice_id = $1", "MU001"),
            ("one more approval", &approval("ta", "approver"), "MU007"),
            ("one more signature", &signature("approver", "publisher"), "MU007"),
            ("superseded by nothing", &set("state = 'superseded', ended_by = id, ended_at = now()"), "MU007"),
            ("back to draft", &set("state = 'draft'"), "MU007"),
        ],
    )
    .await;
    let review = w.submitted().await;
    check_all(&pool, id(&review), &[("a notice in review deleted", "delete from notice where id = $1", "MU007")]).await;
}

#[tokio::test]
async fn a_notice_ends_once_by_what_follows_it() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let (original, unrelated) = (w.published().await, w.published().await);
    let update = w.submit(&w.follow(&original, Intent::Update).await).await;
    let update = w.approve(&update).await;
    let second = w.follow(&original, Intent::Correct).await;
    let second = w.approve(&w.submit(&second).await).await;
    let end = |state: &str, by: NoticeId| {
        format!("{NEXT}, state = '{state}', ended_by = '{by}', ended_at = now() where id = $1")
    };
    check_all(
        &pool,
        id(&original),
        &[
            ("by an unrelated notice", &end("superseded", id(&unrelated)), "MU007"),
            ("by one that is not out yet", &end("superseded", id(&update)), "MU007"),
            ("by itself", &end("withdrawn", id(&original)), "MU007"),
        ],
    )
    .await;
    let published = w.publish(&update).await;
    check_all(
        &pool,
        id(&original),
        &[
            ("again", &end("superseded", id(&published)), "MU001"),
            ("withdrawn after all", &end("withdrawn", id(&published)), "MU007"),
            ("by another", &format!("{NEXT}, ended_by = '{}' where id = $1", id(&second)), "MU001"),
        ],
    )
    .await;
    let publish = format!("{PUBLISHERS_SIGNATURE}; {PUBLISH}");
    check_all(&pool, id(&second), &[("a second one follows", &publish, "MU007")]).await;
    // Also when the original, by a fault, is not yet marked as ended.
    force(&pool, "notice", "update notice set state = 'published', ended_by = null where id = $1", id(&original)).await;
    check_all(&pool, id(&second), &[("a second one follows", &publish, "notice_successor")]).await;
    check_all(
        &pool,
        id(&original),
        &[
            ("withdrawn by an update", &end("withdrawn", id(&published)), "MU007"),
            ("superseded by its update", &end("superseded", id(&published)), "done"),
        ],
    )
    .await;
}

async fn insert(w: &NoticeWorld, head: &Head) -> String {
    let mut tx = w.world.core.store.begin().await.unwrap();
    let content = w.content();
    let new =
        NewNotice { head, content: &content, reach: ClientKind::Live, created_by: "x", source: None, at: w.now() };
    stored(tx.insert_notice(new).await)
}

#[tokio::test]
async fn a_notice_follows_a_published_one_of_its_own() {
    let w = NoticeWorld::new().await;
    let (draft, published, ended) = (w.draft().await, w.published().await, w.published().await);
    let cancel = w.followed_by(&ended, Intent::Cancel).await;
    let others = w.world.department(w.platform, "others").await;
    let fresh = munadi_domain::id::NoticeId::new(w.world.core.seed().unwrap());
    let head = |record: &munadi_services::notices::NoticeRecord| Head {
        id: fresh,
        intent: Intent::Update,
        replaces: Some(id(record)),
        revision: 1,
        ..record.notice.head().clone()
    };
    let alert = Head { intent: Intent::Alert, replaces: None, family: fresh, ..head(&published) };
    check(&[
        ("a draft", insert(&w, &head(&draft)).await, "WrongState"),
        ("one that has ended", insert(&w, &head(&ended)).await, "WrongState"),
        ("another department's", insert(&w, &Head { department: others.id, ..head(&published) }).await, "WrongState"),
        ("a cancel of a cancel", insert(&w, &Head { intent: Intent::Cancel, ..head(&cancel) }).await, "WrongState"),
        ("in another family", insert(&w, &Head { family: fresh, ..head(&published) }).await, "WrongState"),
        (
            "an alert in an old family",
            insert(&w, &Head { family: id(&published), ..alert.clone() }).await,
            "WrongState",
        ),
        (
            "an alert that replaces",
            insert(&w, &Head { intent: Intent::Alert, ..head(&published) }).await,
            "notice_check",
        ),
        ("an update of nothing", insert(&w, &Head { intent: Intent::Update, ..alert.clone() }).await, "notice_check"),
        ("an update", insert(&w, &head(&published)).await, "done"),
        ("an alert", insert(&w, &alert).await, "done"),
    ]);
}

/// Freezes bytes for a draft as the store does, after a change of what is said of them; takes it back.
async fn freeze(w: &NoticeWorld, head: &Head, bytes: &Payload, columns: &Payload) -> String {
    let canonical = CanonicalJson::from_serialize_within(bytes, 65_536).unwrap();
    let mut tx = w.world.core.store.begin().await.unwrap();
    let version = NewVersion {
        bytes: canonical.as_bytes(),
        payload: columns,
        digest: canonical.digest(),
        by: w.author.officer.id,
        at: w.now(),
    };
    stored(tx.freeze(head, version).await)
}

#[tokio::test]
async fn columns_say_what_the_bytes_say() {
    let w = NoticeWorld::new().await;
    let (draft, other, published) = (w.draft().await, w.draft().await, w.published().await);
    let review = w.submitted().await;
    let cancel = w.follow(&published, Intent::Cancel).await;
    let payload = |record: &munadi_services::notices::NoticeRecord, seq| {
        let content = w.content().complete(&w.world.core.places, w.now()).unwrap();
        Payload::freeze(record.notice.head(), content, seq, w.now())
    };
    let good = payload(&draft, 1_000);
    let extreme = Payload { severity: Severity::Extreme, ..good.clone() };
    let later = Payload { expires: good.expires + Duration::HOUR, ..good.clone() };
    let hindi = Payload { languages: good.languages[..1].to_vec(), ..good.clone() };
    let of_other = payload(&other, 1_000);
    let as_cancel = Payload { msg_type: Intent::Cancel.msg_type(), ..good.clone() };
    let aimless = Payload { references: Vec::new(), ..payload(&cancel, 1_000) };
    let head = draft.notice.head();
    let used = published.notice.frozen().unwrap().payload.seq;
    let again = payload(&draft, used);
    check(&[
        ("fewer approvers", freeze(&w, head, &extreme, &good).await, "OtherBytes"),
        ("an alert without approvers", freeze(&w, head, &good, &as_cancel).await, "OtherBytes"),
        ("an alert with the bytes of a cancel", freeze(&w, head, &as_cancel, &as_cancel).await, "OtherBytes"),
        ("a later expiry", freeze(&w, head, &good, &later).await, "OtherBytes"),
        ("fewer languages", freeze(&w, head, &good, &hindi).await, "OtherBytes"),
        ("another number", freeze(&w, head, &good, &again).await, "OtherBytes"),
        ("another notice's bytes", freeze(&w, head, &of_other, &of_other).await, "OtherBytes"),
        ("a cancel of nothing", freeze(&w, cancel.notice.head(), &aimless, &aimless).await, "OtherBytes"),
        ("a number used before", freeze(&w, head, &again, &again).await, "notice_version_department_id_seq_key"),
        (
            "a notice in review",
            freeze(&w, review.notice.head(), &payload(&review, 1_000), &payload(&review, 1_000)).await,
            "WrongState",
        ),
        ("two approvers for what is extreme", freeze(&w, head, &extreme, &extreme).await, "done"),
        ("as it is", freeze(&w, head, &good, &good).await, "done"),
    ]);
}

#[tokio::test]
async fn what_is_published_is_what_was_signed() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let approved = w.approved().await;
    let other = |from: &str, to: &str| {
        assert!(PUBLISH.contains(from), "{from}");
        format!("{PUBLISHERS_SIGNATURE}; {}", PUBLISH.replace(from, to))
    };
    check_all(
        &pool,
        id(&approved),
        &[
            ("digest", &other("digest = v.digest", "digest = sha256('x')"), "MU009"),
            ("status", &other("v.says->>'status'", "'Exercise'"), "MU009"),
            ("no status", &other("v.says->>'status'", "null"), "MU009"),
            ("severity", &other("v.says->>'severity'", "'Minor'"), "MU009"),
            ("topic", &other("v.says->>'topic'", "'weather'"), "MU009"),
            ("expiry", &other("= v.expires_at", "= v.expires_at + interval '1 hour'"), "MU009"),
            ("languages", &other("= v.languages", "= v.languages[1:1]"), "MU009"),
            ("no envelope", &other("envelope = '{}'", "envelope = null"), "notice_check"),
            ("no position", &other("position = 1000", "position = null"), "notice_check"),
            ("as it is", &other("revision", "revision"), "done"),
        ],
    )
    .await;
    w.published().await;
    let used = other("position = 1000", "position = 1");
    check_all(&pool, id(&approved), &[("a used position", &used, "notice_position_key")]).await;
}

#[tokio::test]
async fn tests_and_drills_of_systems_never_go_out_as_the_real_thing() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let approved = w.approved().await;
    let publish = format!("{PUBLISHERS_SIGNATURE}; {PUBLISH}");
    for reach in ["test", "team"] {
        let sql = format!("update notice set reach = '{reach}' where id = $1");
        force(&pool, "notice", &sql, id(&approved)).await;
        check_all(&pool, id(&approved), &[(reach, &publish, "notice_check")]).await;
    }
    let mut content = w.content();
    content.status = Some(munadi_domain::vocabulary::Status::Exercise);
    let drill = w.approve(&w.submit(&w.draft_of(&content).await).await).await;
    force(&pool, "notice", "update notice set reach = 'team' where id = $1", id(&drill)).await;
    check_all(&pool, id(&drill), &[("a team's drill", &publish, "done")]).await;
}
