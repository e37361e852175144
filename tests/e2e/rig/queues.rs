//! Queues that nobody else uses, on a RabbitMQ that others use too.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use munadi_broker::{Broker, BrokerConfig, Topology};

use super::process::Settings;

/// The queues of one installation. They are removed when this is dropped.
pub(crate) struct Queues {
    broker: Broker,
    settings: Settings,
}

impl Queues {
    /// On the RabbitMQ that tests share.
    pub(crate) fn shared() -> Self {
        Self::on(&std::env::var("AMQP_URL").expect("AMQP_URL names no RabbitMQ; `./test` starts one and sets it"))
    }

    /// On this RabbitMQ.
    pub(crate) fn on(url: &str) -> Self {
        let prefix = own_prefix();
        let topology = Topology::default().with_prefix(&prefix).unwrap();
        let config = BrokerConfig::new(url.parse().unwrap(), Arc::new(|| 0));
        let broker = Broker::new(BrokerConfig { topology, ..config });
        Self { broker, settings: Settings::default().with("AMQP_URL", url).with("MUNADI_BROKER_PREFIX", prefix) }
    }

    /// What tells the executable to use them.
    pub(crate) fn settings(&self) -> Settings {
        self.settings.clone()
    }
}

impl Drop for Queues {
    /// Removes the queues in a thread of its own, because the test's runtime may be ending.
    fn drop(&mut self) {
        let broker = self.broker.clone();
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(broker.remove_topology())
        });
        // Queues on a RabbitMQ that is gone are gone too.
        let _ = removed.join();
    }
}

/// Names that no other test and no other run of this test uses.
fn own_prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let started = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    format!("e2e{}-{started:x}-{}.", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
