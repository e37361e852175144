//! What the audit trail says of notices, and what it never says.

use munadi_domain::{language::Lang, notice::Intent, vocabulary::Status};
use munadi_services::notices::Confirmation;
use munadi_testkit::{
    NoticeWorld, TestOfficer,
    people::{id, payload, revision},
};
use munadi_transparency::{canonical::CanonicalJson, notice::Role as SigningRole};
use serde_json::{Value, json};
use sqlx::Row;

use super::said;

const ACTUAL: Confirmation = Confirmation { status: Status::Actual };

struct Entry {
    actor: String,
    role: String,
    action: String,
    resource: String,
    leaf: Vec<u8>,
    detail: Value,
    columns: Value,
    digest_is_good: bool,
}

/// Every entry in the order of writing. The digest of the detail is computed by the database, from the canonical bytes made here.
async fn entries(w: &NoticeWorld) -> Vec<Entry> {
    let pool = w.world.database.pool().await;
    let rows = sqlx::query(
        "select actor, actor_role, action, resource, leaf, detail, salt, detail_digest,
            jsonb_build_object('id', id, 'actor', actor, 'actor_role', actor_role, 'department', department_id, 'action', action,
                'resource', resource, 'outcome', outcome, 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),
                'detail_digest', rtrim(translate(encode(detail_digest, 'base64'), '+/', '-_'), '='))
            || coalesce((select jsonb_build_object('resource_digest', rtrim(translate(encode(n.digest, 'base64'), '+/', '-_'), '='))
                from notice n where n.id = resource and action = 'notice.publish'), '{}') as columns
         from audit_event e join audit_detail d on d.event_id = e.id order by e.xmin::text::bigint, e.cmin::text::bigint",
    );
    let mut entries = Vec::new();
    for row in rows.fetch_all(&pool).await.unwrap() {
        let detail: Value = row.get("detail");
        let salted =
            [row.get::<Vec<u8>, _>("salt"), CanonicalJson::from_value(&detail).unwrap().as_bytes().to_vec()].concat();
        let digest: Vec<u8> = sqlx::query_scalar("select sha256($1)").bind(salted).fetch_one(&pool).await.unwrap();
        entries.push(Entry {
            actor: row.get("actor"),
            role: row.get("actor_role"),
            action: row.get("action"),
            resource: row.get("resource"),
            leaf: row.get("leaf"),
            columns: row.get("columns"),
            digest_is_good: digest == row.get::<Vec<u8>, _>("detail_digest"),
            detail,
        });
    }
    entries
}

/// Who must have done what to the notice in the last entry, which must be the only new one.
async fn expect_one(
    w: &NoticeWorld,
    before: &mut usize,
    who: &TestOfficer,
    role: &str,
    action: &str,
) -> (String, Value) {
    let all = entries(w).await;
    assert_eq!(all.len(), *before + 1, "{action}: exactly one entry");
    *before = all.len();
    let last = all.last().unwrap();
    let expected = (who.officer.id.to_string(), role, format!("notice.{action}"));
    assert_eq!((last.actor.clone(), last.role.as_str(), last.action.clone()), expected);
    (last.resource.clone(), last.detail.clone())
}

#[tokio::test]
async fn every_act_leaves_exactly_one_entry() {
    let w = NoticeWorld::new().await;
    let n = &w.notices;
    let mut count = entries(&w).await.len();
    let draft = w.draft().await;
    let (resource, detail) = expect_one(&w, &mut count, &w.author, "drafter", "draft").await;
    assert_eq!((resource, detail["intent"].as_str()), (id(&draft).to_string(), Some("alert")));
    let edited = n.edit(&w.deputy.drafter(), id(&draft), revision(&draft), &w.content()).await.unwrap();
    expect_one(&w, &mut count, &w.deputy, "drafter", "edit").await;
    let frozen = w.freeze(&edited).await;
    let (_, detail) = expect_one(&w, &mut count, &w.author, "drafter", "freeze").await;
    assert_eq!(detail["seq"], 1);
    let digest = detail["digest"].clone();
    let signature = w.author.sign(SigningRole::Author, &frozen.payload, w.now());
    n.submit(w.author.author(), id(&draft), frozen.revision, &signature).await.unwrap();
    let (_, detail) = expect_one(&w, &mut count, &w.author, "drafter", "submit").await;
    assert_eq!(detail, json!({ "digest": digest, "kid": w.author.header(SigningRole::Author, w.now()).kid.as_str() }));
    let review = w.show(id(&draft)).await;
    w.approve_languages(&review).await;
    let (_, detail) = expect_one(&w, &mut count, &w.approver, "approver", "approve_language").await;
    assert_eq!(detail, json!({ "languages": ["hi", "en-IN"] }));
    let approved = w.approve_by(&w.approver, &review).await;
    let (_, detail) = expect_one(&w, &mut count, &w.approver, "approver", "approve").await;
    assert_eq!(detail["digest"], digest);
    let published = w.publish(&approved).await;
    let (_, detail) = expect_one(&w, &mut count, &w.publisher, "publisher", "publish").await;
    let expected = json!({ "digest": digest, "status": "Actual", "seq": 1, "replaces": null, "lane": "emergency" });
    assert_eq!(detail, expected);
    let follower = n.follow(&w.deputy.drafter(), id(&published), Intent::Cancel).await.unwrap();
    let (_, detail) = expect_one(&w, &mut count, &w.deputy, "drafter", "draft").await;
    assert_eq!(detail["replaces"], json!(id(&published)));
    n.discard(&w.deputy.drafter(), id(&follower), 1).await.unwrap();
    expect_one(&w, &mut count, &w.deputy, "drafter", "discard").await;
    let review = w.submitted().await;
    count += 3;
    n.send_back(w.approver.approver(), id(&review), revision(&review), "Mend it.").await.unwrap();
    let (_, detail) = expect_one(&w, &mut count, &w.approver, "approver", "return").await;
    assert_eq!(detail, json!({ "comment": "Mend it." }));
    // Who only looks leaves none, and what is refused changes nothing that could be told.
    n.audience(w.author.reader(), id(&review)).await.unwrap();
    let languages: Vec<Lang> = vec!["hi".parse().unwrap()];
    assert_ne!(said(n.approve_languages(w.approver.approver(), id(&review), 1, &languages).await), "done");
    assert_ne!(said(n.publish(w.publisher.publisher(), id(&review), 4, ACTUAL).await), "done");
    assert_eq!(entries(&w).await.len(), count);
}

#[tokio::test]
async fn entries_are_canonical_and_their_details_can_be_proved() {
    let w = NoticeWorld::new().await;
    let original = w.published().await;
    w.followed_by(&original, Intent::Cancel).await;
    let all = entries(&w).await;
    assert!(all.len() > 20);
    for entry in all {
        let leaf = CanonicalJson::verify(&entry.leaf).unwrap();
        assert_eq!(
            leaf.parse::<Value>().unwrap(),
            entry.columns,
            "the columns are copies, and a publication names its bytes"
        );
        assert!(entry.digest_is_good, "{}", entry.action);
    }
}

#[tokio::test]
async fn entries_name_nobody_and_hold_no_secret() {
    let w = NoticeWorld::new().await;
    let review = w.submitted().await;
    let signature = w.approver.sign(SigningRole::Approver, payload(&review), w.now());
    w.publish(&w.approve(&review).await).await;
    let pool = w.world.database.pool().await;
    let names: Vec<String> = sqlx::query_scalar(
        "select sign_in from officer union select display_name from officer union select value from department, jsonb_each_text(name)",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let hashes: Vec<String> = sqlx::query_scalar("select password_hash from officer").fetch_all(&pool).await.unwrap();
    assert!(names.len() >= 10 && hashes.len() >= 5);
    for entry in entries(&w).await {
        let leaf = String::from_utf8(entry.leaf).unwrap();
        let detail = entry.detail.to_string();
        for name in &names {
            assert!(!leaf.contains(name), "{leaf}");
            // Who is made has a name in the detail, which can be erased.
            let is_made = ["officer.create", "department.create"].contains(&entry.action.as_str());
            assert!(is_made || !detail.contains(name), "{}: {detail}", entry.action);
        }
        for secret in hashes.iter().chain([&signature.signature]) {
            assert!(!leaf.contains(secret) && !detail.contains(secret), "{}", entry.action);
        }
        assert!(!detail.contains("Yamuna") && !detail.contains("यमुना"), "the text is in the notice: {detail}");
    }
}
