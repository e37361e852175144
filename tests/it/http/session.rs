//! Signing in, staying signed in, signing out.

use munadi_domain::access::Role;
use munadi_services::people::Admin;
use munadi_testkit::account;
use serde_json::{Value, json};

use super::Api;

const PASSWORD: &str = "a password of my own";

async fn new_account(api: &Api) -> String {
    let by = Admin::Department(api.town.department.rights());
    let created = api.world().people.add_officer(by, &account("asha"), &[Role::Drafter].into()).await.unwrap();
    api.world().confirm_roles(&created.officer).await;
    created.password.expose().to_owned()
}

async fn sign_in(api: &Api) -> Value {
    let first = new_account(api).await;
    let body = json!({ "sign_in": "asha", "password": first, "new_password": PASSWORD });
    api.post("/v1/session", &body).send().await.expect(201)
}

fn token(session: &Value) -> &str {
    session["access_token"].as_str().unwrap()
}

#[tokio::test]
async fn password_of_an_admin_is_good_once_and_for_a_new_one() {
    let api = Api::new().await;
    let first = new_account(&api).await;
    let with_first = json!({ "sign_in": "asha", "password": first });
    api.post("/v1/session", &with_first).send().await.problem("new-password-needed");
    let body = json!({ "sign_in": "asha", "password": first, "new_password": PASSWORD });
    let answer = api.post("/v1/session", &body).send().await;
    let session = answer.expect(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!((&session["token_type"], &session["officer"]["sign_in"]), (&json!("Bearer"), &json!("asha")));
    assert_eq!(session["officer"]["roles"], json!(["drafter"]));
    assert_eq!(session["officer"]["department"], api.town.department.id.to_string());
    // Sessions end at whole seconds.
    assert!((599..=600).contains(&session["expires_in"].as_i64().unwrap()), "{session}");
    assert!((43_199..=43_200).contains(&session["refresh_expires_in"].as_i64().unwrap()), "{session}");
    api.post("/v1/session", &with_first).send().await.problem("unauthenticated");
    let me = api.get("/v1/me").token(token(&session)).send().await.expect(200);
    assert_eq!(me, session["officer"]);
}

#[tokio::test]
async fn unknown_name_and_wrong_password_are_told_alike() {
    let api = Api::new().await;
    sign_in(&api).await;
    let mut told = Vec::new();
    for name in ["asha", "nobody"] {
        let answer = api.post("/v1/session", &json!({ "sign_in": name, "password": "wrong" })).send().await;
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        told.push(answer.problem("unauthenticated"));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn refresh_token_is_used_once_and_its_second_use_ends_the_session() {
    let api = Api::new().await;
    let session = sign_in(&api).await;
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    let next = api.post("/v1/session/refresh", &refresh).send().await.expect(201);
    assert_ne!(next["refresh_token"], session["refresh_token"]);
    api.get("/v1/me").token(token(&next)).send().await.expect(200);
    api.post("/v1/session/refresh", &refresh).send().await.problem("unauthenticated");
    api.get("/v1/me").token(token(&next)).send().await.problem("unauthenticated");
    let next = json!({ "refresh_token": next["refresh_token"] });
    api.post("/v1/session/refresh", &next).send().await.problem("unauthenticated");
}

#[tokio::test]
async fn signing_out_takes_effect_at_once() {
    let api = Api::new().await;
    let session = sign_in(&api).await;
    api.ask("DELETE", "/v1/session").token(token(&session)).send().await.expect(204);
    api.get("/v1/me").token(token(&session)).send().await.problem("unauthenticated");
}

#[tokio::test]
async fn own_password_is_changed_with_the_old_one() {
    let api = Api::new().await;
    let session = sign_in(&api).await;
    let change =
        |old: &str, new: &str| api.post("/v1/me/password", &json!({ "old": old, "new": new })).token(token(&session));
    let wrong = change("not the old one", "another password").send().await.problem("invalid");
    assert_eq!(wrong["faults"][0]["at"], "/old", "{wrong}");
    let short = change(PASSWORD, "short").send().await.problem("invalid");
    assert_eq!(short["faults"][0]["at"], "/new", "{short}");
    change(PASSWORD, "another password").send().await.expect(204);
    let body = json!({ "sign_in": "asha", "password": "another password" });
    api.post("/v1/session", &body).send().await.expect(201);
}
