//! The tests' own databases.

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    let (one, two) = (munadi_testkit::database().await, munadi_testkit::database().await);
    assert_ne!(one.url(), two.url());
    sqlx::query("insert into department (id, slug, name, created_at) values ('dep_x', 'dep', '{}', now())")
        .execute(&one.pool().await)
        .await
        .unwrap();
    let count = "select count(*) from department";
    let rows: i64 = sqlx::query_scalar(count).fetch_one(&two.pool().await).await.unwrap();
    assert_eq!(rows, 0);
    assert_eq!(one.store().migrations_missing().await.unwrap(), 0);
}
