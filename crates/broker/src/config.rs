//! Where RabbitMQ is and how long we wait for it.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use lapin::uri::{AMQPScheme, AMQPUri};
use url::{Host, Url};

use crate::{error::BrokerError, topology::Topology};

/// AMQP's short strings, of which a virtual host's name is one, have at most so many bytes.
const SHORT_STRING: usize = 255;

/// A clock: milliseconds since 1970. It is handed in, so that a test can set it.
pub type UnixMillis = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Everything the broker needs to know before it connects.
#[derive(Clone)]
pub struct BrokerConfig {
    /// Where RabbitMQ is, and as whom we sign in.
    pub url: BrokerUrl,
    /// Certificates of an own authority in PEM, trusted besides the system's when the address begins with `amqps`.
    pub ca_pem: Option<String>,
    /// Who we are: shown with each connection in RabbitMQ's lists, followed by what the connection is for.
    pub name: String,
    /// The queues and exchanges.
    pub topology: Topology,
    /// How long we wait for a connection, an answer or the confirmation of a batch.
    pub answer_limit: Duration,
    /// The heartbeat we ask for, in seconds. A silent connection is given up after twice as long.
    pub heartbeat_seconds: u16,
    /// Tells the time.
    pub clock: UnixMillis,
}

impl BrokerConfig {
    /// The usual settings: 15 s for an answer, a heartbeat every 10 s, the names of production.
    pub fn new(url: BrokerUrl, clock: UnixMillis) -> Self {
        Self {
            url,
            ca_pem: None,
            name: "munadi".to_owned(),
            topology: Topology::default(),
            answer_limit: Duration::from_secs(15),
            heartbeat_seconds: 10,
            clock,
        }
    }
}

/// The address of RabbitMQ: `amqp://user:password@host:port/vhost`, or `amqps` for TLS.
///
/// Printing it, also for debugging, leaves the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl(AMQPUri);

impl BrokerUrl {
    /// With this heartbeat, unless the address itself asks for one (`?heartbeat=5`).
    pub(crate) fn to_uri(&self, heartbeat_seconds: u16) -> AMQPUri {
        let mut uri = self.0.clone();
        uri.query.heartbeat.get_or_insert(heartbeat_seconds);
        uri
    }

    /// The virtual host, usually `/`.
    pub fn vhost(&self) -> &str {
        &self.0.vhost
    }
}

impl FromStr for BrokerUrl {
    type Err = BrokerError;

    /// Refuses what the library would quietly replace: an address without a host becomes its `localhost`, and so does `[::1]`.
    fn from_str(text: &str) -> Result<Self, BrokerError> {
        let url = Url::parse(text).map_err(|_| BrokerError::Address("it is no URL"))?;
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => None,
            Some(Host::Ipv4(address)) => Some(address.to_string()),
            Some(Host::Ipv6(address)) => Some(address.to_string()),
            _ => return Err(BrokerError::Address("it names no host")),
        };
        let mut uri: AMQPUri =
            text.parse().map_err(|_| BrokerError::Address("it must look like amqp://user:password@host:5672/%2f"))?;
        if let Some(host) = host {
            uri.authority.host = host;
        }
        // “amqp://host” and “amqp://host/” mean the same to everyone who types them; to the protocol the second is a virtual
        // host with no name, which nobody has.
        if uri.vhost.is_empty() {
            "/".clone_into(&mut uri.vhost);
        }
        if uri.vhost.len() > SHORT_STRING {
            return Err(BrokerError::Address("the name of its virtual host is too long"));
        }
        Ok(Self(uri))
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.0.scheme {
            AMQPScheme::AMQP => "amqp",
            AMQPScheme::AMQPS => "amqps",
        };
        let authority = &self.0.authority;
        write!(f, "{scheme}://{}@{}:{}", authority.userinfo.username, authority.host, authority.port)?;
        write!(f, "/{}", self.0.vhost.replace('/', "%2f"))
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrokerUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> BrokerUrl {
        text.parse().unwrap()
    }

    #[test]
    fn password_is_never_printed() {
        let url = parsed("amqps://crier:s3cret@mq.example.in/%2fnotices");
        assert_eq!(url.to_string(), "amqps://crier@mq.example.in:5671/%2fnotices");
        assert!(!format!("{url:?}").contains("s3cret"));
        let errors = ["amqp:s3cret", "amqp://u:s3cret@", "http://u:s3cret@h/", "amqp://u:s3cret@h/%ff", "s3cret"];
        for text in errors {
            let error = text.parse::<BrokerUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn host_is_the_one_that_was_typed() {
        assert_eq!(parsed("amqp://[::1]:5672/x").0.authority.host, "::1");
        assert_eq!(parsed("amqp://127.0.0.1").0.authority.host, "127.0.0.1");
        assert!("amqp:///x".parse::<BrokerUrl>().is_err());
    }

    #[test]
    fn no_virtual_host_means_the_usual_one() {
        for text in ["amqp://h", "amqp://h/", "amqp://h/%2f"] {
            assert_eq!(parsed(text).vhost(), "/", "{text}");
        }
        assert!(format!("amqp://h/{}", "x".repeat(256)).parse::<BrokerUrl>().is_err());
    }

    #[test]
    fn heartbeat_of_the_address_wins() {
        assert_eq!(parsed("amqp://h").to_uri(10).query.heartbeat, Some(10));
        assert_eq!(parsed("amqp://h?heartbeat=3").to_uri(10).query.heartbeat, Some(3));
    }
}
