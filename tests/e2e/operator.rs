//! What an operator asks of the executable: help, settings, a diagnosis, and an end in order.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    time::Duration,
};

use munadi_push_sink::Behavior;
use munadi_testkit::database;
use serde_json::{Value, json};

use crate::rig::{
    free_port,
    process::Settings,
    town::{HERE, Town},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_command_explains_itself() {
    let mut commands = vec![Vec::new()];
    let mut explained = 0;
    while let Some(command) = commands.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = Settings::default().say(&words).await.well().out;
        let first = help.lines().next().unwrap_or_default();
        assert!(first.len() > 10 && help.contains("Usage: munadi"), "{words:?}: {help}");
        explained += 1;
        let list = help.split("Commands:\n").nth(1).unwrap_or_default();
        let names = list.lines().take_while(|line| line.starts_with("  ")).filter(|line| !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        commands.extend(names.map(|name| [command.clone(), vec![name.to_owned()]].concat()));
    }
    assert!(explained > 35, "{explained}");
    let unknown = Settings::default().say(&["notice", "sumbit"]).await;
    assert!(unknown.err.contains("submit") && unknown.status.code() == Some(2), "{}", unknown.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_make_no_sense_are_told_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = |text: &str| -> PathBuf {
        let path = folder.path().join("munadi.toml");
        fs::write(&path, text).unwrap();
        path
    };
    Settings::default().say(&["config", "check"]).await.well();
    for (text, says) in [
        ("[http]\nlistn = 1", "[http] has no setting “listn”"),
        ("[htpt]\n", "there is no section [htpt]"),
        ("listen = 1", "outside of a section"),
        ("[http]\nlisten = \"here\"", "listen"),
        ("[http", "is not TOML"),
        ("[push]\ncontact = \"me\"", "mailto:"),
        ("[push]\nallowed_hosts = [\"*.example.org\"]", "*.example.org"),
        ("[push]\nextra_root = \"nothing.pem\"", "nothing.pem"),
        ("[broker]\nprefix = \"Ü\"", "prefix"),
        ("[broker]\nurl = \"amqp://\"", "[broker] url"),
        ("[database]\nconnections = 1", "choose 2 to 500"),
        ("[log]\nfilter = \"munadi=loud\"", "filter"),
    ] {
        let file = file(text);
        for command in [&["config", "check"][..], &["serve"]] {
            let args = [&["--config", file.to_str().unwrap()], command].concat();
            let said = Settings::default().say(&args).await.badly();
            assert!(said.err.starts_with("munadi: ") && said.err.contains(says), "{text}: {}", said.err);
        }
    }
    let missing = Settings::default().say(&["--config", "nothing.toml", "config", "check"]).await.badly();
    assert!(missing.err.contains("nothing.toml cannot be read"), "{}", missing.err);
    let said = Settings::default().with("MUNADI_HTTP_LISTN", "x").say(&["config", "check"]).await.badly();
    assert!(said.err.contains("MUNADI_HTTP_LISTN"), "{}", said.err);
    let secret =
        Settings::default().with("DATABASE_URL", "mysql://u:s3cret@h/d").say(&["config", "check"]).await.badly();
    assert!(!secret.err.contains("s3cret"), "{}", secret.err);
}

/// What the diagnosis finds wrong: of what kind, and in which words.
async fn wrong(settings: &Settings) -> Vec<(String, String)> {
    let said = settings.say(&["--json", "doctor"]).await;
    let told = said.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = told["findings"].as_array().unwrap().iter();
    let bad = findings.filter(|finding| finding["grade"] == "bad");
    let bad: Vec<_> = bad.map(|finding| (text(&finding["what"]), text(&finding["words"]))).collect();
    assert_eq!((told["well"].as_bool(), said.status.success()), (Some(bad.is_empty()), bad.is_empty()), "{told}");
    bad
}

#[tokio::test(flavor = "multi_thread")]
async fn diagnosis_finds_what_is_wrong_and_says_what_to_do() {
    let town = Town::new().await;
    let server = town.serve("").await;
    assert_eq!(wrong(&town.settings).await, []);
    let words = town.settings.say(&["doctor"]).await.well().out;
    assert!(words.ends_with("Nothing is wrong.\n"), "{words}");
    drop(server);

    let nowhere = format!("127.0.0.1:{}", free_port());
    let no_database = town.settings.with("DATABASE_URL", format!("postgres://munadi:s3cret@{nowhere}/munadi"));
    let found = wrong(&no_database).await;
    assert!(found.len() == 1 && found[0].0 == "database" && found[0].1.contains(&nowhere), "{found:?}");
    assert!(found[0].1.contains("running there?") && !found[0].1.contains("s3cret"), "{found:?}");

    let no_broker = town.settings.with("AMQP_URL", format!("amqp://munadi:s3cret@{nowhere}"));
    let found = wrong(&no_broker).await;
    assert!(found.len() == 1 && found[0].0 == "broker" && found[0].1.contains(&nowhere), "{found:?}");
    assert!(found[0].1.contains("running there?") && !found[0].1.contains("s3cret"), "{found:?}");

    let keys = town.people.world.keys_folder();
    let key = fs::read_dir(keys).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let found = wrong(&town.settings).await;
    let chmod = format!("{} can be read by others: chmod 600 it", key.display());
    assert_eq!(found, [("keys".to_owned(), chmod)]);
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    let found = wrong(&town.settings.with("MUNADI_KEYS_FOLDER", town.folder.path().join("nothing").display())).await;
    assert!(found.len() == 1 && found[0].1.ends_with("run munadi keys init"), "{found:?}");

    let forget = "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)";
    sqlx::query(forget).execute(&town.people.world.database.pool().await).await.unwrap();
    let found = wrong(&town.settings).await;
    assert_eq!(found, [("schema".to_owned(), "1 migrations are missing: run munadi migrate".to_owned())]);
    let refused = town.settings.say(&["serve"]).await.badly();
    assert!(refused.err.contains("run munadi migrate"), "{}", refused.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn diagnosis_tells_of_keys_that_end_soon() {
    let town = Town::new().await;
    let pool = town.people.world.database.pool().await;
    for (left, grade, says) in [("59 days", "warning", "munadi keys rotate"), ("-1 hours", "bad", "munadi keys rotate")]
    {
        // The database keeps a key's end as it was made; a test may bend that.
        let bend = format!(
            "alter table signing_key disable trigger user;
             update signing_key set not_before = now() - interval '1 year', expires_at = now() + interval '{left}' where kind = 'department'"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(bend)).execute(&pool).await.unwrap();
        let told = town.settings.say(&["--json", "doctor"]).await.json();
        let finding = told["findings"].as_array().unwrap().iter().find(|it| it["what"] == "keys").unwrap();
        assert!(finding["grade"] == grade && finding["words"].as_str().unwrap().contains(says), "{finding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_admin_is_made_once_and_begins_everything() {
    let town = Town::new().await;
    let empty = database().await;
    let settings = town.settings.with("DATABASE_URL", empty.url());
    let args = ["--json", "first-admin", "--sign-in", "the.first", "--name", "The First"];
    let made = settings.say(&args).await.well().json();
    let server = town.serve_with(&settings, "api").await;
    let body =
        json!({ "sign_in": "the.first", "password": made["password"], "new_password": "a long walk by the river" });
    let session = server.api.post("/v1/session", &body).await.json(201);
    assert_eq!(session["officer"]["roles"], json!(["platform_admin"]));
    let said = settings.say(&args).await.badly();
    assert!(said.err.contains("there is a platform admin already"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_demonstration_is_not_reset() {
    let town = Town::new().await;
    let said = town.settings.say(&["demo", "reset", "--yes"]).await.badly();
    assert!(said.err.contains("nothing was removed"), "{}", said.err);
    assert!(town.people.world.core.store.has_departments().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_in_order_sends_nothing_twice() {
    let mut town = Town::with(|_| Behavior::AcceptAfter(Duration::from_millis(150))).await;
    let neighbors = town.settle(HERE, 4_500).await;
    let server = town.serve("api,relay,fanout").await;
    let notice = town.warn(&server).await;
    for arrived in [500, 2_000] {
        let deliver = town.work("deliver");
        town.sink.wait_for(arrived).await;
        assert_eq!(deliver.terminate().await.code(), Some(0));
        assert!(town.sink.totals().accepted < 4_500);
    }
    let port = server.port;
    assert_eq!(server.process.terminate().await.code(), Some(0));
    let server = town.serve_at(port, &town.settings, "").await;
    town.check_everybody_has_it(&server, notice, &neighbors).await;
    assert_eq!(town.sink.counts().doubles(), 0);
    // Whoever follows the inbox is told to come back later, and does not hold up the end.
    let mut stream = server.api.stream("", None).await;
    assert!(stream.next(Duration::from_secs(5)).await.is_some());
    assert_eq!(server.process.terminate().await.code(), Some(0));
}
