//! The pages, asked as a browser asks: inside the API's shell, with cookies and a language.

mod citizen;
mod console;
mod notice;
mod reach;
mod verify;

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Method, Request, body::Bytes};
use munadi_domain::{endpoint::EndpointPolicy, subscription::PushPolicy};
use munadi_services::{exports::Exports, subscriptions::Subscriptions};
use munadi_testkit::{AUDIENCE, ISSUER, NoticeWorld};
use munadi_web::{WebParts, WebSettings, WebState, with_pages};
use tower::ServiceExt;

use crate::http::{Answer, Api};

/// The API with the pages over a department at work.
pub(crate) struct Site {
    /// The API, which the pages share everything with.
    pub(crate) api: Api,
    web: WebState,
}

impl Site {
    /// A site of its own.
    pub(crate) async fn new() -> Self {
        let api = Api::new().await;
        let web = WebState::new(parts(&api), settings()).expect("the texts can be read");
        Self { api, web }
    }

    /// A site with its own and other push services, which are given what the policy says.
    pub(crate) async fn with_policy(push: PushPolicy) -> Self {
        let mut api = Api::new().await;
        let (core, limits) = (api.state.core.clone(), api.state.limits.clone());
        let hosts = ["push.services.mozilla.com", "push.gov.example"];
        let endpoints = Arc::new(EndpointPolicy::new(hosts, false).unwrap());
        api.state.subscriptions = Subscriptions::new(core, endpoints, limits, push);
        let web = WebState::new(parts(&api), settings()).expect("the texts can be read");
        Self { api, web }
    }

    /// The department.
    pub(crate) fn town(&self) -> &NoticeWorld {
        &self.api.town
    }

    /// A page, as a browser asks for it.
    pub(crate) fn get(&self, path: &str) -> Visit<'_> {
        self.ask(Method::GET, path)
    }

    /// A form that a page of ours sends.
    pub(crate) fn post(&self, path: &str, form: &str) -> Visit<'_> {
        let visit = self.ask(Method::POST, path).header("sec-fetch-site", "same-origin");
        visit.body("application/x-www-form-urlencoded", form)
    }

    /// Any request of a browser.
    pub(crate) fn ask(&self, method: Method, path: &str) -> Visit<'_> {
        let visit = Visit { site: self, method, path: path.to_owned(), headers: HeaderMap::new(), body: Vec::new() };
        visit.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
    }
}

fn settings() -> WebSettings {
    WebSettings {
        public_url: AUDIENCE.parse().unwrap(),
        issuer: ISSUER.to_owned(),
        consent_text_version: "2026-01".to_owned(),
        contact: "mailto:help@munadi.test".to_owned(),
        development: false,
    }
}

fn parts(api: &Api) -> WebParts {
    let state = api.state.clone();
    WebParts {
        exports: Exports::new(state.core.clone(), state.inbox.clone(), &AUDIENCE.parse().unwrap()),
        core: state.core,
        sign_in: state.sign_in,
        people: state.people,
        clients: state.clients,
        keys: state.keys,
        directory: state.directory,
        signers: state.signers,
        notices: state.notices,
        figures: state.figures,
        inbox: state.inbox,
        live: Arc::clone(&state.live),
        subscriptions: state.subscriptions,
        dead_letters: state.dead_letters,
        origins: state.origins,
        limits: state.limits,
    }
}

/// A request of a browser that is being made up.
pub(crate) struct Visit<'a> {
    site: &'a Site,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Visit<'_> {
    /// With a header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    /// With cookies, as `name=value; name=value`.
    pub(crate) fn cookie(self, pairs: &str) -> Self {
        self.header("cookie", pairs)
    }

    /// From a reader of these languages.
    pub(crate) fn reader(self, languages: &str) -> Self {
        self.header("accept-language", languages)
    }

    /// With a body.
    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// With another body than it has.
    pub(crate) fn with(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.remove("content-type");
        self.body(media_type, body)
    }

    /// The answer with its whole body.
    pub(crate) async fn send(self) -> Answer {
        let pages = munadi_web::router(self.site.web.clone());
        let router = munadi_http_api::router(self.site.api.state.clone(), pages);
        let mut request = Request::new(Full::<Bytes>::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers;
        let response = with_pages(router, self.site.web.clone()).oneshot(request.map(axum::body::Body::new)).await;
        let (parts, body) = response.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The text of a page, which must have come with this status.
    #[track_caller]
    pub(crate) fn page(self, status: u16) -> impl Future<Output = String> {
        let at = std::panic::Location::caller();
        async move {
            let path = self.path.clone();
            let answer = self.send().await;
            assert_eq!(answer.status, status, "{path} at {at}: {}", answer.text());
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path} at {at}");
            answer.text().to_owned()
        }
    }
}
