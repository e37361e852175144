//! `Idempotency-Key`: the same request sent again is done once.

use munadi_services::idempotency::Begun;
use serde_json::{Value, json};

use super::{Api, Asked};

fn draft<'a>(api: &'a Api, token: &str, body: &Value) -> Asked<'a> {
    api.post("/v1/notices", body).token(token)
}

async fn count(api: &Api, token: &str) -> usize {
    api.get("/v1/notices").token(token).send().await.expect(200)["notices"].as_array().unwrap().len()
}

#[tokio::test]
async fn same_request_gets_the_same_answer() {
    let api = Api::new().await;
    let author = api.token(&api.town.author).await;
    let send = || draft(&api, &author, &json!({ "status": "Test" })).header("idempotency-key", "one").send();
    let (first, second) = (send().await, send().await);
    assert_eq!((first.expect(201), first.body.clone()), (second.expect(201), second.body.clone()));
    assert!(first.headers.get("idempotent-replay").is_none());
    assert_eq!((second.header("idempotent-replay"), second.header("content-type")), ("true", "application/json"));
    assert_eq!(count(&api, &author).await, 1);
}

#[tokio::test]
async fn key_names_one_request_of_one_sender() {
    let api = Api::new().await;
    let (author, deputy) = (api.token(&api.town.author).await, api.token(&api.town.deputy).await);
    let with_key = async |token: &str, status: &str, key: &str| {
        draft(&api, token, &json!({ "status": status })).header("idempotency-key", key).send().await
    };
    with_key(&author, "Test", "one").await.expect(201);
    with_key(&author, "Actual", "one").await.problem("idempotency-key-reused");
    with_key(&deputy, "Actual", "one").await.expect(201);
    with_key(&author, "Actual", "two").await.expect(201);
    with_key(&author, "Actual", &"x".repeat(201)).await.problem("invalid");
    with_key(&author, "Actual", "two words").await.problem("invalid");
    assert_eq!(count(&api, &author).await, 3);
}

#[tokio::test]
async fn request_that_came_to_nothing_can_be_mended_and_sent_again() {
    let api = Api::new().await;
    let author = api.token(&api.town.author).await;
    let send = async |body: Value| draft(&api, &author, &body).header("idempotency-key", "one").send().await;
    send(json!({ "status": "Wrong" })).await.problem("invalid");
    send(json!({ "status": "Test" })).await.expect(201);
}

#[tokio::test]
async fn request_that_is_being_worked_on_is_not_begun_again() {
    let api = Api::new().await;
    let author = api.token(&api.town.author).await;
    let body = json!({ "status": "Test" });
    let who = api.town.author.officer.id.to_string();
    let parts = [b"POST".as_slice(), b"/v1/notices", &serde_json::to_vec(&body).unwrap()];
    let begun = api.world().idempotency.begin(&who, "one", &parts).await.unwrap();
    assert_eq!(begun, Begun::Fresh);
    let answer = draft(&api, &author, &body).header("idempotency-key", "one").send().await;
    assert_eq!(answer.problem("request-in-progress")["retry_after"], 1);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(count(&api, &author).await, 0);
}

#[tokio::test]
async fn answer_with_a_password_is_kept_nowhere() {
    let api = Api::new().await;
    let admin = api.admin().await;
    let body = json!({ "sign_in": "ravi", "display_name": "Ravi" });
    let send = || api.post("/v1/officers", &body).token(&admin).header("idempotency-key", "one").send();
    let password = send().await.expect(201)["password"].as_str().unwrap().to_owned();
    send().await.problem("conflict");
    let kept: Vec<Option<Vec<u8>>> =
        sqlx::query_scalar("select body from idempotency").fetch_all(&api.world().database.pool().await).await.unwrap();
    let kept: Vec<u8> = kept.into_iter().flatten().flatten().collect();
    assert!(!String::from_utf8_lossy(&kept).contains(&password));
}
