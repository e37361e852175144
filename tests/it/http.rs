//! The API, asked in this process: what goes in, what comes out, and what is refused.

mod access;
mod hostile;
mod notices;
mod operator;
mod people;
mod public;
mod repeated;
mod requests;
mod session;
mod shell;
mod stream;
mod subscriptions;

use std::sync::Arc;

use axum::Router;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Method, Request, StatusCode, body::Bytes};
use munadi_domain::{
    access::{Officer, Role},
    endpoint::EndpointPolicy,
    id::OfficerId,
    subscription::PushPolicy,
};
use munadi_http_api::{ApiState, HttpSettings, Probes, Streams, router};
use munadi_services::{
    dead_letters::DeadLetters,
    exports::Exports,
    figures::Figures,
    inbox::{Inbox, LiveHub},
    origins::Origins,
    readiness::Readiness,
    subscriptions::Subscriptions,
};
use munadi_testkit::{AUDIENCE, ISSUER, NoticeWorld, TestOfficer, World};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The API over a department at work.
pub(crate) struct Api {
    /// The department.
    pub(crate) town: NoticeWorld,
    /// What the API works with.
    pub(crate) state: ApiState,
    /// The pages beside it.
    pub(crate) pages: Router,
}

impl Api {
    /// An API of its own.
    pub(crate) async fn new() -> Self {
        Self::over(NoticeWorld::new().await)
    }

    /// An API over a world.
    pub(crate) fn over(town: NoticeWorld) -> Self {
        let state = state(&town.world, &town);
        Self { town, state, pages: Router::new() }
    }

    /// What is behind it.
    pub(crate) fn world(&self) -> &World {
        &self.town.world
    }

    /// An access token of a new session.
    pub(crate) async fn token_of(&self, officer: OfficerId) -> String {
        let session = self.world().sign_in.start_session(officer).await.unwrap();
        session.access.secret.expose().to_owned()
    }

    /// An access token of an officer at work.
    pub(crate) async fn token(&self, officer: &TestOfficer) -> String {
        self.token_of(officer.officer.id).await
    }

    /// An access token of the department's admin.
    pub(crate) async fn admin(&self) -> String {
        self.token_of(self.town.department.admin.id).await
    }

    /// An access token of the platform admin.
    pub(crate) async fn operator(&self) -> String {
        self.token_of(self.town.platform.officer).await
    }

    /// A new officer of the department.
    pub(crate) async fn officer(&self, name: &str, roles: &[Role]) -> Officer {
        self.world().officer(&self.town.department, name, roles).await
    }

    /// A request without a body.
    pub(crate) fn get(&self, path: &str) -> Asked<'_> {
        self.ask("GET", path)
    }

    /// A request with a JSON body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Asked<'_> {
        self.ask("POST", path).json(body)
    }

    /// Any request.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Asked<'_> {
        Asked {
            state: &self.state,
            pages: &self.pages,
            method: method.parse().unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        }
    }
}

fn state(world: &World, town: &NoticeWorld) -> ApiState {
    let core = world.core.clone();
    let inbox = Inbox::new(core.clone());
    let settings = HttpSettings {
        public_url: AUDIENCE.parse().unwrap(),
        issuer: ISSUER.to_owned(),
        consent_text_version: "2026-01".to_owned(),
        security_contact: "mailto:security@munadi.test".to_owned(),
        trusted_proxies: 1,
        metrics_open: false,
        in_flight: 100,
        development: false,
    };
    let policy = EndpointPolicy::new(["push.services.mozilla.com"], false).unwrap();
    ApiState {
        settings: Arc::new(settings),
        sign_in: world.sign_in.clone(),
        people: world.people.clone(),
        clients: world.clients.clone(),
        keys: world.keys.clone(),
        directory: world.directory.clone(),
        signers: world.signers.clone(),
        log: world.log(),
        notices: town.notices.clone(),
        figures: Figures::new(core.clone()),
        exports: Exports::new(core.clone(), inbox.clone(), &AUDIENCE.parse().unwrap()),
        live: Arc::new(LiveHub::new(inbox.clone())),
        subscriptions: Subscriptions::new(core.clone(), Arc::new(policy), world.limits.clone(), PushPolicy::default()),
        dead_letters: DeadLetters::new(core.clone()),
        origins: Origins::new(core.clone()),
        limits: world.limits.clone(),
        idempotency: world.idempotency.clone(),
        readiness: Readiness::new(core.clone(), world.directory.clone()),
        probes: Probes {
            broker: Arc::new(|| Some("nobody answers".to_owned())),
            metrics: Arc::new(|| "munadi_test 1\n".to_owned()),
            shutdown: CancellationToken::new(),
        },
        streams: Streams::new(20, 5),
        core,
        inbox,
    }
}

/// A request that is being made up.
#[derive(Clone)]
pub(crate) struct Asked<'a> {
    state: &'a ApiState,
    pages: &'a Router,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Asked<'_> {
    /// With an access token.
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// From a revision.
    pub(crate) fn from(self, revision: i64) -> Self {
        self.header("if-match", &format!("\"{revision}\""))
    }

    /// With a header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body.
    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    fn request(self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers;
        request
    }

    /// The answer with its whole body.
    pub(crate) async fn send(self) -> Answer {
        let api = router(self.state.clone(), self.pages.clone());
        let response = api.oneshot(self.request()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The answer's body as it is sent, whenever that is: one text for each piece.
    pub(crate) async fn follow(self) -> Followed {
        let api = router(self.state.clone(), self.pages.clone());
        let response = api.oneshot(self.request()).await.unwrap();
        let (parts, body) = response.into_parts();
        let pieces = Box::pin(futures_util::stream::unfold(body, |mut body| async {
            let frame = body.frame().await?.ok()?;
            Some((String::from_utf8(frame.into_data().ok()?.to_vec()).unwrap(), body))
        }));
        Followed { status: parts.status, headers: parts.headers, pieces }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body, which must be JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?} is not JSON"))
    }

    /// The body as a text.
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    /// A header, which must be there.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("{name} is missing: {self:?}")).to_str().unwrap()
    }

    /// The JSON of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Makes sure that it is a problem of this kind, in the form that all have, and gives it.
    #[track_caller]
    pub(crate) fn problem(&self, slug: &str) -> Value {
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems#{slug}"), "{problem}");
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        problem
    }
}

/// An answer whose body comes bit by bit.
pub(crate) struct Followed {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pieces: std::pin::Pin<Box<dyn futures_util::Stream<Item = String> + Send>>,
}

impl Followed {
    /// The next piece; `None` when it has ended.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let next = futures_util::StreamExt::next(&mut self.pieces);
        tokio::time::timeout(std::time::Duration::from_secs(20), next).await.expect("a piece comes")
    }
}
