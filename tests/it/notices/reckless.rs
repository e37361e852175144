//! Random changes of the database without any use case: whatever is tried, nothing is published that not enough people have signed.

use std::{cell::RefCell, collections::BTreeMap};

use munadi_domain::{
    id::{DepartmentId, NoticeId},
    message::Lane,
    notice::State,
    payload::Payload,
};
use munadi_services::notices::NoticeRecord;
use munadi_store::{
    StoreError, Tx,
    notice::{NewSignature, NewVersion, Publication},
};
use munadi_testkit::{NoticeWorld, TestOfficer, people::id};
use munadi_transparency::{canonical::CanonicalJson, key::Signer};
use proptest::prelude::*;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::runtime::Runtime;

use super::model::{Act, KINDS, Try, begin, crowd, runner, tries};

/// Somebody who writes to the database as it comes.
struct Hand<'a> {
    w: &'a NoticeWorld,
    by: &'a TestOfficer,
    record: NoticeRecord,
    /// Leaves out the half of the act that would make it good.
    is_careless: bool,
}

impl Hand<'_> {
    /// Does it in a transaction of its own, if the database lets it.
    async fn try_to(&self, act: Act) {
        let mut tx = self.w.world.core.store.begin().await.unwrap();
        if self.change(&mut tx, act).await.is_ok() {
            tx.commit().await.unwrap();
        }
    }

    async fn change(&self, tx: &mut Tx, act: Act) -> Result<(), StoreError> {
        let (head, now) = (self.record.notice.head(), self.w.now());
        match act {
            Act::Edit => {
                tx.save_draft(head, &self.record.content, None, now).await?;
                tx.add_editor(head.id, self.by.officer.id).await
            }
            Act::Return => tx.save_draft(head, &self.record.content, Some("x"), now).await,
            Act::Freeze => self.freeze(tx, head.department).await,
            Act::Submit => {
                self.sign(tx, "author").await?;
                self.set_state(tx, if self.is_careless { State::Approved } else { State::InReview }).await
            }
            Act::ApproveLanguage(lang) => {
                let officer = self.by.officer.id;
                tx.insert_language_approval(head.id, self.version(), &lang.parse().unwrap(), officer, now).await
            }
            Act::Approve if self.is_careless => self.set_state(tx, State::Approved).await,
            Act::Approve => self.sign(tx, "approver").await,
            Act::Publish => self.publish(tx).await,
        }
    }

    fn version(&self) -> i32 {
        self.record.version.as_ref().map_or(1, |version| version.version)
    }

    async fn freeze(&self, tx: &mut Tx, department: DepartmentId) -> Result<(), StoreError> {
        let seq = tx.next_seq(department).await?;
        let content = self.record.content.complete(&self.w.world.core.places, self.w.now()).unwrap();
        let payload = Payload::freeze(self.record.notice.head(), content, seq, self.w.now());
        let bytes = CanonicalJson::from_serialize_within(&payload, 65_536).unwrap();
        let version = NewVersion {
            bytes: bytes.as_bytes(),
            payload: &payload,
            digest: bytes.digest(),
            by: self.by.officer.id,
            at: self.w.now(),
        };
        tx.freeze(self.record.notice.head(), version).await.map(drop)
    }

    async fn sign(&self, tx: &mut Tx, role: &str) -> Result<(), StoreError> {
        let new = NewSignature {
            notice: id(&self.record),
            version: self.version(),
            role,
            officer: Some(self.by.officer.id),
            kid: self.by.key.kid().as_str(),
            protected: "e30",
            signature: "",
            at: self.w.now(),
        };
        tx.insert_signature(new).await
    }

    async fn set_state(&self, tx: &mut Tx, state: State) -> Result<(), StoreError> {
        let author = self.record.notice.frozen().map_or(self.by.officer.id, |frozen| frozen.author);
        tx.set_state(self.record.notice.head(), state, author, self.w.now()).await
    }

    async fn publish(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let Some(frozen) = self.record.notice.frozen() else {
            return self.set_state(tx, State::Published).await;
        };
        if !self.is_careless {
            self.department_signs(tx).await?;
        }
        let publication = Publication {
            payload: &frozen.payload,
            digest: frozen.digest,
            envelope: "{}",
            pins: &[],
            lane: Lane::Routine,
            places: &[],
            words: &[],
            at: self.w.now(),
        };
        tx.publish(self.record.notice.head(), publication).await.map(drop)
    }

    async fn department_signs(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let directory = self.w.world.directory.current().await.unwrap();
        let key = self.w.world.signers.department(self.w.department.id, &directory, self.w.now()).unwrap();
        let new = NewSignature {
            notice: id(&self.record),
            version: self.version(),
            role: "publisher",
            officer: None,
            kid: key.kid().as_str(),
            protected: "e30",
            signature: "",
            at: self.w.now(),
        };
        tx.insert_signature(new).await
    }
}

/// The rules once more, in one query that shares nothing with the triggers: how many others approved, how many had to, and whether
/// each language was approved by one of them.
const IS_SIGNED: &str = "
    with frozen as (
        select convert_from(v.payload, 'UTF8')::jsonb as says, v.voided_at, v.version, v.notice_id
        from notice n join notice_version v on v.notice_id = n.id and v.version = n.version where n.id = $1
    ), interested as (
        select officer_id from notice_editor where notice_id = $1
        union select s.officer_id from notice_signature s join frozen using (notice_id, version) where s.role = 'author'
    ), others as (
        select s.officer_id from notice_signature s join frozen using (notice_id, version)
        where s.role = 'approver' and s.officer_id not in (select officer_id from interested)
    ), readers as (
        select a.lang from language_approval a join frozen using (notice_id, version)
        where a.officer_id not in (select officer_id from interested)
    ), authors as (
        select s.officer_id from notice_signature s join frozen using (notice_id, version) where s.role = 'author'
    )
    select voided_at is null
        and (select count(*) from authors) = 1
        and (says->>'msg_type' = 'Cancel' or (
            (select count(distinct officer_id) from others) >= (case says->>'severity' when 'Extreme' then 2 else 1 end)
            and not exists (select from jsonb_array_elements(says->'languages') l where l->>'lang' not in (select lang from readers))))
    from frozen";

const IS_SIGNED_BY_DEPARTMENT: &str = "
    select count(*) = 1 from notice_signature s join notice n on n.id = s.notice_id and n.version = s.version
    where n.id = $1 and s.role = 'publisher' and s.officer_id is null";

/// How a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    NotPublished,
    Published,
    /// Somewhere on the way the notice was approved or published without those who must sign.
    Broken,
}

/// Reads about a notice without the store.
async fn ask<T>(pool: &PgPool, sql: &'static str, notice: NoticeId) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(sql).bind(notice.to_string()).fetch_one(pool).await.unwrap()
}

async fn is_whole(pool: &PgPool, state: &str, notice: NoticeId) -> bool {
    (!["approved", "published"].contains(&state) || ask(pool, IS_SIGNED, notice).await)
        && (state != "published" || ask(pool, IS_SIGNED_BY_DEPARTMENT, notice).await)
}

async fn play(w: &NoticeWorld, pool: &PgPool, officers: &[TestOfficer], draft: NoticeRecord, tries: &[Try]) -> End {
    let notice = id(&draft);
    let mut state = String::new();
    for (act, who, is_careless) in tries {
        let mut hand = Hand { w, by: &officers[*who], record: w.show(notice).await, is_careless: *is_careless };
        hand.try_to(*act).await;
        // Whoever signs tries at once whether that was enough.
        if *act == Act::Approve && !is_careless {
            hand.record = w.show(notice).await;
            hand.is_careless = true;
            hand.try_to(Act::Approve).await;
        }
        state = ask(pool, "select state from notice where id = $1", notice).await;
        if !is_whole(pool, &state, notice).await {
            return End::Broken;
        }
    }
    if state == "published" { End::Published } else { End::NotPublished }
}

/// How often the cases ended in which way.
fn play_all(cases: u32, without_triggers_of: &[&str]) -> BTreeMap<End, u32> {
    let runtime = Runtime::new().unwrap();
    let (w, officers) = runtime.block_on(crowd(5));
    let pool = runtime.block_on(w.world.database.pool());
    let ends = RefCell::new(BTreeMap::new());
    let run = runner(cases).run(&(prop::sample::select(&KINDS[..]), tries(officers.len())), |(kind, tries)| {
        let end = runtime.block_on(async {
            let draft = begin(&w, &officers, kind).await;
            switch(&pool, without_triggers_of, "disable").await;
            let end = play(&w, &pool, &officers, draft, &tries).await;
            switch(&pool, without_triggers_of, "enable").await;
            end
        });
        *ends.borrow_mut().entry(end).or_default() += 1;
        prop_assert!(end != End::Broken || without_triggers_of.contains(&"notice"), "signed by too few");
        Ok(())
    });
    run.unwrap_or_else(|error| panic!("{error}"));
    ends.into_inner()
}

async fn switch(pool: &PgPool, tables: &[&str], how: &str) {
    for table in tables {
        let statement = format!("alter table {table} {how} trigger checked");
        sqlx::query(AssertSqlSafe(statement)).execute(pool).await.unwrap();
    }
}

#[test]
fn whatever_is_written_nothing_goes_out_without_enough_others() {
    let ends = play_all(96, &[]);
    assert!(ends.contains_key(&End::Published) && ends.contains_key(&End::NotPublished), "{ends:?}");
}

#[test]
fn what_the_triggers_of_signatures_let_through_does_not_count() {
    let ends = play_all(32, &["notice_signature", "language_approval"]);
    assert!(!ends.contains_key(&End::Broken), "{ends:?}");
}

#[test]
fn without_the_notices_own_trigger_the_same_cases_find_the_hole() {
    let ends = play_all(16, &["notice"]);
    assert!(ends.contains_key(&End::Broken), "{ends:?}");
}
