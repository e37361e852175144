//! Limits on how often somebody may ask: per department, system, officer, address and push service (GCRA, in this process's memory).
//!
//! Memory is bounded. When a table is full, those who are in it are held to their limits as always; whoever is new is refused where
//! something would be sent, and let through where something is only read.

mod seats;
mod table;
mod usage;

pub use seats::{NoSeat, Seat, Seats};
pub use usage::{DepartmentUsage, InUse};

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    str::FromStr,
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use munadi_domain::{
    access::Actor,
    id::{ClientId, DepartmentId, OfficerId},
    push::UserAgentId,
};
use serde::Deserialize;
use serde_json::json;

use self::table::Table;
use crate::{
    Core, Result, ServiceError,
    audit::{Act, Outcome},
    clock::Clock,
};

/// How often. Written `"burst 300, then 600 a minute"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate {
    /// At once, after a rest.
    pub burst: NonZeroU32,
    /// In the long run.
    pub per_minute: NonZeroU32,
}

impl Rate {
    /// A rate; a zero counts as one.
    pub const fn new(burst: u32, per_minute: u32) -> Self {
        const fn some(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        Self { burst: some(burst), per_minute: some(per_minute) }
    }
}

/// A text that is no [`Rate`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no rate: write it like “burst 300, then 600 a minute”, with numbers of 1 or more")]
pub struct InvalidRate(String);

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let read = || {
            let (burst, per_minute) = text.strip_prefix("burst ")?.strip_suffix(" a minute")?.split_once(", then ")?;
            Some(Self { burst: burst.parse().ok()?, per_minute: per_minute.parse().ok()? })
        };
        read().ok_or_else(|| InvalidRate(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for Rate {
    type Error = InvalidRate;

    fn try_from(text: String) -> Result<Self, InvalidRate> {
        text.parse()
    }
}

/// All limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Requests of all officers and systems of a department together.
    pub department: Rate,
    /// Notices that a department submits, approves or publishes.
    pub sending: Rate,
    /// Requests of a department's system.
    pub client: Rate,
    /// Requests of an officer.
    pub officer: Rate,
    /// Requests from an IPv4 address or an IPv6 /64.
    pub address: Rate,
    /// Attempts to sign in under one name.
    pub sign_in_name: Rate,
    /// Attempts to sign in from an IPv4 address or an IPv6 /64.
    pub sign_in_address: Rate,
    /// Messages to one push service.
    pub push_origin: Rate,
    /// Messages that our own push service takes for one browser.
    pub push_target: Rate,
    /// Subscriptions that our own push service makes for an IPv4 address or an IPv6 /64.
    pub push_registration: Rate,
    /// Refusals that are written to the audit trail; the others are only counted, so that nobody can fill it.
    pub audited_refusals: Rate,
}

impl LimitsConfig {
    /// What an installation has that sets none of its own.
    pub const DEFAULT: Self = Self {
        department: Rate::new(600, 1_200),
        sending: Rate::new(60, 60),
        client: Rate::new(300, 600),
        officer: Rate::new(300, 600),
        address: Rate::new(300, 600),
        sign_in_name: Rate::new(10, 2),
        sign_in_address: Rate::new(60, 30),
        push_origin: Rate::new(20_000, 600_000),
        push_target: Rate::new(200, 120),
        push_registration: Rate::new(300, 300),
        audited_refusals: Rate::new(100, 60),
    };
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Who asks, and by which limit that counts.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A department.
    Department(DepartmentId),
    /// A department that sends.
    Sending(DepartmentId),
    /// A department's system.
    Client(ClientId),
    /// An officer.
    Officer(OfficerId),
    /// An address.
    Address(IpAddr),
    /// An attempt to sign in under this name.
    SignInName(&'a str),
    /// An attempt to sign in from this address.
    SignInAddress(IpAddr),
    /// A push service, by its origin.
    PushOrigin(&'a str),
    /// A browser that our own push service takes a message for.
    PushTarget(UserAgentId),
    /// A browser at this address that wants a subscription of our own push service.
    PushRegistration(IpAddr),
}

/// What the request is for: it decides what happens to strangers when a table is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Something only reads.
    Read,
    /// Something would be sent, changed, or signed in.
    Send,
}

/// What an allowed request leaves: the `RateLimit-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// How many are allowed at once.
    pub limit: u32,
    /// How many are left.
    pub remaining: u32,
    /// In how long all are left again.
    pub reset: Duration,
}

/// The address of whoever sent a request, as far as the trusted proxies tell. The edge puts it into the extensions of every request,
/// for its own parts and for the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// An IPv4 address, or the /64 that one IPv6 subscriber gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(address.into()),
            IpAddr::V6(address) => Self(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()),
        }
    }
}

/// A stranger chooses the text: it takes up the same room however long it is.
fn digest_of(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// The limits and who has used how much of them.
pub struct Limits {
    config: LimitsConfig,
    departments: Table<DepartmentId>,
    sending: Table<DepartmentId>,
    clients: Table<ClientId>,
    officers: Table<OfficerId>,
    addresses: Table<Network>,
    sign_in_names: Table<[u8; 32]>,
    sign_in_addresses: Table<Network>,
    push_origins: Table<[u8; 32]>,
    push_targets: Table<UserAgentId>,
    push_registrations: Table<Network>,
    audited_refusals: Table<()>,
}

impl Limits {
    /// Nobody has used anything yet.
    pub fn new(config: &LimitsConfig, clock: &Clock) -> Self {
        Self {
            config: *config,
            departments: Table::new(config.department, clock),
            sending: Table::new(config.sending, clock),
            clients: Table::new(config.client, clock),
            officers: Table::new(config.officer, clock),
            addresses: Table::new(config.address, clock),
            sign_in_names: Table::new(config.sign_in_name, clock),
            sign_in_addresses: Table::new(config.sign_in_address, clock),
            push_origins: Table::new(config.push_origin, clock),
            push_targets: Table::new(config.push_target, clock),
            push_registrations: Table::new(config.push_registration, clock),
            audited_refusals: Table::new(config.audited_refusals, clock),
        }
    }

    /// Counts a request, or refuses it with [`ServiceError::TooMany`].
    pub fn check(&self, subject: Subject<'_>, purpose: Purpose) -> Result<Decision> {
        let (name, decision) = match subject {
            Subject::Department(id) => ("department", self.departments.check(&id, purpose)),
            Subject::Sending(id) => ("sending", self.sending.check(&id, purpose)),
            Subject::Client(id) => ("client", self.clients.check(&id, purpose)),
            Subject::Officer(id) => ("officer", self.officers.check(&id, purpose)),
            Subject::Address(address) => ("address", self.addresses.check(&address.into(), purpose)),
            Subject::SignInName(name) => ("sign_in_name", self.sign_in_names.check(&digest_of(name), purpose)),
            Subject::SignInAddress(address) => {
                ("sign_in_address", self.sign_in_addresses.check(&address.into(), purpose))
            }
            Subject::PushOrigin(origin) => ("push_origin", self.push_origins.check(&digest_of(origin), purpose)),
            Subject::PushTarget(agent) => ("push_target", self.push_targets.check(&agent, purpose)),
            Subject::PushRegistration(address) => {
                ("push_registration", self.push_registrations.check(&address.into(), purpose))
            }
        };
        decision.map_err(|retry_after| {
            metrics::counter!("munadi_limit_refusals_total", "limit" => name).increment(1);
            ServiceError::TooMany { retry_after }
        })
    }

    /// Counts a request of somebody who is signed in, for the person or system and for its department; what is left is the lesser.
    pub fn check_actor(&self, actor: &Actor, purpose: Purpose) -> Result<Decision> {
        let own = match actor {
            Actor::Officer(officer) => Subject::Officer(officer.id),
            Actor::Client(client) => Subject::Client(client.id),
        };
        let own = self.check(own, purpose)?;
        let Some(department) = actor.department() else { return Ok(own) };
        let shared = self.check(Subject::Department(department), purpose)?;
        Ok(if shared.remaining < own.remaining { shared } else { own })
    }

    /// Writes to the audit trail that a limit refused something, unless too much of that is written already.
    pub async fn record_refusal(&self, core: &Core, actor: &Actor, action: &str) -> Result<()> {
        if !self.may_audit_refusal() {
            return Ok(());
        }
        let mut tx = core.store.begin().await?;
        let act = Act::of(actor, "any", "limit.refused", actor.pseudonym()).ended(Outcome::Refused);
        core.record(&mut tx, act.with(json!({ "action": action }))).await?;
        Ok(tx.commit().await?)
    }

    /// Whether one more refusal may be written to the audit trail.
    pub(crate) fn may_audit_refusal(&self) -> bool {
        self.audited_refusals.check(&(), Purpose::Send).is_ok()
    }

    /// Forgets whoever has all of a limit left. Call it every minute or so.
    pub fn sweep(&self) {
        self.departments.sweep();
        self.sending.sweep();
        self.clients.sweep();
        self.officers.sweep();
        self.addresses.sweep();
        self.sign_in_names.sweep();
        self.sign_in_addresses.sweep();
        self.push_origins.sweep();
        self.push_targets.sweep();
        self.push_registrations.sweep();
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
