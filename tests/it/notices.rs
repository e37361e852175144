//! Notices: every rule of their life, held by the use cases and again, without them, by the database.

mod alerts;
mod crash;
mod database;
mod desk;
mod follow;
mod keys;
mod life;
mod model;
mod races;
mod reckless;
mod rules;
mod trail;

use munadi_domain::id::NoticeId;
use munadi_services::ServiceError;
use munadi_store::{Refused, StoreError};
use munadi_testkit::NoticeWorld;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgRow};

/// What a use case answers, in a word and what it is about: `done`, or why not.
pub(crate) fn said<T>(result: Result<T, ServiceError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(ServiceError::Refused(refusal)) => format!("refused: {refusal:?}"),
        Err(ServiceError::StaleRevision { current }) => format!("stale: {current}"),
        Err(ServiceError::Conflict(why)) => format!("conflict: {why}"),
        Err(ServiceError::BadSignature(why)) => format!("signature: {why}"),
        Err(ServiceError::Invalid(faults)) => format!("invalid: {}", faults[0]),
        Err(ServiceError::NotFound(what)) => format!("not found: {what}"),
        Err(ServiceError::Forbidden(forbidden)) => format!("forbidden: {forbidden}"),
        Err(error) => format!("error: {error:?}"),
    }
}

/// What the store answers: `done`, the rule of the database, or the name of the constraint.
pub(crate) fn stored<T>(result: Result<T, StoreError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(StoreError::Refused(Refused::Duplicate { constraint } | Refused::Constraint { constraint })) => constraint,
        Err(StoreError::Refused(refused)) => format!("{refused:?}"),
        Err(error) => format!("error: {error:?}"),
    }
}

/// Every row says what happened and how the answer should begin; all that differ are told at once.
#[track_caller]
pub(crate) fn check(rows: &[(&str, String, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(_, said, expected)| !said.starts_with(expected))
        .map(|(name, said, expected)| format!("{name}: “{said}” instead of “{expected}”"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What the database answers to statements about a notice (`$1`), one after the other; nothing of it stays. `done`, the SQLSTATE of a
/// rule, the name of a constraint, or `nothing` if the last statement changes no row.
pub(crate) async fn attempt(pool: &PgPool, sql: &str, notice: NoticeId) -> String {
    let mut tx = pool.begin().await.unwrap();
    let mut changed = 0;
    for statement in sql.split(';') {
        let done = sqlx::query(AssertSqlSafe(statement.to_owned())).bind(notice.to_string()).execute(&mut *tx).await;
        match done {
            Ok(done) => changed = done.rows_affected(),
            Err(error) => return refusal(&error),
        }
    }
    if changed == 0 { "nothing".to_owned() } else { "done".to_owned() }
}

fn refusal(error: &sqlx::Error) -> String {
    let Some(error) = error.as_database_error() else { return format!("error: {error:?}") };
    match error.constraint() {
        Some(constraint) => constraint.to_owned(),
        None => error.code().unwrap_or_default().into_owned(),
    }
}

/// Does what no rule allows, to look at what comes after it: the triggers of a table are off for one statement.
pub(crate) async fn force(pool: &PgPool, table: &str, sql: &str, notice: NoticeId) {
    let mut tx = pool.begin().await.unwrap();
    for (statement, is_bound) in [
        (format!("alter table {table} disable trigger user"), false),
        (sql.to_owned(), true),
        (format!("alter table {table} enable trigger user"), false),
    ] {
        let query = sqlx::query(AssertSqlSafe(statement));
        let query = if is_bound { query.bind(notice.to_string()) } else { query };
        query.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// One value about a notice (`$1`).
pub(crate) async fn value<T>(world: &NoticeWorld, sql: &'static str, notice: NoticeId) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    (T,): for<'r> sqlx::FromRow<'r, PgRow>,
{
    let query = sqlx::query_scalar(sql).bind(notice.to_string());
    query.fetch_one(&world.world.database.pool().await).await.unwrap()
}
