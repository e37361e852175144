//! Whatever happens in whatever order: what waits is what a model in memory says.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use munadi_domain::push::{ChannelId, Urgency, UserAgentId};
use munadi_store::push::{Greeted, Kept, NewPushMessage, PushBounds, PushMessage, Registration};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use time::OffsetDateTime;

use super::{NODE, NOW, Office, TODAY, agent, channel, hello};

const AGENTS: u32 = 3;
const BOUNDS: PushBounds = PushBounds { messages: 5, bytes: 60 };
const MOST_CHANNELS: u32 = 2;

#[derive(Debug, Clone)]
struct Post {
    agent: u32,
    channel: u32,
    topic: Option<&'static str>,
    urgency: Urgency,
    length: usize,
    ttl: u32,
}

#[derive(Debug, Clone)]
enum Step {
    Post(Vec<Post>),
    Register(u32, u32),
    Unregister(u32, u32),
    Greet(Vec<u32>),
    Leave(u32),
    Acknowledge(Vec<prop::sample::Index>),
    TakeBack(prop::sample::Index),
    Reset(u32),
    Pass(u64),
    Prune,
}

#[derive(Debug)]
struct Waiting {
    agent: UserAgentId,
    topic: Option<&'static str>,
    message: PushMessage,
}

#[derive(Debug)]
struct Model {
    now: OffsetDateTime,
    sessions: i64,
    /// Known user agents, and the session in which they are connected.
    agents: BTreeMap<UserAgentId, Option<i64>>,
    channels: BTreeSet<(UserAgentId, ChannelId)>,
    waiting: Vec<Waiting>,
}

impl Post {
    fn key(&self) -> Option<(u32, u32, &str)> {
        self.topic.map(|topic| (self.agent, self.channel, topic))
    }

    fn message<'a>(&self, body: &'a [u8]) -> NewPushMessage<'a> {
        NewPushMessage {
            user_agent: agent(self.agent),
            channel: channel(self.agent, self.channel),
            topic: self.topic,
            urgency: self.urgency,
            body: &body[..self.length],
            ttl: self.ttl,
        }
    }
}

impl Model {
    fn is_alive(&self, waiting: &Waiting) -> bool {
        waiting.message.expires_at > self.now
    }

    fn replaced_by(&self, post: &Post) -> Option<&Waiting> {
        let key = |waiting: &Waiting| (waiting.agent, waiting.message.channel, waiting.topic);
        let wanted = (agent(post.agent), channel(post.agent, post.channel), post.topic);
        self.waiting.iter().find(|waiting| post.topic.is_some() && key(waiting) == wanted)
    }

    /// What must become of each, with another id.
    fn judge(&self, posts: &[Post]) -> Vec<Kept> {
        let mut loads = BTreeMap::new();
        let mut verdicts = Vec::new();
        for (index, post) in posts.iter().enumerate() {
            if posts[index + 1..].iter().any(|later| post.key().is_some() && later.key() == post.key()) {
                verdicts.push(None);
                continue;
            }
            let name = agent(post.agent);
            let old = self.replaced_by(post).filter(|old| self.is_alive(old));
            let is_connected = self.agents.get(&name).copied().flatten().is_some();
            verdicts.push(Some(if !self.channels.contains(&(name, channel(post.agent, post.channel))) {
                Kept::Gone
            } else if post.ttl == 0 && !is_connected && old.is_none() {
                Kept::Discarded(0)
            } else {
                let alive = self.waiting.iter().filter(|waiting| waiting.agent == name && self.is_alive(waiting));
                let alive: Vec<usize> = alive.map(|waiting| waiting.message.body.len()).collect();
                let (messages, bytes) = loads.entry(name).or_insert((alive.len(), alive.iter().sum::<usize>() as i64));
                *messages += usize::from(old.is_none());
                *bytes += post.length as i64 - old.map_or(0, |old| old.message.body.len() as i64);
                let fits = *messages <= BOUNDS.messages as usize && *bytes <= BOUNDS.bytes as i64;
                if fits { Kept::Kept(0) } else { Kept::Full }
            }));
        }
        let winner = |index: usize| {
            posts
                .iter()
                .rposition(|post| posts[index].key().is_some() && post.key() == posts[index].key())
                .unwrap_or(index)
        };
        (0..posts.len()).map(|index| verdicts[winner(index)].unwrap()).collect()
    }

    fn keep(&mut self, post: &Post, body: &[u8], id: i64) {
        let new = post.message(body);
        if let Some(old) = self.replaced_by(post).map(|old| old.message.id) {
            self.waiting.retain(|waiting| waiting.message.id != old);
        }
        let lives = Duration::from_secs(if post.ttl == 0 { 60 } else { u64::from(post.ttl) });
        let expires_at = self.now + lives;
        let (channel, urgency, ttl) = (new.channel, new.urgency, new.ttl);
        let message = PushMessage { id, channel, urgency, body: new.body.to_vec(), ttl, expires_at };
        self.waiting.push(Waiting { agent: new.user_agent, topic: post.topic, message });
    }

    fn load(&self, name: UserAgentId, at_hello: bool, limit: usize) -> Vec<PushMessage> {
        let waiting = self.waiting.iter().filter(|waiting| waiting.agent == name && self.is_alive(waiting));
        let mut messages: Vec<_> = waiting.map(|waiting| waiting.message.clone()).collect();
        messages.retain(|message| message.ttl > 0 || !at_hello);
        messages.sort_by_key(|message| (Reverse(message.urgency), message.id));
        messages.truncate(limit);
        messages
    }

    fn names(&self, indices: &[prop::sample::Index]) -> Vec<(UserAgentId, i64)> {
        let names = indices.iter().filter(|_| !self.waiting.is_empty());
        names.map(|index| index.get(&self.waiting)).map(|waiting| (waiting.agent, waiting.message.id)).collect()
    }
}

impl Office {
    async fn post(&self, model: &mut Model, posts: &[Post]) {
        // Different in every byte from step to step.
        let body = [model.sessions as u8; 40];
        model.sessions += 1;
        let new: Vec<NewPushMessage<'_>> = posts.iter().map(|post| post.message(&body)).collect();
        let kept = self.store.keep_push_messages(&new, BOUNDS, model.now).await.unwrap();
        let verdicts = model.judge(posts);
        let last = model.waiting.iter().map(|waiting| waiting.message.id).max().unwrap_or_default();
        let mut ids = BTreeSet::new();
        for ((post, kept), verdict) in posts.iter().zip(&kept).zip(verdicts) {
            match (kept, verdict) {
                (Kept::Kept(id), Kept::Kept(_)) => {
                    assert!(*id > last);
                    if ids.insert(*id) || post.topic.is_some() {
                        model.keep(post, &body, *id);
                    }
                }
                (Kept::Discarded(_), Kept::Discarded(_)) => {}
                (kept, verdict) => assert_eq!(*kept, verdict),
            }
        }
    }

    async fn greet_some(&self, model: &mut Model, some: &[u32]) {
        let mut hellos = Vec::new();
        let mut expected = Vec::new();
        for n in some {
            model.sessions += 1;
            hellos.push(hello(*n, model.sessions));
            let known = model.agents.get_mut(&agent(*n));
            let former = known.map(|session| session.replace(model.sessions));
            expected.push(former.map(|session| Greeted { former: session.map(|session| (NODE, session)) }));
        }
        assert_eq!(self.store.greet_push_agents(&hellos, TODAY).await.unwrap(), expected);
    }

    async fn register_one(&self, model: &mut Model, n: u32, c: u32) {
        model.sessions += 1;
        let (name, channel) = (agent(n), channel(n, c));
        let registration =
            self.store.register_push_channel(&hello(n, model.sessions), channel, MOST_CHANNELS, model.now).await;
        model.agents.entry(name).or_insert(Some(model.sessions));
        let others = model.channels.iter().filter(|(owner, other)| *owner == name && *other != channel).count();
        if others < MOST_CHANNELS as usize {
            model.channels.insert((name, channel));
            assert_eq!(registration.unwrap(), Registration::Registered);
        } else {
            assert_eq!(registration.unwrap(), Registration::TooMany);
        }
    }

    async fn unregister_one(&self, model: &mut Model, name: UserAgentId, channel: ChannelId) {
        let was_there = self.store.unregister_push_channel(name, channel).await.unwrap();
        assert_eq!(was_there, model.channels.remove(&(name, channel)));
        model.waiting.retain(|waiting| (waiting.agent, waiting.message.channel) != (name, channel));
    }

    async fn reset(&self, model: &mut Model, name: UserAgentId) {
        self.store.reset_push_agent(name).await.unwrap();
        model.agents.remove(&name);
        model.channels.retain(|(owner, _)| *owner != name);
        model.waiting.retain(|waiting| waiting.agent != name);
    }

    async fn prune(&self, model: &mut Model) {
        let pruned = self.store.prune_push_messages(model.now, 1000).await.unwrap();
        let before = model.waiting.len();
        model.waiting.retain(|waiting| waiting.message.expires_at > model.now);
        assert_eq!(pruned, (before - model.waiting.len()) as u64);
    }

    async fn step(&self, model: &mut Model, step: &Step) {
        match step {
            Step::Post(posts) => self.post(model, posts).await,
            Step::Register(n, c) => self.register_one(model, *n, *c).await,
            Step::Unregister(n, c) => self.unregister_one(model, agent(*n), channel(*n, *c)).await,
            Step::Greet(some) => self.greet_some(model, some).await,
            Step::Leave(n) => {
                if let Some(session) = model.agents.get_mut(&agent(*n)).and_then(Option::take) {
                    self.store.leave_push_agents(&[hello(*n, session), hello(*n, session - 1)]).await.unwrap();
                }
            }
            Step::Acknowledge(indices) => {
                let done = model.names(indices);
                self.store.acknowledge_push_messages(&done).await.unwrap();
                model.waiting.retain(|waiting| !done.contains(&(waiting.agent, waiting.message.id)));
            }
            Step::TakeBack(index) => {
                for (name, id) in model.names(&[*index]) {
                    assert!(self.store.take_back_push_message(name, id).await.unwrap());
                    model.waiting.retain(|waiting| waiting.message.id != id);
                }
            }
            Step::Reset(n) => self.reset(model, agent(*n)).await,
            Step::Pass(seconds) => model.now += Duration::from_secs(*seconds),
            Step::Prune => self.prune(model).await,
        }
    }

    async fn compare(&self, model: &Model) {
        let wanted: Vec<_> = (0..AGENTS).flat_map(|n| [(agent(n), true), (agent(n), false)]).collect();
        for limit in [2, 100] {
            let loaded = self.store.load_push_messages(&wanted, limit, model.now).await.unwrap();
            let expected = wanted.iter().map(|(name, at_hello)| model.load(*name, *at_hello, limit as usize));
            assert_eq!(loaded, expected.collect::<Vec<_>>());
        }
        let everybody: Vec<_> = (0..AGENTS).map(agent).collect();
        let nodes: BTreeSet<_> = self.store.push_nodes(&everybody).await.unwrap().into_iter().collect();
        let connected = model.agents.iter().filter(|(_, session)| session.is_some()).map(|(name, _)| (*name, NODE));
        assert_eq!(nodes, connected.collect());
    }

    async fn play(&self, steps: &[Step]) {
        let mut model =
            Model { now: NOW, sessions: 0, agents: BTreeMap::new(), channels: BTreeSet::new(), waiting: Vec::new() };
        // Of another play, which may have ended in the middle.
        for n in 0..AGENTS {
            self.store.reset_push_agent(agent(n)).await.unwrap();
            self.register_one(&mut model, n, 0).await;
        }
        for step in steps {
            self.step(&mut model, step).await;
            self.compare(&model).await;
        }
    }
}

fn posts() -> impl Strategy<Value = Step> {
    let topic = prop::sample::select(vec![None, None, Some("a"), Some("b")]);
    let urgency = prop::sample::select(vec![Urgency::VeryLow, Urgency::Low, Urgency::Normal, Urgency::High]);
    let ttl = prop::sample::select(vec![0, 10, 10, 100, 100, 100]);
    let post = (0..AGENTS, 0..2_u32, topic, urgency, 0..30_usize, ttl)
        .prop_map(|(agent, channel, topic, urgency, length, ttl)| Post { agent, channel, topic, urgency, length, ttl });
    prop::collection::vec(post, 1..7).prop_map(Step::Post)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => posts(),
        2 => (0..AGENTS, 0..4_u32).prop_map(|(n, c)| Step::Register(n, c)),
        1 => (0..AGENTS, 0..3_u32).prop_map(|(n, c)| Step::Unregister(n, c)),
        2 => prop::collection::vec(0..AGENTS, 1..5).prop_map(Step::Greet),
        2 => (0..AGENTS).prop_map(Step::Leave),
        4 => prop::collection::vec(any::<prop::sample::Index>(), 1..5).prop_map(Step::Acknowledge),
        1 => any::<prop::sample::Index>().prop_map(Step::TakeBack),
        1 => (0..AGENTS).prop_map(Step::Reset),
        2 => prop::sample::select(vec![1, 5, 10, 50]).prop_map(Step::Pass),
        1 => Just(Step::Prune),
    ]
}

#[test]
fn what_waits_is_what_the_model_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let office = runtime.block_on(Office::new());
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let played = TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |steps| {
        runtime.block_on(office.play(&steps));
        Ok(())
    });
    played.unwrap();
}
