//! What our own push service speaks of: user agents, their channels, and how urgent a message is (RFC 8030).

use std::{fmt, str::FromStr};

/// A text that names no user agent or channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct InvalidName(&'static str);

/// A user agent: a browser or a distributor. Whoever knows its name is taken to be it, so it is never shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserAgentId([u8; 16]);

impl UserAgentId {
    /// A name from 128 random bits.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 128 bits.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The 32 hexadecimal digits by which it knows itself.
    pub fn to_hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for UserAgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserAgentId(…)")
    }
}

impl FromStr for UserAgentId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex);
        number.map(|number| Self(number.to_be_bytes())).ok_or(InvalidName("32 lower-case hexadecimal digits"))
    }
}

/// A channel: one subscription of a user agent, by the UUID that the user agent gave it (RFC 9562).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId([u8; 16]);

impl ChannelId {
    /// The channel of these 128 bits.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 128 bits.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", u128::from_be_bytes(self.0));
        write!(f, "{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
    }
}

impl FromStr for ChannelId {
    type Err = InvalidName;

    /// Only the usual form with hyphens, in lower case.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let digits: String = text.split('-').collect();
        let id =
            UserAgentId::from_str(&digits).map(|id| Self(id.0)).map_err(|_| InvalidName("a UUID in lower case"))?;
        if id.to_string() == text { Ok(id) } else { Err(InvalidName("a UUID in lower case")) }
    }
}

/// How much a message matters to its user (RFC 8030 §5.3). In the order of the standard, the least urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Urgency {
    /// Advertisements.
    VeryLow,
    /// Topic updates.
    Low,
    /// Chat or calendar messages.
    #[default]
    Normal,
    /// An incoming call, or a warning.
    High,
}

impl Urgency {
    const ALL: [Self; 4] = [Self::VeryLow, Self::Low, Self::Normal, Self::High];

    /// As in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VeryLow => "very-low",
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// 0 (very low) to 3 (high).
    pub const fn rank(self) -> i16 {
        match self {
            Self::VeryLow => 0,
            Self::Low => 1,
            Self::Normal => 2,
            Self::High => 3,
        }
    }

    /// The urgency of that rank.
    pub fn from_rank(rank: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|urgency| urgency.rank() == rank)
    }
}

impl FromStr for Urgency {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let found = Self::ALL.into_iter().find(|urgency| urgency.as_str() == text);
        found.ok_or(InvalidName("very-low, low, normal or high"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_written_in_one_way(bytes: [u8; 16]) {
            let (agent, channel) = (UserAgentId::from_bytes(bytes), ChannelId::from_bytes(bytes));
            prop_assert_eq!(agent.to_hex().parse::<UserAgentId>(), Ok(agent));
            prop_assert_eq!(channel.to_string().parse::<ChannelId>(), Ok(channel));
            let upper = channel.to_string().to_uppercase();
            prop_assert_eq!(upper.parse::<ChannelId>().is_ok(), upper == channel.to_string());
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (text.parse::<UserAgentId>(), text.parse::<ChannelId>(), text.parse::<Urgency>());
        }
    }

    #[test]
    fn only_the_usual_form_is_read() {
        for wrong in [
            "",
            "0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdeF",
            "+123456789abcdef0123456789abcdef",
        ] {
            assert!(wrong.parse::<UserAgentId>().is_err(), "{wrong}");
        }
        for wrong in [
            "01234567-89ab-cdef-0123-456789abcde",
            "0123456789ab-cdef-0123-4567-89abcdef",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(wrong.parse::<ChannelId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn urgencies_are_told_apart() {
        for urgency in Urgency::ALL {
            assert_eq!(urgency.as_str().parse(), Ok(urgency));
            assert_eq!(Urgency::from_rank(urgency.rank()), Some(urgency));
        }
        assert!(Urgency::VeryLow < Urgency::High && Urgency::from_rank(4).is_none());
    }
}
