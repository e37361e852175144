//! Many citizens at once, and what the database says about them.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use munadi_domain::{
    delivery::Outcome,
    id::NoticeId,
    message::{Message, Route},
};
use munadi_push_sink::Subscriber;
use munadi_store::outbox::OutboxEntry;
use munadi_testkit::{TestDatabase, World};

/// A citizen's places and topics, as bits; -1 is every topic.
pub(crate) type Citizen = (Vec<i32>, i32);

/// Adds citizens with the next ids (from 1 on, if there are none), whose endpoints are `<base><id>` and who all have the keys of one
/// device.
pub(crate) async fn settle(database: &TestDatabase, base: &str, device: &Subscriber, citizens: &[Citizen]) {
    let pool = database.pool().await;
    let first = existing(database).await.last().map_or(1, |last| last + 1);
    let count = i64::try_from(citizens.len()).unwrap();
    sqlx::query(
        "insert into subscription (id, public_id, secret_digest, endpoint, endpoint_digest, provider, p256dh, auth, language,
            topics, created_at, updated_at)
         overriding system value
         select i, 'sub_' || i, sha256(i::text::bytea), $1 || i, sha256(convert_to($1 || i, 'UTF8')), 'sink', $2, $3, 'hi', 0, now(), now()
         from generate_series($4, $5 - 1) i",
    )
    .bind(base)
    .bind(device.public_key())
    .bind(device.auth_secret().as_slice())
    .bind(first)
    .bind(first + count)
    .execute(&pool)
    .await
    .unwrap();
    let (mut ids, mut pins, mut topics) = (Vec::<i64>::new(), Vec::<i32>::new(), Vec::<i32>::new());
    for (id, (places, bits)) in (first..).zip(citizens) {
        for pin in places.iter().copied().collect::<BTreeSet<_>>() {
            ids.push(id);
            pins.push(pin);
            topics.push(*bits);
        }
    }
    sqlx::query("insert into subscription_place (subscription_id, pin, topics) select * from unnest($1, $2, $3)")
        .bind(ids)
        .bind(pins)
        .bind(topics)
        .execute(&pool)
        .await
        .unwrap();
}

/// So many citizens who live where the flood is and hear of everything.
pub(crate) fn neighbors(count: usize) -> Vec<Citizen> {
    vec![(vec![110_001], -1); count]
}

/// Every recipient in the notice's batches, in their order.
pub(crate) async fn recipients(database: &TestDatabase, notice: NoticeId) -> Vec<i64> {
    sqlx::query_scalar(
        "select id from delivery_batch, unnest(subscription_ids) with ordinality as u (id, place)
         where notice_id = $1 order by batch, place",
    )
    .bind(notice.to_string())
    .fetch_all(&database.pool().await)
    .await
    .unwrap()
}

/// What became of each recipient.
pub(crate) async fn outcomes(database: &TestDatabase, notice: NoticeId) -> BTreeMap<i64, Outcome> {
    let rows: Vec<(i64, i32)> = sqlx::query_as(
        "select id, get_byte(outcomes, (place - 1)::integer) from delivery_batch, unnest(subscription_ids) with ordinality as u (id, place)
         where notice_id = $1",
    )
    .bind(notice.to_string())
    .fetch_all(&database.pool().await)
    .await
    .unwrap();
    rows.into_iter().map(|(id, code)| (id, Outcome::from_code(u8::try_from(code).unwrap()).unwrap())).collect()
}

/// Ids of the subscriptions that exist.
pub(crate) async fn existing(database: &TestDatabase) -> Vec<i64> {
    sqlx::query_scalar("select id from subscription order by id").fetch_all(&database.pool().await).await.unwrap()
}

/// What waits in the outbox for those who deliver this notice: where to, which batch, which attempt.
pub(crate) async fn letters(world: &World, notice: NoticeId) -> Vec<(Route, u32, u32)> {
    let entries = world.core.store.take_outbox(10_000).await.unwrap();
    let of_delivery = |entry: OutboxEntry| match entry.letter {
        (route, _, Message::DeliverBatchV1 { notice: of, batch, attempt }) if of == notice => {
            Some((route, batch, attempt))
        }
        _ => None,
    };
    let mut letters: Vec<_> = entries.into_iter().filter_map(of_delivery).collect();
    letters.sort_by_key(|(_, batch, attempt)| (*batch, *attempt));
    letters
}

/// The details of the audit trail's events of this kind.
pub(crate) async fn audited(database: &TestDatabase, action: &str) -> Vec<serde_json::Value> {
    sqlx::query_scalar(
        "select detail from audit_detail join audit_event on id = event_id where action = $1 order by id",
    )
    .bind(action)
    .fetch_all(&database.pool().await)
    .await
    .unwrap()
}

/// Lets a future work until it has been woken so many times, then drops it where it stands, as a crash would. `None` if it was dropped.
pub(crate) async fn crash_after<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut done = 0;
    poll_fn(|context| {
        if done == polls {
            return Poll::Ready(None);
        }
        done += 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}
