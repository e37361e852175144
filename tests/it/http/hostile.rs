//! Whatever is sent to whatever address, the answer is never our fault.

use serde_json::{Value, json};

use super::Api;

const PATH_PARTS: [&str; 12] = [
    "x",
    "%00",
    "%FF%FE",
    "%C0%AF",
    "..%2F..",
    "ntc_",
    "ntc_zzzzzzzzzzzzzzzzzzzzzzzzzz",
    "%F0%9F%92%A3",
    "-1",
    "99999999999999999999999",
    "'%3Bdrop%20table%20notice--",
    "ntc_01jd6z3v9we7fbvk3xq5m8n2rt",
];
const QUERIES: [&str; 10] = [
    "",
    "?",
    "?%00=%00",
    "?text=%00",
    "?limit=%FF",
    "?limit=18446744073709551616",
    "?cursor=-9223372036854775808&limit=1",
    "?from=0000-01-01T00:00:00%2B23:59&to=9999-12-31T23:59:59-23:59",
    "?text=%F0%9F%92%A3%20%27%5C%22:*%26%7C!&lang=xx-XX",
    "?after=9223372036854775807",
];

fn bodies() -> Vec<Vec<u8>> {
    let far = json!({ "effective": "0000-01-01T00:00:00+23:59", "expires": "9999-12-31T23:59:59-23:59" });
    let deep = "[".repeat(10_000);
    let polygon = json!({ "area": { "polygons": [[["1e9", 1e300], [f64::MIN, "0"], [0, 0], []]], "circles": [{ "center": [91, 181], "radius_km": -1 }] } });
    let texts = json!({ "sign_in": "\u{202e}", "password": "\u{1f4a3}", "display_name": "\u{feff}", "reason": "\u{7}", "comment": "\u{7}" });
    let keys = json!({ "jwk": { "kty": "EC", "crv": "P-256", "x": "", "y": "" }, "proof": ".." });
    let signature = json!({ "protected": "é", "signature": "===" });
    let mut bodies: Vec<Vec<u8>> =
        [far, polygon, texts, keys, signature, json!({}), json!([]), json!(null), json!("x")]
            .iter()
            .map(|body| body.to_string().into_bytes())
            .collect();
    bodies.extend([
        Vec::new(),
        deep.into_bytes(),
        vec![0],
        vec![0xff, 0xfe],
        b"{\"a\":\"\\u0000\"}".to_vec(),
        b"{\"\\ud800\":1}".to_vec(),
    ]);
    bodies
}

fn operations() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(include_str!("../../../api-spec/openapi.json")).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |it| (it.to_uppercase(), path.clone())));
    // A stream does not end, and signing in takes its time on purpose.
    all.filter(|(_, path)| !path.ends_with("/stream") && !path.starts_with("/v1/session")).collect()
}

fn filled(path: &str, with: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { with } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn no_address_and_no_query_breaks_anything() {
    let api = Api::new().await;
    let tokens = [api.token(&api.town.deputy).await, api.admin().await, api.operator().await];
    for (method, path) in operations().iter().filter(|(method, _)| method == "GET") {
        let parts = if path.contains('{') { &PATH_PARTS[..] } else { &PATH_PARTS[..1] };
        for (index, part) in parts.iter().enumerate() {
            for query in if index == 0 { &QUERIES[..] } else { &QUERIES[..1] } {
                let address = format!("{}{query}", filled(path, part));
                let answer = api.ask(method, &address).token(&tokens[index % 3]).send().await;
                assert!(answer.status.as_u16() < 500, "{method} {address}: {}", answer.text());
            }
        }
    }
}

#[tokio::test]
async fn no_body_breaks_anything() {
    let api = Api::new().await;
    let tokens = [api.token(&api.town.deputy).await, api.admin().await, api.operator().await];
    let draft = munadi_testkit::people::id(&api.town.draft().await).to_string();
    let mut refused = 0;
    for (method, path) in operations().iter().filter(|(method, _)| method != "GET" && method != "DELETE") {
        for (index, body) in bodies().into_iter().enumerate() {
            let asked = api.ask(method, &filled(path, &draft)).token(&tokens[index % 3]).from(1);
            let media_type = if path.ends_with("/cap") { "application/cap+xml" } else { "application/json" };
            let answer = asked.body(media_type, body).send().await;
            assert!(answer.status.as_u16() < 500, "{method} {path} with body {index}: {}", answer.text());
            refused += usize::from(answer.status.as_u16() >= 400);
        }
    }
    assert!(refused > 300, "{refused}");
}

#[tokio::test]
async fn draft_at_the_ends_of_time_is_shown_with_what_is_wrong() {
    let api = Api::new().await;
    let author = api.token(&api.town.author).await;
    for (effective, expires) in [
        ("0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
        ("9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59"),
    ] {
        let mut content = serde_json::to_value(api.town.content()).unwrap();
        (content["effective"], content["expires"]) = (json!(effective), json!(expires));
        let made = api.post("/v1/notices", &content).token(&author).send().await.expect(201);
        assert_eq!(made["faults"][0]["at"], "/expires", "{made}");
        let path = format!("/v1/notices/{}/freeze", made["id"].as_str().unwrap());
        api.ask("POST", &path).from(1).token(&author).send().await.problem("invalid");
    }
}
