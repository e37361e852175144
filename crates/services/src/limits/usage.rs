//! How much of the limits is used, for those who look after a department. Looking counts as no request.

use std::time::Duration;

use munadi_domain::access::DepartmentAdmin;
use munadi_store::{client::ClientRecord, officer::OfficerRecord};

use super::{Limits, LimitsConfig, Rate, Subject, digest_of};
use crate::{Core, Result};

/// The most officers and the most systems that are looked at.
const MOST: i64 = 1_000;

/// One limit, and how much of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InUse {
    /// The limit.
    pub rate: Rate,
    /// How many more are let through at once, now, by this process.
    pub left: u32,
    /// In how long all are left again.
    pub reset: Duration,
}

impl InUse {
    /// How many of those at once are used.
    pub fn used(&self) -> u32 {
        self.rate.burst.get().saturating_sub(self.left)
    }
}

/// The limits of a department and of all who act for it.
#[derive(Debug, Clone)]
pub struct DepartmentUsage {
    /// Requests of all officers and systems together.
    pub requests: InUse,
    /// Notices that are submitted, approved or published.
    pub sending: InUse,
    /// Each officer whose account is in use; who has used most comes first.
    pub officers: Vec<(OfficerRecord, InUse)>,
    /// Each system that is let in; which has used most comes first.
    pub clients: Vec<(ClientRecord, InUse)>,
}

impl Limits {
    /// All limits, as they are set.
    pub fn config(&self) -> &LimitsConfig {
        &self.config
    }

    /// How much of a limit is left for somebody. Each process counts for itself: this is what the one that is asked has counted.
    pub fn usage(&self, subject: Subject<'_>) -> InUse {
        let (rate, decision) = match subject {
            Subject::Department(id) => (self.config.department, self.departments.look(&id)),
            Subject::Sending(id) => (self.config.sending, self.sending.look(&id)),
            Subject::Client(id) => (self.config.client, self.clients.look(&id)),
            Subject::Officer(id) => (self.config.officer, self.officers.look(&id)),
            Subject::Address(address) => (self.config.address, self.addresses.look(&address.into())),
            Subject::SignInName(name) => (self.config.sign_in_name, self.sign_in_names.look(&digest_of(name))),
            Subject::SignInAddress(address) => {
                (self.config.sign_in_address, self.sign_in_addresses.look(&address.into()))
            }
            Subject::PushOrigin(origin) => (self.config.push_origin, self.push_origins.look(&digest_of(origin))),
            Subject::PushTarget(agent) => (self.config.push_target, self.push_targets.look(&agent)),
            Subject::PushRegistration(address) => {
                (self.config.push_registration, self.push_registrations.look(&address.into()))
            }
        };
        InUse { rate, left: decision.remaining, reset: decision.reset }
    }

    /// The limits of the admin's department, and how much of each is used by whom.
    pub async fn usage_of_department(&self, core: &Core, by: DepartmentAdmin) -> Result<DepartmentUsage> {
        let officers = core.store.list_officers(Some(by.department), None, MOST).await?;
        let officers = officers.into_iter().filter(|officer| officer.disabled_at.is_none());
        let clients = core.store.list_clients(by.department, None, MOST).await?;
        let clients = clients.into_iter().filter(|client| client.revoked_at.is_none());
        let of_officer = |officer: &OfficerRecord| self.usage(Subject::Officer(officer.id));
        let of_client = |client: &ClientRecord| self.usage(Subject::Client(client.id));
        Ok(DepartmentUsage {
            requests: self.usage(Subject::Department(by.department)),
            sending: self.usage(Subject::Sending(by.department)),
            officers: busiest_first(officers.map(|officer| (of_officer(&officer), officer))),
            clients: busiest_first(clients.map(|client| (of_client(&client), client))),
        })
    }
}

fn busiest_first<T>(items: impl Iterator<Item = (InUse, T)>) -> Vec<(T, InUse)> {
    let mut items: Vec<(T, InUse)> = items.map(|(usage, item)| (item, usage)).collect();
    items.sort_by_key(|(_, usage)| usage.left);
    items
}
