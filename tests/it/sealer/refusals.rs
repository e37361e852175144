//! What the sealer refuses at its start, and that each refusal says what to do.

use munadi_sealer::{KeepError, Refusal, SealError};
use sqlx::AssertSqlSafe;

use super::rig::{ORIGIN, Rig};

async fn refusal(rig: &Rig) -> Refusal {
    match rig.open().await {
        Err(SealError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn an_older_database_is_refused_and_a_newer_one_is_not() {
    let rig = Rig::new().await;
    rig.append(1..=5).await;
    rig.seal().await;
    let older = rig.other_database().await;
    older.append(1..=3).await;
    let refused = refusal(&older).await;
    assert!(matches!(refused, Refusal::Behind { kept: 5, has: 0, .. }), "{refused:?}");
    let words = refused.to_string();
    assert!(
        words.contains("has 0 entries") && words.contains("at least 5") && words.contains("log.checkpoint"),
        "{words}"
    );
    // Beside the file of an earlier time it is welcome: so it was before anything else was signed.
    let text = rig.signed().await[0].to_string();
    assert!(text.starts_with(ORIGIN));
    std::fs::write(rig.context().keep.path(), text).unwrap();
    rig.append([6]).await;
    rig.seal().await;
    rig.has_exactly(1..=6).await;
}

#[tokio::test]
async fn another_history_is_refused() {
    let rig = Rig::new().await;
    rig.append(1..=5).await;
    rig.seal().await;
    let before = std::fs::read(rig.context().keep.path()).unwrap();
    let other = rig.other_database().await;
    other.append([1, 2, 3, 4, 55, 6]).await;
    std::fs::remove_file(rig.context().keep.path()).unwrap();
    other.seal().await;
    std::fs::write(rig.context().keep.path(), before).unwrap();
    let refused = refusal(&other).await;
    assert!(matches!(refused, Refusal::Disagrees { kept: 5, .. }), "{refused:?}");
    assert!(refused.to_string().contains("Restore the right one"));
    // The right database goes on beside it.
    rig.append([6]).await;
    rig.seal().await;
    rig.has_exactly(1..=6).await;
}

#[tokio::test]
async fn a_missing_file_is_refused_until_somebody_puts_a_checkpoint_there() {
    let rig = Rig::new().await;
    rig.append(1..=5).await;
    rig.seal().await;
    std::fs::remove_file(rig.context().keep.path()).unwrap();
    let refused = refusal(&rig).await;
    assert!(matches!(refused, Refusal::Missing { signed: 5, .. }), "{refused:?}");
    assert!(refused.to_string().contains("/log/checkpoint"));
    let served = rig.log().checkpoint().await.unwrap().note;
    std::fs::write(rig.context().keep.path(), served).unwrap();
    rig.append([6]).await;
    rig.seal().await;
    rig.has_exactly(1..=6).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused() {
    let rig = Rig::new().await;
    rig.append([1]).await;
    rig.seal().await;
    std::fs::write(rig.context().keep.path(), "").unwrap();
    assert!(matches!(refusal(&rig).await, Refusal::Keep(KeepError::Malformed { .. })));
    std::fs::remove_file(rig.context().keep.path()).unwrap();
    std::fs::create_dir(rig.context().keep.path()).unwrap();
    assert!(matches!(refusal(&rig).await, Refusal::Keep(KeepError::Io { .. })));
}

#[tokio::test]
async fn another_key_and_another_name_are_refused() {
    let rig = Rig::new().await;
    rig.append([1]).await;
    rig.seal().await;
    let refused = |opened: Result<_, _>| match opened {
        Err(SealError::Refused(refusal)) => refusal,
        Ok::<munadi_sealer::Sealer, _>(_) => panic!("not refused"),
        Err(error) => panic!("{error:?}"),
    };
    let other_key = refused(rig.open_with(&rig.context_of(ORIGIN, 2)).await);
    assert!(matches!(other_key, Refusal::OtherKey { .. }), "{other_key:?}");
    let renamed = rig.context_of("new.munadi.test", 2);
    let other_name = refused(rig.open_with(&renamed).await);
    assert!(matches!(other_name, Refusal::OtherOrigin { .. }), "{other_name:?}");
    // As the refusals say: a new log begins when the old one's file is moved away.
    std::fs::remove_file(renamed.keep.path()).unwrap();
    let round = rig.open_with(&renamed).await.unwrap().round(10).await.unwrap();
    assert_eq!(round.published, Some(1));
}

#[tokio::test]
async fn a_database_that_contradicts_itself_is_refused() {
    for (tamper, says) in [
        ("update log_tile set hashes = sha256('x') || substring(hashes from 33)", "tiles have another root"),
        ("delete from log_tile where level = 0", "is missing"),
        ("update log_tree set root = sha256('x')", "tiles have another root"),
        ("update log_tree set size = 4", "not as many events"),
        ("update audit_event set log_index = null where log_index = 4", "not as many events"),
        ("update log_checkpoint set root = sha256('x')", "over another tree"),
    ] {
        let rig = Rig::new().await;
        rig.append(1..=5).await;
        rig.seal().await;
        let pool = rig.pool().await;
        // Without the triggers, which refuse it.
        let table = tamper.split(' ').find(|word| word.starts_with("log_") || *word == "audit_event").unwrap();
        assert!(table == "log_tree" || sqlx::query(AssertSqlSafe(tamper)).execute(&pool).await.is_err(), "{tamper}");
        let forced =
            format!("alter table {table} disable trigger user; {tamper}; alter table {table} enable trigger user");
        sqlx::raw_sql(AssertSqlSafe(forced)).execute(&pool).await.unwrap();
        let refused = refusal(&rig).await;
        assert!(matches!(refused, Refusal::Contradiction(_)), "{tamper}: {refused:?}");
        assert!(refused.to_string().contains(says), "{tamper}: {refused}");
    }
}
