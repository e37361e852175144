//! Departments, officers and keys through the API.

use munadi_domain::access::Role;
use munadi_services::keys::proof;
use munadi_testkit::new_key;
use munadi_transparency::key::Signer;
use serde_json::json;

use super::Api;

#[tokio::test]
async fn platform_admin_makes_a_department_whose_admin_makes_officers() {
    let api = Api::new().await;
    let operator = api.operator().await;
    let body = json!({
        "slug": "railways", "name": { "en": "Railways", "hi": "रेलवे" },
        "admin": { "sign_in": "rail.admin", "display_name": "R. Admin" },
    });
    let answer = api.post("/v1/departments", &body).token(&operator).send().await;
    let made = answer.expect(201);
    assert_eq!((&made["slug"], &made["admin"]["roles"]), (&json!("railways"), &json!(["department_admin"])));
    assert_eq!(answer.header("location"), format!("/v1/departments/{}", made["id"].as_str().unwrap()));
    api.post("/v1/departments", &body).token(&operator).send().await.problem("conflict");
    let listed = api.get("/v1/departments").send().await.expect(200);
    assert_eq!(listed["departments"].as_array().unwrap().len(), 2);
    let shown = api.get(answer.header("location")).send().await.expect(200);
    assert_eq!(shown["name"]["hi"], "रेलवे");

    let first =
        json!({ "sign_in": "rail.admin", "password": made["admin"]["password"], "new_password": "trains run on time" });
    let session = api.post("/v1/session", &first).send().await.expect(201);
    let admin = session["access_token"].as_str().unwrap();
    let body = json!({ "sign_in": "ravi", "display_name": "Ravi", "roles": ["drafter"] });
    let made = api.post("/v1/officers", &body).token(admin).send().await.expect(201);
    assert_eq!((&made["roles"], &made["pending_roles"][0]["role"]), (&json!([]), &json!("drafter")));
    let path = format!("/v1/officers/{}", made["id"].as_str().unwrap());
    assert_eq!(api.get(&path).token(admin).send().await.expect(200)["sign_in"], "ravi");
    let roles = json!({ "roles": ["approver", "publisher"] });
    let changed = api.ask("PUT", &format!("{path}/roles")).json(&roles).token(admin).send().await.expect(200);
    assert_eq!((&changed["roles"], changed["pending_roles"].as_array().unwrap().len()), (&json!([]), 3));
    let waiting = api.get("/v1/role-grants").token(admin).send().await.expect(200);
    let grants = waiting["role_grants"].as_array().unwrap();
    let decide = |index: usize, how: &str| format!("/v1/role-grants/{}/{how}", grants[index]["id"].as_str().unwrap());
    assert_eq!((&grants[0]["officer_name"], &grants[0]["asked_by_name"]), (&json!("Ravi"), &json!("R. Admin")));
    api.ask("POST", &decide(0, "confirm")).token(admin).send().await.problem("conflict");
    api.ask("POST", &decide(0, "decline")).token(admin).send().await.expect(200);
    for index in [1, 2] {
        api.ask("POST", &decide(index, "confirm")).token(&api.admin().await).send().await.problem("not-found");
        api.ask("POST", &decide(index, "confirm")).token(&operator).send().await.expect(200);
        api.ask("POST", &decide(index, "confirm")).token(&operator).send().await.problem("not-found");
    }
    let shown = api.get(&path).token(admin).send().await.expect(200);
    assert_eq!((&shown["roles"], &shown["pending_roles"]), (&json!(["approver", "publisher"]), &json!([])));
    let wrong = json!({ "roles": ["auditor"] });
    api.ask("PUT", &format!("{path}/roles")).json(&wrong).token(admin).send().await.problem("invalid");
    let password = api.ask("POST", &format!("{path}/password")).token(admin).send().await.expect(200);
    assert_ne!(password["password"], made["password"]);
    let disabled = api.ask("POST", &format!("{path}/disable")).token(admin).send().await.expect(200);
    assert!(disabled["disabled_at"].is_string());
    let enabled = api.ask("POST", &format!("{path}/enable")).token(admin).send().await.expect(200);
    assert!(enabled["disabled_at"].is_null());
    let listed = api.get("/v1/officers?limit=1").token(admin).send().await;
    assert_eq!(listed.expect(200)["officers"][0]["sign_in"], "rail.admin");
    assert!(listed.header("link").contains("after=ofc_"));
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_told_at_once() {
    let api = Api::new().await;
    let admin = api.admin().await;
    let body = json!({ "sign_in": "Ravi Kumar", "display_name": "", "roles": [] });
    let problem = api.post("/v1/officers", &body).token(&admin).send().await.problem("invalid");
    let places: Vec<_> = problem["faults"].as_array().unwrap().iter().map(|fault| &fault["at"]).collect();
    assert_eq!(places, ["/sign_in", "/display_name"]);
    let body = json!({ "sign_in": "ravi", "display_name": "x", "roles": ["king"] });
    let problem = api.post("/v1/officers", &body).token(&admin).send().await.problem("invalid");
    assert_eq!(problem["faults"][0]["at"], "/roles/0");
}

#[tokio::test]
async fn officer_enrolls_a_key_that_an_admin_confirms_and_revokes() {
    let api = Api::new().await;
    let officer = api.officer("ravi", &[Role::Drafter]).await;
    let (token, admin) = (api.token_of(officer.id).await, api.admin().await);
    let key = new_key("new");
    let made = proof::sign(&key, officer.id, api.world().clock.now()).unwrap();
    let body = json!({ "jwk": key.public_key(), "proof": made });
    let wrong = json!({ "jwk": new_key("other").public_key(), "proof": made });
    api.post("/v1/keys", &wrong).token(&token).send().await.problem("bad-signature");
    let enrolled = api.post("/v1/keys", &body).token(&token).send().await.expect(201);
    assert_eq!(enrolled["officer"], officer.id.to_string());
    assert!(enrolled["confirmed_at"].is_null());
    let mut private = serde_json::to_value(key.public_key()).unwrap();
    private["d"] = json!("x");
    let private = json!({ "jwk": private, "proof": made });
    let refused = api.post("/v1/keys", &private).token(&token).send().await.problem("invalid");
    assert_eq!(refused["faults"][0]["at"].as_str().unwrap().split('/').nth(1), Some("jwk"));

    let path = format!("/v1/keys/{}", enrolled["kid"].as_str().unwrap());
    api.ask("POST", &format!("{path}/confirm")).token(&token).send().await.problem("forbidden");
    let confirmed = api.ask("POST", &format!("{path}/confirm")).token(&admin).send().await.expect(200);
    assert_eq!((&confirmed["roles"], confirmed["confirmed_by"].is_string()), (&json!(["author"]), true));
    let listed = api.get("/v1/keys?limit=100").token(&token).send().await.expect(200);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    let reason = json!({ "reason": "the phone was lost" });
    let revoked = api.post(&format!("{path}/revoke"), &reason).token(&token).send().await.expect(200);
    assert!(revoked["revoked_at"].is_string());
    let directory = api.get("/.well-known/munadi/keys.jws").send().await;
    assert!(directory.header("content-type").starts_with("application/jose+json"));
    let current = api.world().directory.current().await.unwrap();
    assert_eq!(directory.header("etag"), format!("\"{}\"", current.edition().number));
    let rotated = api.ask("POST", "/v1/keys/rotate").token(&admin).send().await;
    // The department's key was made within this very second.
    assert!([201, 409].contains(&rotated.status.as_u16()), "{}", rotated.text());
}
