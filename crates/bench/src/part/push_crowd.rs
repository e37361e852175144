//! User agents of a push service and senders to them. They are made to cost little, or it is they who are measured: one thread, frames
//! and requests written by hand, and nothing of an answer is read that is not needed.

mod ledger;
mod load;
mod sender;
mod socket;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Args;
use futures_util::future::try_join_all;
use munadi_domain::push::{ChannelId, UserAgentId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use self::{ledger::Ledger, sender::Vapid, socket::Socket};
use super::{say, words};

pub(crate) use self::{
    ledger::{BODY, Delays, Ending},
    load::{LoadOrder, Window},
};

/// Clients that connect at one moment, unless they are to come all at once.
const AT_ONCE: usize = 64;
/// Clients for each address of this machine, which has some 28,000 ports to connect from.
const PER_ADDRESS: usize = 16_000;
/// As Firefox does.
const COME_BACK_AFTER: Duration = Duration::from_millis(5_300);

#[derive(Args)]
pub(crate) struct Options {
    /// The push service.
    #[arg(long)]
    service: SocketAddr,
    /// The last number of the first address of 127.0.0.0/24 to connect from.
    #[arg(long)]
    source: u8,
    /// Subscriptions take messages of anybody, and senders do not say who they are.
    #[arg(long)]
    anonymous: bool,
}

/// What the parent tells it to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// So many new clients connect, and each makes a subscription. Answered by [`Connected`].
    Connect(usize),
    /// Tells its clients. Answered by a [`Roll`].
    Tell,
    /// It is to be these clients, which are not connected. Answered by `null`.
    Be(Roll),
    /// One message to each client. Answered by [`Connected`], which counts the messages, when all who are connected have theirs.
    Post { connected: bool },
    /// Its clients connect, spread evenly over so many seconds, and wait for a message each. Answered by [`Returned`].
    Return { within: f64 },
    /// Messages for some time. Answered by `"begun"`, a [`Window`] and an [`Ending`].
    Load(LoadOrder),
}

/// A client, with its subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Known {
    uaid: String,
    /// The address of its endpoint without the service's.
    path: String,
}

/// All clients, and who may send to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Roll {
    members: Vec<Known>,
    /// The sender's key pair in PKCS #8; `None` if anybody may send.
    key: Option<Vec<u8>>,
}

/// Clients connected, or messages were taken.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Connected {
    pub(crate) count: usize,
    pub(crate) seconds: f64,
}

/// Everybody is back, and has what was sent meanwhile.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Returned {
    /// From the first attempt to connect until the last message, in seconds.
    pub(crate) last: f64,
    /// Attempts that failed and were made again 5.3 seconds later.
    pub(crate) again: u64,
    /// From a client's turn to its message.
    pub(crate) delays: Delays,
}

/// Everybody.
struct Crowd {
    service: SocketAddr,
    source: u8,
    vapid: Option<Arc<Vapid>>,
    ledger: Arc<Ledger>,
    members: Arc<Vec<Known>>,
    /// Those who are connected and wait for messages.
    listening: JoinSet<()>,
}

pub(super) async fn run(options: &Options) -> Result<()> {
    let mut crowd = Crowd {
        service: options.service,
        source: options.source,
        vapid: if options.anonymous { None } else { Some(Arc::new(Vapid::new(&origin(options.service))?)) },
        ledger: Arc::default(),
        members: Arc::default(),
        listening: JoinSet::new(),
    };
    say(&"ready")?;
    let mut words = words();
    while let Some(word) = words.next_line().await? {
        crowd.obey(serde_json::from_str(&word)?).await?;
    }
    Ok(())
}

impl Crowd {
    async fn obey(&mut self, order: Order) -> Result<()> {
        match order {
            Order::Connect(count) => say(&self.connect(count).await?),
            Order::Tell => say(&Roll {
                members: self.members.to_vec(),
                key: self.vapid.as_ref().map(|vapid| vapid.key().to_vec()),
            }),
            Order::Be(roll) => {
                self.members = Arc::new(roll.members);
                let vapid = roll.key.map(|key| Vapid::with_key(&key, &origin(self.service)));
                self.vapid = vapid.transpose()?.map(Arc::new);
                say(&())
            }
            Order::Post { connected } => say(&self.post_each(connected).await?),
            Order::Return { within } => say(&self.come_back(Duration::from_secs_f64(within)).await?),
            Order::Load(load) => load::run(self, load).await,
        }
    }

    async fn connect(&mut self, count: usize) -> Result<Connected> {
        let started = Instant::now();
        let key = self.vapid.as_ref().map(|vapid| vapid.public_key.as_str());
        let come = async |index| newcomer(self.service, source_of(self.source, index), key).await;
        let come = at_once(count, AT_ONCE, come).await?;
        let mut members = Vec::new();
        for (index, (known, socket)) in come.into_iter().enumerate() {
            members.push(known);
            self.listening.spawn(listen(index, socket, Arc::clone(&self.ledger)));
        }
        self.members = Arc::new(members);
        Ok(Connected { count, seconds: started.elapsed().as_secs_f64() })
    }

    async fn post_each(&mut self, connected: bool) -> Result<Connected> {
        let (started, count) = (Instant::now(), self.members.len());
        load::post_each(self).await?;
        if connected {
            load::all_arrived(&self.ledger).await;
        }
        Ok(Connected { count, seconds: started.elapsed().as_secs_f64() })
    }

    async fn come_back(&mut self, within: Duration) -> Result<Returned> {
        let (start, count) = (Instant::now(), self.members.len());
        let mut coming = JoinSet::new();
        for index in 0..count {
            let share = f64::from(u32::try_from(index)?) / f64::from(u32::try_from(count)?);
            let (turn, members) = (start + within.mul_f64(share), Arc::clone(&self.members));
            let (service, source) = (self.service, source_of(self.source, index));
            let ledger = Arc::clone(&self.ledger);
            coming.spawn(async move { returner(turn, service, source, &members[index], &ledger).await });
        }
        let (mut last, mut again, mut delays) = (Duration::ZERO, 0, Vec::new());
        while let Some(back) = coming.join_next().await {
            let back = back??;
            (last, again) = (last.max(back.at - start), again + back.again);
            delays.push(u32::try_from((back.at - back.turn).as_micros())?);
            self.listening.spawn(listen(delays.len(), back.socket, Arc::clone(&self.ledger)));
        }
        Ok(Returned { last: last.as_secs_f64(), again, delays: Delays::of(delays) })
    }
}

fn origin(service: SocketAddr) -> String {
    format!("http://{service}")
}

fn source_of(first: u8, index: usize) -> Ipv4Addr {
    let next = u8::try_from(index / PER_ADDRESS).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 0, 0, first.saturating_add(next))
}

/// Does something for each number below `count`, so many at a time.
async fn at_once<T>(count: usize, at_once: usize, act: impl AsyncFn(usize) -> Result<T>) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let work = async || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok::<_, anyhow::Error>(done);
            }
            done.push((index, act(index).await?));
        }
    };
    let mut all: Vec<(usize, T)> = try_join_all((0..at_once).map(|_| work())).await?.into_iter().flatten().collect();
    all.sort_by_key(|(index, _)| *index);
    Ok(all.into_iter().map(|(_, made)| made).collect())
}

/// Connects, and makes a subscription.
async fn newcomer(service: SocketAddr, source: Ipv4Addr, key: Option<&str>) -> Result<(Known, Socket)> {
    let mut socket = Socket::open(source, service).await?;
    let uaid = hello(&mut socket, None).await?;
    let channel = ChannelId::from_bytes(*uaid.parse::<UserAgentId>()?.as_bytes());
    let mut register = json!({"messageType": "register", "channelID": channel.to_string()});
    if let Some(key) = key {
        register["key"] = key.into();
    }
    socket.say(&register.to_string()).await?;
    let answer: Value = serde_json::from_str(socket.next().await?)?;
    let endpoint = answer["pushEndpoint"].as_str().with_context(|| format!("it was not subscribed: {answer}"))?;
    let path = endpoint.splitn(4, '/').nth(3).context("an endpoint without a path")?;
    Ok((Known { uaid, path: format!("/{path}") }, socket))
}

async fn hello(socket: &mut Socket, uaid: Option<&str>) -> Result<String> {
    let mut hello = json!({"messageType": "hello", "broadcasts": {}, "use_webpush": true});
    if let Some(uaid) = uaid {
        hello["uaid"] = uaid.into();
    }
    socket.say(&hello.to_string()).await?;
    let answer: Value = serde_json::from_str(socket.next().await?)?;
    Ok(answer["uaid"].as_str().with_context(|| format!("no hello: {answer}"))?.to_owned())
}

/// Somebody who has come back, and has its message.
struct Back {
    turn: Instant,
    at: Instant,
    again: u64,
    socket: Socket,
}

async fn returner(turn: Instant, service: SocketAddr, source: Ipv4Addr, who: &Known, ledger: &Ledger) -> Result<Back> {
    sleep_until(turn).await;
    let mut again = 0;
    loop {
        match return_once(service, source, who, ledger).await {
            Ok((at, socket)) => return Ok(Back { turn, at, again, socket }),
            Err(error) if again >= 10 => return Err(error),
            Err(_) => again += 1,
        }
        sleep(COME_BACK_AFTER).await;
    }
}

async fn return_once(service: SocketAddr, source: Ipv4Addr, who: &Known, ledger: &Ledger) -> Result<(Instant, Socket)> {
    let mut socket = Socket::open(source, service).await?;
    let uaid = hello(&mut socket, Some(&who.uaid)).await?;
    anyhow::ensure!(uaid == who.uaid, "it is not known any more");
    let ack = ledger.take(socket.next().await?)?;
    let at = Instant::now();
    socket.say(&ack).await?;
    Ok((at, socket))
}

/// Takes and acknowledges messages until the connection ends.
async fn listen(index: usize, mut socket: Socket, ledger: Arc<Ledger>) {
    let ended = async {
        loop {
            let ack = ledger.take(socket.next().await?)?;
            socket.say(&ack).await?;
        }
    };
    let ended: Result<()> = ended.await;
    if let Err(error) = ended {
        ledger.fault(&error.context(format!("client {index} was cut")));
    }
}
