//! What the measurements of the pipeline share: an installation with a database and queues of its own, and its parts as processes.

mod child;
mod memory;
mod plan;
mod profile;
mod usage;

use std::{ffi::OsString, future::Future, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use munadi_broker::{Broker, Queue};
use munadi_deliver::topic::TopicKey;
use munadi_domain::{
    area::Area,
    content::{DraftContent, LanguageVersion},
    id::NoticeId,
    message::Lane,
    topic::Topic,
    vocabulary::{Category, Certainty, Severity, Status, Urgency},
};
use munadi_services::{clock::Clock, notices::NoticeRecord};
use munadi_store::figures::BroadcastFigures;
use munadi_testkit::{NoticeWorld, people};
use sqlx::PgPool;
use url::Url;

use crate::part::{self, Address, Report, Worker};

pub(crate) use self::{
    child::Child,
    memory::Memory,
    plan::print_plans,
    profile::Profiler,
    usage::{Stopwatch, Usage, Watch, Who, peak_memory},
};

/// How often something that is waited for is looked at. A figure is as exact as that.
const LOOK: Duration = Duration::from_millis(10);
/// After how long a measurement is given up.
const PATIENCE: Duration = Duration::from_mins(20);

/// An installation.
pub(crate) struct Rig {
    pub(crate) town: NoticeWorld,
    pub(crate) pool: PgPool,
    broker: Broker,
    prefix: String,
    amqp: String,
}

/// A push service in a process of its own.
pub(crate) struct Sink {
    pub(crate) child: Child,
    pub(crate) address: Address,
    pub(crate) root_file: PathBuf,
}

/// A notice that went out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Published {
    pub(crate) notice: NoticeId,
    /// When its publishing was asked for, in seconds since 1970.
    pub(crate) asked: f64,
    /// How long that took, in seconds.
    pub(crate) took: f64,
}

impl Rig {
    async fn new() -> Result<Self> {
        let amqp = std::env::var("AMQP_URL").context("AMQP_URL names no RabbitMQ (see --help)")?;
        ensure!(std::env::var_os("DATABASE_URL").is_some(), "DATABASE_URL names no PostgreSQL (see --help)");
        let prefix = format!("bench{}-{}.", std::process::id(), Clock::system().unix_ms());
        let broker = part::broker(&amqp, &prefix)?;
        broker.declare_topology().await?;
        let town = NoticeWorld::new().await;
        let pool = town.world.database.pool().await;
        Ok(Self { town, pool, broker, prefix, amqp })
    }

    /// Measures with an installation of its own, and leaves nothing behind, also when it is interrupted.
    pub(crate) async fn with(measure: impl AsyncFnOnce(&Self) -> Result<()>) -> Result<()> {
        let rig = Self::new().await?;
        rig.print_servers().await?;
        let done = tokio::select! {
            done = measure(&rig) => done,
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        };
        let cleaned = rig.broker.remove_topology().await;
        done?;
        Ok(cleaned?)
    }

    async fn print_servers(&self) -> Result<()> {
        let settings: String = sqlx::query_scalar(
            "select format('PostgreSQL %s, fsync %s, synchronous_commit %s, shared_buffers %s', current_setting('server_version'),
                current_setting('fsync'), current_setting('synchronous_commit'), current_setting('shared_buffers'))",
        )
        .fetch_one(&self.pool)
        .await?;
        println!("with {settings}");
        if settings.contains("fsync off") {
            println!("  CAREFUL: this server does not wait for its disk. Figures to be published need fsync on.");
        }
        Ok(())
    }

    /// The workers, in one process. They answer when they have connected.
    pub(crate) async fn work(&self, workers: &[Worker], trust: Option<&Sink>) -> Result<Child> {
        let names: Vec<&str> = workers.iter().map(|worker| worker.as_str()).collect();
        let mut arguments: Vec<OsString> = ["workers", "--only", &names.join(",")].map(OsString::from).into();
        arguments.extend(["--keys".into(), self.town.world.keys_folder().into()]);
        if let Some(sink) = trust {
            arguments.extend(["--trust".into(), sink.root_file.clone().into()]);
        }
        let child = self.part(arguments, &[]).await?;
        self.until(async || self.is_consumed(workers).await).await?;
        Ok(child)
    }

    /// Where everything is, as the executable's settings.
    pub(crate) fn settings(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("DATABASE_URL", self.town.world.database.url().into()),
            ("AMQP_URL", OsString::from(&self.amqp)),
            ("MUNADI_BROKER_PREFIX", OsString::from(&self.prefix)),
            ("MUNADI_KEYS_FOLDER", self.town.world.keys_folder().into()),
            ("MUNADI_IDENTITY_ISSUER", munadi_testkit::ISSUER.into()),
        ]
    }

    /// A child process that knows where everything is, and is ready.
    pub(crate) async fn part(&self, mut arguments: Vec<OsString>, environment: &[(&str, OsString)]) -> Result<Child> {
        if arguments.first().is_some_and(|name| name != "web-push") {
            arguments.extend(["--prefix".into(), OsString::from(&self.prefix)]);
        }
        let mut all: Vec<(&str, OsString)> =
            vec![("DATABASE_URL", self.town.world.database.url().into()), ("AMQP_URL", OsString::from(&self.amqp))];
        all.extend(environment.iter().cloned());
        let mut child = Child::start(&arguments, &all)?;
        child.listen::<String>().await?;
        Ok(child)
    }

    async fn is_consumed(&self, workers: &[Worker]) -> Result<bool> {
        let states = self.broker.inspect().await?;
        let waited_for = |queue| match queue {
            Queue::FanOut(_) => workers.contains(&Worker::Fanout),
            Queue::Deliver(_) => workers.contains(&Worker::Deliver),
            Queue::Rest(..) | Queue::Dead => false,
        };
        let consumed = |load: Option<munadi_broker::Load>| load.is_some_and(|load| load.consumers > 0);
        Ok(states.iter().filter(|state| waited_for(state.queue)).all(|state| consumed(state.load)))
    }

    /// How many messages wait in a queue.
    pub(crate) async fn waiting_in(&self, queue: Queue) -> Result<u32> {
        let states = self.broker.inspect().await?;
        let load = states.iter().find(|state| state.queue == queue).and_then(|state| state.load);
        Ok(load.context("a queue is missing")?.messages)
    }

    pub(crate) async fn sink(&self) -> Result<Sink> {
        let mut child = Child::start(&["sink".into()], &[])?;
        let address: Address = child.listen().await?;
        let root_file = self.town.world.keys_folder().join("push-sink.pem");
        std::fs::write(&root_file, &address.root_pem)?;
        Ok(Sink { child, address, root_file })
    }

    /// A notice that waits to be published.
    pub(crate) async fn approved(&self, content: &DraftContent) -> NoticeRecord {
        self.set_clock();
        let town = &self.town;
        town.approve(&town.submit(&town.draft_of(content).await).await).await
    }

    /// Publishes it by the ordinary use case.
    pub(crate) async fn publish(&self, approved: &NoticeRecord) -> Published {
        self.set_clock();
        let asked = part::unix_seconds();
        self.town.publish(approved).await;
        Published { notice: people::id(approved), asked, took: part::unix_seconds() - asked }
    }

    /// The town's clock stands still between two acts.
    fn set_clock(&self) {
        let clock = &self.town.world.clock;
        clock.advance(Clock::system().now() - clock.now());
    }

    pub(crate) async fn figures(&self, notice: NoticeId) -> Result<BroadcastFigures> {
        let figures = self.town.world.core.store.broadcast_figures(notice).await?;
        figures.context("the notice was not published")
    }

    /// Waits until the last batch is in RabbitMQ.
    pub(crate) async fn until_queued(&self, notice: NoticeId) -> Result<()> {
        let queued = "select exists (select from broadcast where notice_id = $1 and queued_at is not null)
            and not exists (select from outbox)";
        self.until(async || Ok(sqlx::query_scalar(queued).bind(notice.to_string()).fetch_one(&self.pool).await?)).await
    }

    /// Waits until the last answer is counted.
    pub(crate) async fn until_finished(&self, notice: NoticeId) -> Result<()> {
        let finished = "select exists (select from broadcast where notice_id = $1 and finished_at is not null)";
        self.until(async || Ok(sqlx::query_scalar(finished).bind(notice.to_string()).fetch_one(&self.pool).await?))
            .await
    }

    /// Waits until it is so.
    pub(crate) async fn until(&self, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
        within(PATIENCE, async {
            while !is_so().await? {
                tokio::time::sleep(LOOK).await;
            }
            Ok(())
        })
        .await
    }

    /// The name under which the push service sees a notice.
    pub(crate) fn topic(&self, notice: NoticeId) -> String {
        TopicKey::from_key(self.town.world.signers.topic().clone()).topic(notice).as_str().to_owned()
    }

    /// Whoever works for every measurement: the servers and this program.
    pub(crate) fn watch(&self) -> Watch {
        let mut watch = Watch::default();
        let port = |url: &str, usual| Url::parse(url).ok().and_then(|url| url.port()).unwrap_or(usual);
        watch.add_listener("PostgreSQL", port(self.town.world.database.url(), 5432), true);
        watch.add_listener("RabbitMQ", port(&self.amqp, 5672), false);
        watch.add("this program, which watches", Who::Process(std::process::id()));
        watch
    }

    /// A notice to the whole country.
    pub(crate) fn routine(&self) -> DraftContent {
        let states = self.town.world.core.places.states().map(|(code, _)| code).collect();
        content(Area { states, description: "भारत".to_owned(), ..Area::default() }, Lane::Routine)
    }
}

impl Sink {
    /// How much was counted, without the cost of a report.
    pub(crate) async fn accepted(&mut self) -> Result<u64> {
        let totals: Report = self.child.ask("totals").await?;
        ensure!(totals.faults == 0, "the push service refused {} messages", totals.faults);
        Ok(totals.accepted)
    }

    pub(crate) async fn report(&mut self) -> Result<Report> {
        let report: Report = self.child.ask("report").await?;
        if let Some(fault) = &report.first_fault {
            bail!("the push service refused {} messages: {fault}", report.faults);
        }
        ensure!(report.doubles == 0, "{} messages came twice", report.doubles);
        Ok(report)
    }
}

async fn within<T>(patience: Duration, something: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(patience, something).await.context("it takes too long")?
}

/// A notice for some hours.
pub(crate) fn content(area: Area, lane: Lane) -> DraftContent {
    let version = |tag: &str, headline: &str, body: &str| -> Option<LanguageVersion> {
        let (headline, body) = (headline.to_owned(), body.to_owned());
        Some(LanguageVersion { lang: tag.parse().ok()?, headline, body, instruction: String::new() })
    };
    let languages = [
        version("hi", "नदी का जलस्तर बढ़ रहा है", "नदी के किनारे के गाँवों के लोग ऊँचे स्थानों पर जाने के लिए तैयार रहें।"),
        version(
            "en-IN",
            "The river is rising",
            "People in villages along the river should be ready to move to higher ground.",
        ),
    ];
    let (severity, urgency) = match lane {
        Lane::Emergency => (Severity::Severe, Urgency::Immediate),
        Lane::Routine => (Severity::Minor, Urgency::Future),
    };
    DraftContent {
        status: Some(Status::Actual),
        category: Some(Category::Met),
        severity: Some(severity),
        urgency: Some(urgency),
        certainty: Some(Certainty::Observed),
        topic: Some(Topic::Flood),
        area,
        expires: Some(Clock::system().now() + time::Duration::hours(6)),
        languages: languages.into_iter().flatten().collect(),
        ..DraftContent::default()
    }
}

/// A count as the floating-point number that rates are computed from.
pub(crate) fn float(count: u64) -> f64 {
    // Exact up to 2^32 and beyond: the two halves are, and no measurement counts further.
    let (high, low) =
        (u32::try_from(count >> 32).unwrap_or(u32::MAX), u32::try_from(count & 0xffff_ffff).unwrap_or(u32::MAX));
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// With commas between the thousands.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    parts.join(",")
}

/// In megabytes.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    float(bytes) / 1e6
}

/// Prints a figure beside what it should be.
pub(crate) fn print_target(name: &str, figure: &str, target: &str, reached: bool) {
    let verdict = if reached { "reached" } else { "MISSED" };
    println!("  {name:<44} {figure:>14}   target {target}: {verdict}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 7, 5_000_000_000].map(|count| format!("{}", float(count))), ["0", "7", "5000000000"]);
    }
}
