use std::{sync::Arc, time::Duration};

use munadi_domain::message::Lane;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncReadExt, copy_bidirectional},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, rustls};

use super::{
    proxy::{at_port, dial},
    rig::{Rig, config, soon},
};
use crate::{Broker, BrokerConfig, BrokerError, Queue, Topology};

#[tokio::test(flavor = "multi_thread")]
async fn declaring_twice_changes_nothing() {
    let rig = Rig::new().await;
    rig.broker.declare_topology().await.unwrap();
    assert!(rig.broker.inspect().await.unwrap().iter().all(|state| state.load.is_some()));
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_of_production_are_never_removed() {
    let broker = Broker::new(config(Topology::default()));
    assert!(matches!(broker.remove_topology().await, Err(BrokerError::Prefix)));
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_with_other_settings_is_named() {
    let rig = Rig::new().await;
    let queue = Queue::Deliver(Lane::Routine);
    rig.delete_queue(queue).await;
    rig.declare_foreign(queue).await;
    let error = rig.broker.declare_topology().await.unwrap_err();
    let name = rig.broker.topology().queue_name(queue);
    let BrokerError::Inequivalent { kind: "queue", name: named, answer } = &error else { panic!("{error}") };
    assert_eq!(*named, name);
    assert!(answer.contains("inequivalent arg"), "{answer}");
    assert!(error.to_string().contains("delete_queue"), "{error}");
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_queue_is_seen_and_stays_missing() {
    let rig = Rig::new().await;
    rig.delete_queue(Queue::Dead).await;
    for _ in 0..2 {
        let states = rig.broker.inspect().await.unwrap();
        assert_eq!(states.len(), 11);
        assert!(states.iter().all(|state| state.load.is_none() == (state.queue == Queue::Dead)), "{states:?}");
    }
    rig.clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_peer_is_given_up_and_let_go() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = at_port(listener.local_addr().unwrap().port());
    let limit = Duration::from_millis(300);
    let broker = Broker::new(BrokerConfig { url, answer_limit: limit, ..config(Topology::default()) });
    let peer = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        heard
    };
    let (declared, heard) = soon(async { tokio::join!(broker.declare_topology(), peer) }).await;
    assert!(matches!(declared, Err(BrokerError::TimedOut { doing: "connecting", .. })), "{declared:?}");
    assert!(heard.starts_with(b"AMQP"), "and its connection was ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_port_and_wrong_password_are_said() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let refused = Broker::new(BrokerConfig { url: at_port(port), ..config(Topology::default()) });
    assert!(matches!(soon(refused.declare_topology()).await, Err(BrokerError::Connect { .. })));

    let mut url: url::Url = std::env::var("AMQP_URL").unwrap().parse().unwrap();
    url.set_password(Some("not-the-s3cret")).unwrap();
    let config = BrokerConfig { url: url.as_str().parse().unwrap(), ..config(Topology::default()) };
    let error = soon(Broker::new(config).declare_topology()).await.unwrap_err();
    assert!(matches!(error, BrokerError::Connect { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("not-the-s3cret"));
}

/// A way to RabbitMQ over TLS, with an authority of its own.
struct TlsFront {
    port: u16,
    ca_pem: String,
    _task: JoinSet<()>,
}

impl TlsFront {
    async fn start() -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = server.signed_by(&key, &authority).unwrap();
        let tls = rustls::ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut task = JoinSet::new();
        task.spawn(serve(listener, TlsAcceptor::from(Arc::new(tls))));
        Self { port, ca_pem: authority.pem(), _task: task }
    }

    fn config(&self, host: &str, ca_pem: Option<String>) -> BrokerConfig {
        let plain = std::env::var("AMQP_URL").unwrap();
        let mut url: url::Url = plain.replacen("amqp:", "amqps:", 1).parse().unwrap();
        url.set_host(Some(host)).unwrap();
        url.set_port(Some(self.port)).unwrap();
        BrokerConfig {
            url: url.as_str().parse().unwrap(),
            ca_pem,
            ..config(super::rig::own_names(Topology::default()))
        }
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        connections.spawn(async move {
            if let Ok(mut near) = acceptor.accept(stream).await {
                let _ = copy_bidirectional(&mut near, &mut dial().await).await;
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_wants_a_trusted_certificate_for_the_right_host() {
    let front = TlsFront::start().await;
    let inspect =
        async |host: &str, ca: Option<&String>| soon(Broker::new(front.config(host, ca.cloned())).inspect()).await;
    assert_eq!(inspect("localhost", Some(&front.ca_pem)).await.unwrap().len(), 11);
    assert!(matches!(inspect("localhost", None).await, Err(BrokerError::Connect { .. })));
    assert!(matches!(inspect("127.0.0.1", Some(&front.ca_pem)).await, Err(BrokerError::Connect { .. })));
}
