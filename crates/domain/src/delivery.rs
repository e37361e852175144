//! What becomes of a notice on its way to one subscription.

use serde::{Deserialize, Serialize};

/// The outcome for one recipient of a batch. The database keeps one byte for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Outcome {
    /// Not tried yet.
    Pending = 0,
    /// The push service took it.
    Sent = 1,
    /// The push service knows no such subscription any more; it was deleted.
    Gone = 2,
    /// Tried in vain; it will be tried again.
    Waiting = 3,
    /// The push service refuses it for good.
    Failed = 4,
    /// The notice was over before it could be sent.
    Expired = 5,
    /// The citizen left before it could be sent.
    Left = 6,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Sent, Self::Gone, Self::Waiting, Self::Failed, Self::Expired, Self::Left];

    /// The byte in the database.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// From the database's byte.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    /// The word in figures and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Gone => "gone",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Left => "left",
        }
    }

    /// Whether nothing will change it any more.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Waiting)
    }
}
