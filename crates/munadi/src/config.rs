//! The settings: a commented default file compiled in, a file of the operator's, and the environment, in this order. What does not
//! make sense stops the start with a sentence that says what to do.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use munadi_domain::subscription::{Foreign, PushPolicy};
use munadi_services::limits::LimitsConfig;
use serde::Deserialize;
use url::Url;

/// The default file, with its comments.
pub(crate) const DEFAULT: &str = include_str!("../default.toml");
const SECTIONS: [&str; 10] =
    ["database", "broker", "http", "identity", "keys", "push", "push_service", "transparency_log", "limits", "log"];
const PREFIX: &str = "MUNADI_";

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) database: Database,
    pub(crate) broker: Broker,
    pub(crate) http: Http,
    pub(crate) identity: Identity,
    pub(crate) keys: Keys,
    pub(crate) push: Push,
    pub(crate) push_service: PushService,
    pub(crate) transparency_log: TransparencyLog,
    pub(crate) limits: LimitsConfig,
    pub(crate) log: Log,
}

/// An address that may hold a password: it is shown without.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretUrl(Url);

impl SecretUrl {
    /// With its password.
    pub(crate) fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        if shown.password().is_some() {
            // Only addresses that cannot have a password refuse one.
            let _ = shown.set_password(Some("***"));
        }
        write!(f, "{shown}")
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: SecretUrl,
    pub(crate) connections: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Broker {
    pub(crate) url: SecretUrl,
    pub(crate) prefix: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Url,
    pub(crate) trusted_proxies: usize,
    pub(crate) metrics_open: bool,
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
    pub(crate) streams: usize,
    pub(crate) streams_per_address: usize,
    pub(crate) security_contact: String,
    pub(crate) consent_text_version: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    pub(crate) issuer: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    pub(crate) folder: PathBuf,
    pub(crate) create_missing: bool,
    pub(crate) root_online: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Push {
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) foreign: Foreign,
    pub(crate) own_hosts: Vec<String>,
    pub(crate) contact: String,
    pub(crate) allow_loopback: bool,
    pub(crate) extra_root: PathBuf,
    pub(crate) per_origin: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushService {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Url,
    pub(crate) connections: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) senders: usize,
    pub(crate) waiting_messages: u32,
    pub(crate) waiting_kib: u64,
    pub(crate) waiting_mib: u64,
    pub(crate) forget_after_days: u16,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransparencyLog {
    pub(crate) origin: String,
    pub(crate) keep_file: PathBuf,
    pub(crate) interval_ms: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: Format,
    pub(crate) filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    Text,
    Json,
}

impl Config {
    /// Reads the settings. `environment` is the process's, or a test's.
    pub(crate) fn load(file: Option<&Path>, environment: &[(String, String)]) -> Result<Self> {
        let mut settings: toml::Table = DEFAULT.parse().context("the default settings cannot be read")?;
        if let Some(path) = file {
            let name = path.display();
            let text =
                std::fs::read_to_string(path).with_context(|| format!("the settings file {name} cannot be read"))?;
            let own: toml::Table = text.parse().with_context(|| format!("the settings file {name} is not TOML"))?;
            merge(&mut settings, own, &name.to_string())?;
        }
        for (name, value) in environment {
            override_with(&mut settings, name, value)?;
        }
        let config: Self = settings.try_into().context("a setting has a value that makes no sense")?;
        config.check()?;
        Ok(config)
    }

    /// Which push services are our own: the one that is part of Munadi, unless it can only be reached on this machine, and others.
    pub(crate) fn push_policy(&self) -> PushPolicy {
        let mut own_hosts = self.push.own_hosts.clone();
        let service = &self.push_service.public_url;
        let is_reachable = service.scheme() == "https" || self.push.allow_loopback;
        if let Some(host) = service.host_str().filter(|host| is_reachable && !own_hosts.iter().any(|own| own == host)) {
            own_hosts.push(host.to_owned());
        }
        PushPolicy { own_hosts, foreign: self.push.foreign }
    }

    /// The name of the public log.
    pub(crate) fn log_origin(&self) -> &str {
        let origin = self.transparency_log.origin.as_str();
        if origin.is_empty() { &self.identity.issuer } else { origin }
    }

    /// The file of the public log's last checkpoint.
    pub(crate) fn keep_file(&self) -> PathBuf {
        let file = &self.transparency_log.keep_file;
        if file.as_os_str().is_empty() { self.keys.folder.join("log.checkpoint") } else { file.clone() }
    }

    /// What each single value cannot say.
    fn check(&self) -> Result<()> {
        if !(2..=500).contains(&self.database.connections) {
            bail!("[database] connections is {}: choose 2 to 500", self.database.connections);
        }
        if !self.database.url.expose().starts_with("postgres") {
            bail!("[database] url is {}: it must start with postgres://", self.database.url);
        }
        if !self.broker.url.expose().starts_with("amqp") {
            bail!("[broker] url is {}: it must start with amqp:// or amqps://", self.broker.url);
        }
        if !self.http.public_url.has_host() || !matches!(self.http.public_url.scheme(), "http" | "https") {
            bail!("[http] public_url is {}: it must be an http or https address", self.http.public_url);
        }
        if !(1..=1_000_000).contains(&self.http.connections) {
            bail!("[http] connections is {}: choose 1 to 1000000", self.http.connections);
        }
        let waiting = &self.push_service;
        if waiting.connections == 0 || waiting.connections_per_address == 0 || waiting.senders == 0 {
            bail!("[push_service] connections, connections_per_address and senders must be 1 or more");
        }
        if !(1..=10_000).contains(&waiting.waiting_messages)
            || waiting.waiting_kib < 4
            || waiting.forget_after_days < 30
        {
            bail!(
                "[push_service] waiting_messages must be 1 to 10000, waiting_kib at least 4, forget_after_days at least 30"
            );
        }
        if !(10..=1000).contains(&self.transparency_log.interval_ms) {
            bail!("[transparency_log] interval_ms is {}: choose 10 to 1000", self.transparency_log.interval_ms);
        }
        if self.identity.issuer.is_empty() || self.identity.issuer.len() > 200 {
            bail!("[identity] issuer is empty or too long: choose a name such as munadi.example.gov.in");
        }
        let contact = self.push.contact.strip_prefix("mailto:").unwrap_or_default();
        if !contact.contains('@') || contact.contains(char::is_whitespace) {
            bail!("[push] contact is “{}”: it must be mailto:name@host without spaces", self.push.contact);
        }
        if !(1..=10_000).contains(&self.push.per_origin) {
            bail!("[push] per_origin is {}: choose 1 to 10000", self.push.per_origin);
        }
        Ok(())
    }
}

fn merge(settings: &mut toml::Table, own: toml::Table, file: &str) -> Result<()> {
    for (section, values) in own {
        let toml::Value::Table(values) = values else {
            bail!("{file}: “{section}” stands outside of a section; the sections are {}", names(settings));
        };
        let Some(toml::Value::Table(known)) = settings.get_mut(&section) else {
            bail!("{file}: there is no section [{section}]; the sections are {}", names(settings));
        };
        for (name, value) in values {
            if !known.contains_key(&name) {
                bail!("{file}: [{section}] has no setting “{name}”; it has {}", names(known));
            }
            known.insert(name, value);
        }
    }
    Ok(())
}

fn names(table: &toml::Table) -> String {
    table.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Sets what an environment variable names; variables that name no setting are others' (`MUNADI_CONFIG`, `MUNADI_DATA`, …).
fn override_with(settings: &mut toml::Table, name: &str, value: &str) -> Result<()> {
    let path = match name {
        "DATABASE_URL" => Some(("database", "url".to_owned())),
        "AMQP_URL" => Some(("broker", "url".to_owned())),
        _ => name.strip_prefix(PREFIX).and_then(|rest| {
            let rest = rest.to_ascii_lowercase();
            // The longest name: MUNADI_PUSH_SERVICE_LISTEN is not the setting “service_listen” of [push].
            let sections = settings.keys().filter(|section| rest.starts_with(&format!("{section}_")));
            let section = sections.max_by_key(|section| section.len())?;
            let section = SECTIONS.into_iter().find(|it| it == section)?;
            Some((section, rest[section.len() + 1..].to_owned()))
        }),
    };
    let Some((section, setting)) = path else { return Ok(()) };
    let Some(toml::Value::Table(known)) = settings.get_mut(section) else { return Ok(()) };
    let Some(old) = known.get(&setting) else {
        bail!("{name}: [{section}] has no setting “{setting}”; it has {}", names(known));
    };
    let new = like(old, value).with_context(|| format!("{name} is “{value}”, which is not of the right kind"))?;
    known.insert(setting, new);
    Ok(())
}

fn like(old: &toml::Value, text: &str) -> Result<toml::Value> {
    Ok(match old {
        toml::Value::Integer(_) => toml::Value::Integer(text.parse()?),
        toml::Value::Boolean(_) => toml::Value::Boolean(text.parse()?),
        toml::Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            toml::Value::Array(items.map(|item| toml::Value::String(item.to_owned())).collect())
        }
        _ => toml::Value::String(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config> {
        let variables: Vec<_> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(None, &variables)
    }

    #[test]
    fn defaults_make_sense() {
        let config = with(&[]).unwrap();
        assert_eq!(config.push.foreign, Foreign::WakeUp);
        assert!(!config.push.allow_loopback);
        assert_eq!(config.limits, LimitsConfig::default());
    }

    #[test]
    fn environment_has_the_last_word() {
        let variables =
            [("MUNADI_PUSH_OWN_HOSTS", "a.in, b.in"), ("DATABASE_URL", "postgres://u:p@h/d"), ("MUNADI_DATA", "x")];
        let config = with(&variables).unwrap();
        assert_eq!(config.push.own_hosts, ["a.in", "b.in"]);
        assert_eq!(format!("{:?}", config.database.url), "postgres://u:***@h/d");
    }

    #[test]
    fn our_own_push_service_is_our_own() {
        let own = |variables: &[_]| with(variables).unwrap().push_policy().own_hosts;
        assert!(own(&[]).is_empty());
        assert_eq!(own(&[("MUNADI_PUSH_ALLOW_LOOPBACK", "true")]), ["localhost"]);
        let service = ("MUNADI_PUSH_SERVICE_PUBLIC_URL", "https://push.example.in");
        assert_eq!(own(&[service]), ["push.example.in"]);
        let both = ("MUNADI_PUSH_OWN_HOSTS", "push.example.in, ntfy.example.in");
        assert_eq!(own(&[service, both]), ["push.example.in", "ntfy.example.in"]);
    }

    #[test]
    fn nonsense_says_what_to_do() {
        for (name, value, says) in [
            ("MUNADI_DATABASE_CONNECTIONS", "0", "choose 2 to 500"),
            ("MUNADI_DATABASE_CONNECTIONS", "many", "not of the right kind"),
            ("MUNADI_HTTP_LISTN", "x", "it has connections"),
            ("MUNADI_HTTP_CONNECTIONS", "0", "choose 1 to 1000000"),
            ("DATABASE_URL", "mysql://x", "postgres://"),
            ("MUNADI_PUSH_CONTACT", "me", "mailto:"),
            ("MUNADI_PUSH_SERVICE_CONNECTIONS", "0", "must be 1 or more"),
            ("MUNADI_PUSH_SERVICE_WAITING_MESSAGES", "0", "1 to 10000"),
            ("MUNADI_TRANSPARENCY_LOG_INTERVAL_MS", "0", "choose 10 to 1000"),
            ("MUNADI_LIMITS_ADDRESS", "often", "“often” is no rate"),
            ("MUNADI_LIMITS_ADDRESS", "burst 0, then 1 a minute", "1 or more"),
        ] {
            let error = with(&[(name, value)]).unwrap_err();
            assert!(format!("{error:#}").contains(says), "{error:#}");
        }
    }

    #[test]
    fn unknown_setting_in_a_file_is_named() {
        let mut settings: toml::Table = DEFAULT.parse().unwrap();
        let own: toml::Table = "[http]\nlistn = \"x\"".parse().unwrap();
        let error = merge(&mut settings, own, "my.toml").unwrap_err().to_string();
        assert!(error.starts_with("my.toml: [http] has no setting “listn”"), "{error}");
    }
}
