//! Who may do what: officers by their roles, departments' systems by the request that they sign.

use munadi_domain::access::ClientKind;
use munadi_services::clients::NewClient;
use munadi_testkit::{client_claims, jwt, new_key};
use munadi_transparency::key::Signer;
use serde_json::json;

use super::Api;

#[tokio::test]
async fn what_needs_a_right_needs_a_token_first_and_then_the_right() {
    let api = Api::new().await;
    let auditor = api.operator().await;
    let approver = api.token(&api.town.approver).await;
    let notice = "/v1/notices/ntc_01jd6z3v9we7fbvk3xq5m8n2rt";
    for (method, path, token) in [
        ("GET", "/v1/notices".to_owned(), &auditor),
        ("POST", "/v1/notices".to_owned(), &approver),
        ("POST", "/v1/notices/cap".to_owned(), &approver),
        ("PUT", notice.to_owned(), &approver),
        ("DELETE", notice.to_owned(), &approver),
        ("POST", format!("{notice}/freeze"), &approver),
        ("POST", format!("{notice}/submit"), &approver),
        ("POST", format!("{notice}/publish"), &approver),
        ("POST", format!("{notice}/cancel"), &approver),
        ("GET", "/v1/officers".to_owned(), &approver),
        ("POST", "/v1/officers".to_owned(), &approver),
        ("POST", "/v1/departments".to_owned(), &approver),
        ("GET", "/v1/clients".to_owned(), &approver),
        ("POST", "/v1/keys/rotate".to_owned(), &approver),
        ("GET", "/v1/dead-letters".to_owned(), &approver),
        ("GET", "/v1/push-origins".to_owned(), &approver),
        ("GET", "/v1/key-directory/pending".to_owned(), &approver),
    ] {
        let asked = api.ask(method, &path).json(&json!({})).from(1);
        asked.clone().send().await.problem("unauthenticated");
        let problem = asked.token(token).send().await.problem("forbidden");
        assert!(problem["detail"].as_str().unwrap().starts_with("this needs the role"), "{method} {path}: {problem}");
    }
}

#[tokio::test]
async fn token_that_is_not_good_is_refused_even_where_none_is_needed() {
    let api = Api::new().await;
    for header in ["Bearer x", "Bearer", "Basic eDp5", "bearer a.b.c"] {
        for path in ["/v1/archive", "/v1/inbox", "/v1/places/states", "/v1/me", "/.well-known/munadi.json"] {
            let answer = api.get(path).header("authorization", header).send().await;
            answer.problem("unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let token = api.token(&api.town.author).await;
    api.get("/v1/archive").token(&token).send().await.expect(200);
}

#[tokio::test]
async fn system_signs_each_request_with_its_body() {
    let api = Api::new().await;
    let key = new_key("system");
    let body = json!({ "name": "Gauges", "kind": "team", "jwk": key.public_key() });
    let client = api.post("/v1/clients", &body).token(&api.admin().await).send().await.expect(201);
    assert_eq!((&client["kind"], &client["roles"]), (&json!("team"), &json!(["drafter"])));
    let id = client["id"].as_str().unwrap().parse().unwrap();
    let draft = json!({ "status": "Test" });
    let sign = |body: &str, jti: &str| jwt(&client_claims(id, body.as_bytes(), jti, api.world().clock.now()), &key);
    let token = sign(&draft.to_string(), "1");
    let made = api.post("/v1/notices", &draft).token(&token).send().await.expect(201);
    assert_eq!(made["reach"], "team");
    let again = api.post("/v1/notices", &draft).token(&token).send().await.problem("unauthenticated");
    assert!(again["detail"].as_str().unwrap().contains("used before"), "{again}");
    let other = api.post("/v1/notices", &json!({ "status": "Actual" })).token(&sign(&draft.to_string(), "2"));
    assert!(other.send().await.problem("unauthenticated")["detail"].as_str().unwrap().contains("bh"));
    let notice = made["id"].as_str().unwrap();
    api.get(&format!("/v1/notices/{notice}")).token(&sign("", "3")).send().await.expect(200);
    let submit = api.ask("POST", &format!("/v1/notices/{notice}/freeze")).from(1).token(&sign("", "4")).send().await;
    submit.problem("forbidden");
    api.get("/v1/me").token(&sign("", "5")).send().await.problem("forbidden");
    let revoke = format!("/v1/clients/{}/revoke", client["id"].as_str().unwrap());
    let revoked = api.ask("POST", &revoke).token(&api.admin().await).send().await.expect(200);
    assert!(revoked["revoked_at"].is_string());
    api.get("/v1/notices").token(&sign("", "6")).send().await.problem("unauthenticated");
}

#[tokio::test]
async fn departments_do_not_see_each_other() {
    let api = Api::new().await;
    let draft = api.town.draft().await;
    let path = format!("/v1/notices/{}", munadi_testkit::people::id(&draft));
    let other = api.world().department(api.town.platform, "railways").await;
    let drafter = api.world().officer(&other, "their.drafter", &[munadi_domain::access::Role::Drafter]).await;
    let theirs = api.token_of(drafter.id).await;
    api.get(&path).token(&theirs).send().await.problem("not-found");
    api.ask("PUT", &path).json(&json!({})).from(1).token(&theirs).send().await.problem("not-found");
    api.ask("DELETE", &path).from(1).token(&theirs).send().await.problem("not-found");
    assert_eq!(api.get("/v1/notices").token(&theirs).send().await.expect(200)["notices"], json!([]));
    let key = new_key("system");
    let new = NewClient { name: "x".to_owned(), kind: ClientKind::Live, jwk: key.public_key().clone() };
    let client = api.world().clients.register(api.town.department.rights(), &new).await.unwrap();
    let revoke = format!("/v1/clients/{}/revoke", client.id);
    let their_admin = api.token_of(other.admin.id).await;
    api.ask("POST", &revoke).token(&their_admin).send().await.problem("not-found");
}
