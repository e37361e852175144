//! Citizens with phones: each has keys of its own, so that only what was meant for it can be read.

use std::collections::{BTreeMap, BTreeSet};

use munadi_push_sink::{Sink, Subscriber};
use munadi_testkit::TestDatabase;
use serde_json::Value;

/// The first id: what subscribes by REST meanwhile has lower ones.
const FIRST: i64 = 1_000;

/// Everybody who has subscribed.
#[derive(Default)]
pub(crate) struct Citizens(BTreeMap<i64, Subscriber>);

/// What tells one notification on a phone's screen from another: `Topic` at the push service, `tag` on the phone.
pub(crate) type Place = (String, String);

impl Citizens {
    /// The number that nobody has yet, nor anybody above it.
    pub(crate) fn next(&self) -> i64 {
        self.0.last_key_value().map_or(FIRST, |(last, _)| last + 1)
    }

    /// So many more at a place, their numbers so far apart. Gives their numbers.
    pub(crate) async fn settle(
        &mut self,
        database: &TestDatabase,
        sink: &Sink,
        pin: i32,
        count: usize,
        apart: usize,
    ) -> Vec<i64> {
        let ids: Vec<i64> = (self.next()..).step_by(apart).take(count).collect();
        let phones: Vec<Subscriber> = ids.iter().map(|_| Subscriber::generate().unwrap()).collect();
        let public: Vec<&[u8]> = phones.iter().map(Subscriber::public_key).collect();
        let secret: Vec<&[u8]> = phones.iter().map(|phone| phone.auth_secret().as_slice()).collect();
        sqlx::query(
            "with new as (
                insert into subscription (id, public_id, secret_digest, endpoint, endpoint_digest, provider, p256dh, auth, language,
                    topics, created_at, updated_at)
                overriding system value
                select id, 'sub_' || id, sha256(id::text::bytea), $1 || id, sha256(convert_to($1 || id, 'UTF8')), 'sink', public, secret,
                    'hi', 0, now(), now()
                from unnest($2::bigint[], $3::bytea[], $4::bytea[]) as u (id, public, secret)
                returning id)
             insert into subscription_place (subscription_id, pin, topics) select id, $5, -1 from new",
        )
        .bind(endpoint(sink, ""))
        .bind(&ids)
        .bind(public)
        .bind(secret)
        .bind(pin)
        .execute(&database.pool().await)
        .await
        .unwrap();
        self.0.extend(ids.iter().copied().zip(phones));
        ids
    }

    /// On whose phones a notice is, and under which place: more than one would be shown twice. Every message that arrived is read with
    /// the keys of the citizen it was sent to.
    pub(crate) fn shown(&self, sink: &Sink) -> BTreeMap<String, BTreeMap<i64, BTreeSet<Place>>> {
        let mut shown = BTreeMap::<String, BTreeMap<i64, BTreeSet<Place>>>::new();
        for message in sink.captured() {
            let citizen = i64::try_from(message.subscription).unwrap();
            let text = self.0[&citizen].decrypt(&message.body).expect("it is for this citizen");
            let push: Value = serde_json::from_slice(&text).unwrap();
            let tag = push["notification"]["tag"].as_str().unwrap().to_owned();
            let notice = push["notification"]["data"]["notice"].as_str().unwrap().to_owned();
            shown.entry(notice).or_default().entry(citizen).or_default().insert((message.topic, tag));
        }
        shown
    }
}

/// Where a citizen's push service takes messages. By name, because our own push services are known by theirs.
pub(crate) fn endpoint(sink: &Sink, citizen: &str) -> String {
    sink.endpoint(0).replace("127.0.0.1", "localhost").strip_suffix('0').unwrap().to_owned() + citizen
}
