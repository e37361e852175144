//! Connections and requests.

use std::sync::Arc;

use http_body_util::{BodyExt, Limited};
use hyper::{
    HeaderMap, Request, Response,
    body::{Bytes, Incoming},
    http::request::Parts,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Capture, Captured, Fault, SinkConfig,
    behavior::{self, Behavior, Body, Cut},
    check::{self, Envelope, Reason},
    record::Recorder,
    vapid::VapidCheck,
};

/// Enough for any body that is a little too long to be told from a flood.
const READ_LIMIT: usize = 64 * 1024;
/// Streams that one HTTP/2 connection may have open at a time, as the large services allow.
const STREAMS: u32 = 100;

/// What the connections of a sink share.
pub(crate) struct Server {
    pub(crate) config: SinkConfig,
    pub(crate) scheme: &'static str,
    pub(crate) port: u16,
    pub(crate) vapid: VapidCheck,
    pub(crate) record: Recorder,
}

impl Server {
    /// Accepts connections until it is told to stop; then all connections are cut.
    pub(crate) async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) {
        while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
            let Ok((stream, _)) = accepted else { continue };
            let connection = Arc::clone(&self).serve(stream, tls.clone());
            let stop = stop.clone();
            tasks.spawn(async move { stop.run_until_cancelled(connection).await });
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, tls: Option<TlsAcceptor>) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot turn off the delay of small packets");
        }
        let _open = self.record.connection();
        let Some(tls) = tls else {
            return self.speak(stream).await;
        };
        match tls.accept(stream).await {
            Ok(stream) => self.speak(stream).await,
            Err(error) => tracing::debug!(%error, "no TLS connection"),
        }
    }

    async fn speak(self: &Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http2().max_concurrent_streams(STREAMS);
        if !self.config.transport.offers_http2() {
            builder = builder.http1_only();
        }
        let service = service_fn(|request| Arc::clone(self).handle(request));
        if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
            tracing::debug!(%error, "connection ended");
        }
    }

    async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let (head, body) = request.into_parts();
        if head.method == hyper::Method::GET && head.uri.path() == "/counts" {
            return Ok(behavior::text(200, self.record.to_json().to_string()));
        }
        let subscription = check::subscription(head.uri.path());
        match self.check(&head, body).await {
            Ok((envelope, body)) => self.answer(subscription.unwrap_or_default(), envelope, &head.headers, &body).await,
            Err(reason) => {
                self.record.fault(Fault { subscription, reason });
                Ok(behavior::text(reason.status(), reason.to_string()))
            }
        }
    }

    async fn check(&self, head: &Parts, body: Incoming) -> Result<(Envelope, Bytes), Reason> {
        let body = Limited::new(body, READ_LIMIT).collect().await;
        check::subscription(head.uri.path()).ok_or(Reason::Path)?;
        let origin = self.origin_asked_for(head).ok_or(Reason::VapidAudience)?;
        let envelope = check::envelope(head, &self.vapid, &origin, (self.config.now)())?;
        let body = body.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() { Reason::TooLarge } else { Reason::Unreadable }
        })?;
        let body = body.to_bytes();
        check::body(&body)?;
        Ok((envelope, body))
    }

    /// The origin that a request names, if it is one of the sink's own.
    fn origin_asked_for(&self, head: &Parts) -> Option<String> {
        let host = || head.headers.get("host").and_then(|host| host.to_str().ok());
        let authority = head.uri.authority().map(hyper::http::uri::Authority::as_str).or_else(host)?;
        let (name, port) = authority.rsplit_once(':')?;
        let own = port == self.port.to_string() && matches!(name, "127.0.0.1" | "localhost" | "[::1]");
        own.then(|| format!("{}://{authority}", self.scheme))
    }

    async fn answer(
        &self,
        subscription: u64,
        envelope: Envelope,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Response<Body>, Cut> {
        let behavior: Behavior = (self.config.behavior)(subscription);
        if !behavior.accepts() {
            self.record.declined();
            return behavior.respond("").await;
        }
        let response = behavior.respond(&format!("/message/{subscription}")).await;
        let wanted = self.config.capture.wants(subscription);
        let captured = wanted.then(|| Captured::new(subscription, &envelope, headers, body));
        self.record.accepted(subscription, envelope.topic, captured);
        response
    }
}

impl Capture {
    fn wants(&self, subscription: u64) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Only(chosen) => chosen.contains(&subscription),
        }
    }
}
