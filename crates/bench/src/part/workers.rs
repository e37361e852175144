//! The workers, as `munadi work` runs them.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use munadi_broker::{Broker, BrokerConfig, Topology};
use munadi_deliver::{
    DeliverConfig, Deliverer, Tools,
    client::{ClientConfig, PushClient},
    topic::TopicKey,
    vapid::{Vapid, VapidKey},
};
use munadi_domain::{endpoint::EndpointPolicy, place::Places};
use munadi_services::{
    Core,
    clock::Clock,
    limits::{Limits, LimitsConfig, Rate},
    signer::{KeysConfig, Signers},
};
use munadi_store::Store;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// As in the executable's settings.
const CONNECTIONS: u32 = 20;
const CONTACT: &str = "mailto:ops@example.org";
/// The limit of one push service is not what is measured.
const UNLIMITED: LimitsConfig = LimitsConfig { push_origin: Rate::new(u32::MAX, u32::MAX), ..LimitsConfig::DEFAULT };
const ADDRESS: &str = "https://notices.example.org/notices/";

/// Which worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Worker {
    Relay,
    Fanout,
    Deliver,
}

impl Worker {
    /// Its name on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Fanout => "fanout",
            Self::Deliver => "deliver",
        }
    }
}

#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, value_delimiter = ',')]
    only: Vec<Worker>,
    #[command(flatten)]
    services: Services,
    /// The folder of the server's keys.
    #[arg(long)]
    keys: PathBuf,
    /// A root certificate to trust.
    #[arg(long)]
    trust: Option<PathBuf>,
}

/// Where everything is.
#[derive(Args)]
pub(crate) struct Services {
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database: String,
    #[arg(long, env = "AMQP_URL", hide_env_values = true)]
    amqp: String,
    /// In front of the names of all queues.
    #[arg(long)]
    prefix: String,
}

impl Services {
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    pub(super) async fn store(&self) -> Result<Store> {
        Ok(Store::connect(&self.database, CONNECTIONS).await?)
    }

    pub(super) fn broker(&self) -> Result<Broker> {
        broker(&self.amqp, &self.prefix)
    }
}

/// RabbitMQ, with queues under names of their own.
pub(crate) fn broker(url: &str, prefix: &str) -> Result<Broker> {
    let clock = Clock::system();
    let topology = Topology::default().with_prefix(prefix)?;
    Ok(Broker::new(BrokerConfig { topology, ..BrokerConfig::new(url.parse()?, Arc::new(move || clock.unix_ms())) }))
}

pub(super) async fn run(options: &Options) -> Result<()> {
    let (broker, clock) = (options.services.broker()?, Clock::system());
    let core = Core { store: options.services.store().await?, clock, places: Arc::new(Places::india()?) };
    let (shutdown, mut tasks) = (CancellationToken::new(), JoinSet::new());
    for worker in &options.only {
        match worker {
            Worker::Relay => {
                let clock = core.clock.clone();
                let clock = Arc::new(move || clock.unix_ms());
                let context = munadi_relay::Context { store: core.store.clone(), broker: broker.clone(), clock };
                tasks.spawn(munadi_relay::run(context, shutdown.clone()));
            }
            Worker::Fanout => {
                let context = munadi_fanout::Context { core: core.clone(), broker: broker.clone() };
                tasks.spawn(munadi_fanout::run(context, shutdown.clone()));
            }
            Worker::Deliver => {
                let deliverer = deliverer(options, &core)?;
                tasks.spawn(munadi_deliver::run(deliverer, broker.clone(), shutdown.clone()));
            }
        }
    }
    super::say(&"ready")?;
    while super::words().next_line().await?.is_some() {}
    shutdown.cancel();
    while tasks.join_next().await.is_some() {}
    Ok(())
}

fn deliverer(options: &Options, core: &Core) -> Result<Deliverer> {
    let signers = open_keys(options.keys.clone(), &core.clock)?;
    let extra_roots = match &options.trust {
        Some(path) => CertificateDer::pem_file_iter(path)?.collect::<Result<_, _>>().context("no certificate")?,
        None => Vec::new(),
    };
    let vapid = VapidKey::from_pkcs8(&signers.vapid().to_pkcs8()?)?;
    Ok(Deliverer::new(Tools {
        core: core.clone(),
        limits: Arc::new(Limits::new(&UNLIMITED, &core.clock)),
        client: PushClient::new(ClientConfig { extra_roots, ..ClientConfig::default() })?,
        vapid: Arc::new(Vapid::new(vapid, CONTACT)?),
        topics: TopicKey::from_key(signers.topic().clone()),
        endpoints: Arc::new(EndpointPolicy::new([] as [&str; 0], true)?),
        config: DeliverConfig { own_hosts: vec!["localhost".to_owned()], ..DeliverConfig::new(ADDRESS.to_owned()) },
    }))
}

/// The keys that the installation has made already.
pub(super) fn open_keys(folder: PathBuf, clock: &Clock) -> Result<Signers> {
    let config = KeysConfig { folder, secret_file: None, create_missing: false, root_online: true };
    Ok(Signers::open(&config, clock)?)
}
