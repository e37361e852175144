//! The command line's own client of the REST API.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use ureq::{
    Agent,
    http::{Response, StatusCode},
    tls::{RootCerts, TlsConfig},
};

use crate::cli::Account;

/// The most bytes of an answer that are read.
const MOST: u64 = 16 * 1024 * 1024;

/// A signed-in client, or one that only reads what is public.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    server: String,
    token: Option<String>,
    /// Who is signed in, as the server tells it.
    pub(crate) officer: Value,
}

/// What a request says besides its path.
enum Body<'a> {
    None,
    Json(Value),
    Bytes(&'a str, &'a [u8]),
}

impl Client {
    /// A client that is not signed in.
    pub(crate) fn anonymous(server: &str) -> Self {
        let roots: Vec<_> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|certificate| ureq::tls::Certificate::from_der(certificate).to_owned())
            .collect();
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().root_certs(RootCerts::from(roots)).unversioned_rustls_crypto_provider(provider);
        let agent = Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        let server = server.trim_end_matches('/').to_owned();
        Self { agent: agent.into(), server, token: None, officer: Value::Null }
    }

    /// Signs in.
    pub(crate) fn sign_in(account: &Account) -> Result<Self> {
        Self::sign_in_with(&account.server, &account.sign_in, &password(account)?)
    }

    /// Signs in with a password that is known.
    pub(crate) fn sign_in_with(server: &str, sign_in: &str, password: &str) -> Result<Self> {
        let mut client = Self::anonymous(server);
        let answer: Value = client.post("/v1/session", &json!({ "sign_in": sign_in, "password": password }))?;
        client.token = answer["access_token"].as_str().map(ToOwned::to_owned);
        client.officer = answer["officer"].clone();
        if client.token.is_none() {
            bail!("{} answered without a token: is it a Munadi server?", client.server);
        }
        Ok(client)
    }

    /// The officer's id.
    pub(crate) fn officer_id(&self) -> Result<&str> {
        self.officer["id"].as_str().context("the server did not say who is signed in")
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send("GET", path, None, Body::None)
    }

    /// The answer's bytes as they are.
    pub(crate) fn get_bytes(&self, path: &str) -> Result<Vec<u8>> {
        let mut response = self.request("GET", path, None, Body::None)?;
        if !response.status().is_success() {
            return Err(problem(&mut response));
        }
        Ok(response.body_mut().with_config().limit(MOST).read_to_vec()?)
    }

    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.send("POST", path, None, Body::Json(serde_json::to_value(body)?))
    }

    pub(crate) fn post_bytes<T: DeserializeOwned>(&self, path: &str, media_type: &str, bytes: &[u8]) -> Result<T> {
        self.send("POST", path, None, Body::Bytes(media_type, bytes))
    }

    /// A change that is made from a revision.
    pub(crate) fn change<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        revision: i64,
        body: &impl Serialize,
    ) -> Result<T> {
        self.send(method, path, Some(revision), Body::Json(serde_json::to_value(body)?))
    }

    fn send<T: DeserializeOwned>(&self, method: &str, path: &str, revision: Option<i64>, body: Body<'_>) -> Result<T> {
        let mut response = self.request(method, path, revision, body)?;
        if !response.status().is_success() {
            return Err(problem(&mut response));
        }
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(serde_json::from_value(Value::Null)?);
        }
        let bytes = response.body_mut().with_config().limit(MOST).read_to_vec()?;
        serde_json::from_slice(&bytes).with_context(|| format!("{method} {path}: the answer cannot be read"))
    }

    fn request(&self, method: &str, path: &str, revision: Option<i64>, body: Body<'_>) -> Result<Response<ureq::Body>> {
        let (media_type, bytes) = match body {
            Body::None => (None, Vec::new()),
            Body::Json(value) => (Some("application/json"), serde_json::to_vec(&value)?),
            Body::Bytes(media_type, bytes) => (Some(media_type), bytes.to_vec()),
        };
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.server));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(revision) = revision {
            request = request.header("if-match", format!("\"{revision}\""));
        }
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        let sent =
            if media_type.is_some() { self.agent.run(request.body(bytes)?) } else { self.agent.run(request.body(())?) };
        sent.with_context(|| format!("{} does not answer: is Munadi running there?", self.server))
    }
}

/// What the server says went wrong, for a person.
fn problem(response: &mut Response<ureq::Body>) -> anyhow::Error {
    let status = response.status();
    let problem: Value = response.body_mut().read_json().unwrap_or(Value::Null);
    let Some(detail) = problem["detail"].as_str() else {
        return anyhow!("the server answered {status}");
    };
    let faults = problem["faults"].as_array().into_iter().flatten();
    let faults =
        faults.filter_map(|fault| Some(format!("\n  {}: {}", fault["at"].as_str()?, fault["reason"].as_str()?)));
    anyhow!("{detail}{}", faults.collect::<String>())
}

fn password(account: &Account) -> Result<String> {
    if let Some(path) = &account.password_file {
        return read_password(path);
    }
    if let Ok(password) = std::env::var("MUNADI_PASSWORD") {
        return Ok(password);
    }
    bail!("no password: name a file with --password-file, or set MUNADI_PASSWORD")
}

fn read_password(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
