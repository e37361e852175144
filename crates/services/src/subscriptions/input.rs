//! What a browser sends to subscribe, and what is wrong with it.

use aws_lc_rs::{
    agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey},
    constant_time::verify_slices_are_equal,
};
use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use munadi_domain::{
    endpoint::{Endpoint, EndpointPolicy},
    fault::Fault,
    language::Lang,
    place::Places,
    subscription::Preferences,
};
use munadi_store::subscription::{Consent, SubscriptionRecord};
use serde::{Deserialize, de::IgnoredAny};
use time::OffsetDateTime;

use crate::{Result, ServiceError};

/// Characters of a consent text's version.
const VERSION_CHARS: usize = 100;

/// Browsers leave the padding out; some libraries write it.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a citizen sends to subscribe.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// What the browser's Push API gave.
    pub subscription: PushSubscription,
    /// Places, topics and language.
    pub preferences: Preferences,
    /// What the citizen agreed to.
    pub consent: ConsentGiven,
}

/// A subscription as the Push API writes it as JSON (`PushSubscription.toJSON()`).
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushSubscription {
    /// Where messages go.
    pub endpoint: String,
    /// When the push service ends it. No service keeps it anyhow, so it is not stored: an ended subscription answers 410.
    #[serde(default, rename = "expirationTime")]
    _expiration_time: Option<IgnoredAny>,
    /// What messages are encrypted with.
    pub keys: PushKeys,
}

/// The keys of a subscription, in base64url.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushKeys {
    /// The public key: an uncompressed point on P-256.
    pub p256dh: String,
    /// The authentication secret.
    pub auth: String,
}

/// A consent as it is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentGiven {
    /// Which version of the text was shown.
    pub text_version: String,
    /// In which language.
    pub language: Lang,
}

impl std::fmt::Debug for PushSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushSubscription(…)")
    }
}

impl PushSubscription {
    /// A subscription to these keys at this endpoint.
    pub fn new(endpoint: String, keys: PushKeys) -> Self {
        Self { endpoint, _expiration_time: None, keys }
    }

    /// The endpoint, if it may be called at all.
    pub(super) fn endpoint(&self, policy: &EndpointPolicy) -> Result<Endpoint> {
        let checked = policy.check_url(&self.endpoint);
        checked.map_err(|error| ServiceError::invalid("/subscription/endpoint", error.to_string()))
    }
}

/// Keys that can be encrypted for.
pub(super) struct Keys {
    pub(super) p256dh: [u8; 65],
    pub(super) auth: [u8; 16],
}

impl Keys {
    pub(super) fn are_those_of(&self, record: &SubscriptionRecord) -> bool {
        let same_secret = verify_slices_are_equal(&self.auth, &record.auth).is_ok();
        same_secret && self.p256dh == record.p256dh
    }
}

impl ConsentGiven {
    pub(super) fn at(&self, given_at: OffsetDateTime) -> Consent {
        Consent { text_version: self.text_version.clone(), language: self.language.clone(), given_at }
    }
}

impl NewSubscription {
    /// The keys, or everything that is wrong but for the endpoint.
    pub(super) fn check(&self, places: &Places) -> Result<Keys> {
        let mut faults = self.preferences.faults(places, "/preferences");
        if !(1..=VERSION_CHARS).contains(&self.consent.text_version.chars().count()) {
            let reason = format!("expected the version of the text that was shown, of 1 to {VERSION_CHARS} characters");
            faults.push(Fault::new("/consent/text_version", reason));
        }
        let keys = &self.subscription.keys;
        let (p256dh, auth) = (point(&keys.p256dh), decode(&keys.auth));
        if p256dh.is_none() {
            let reason = "expected an uncompressed point on P-256 (65 bytes) in base64url";
            faults.push(Fault::new("/subscription/keys/p256dh", reason));
        }
        if auth.is_none() {
            faults.push(Fault::new("/subscription/keys/auth", "expected 16 bytes in base64url"));
        }
        match (p256dh, auth) {
            (Some(p256dh), Some(auth)) if faults.is_empty() => Ok(Keys { p256dh, auth }),
            _ => Err(ServiceError::Invalid(faults)),
        }
    }
}

/// A point that is not on the curve would be found out only when a notice is sent.
fn point(text: &str) -> Option<[u8; 65]> {
    let bytes: [u8; 65] = decode(text)?;
    // 4 announces an uncompressed point; the library also takes other forms of the same length.
    let parsed: Result<ParsedPublicKey, _> = UnparsedPublicKey::new(&ECDH_P256, &bytes).try_into();
    (bytes[0] == 4 && parsed.is_ok()).then_some(bytes)
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    // A padded text of N bytes has less than 2 N + 4 characters; longer ones are not worth reading.
    if text.len() > 2 * N + 4 {
        return None;
    }
    BASE64URL.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The receiver's keys of RFC 8291 §5.
    const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn check(change: impl Fn(&mut serde_json::Value)) -> Vec<String> {
        let mut json = serde_json::json!({
            "subscription": {
                "endpoint": "https://push.example.org/1",
                "expirationTime": null,
                "keys": { "p256dh": P256DH, "auth": AUTH },
            },
            "preferences": { "pins": ["110001"], "topics": ["flood"], "language": "hi" },
            "consent": { "text_version": "1", "language": "hi" },
        });
        change(&mut json);
        let new: NewSubscription = serde_json::from_value(json).unwrap();
        match new.check(&Places::india().unwrap()) {
            Ok(_) => Vec::new(),
            Err(ServiceError::Invalid(faults)) => faults.into_iter().map(|fault| fault.at).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_a_browser_sends_is_accepted() {
        assert!(check(|_| {}).is_empty());
        assert!(check(|json| json["subscription"]["expirationTime"] = 1_700_000_000_000_u64.into()).is_empty());
        assert!(check(|json| json["subscription"]["keys"]["auth"] = format!("{AUTH}==").into()).is_empty());
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let faults = check(|json| {
            json["subscription"]["keys"] = serde_json::json!({ "p256dh": AUTH, "auth": P256DH });
            json["preferences"]["pins"] = serde_json::json!(["999999"]);
            json["consent"]["text_version"] = "".into();
        });
        let expected =
            ["/preferences/pins", "/consent/text_version", "/subscription/keys/p256dh", "/subscription/keys/auth"];
        assert_eq!(faults, expected);
    }

    #[test]
    fn point_beside_the_curve_is_refused() {
        let mut bytes = BASE64URL.decode(P256DH).unwrap();
        bytes[64] ^= 1;
        assert_eq!(point(&BASE64URL.encode(&bytes)), None);
        bytes[64] ^= 1;
        bytes[0] = 6;
        assert_eq!(point(&BASE64URL.encode(&bytes)), None);
        assert!(point(P256DH).is_some());
        assert_eq!(point(&"B".repeat(100_000)), None);
    }
}
