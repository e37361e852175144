//! Citizens subscribe without saying who they are: an address for messages, places, topics and a language. Whoever has the secret that is
//! given out once may look at all of it, change it and erase it.
//!
//! The audit trail names no citizen, so nothing here appends to it; metrics count.

mod input;
mod reach;

pub use input::{ConsentGiven, NewSubscription, PushKeys, PushSubscription};
pub(crate) use reach::percent;
pub use reach::{OTHERS, Reach, Share};

use std::{net::IpAddr, sync::Arc};

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{
    area::Pin,
    content::whole_seconds,
    endpoint::EndpointPolicy,
    id::SubscriptionId,
    subscription::{Preferences, PushPolicy},
};
use munadi_store::{
    Tx,
    subscription::{Consent, NewSubscription as Row, SubscriptionRecord},
};
use time::OffsetDateTime;

use self::{input::Keys, reach::Counter};
use crate::{
    Core, Result, ServiceError, entropy,
    limits::{Limits, Purpose, Subject},
    secret::Secret,
};

/// Proof that somebody has the secret of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionOwner {
    id: SubscriptionId,
}

/// A subscription that was made or taken over.
#[derive(Debug)]
pub struct Subscribed {
    /// Its name.
    pub id: SubscriptionId,
    /// What its owner proves to be its owner with. It is shown once; any earlier one is void.
    pub secret: Secret,
    /// The places by name, so that a mistyped PIN code is seen.
    pub places: Vec<PlaceName>,
    /// Whether the same device had subscribed before: its preferences and its secret were replaced.
    pub renewed: bool,
}

/// A PIN code in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceName {
    /// The PIN code.
    pub pin: Pin,
    /// The district that most of its post offices lie in.
    pub district: String,
    /// That district's state.
    pub state: String,
}

/// Everything that is stored about a citizen, but for what the browser holds the other half of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The subscription's name.
    pub id: SubscriptionId,
    /// The URL at the push service.
    pub endpoint: String,
    /// Whose push service that is.
    pub provider: String,
    /// Places, topics and language.
    pub preferences: Preferences,
    /// The places by name.
    pub places: Vec<PlaceName>,
    /// What was agreed to.
    pub consent: Option<Consent>,
    /// Since when it is there.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// The subscriptions.
#[derive(Debug, Clone)]
pub struct Subscriptions {
    core: Core,
    endpoints: Arc<EndpointPolicy>,
    limits: Arc<Limits>,
    push: Arc<PushPolicy>,
    counter: Arc<Counter>,
}

impl Subscriptions {
    /// Over the database; which push services may be called, and what they are given.
    pub fn new(core: Core, endpoints: Arc<EndpointPolicy>, limits: Arc<Limits>, push: PushPolicy) -> Self {
        Self { core, endpoints, limits, push: Arc::new(push), counter: Arc::default() }
    }

    /// Which push services are our own, and what all others are given.
    pub fn push_policy(&self) -> &PushPolicy {
        &self.push
    }

    /// Subscribes a device. The same device again, known by its endpoint and keys, replaces what it asked for and gets a new secret; the
    /// endpoint with other keys is somebody else's attempt and is refused. So is a push service that nothing would be sent to: what
    /// serves nobody is not stored.
    pub async fn subscribe(&self, address: IpAddr, new: NewSubscription) -> Result<Subscribed> {
        self.limits.check(Subject::Address(address), Purpose::Send)?;
        let endpoint = new.subscription.endpoint(&self.endpoints)?;
        let provider = self.push.provider(endpoint.host_str());
        if !self.push.sends_to(provider) {
            return Err(ServiceError::invalid("/subscription/endpoint", NOTHING_IS_SENT));
        }
        let keys = new.check(&self.core.places)?;
        let secret: [u8; 32] = entropy::bytes()?;
        let row = Row {
            id: SubscriptionId::new(self.core.seed()?),
            secret_digest: sha256(encode(&secret).as_bytes()),
            endpoint: endpoint.as_str(),
            provider,
            p256dh: keys.p256dh,
            auth: keys.auth,
            at: whole_seconds(self.core.clock.now()),
        };
        let mut tx = self.core.store.begin().await?;
        let known = insert_or_renew(&mut tx, &row, &new.preferences).await?;
        let id = known.unwrap_or(row.id);
        tx.set_preferences(id, &new.preferences, row.at).await?;
        tx.set_consent(id, &new.consent.at(row.at)).await?;
        tx.commit().await?;
        count(if known.is_some() { "renewed" } else { "subscribed" });
        let places = self.place_names(&new.preferences);
        Ok(Subscribed { id, secret: Secret::new(encode(&secret)), places, renewed: known.is_some() })
    }

    /// Whoever has the secret is the owner. An unknown name and a wrong secret are told apart by nobody.
    pub async fn owner(&self, id: SubscriptionId, secret: &Secret) -> Result<SubscriptionOwner> {
        let given = sha256(secret.expose().as_bytes());
        let record = self.core.store.subscription(id).await?;
        let known = record.map_or([0; 32], |record| record.secret_digest);
        match verify_slices_are_equal(&known, &given) {
            Ok(()) => Ok(SubscriptionOwner { id }),
            Err(_) => Err(ServiceError::Unauthenticated("there is no subscription with this name and secret")),
        }
    }

    /// Everything that is stored about its owner.
    pub async fn stored(&self, owner: SubscriptionOwner) -> Result<Stored> {
        let record = self.core.store.subscription(owner.id).await?.ok_or(GONE)?;
        Ok(self.view(record))
    }

    /// Replaces what the subscription asks for.
    pub async fn change(&self, owner: SubscriptionOwner, preferences: &Preferences) -> Result<Stored> {
        let faults = preferences.faults(&self.core.places, "");
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        let mut tx = self.core.store.begin().await?;
        if !tx.set_preferences(owner.id, preferences, whole_seconds(self.core.clock.now())).await? {
            return Err(GONE);
        }
        tx.commit().await?;
        count("changed");
        self.stored(owner).await
    }

    /// Erases the subscription with everything that belongs to it, the consent included. Gone already is as good.
    pub async fn leave(&self, owner: SubscriptionOwner) -> Result<()> {
        let mut tx = self.core.store.begin().await?;
        let erased = tx.erase_subscription(owner.id).await?;
        tx.commit().await?;
        if erased {
            count("left");
        }
        Ok(())
    }

    fn view(&self, record: SubscriptionRecord) -> Stored {
        Stored {
            places: self.place_names(&record.preferences),
            id: record.id,
            endpoint: record.endpoint,
            provider: record.provider,
            preferences: record.preferences,
            consent: record.consent,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }

    fn place_names(&self, preferences: &Preferences) -> Vec<PlaceName> {
        let places = &self.core.places;
        let name = |pin: &Pin| {
            let name = places.name(*pin)?;
            Some(PlaceName { pin: *pin, district: name.district.name.clone(), state: name.state.to_owned() })
        };
        preferences.pins.iter().filter_map(name).collect()
    }
}

const NOTHING_IS_SENT: &str = "this installation sends nothing through push services of others";
const GONE: ServiceError = ServiceError::NotFound("subscription");

/// Adds the subscription, or gives the one that the same device has the new secret and says its name.
async fn insert_or_renew(tx: &mut Tx, row: &Row<'_>, preferences: &Preferences) -> Result<Option<SubscriptionId>> {
    if tx.insert_subscription(row, &preferences.language).await? {
        return Ok(None);
    }
    let taken = || ServiceError::Conflict("this endpoint belongs to another subscription".to_owned());
    // It may have been erased since; its owner can try again.
    let known = tx.lock_endpoint(row.endpoint).await?.ok_or_else(taken)?;
    let same = Keys { p256dh: row.p256dh, auth: row.auth }.are_those_of(&known);
    if !same {
        return Err(taken());
    }
    tx.renew_secret(known.id, row.secret_digest).await?;
    Ok(Some(known.id))
}

fn encode(secret: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(secret)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}

fn count(act: &'static str) {
    metrics::counter!("munadi_subscription_acts_total", "act" => act).increment(1);
}
