//! Citizens: subscriptions at real PIN codes, written by SQL, because a million of them by the ordinary door would take an hour.

use std::thread;

use anyhow::{Context, Result};
use munadi_domain::{
    area::{DistrictCode, Pin},
    place::Places,
    topic::{Topic, TopicSet},
};
use munadi_push_sink::Subscriber;
use sqlx::{Connection, PgConnection};

/// What stands for every topic (`crates/store/src/subscription.rs`).
const ALL_TOPICS: i32 = -1;
/// Rows of keys that are sent at once.
const KEYS_AT_ONCE: usize = 10_000;

/// How many subscriptions, and what they are like.
#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    /// Their number; their ids are 1 to that.
    pub(crate) subscriptions: u32,
    /// What their endpoints begin with; their id follows.
    pub(crate) endpoint: String,
    /// Different key pairs among them.
    pub(crate) key_pairs: u32,
    /// Every so many lives in the village and nowhere else, and nobody else lives there.
    pub(crate) village: Option<Village>,
}

/// A few places with a known number of people.
#[derive(Debug, Clone)]
pub(crate) struct Village {
    pub(crate) pins: Vec<i32>,
    pub(crate) every: i64,
}

/// A district of usual size, by its code, and its PIN codes.
pub(crate) fn village(places: &Places) -> Result<(DistrictCode, Vec<i32>)> {
    let pins_of = |code: DistrictCode| -> Vec<i32> {
        let there = places.pins().filter(|pin| places.district_of(*pin).is_some_and(|district| district.code == code));
        there.map(Pin::number).collect()
    };
    let mut districts = places.districts().map(|district| (district.code, pins_of(district.code)));
    districts.find(|(_, pins)| (20..=25).contains(&pins.len())).context("no district has some twenty PIN codes")
}

/// Fills an empty database.
pub(crate) async fn settle(url: &str, crowd: &Crowd, places: &Places) -> Result<()> {
    let mut database = PgConnection::connect(url).await?;
    let key_pairs = make_keys(&mut database, crowd.key_pairs).await?;
    subscribe(&mut database, crowd, key_pairs).await?;
    let (village, every) = match &crowd.village {
        Some(village) => (village.pins.clone(), village.every),
        None => (Vec::new(), i64::MAX),
    };
    let elsewhere: Vec<i32> = places.pins().map(Pin::number).filter(|pin| !village.contains(pin)).collect();
    // The foreign key is checked once for all at the end, and not for each row.
    run(&mut database, "alter table subscription_place drop constraint subscription_place_subscription_id_fkey")
        .await?;
    live(&mut database, &elsewhere, every, false).await?;
    if !village.is_empty() {
        live(&mut database, &village, every, true).await?;
    }
    run(
        &mut database,
        "alter table subscription_place add foreign key (subscription_id) references subscription on delete cascade",
    )
    .await?;
    // As PostgreSQL does by itself some time after a table was filled.
    run(&mut database, "vacuum (analyze) subscription, subscription_place").await?;
    // What was written here shall not be written to the disk during the measurement. Only some roles may ask for that.
    let _ = sqlx::query("checkpoint").execute(&mut database).await;
    Ok(())
}

async fn run(database: &mut PgConnection, statement: &'static str) -> Result<()> {
    sqlx::query(statement).execute(database).await.with_context(|| statement)?;
    Ok(())
}

/// Key pairs in a table of this connection; gives their number.
async fn make_keys(database: &mut PgConnection, count: u32) -> Result<i64> {
    run(
        database,
        "create temp table key_pair (number bigint generated always as identity (start 0 minvalue 0) primary key,
            p256dh bytea not null, auth bytea not null)",
    )
    .await?;
    for keys in generate(usize::try_from(count)?)?.chunks(KEYS_AT_ONCE) {
        let (p256dh, auth): (Vec<_>, Vec<_>) = keys.iter().cloned().unzip();
        let query =
            sqlx::query("insert into key_pair (p256dh, auth) select * from unnest($1::bytea[], $2::bytea[]) as pair");
        query.bind(p256dh).bind(auth).execute(&mut *database).await?;
    }
    Ok(i64::from(count))
}

type Keys = (Vec<u8>, Vec<u8>);

fn generate(count: usize) -> Result<Vec<Keys>> {
    let half = count / 2;
    let pairs = |count: usize| (0..count).map(|_| pair()).collect::<Result<Vec<_>>>();
    thread::scope(|scope| {
        let other = scope.spawn(|| pairs(half));
        let mut keys = pairs(count - half)?;
        keys.extend(other.join().map_err(|_| anyhow::anyhow!("keys could not be made"))??);
        Ok(keys)
    })
}

fn pair() -> Result<Keys> {
    let subscriber = Subscriber::generate()?;
    Ok((subscriber.public_key().to_vec(), subscriber.auth_secret().to_vec()))
}

/// Most want every topic, one in five a few.
async fn subscribe(database: &mut PgConnection, crowd: &Crowd, key_pairs: i64) -> Result<()> {
    let some: TopicSet = [Topic::Weather, Topic::Flood, Topic::Services].into_iter().collect();
    let query = sqlx::query(
        "insert into subscription (id, public_id, secret_digest, endpoint, endpoint_digest, provider, p256dh, auth, language, topics,
            created_at, updated_at)
         overriding system value
         select i, 'sub_' || lpad(to_hex(i), 26, '0'), sha256(int8send(i)), endpoint, sha256(convert_to(endpoint, 'UTF8')), 'own',
            p256dh, auth, (array['hi', 'en-IN', 'bn', 'ta', 'hi'])[1 + i % 5], case when i % 5 = 0 then $4 else $5 end, now(), now()
         from generate_series(1, $1::bigint) as i
         join key_pair on number = i % $3,
         lateral (select $2 || i as endpoint) as address
         order by i",
    );
    let query = query.bind(i64::from(crowd.subscriptions)).bind(&crowd.endpoint).bind(key_pairs);
    query.bind(some.bits()).bind(ALL_TOPICS).execute(database).await?;
    Ok(())
}

/// Half of the people name one place, a quarter two, a quarter four. The places are as good as drawn by lot.
async fn live(database: &mut PgConnection, pins: &[i32], every: i64, in_village: bool) -> Result<()> {
    let query = sqlx::query(
        "insert into subscription_place (pin, subscription_id, topics)
         select distinct ($1::integer[])[1 + (id * 7919 + k * 104729) % cardinality($1)] as pin, id, topics
         from subscription, generate_series(1, (array[1, 1, 2, 4])[1 + id % 4]) as k
         where (id % $2 = 0) = $3
         order by pin, id",
    );
    query.bind(pins).bind(every).bind(in_village).execute(database).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use munadi_testkit::database;

    use super::*;

    #[tokio::test]
    async fn everybody_lives_somewhere_and_villagers_in_the_village() {
        let (database, places) = (database().await, Places::india().unwrap());
        let pins: Vec<i32> = places.pins().take(3).map(Pin::number).collect();
        let village = Village { pins: pins.clone(), every: 10 };
        let endpoint = "https://push.example.org/push/".to_owned();
        let crowd = Crowd { subscriptions: 200, endpoint, key_pairs: 7, village: Some(village) };
        settle(database.url(), &crowd, &places).await.unwrap();
        let ids: Vec<i64> = (1..=200).collect();
        let people = database.store().recipients(&ids).await.unwrap();
        assert_eq!(people.len(), 200);
        let villagers: Vec<i64> = sqlx::query_scalar(
            "select distinct subscription_id from subscription_place where pin = any($1) order by 1",
        )
        .bind(&pins)
        .fetch_all(&database.pool().await)
        .await
        .unwrap();
        assert_eq!(villagers, (1..=20).map(|i| i * 10).collect::<Vec<i64>>());
        let homeless: i64 = sqlx::query_scalar(
            "select count(*) from subscription s where not exists (select from subscription_place where subscription_id = s.id)",
        )
        .fetch_one(&database.pool().await)
        .await
        .unwrap();
        assert_eq!(homeless, 0);
    }
}
