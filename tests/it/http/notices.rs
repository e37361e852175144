//! A notice's life through the API.

use munadi_domain::notice::Intent;
use munadi_testkit::people::id;
use munadi_transparency::{notice::Role, verdict::Verdict, verify::verify_json};
use serde_json::{Value, json};

use super::{Answer, Api};

async fn create(api: &Api, token: &str, content: &Value) -> Value {
    api.post("/v1/notices", content).token(token).send().await.expect(201)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing: {value}"))
}

fn decode(text: &str) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[tokio::test]
async fn notice_goes_from_its_draft_to_its_delivery() {
    let api = Api::new().await;
    let town = &api.town;
    let (author, approver) = (api.token(&town.author).await, api.token(&town.approver).await);
    let publisher = api.token(&town.publisher).await;
    let content = serde_json::to_value(town.content()).unwrap();
    let answer = api.post("/v1/notices", &content).token(&author).send().await;
    let draft = answer.expect(201);
    assert_eq!((answer.header("etag"), &draft["revision"]), ("\"1\"", &json!(1)));
    assert_eq!((&draft["state"], &draft["intent"], &draft["faults"]), (&json!("draft"), &json!("alert"), &json!([])));
    let path = format!("/v1/notices/{}", text(&draft, "id"));
    let audience = api.get(&format!("{path}/audience")).token(&author).send().await.expect(200);
    assert_eq!((&audience["pins"], &audience["subscriptions"]), (&json!(2), &json!(0)));

    let step = |token: &str, name: &str, revision: &Value, body: &Value| {
        api.post(&format!("{path}/{name}"), body).token(token).from(revision.as_i64().unwrap())
    };
    let frozen = step(&author, "freeze", &draft["revision"], &json!({})).send().await.expect(200);
    let signature = town.author.sign(Role::Author, &decode(text(&frozen, "payload")), town.now());
    let submitted = step(&author, "submit", &frozen["revision"], &serde_json::to_value(&signature).unwrap());
    let submitted = submitted.send().await.expect(200);
    assert_eq!(submitted["state"], "in_review");
    let languages = json!({ "languages": ["hi", "en-IN"] });
    let review = step(&approver, "languages", &submitted["revision"], &languages).send().await.expect(200);
    assert_eq!(review["frozen"]["languages_missing"], json!([]));
    assert_eq!(review["frozen"]["approvers_needed"], 1);
    let signature = town.approver.sign(Role::Approver, &decode(text(&review["frozen"], "payload")), town.now());
    let approved = step(&approver, "approve", &review["revision"], &serde_json::to_value(&signature).unwrap());
    let approved = approved.send().await.expect(200);
    assert_eq!(approved["state"], "approved");
    let mistaken = step(&publisher, "publish", &approved["revision"], &json!({ "confirm_status": "Exercise" }));
    assert_eq!(mistaken.send().await.problem("invalid")["faults"][0]["at"], "/confirm_status");
    let published = step(&publisher, "publish", &approved["revision"], &json!({ "confirm_status": "Actual" }));
    let published = published.send().await.expect(200);
    assert_eq!((&published["state"], &published["position"]), (&json!("published"), &json!(1)));

    let figures = api.get(&format!("{path}/delivery")).token(&publisher).send().await.expect(200);
    assert_eq!((&figures["lane"], &figures["sent"], &figures["audience"]), (&json!("emergency"), &json!(0), &json!(0)));
    let jws = api.get(&format!("/notices/{}.jws", text(&draft, "id"))).send().await;
    let directory = api.world().directory.current().await.unwrap();
    assert!(matches!(verify_json(&jws.body, &directory, town.now()), Verdict::Official(_)));
}

#[tokio::test]
async fn edit_names_the_revision_that_it_was_made_from() {
    let api = Api::new().await;
    let author = api.token(&api.town.author).await;
    let draft = create(&api, &author, &json!({})).await;
    let path = format!("/v1/notices/{}", text(&draft, "id"));
    let edit = || api.ask("PUT", &path).json(&json!({ "status": "Test" })).token(&author);
    edit().send().await.problem("if-match-missing");
    for tag in ["1", "W/\"1\"", "*", "\"x\"", "\"1\", \"2\""] {
        edit().header("if-match", tag).send().await.problem("bad-request");
    }
    let stale = edit().from(7).send().await;
    assert_eq!(stale.problem("stale-revision")["current_revision"], 1);
    assert_eq!(stale.status, 412);
    let answer = edit().from(1).send().await;
    assert_eq!((answer.expect(200)["revision"].as_i64(), answer.header("etag")), (Some(2), "\"2\""));
    edit().from(1).send().await.problem("stale-revision");
    api.ask("DELETE", &path).from(1).token(&author).send().await.problem("stale-revision");
    api.ask("DELETE", &path).from(2).token(&author).send().await.expect(204);
    api.get(&path).token(&author).send().await.problem("not-found");
}

#[tokio::test]
async fn rules_of_review_are_told_as_problems() {
    let api = Api::new().await;
    let town = &api.town;
    let review = town.submitted().await;
    let path = format!("/v1/notices/{}", id(&review));
    let deputy = api.token(&town.deputy).await;
    let languages = json!({ "languages": ["hi"] });
    let edited = serde_json::to_value(town.content()).unwrap();
    let edited = api.ask("PUT", &path).json(&edited).from(3).token(&deputy).send().await.expect(200);
    assert_eq!((&edited["state"], &edited["revision"]), (&json!("draft"), &json!(4)));
    let not_frozen = json!({ "protected": "", "signature": "" });
    let author = api.token(&town.author).await;
    let submit = api.post(&format!("{path}/submit"), &not_frozen).from(4).token(&author).send().await;
    submit.problem("conflict");
    let review = town.submit(&town.show(id(&review)).await).await;
    let revision = munadi_testkit::people::revision(&review);
    let languages = api.post(&format!("{path}/languages"), &languages).from(revision).token(&deputy).send().await;
    assert!(languages.problem("refused")["detail"].as_str().unwrap().contains("you edited"));
    let bad = json!({ "protected": "x", "signature": "y" });
    let approver = api.token(&town.approver).await;
    let approve = api.post(&format!("{path}/approve"), &bad).from(revision).token(&approver).send().await;
    assert!(["refused", "bad-signature"].iter().any(|slug| approve.text().contains(slug)), "{}", approve.text());
    let back = json!({ "comment": "the second line is wrong" });
    let back = api.post(&format!("{path}/return"), &back).from(revision).token(&approver).send().await.expect(200);
    assert_eq!((&back["state"], &back["return_comment"]), (&json!("draft"), &json!("the second line is wrong")));
}

#[tokio::test]
async fn published_notice_is_followed_by_drafts() {
    let api = Api::new().await;
    let original = api.town.published().await;
    let author = api.token(&api.town.author).await;
    for (name, intent) in [("update", "update"), ("correct", "correct"), ("cancel", "cancel")] {
        let path = format!("/v1/notices/{}/{name}", id(&original));
        let answer = api.ask("POST", &path).token(&author).send().await;
        let draft = answer.expect(201);
        assert_eq!((&draft["intent"], &draft["replaces"]), (&json!(intent), &json!(id(&original).to_string())));
        assert_eq!(answer.header("etag"), "\"1\"");
    }
    let path = format!("/v1/notices/{}", id(&original));
    let edit = api.ask("PUT", &path).json(&json!({})).from(5).token(&author).send().await;
    edit.problem("conflict");
    api.town.followed_by(&original, Intent::Cancel).await;
    let shown = api.get(&path).token(&author).send().await.expect(200);
    assert_eq!(shown["state"], "withdrawn");
    assert!(shown["ended_by"].is_string());
}

#[tokio::test]
async fn list_is_read_page_by_page_and_by_state() {
    let api = Api::new().await;
    let author = api.token(&api.town.author).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        api.world().clock.advance(time::Duration::SECOND);
        made.insert(0, text(&create(&api, &author, &json!({})).await, "id").to_owned());
    }
    let (mut read, mut next) = (Vec::new(), Some("/v1/notices?state=draft&limit=2".to_owned()));
    while let Some(path) = next {
        let answer = api.get(&path).token(&author).send().await;
        let page = answer.expect(200);
        read.extend(page["notices"].as_array().unwrap().iter().map(|line| text(line, "id").to_owned()));
        next = link(&answer);
        assert_eq!(next.is_some(), page["next"].is_string());
    }
    assert_eq!(read, made);
    let published = api.get("/v1/notices?state=published").token(&author).send().await.expect(200);
    assert_eq!(published, json!({ "notices": [] }));
}

fn link(answer: &Answer) -> Option<String> {
    let link = answer.headers.get("link")?.to_str().unwrap();
    Some(link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned())
}

#[tokio::test]
async fn cap_alert_becomes_a_draft_or_is_told_what_is_wrong() {
    let api = Api::new().await;
    let author = api.token(&api.town.author).await;
    let send = |media_type: &str, body: &str| api.ask("POST", "/v1/notices/cap").body(media_type, body).token(&author);
    let alert = include_str!("../../../crates/cap/testdata/sachet-uttar-pradesh-flood.cap");
    let imported = send("application/cap+xml; charset=utf-8", alert).send().await.expect(201);
    let draft = api.get(&format!("/v1/notices/{}", text(&imported, "notice"))).token(&author).send().await.expect(200);
    assert!(!draft["content"]["languages"].as_array().unwrap().is_empty());
    assert!(imported["warnings"].is_array() && imported["faults"].is_array());
    send("application/json", alert).send().await.problem("media-type");
    let wrong =
        send("text/xml", "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"/>").send().await.problem("invalid");
    assert!(!wrong["faults"].as_array().unwrap().is_empty());
    for hostile in ["", "<", "\u{0}", "<!DOCTYPE a [<!ENTITY b \"c\">]><alert>&b;</alert>"] {
        send("text/xml", hostile).send().await.problem("invalid");
    }
    let large = " ".repeat(1024 * 1024 + 1);
    send("text/xml", &large).send().await.problem("too-large");
}
