//! What the parts say to each other through RabbitMQ: ids and nothing else, so that a message can be read late, twice or by an
//! auditor. A change of meaning is a new variant with a higher version; the old one stays until no queue can hold it.

use serde::{Deserialize, Serialize};

use crate::id::NoticeId;

/// A message. The outbox stores it, the relay publishes it, a worker consumes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Message {
    /// A notice was published: turn its audience into batches.
    #[serde(rename = "fan_out.v1")]
    FanOutV1 {
        /// The published notice.
        notice: NoticeId,
    },
    /// Send one batch of a notice.
    #[serde(rename = "deliver_batch.v1")]
    DeliverBatchV1 {
        /// The published notice.
        notice: NoticeId,
        /// Which of its batches, from 0.
        batch: u32,
        /// How often the batch was worked on before: a message with another count than the batch has is a double, and is dropped.
        attempt: u32,
    },
    /// A notice was published, updated or withdrawn: tell the open inboxes of this node.
    #[serde(rename = "notice_published.v1")]
    NoticePublishedV1 {
        /// The published notice.
        notice: NoticeId,
    },
    /// Crosses a lane every few seconds, so that its age tells how fast the lane is.
    #[serde(rename = "canary.v1")]
    CanaryV1 {
        /// When it was made, in milliseconds since 1970.
        made_unix_ms: u64,
    },
}

/// Emergency traffic never waits behind routine traffic: each lane has its own queues and consumers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Notices that someone must act on at once.
    Emergency,
    /// All other notices.
    Routine,
}

impl Lane {
    /// Both lanes, the urgent one first.
    pub const ALL: [Self; 2] = [Self::Emergency, Self::Routine];

    /// The name in queue names, metrics and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Routine => "routine",
        }
    }
}

/// The rungs of the retry ladder: how long a batch rests before it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// 5 seconds.
    Seconds5,
    /// 30 seconds.
    Seconds30,
    /// 5 minutes.
    Minutes5,
}

impl Rung {
    /// All rungs, the shortest first.
    pub const ALL: [Self; 3] = [Self::Seconds5, Self::Seconds30, Self::Minutes5];

    /// How long a message rests on this rung.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Seconds5 => 5,
            Self::Seconds30 => 30,
            Self::Minutes5 => 300,
        }
    }

    /// The name in queue names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds5 => "5s",
            Self::Seconds30 => "30s",
            Self::Minutes5 => "5m",
        }
    }

    /// The rung for a batch that was tried `attempt` times and was asked to wait `retry_after` seconds: the ladder climbs with
    /// the attempts, and never comes back earlier than asked, as far as it reaches.
    pub fn for_attempt(attempt: u32, retry_after: u32) -> Self {
        let by_count = match attempt {
            0 | 1 => Self::Seconds5,
            2 | 3 => Self::Seconds30,
            _ => Self::Minutes5,
        };
        Self::ALL.into_iter().find(|rung| rung.seconds() >= retry_after).unwrap_or(Self::Minutes5).max(by_count)
    }
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// To the fan-out workers of a lane.
    FanOut(Lane),
    /// To the deliver workers of a lane.
    Deliver(Lane),
    /// To the deliver workers of a lane, after a rest.
    DeliverLater(Lane, Rung),
    /// To every node with open inboxes.
    Live,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ladder_never_returns_early() {
        for attempt in 0..8 {
            for asked in [0, 1, 5, 6, 30, 31, 300] {
                assert!(Rung::for_attempt(attempt, asked).seconds() >= asked);
            }
        }
        assert_eq!(Rung::for_attempt(1, 100_000), Rung::Minutes5);
    }

    #[test]
    fn ladder_climbs() {
        let rungs: Vec<_> = (0..6).map(|attempt| Rung::for_attempt(attempt, 0).seconds()).collect();
        assert_eq!(rungs, [5, 5, 30, 30, 300, 300]);
    }

    #[test]
    fn message_with_an_unknown_field_is_refused() {
        let text = r#"{"type":"canary.v1","made_unix_ms":1,"text":"x"}"#;
        assert!(serde_json::from_str::<Message>(text).is_err());
    }
}
