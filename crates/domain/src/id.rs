//! Ids: a prefix that says what is named, and 128 bits in the order of their making (the layout of `UUIDv7`, RFC 9562 §5.7),
//! written in 26 characters of lower-case Crockford base 32.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const DIGITS: usize = 26;

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with “{prefix}_” and has {DIGITS} more characters")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// What an id is made from: a time, so that ids sort as they were made, and randomness, so that none can be guessed.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// Milliseconds since 1970; the low 48 bits are used.
    pub unix_ms: u64,
    /// 74 bits of it are used.
    pub random: u128,
}

impl Seed {
    /// A seed from a tick: milliseconds since 1970 times 4096, and a counter within the millisecond. It takes the place of 12 random
    /// bits (RFC 9562 §6.2, method 1), so that ids of one millisecond, too, sort as they were made.
    pub fn counted(tick: u64, random: u128) -> Self {
        Self { unix_ms: tick >> 12, random: random & !0xfff | u128::from(tick & 0xfff) }
    }

    fn bits(self) -> u128 {
        let time = u128::from(self.unix_ms & 0xffff_ffff_ffff) << 80;
        let high = (self.random & 0xfff) << 64;
        let low = (self.random >> 12) & 0x3fff_ffff_ffff_ffff;
        time | 0x7000 << 64 | high | 0b10 << 62 | low
    }
}

fn write_digits(bits: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for position in (0..DIGITS).rev() {
        let digit = usize::try_from((bits >> (5 * position)) & 31).map_err(|_| fmt::Error)?;
        write!(f, "{}", char::from(ALPHABET[digit]))?;
    }
    Ok(())
}

fn read_digits(text: &str) -> Option<u128> {
    if text.len() != DIGITS {
        return None;
    }
    let value = |byte: u8| ALPHABET.iter().position(|&letter| letter == byte);
    let mut bits: u128 = 0;
    for (index, byte) in text.bytes().enumerate() {
        let digit = value(byte)?;
        // 26 digits hold 130 bits: the first may only be 0 to 7, or two texts would name the same id.
        if index == 0 && digit > 7 {
            return None;
        }
        bits = bits << 5 | digit as u128;
    }
    Some(bits)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What every such id starts with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id; the seed must be fresh.
            pub fn new(seed: Seed) -> Self {
                Self(seed.bits())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                write_digits(self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(read_digits)
                    .map(Self)
                    .ok_or(InvalidId { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A notice, from its first draft on.
    NoticeId = "ntc";
    /// A department.
    DepartmentId = "dep";
    /// An officer; also the pseudonym under which officers appear in signatures and in the audit trail.
    OfficerId = "ofc";
    /// One sign-in of one officer on one device.
    SessionId = "ses";
    /// A department's own computer system.
    ClientId = "cli";
    /// A citizen's subscription.
    SubscriptionId = "sub";
    /// One official act in the audit trail.
    EventId = "evt";
    /// A message between two parts of Munadi.
    MessageId = "msg";
    /// A key to sign with, as it is named in the key directory.
    KeyId = "key";
    /// A role that one admin has asked for and another confirms.
    RoleGrantId = "grt";
    /// A dead letter that waits for the operator.
    DeadLetterId = "ded";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_of_later_ticks_sort_later(tick in 0..1_u64 << 60, more in 1..5_000_u64, first: u128, second: u128) {
            let id = |tick, random| NoticeId::new(Seed::counted(tick, random));
            prop_assume!(tick + more < 1 << 60);
            prop_assert!(id(tick, first) < id(tick + more, second));
            prop_assert!(id(tick, first).to_string() < id(tick + more, second).to_string());
        }

        #[test]
        fn text_and_id_name_each_other(unix_ms in 0..1_u64 << 48, random: u128) {
            let id = NoticeId::new(Seed { unix_ms, random });
            let text = id.to_string();
            prop_assert_eq!(text.len(), 30);
            prop_assert_eq!(text.parse::<NoticeId>(), Ok(id));
            prop_assert_eq!(serde_json::from_str::<NoticeId>(&format!("\"{text}\"")).ok(), Some(id));
        }

        #[test]
        fn order_of_text_is_order_of_making(a in 0..1_u64 << 48, b in 0..1_u64 << 48, x: u128, y: u128) {
            let (one, two) = (NoticeId::new(Seed { unix_ms: a, random: x }), NoticeId::new(Seed { unix_ms: b, random: y }));
            if a != b {
                prop_assert_eq!(a < b, one.to_string() < two.to_string());
            }
        }

        #[test]
        fn no_text_is_read_that_would_not_be_written(text in "(ntc|ofc)_[0-9a-z]{25,27}") {
            if let Ok(id) = text.parse::<NoticeId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn layout_is_uuid_version_7() {
        let bits = Seed { unix_ms: 0x0123_4567_89ab, random: u128::MAX }.bits();
        assert_eq!(format!("{bits:032x}"), "0123456789ab7fffbfffffffffffffff");
    }
}
