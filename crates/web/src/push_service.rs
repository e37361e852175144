//! Push services by name, and what each gets to know, in the words of a page.

use munadi_domain::subscription::{OWN, PROVIDERS, PushPolicy};
use munadi_services::subscriptions::OTHERS;
use serde_json::{Map, Value, json};

use crate::{catalogue::Texts, page::Page};

/// What reports call the push service of somebody who has left.
const UNKNOWN: &str = "unknown";

/// What people call a provider; a host is its own name.
pub(crate) fn name(page: &Page, provider: &str) -> String {
    let is_named = companies().chain([OWN, OTHERS, UNKNOWN]).any(|name| name == provider);
    if is_named { page.of("provider", provider) } else { provider.to_owned() }
}

/// What `push-service.mjs` says whose push service a browser has, and what that means here. Only the script sees the browser's address
/// before it is handed in, so it gets everything that it may have to say: `own` hosts, host suffixes that are `known` by name, `texts`
/// by that name, and whether anything `is_sent` to services that are not our own.
pub(crate) fn for_scripts(texts: &Texts, policy: &PushPolicy) -> String {
    let key = format!("push-through-{}", policy.foreign.as_str());
    let through = |service: String| Value::from(texts.get(&key, &[("service", service.into())]));
    let company = |name: &str| (name.to_owned(), through(texts.get(&format!("service-{name}"), &[])));
    let mut said: Map<String, Value> = companies().map(company).collect();
    said.insert("own".to_owned(), texts.get("push-through-own", &[]).into());
    said.insert("host".to_owned(), through(texts.get("service-host", &[("host", "{host}".into())])));
    let is_sent = !policy.is_own_only();
    json!({ "own": policy.own_hosts, "known": PROVIDERS, "texts": said, "is_sent": is_sent }).to_string()
}

fn companies() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use munadi_domain::subscription::Foreign;

    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_policy_says_something_else_of_every_service_in_every_language() {
        let catalogue = Catalogue::load().unwrap();
        for lang in catalogue.languages() {
            let texts = catalogue.of(lang).unwrap();
            let mut said = std::collections::BTreeSet::new();
            for foreign in Foreign::ALL {
                let policy = PushPolicy { own_hosts: vec!["push.gov.example".to_owned()], foreign };
                let data: Value = serde_json::from_str(&for_scripts(texts, &policy)).unwrap();
                assert_eq!(data["is_sent"], foreign != Foreign::Off);
                assert_eq!((&data["own"][0], &data["known"][0][1]), (&"push.gov.example".into(), &"google".into()));
                assert!(data["texts"]["host"].as_str().unwrap().contains("{host}"));
                for (name, text) in data["texts"].as_object().unwrap() {
                    let text = text.as_str().unwrap();
                    assert!(!text.contains("push-through") && !text.contains("service-"), "{lang}: {name}: {text}");
                    said.insert(text.to_owned());
                }
            }
            // Four companies and a host under each of three policies, and our own, which is the same under all of them.
            assert_eq!(said.len(), 16, "{lang}: {said:#?}");
        }
    }
}
