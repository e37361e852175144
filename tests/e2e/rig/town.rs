//! A whole installation: a department at work, its citizens with their push service, and processes of the executable.

use munadi_domain::{content::DraftContent, id::NoticeId, notice::Intent};
use munadi_push_sink::{Behavior, Capture, Reason, Sink, SinkConfig};
use munadi_services::notices::NoticeRecord;
use munadi_testkit::{
    AUDIENCE, ISSUER, NoticeWorld, TestOfficer, World, WorldOptions, database, database_on,
    people::{id, revision},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    api::Api,
    citizens::Citizens,
    eventually, free_port,
    process::{Munadi, Settings},
    queues::Queues,
};

/// A place in the area of [`Town::flood`].
pub(crate) const HERE: i32 = 110_001;
/// A place far from there.
pub(crate) const ELSEWHERE: i32 = 302_001;

/// An installation. What its processes share is its database, its queues and its folder of keys.
pub(crate) struct Town {
    /// The department, on the same database and with the same keys as the processes.
    pub(crate) people: NoticeWorld,
    pub(crate) citizens: Citizens,
    /// The citizens' push service.
    pub(crate) sink: Sink,
    pub(crate) settings: Settings,
    pub(crate) folder: TempDir,
    _queues: Queues,
}

/// Servers that a town may have of its own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Services<'a> {
    pub(crate) postgres: Option<&'a str>,
    pub(crate) rabbitmq: Option<&'a str>,
}

impl Town {
    /// A town whose push service takes everything.
    pub(crate) async fn new() -> Self {
        Self::with(|_| Behavior::Accept).await
    }

    /// A town whose push service behaves as told, by the number of the citizen.
    pub(crate) async fn with(behavior: impl Fn(u64) -> Behavior + Send + Sync + 'static) -> Self {
        Self::on(Services::default(), behavior).await
    }

    /// A town on these servers.
    pub(crate) async fn on(services: Services<'_>, behavior: impl Fn(u64) -> Behavior + Send + Sync + 'static) -> Self {
        let database = match services.postgres {
            Some(url) => database_on(url).await,
            None => database().await,
        };
        let people = NoticeWorld::in_world(World::on(database, WorldOptions::default()).await).await;
        let folder = tempfile::tempdir().unwrap();
        let config = SinkConfig { capture: Capture::All, ..SinkConfig::default() };
        let sink = Sink::start(config.behave(behavior)).await.unwrap();
        let root = folder.path().join("push-root.pem");
        std::fs::write(&root, sink.root_certificate_pem().unwrap()).unwrap();
        let queues = services.rabbitmq.map_or_else(Queues::shared, Queues::on);
        let settings = queues
            .settings()
            .with("DATABASE_URL", people.world.database.url())
            .with("MUNADI_DATABASE_CONNECTIONS", 10)
            .with("MUNADI_HTTP_PUBLIC_URL", AUDIENCE)
            .with("MUNADI_PUSH_SERVICE_LISTEN", "127.0.0.1:0")
            .with("MUNADI_IDENTITY_ISSUER", ISSUER)
            .with("MUNADI_KEYS_FOLDER", people.world.keys_folder().display())
            .with("MUNADI_KEYS_CREATE_MISSING", false)
            .with("MUNADI_PUSH_ALLOW_LOOPBACK", true)
            .with("MUNADI_PUSH_OWN_HOSTS", "localhost")
            .with("MUNADI_PUSH_EXTRA_ROOT", root.display());
        Self { people, citizens: Citizens::default(), sink, settings, folder, _queues: queues }
    }

    /// So many more citizens at a place; gives their numbers.
    pub(crate) async fn settle(&mut self, pin: i32, count: usize) -> Vec<i64> {
        self.citizens.settle(&self.people.world.database, &self.sink, pin, count, 1).await
    }

    /// A worker of its own.
    pub(crate) fn work(&self, name: &str) -> Munadi {
        self.settings.start(self.folder.path(), &["work", name])
    }

    /// A server with the API, on a port of its own.
    pub(crate) async fn serve(&self, parts: &str) -> Server {
        self.serve_with(&self.settings, parts).await
    }

    /// A server with other settings.
    pub(crate) async fn serve_with(&self, settings: &Settings, parts: &str) -> Server {
        self.serve_at(free_port(), settings, parts).await
    }

    /// A server on a port that is known, such as that of one that was killed.
    pub(crate) async fn serve_at(&self, port: u16, settings: &Settings, parts: &str) -> Server {
        let settings = settings.with("MUNADI_HTTP_LISTEN", format!("127.0.0.1:{port}"));
        let args: &[&str] = if parts.is_empty() { &["serve"] } else { &["serve", "--only", parts] };
        let process = settings.start(self.folder.path(), args);
        let server = Server { process, port, api: Api::new(port) };
        server.ready().await;
        server
    }

    /// The API as an officer.
    pub(crate) async fn officer(&self, api: &Api, officer: &TestOfficer) -> Api {
        let signed_in = self.people.world.sign_in.start_session(officer.officer.id).await.unwrap();
        api.with_token(signed_in.access.secret.expose())
    }

    /// An emergency for [`HERE`].
    pub(crate) fn flood(&self) -> DraftContent {
        self.people.content()
    }

    /// A notice that waits to be published.
    pub(crate) async fn approved(&self, content: &DraftContent) -> NoticeRecord {
        let draft = self.people.draft_of(content).await;
        self.people.approve(&self.people.submit(&draft).await).await
    }

    /// A notice that follows another, with other words, and waits to be published.
    pub(crate) async fn follower(
        &self,
        original: NoticeId,
        intent: Intent,
        edit: impl FnOnce(&mut DraftContent),
    ) -> NoticeRecord {
        let people = &self.people;
        let draft = people.follow(&people.show(original).await, intent).await;
        let mut content = draft.content.clone();
        edit(&mut content);
        let changed = content != draft.content;
        let draft = if changed {
            let by = people.author.drafter();
            people.notices.edit(&by, id(&draft), revision(&draft), &content).await.expect("a drafter may edit")
        } else {
            draft
        };
        let submitted = people.submit(&draft).await;
        if intent == Intent::Cancel { submitted } else { people.approve(&submitted).await }
    }

    /// Publishes by REST.
    pub(crate) async fn publish(&self, server: &Server, approved: &NoticeRecord) -> NoticeId {
        let publisher = self.officer(&server.api, &self.people.publisher).await;
        let path = format!("/v1/notices/{}/publish", id(approved));
        let status = approved.content.status.unwrap().as_str();
        let answer = publisher.change(&path, revision(approved), &json!({ "confirm_status": status })).await;
        assert_eq!(answer.json(200)["state"], "published");
        id(approved)
    }

    /// A flood warning, published by REST.
    pub(crate) async fn warn(&self, server: &Server) -> NoticeId {
        self.publish(server, &self.approved(&self.flood()).await).await
    }

    /// The figures of the delivery, by REST.
    pub(crate) async fn figures(&self, server: &Server, notice: NoticeId) -> Value {
        let reader = self.officer(&server.api, &self.people.author).await;
        reader.get(&format!("/v1/notices/{notice}/delivery")).await.json(200)
    }

    /// The figures, when they satisfy.
    pub(crate) async fn figures_when(
        &self,
        server: &Server,
        notice: NoticeId,
        satisfies: impl Fn(&Value) -> bool,
    ) -> Value {
        let reader = self.officer(&server.api, &self.people.author).await;
        let path = format!("/v1/notices/{notice}/delivery");
        eventually("the delivery's figures", async || {
            let figures = reader.get(&path).await.json(200);
            satisfies(&figures).then_some(figures)
        })
        .await
    }

    /// The figures at the end of the broadcast.
    pub(crate) async fn finished(&self, server: &Server, notice: NoticeId) -> Value {
        self.figures_when(server, notice, |figures| figures["finished_at"].is_string()).await
    }

    /// Nothing was lost, counted twice or shown twice: everybody got the notice, the figures say so, and each phone shows it once.
    pub(crate) async fn check_everybody_has_it(&self, server: &Server, notice: NoticeId, citizens: &[i64]) {
        let figures = self.finished(server, notice).await;
        assert_eq!(counts(&figures), [("audience", citizens.len()), ("sent", citizens.len())], "{figures}");
        assert_eq!(figures["batches"], figures["batches_done"], "{figures}");
        self.check_phones(notice, citizens);
        // A message may have been cut in two by a kill; everything else is as the standards want it.
        let faults = self.sink.counts().faults;
        assert!(faults.iter().all(|fault| fault.reason == Reason::Unreadable), "{faults:?}");
        let left = "select count(*) from outbox";
        eventually("the outbox to be empty", async || (self.count(left).await == 0).then_some(())).await;
        let summaries = "select count(*) from audit_event where action = 'delivery.summary'";
        let broadcasts = "select count(*) from broadcast where finished_at is not null";
        assert_eq!(self.count(summaries).await, self.count(broadcasts).await);
    }

    /// The notice is on the phones of these and of nobody else, and on each of them once.
    pub(crate) fn check_phones(&self, notice: NoticeId, citizens: &[i64]) {
        let shown = self.citizens.shown(&self.sink).remove(&notice.to_string()).unwrap_or_default();
        assert_eq!(shown.keys().copied().collect::<Vec<_>>(), citizens);
        let twice: Vec<_> = shown.iter().filter(|(_, places)| places.len() != 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    /// The answer of a query that counts.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.people.world.database.pool().await).await.unwrap()
    }
}

/// The numbers that are not zero.
pub(crate) fn counts(figures: &Value) -> Vec<(&'static str, usize)> {
    let names = ["audience", "pending", "sent", "gone", "waiting", "failed", "expired", "left"];
    let number = |name: &str| usize::try_from(figures[name].as_u64().unwrap()).unwrap();
    names.into_iter().map(|name| (name, number(name))).filter(|(_, number)| *number > 0).collect()
}

/// A process with the API.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) process: Munadi,
    pub(crate) port: u16,
    pub(crate) api: Api,
}

impl Server {
    /// Waits until everything is there that it needs.
    pub(crate) async fn ready(&self) {
        eventually("the server to be ready", async || {
            let answer = self.api.try_send("GET", "/readyz", &[], b"").await?;
            let said: Value = serde_json::from_slice(&answer.body).ok()?;
            let parts = said["parts"].as_array()?;
            parts.iter().all(|part| part["state"] == "ok").then_some(())
        })
        .await;
    }
}
