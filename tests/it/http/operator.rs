//! What the operator sees and mends.

use munadi_domain::message::{Lane, Message, Route};
use munadi_services::dead_letters::Died;
use serde_json::json;

use super::Api;

#[tokio::test]
async fn dead_letters_are_retried_or_dropped_with_a_reason() {
    let api = Api::new().await;
    let operator = api.operator().await;
    let notice = "ntc_01jd6z3v9we7fbvk3xq5m8n2rt".parse().unwrap();
    let known = Some((Route::FanOut(Lane::Routine), Message::FanOutV1 { notice }));
    for (body, resend) in [("{}", known), ("\u{fffd}?", None)] {
        let died = Died { queue: "q".to_owned(), reason: "rejected".to_owned(), body: body.into(), resend, at: None };
        api.state.dead_letters.keep(died).await.unwrap();
        api.world().clock.advance(time::Duration::SECOND);
    }
    let listed = api.get("/v1/dead-letters?limit=1").token(&operator).send().await;
    assert!(listed.header("link").contains("/v1/dead-letters?limit=1&after=ded_"));
    let letters = api.get("/v1/dead-letters").token(&operator).send().await.expect(200)["dead_letters"].clone();
    assert_eq!((&letters[0]["can_be_retried"], &letters[1]["can_be_retried"]), (&json!(true), &json!(false)));
    let path = |index: usize, what: &str| format!("/v1/dead-letters/{}/{what}", letters[index]["id"].as_str().unwrap());
    api.ask("POST", &path(1, "retry")).token(&operator).send().await.problem("conflict");
    api.ask("POST", &path(0, "retry")).token(&operator).send().await.expect(204);
    api.ask("POST", &path(0, "retry")).token(&operator).send().await.problem("conflict");
    api.post(&path(1, "drop"), &json!({ "because": " " })).token(&operator).send().await.problem("invalid");
    api.post(&path(1, "drop"), &json!({ "because": "nobody can read it" })).token(&operator).send().await.expect(204);
    let left = api.get("/v1/dead-letters").token(&operator).send().await.expect(200);
    assert_eq!(left, json!({ "dead_letters": [] }));
    let settled = api.get("/v1/dead-letters?settled=true").token(&operator).send().await.expect(200);
    assert_eq!(settled["dead_letters"][1]["settled"]["because"], "nobody can read it");
}

#[tokio::test]
async fn push_services_are_listed_and_resumed() {
    let api = Api::new().await;
    let operator = api.operator().await;
    assert_eq!(api.get("/v1/push-origins").token(&operator).send().await.expect(200), json!({ "origins": [] }));
    let resume =
        |origin: &str| api.post("/v1/push-origins/resume", &json!({ "origin": origin })).token(&operator).send();
    resume("https://push.example").await.problem("not-found");
}

#[tokio::test]
async fn key_directory_with_an_online_root_waits_for_nobody() {
    let api = Api::new().await;
    let operator = api.operator().await;
    api.get("/v1/key-directory/pending").token(&operator).send().await.expect(204);
    let served = api.get("/.well-known/munadi/keys.jws").send().await;
    let import = |media_type: &str| {
        api.ask("POST", "/v1/key-directory").body(media_type, served.body.clone()).token(&operator).send()
    };
    import("text/plain").await.problem("media-type");
    import("application/jose+json").await.problem("conflict");
    let broken =
        api.ask("POST", "/v1/key-directory").body("application/jose+json", vec![0xff]).token(&operator).send().await;
    broken.problem("bad-request");
}

#[tokio::test]
async fn orchestrator_asks_whether_all_is_well() {
    let api = Api::new().await;
    assert_eq!(api.get("/healthz").send().await.text(), "alive\n");
    let ready = api.get("/readyz").send().await.expect(200);
    let parts = json!([
        { "name": "database", "state": "ok" }, { "name": "keys", "state": "ok" }, { "name": "broker", "state": "fails" },
    ]);
    assert_eq!(ready, json!({ "ready": true, "parts": parts }));
    sqlx::query("delete from _sqlx_migrations").execute(&api.world().database.pool().await).await.unwrap();
    let answer = api.get("/readyz").send().await;
    assert_eq!(answer.expect(503)["parts"][0]["state"], "fails");
    assert!(!answer.text().contains("migrat"), "what is wrong is told in the log only");
}

#[tokio::test]
async fn metrics_are_for_those_nearby() {
    let api = Api::new().await;
    let from = |address: &str| api.get("/metrics").header("x-forwarded-for", address).send();
    assert_eq!(from("127.0.0.1").await.text(), "munadi_test 1\n");
    assert_eq!(from("10.0.0.7").await.status, 200);
    from("203.0.113.9").await.problem("forbidden");
    api.get("/metrics").send().await.problem("forbidden");
}

#[tokio::test]
async fn documents_are_served_as_they_are_checked_in() {
    let api = Api::new().await;
    let document = api.get("/openapi.json").send().await;
    assert_eq!(document.text(), include_str!("../../../api-spec/openapi.json"));
    let problems = api.get("/problems").send().await;
    assert_eq!(problems.text(), include_str!("../../../api-spec/problems.md"));
    assert!(problems.header("content-type").starts_with("text/plain"));
}
