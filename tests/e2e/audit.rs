//! `munadi audit verify` against the log that the executable serves: whole as it is, and not whole with one byte changed anywhere.

use std::path::{Path, PathBuf};

use munadi_transparency::log::{
    checkpoint::Checkpoint,
    note::SignedNote,
    tile::{BundleId, TileId},
};
use serde_json::Value;

use crate::rig::{api::Api, eventually, process::Said, town::Town};

/// Everything of a log, as files.
struct Copy {
    folder: PathBuf,
    files: Vec<String>,
    size: u64,
}

fn size(note: &str) -> u64 {
    let note = SignedNote::parse(note.as_bytes()).unwrap();
    note.text().parse::<Checkpoint>().unwrap().size()
}

/// Waits until every event so far is covered by a checkpoint; gives the checkpoint.
async fn covering(town: &Town, api: &Api) -> String {
    let events = u64::try_from(town.count("select count(*) from audit_event").await).unwrap();
    eventually("a checkpoint over everything", async || {
        let note = api.get("/log/checkpoint").await;
        (note.status == 200 && size(&note.text()) >= events).then(|| note.text())
    })
    .await
}

/// Mirrors the log into a folder, as anybody can.
async fn mirror(api: &Api, folder: &Path, note: &str) -> Copy {
    let size = size(note);
    let mut files = vec!["checkpoint".to_owned()];
    files.extend((0..).map_while(|index| BundleId::in_tree(index, size)).map(|id| id.path()));
    for level in 0..8 {
        files.extend((0..).map_while(|index| TileId::in_tree(level, index, size)).map(|id| id.path()));
    }
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("checkpoint"), note).unwrap();
    for file in files.iter().skip(1) {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let answer = api.get(&format!("/log/{file}")).await;
        assert_eq!(answer.status, 200, "{file}");
        std::fs::write(path, answer.body).unwrap();
    }
    Copy { folder: folder.to_owned(), files, size }
}

async fn verify(town: &Town, log: &str, policy: &Path, more: &[&str]) -> Said {
    let policy = policy.to_str().unwrap();
    let args = ["--json", "audit", "verify", "--log", log, "--policy", policy];
    town.settings.say(&args.iter().chain(more).copied().collect::<Vec<_>>()).await
}

/// A town with so many events that there are several bundles, its log and its policy.
async fn sealed(town: &Town) -> (crate::rig::town::Server, PathBuf, String) {
    let server = town.serve("api,sealer").await;
    for _ in 0..300 {
        town.people.world.sign_in.start_session(town.people.author.officer.id).await.unwrap();
    }
    let note = covering(town, &server.api).await;
    let policy = town.folder.path().join("policy");
    let answer = server.api.get("/log/policy").await;
    assert_eq!(answer.status, 200);
    std::fs::write(&policy, answer.body).unwrap();
    (server, policy, note)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_served_log_is_whole_and_goes_on() {
    let town = Town::new().await;
    let (server, policy, note) = sealed(&town).await;
    let address = format!("http://127.0.0.1:{}/log", server.port);
    let found = verify(&town, &address, &policy, &[]).await.well().json();
    assert_eq!((&found["verdict"], found["size"].as_u64().unwrap() >= size(&note)), (&"whole".into(), true), "{found}");
    // What was kept from it is the beginning of what it is later.
    let kept = town.folder.path().join("kept");
    std::fs::write(&kept, &note).unwrap();
    town.people.world.sign_in.start_session(town.people.author.officer.id).await.unwrap();
    let later = covering(&town, &server.api).await;
    assert!(size(&later) > size(&note));
    let found = verify(&town, &address, &policy, &["--since", kept.to_str().unwrap()]).await.well().json();
    assert_eq!(found["earlier_size"].as_u64(), Some(size(&note)));
    // A log that has become shorter than what was seen of it was cut.
    std::fs::write(&kept, &later).unwrap();
    let copy = mirror(&server.api, &town.folder.path().join("cut"), &note).await;
    let since = ["--since", kept.to_str().unwrap()];
    let cut = verify(&town, copy.folder.to_str().unwrap(), &policy, &since).await.badly();
    assert!(cut.json()["reason"].as_str().unwrap().contains("it was cut"), "{}", cut.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_byte_changed_anywhere_is_found_and_named() {
    let town = Town::new().await;
    let (server, policy, note) = sealed(&town).await;
    let copy = mirror(&server.api, &town.folder.path().join("copy"), &note).await;
    let log = copy.folder.to_str().unwrap();
    let found = verify(&town, log, &policy, &[]).await.well().json();
    assert_eq!(found["size"].as_u64(), Some(copy.size));
    for file in &copy.files {
        let path = copy.folder.join(file);
        let whole = std::fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            let said = verify(&town, log, &policy, &[]).await.badly();
            let reason: Value = said.json();
            let names = reason["reason"].as_str().unwrap();
            assert!(
                !names.is_empty() && (file == "checkpoint" || names.contains(file.as_str())),
                "{file} {at}: {names}"
            );
        }
        std::fs::write(&path, whole).unwrap();
    }
}
