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

/// The operators of push services that are known by name: their host suffix and what reports call them.
pub const PROVIDERS: [(&str, &str); 5] = [
    ("fcm.googleapis.com", "google"),
    ("push.services.mozilla.com", "mozilla"),
    ("push.apple.com", "apple"),
    ("notify.windows.com", "microsoft"),
    ("wns.windows.com", "microsoft"),
];

/// The provider that a host belongs to, for reports: a known operator's name, `own` for our own push service, else the host itself.
pub fn provider(host: &str, own_host: Option<&str>) -> String {
    let belongs = |suffix: &str| host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if own_host == Some(host) {
        return "own".to_owned();
    }
    let known = PROVIDERS.iter().find(|(suffix, _)| belongs(suffix));
    known.map_or(host, |(_, name)| name).to_owned()
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
            ("ntfy.example.org", "ntfy.example.org"),
        ] {
            assert_eq!(provider(host, Some("push.example.gov.in")), name);
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
