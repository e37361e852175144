//! What is the same for every request: how it is refused, limited, logged and answered.

use munadi_services::limits::{LimitsConfig, Rate};
use munadi_testkit::{NoticeWorld, World, WorldOptions};
use serde_json::json;

use super::Api;

#[tokio::test]
async fn nothing_at_an_address_and_wrong_methods_are_problems() {
    let api = Api::new().await;
    let token = api.token(&api.town.author).await;
    for path in
        ["/", "/v1", "/v1/nothing", "/v1/notices/", "/notices", "/.well-known/munadi", "/v1/places/pins/1", "/%C3%28"]
    {
        assert_eq!(api.get(path).send().await.problem("not-found")["status"], 404, "{path}");
    }
    for (method, path, allow) in [
        ("PATCH", "/v1/notices", "GET,HEAD,POST"),
        ("DELETE", "/v1/archive", "GET,HEAD"),
        ("PUT", "/v1/session", "POST,DELETE"),
        ("POST", "/healthz", "GET,HEAD"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("BREW", "/v1/me", "GET,HEAD"),
    ] {
        let answer = api.ask(method, path).token(&token).send().await;
        answer.problem("method-not-allowed");
        let mut allowed: Vec<_> = answer.header("allow").split(',').collect();
        let mut expected: Vec<_> = allow.split(',').collect();
        allowed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(allowed, expected, "{method} {path}");
    }
}

#[tokio::test]
async fn head_is_like_get_without_the_body_and_options_tells_the_methods() {
    let api = Api::new().await;
    for path in ["/v1/archive", "/v1/places/states", "/healthz", "/openapi.json", "/.well-known/munadi.json"] {
        let (head, get) = (api.ask("HEAD", path).send().await, api.get(path).send().await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.headers.get("etag"), get.headers.get("etag"));
    }
    let answer = api.ask("OPTIONS", "/v1/archive").header("origin", "https://auditor.example").send().await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (204, "*"));
    assert!(answer.header("access-control-allow-headers").contains("if-none-match"));
    let answer = api.ask("OPTIONS", "/v1/notices").header("origin", "https://auditor.example").send().await;
    assert_eq!(answer.status.as_u16(), 204);
    assert!(answer.headers.get("access-control-allow-origin").is_none() && answer.header("allow").contains("POST"));
}

#[tokio::test]
async fn what_is_not_understood_is_refused_and_not_ignored() {
    let api = Api::new().await;
    let token = api.token(&api.town.author).await;
    for path in [
        "/v1/archive?departement=x",
        "/v1/archive?limit=0",
        "/v1/archive?limit=101",
        "/v1/archive?limit=99999999999999999999",
        "/v1/archive?cursor=x",
        "/v1/archive?from=yesterday",
        "/v1/archive?from=10000-01-01T00:00:00Z",
        "/v1/archive?topic=flods",
        "/v1/archive?text=a%00b",
        "/v1/archive?pin=1",
        "/v1/archive?district=70000",
        "/v1/inbox?pins=110001&pins=110002",
        "/v1/inbox?after=1&before=2",
        "/v1/places/districts?state=-1",
        "/v1/notices?state=lost",
        "/v1/notices?before=ntc_1",
        "/feeds/notices.atom?lang=x",
        "/v1/inbox/stream?pins=x",
    ] {
        let answer = api.get(path).token(&token).send().await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        answer.problem("bad-request");
    }
    for path in [
        "/v1/archive?pin=999999",
        "/v1/inbox?pins=999999",
        "/v1/archive?state=99",
        "/v1/archive?text=!",
        "/feeds/notices.json?district=9999",
    ] {
        api.get(path).send().await.problem("invalid");
    }
}

#[tokio::test]
async fn body_is_json_of_a_bearable_size() {
    let api = Api::new().await;
    let token = api.token(&api.town.author).await;
    let send = |media_type: &str, body: &str| api.ask("POST", "/v1/notices").body(media_type, body).token(&token);
    for media_type in ["text/plain", "application/xml", "application/jsonp", "", "json"] {
        send(media_type, "{}").send().await.problem("media-type");
    }
    for media_type in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        send(media_type, "{}").send().await.expect(201);
    }
    for body in ["", "{", "{}x", "\u{feff}{}", "{\"status\":\u{0}}"] {
        send("application/json", body).send().await.problem("bad-request");
    }
    let problem = send("application/json", r#"{"area": {"pins": ["110001", 7]}}"#).send().await.problem("invalid");
    assert_eq!(problem["faults"][0]["at"], "/area/pins/1");
    for body in [
        "[]",
        "null",
        "7",
        r#"{"unknown": 1}"#,
        r#"{"references": ["\u0000"]}"#,
        r#"{"status": "Test", "status": "Test"}"#,
    ] {
        send("application/json", body).send().await.problem("invalid");
    }
    let large = format!("{{\"references\": [\"{}\"]}}", "x".repeat(256 * 1024));
    send("application/json", &large).send().await.problem("too-large");
    send("application/json", "{}").header("content-length", "999999999").send().await.problem("too-large");
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let api = Api::new().await;
    let token = api.token(&api.town.author).await;
    let private = api.get("/v1/me").token(&token).send().await;
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(private.header(name), value);
    }
    assert!(private.headers.get("access-control-allow-origin").is_none());
    let public = api.get("/v1/archive").send().await;
    assert_eq!(public.header("access-control-allow-origin"), "*");
    assert_eq!(public.header("cross-origin-resource-policy"), "cross-origin");
    let (one, other) = (public.header("x-request-id"), private.header("x-request-id"));
    assert!(one != other && one.len() == 16);
    let given = api.get("/v1/archive").header("x-request-id", "mine\u{7f}".trim_end_matches('\u{7f}')).send().await;
    assert_ne!(given.header("x-request-id"), "mine", "what strangers write does not get into the log");
    let missing = api.get("/nowhere").send().await;
    assert_eq!((missing.header("x-content-type-options"), missing.header("cache-control")), ("nosniff", "no-store"));
}

#[tokio::test]
async fn texts_are_compressed_for_whoever_can_read_that() {
    let api = Api::new().await;
    let answer = api.get("/openapi.json").header("accept-encoding", "gzip").send().await;
    assert_eq!((answer.header("content-encoding"), &answer.body[..2]), ("gzip", &[0x1f, 0x8b][..]));
    let plain = api.get("/openapi.json").send().await;
    assert!(plain.headers.get("content-encoding").is_none() && answer.body.len() * 4 < plain.body.len());
}

async fn limited(limits: LimitsConfig) -> Api {
    let world = World::with(WorldOptions { limits, ..WorldOptions::default() }).await;
    Api::over(NoticeWorld::in_world(world).await)
}

#[tokio::test]
async fn address_is_held_to_its_limit_and_told_of_it() {
    let api = limited(LimitsConfig { address: Rate::new(2, 60), ..LimitsConfig::default() }).await;
    let from = |address: &str| api.get("/v1/archive").header("x-forwarded-for", address).send();
    let answer = from("192.0.2.1").await;
    assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")), ("2", "1"));
    assert_eq!(answer.header("ratelimit-reset"), "1");
    from("6.6.6.6, 192.0.2.1").await.expect(200);
    let refused = from("192.0.2.1").await;
    refused.problem("too-many-requests");
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit-remaining")), ("1", "0"));
    from("192.0.2.2").await.expect(200);
    from("2001:db8::1").await.expect(200);
    from("2001:db8::2").await.expect(200);
    from("2001:db8::3").await.problem("too-many-requests");
    let token = api.token(&api.town.author).await;
    let signed_in = api.get("/v1/archive").header("x-forwarded-for", "192.0.2.1").token(&token).send().await;
    assert_eq!(signed_in.status, 200, "an office behind one address is not held to the limit of one");
    api.world().clock.advance(time::Duration::SECOND);
    from("192.0.2.1").await.expect(200);
}

#[tokio::test]
async fn bad_tokens_count_for_their_address() {
    let api = limited(LimitsConfig { address: Rate::new(2, 60), ..LimitsConfig::default() }).await;
    let guess = || api.get("/v1/me").token("a.b.c").header("x-forwarded-for", "192.0.2.1").send();
    guess().await.problem("unauthenticated");
    guess().await.problem("unauthenticated");
    guess().await.problem("too-many-requests");
}

#[tokio::test]
async fn officer_and_sending_department_are_held_to_their_limits() {
    let api =
        limited(LimitsConfig { officer: Rate::new(3, 60), sending: Rate::new(1, 1), ..LimitsConfig::default() }).await;
    let author = api.token(&api.town.author).await;
    let publisher = api.token(&api.town.publisher).await;
    let path = "/v1/notices/ntc_01jd6z3v9we7fbvk3xq5m8n2rt/publish";
    let publish = || api.post(path, &json!({ "confirm_status": "Test" })).from(1).token(&publisher).send();
    publish().await.problem("not-found");
    assert_eq!(publish().await.problem("too-many-requests")["retry_after"], 60);
    for _ in 0..3 {
        api.get("/v1/notices").token(&author).send().await.expect(200);
    }
    api.get("/v1/notices").token(&author).send().await.problem("too-many-requests");
    let refusals = "select count(*) from audit_event where action = 'limit.refused'";
    let refusals: i64 = sqlx::query_scalar(refusals).fetch_one(&api.world().database.pool().await).await.unwrap();
    assert_eq!(refusals, 2);
}
