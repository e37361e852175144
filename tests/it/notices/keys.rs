//! Whose key signs what: what the use cases refuse, and what the database refuses without them.

use munadi_domain::{
    access::Role,
    id::{KeyId, NoticeId},
};
use munadi_services::{
    keys::Revocation,
    notices::{Confirmation, NoticeRecord, SubmittedSignature},
};
use munadi_store::notice::NewSignature;
use munadi_testkit::{
    NoticeWorld, TestOfficer,
    people::{id, payload, revision, sign_with, test_officer},
};
use munadi_transparency::{
    key::{LocalKey, Signer},
    notice::{ProtectedHeader, Role as SigningRole},
};
use sqlx::AssertSqlSafe;
use time::Duration;

use super::{attempt, check, said, stored, value};

/// A notice that waits for the approver's signature only.
async fn read(w: &NoticeWorld) -> NoticeRecord {
    w.approve_languages(&w.submitted().await).await
}

async fn approve(w: &NoticeWorld, review: &NoticeRecord, signature: &SubmittedSignature) -> String {
    said(w.notices.approve(w.approver.approver(), id(review), revision(review), signature).await)
}

/// The approver's signature with whatever key.
fn signed_with(w: &NoticeWorld, key: &LocalKey, review: &NoticeRecord) -> SubmittedSignature {
    let header = ProtectedHeader { kid: key.kid().clone(), ..w.approver.header(SigningRole::Approver, w.now()) };
    sign_with(key, &header, payload(review))
}

fn key_id(key: &LocalKey) -> KeyId {
    key.kid().as_str().parse().unwrap()
}

async fn revoke(w: &NoticeWorld, by: &TestOfficer, key: &LocalKey) {
    let why = Revocation { reason: "lost".to_owned(), since: None };
    w.world.keys.revoke(&by.actor(), key_id(key), &why).await.unwrap();
}

#[tokio::test]
async fn only_the_approvers_own_confirmed_key_signs() {
    let w = NoticeWorld::new().await;
    let review = read(&w).await;
    let others = w.world.department(w.platform, "others").await;
    let stranger = test_officer(&w.world, &others, "stranger", &[Role::Approver]).await;
    let (unconfirmed, _) = w.world.enrolled_key(&w.approver.officer).await;
    let revoked = w.world.signing_key(&w.department, &w.approver.officer).await;
    revoke(&w, &w.approver, &revoked).await;
    let signed = |key| signed_with(&w, key, &review);
    check(&[
        ("not confirmed", approve(&w, &review, &signed(&unconfirmed)).await, "signature: the key key_"),
        ("a colleague's", approve(&w, &review, &signed(&w.publisher.key)).await, "signature: the key key_"),
        ("of another department", approve(&w, &review, &signed(&stranger.key)).await, "signature: the key key_"),
        ("not of this role", approve(&w, &review, &signed(&w.author.key)).await, "signature: the key key_"),
        ("revoked", approve(&w, &review, &signed(&revoked)).await, "signature: the key key_"),
        ("the approver's own", approve(&w, &review, &signed(&w.approver.key)).await, "done"),
    ]);
}

#[tokio::test]
async fn a_signature_says_who_signed_what_when_and_where() {
    let w = NoticeWorld::new().await;
    // Ten minutes ago the key was there already.
    w.world.clock.advance(Duration::minutes(20));
    let (review, other) = (read(&w).await, read(&w).await);
    let (now, good) = (w.now(), w.approver.header(SigningRole::Approver, w.now()));
    let signed = async |header: ProtectedHeader| {
        approve(&w, &review, &sign_with(&w.approver.key, &header, payload(&review))).await
    };
    let at = |iat| ProtectedHeader { iat, ..good.clone() };
    let by_publisher = w.publisher.sign(SigningRole::Approver, payload(&review), now);
    let mut torn = w.approver.sign(SigningRole::Approver, payload(&review), now);
    torn.signature.truncate(80);
    let flipped = {
        let mut signature = w.approver.sign(SigningRole::Approver, payload(&review), now);
        let first = if signature.signature.starts_with('A') { "B" } else { "A" };
        signature.signature.replace_range(..1, first);
        signature
    };
    let spaced = SubmittedSignature { protected: format!("{}=", torn.protected), ..flipped.clone() };
    let sub = w.publisher.officer.id.to_string();
    check(&[
        ("too old", signed(at(good.iat - Duration::seconds(601))).await, "signature: the signature is more than ten"),
        ("from the future", signed(at(good.iat + Duration::seconds(62))).await, "signature: the signature by the key"),
        (
            "as author",
            signed(ProtectedHeader { role: SigningRole::Author, ..good.clone() }).await,
            "signature: the key",
        ),
        ("under another name", signed(ProtectedHeader { sub, ..good.clone() }).await, "signature: the key"),
        (
            "elsewhere",
            signed(ProtectedHeader { iss: "x".to_owned(), ..good.clone() }).await,
            "signature: it was signed for",
        ),
        (
            "another notice",
            approve(&w, &review, &w.approver.sign(SigningRole::Approver, payload(&other), now)).await,
            "signature: the signature by the key",
        ),
        ("somebody else's", approve(&w, &review, &by_publisher).await, "signature: the key belongs to someone else"),
        ("one bit", approve(&w, &review, &flipped).await, "signature: the signature by the key"),
        ("torn", approve(&w, &review, &torn).await, "signature: "),
        ("with padding", approve(&w, &review, &spaced).await, "signature: the signature is not in base64url"),
        ("ten minutes old", signed(at(good.iat - Duration::seconds(599))).await, "done"),
    ]);
}

#[tokio::test]
async fn a_key_signs_in_its_time_only() {
    let w = NoticeWorld::new().await;
    let draft = w.draft().await;
    let bytes = w.freeze(&draft).await;
    let early = w.author.header(SigningRole::Author, w.now() - Duration::minutes(1));
    let early = sign_with(&w.author.key, &early, &bytes.payload);
    let early = w.notices.submit(w.author.author(), id(&draft), bytes.revision, &early).await;
    w.world.clock.advance(munadi_services::keys::OFFICER_KEY_LIFE);
    let draft = w.draft().await;
    let bytes = w.freeze(&draft).await;
    let late = w.author.sign(SigningRole::Author, &bytes.payload, w.now());
    let late = w.notices.submit(w.author.author(), id(&draft), bytes.revision, &late).await;
    check(&[("before", said(early), "signature: the key key_"), ("after", said(late), "signature: the key key_")]);
}

#[tokio::test]
async fn what_a_stolen_key_signed_is_not_published() {
    let w = NoticeWorld::new().await;
    let (approved, other) = (w.approved().await, w.approved().await);
    let publish = async |record| {
        let status = munadi_domain::vocabulary::Status::Actual;
        let by = w.publisher.publisher();
        said(w.notices.publish(by, id(record), revision(record), Confirmation { status }).await)
    };
    w.world.clock.advance(Duration::seconds(2));
    // From now on the key is not trusted: what it signed before stays good.
    revoke(&w, &w.approver, &w.approver.key).await;
    let first = publish(&approved).await;
    // It turns out that it was in other hands before it signed.
    let since = Some(w.now() - Duration::minutes(5));
    let why = Revocation { reason: "stolen".to_owned(), since };
    w.world.keys.revoke(&w.approver.actor(), key_id(&w.approver.key), &why).await.unwrap();
    let second = publish(&other).await;
    check(&[
        ("lost after signing", first, "done"),
        ("lost before signing", second, "signature: the notice would not be accepted"),
    ]);
    let state: String = value(&w, "select state from notice where id = $1", id(&other)).await;
    assert_eq!(state, "approved", "nothing is left of the attempt");
}

/// Puts the approver's signature with this key into the database as the store does, without the use case; takes it back.
async fn insert(w: &NoticeWorld, review: &NoticeRecord, role: &str, signer: Option<&TestOfficer>, kid: &str) -> String {
    let mut tx = w.world.core.store.begin().await.unwrap();
    let new = NewSignature {
        notice: id(review),
        version: 1,
        role,
        officer: signer.map(|signer| signer.officer.id),
        kid,
        protected: "e30",
        signature: "",
        at: w.now(),
    };
    stored(tx.insert_signature(new).await)
}

/// The same after a change of the approver's key.
async fn insert_after(w: &NoticeWorld, review: &NoticeRecord, change: &str) -> String {
    let kid = w.approver.key.kid();
    let statement = format!(
        "update signing_key set {change} where kid = '{kid}' and $1 <> '';
         insert into notice_signature (notice_id, version, role, officer_id, kid, protected, signature, signed_at)
         select id, version, 'approver', '{}', '{kid}', 'e30', '', now() from notice where id = $1",
        w.approver.officer.id
    );
    attempt(&w.world.database.pool().await, &statement, id(review)).await
}

#[tokio::test]
async fn the_database_knows_whose_key_signs() {
    let w = NoticeWorld::new().await;
    let review = read(&w).await;
    let others = w.world.department(w.platform, "others").await;
    let stranger = test_officer(&w.world, &others, "stranger", &[Role::Approver]).await;
    let (unconfirmed, _) = w.world.enrolled_key(&w.approver.officer).await;
    let department: String =
        value(&w, "select kid from signing_key where kind = 'department' and $1 <> '' order by kid", id(&review)).await;
    let unusable = "UnusableKey";
    let (approver, kid) = (Some(&w.approver), w.approver.key.kid().as_str());
    check(&[
        ("not confirmed", insert(&w, &review, "approver", approver, unconfirmed.kid().as_str()).await, unusable),
        ("a colleague's", insert(&w, &review, "approver", approver, w.publisher.key.kid().as_str()).await, unusable),
        (
            "of another department",
            insert(&w, &review, "approver", Some(&stranger), stranger.key.kid().as_str()).await,
            unusable,
        ),
        ("not of this role", insert(&w, &review, "approver", approver, w.author.key.kid().as_str()).await, unusable),
        ("the department's", insert(&w, &review, "approver", approver, &department).await, unusable),
        ("nobody's", insert(&w, &review, "approver", None, kid).await, unusable),
        ("one that is not there", insert(&w, &review, "approver", approver, "key_x").await, unusable),
        ("revoked", insert_after(&w, &review, "revoked_at = now()").await, "MU005"),
        ("revoked in the past", insert_after(&w, &review, "revoked_at = now() - interval '1 day'").await, "MU005"),
        ("no longer confirmed", insert_after(&w, &review, "confirmed_at = null, confirmed_by = null").await, "MU005"),
        ("before its time", insert_after(&w, &review, "not_before = now() + interval '1 hour'").await, "MU005"),
        (
            "after its time",
            insert_after(&w, &review, "not_before = now() - interval '2 days', expires_at = now() - interval '1 day'")
                .await,
            "MU005",
        ),
        ("without roles", insert_after(&w, &review, "roles = '{}'").await, "MU005"),
        ("the approver's own", insert(&w, &review, "approver", approver, kid).await, "done"),
    ]);
}

#[tokio::test]
async fn the_database_publishes_nothing_that_a_revoked_key_signed() {
    let w = NoticeWorld::new().await;
    let approved = w.approved().await;
    let kid = w.approver.key.kid();
    let revoke = |since| format!("update signing_key set revoked_at = {since} where kid = '{kid}' and $1 <> ''");
    let publish = async |notice: NoticeId, before: String| {
        let all = format!("{before}; {}; {}", super::database::PUBLISHERS_SIGNATURE, super::database::PUBLISH);
        attempt(&w.world.database.pool().await, &all, notice).await
    };
    check(&[
        ("the approver's key", publish(id(&approved), revoke("now() - interval '1 day'")).await, "MU008"),
        ("later than it signed", publish(id(&approved), revoke("now() + interval '1 day'")).await, "done"),
    ]);
    // The department's own key is revoked at the moment at which it would sign.
    let pool = w.world.database.pool().await;
    let change = "update signing_key set revoked_at = now() where kind = 'department'";
    sqlx::query(AssertSqlSafe(change.to_owned())).execute(&pool).await.unwrap();
    let signed = attempt(&pool, super::database::PUBLISHERS_SIGNATURE, id(&approved)).await;
    check(&[("the department's key", signed, "MU005")]);
}
