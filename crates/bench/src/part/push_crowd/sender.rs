//! A sender's connection: HTTP/1.1, one request at a time.

use std::{io::Write, net::SocketAddr};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_services::clock::Clock;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// As long as the standard allows at most would be 24 hours.
const TOKEN_MS: u64 = 12 * 60 * 60 * 1_000;
/// For how long a message is to be kept, in seconds.
const TTL: u32 = 3_600;

/// Who sends (RFC 8292). Its token is made once, as every sender does it.
#[derive(Debug)]
pub(super) struct Vapid {
    pub(super) public_key: String,
    pkcs8: Vec<u8>,
    header: String,
}

impl Vapid {
    /// Somebody new, who sends to this origin.
    pub(super) fn new(origin: &str) -> Result<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Self::with_key(key.to_pkcs8v1()?.as_ref(), origin)
    }

    /// Somebody whose key that is.
    pub(super) fn with_key(pkcs8: &[u8], origin: &str) -> Result<Self> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?;
        let public_key = BASE64_URL_SAFE_NO_PAD.encode(key.public_key());
        let expires = (Clock::system().unix_ms() + TOKEN_MS) / 1_000;
        let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({"aud": origin, "exp": expires, "sub": "mailto:ops@example.org"});
        let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "ES256"})), part(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(&SystemRandom::new(), signed.as_bytes())?);
        let header = format!("Authorization: vapid t={signed}.{signature}, k={public_key}\r\n");
        Ok(Self { public_key, pkcs8: pkcs8.to_vec(), header })
    }

    /// Its key, in PKCS #8.
    pub(super) fn key(&self) -> &[u8] {
        &self.pkcs8
    }
}

/// A connection.
pub(super) struct Sender {
    stream: TcpStream,
    /// What each request's head ends with.
    headers: String,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Sender {
    pub(super) async fn open(to: SocketAddr, vapid: Option<&Vapid>) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let authorization = vapid.map_or("", |vapid| &vapid.header);
        let headers = format!(
            " HTTP/1.1\r\nHost: {to}\r\nTTL: {TTL}\r\nUrgency: high\r\nContent-Encoding: aes128gcm\r\n\
             Content-Type: application/octet-stream\r\n{authorization}"
        );
        Ok(Self { stream, headers, request: Vec::new(), answer: Vec::new() })
    }

    /// Sends a message, which must be taken.
    pub(super) async fn post(&mut self, path: &str, body: &[u8]) -> Result<()> {
        self.request.clear();
        write!(self.request, "POST {path}{}Content-Length: {}\r\n\r\n", self.headers, body.len())?;
        self.request.extend_from_slice(body);
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        while !self.is_answered()? {
            self.answer.reserve(1_024);
            ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the service has closed a sender's connection");
        }
        Ok(())
    }

    /// Whether there is a whole answer, which must be 201 and has no body then.
    fn is_answered(&self) -> Result<bool> {
        let text = str::from_utf8(&self.answer).context("the answer is no text")?;
        let is_taken = text.len() < 12 || text.starts_with("HTTP/1.1 201");
        ensure!(is_taken, "the service answers {text}");
        Ok(text.ends_with("\r\n\r\n"))
    }
}
