//! A way to RabbitMQ that can be cut.

use std::sync::Arc;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::BrokerUrl;

use super::rig::address;

pub(super) struct Proxy {
    port: u16,
    cuts: watch::Sender<u32>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cuts, _) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, cuts.clone()));
        Self { port, cuts, _tasks: tasks }
    }

    /// RabbitMQ's address by this way.
    pub(super) fn url(&self) -> BrokerUrl {
        at_port(self.port)
    }

    /// Ends all connections without a word.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

/// RabbitMQ's address at another port of this machine.
pub(super) fn at_port(port: u16) -> BrokerUrl {
    let mut url: url::Url = std::env::var("AMQP_URL").unwrap().parse().unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(port)).unwrap();
    url.as_str().parse().unwrap()
}

/// A plain connection to RabbitMQ.
pub(super) async fn dial() -> TcpStream {
    let uri = address().to_uri(0);
    TcpStream::connect((uri.authority.host.as_str(), uri.authority.port)).await.unwrap()
}

async fn accept(listener: TcpListener, cuts: watch::Sender<u32>) {
    let cuts = Arc::new(cuts);
    let mut connections = JoinSet::new();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut cut = cuts.subscribe();
        connections.spawn(async move {
            let mut far = dial().await;
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                _ = cut.changed() => {}
            }
        });
    }
}
