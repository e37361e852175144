//! What a citizen asks for. No account and no name: a place, topics, a language and an address for messages.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{area::Pin, fault::Fault, language::Lang, limits, place::Places, topic::Topic};

/// What a subscription asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// The places.
    pub pins: BTreeSet<Pin>,
    /// The topics; all if empty.
    #[serde(default)]
    pub topics: BTreeSet<Topic>,
    /// The language to be addressed in.
    pub language: Lang,
}

impl Preferences {
    /// Everything that is wrong with it; `at` is its own pointer.
    pub fn faults(&self, places: &Places, at: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.pins.is_empty() || self.pins.len() > limits::SUBSCRIPTION_PINS {
            let reason = format!("expected 1 to {} PIN codes", limits::SUBSCRIPTION_PINS);
            faults.push(Fault::new(format!("{at}/pins"), reason));
        }
        let unknown = self.pins.iter().filter(|pin| places.district_of(**pin).is_none());
        faults.extend(unknown.map(|pin| Fault::new(format!("{at}/pins"), format!("no place has the PIN code {pin}"))));
        faults
    }
}

/// What reports call our own push service.
pub const OWN: &str = "own";

/// The operators of push services that are known by name: their host suffix and what reports call them.
pub const PROVIDERS: [(&str, &str); 5] = [
    ("fcm.googleapis.com", "google"),
    ("push.services.mozilla.com", "mozilla"),
    ("push.apple.com", "apple"),
    ("notify.windows.com", "microsoft"),
    ("wns.windows.com", "microsoft"),
];

/// What a push service is given that is not our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Foreign {
    /// The text, encrypted.
    Full,
    /// A message of constant content: the phone fetches the notice from us.
    #[default]
    WakeUp,
    /// Nothing.
    Off,
}

impl Foreign {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Full, Self::WakeUp, Self::Off];

    /// The word for it in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::WakeUp => "wake-up",
            Self::Off => "off",
        }
    }
}

/// Which push services are our own, and what all others are given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushPolicy {
    /// The hosts of our own push services.
    pub own_hosts: Vec<String>,
    /// What all others are given.
    pub foreign: Foreign,
}

impl PushPolicy {
    /// The provider that a host belongs to: a known operator's name, [`OWN`] for our own push service, else the host itself.
    pub fn provider<'a>(&self, host: &'a str) -> &'a str {
        let belongs =
            |suffix: &str| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if self.own_hosts.iter().any(|own| own == host) {
            return OWN;
        }
        PROVIDERS.iter().find(|(suffix, _)| belongs(suffix)).map_or(host, |(_, name)| name)
    }

    /// Whether notifications go through our own push services alone.
    pub fn is_own_only(&self) -> bool {
        self.foreign == Foreign::Off
    }

    /// Whether nobody can get notifications.
    pub fn serves_nobody(&self) -> bool {
        self.is_own_only() && self.own_hosts.is_empty()
    }

    /// Whether anything at all is sent to this provider.
    pub fn sends_to(&self, provider: &str) -> bool {
        provider == OWN || !self.is_own_only()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_is_told_by_whole_labels() {
        for (host, name) in [
            ("fcm.googleapis.com", "google"),
            ("evilfcm.googleapis.com", "evilfcm.googleapis.com"),
            ("updates.push.services.mozilla.com", "mozilla"),
            ("push.example.gov.in", "own"),
            ("spare.example.gov.in", "own"),
            ("ntfy.example.org", "ntfy.example.org"),
        ] {
            assert_eq!(policy(Foreign::WakeUp).provider(host), name);
        }
    }

    fn policy(foreign: Foreign) -> PushPolicy {
        PushPolicy { own_hosts: ["push", "spare"].map(|name| format!("{name}.example.gov.in")).into(), foreign }
    }

    #[test]
    fn nothing_goes_abroad_when_that_is_off() {
        for foreign in Foreign::ALL {
            assert!(policy(foreign).sends_to(OWN));
            assert_eq!(policy(foreign).sends_to("mozilla"), foreign != Foreign::Off);
            let word = serde_json::to_value(foreign).unwrap();
            assert_eq!(word, foreign.as_str(), "settings and reports have the same words");
        }
    }

    #[test]
    fn place_that_is_none_is_said() {
        let places = Places::india().unwrap();
        let pins = ["110001", "999999"].map(|pin| pin.parse().unwrap()).into();
        let preferences = Preferences { pins, topics: BTreeSet::new(), language: "hi".parse().unwrap() };
        assert_eq!(preferences.faults(&places, "")[0].reason, "no place has the PIN code 999999");
    }
}
