//! A crash between the effects of an act leaves nothing of it, and it can be done again.

use munadi_domain::{
    language::Lang,
    notice::{Intent, State},
    vocabulary::Status,
};
use munadi_services::notices::{Confirmation, NoticeRecord};
use munadi_testkit::{
    NoticeWorld,
    people::{id, payload, revision},
};
use munadi_transparency::notice::Role as SigningRole;
use sqlx::{AssertSqlSafe, PgPool};

use super::{said, value};

const ACTUAL: Confirmation = Confirmation { status: Status::Actual };

/// What an act on a notice can change.
const TABLES: [&str; 11] = [
    "notice",
    "notice_version",
    "notice_signature",
    "language_approval",
    "notice_editor",
    "outbox",
    "audit_event",
    "audit_detail",
    "live_position",
    "department",
    "key_directory",
];

/// The same as long as no row of these tables has changed.
async fn fingerprint(pool: &PgPool) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        let sql =
            format!("select '{table} ' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table} t");
        all.push(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap());
    }
    all
}

async fn run(pool: &PgPool, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}

/// Kills the connection of whoever changes this table from now on; with `at_commit`, not before the commit.
async fn arm(pool: &PgPool, table: &str, at_commit: bool) {
    let trigger = if at_commit {
        format!("create constraint trigger crash after insert or update on {table} deferrable initially deferred")
    } else {
        format!("create trigger crash before insert or update or delete on {table}")
    };
    run(
        pool,
        format!(
            "create or replace function crash() returns trigger language plpgsql as $$ begin
                perform pg_terminate_backend(pg_backend_pid());
                perform pg_sleep(60);
                return new;
            end $$;
            {trigger} for each row execute function crash()"
        ),
    )
    .await;
}

async fn disarm(pool: &PgPool, table: &str) {
    run(pool, format!("drop trigger crash on {table}")).await;
}

#[tokio::test]
async fn wherever_publishing_is_killed_it_leaves_an_approved_notice() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let original = w.published().await;
    let update = w.approve(&w.submit(&w.follow(&original, Intent::Update).await).await).await;
    let before = fingerprint(&pool).await;
    let publish =
        async || said(w.notices.publish(w.publisher.publisher(), id(&update), revision(&update), ACTUAL).await);
    for (table, at_commit) in [
        ("notice_signature", false),
        ("live_position", false),
        ("notice", false),
        ("outbox", false),
        ("audit_event", false),
        ("audit_detail", false),
        ("audit_detail", true),
    ] {
        arm(&pool, table, at_commit).await;
        let answer = publish().await;
        assert!(answer.starts_with("error: "), "{table}: {answer}");
        disarm(&pool, table).await;
        assert_eq!(fingerprint(&pool).await, before, "killed at {table}");
    }
    assert_eq!(publish().await, "done");
    assert_eq!(value::<i64>(&w, "select position from notice where id = $1", id(&update)).await, 2, "without a gap");
    assert_eq!(w.show(id(&original)).await.notice.state(), State::Superseded);
}

#[tokio::test]
async fn whatever_act_is_killed_leaves_nothing() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let (draft, review, read) = (w.draft().await, w.submitted().await, w.approve_languages(&w.submitted().await).await);
    let (published, frozen) = (w.published().await, w.draft().await);
    let bytes = w.freeze(&frozen).await;
    let at = |record: &NoticeRecord| (id(record), revision(record));
    let hindi: Vec<Lang> = vec!["hi".parse().unwrap()];
    let (notices, content) = (&w.notices, w.content());
    let (author, approver) = (w.author.author(), w.approver.approver());
    let author_signed = w.author.sign(SigningRole::Author, &bytes.payload, w.now());
    let approver_signed = w.approver.sign(SigningRole::Approver, payload(&read), w.now());
    let (draft, review, read) = (at(&draft), at(&review), at(&read));
    let act = async |name: &str| match name {
        "create" => said(notices.create(&w.author.drafter(), &content).await),
        "follow" => said(notices.follow(&w.author.drafter(), id(&published), Intent::Cancel).await),
        "edit" => said(notices.edit(&w.deputy.drafter(), review.0, review.1, &content).await),
        "discard" => said(notices.discard(&w.deputy.drafter(), draft.0, draft.1).await),
        "freeze" => said(notices.freeze(author, draft.0, draft.1).await),
        "submit" => said(notices.submit(author, id(&frozen), bytes.revision, &author_signed).await),
        "languages" => said(notices.approve_languages(approver, review.0, review.1, &hindi).await),
        "approve" => said(notices.approve(approver, read.0, read.1, &approver_signed).await),
        "return" => said(notices.send_back(approver, review.0, review.1, "No.").await),
        other => panic!("{other}"),
    };
    let acts = ["create", "follow", "edit", "discard", "freeze", "submit", "languages", "approve", "return"];
    let before = fingerprint(&pool).await;
    for name in acts {
        for at_commit in [false, true] {
            arm(&pool, "audit_detail", at_commit).await;
            let answer = act(name).await;
            assert!(answer.starts_with("error: "), "{name}: {answer}");
            disarm(&pool, "audit_detail").await;
            assert_eq!(fingerprint(&pool).await, before, "{name}");
        }
    }
    // Each of them was good, but for the crash.
    for name in ["create", "follow", "languages", "edit", "freeze", "submit", "approve"] {
        assert_eq!(act(name).await, "done", "{name}");
    }
}

#[tokio::test]
async fn a_transaction_that_is_not_committed_leaves_nothing() {
    let w = NoticeWorld::new().await;
    let pool = w.world.database.pool().await;
    let approved = w.approved().await;
    let before = fingerprint(&pool).await;
    {
        let mut tx = w.world.core.store.begin().await.unwrap();
        tx.lock_notice(w.department.id, id(&approved)).await.unwrap().unwrap();
        let seq = tx.next_seq(w.department.id).await.unwrap();
        assert_eq!(seq, 2);
        let act = munadi_services::audit::Act::of_system("test", "notice.publish", id(&approved));
        w.world.core.record(&mut tx, act).await.unwrap();
        tx.save_draft(approved.notice.head(), &w.content(), None, w.now()).await.unwrap();
    }
    assert_eq!(fingerprint(&pool).await, before);
    w.publish(&approved).await;
}
