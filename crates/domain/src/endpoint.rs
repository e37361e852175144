//! Where a push message may be sent. An endpoint is a URL given by a stranger, so it is held against the operator's
//! list before anything is stored, and its addresses are filtered again before anything is sent: whoever can choose
//! what a server calls can make it call its own neighbors (server-side request forgery).
//!
//! Nothing here resolves a name or opens a connection; who connects asks [`Endpoint::admits`] for every address.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use url::{Host, Url};

/// The longest endpoint that is accepted, in bytes.
pub const MAX_ENDPOINT_LEN: usize = 1_024;

/// Why an endpoint is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Longer than [`MAX_ENDPOINT_LEN`].
    #[error("the endpoint has more than {MAX_ENDPOINT_LEN} bytes")]
    TooLong,
    /// Not a URL, or not written in the one way a browser writes it.
    #[error("the endpoint is not a URL in its normal form")]
    NotCanonical,
    /// Another scheme than https.
    #[error("the endpoint does not use https")]
    Scheme,
    /// Another port than 443.
    #[error("the endpoint uses a port other than 443")]
    Port,
    /// A name or password in front of the host.
    #[error("the endpoint carries a name or a password")]
    UserInfo,
    /// A part after `#`, which is never sent and so names nothing.
    #[error("the endpoint has a fragment")]
    Fragment,
    /// An address in place of a host name.
    #[error("the endpoint names an address instead of a host")]
    IpLiteral,
    /// A push service the operator did not allow.
    #[error("the endpoint's push service is not on the list of allowed hosts")]
    HostNotAllowed,
}

/// An entry of the operator's list that is not the name of a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is not a host name of at least two labels, such as push.example.org; \
     its subdomains are allowed with it, so no “*.” is needed"
)]
pub struct InvalidHost(pub String);

/// Which push services may be called.
#[derive(Debug, Clone)]
pub struct EndpointPolicy {
    hosts: Vec<String>,
    /// The origin of our own push service.
    own: Option<String>,
    loopback: bool,
}

impl EndpointPolicy {
    /// A policy that allows these hosts and everything under them.
    ///
    /// `allow_loopback` is the development switch: with it, http and https endpoints on any port of this machine are
    /// allowed too.
    pub fn new<S: AsRef<str>>(hosts: impl IntoIterator<Item = S>, allow_loopback: bool) -> Result<Self, InvalidHost> {
        let hosts = hosts.into_iter().map(|host| parse_suffix(host.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { hosts, own: None, loopback: allow_loopback })
    }

    /// Also allows our own push service, at this origin: on any port, and at any address that its name leads to, which may well be in
    /// our own network. It must be https unless the development switch is on.
    #[must_use]
    pub fn with_own(self, service: &Url) -> Self {
        let own = (self.loopback || service.scheme() == "https").then(|| service.origin().ascii_serialization());
        Self { own, ..self }
    }

    /// Whether the development switch is on, which must be shown wherever people look.
    pub const fn allows_loopback(&self) -> bool {
        self.loopback
    }

    /// Reads an endpoint and holds it against the policy. What is read here is what is called later: the text is parsed
    /// once, and a text that another parser could read differently is refused.
    pub fn check_url(&self, text: &str) -> Result<Endpoint, EndpointError> {
        if text.len() > MAX_ENDPOINT_LEN {
            return Err(EndpointError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| EndpointError::NotCanonical)?;
        check_parts(&url)?;
        let origin = url.origin().ascii_serialization();
        let own = self.own.as_ref() == Some(&origin);
        let loopback = self.loopback && names_loopback(&url);
        if !own && !loopback {
            self.check_service(&url)?;
        }
        if !is_canonical(text, &url) {
            return Err(EndpointError::NotCanonical);
        }
        Ok(Endpoint { url, origin, own, loopback })
    }

    fn check_service(&self, url: &Url) -> Result<(), EndpointError> {
        if url.scheme() != "https" {
            return Err(EndpointError::Scheme);
        }
        if url.port_or_known_default() != Some(443) {
            return Err(EndpointError::Port);
        }
        match url.host() {
            Some(Host::Domain(name)) if self.allows_host(name) => Ok(()),
            Some(Host::Domain(_)) | None => Err(EndpointError::HostNotAllowed),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => Err(EndpointError::IpLiteral),
        }
    }

    fn allows_host(&self, name: &str) -> bool {
        self.hosts.iter().any(|allowed| match name.strip_suffix(allowed.as_str()) {
            Some(before) => before.is_empty() || before.ends_with('.'),
            None => false,
        })
    }
}

/// Reads an entry of the operator's list with the parser that reads the endpoints, so that both mean the same name.
fn parse_suffix(text: &str) -> Result<String, InvalidHost> {
    let invalid = || InvalidHost(text.to_owned());
    let Ok(Host::Domain(name)) = Host::parse(text) else {
        return Err(invalid());
    };
    let labels: Vec<&str> = name.split('.').collect();
    // One label would allow a whole top-level domain.
    if labels.len() < 2 || labels.iter().any(|label| label.is_empty() || label.contains('*')) {
        return Err(invalid());
    }
    Ok(name)
}

fn check_parts(url: &Url) -> Result<(), EndpointError> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(EndpointError::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointError::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(EndpointError::Fragment);
    }
    if url.port() == Some(0) {
        return Err(EndpointError::Port);
    }
    Ok(())
}

fn names_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the text is what the parsed URL prints. The default port may be written out; a browser never does, some
/// distributors do.
fn is_canonical(text: &str, url: &Url) -> bool {
    text == url.as_str() || (url.scheme() == "https" && text.replacen(":443/", "/", 1) == url.as_str())
}

/// The URL of one subscription at a push service, accepted by an [`EndpointPolicy`].
///
/// Whoever knows it can send to it, so `Debug` shows only the origin.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    url: Url,
    origin: String,
    own: bool,
    loopback: bool,
}

impl Endpoint {
    /// The whole URL in its one normal form.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Scheme, host and the port if it is not the scheme's default (RFC 6454 §6.2): what a VAPID token is made out to.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host, and the port if it is not the scheme's default: the `Host` of a request (RFC 9110 §7.2).
    pub fn authority(&self) -> &str {
        self.origin.split_once("://").map_or("", |(_, authority)| authority)
    }

    /// The host to connect to.
    pub fn host(&self) -> Host<&str> {
        // A URL with the schemes accepted here cannot lack a host.
        self.url.host().unwrap_or(Host::Domain(""))
    }

    /// The host as the URL writes it: an IPv6 address is in brackets.
    pub fn host_str(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// The path and the query, as the request line of HTTP/1.1 wants them.
    pub fn path_and_query(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// Whether the connection is encrypted. Only the development switch lets one through that is not.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether a connection to this address may be opened for this endpoint. A name is only as good as what it resolves
    /// to at the moment of connecting.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.own || if self.loopback { address.is_loopback() } else { is_public(address) }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}/…)", self.origin)
    }
}

/// Special ranges of IPv4 (RFC 6890 and its registry): no push service of strangers lives there.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only block of IPv6 that is given out for use in the public network (RFC 4291 §2.4). That leaves out `::`, `::1`,
/// addresses that carry an IPv4 address (mapped, compatible, `64:ff9b::/96`, `64:ff9b:1::/48`), `100::/64`,
/// `5f00::/16`, `fc00::/7`, `fe80::/10`, `fec0::/10` and `ff00::/8`.
const PUBLIC_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Special ranges inside that block: protocol assignments with Teredo, documentation, 6to4.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address belongs to the public network: not to this machine, a private network, a neighbor, a group, a
/// tunnel that leads to any of these, or a range that is reserved.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|&block| in_v4(address, block)),
        IpAddr::V6(address) => in_v6(address, PUBLIC_V6) && !NOT_PUBLIC_V6.iter().any(|&block| in_v6(address, block)),
    }
}

fn in_v4(address: Ipv4Addr, (base, bits): (Ipv4Addr, u32)) -> bool {
    (address.to_bits() ^ base.to_bits()) >> (32 - bits) == 0
}

fn in_v6(address: Ipv6Addr, (base, bits): (Ipv6Addr, u32)) -> bool {
    (address.to_bits() ^ base.to_bits()) >> (128 - bits) == 0
}

#[cfg(test)]
mod tests;
