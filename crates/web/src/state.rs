//! What pages work with: the use cases, a few settings, and what is read once at the start.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use axum::extract::FromRef;
use munadi_services::{
    Core,
    clients::Clients,
    dead_letters::DeadLetters,
    directory::Directory,
    exports::Exports,
    figures::Figures,
    inbox::{Inbox, LiveHub},
    keys::Keys,
    limits::Limits,
    notices::Notices,
    origins::Origins,
    people::People,
    sign_in::SignIn,
    signer::Signers,
    subscriptions::Subscriptions,
};
use url::Url;

use crate::{
    assets::Assets,
    catalogue::{Catalogue, InvalidTexts},
};

/// Settings of the pages.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// How the world reaches this installation.
    pub public_url: Url,
    /// The name under which it signs.
    pub issuer: String,
    /// The version of the text that citizens consent to.
    pub consent_text_version: String,
    /// Whom to write to, a `mailto:` or `https:` address.
    pub contact: String,
    /// Whether push services on this machine may be contacted, which every page says in red.
    pub development: bool,
}

impl WebSettings {
    /// How the world reaches this installation, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// Whether browsers reach it by TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// A queue, as the operator's page shows it.
#[derive(Debug, Clone)]
pub struct QueueLine {
    /// Its name in RabbitMQ.
    pub name: String,
    /// How many messages wait in it, and how many workers take from it; nothing if it does not exist.
    pub load: Option<(u32, u32)>,
}

/// Asks for all queues; an answer of nothing means that RabbitMQ does not answer.
pub type LookAtQueues = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<Vec<QueueLine>>> + Send>> + Send + Sync>;

/// The use cases that pages call, as the executable has made them.
#[derive(Clone)]
pub struct WebParts {
    /// The database, the time and the places.
    pub core: Core,
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
}

/// What pages work with. Cheap to clone.
#[derive(Clone)]
pub struct WebState {
    pub(crate) parts: Arc<WebParts>,
    pub(crate) settings: Arc<WebSettings>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) assets: Arc<Assets>,
    pub(crate) queues: LookAtQueues,
}

impl WebState {
    /// Reads the texts and the assets that are compiled in.
    pub fn new(parts: WebParts, settings: WebSettings) -> Result<Self, InvalidTexts> {
        Ok(Self {
            parts: Arc::new(parts),
            settings: Arc::new(settings),
            catalogue: Arc::new(Catalogue::load()?),
            assets: Arc::new(Assets::load()),
            queues: Arc::new(|| Box::pin(async { None })),
        })
    }

    /// How the operator's page learns of the queues, which only the executable can reach.
    #[must_use]
    pub fn with_queues(self, queues: LookAtQueues) -> Self {
        Self { queues, ..self }
    }
}

impl fmt::Debug for WebState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebState").field("settings", &self.settings).finish_non_exhaustive()
    }
}

macro_rules! parts {
    ($($field:ident: $part:ty;)*) => {$(
        impl FromRef<WebState> for $part {
            fn from_ref(state: &WebState) -> Self {
                state.parts.$field.clone()
            }
        }
    )*};
}

parts! {
    core: Core;
    sign_in: SignIn;
    people: People;
    clients: Clients;
    keys: Arc<Keys>;
    directory: Directory;
    signers: Arc<Signers>;
    notices: Notices;
    figures: Figures;
    inbox: Inbox;
    exports: Exports;
    live: Arc<LiveHub>;
    subscriptions: Subscriptions;
    dead_letters: DeadLetters;
    origins: Origins;
    limits: Arc<Limits>;
}

impl FromRef<WebState> for Arc<WebSettings> {
    fn from_ref(state: &WebState) -> Self {
        state.settings.clone()
    }
}

impl FromRef<WebState> for LookAtQueues {
    fn from_ref(state: &WebState) -> Self {
        state.queues.clone()
    }
}

impl FromRef<WebState> for Arc<Assets> {
    fn from_ref(state: &WebState) -> Self {
        state.assets.clone()
    }
}
