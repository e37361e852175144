//! How PostgreSQL answers the queries that find a notice's audience.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};
use munadi_domain::{
    id::NoticeId,
    topic::{Topic, TopicSet},
};
use serde::Deserialize;
use sqlx::{AssertSqlSafe, PgPool};

/// What the compiler knew of each query when the program was built: their very words.
const QUERIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.sqlx");

#[derive(Deserialize)]
struct Described {
    query: String,
}

/// Explains both ways through the indexes, each for a window where the fan-out takes it.
pub(crate) async fn print_plans(pool: &PgPool, notice: NoticeId, district: &[i32], last: i64) -> Result<()> {
    let topic = [Topic::Flood].into_iter().collect::<TopicSet>().bits();
    let (along, by_pins) = audience_queries()?;
    println!("\nplan for this notice, one window of 20,000 ids in the middle, along the subscriptions ({notice}):");
    let middle = last / 2;
    explain(pool, &along, |query| query.bind(middle).bind((middle + 20_000).min(last)).bind(topic)).await?;
    println!("\nplan for a notice to {} PIN codes, all ids in one window, by PIN codes:", district.len());
    explain(pool, &by_pins, |query| query.bind(district).bind(0_i64).bind(last).bind(topic)).await
}

/// Along the subscriptions, and by PIN codes.
fn audience_queries() -> Result<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(QUERIES)).context("the folder of described queries is missing")? {
        let text = fs::read_to_string(entry?.path())?;
        let Described { query } = serde_json::from_str(&text)?;
        if query.contains("from subscription_place") && query.contains("order by subscription_id") {
            found.push(query);
        }
    }
    ensure!(
        found.len() == 2,
        "{} described queries look like the audience query; cargo xtask sqlx-prepare",
        found.len()
    );
    found.sort_by_key(|query| query.contains("any("));
    let by_pins = found.pop().context("no query")?;
    Ok((found.pop().context("no query")?, by_pins))
}

type Explain<'a> = sqlx::query::QueryScalar<'a, sqlx::Postgres, String, sqlx::postgres::PgArguments>;

async fn explain<'a>(pool: &PgPool, query: &str, bind: impl FnOnce(Explain<'a>) -> Explain<'a>) -> Result<()> {
    let explained = sqlx::query_scalar(AssertSqlSafe(format!("explain (analyze, buffers) {query}")));
    for line in bind(explained).fetch_all(pool).await? {
        println!("  {line}");
    }
    Ok(())
}
