//! The public log over HTTP: what a stranger with a policy reads, and what stands around it.

use std::sync::Arc;

use munadi_sealer::{BATCH, Context, KeepFile, Sealer};
use munadi_services::clock::Clock;
use munadi_testkit::World;
use munadi_transparency::log::{
    hash::leaf_hash,
    note::SignedNote,
    policy::Policy,
    tile::{BundleId, EntryBundle, HashTile, TileId},
    tree::Frontier,
};
use serde_json::Value;

use crate::http::{Answer, Api};

/// Seals everything that is committed.
async fn seal(world: &World) {
    let context = Context {
        store: world.core.store.clone(),
        clock: Clock::system(),
        signer: Arc::new(world.log_signer()),
        keep: KeepFile::new(world.keys_folder().join("log.checkpoint")),
    };
    let mut sealer = Sealer::open(&context).await.unwrap().expect("nobody else is the sealer");
    while sealer.round(BATCH).await.unwrap().added > 0 {}
}

#[track_caller]
fn check(answer: &Answer, media_type: &str, caching: &str) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), media_type);
    assert_eq!(answer.header("cache-control"), caching);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[tokio::test]
async fn a_stranger_with_the_policy_finds_every_act_in_the_log() {
    let api = Api::new().await;
    api.town.published().await;
    api.get("/log/checkpoint").send().await.problem("not-found");
    seal(api.world()).await;
    let policy = api.get("/log/policy").send().await;
    check(&policy, TEXT, "public, max-age=300");
    let policy = Policy::parse(&policy.body).unwrap();
    let answer = api.get("/log/checkpoint").send().await;
    check(&answer, TEXT, "no-cache");
    let checkpoint = policy.satisfied_by(&SignedNote::parse(&answer.body).unwrap()).unwrap().checkpoint;
    assert_eq!(checkpoint.origin().as_str(), "munadi.test");
    let size = checkpoint.size();
    let id = BundleId::in_tree(0, size).unwrap();
    let answer = api.get(&format!("/log/{id}")).send().await;
    check(&answer, BYTES, FOR_EVER);
    let bundle = EntryBundle::decode(id, &answer.body).unwrap();
    let id = TileId::in_tree(0, 0, size).unwrap();
    let answer = api.get(&format!("/log/{id}")).send().await;
    check(&answer, BYTES, FOR_EVER);
    assert_eq!(HashTile::decode(id, &answer.body).unwrap(), bundle.hash_tile());
    let mut frontier = Frontier::new();
    bundle.entries().for_each(|entry| frontier.append(leaf_hash(entry)).unwrap());
    assert_eq!(frontier.root(), *checkpoint.root());
    let actions = bundle.entries().map(|entry| serde_json::from_slice::<Value>(entry).unwrap()["action"].clone());
    assert!(actions.into_iter().any(|action| action == "notice.publish"));
}

#[tokio::test]
async fn narrower_tiles_are_the_beginning_of_wider_ones_and_what_is_not_covered_is_not_shown() {
    let api = Api::new().await;
    let world = api.world();
    let insert = "insert into audit_event (id, at, actor, actor_role, action, resource, outcome, detail_digest, leaf)
        select 'many_' || lpad(number::text, 9, '0'), now(), 'test', 'system', 'test.done', 'x', 'success', sha256('x'),
            convert_to('many ' || number, 'UTF8')
        from generate_series(1, 600) number";
    sqlx::query(insert).execute(&world.database.pool().await).await.unwrap();
    seal(world).await;
    let get = async |path: &str| api.get(&format!("/log/tile/{path}")).send().await;
    for folder in ["0", "entries"] {
        let full = get(&format!("{folder}/000")).await;
        check(&full, BYTES, FOR_EVER);
        let part = get(&format!("{folder}/000.p/7")).await;
        check(&part, BYTES, FOR_EVER);
        assert!(full.body.starts_with(&part.body) && part.body.len() < full.body.len());
        for path in ["003", "002", "000.p/0", "000.p/256", "000.p/007", "000.p/", "0", "x000/000", "", "000/"] {
            let missing = get(&format!("{folder}/{path}")).await;
            assert_eq!(missing.status, 404, "{folder}/{path}");
            missing.problem("not-found");
            assert!(!missing.headers.get("cache-control").is_some_and(|it| it.to_str().unwrap().contains("immutable")));
        }
    }
    for path in ["8/000", "00/000", "-1/000", "1/001", "1/000.p/3", "entries", "nothing"] {
        assert_eq!(get(path).await.status, 404, "{path}");
    }
    assert_eq!(get("0/000").await.body.len(), 8192);
    assert_eq!(get("1/000.p/2").await.body.len(), 64);
    // Entries are texts, hashes are noise.
    let zipped = api.get("/log/tile/entries/000").header("accept-encoding", "gzip").send().await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    let noise = api.get("/log/tile/0/000").header("accept-encoding", "gzip").send().await;
    assert!(noise.headers.get("content-encoding").is_none());
}
