//! A citizen subscribes, looks, changes and leaves.

use munadi_push_sink::Subscriber;
use serde_json::{Value, json};

use super::Api;

const ENDPOINT: &str = "https://updates.push.services.mozilla.com/wpush/v2/abc";

fn body(device: &Subscriber, endpoint: &str) -> Value {
    json!({
        "subscription": device.subscription(endpoint),
        "preferences": { "pins": ["110001"], "topics": ["flood"], "language": "hi" },
        "consent": { "text_version": "2026-01", "language": "hi" },
    })
}

#[tokio::test]
async fn citizen_subscribes_looks_changes_and_leaves() {
    let api = Api::new().await;
    let device = Subscriber::generate().unwrap();
    let answer = api.post("/v1/subscriptions", &body(&device, ENDPOINT)).send().await;
    let made = answer.expect(201);
    assert_eq!(made["places"], json!([{ "pin": "110001", "district": "New Delhi", "state": "Delhi" }]));
    let (path, secret) = (answer.header("location"), made["secret"].as_str().unwrap());
    assert_eq!(path, format!("/v1/subscriptions/{}", made["id"].as_str().unwrap()));

    let shown = api.get(path).token(secret).send().await.expect(200);
    assert_eq!((&shown["endpoint"], &shown["preferences"]["pins"]), (&json!(ENDPOINT), &json!(["110001"])));
    assert_eq!(shown["consent"]["text_version"], "2026-01");
    let wish = json!({ "pins": ["560001", "560001"], "topics": [], "language": "kn" });
    let changed = api.ask("PUT", path).json(&wish).token(secret).send().await.expect(200);
    assert_eq!(changed["preferences"], json!({ "pins": ["560001"], "topics": [], "language": "kn" }));
    let wrong = json!({ "pins": [], "language": "kn" });
    let problem = api.ask("PUT", path).json(&wrong).token(secret).send().await.problem("invalid");
    assert_eq!(problem["faults"][0]["at"], "/pins");

    api.ask("DELETE", path).token(secret).send().await.expect(204);
    api.get(path).token(secret).send().await.problem("unauthenticated");
    let left: i64 = sqlx::query_scalar("select count(*) from subscription")
        .fetch_one(&api.world().database.pool().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn only_the_secret_opens_a_subscription() {
    let api = Api::new().await;
    let device = Subscriber::generate().unwrap();
    let made = api.post("/v1/subscriptions", &body(&device, ENDPOINT)).send().await.expect(201);
    let path = format!("/v1/subscriptions/{}", made["id"].as_str().unwrap());
    let officer = api.token(&api.town.author).await;
    api.get(&path).send().await.problem("unauthenticated");
    for secret in ["x", &officer, &"A".repeat(43)] {
        for method in ["GET", "DELETE"] {
            api.ask(method, &path).token(secret).send().await.problem("unauthenticated");
        }
    }
    api.get("/v1/subscriptions/sub_01jd6z3v9we7fbvk3xq5m8n2rt").token("x").send().await.problem("unauthenticated");
    api.get("/v1/subscriptions/1").token("x").send().await.problem("not-found");
}

#[tokio::test]
async fn same_device_again_gets_a_new_secret_and_another_is_refused() {
    let api = Api::new().await;
    let device = Subscriber::generate().unwrap();
    let subscribe = |device: &Subscriber| api.post("/v1/subscriptions", &body(device, ENDPOINT)).send();
    let first = subscribe(&device).await.expect(201);
    let second = subscribe(&device).await.expect(201);
    assert_eq!((&second["id"], &second["renewed"]), (&first["id"], &json!(true)));
    let path = format!("/v1/subscriptions/{}", first["id"].as_str().unwrap());
    api.get(&path).token(first["secret"].as_str().unwrap()).send().await.problem("unauthenticated");
    api.get(&path).token(second["secret"].as_str().unwrap()).send().await.expect(200);
    subscribe(&Subscriber::generate().unwrap()).await.problem("conflict");
}

#[tokio::test]
async fn endpoint_of_a_stranger_is_held_against_the_list() {
    let api = Api::new().await;
    let device = Subscriber::generate().unwrap();
    for endpoint in [
        "https://evil.example/x",
        "http://updates.push.services.mozilla.com/x",
        "https://127.0.0.1/x",
        "https://updates.push.services.mozilla.com:8443/x",
        "https://user@updates.push.services.mozilla.com/x",
        "https://updates.push.services.mozilla.com.evil.example/x",
        "x",
        "",
    ] {
        let problem = api.post("/v1/subscriptions", &body(&device, endpoint)).send().await.problem("invalid");
        assert_eq!(problem["faults"][0]["at"], "/subscription/endpoint", "{endpoint}");
    }
    let mut wrong = body(&device, ENDPOINT);
    wrong["preferences"]["language"] = json!("हिन्दी");
    let problem = api.post("/v1/subscriptions", &wrong).send().await.problem("invalid");
    assert_eq!(problem["faults"][0]["at"], "/preferences/language");
    wrong["more"] = json!(1);
    api.post("/v1/subscriptions", &wrong).send().await.problem("invalid");
}
