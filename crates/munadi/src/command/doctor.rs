//! `munadi doctor`: what is wrong with this installation, and what to do about it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::Result;
use munadi_broker::{Broker, QueueState};
use munadi_domain::id::DepartmentId;
use munadi_services::clock::Clock;
use munadi_store::{Store, health::OLDEST_SERVER};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{config::Config, output::Output};

/// How long a service may take to answer before it counts as not there.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far the clocks of this machine and of the database may be apart.
const SKEW: time::Duration = time::Duration::seconds(2);
/// So many messages in a queue are a sign that its workers do not keep up.
const MANY_MESSAGES: u32 = 10_000;

/// So long before its end a department's key should have a successor.
const NEAR_THE_END: time::Duration = time::Duration::days(60);

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Good,
    Warning,
    Bad,
}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    grade: Grade,
    words: String,
}

impl Finding {
    fn good(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, grade: Grade::Good, words: words.into() }
    }

    fn warning(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, grade: Grade::Warning, words: words.into() }
    }

    fn bad(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, grade: Grade::Bad, words: words.into() }
    }

    fn line(&self) -> String {
        let mark = match self.grade {
            Grade::Good => "ok     ",
            Grade::Warning => "look   ",
            Grade::Bad => "WRONG  ",
        };
        format!("{mark} {:10} {}", self.what, self.words)
    }

    fn to_json(&self) -> Value {
        let grade = match self.grade {
            Grade::Good => "ok",
            Grade::Warning => "warning",
            Grade::Bad => "bad",
        };
        json!({ "what": self.what, "grade": grade, "words": self.words })
    }
}

/// Looks at everything and tells; `false` if something is wrong.
pub(crate) async fn run(config: &Config, broker: &Broker, clock: &Clock, quick: bool, output: Output) -> Result<bool> {
    let mut findings = database(config, clock).await;
    if !quick {
        findings.extend(queues(broker, config).await);
        findings.extend(keys(&config.keys.folder, config));
        findings.extend(settings(config));
    }
    let well = findings.iter().all(|finding| finding.grade != Grade::Bad);
    let lines: Vec<String> = findings.iter().map(Finding::line).collect();
    let verdict = if well { "Nothing is wrong." } else { "Something is wrong: see the lines that say WRONG." };
    let words = format!("{}\n\n{verdict}", lines.join("\n"));
    output.result(
        &words,
        &json!({ "well": well, "findings": findings.iter().map(Finding::to_json).collect::<Vec<_>>() }),
    );
    Ok(well)
}

async fn database(config: &Config, clock: &Clock) -> Vec<Finding> {
    const WHAT: &str = "database";
    let url = &config.database.url;
    let connected = tokio::time::timeout(PATIENCE, Store::connect(url.expose(), 2)).await;
    let store = match connected {
        Ok(Ok(store)) => store,
        Ok(Err(error)) => return vec![Finding::bad(WHAT, format!("{url}: {}", chain(&error)))],
        Err(_) => return vec![Finding::bad(WHAT, format!("{url} does not answer: is PostgreSQL running there?"))],
    };
    match store.server_state().await {
        Ok(state) => {
            let mut findings =
                vec![version(&state), skew(&state, clock), migrations(&store).await, outbox(&store, clock).await];
            findings.extend(crowd(&state));
            findings.extend(department_keys(&store, clock).await);
            findings
        }
        Err(error) => vec![Finding::bad(WHAT, chain(&error))],
    }
}

fn version(state: &munadi_store::health::ServerState) -> Finding {
    let name = &state.version_name;
    if state.version < OLDEST_SERVER {
        Finding::bad("database", format!("PostgreSQL {name} is too old: version 15 or later is needed"))
    } else if state.read_only {
        Finding::bad("database", "it is a standby and takes no changes: name the primary in [database] url")
    } else {
        Finding::good("database", format!("PostgreSQL {name}"))
    }
}

fn skew(state: &munadi_store::health::ServerState, clock: &Clock) -> Finding {
    let apart = (clock.now() - state.now).abs();
    if apart > SKEW {
        let words = format!(
            "this machine and the database are {apart} apart: signatures and expiry need a clock that is right (NTP)"
        );
        Finding::bad("clock", words)
    } else {
        Finding::good("clock", "agrees with the database's")
    }
}

fn crowd(state: &munadi_store::health::ServerState) -> Option<Finding> {
    let allowed = i64::from(state.connections_allowed);
    (state.connections * 10 > allowed * 9).then(|| {
        let words = format!(
            "{} of {allowed} connections are in use: lower [database] connections or raise max_connections",
            state.connections
        );
        Finding::warning("database", words)
    })
}

async fn migrations(store: &Store) -> Finding {
    match store.migrations_missing().await {
        Ok(0) => Finding::good("schema", "up to date"),
        Ok(missing) => Finding::bad("schema", format!("{missing} migrations are missing: run munadi migrate")),
        Err(error) => Finding::bad("schema", chain(&error)),
    }
}

/// The newest key of each department that no longer signs, or soon will not.
async fn department_keys(store: &Store, clock: &Clock) -> Vec<Finding> {
    let keys = match store.department_keys().await {
        Ok(keys) => keys,
        Err(error) => return vec![Finding::warning("keys", chain(&error))],
    };
    let mut last: BTreeMap<DepartmentId, OffsetDateTime> = BTreeMap::new();
    for key in keys {
        let end = last.entry(key.department).or_insert(key.expires_at);
        *end = key.expires_at.max(*end);
    }
    let words = |department, end: OffsetDateTime| {
        format!("the key of {department} signs until {}: its admin runs munadi keys rotate", end.date())
    };
    let now = clock.now();
    last.into_iter()
        .filter(|(_, end)| *end - now < NEAR_THE_END)
        .map(|(department, end)| {
            let tell = if end > now { Finding::warning } else { Finding::bad };
            tell("keys", words(department, end))
        })
        .collect()
}

async fn outbox(store: &Store, clock: &Clock) -> Finding {
    match store.outbox_depth().await {
        Ok(depth) => match depth.oldest.map(|oldest| clock.now() - oldest) {
            Some(age) if age > time::Duration::seconds(30) => {
                let words = format!("{} messages wait, the oldest since {age}: is the relay running?", depth.letters);
                Finding::bad("outbox", words)
            }
            _ => Finding::good("outbox", format!("{} messages wait", depth.letters)),
        },
        Err(error) => Finding::warning("outbox", chain(&error)),
    }
}

async fn queues(broker: &Broker, config: &Config) -> Vec<Finding> {
    const WHAT: &str = "broker";
    match tokio::time::timeout(PATIENCE, broker.inspect()).await {
        Ok(Ok(states)) => states.iter().map(queue).collect(),
        Ok(Err(error)) => {
            let words = format!("{}: is RabbitMQ running there? {}", config.broker.url, chain(&error));
            vec![Finding::bad(WHAT, words)]
        }
        Err(_) => {
            vec![Finding::bad(WHAT, format!("{} does not answer: is RabbitMQ running there?", config.broker.url))]
        }
    }
}

fn queue(state: &QueueState) -> Finding {
    let name = &state.name;
    let Some(load) = state.load else {
        return Finding::warning("queue", format!("{name} does not exist yet: it is made when Munadi starts"));
    };
    let words = format!("{name}: {} messages, {} consumers", load.messages, load.consumers);
    if load.messages > MANY_MESSAGES {
        Finding::warning("queue", format!("{words}: its workers do not keep up"))
    } else {
        Finding::good("queue", words)
    }
}

/// Keys must be there, and nobody else may read them.
fn keys(folder: &Path, config: &Config) -> Vec<Finding> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        let words = format!("{} cannot be read: run munadi keys init", folder.display());
        return vec![if config.keys.create_missing {
            Finding::warning("keys", words)
        } else {
            Finding::bad("keys", words)
        }];
    };
    let open = entries.flatten().filter(|entry| is_open(&entry.path())).map(|entry| entry.path());
    let mut findings: Vec<Finding> = open
        .map(|path| Finding::bad("keys", format!("{} can be read by others: chmod 600 it", path.display())))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::good("keys", format!("{}: for this user alone", folder.display())));
    }
    findings
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

/// Settings that are right for a trial and wrong for real.
fn settings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |is: bool, words: &str| {
        if is {
            findings.push(Finding::warning("settings", words));
        }
    };
    look(
        config.push.allow_loopback,
        "[push] allow_loopback is on: whoever subscribes can make the server call its own machine",
    );
    look(config.keys.create_missing, "[keys] create_missing is on: turn it off once the installation is real");
    look(config.keys.root_online, "[keys] root_online is on: keep the root key offline once the installation is real");
    look(
        config.http.public_url.scheme() == "http",
        "[http] public_url has no TLS: put a reverse proxy with TLS in front",
    );
    look(
        config.push_service.public_url.scheme() == "http",
        "[push_service] public_url has no TLS: nobody can subscribe with our own push service, see docs/push-service.md",
    );
    look(config.push.contact.ends_with(".invalid"), "[push] contact is not set: push services cannot write to you");
    findings
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}
