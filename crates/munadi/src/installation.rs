//! This installation: its settings, and what is made from them. The one place that composes, to be read from top to bottom.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use munadi_broker::{Broker, BrokerConfig};
use munadi_domain::{endpoint::EndpointPolicy, place::Places};
use munadi_services::{
    Core,
    clock::Clock,
    directory::Directory,
    signer::{KeysConfig, Signers},
};
use munadi_store::Store;
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::config::Config;

/// The settings and the clock; everything else is made when a command needs it.
#[derive(Clone)]
pub(crate) struct Installation {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
}

impl Installation {
    /// What each setting cannot say by itself: whether that can be made of them which is made of them later.
    pub(crate) fn check(&self) -> Result<()> {
        self.broker()?;
        self.endpoints()?;
        extra_roots(&self.config.push.extra_root)?;
        Ok(())
    }

    /// The database, reachable.
    pub(crate) async fn store(&self) -> Result<Store> {
        let database = &self.config.database;
        let store = Store::connect(database.url.expose(), database.connections).await;
        store.with_context(|| {
            format!("PostgreSQL does not answer at {}: is it running? ([database] url, or DATABASE_URL)", database.url)
        })
    }

    /// The database, the clock and the places.
    pub(crate) async fn core(&self) -> Result<Core> {
        Ok(Core { store: self.store().await?, clock: self.clock.clone(), places: Arc::new(Places::india()?) })
    }

    /// The server's own keys.
    pub(crate) fn signers(&self) -> Result<Arc<Signers>> {
        let keys = &self.config.keys;
        let config = KeysConfig {
            folder: keys.folder.clone(),
            secret_file: None,
            create_missing: keys.create_missing,
            root_online: keys.root_online,
        };
        Ok(Arc::new(Signers::open(&config, &self.clock)?))
    }

    /// The key directory.
    pub(crate) async fn directory(&self, signers: &Arc<Signers>) -> Result<Directory> {
        let core = self.core().await?;
        Ok(Directory::new(core, Arc::clone(signers), self.config.identity.issuer.clone()))
    }

    /// RabbitMQ, as far as it is known how to reach it.
    pub(crate) fn broker(&self) -> Result<Broker> {
        let url = self.config.broker.url.expose().parse().context("[broker] url cannot be read")?;
        let clock = self.clock.clone();
        let config = BrokerConfig::new(url, Arc::new(move || clock.unix_ms()));
        let topology = config
            .topology
            .clone()
            .with_prefix(&self.config.broker.prefix)
            .context("[broker] prefix cannot be used")?;
        Ok(Broker::new(BrokerConfig { topology, ..config }))
    }

    /// Which endpoints of push services may be contacted.
    pub(crate) fn endpoints(&self) -> Result<EndpointPolicy> {
        let push = &self.config.push;
        // Names of this machine are no hosts of the list: the development switch admits them, or nothing does.
        let own = push.own_hosts.iter().filter(|host| host.contains('.') && host.parse::<std::net::IpAddr>().is_err());
        let hosts: Vec<&str> = push.allowed_hosts.iter().chain(own).map(String::as_str).collect();
        let policy = EndpointPolicy::new(hosts, push.allow_loopback).context("[push] allowed_hosts cannot be used")?;
        Ok(policy.with_own(&self.config.push_service.public_url))
    }
}

/// The certificates of the PEM file; none if no file is named.
pub(crate) fn extra_roots(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    if path.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let certificates: Vec<_> =
        certificates.with_context(|| format!("[push] extra_root: {} cannot be read as PEM", path.display()))?;
    anyhow::ensure!(!certificates.is_empty(), "[push] extra_root: {} has no certificate in it", path.display());
    Ok(certificates)
}
