//! The use cases, composed once. To be read from top to bottom.

use std::sync::Arc;

use anyhow::{Context, Result};
use munadi_domain::endpoint::EndpointPolicy;
use munadi_http_api::{ApiState, HttpSettings, Probes, Streams};
use munadi_services::{
    Core,
    clients::Clients,
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
    password::Passwords,
    people::People,
    readiness::Readiness,
    sign_in::SignIn,
    signer::Signers,
    subscriptions::Subscriptions,
    token::Tokens,
    transparency_log::{TransparencyLog, log_signer},
};
use munadi_transparency::log::note::LogSigner;

use munadi_web::WebParts;

use crate::installation::Installation;

/// Passwords hashed at once; each takes 19 MiB or more.
const HASHES_AT_ONCE: usize = 4;

/// Everything that can be asked of Munadi.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) core: Core,
    pub(crate) endpoints: Arc<EndpointPolicy>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) directory: Directory,
    pub(crate) limits: Arc<Limits>,
    pub(crate) log: TransparencyLog,
    pub(crate) log_signer: Arc<LogSigner>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) people: People,
    pub(crate) sign_in: SignIn,
    pub(crate) clients: Clients,
    pub(crate) notices: Notices,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) inbox: Inbox,
    pub(crate) figures: Figures,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) origins: Origins,
    pub(crate) idempotency: Idempotency,
    pub(crate) exports: Exports,
    pub(crate) readiness: Readiness,
}

impl Services {
    /// Connects to the database, opens the keys, and composes.
    pub(crate) async fn compose(installation: &Installation) -> Result<Self> {
        let config = &installation.config;
        let issuer = config.identity.issuer.clone();
        let audience = config.http.public_url.as_str().trim_end_matches('/').to_owned();
        let core = installation.core().await?;
        let signers = installation.signers()?;
        let directory = Directory::new(core.clone(), Arc::clone(&signers), issuer.clone());
        let limits = Arc::new(Limits::new(&config.limits, &core.clock));
        let passwords = Passwords::new(HASHES_AT_ONCE)?;
        let tokens = Tokens::new(&signers, issuer.clone(), audience.clone())?;
        let keys = Arc::new(Keys::new(core.clone(), directory.clone(), Arc::clone(&signers)));
        let endpoints = Arc::new(installation.endpoints()?);
        let log_signer =
            log_signer(config.log_origin(), signers.log()).context("[transparency_log] origin cannot name a log")?;
        Ok(Self {
            people: People::new(core.clone(), passwords.clone(), Arc::clone(&keys), directory.clone()),
            sign_in: SignIn::new(core.clone(), passwords, tokens, Arc::clone(&limits)),
            clients: Clients::new(core.clone(), audience),
            notices: Notices::new(core.clone(), directory.clone(), Arc::clone(&signers), issuer),
            subscriptions: Subscriptions::new(
                core.clone(),
                Arc::clone(&endpoints),
                Arc::clone(&limits),
                config.push_policy(),
            ),
            inbox: Inbox::new(core.clone()),
            figures: Figures::new(core.clone()),
            dead_letters: DeadLetters::new(core.clone()),
            origins: Origins::new(core.clone()),
            idempotency: Idempotency::new(core.clone()),
            exports: Exports::new(core.clone(), Inbox::new(core.clone()), &config.http.public_url),
            readiness: Readiness::new(core.clone(), directory.clone()),
            log: TransparencyLog::new(core.store.clone(), log_signer.key(), &config.http.public_url)?,
            log_signer: Arc::new(log_signer),
            core,
            endpoints,
            signers,
            directory,
            limits,
            keys,
        })
    }

    /// What the pages work with.
    pub(crate) fn into_web_parts(self, live: Arc<LiveHub>) -> WebParts {
        WebParts {
            live,
            core: self.core,
            sign_in: self.sign_in,
            people: self.people,
            clients: self.clients,
            keys: self.keys,
            directory: self.directory,
            signers: self.signers,
            notices: self.notices,
            figures: self.figures,
            inbox: self.inbox,
            exports: self.exports,
            subscriptions: self.subscriptions,
            dead_letters: self.dead_letters,
            origins: self.origins,
            limits: self.limits,
        }
    }

    /// What the API works with.
    pub(crate) fn into_api_state(
        self,
        settings: HttpSettings,
        streams: Streams,
        probes: Probes,
        live: Arc<LiveHub>,
    ) -> ApiState {
        ApiState {
            settings: Arc::new(settings),
            probes,
            live,
            streams,
            exports: self.exports,
            readiness: self.readiness,
            core: self.core,
            sign_in: self.sign_in,
            people: self.people,
            clients: self.clients,
            keys: self.keys,
            directory: self.directory,
            signers: self.signers,
            log: self.log,
            notices: self.notices,
            figures: self.figures,
            inbox: self.inbox,
            subscriptions: self.subscriptions,
            dead_letters: self.dead_letters,
            origins: self.origins,
            limits: self.limits,
            idempotency: self.idempotency,
        }
    }
}
