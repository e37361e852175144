//! Nodes of our own push service are killed: what was acknowledged to a sender reaches its user agent, whatever happens.

use std::collections::BTreeSet;

use munadi_testkit::{CHANNEL, UserAgent};

use crate::rig::{
    api::Api,
    eventually, free_port,
    instance::Instance,
    process::{Munadi, Settings},
    town::{Services, Town},
};

/// A node of its own.
struct Node {
    process: Munadi,
    port: u16,
    api: Api,
}

impl Node {
    async fn start(town: &Town, port: u16) -> Self {
        let settings = settings(town, port);
        let process = settings.start(town.folder.path(), &["serve", "--only", "push"]);
        let api = Api::new(port);
        eventually("the node", async || api.try_send("GET", "/healthz", &[], b"").await.map(|_| ())).await;
        Self { process, port, api }
    }

    async fn again(self, town: &Town) -> Self {
        self.process.kill9().await;
        Self::start(town, self.port).await
    }

    async fn dial(&self) -> UserAgent {
        let authority = format!("127.0.0.1:{}", self.port);
        eventually("a connection", async || UserAgent::dial(&authority, None).await.ok()).await
    }

    /// Whether a message was acknowledged.
    async fn send(&self, path: &str, number: u32) -> bool {
        let headers = [("TTL", "3600"), ("Content-Encoding", "aes128gcm")];
        let answer = self.api.try_send("POST", path, &headers, number.to_string().as_bytes()).await;
        answer.is_some_and(|answer| answer.status == 201)
    }
}

fn settings(town: &Town, port: u16) -> Settings {
    town.settings
        .with("MUNADI_PUSH_SERVICE_LISTEN", format!("127.0.0.1:{port}"))
        .with("MUNADI_PUSH_SERVICE_PUBLIC_URL", "http://push.test")
        .with("MUNADI_LIMITS_PUSH_TARGET", "burst 100000, then 100000 a minute")
        .with("MUNADI_PUSH_SERVICE_WAITING_MESSAGES", 10_000)
}

/// A user agent with a subscription: who it is, and the path of its endpoint.
async fn subscribe(node: &Node) -> (UserAgent, String, String) {
    let mut agent = node.dial().await;
    let uaid = agent.hello(None).await;
    let endpoint = agent.register(CHANNEL, None).await;
    (agent, uaid, endpoint.strip_prefix("http://push.test").unwrap().to_owned())
}

/// Takes everything that is there and comes, until nothing is missing.
async fn take(agent: &mut UserAgent, missing: &mut BTreeSet<u32>) {
    while !missing.is_empty() {
        let number = String::from_utf8(agent.take().await).unwrap().parse().unwrap();
        missing.remove(&number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_a_node_is_killed() {
    let town = Town::new().await;
    let mut node = Node::start(&town, free_port()).await;
    let (mut agent, uaid, path) = subscribe(&node).await;
    let mut acknowledged = BTreeSet::new();
    for round in 0..3_u32 {
        for number in round * 100..(round + 1) * 100 {
            if node.send(&path, number).await {
                acknowledged.insert(number);
            }
        }
        // Some have arrived and are acknowledged, some arrived only, and some have not.
        for _ in 0..10 {
            agent.take().await;
        }
        node = node.again(&town).await;
        agent = node.dial().await;
        assert_eq!(agent.hello(Some(&uaid)).await, uaid, "the name survives");
    }
    assert_eq!(acknowledged.len(), 300);
    // Those that were taken and acknowledged before a kill may come again, or not.
    let mut seen = BTreeSet::new();
    let last = 1_000_000;
    assert!(node.send(&path, last).await);
    while !seen.contains(&last) {
        seen.insert(String::from_utf8(agent.take().await).unwrap().parse::<u32>().unwrap());
    }
    let missing: Vec<_> = acknowledged.difference(&seen).collect();
    assert!(missing.len() <= 30, "only what was taken before: {missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_agent_moves_to_a_node_that_lives() {
    let town = Town::new().await;
    let (first, second) = (Node::start(&town, free_port()).await, Node::start(&town, free_port()).await);
    let (agent, uaid, path) = subscribe(&first).await;
    first.process.kill9().await;
    drop(agent);
    // The store still says that it is at the first node.
    assert!(second.send(&path, 1).await);
    let mut agent = second.dial().await;
    assert_eq!(agent.hello(Some(&uaid)).await, uaid);
    take(&mut agent, &mut BTreeSet::from([1])).await;
    assert!(second.send(&path, 2).await);
    take(&mut agent, &mut BTreeSet::from([2])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_postgresql_is_killed() {
    let postgres = Instance::postgres();
    let town = Town::on(Services { postgres: Some(postgres.url()), ..Services::default() }, |_| {
        munadi_push_sink::Behavior::Accept
    })
    .await;
    let node = Node::start(&town, free_port()).await;
    let (agent, uaid, path) = subscribe(&node).await;
    drop(agent);
    let mut acknowledged = BTreeSet::new();
    for number in 0..50 {
        assert!(node.send(&path, number).await);
        acknowledged.insert(number);
    }
    postgres.kill9();
    assert!(!node.send(&path, 50).await, "nothing is promised that is not stored");
    postgres.start();
    eventually("the node to work again", async || node.send(&path, 51).await.then_some(())).await;
    acknowledged.insert(51);
    let mut agent = eventually("a known name", async || {
        let mut agent = node.dial().await;
        (agent.hello(Some(&uaid)).await == uaid).then_some(agent)
    })
    .await;
    take(&mut agent, &mut acknowledged).await;
}
