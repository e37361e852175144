//! The shell of layers as pages have it.

use axum::{
    Extension, Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    http::header,
    response::Html,
    routing::{get, post},
};
use munadi_services::limits::{ClientAddress, LimitsConfig, Rate};
use munadi_testkit::{NoticeWorld, World, WorldOptions};

use super::Api;

async fn show_policy() -> ([(header::HeaderName, &'static str); 2], Html<String>) {
    let headers = [(header::CONTENT_SECURITY_POLICY, "default-src 'self'"), (header::CACHE_CONTROL, "max-age=60")];
    (headers, Html("a page ".repeat(1_000)))
}

async fn panic() {
    panic!("on purpose");
}

fn pages() -> Router {
    Router::new()
        .route("/", get(show_policy))
        .route(
            "/where",
            get(|Extension(ClientAddress(address)): Extension<ClientAddress>| async move { address.to_string() }),
        )
        .route(
            "/verify",
            post(|body: Bytes| async move { body.len().to_string() }).layer(DefaultBodyLimit::max(1 << 20)),
        )
        .route("/broken", get(panic))
        .route("/assets/{name}", get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], "x".repeat(2_000)) }))
}

async fn api(limits: LimitsConfig) -> Api {
    let world = World::with(WorldOptions { limits, ..WorldOptions::default() }).await;
    Api { pages: pages(), ..Api::over(NoticeWorld::in_world(world).await) }
}

#[tokio::test]
async fn pages_stand_in_the_same_shell_and_keep_what_they_say() {
    let api = api(LimitsConfig::default()).await;
    let page = api.get("/").header("accept-encoding", "gzip").send().await;
    assert_eq!(page.header("content-encoding"), "gzip");
    assert_eq!(
        (page.header("content-security-policy"), page.header("cache-control")),
        ("default-src 'self'", "max-age=60")
    );
    assert_eq!((page.header("x-content-type-options"), page.header("referrer-policy")), ("nosniff", "no-referrer"));
    assert!(page.headers.contains_key("x-request-id"));
    let asset = api.get("/assets/app.mjs").header("accept-encoding", "gzip").send().await;
    assert_eq!(asset.header("content-encoding"), "gzip");
    assert_eq!(api.get("/where").header("x-forwarded-for", "192.0.2.7").send().await.text(), "192.0.2.7");
    let options = api.ask("OPTIONS", "/").send().await;
    assert_eq!((options.status.as_u16(), options.header("allow")), (204, "GET,HEAD"));
    api.get("/broken").send().await.problem("internal");
    api.get("/nothing").send().await.problem("not-found");
    api.get("/v1/archive").send().await.expect(200);
}

#[tokio::test]
async fn pages_say_themselves_how_large_a_body_may_be() {
    let api = api(LimitsConfig::default()).await;
    let upload = |bytes: usize| api.ask("POST", "/verify").body("image/png", vec![0; bytes]).send();
    assert_eq!(upload(600 << 10).await.text(), (600 << 10).to_string(), "more than the API takes");
    assert_eq!(upload(2 << 20).await.status, 413);
}

#[tokio::test]
async fn pages_are_limited_by_address_and_what_belongs_to_them_is_not() {
    let api = api(LimitsConfig { address: Rate::new(2, 1), ..LimitsConfig::default() }).await;
    let from = |path, address| api.get(path).header("x-forwarded-for", address).send();
    for left in ["1", "0"] {
        assert_eq!(from("/", "192.0.2.7").await.header("ratelimit-remaining"), left);
    }
    from("/", "192.0.2.7").await.problem("too-many-requests");
    assert_eq!(from("/assets/app.mjs", "192.0.2.7").await.status, 200);
    assert_eq!(from("/", "192.0.2.8").await.status, 200);
}
