//! What a user agent and this service say to each other over the WebSocket: one JSON object in a text frame, told apart by
//! `messageType`. It is the protocol that Firefox and the UnifiedPush distributor Sunup speak.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::push::ChannelId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::message::Message;

/// A frame that is longer is not read, in bytes. An acknowledgement of everything that may be unacknowledged fits into it.
pub(crate) const MAX_FRAME: usize = 16 * 1_024;
/// What a user agent sends to see whether it is still heard, and is answered.
pub(crate) const PING: &str = "{}";

/// What a user agent says.
#[derive(Debug, Deserialize)]
#[serde(tag = "messageType", rename_all = "snake_case")]
pub(crate) enum Said {
    /// First of all: who it is.
    Hello {
        /// The name it was given before; absent or empty the first time.
        #[serde(default)]
        uaid: Option<String>,
        /// Whether it wants messages with a body: nothing else is spoken here. Firefox says so, Sunup takes it for granted.
        #[serde(default = "wanted")]
        use_webpush: bool,
    },
    /// It wants an endpoint.
    Register {
        #[serde(rename = "channelID", deserialize_with = "channel")]
        channel: ChannelId,
        /// The only key that may send to it, in base64url (RFC 8292 §4.1).
        #[serde(default)]
        key: Option<String>,
    },
    /// It does not want an endpoint any more.
    Unregister {
        #[serde(rename = "channelID", deserialize_with = "channel")]
        channel: ChannelId,
        /// 200: its user; 201: too many messages that nobody saw; 202: the permission was taken back.
        #[serde(default)]
        code: Option<u16>,
    },
    /// It has dealt with these messages.
    Ack { updates: Vec<Update> },
    /// It could not deal with a message, and never will.
    Nack { version: Version },
    /// It wants to hear of changes of general interest. There are none here.
    BroadcastSubscribe {},
    /// As [`PING`].
    Ping {},
    /// Something of a later version of the protocol.
    #[serde(other)]
    Unknown,
}

/// A message that was dealt with.
#[derive(Debug, Deserialize)]
pub(crate) struct Update {
    pub(crate) version: Version,
    /// 100: delivered; 101: it could not be decrypted; 102: not delivered.
    #[serde(default)]
    pub(crate) code: Option<u16>,
}

/// The name of a message towards the user agent, which only gives it back. Anything that is none of ours is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(text.parse().ok().filter(|id: &i64| id.to_string() == text)))
    }
}

const fn wanted() -> bool {
    true
}

fn channel<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ChannelId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

impl Said {
    /// Reads a frame.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        if text.trim_ascii() == PING { Ok(Self::Ping {}) } else { serde_json::from_str(text) }
    }
}

/// What this service says.
#[derive(Debug, Serialize)]
#[serde(tag = "messageType", rename_all = "snake_case")]
enum Answer<'a> {
    Hello {
        uaid: &'a str,
        status: u16,
        use_webpush: bool,
        broadcasts: Nothing,
    },
    Register {
        #[serde(rename = "channelID", serialize_with = "display")]
        channel: ChannelId,
        status: u16,
        #[serde(rename = "pushEndpoint", skip_serializing_if = "Option::is_none")]
        endpoint: Option<&'a str>,
    },
    Unregister {
        #[serde(rename = "channelID", serialize_with = "display")]
        channel: ChannelId,
        status: u16,
    },
    Notification {
        #[serde(rename = "channelID", serialize_with = "display")]
        channel: ChannelId,
        version: String,
        ttl: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        headers: Option<Headers>,
    },
}

#[derive(Debug, Serialize)]
struct Nothing {}

#[derive(Debug, Serialize)]
struct Headers {
    encoding: &'static str,
}

fn display<S: Serializer>(channel: &ChannelId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(channel)
}

/// The answer to a hello.
pub(crate) fn hello(uaid: &str) -> String {
    write(&Answer::Hello { uaid, status: 200, use_webpush: true, broadcasts: Nothing {} })
}

/// The answer to a registration: the endpoint, or the status of a refusal.
pub(crate) fn register(channel: ChannelId, outcome: Result<&str, u16>) -> String {
    write(&Answer::Register { channel, status: outcome.err().unwrap_or(200), endpoint: outcome.ok() })
}

/// The answer to the end of a registration.
pub(crate) fn unregister(channel: ChannelId, status: u16) -> String {
    write(&Answer::Unregister { channel, status })
}

/// A message.
pub(crate) fn notification(message: &Message) -> String {
    let has_body = !message.body.is_empty();
    write(&Answer::Notification {
        channel: message.channel,
        version: message.id.to_string(),
        ttl: message.ttl,
        data: has_body.then(|| BASE64_URL_SAFE_NO_PAD.encode(&message.body)),
        headers: has_body.then_some(Headers { encoding: "aes128gcm" }),
    })
}

fn write(answer: &Answer<'_>) -> String {
    // Writing text and numbers to memory cannot fail.
    serde_json::to_string(answer).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: &str = "01234567-89ab-cdef-0123-456789abcdef";

    #[test]
    fn answers_are_as_browsers_read_them() {
        let channel: ChannelId = CHANNEL.parse().unwrap();
        assert_eq!(
            hello("00ff"),
            r#"{"messageType":"hello","uaid":"00ff","status":200,"use_webpush":true,"broadcasts":{}}"#
        );
        assert_eq!(
            register(channel, Ok("https://push.example/wpush/v2/x")),
            format!(
                r#"{{"messageType":"register","channelID":"{CHANNEL}","status":200,"pushEndpoint":"https://push.example/wpush/v2/x"}}"#
            )
        );
        assert_eq!(
            register(channel, Err(429)),
            format!(r#"{{"messageType":"register","channelID":"{CHANNEL}","status":429}}"#)
        );
        assert_eq!(
            unregister(channel, 200),
            format!(r#"{{"messageType":"unregister","channelID":"{CHANNEL}","status":200}}"#)
        );
        let message = Message { id: 7, channel, body: vec![0xfb, 0xff].into(), ttl: 60 };
        assert_eq!(
            notification(&message),
            format!(
                r#"{{"messageType":"notification","channelID":"{CHANNEL}","version":"7","ttl":60,"data":"-_8","headers":{{"encoding":"aes128gcm"}}}}"#
            )
        );
        let empty = Message { body: Vec::new().into(), ..message };
        assert!(!notification(&empty).contains("data") && !notification(&empty).contains("headers"));
    }

    #[test]
    fn frames_are_read_as_browsers_write_them() {
        for (frame, expected) in [
            (r"{}", "Ping"),
            (r#"{"messageType":"later","more":[1]}"#, "Unknown"),
            (" {}\n", "Ping"),
            (r#"{"messageType":"ping"}"#, "Ping"),
            (
                r#"{"messageType":"hello","broadcasts":{"remote-settings/monitor_changes":"\"1\""},"use_webpush":true}"#,
                "Hello { uaid: None, use_webpush: true }",
            ),
            (r#"{"messageType":"hello","uaid":null}"#, "Hello { uaid: None, use_webpush: true }"),
            (
                r#"{"messageType":"unregister","channelID":"01234567-89ab-cdef-0123-456789abcdef","code":200}"#,
                "Unregister {",
            ),
            (
                r#"{"messageType":"ack","updates":[{"channelID":"x","version":"12","code":100}]}"#,
                "version: Version(Some(12))",
            ),
            (r#"{"messageType":"ack","updates":[{"version":"012"},{"version":"x"}]}"#, "version: Version(None)"),
            (r#"{"messageType":"nack","version":"3","code":301}"#, "Nack { version: Version(Some(3)) }"),
            (r#"{"messageType":"broadcast_subscribe","broadcasts":{"id":"v"}}"#, "BroadcastSubscribe"),
        ] {
            let said = format!("{:?}", Said::read(frame).unwrap());
            assert!(said.contains(expected), "{frame}: {said}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for frame in
            ["", "[]", "null", "{", r#"{"messageType":"register","channelID":"x"}"#, r#"{"messageType":"ack"}"#]
        {
            assert!(Said::read(frame).is_err(), "{frame}");
        }
    }
}
