//! The `Topic` header: a later message of the same family replaces one that still waits for a sleeping device (RFC 8030
//! §5.4).

use std::fmt;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::id::NoticeId;

/// Bytes of the digest that fill the 32 characters a topic may have.
const DIGEST_BYTES: usize = 24;

/// The key that hides which notice a topic stands for. Push services see topics; without the key nobody can tell which
/// notice one names, not even by trying all notices there are.
pub struct TopicKey(hmac::Key);

impl TopicKey {
    /// A key of any secret bytes; 32 are right.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The key of an HMAC that was made elsewhere.
    pub const fn from_key(key: hmac::Key) -> Self {
        Self(key)
    }

    /// The topic of a notice and of all that update or cancel it, named by the first of them.
    pub fn topic(&self, family: NoticeId) -> PushTopic {
        self.digest(&family.to_string())
    }

    /// The same for one recipient alone. Recipients' topics have nothing in common, so that a push service cannot tell from them who
    /// else gets the notice, nor how many.
    pub fn topic_for(&self, family: NoticeId, recipient: i64) -> PushTopic {
        self.digest(&format!("{family}/{recipient}"))
    }

    fn digest(&self, text: &str) -> PushTopic {
        let digest = hmac::sign(&self.0, text.as_bytes());
        PushTopic(BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..DIGEST_BYTES]))
    }
}

impl fmt::Debug for TopicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TopicKey(…)")
    }
}

/// 32 characters of base64url that name a family of notices to those who hold the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PushTopic(String);

impl PushTopic {
    /// The value of the header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use munadi_domain::id::Seed;

    use super::*;

    fn family(unix_ms: u64) -> NoticeId {
        NoticeId::new(Seed { unix_ms, random: 7 })
    }

    #[test]
    fn topic_is_the_beginning_of_the_digest() {
        let whole = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"secret"), family(1).to_string().as_bytes());
        let topic = TopicKey::new(b"secret").topic(family(1));
        assert_eq!(topic.as_str(), &BASE64_URL_SAFE_NO_PAD.encode(whole)[..32]);
    }

    #[test]
    fn topic_depends_on_key_and_family() {
        let topic = |key: &[u8], unix_ms| TopicKey::new(key).topic(family(unix_ms));
        assert_eq!(topic(b"a", 1), topic(b"a", 1));
        assert_ne!(topic(b"a", 1), topic(b"b", 1));
        assert_ne!(topic(b"a", 1), topic(b"a", 2));
    }

    #[test]
    fn topic_for_a_recipient_is_that_recipients_alone() {
        let key = TopicKey::new(b"secret");
        assert_eq!(key.topic_for(family(1), 7), key.topic_for(family(1), 7), "an update replaces what waits");
        let topics = [
            key.topic(family(1)),
            key.topic_for(family(1), 7),
            key.topic_for(family(1), 8),
            key.topic_for(family(2), 7),
        ];
        assert_eq!(topics.iter().map(PushTopic::as_str).collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert!(topics.iter().all(|topic| topic.as_str().len() == 32));
    }
}
