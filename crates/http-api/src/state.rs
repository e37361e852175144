//! What handlers work with: the use cases, a few settings, and what only the executable can tell.

use std::{fmt, sync::Arc};

use axum::extract::FromRef;
use munadi_services::{
    Core,
    clients::Clients,
    clock::Clock,
    dead_letters::DeadLetters,
    directory::Directory,
    exports::Exports,
    figures::Figures,
    idempotency::Idempotency,
    inbox::{Inbox, LiveHub},
    keys::Keys,
    limits::Limits,
    notices::Notices,
    origins::Origins,
    people::People,
    readiness::Readiness,
    sign_in::SignIn,
    signer::Signers,
    subscriptions::Subscriptions,
    transparency_log::TransparencyLog,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::stream::Streams;

/// What the API works with. The executable makes it once; it is cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    /// The database, the time and the places.
    pub core: Core,
    /// Settings.
    pub settings: Arc<HttpSettings>,
    /// Signing in.
    pub sign_in: SignIn,
    /// Departments and officers.
    pub people: People,
    /// Departments' systems.
    pub clients: Clients,
    /// Keys that sign notices.
    pub keys: Arc<Keys>,
    /// The signed key directory.
    pub directory: Directory,
    /// The server's own keys, of which the public halves are shown.
    pub signers: Arc<Signers>,
    /// The public log.
    pub log: TransparencyLog,
    /// Departments' notices.
    pub notices: Notices,
    /// How far notices have come.
    pub figures: Figures,
    /// Published notices.
    pub inbox: Inbox,
    /// Published notices in the formats of others.
    pub exports: Exports,
    /// Tells open streams what is published.
    pub live: Arc<LiveHub>,
    /// Citizens' subscriptions.
    pub subscriptions: Subscriptions,
    /// What queues gave up on.
    pub dead_letters: DeadLetters,
    /// Push services that are paused or stopped.
    pub origins: Origins,
    /// Limits on how often somebody may ask.
    pub limits: Arc<Limits>,
    /// Answers that are kept for requests that are sent again.
    pub idempotency: Idempotency,
    /// Whether the database and the keys are there.
    pub readiness: Readiness,
    /// What only the executable can tell.
    pub probes: Probes,
    /// Open streams.
    pub streams: Streams,
}

/// Settings of the API.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// How the world reaches this installation.
    pub public_url: Url,
    /// The name under which it signs.
    pub issuer: String,
    /// The version of the text that citizens consent to.
    pub consent_text_version: String,
    /// Whom to write to when something is wrong with its security: a `mailto:` or `https:` address.
    pub security_contact: String,
    /// How many reverse proxies stand in front; each adds one address to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// Whether everyone may read `/metrics`, and not only who asks from a loopback or private address.
    pub metrics_open: bool,
    /// Requests that are worked on at once.
    pub in_flight: usize,
    /// Whether push services on this machine may be contacted, which is said wherever people look.
    pub development: bool,
}

impl HttpSettings {
    /// How the world reaches this installation, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }
}

/// What only the executable can tell.
#[derive(Clone)]
pub struct Probes {
    /// What is wrong with the connection to RabbitMQ; nothing, if it stands.
    pub broker: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// All metrics in the text format of Prometheus.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Cancelled when the process is asked to stop: open streams end.
    pub shutdown: CancellationToken,
}

impl fmt::Debug for Probes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probes").finish_non_exhaustive()
    }
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("settings", &self.settings).finish_non_exhaustive()
    }
}

macro_rules! parts {
    ($($field:ident: $part:ty;)*) => {$(
        impl FromRef<ApiState> for $part {
            fn from_ref(state: &ApiState) -> Self {
                state.$field.clone()
            }
        }
    )*};
}

parts! {
    core: Core;
    settings: Arc<HttpSettings>;
    sign_in: SignIn;
    people: People;
    clients: Clients;
    keys: Arc<Keys>;
    directory: Directory;
    signers: Arc<Signers>;
    log: TransparencyLog;
    notices: Notices;
    figures: Figures;
    inbox: Inbox;
    exports: Exports;
    live: Arc<LiveHub>;
    subscriptions: Subscriptions;
    dead_letters: DeadLetters;
    origins: Origins;
    limits: Arc<Limits>;
    idempotency: Idempotency;
    readiness: Readiness;
    probes: Probes;
    streams: Streams;
}

impl FromRef<ApiState> for Clock {
    fn from_ref(state: &ApiState) -> Self {
        state.core.clock.clone()
    }
}
