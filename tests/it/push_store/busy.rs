//! Many at once, and tables that grow faster than the database notices.

use std::{collections::BTreeSet, time::Duration};

use munadi_domain::push::UserAgentId;
use munadi_store::{
    Store,
    push::{Kept, NewPushMessage, PushHello},
};
use sqlx::PgPool;

use super::{NODE, NOW, Office, TODAY, WIDE, about, agent, channel, hello, id, message};

const TOPICS: [&str; 3] = ["a", "b", "c"];

async fn write(store: &Store, new: Vec<NewPushMessage<'static>>, rounds: usize) {
    for _ in 0..rounds {
        let kept = store.keep_push_messages(&new, WIDE, NOW).await.unwrap();
        assert!(kept.iter().all(|kept| matches!(kept, Kept::Kept(_))), "{kept:?}");
    }
}

async fn take(store: &Store, agents: Vec<UserAgentId>, rounds: usize) {
    let wanted: Vec<_> = agents.iter().map(|agent| (*agent, false)).collect();
    for _ in 0..rounds {
        let loaded = store.load_push_messages(&wanted, 9, NOW).await.unwrap();
        let done = agents.iter().zip(&loaded).flat_map(|(agent, found)| found.iter().map(|found| (*agent, found.id)));
        store.acknowledge_push_messages(&done.collect::<Vec<_>>()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_do_not_stand_in_each_others_way() {
    let office = Office::with(0..30).await;
    let new: Vec<_> = (0..30).flat_map(|n| TOPICS.map(|topic| about(n, topic, b"body"))).collect();
    let agents: Vec<UserAgentId> = (0..30).map(agent).collect();
    let backwards = |list: &[NewPushMessage<'static>]| list.iter().rev().copied().collect::<Vec<_>>();
    let store = &office.store;
    let greet = async |node: i64| {
        for session in 0..40 {
            let hellos: Vec<_> = (0..30).map(|n| PushHello { node, ..hello(n, session) }).collect();
            store.greet_push_agents(&hellos, TODAY).await.unwrap();
            store.leave_push_agents(&hellos).await.unwrap();
        }
    };
    tokio::join!(
        write(store, new.clone(), 40),
        write(store, backwards(&new), 40),
        take(store, agents.clone(), 40),
        take(store, agents.iter().rev().copied().collect(), 40),
        greet(1),
        greet(2),
    );
    // Nothing is left in a state that nobody can get out of.
    write(store, new, 1).await;
    take(store, agents.clone(), 1).await;
    let left = store.load_push_messages(&agents.iter().map(|agent| (*agent, false)).collect::<Vec<_>>(), 9, NOW).await;
    assert!(left.unwrap().iter().all(Vec::is_empty));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resetting_while_everything_goes_on_breaks_nothing() {
    let office = Office::with(0..6).await;
    let store = &office.store;
    let new: Vec<_> = (0..6).flat_map(|n| TOPICS.map(|topic| about(n, topic, b"body"))).collect();
    let keep = async || {
        for _ in 0..40 {
            store.keep_push_messages(&new, WIDE, NOW).await.unwrap();
        }
    };
    let reset = async || {
        for n in (0..6).cycle().take(40) {
            store.reset_push_agent(agent(n)).await.unwrap();
            office.register(n, 0).await;
            store.unregister_push_channel(agent(n), channel(n, 0)).await.unwrap();
            office.register(n, 0).await;
        }
    };
    let greet = async || {
        for session in 0..40 {
            let hellos: Vec<_> = (0..6).map(|n| hello(n, session)).collect();
            store.greet_push_agents(&hellos, TODAY).await.unwrap();
        }
    };
    let forget = async || {
        for _ in 0..40 {
            store.prune_push_messages(NOW + time::Duration::days(9), 5).await.unwrap();
            store.forget_push_agents(TODAY.next_day().unwrap(), 1).await.unwrap();
        }
    };
    tokio::join!(keep(), keep(), reset(), greet(), forget());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_session_is_told_of_exactly_once_when_it_is_replaced() {
    let office = Office::with(0..1).await;
    let greet = async |node: i64| {
        let mut former = Vec::new();
        for session in 0..20 {
            let greeted = office.store.greet_push_agents(&[PushHello { node, ..hello(0, session) }], TODAY).await;
            former.push(greeted.unwrap()[0].unwrap().former.unwrap());
        }
        former
    };
    let (a, b, c) = tokio::join!(greet(1), greet(2), greet(3));
    let told: Vec<(i64, i64)> = [a, b, c].concat();
    let different: BTreeSet<_> = told.iter().collect();
    assert_eq!((told.len(), different.len()), (60, 60));
    let (_, last) = office.store.push_nodes(&[agent(0)]).await.unwrap()[0];
    assert!(!told.contains(&(last, 19)) && told.contains(&(NODE, 0)));
}

/// How often tables of the push service were read from end to end, and how many rows were looked up.
async fn reads(pool: &PgPool) -> (i64, i64) {
    let sum =
        "select coalesce(sum(seq_scan), 0)::bigint, coalesce(sum(idx_tup_fetch), 0)::bigint from pg_stat_user_tables
        where relname in ('push_user_agent', 'push_channel', 'push_message')";
    sqlx::query_as(sum).fetch_one(pool).await.unwrap()
}

/// Everything that is done for every message and every connection.
async fn work(store: &Store) {
    let numbers = 1..41_u32;
    let new: Vec<_> = numbers.clone().flat_map(|n| [about(n, "a", b"body"), message(n, b"body")]).collect();
    let agents: Vec<UserAgentId> = numbers.clone().map(agent).collect();
    let hellos: Vec<PushHello> = numbers.map(|n| hello(n, 5)).collect();
    let kept = store.keep_push_messages(&new, WIDE, NOW).await.unwrap();
    store.push_nodes(&agents).await.unwrap();
    store.greet_push_agents(&hellos, TODAY).await.unwrap();
    take(store, agents.clone(), 1).await;
    store.leave_push_agents(&hellos).await.unwrap();
    store.take_back_push_message(agents[0], id(kept[0])).await.unwrap();
    store.register_push_channel(&hellos[0], channel(1, 1), 9, NOW).await.unwrap();
    store.unregister_push_channel(agents[0], channel(1, 1)).await.unwrap();
    store.prune_push_messages(NOW, 10).await.unwrap();
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_whatever_the_database_believed_when_it_was_planned() {
    let office = Office::with(1..41).await;
    let pool = office.database.pool().await;
    let mut connection = pool.acquire().await.unwrap();
    for table in ["analyze push_user_agent", "analyze push_channel", "vacuum analyze push_message"] {
        sqlx::query(table).execute(&mut *connection).await.unwrap();
    }
    // After some executions a plan is kept, and it was made for tables that are nearly empty.
    let store = office.database.store().for_push_service(1).await.unwrap();
    for _ in 0..8 {
        work(&store).await;
    }
    let fill = "with agent as (
            insert into push_user_agent select substring(sha256(int4send(n)) for 16), null, 0, $1, now()
            from generate_series(1, 20000) n returning id
         ), channel as (
            insert into push_channel select id, id, now() from agent
         )
         insert into push_message select nextval('push_message_id'), id, id, 'a', 1, 'body', 9, $2, $2 + interval '9 s' from agent";
    sqlx::query(fill).bind(TODAY).bind(NOW).execute(&mut *connection).await.unwrap();
    // Now the keys that were looked up for the new rows are counted; what comes after is not theirs.
    sqlx::query("select pg_stat_force_next_flush()").execute(&mut *connection).await.unwrap();
    let before = reads(&pool).await;
    work(&store).await;
    // A connection reports what it did when it ends.
    office.store.close().await;
    store.close().await;
    let open = "select count(*) from pg_stat_activity
        where datname = current_database() and application_name = 'munadi' and query like '%push_%'";
    let closed = async { while sqlx::query_scalar::<_, i64>(open).fetch_one(&pool).await.unwrap() > 0 {} };
    tokio::time::timeout(Duration::from_secs(20), closed).await.expect("the connections end");
    let after = reads(&pool).await;
    assert!(after.0 == before.0 && after.1 > before.1 && after.1 - before.1 < 20_000, "{before:?} {after:?}");
}
