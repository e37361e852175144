//! Topics: what a citizen chooses to hear about.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{Category, UnknownWord};

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal, $slug:literal;)*) => {
        /// A topic. A notice has one, a subscription any number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Topic {
            $($(#[$doc])* $variant,)*
        }

        impl Topic {
            /// Every topic.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in addresses, in the signed payload and in the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $slug,)*
                }
            }

            const fn bit(self) -> i32 {
                match self {
                    $(Self::$variant => 1 << $bit,)*
                }
            }
        }
    };
}

topics! {
    /// Storms, heat, cold, rain, lightning.
    Weather = 0, "weather";
    /// Floods and dams.
    Flood = 1, "flood";
    /// Cyclones and the sea.
    Cyclone = 2, "cyclone";
    /// Earthquakes, tsunamis, landslides.
    Earthquake = 3, "earthquake";
    /// Fire.
    Fire = 4, "fire";
    /// Public health.
    Health = 5, "health";
    /// Air, water and soil.
    Environment = 6, "environment";
    /// Police and public safety.
    Safety = 7, "safety";
    /// Roads, trains and flights.
    Transport = 8, "transport";
    /// Water, power and other supply.
    Utilities = 9, "utilities";
    /// Schools, taxes, benefits and other services of an administration.
    Services = 10, "services";
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Topic {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let known = || Self::ALL.iter().map(|topic| topic.as_str()).collect();
        Self::ALL.iter().copied().find(|topic| topic.as_str() == text).ok_or_else(|| UnknownWord { known: known() })
    }
}

impl From<Category> for Topic {
    /// The topic that a CAP category suggests; the event's name may suggest a narrower one.
    fn from(category: Category) -> Self {
        match category {
            Category::Geo => Self::Earthquake,
            Category::Met => Self::Weather,
            Category::Safety | Category::Security | Category::Rescue | Category::CBRNE => Self::Safety,
            Category::Fire => Self::Fire,
            Category::Health => Self::Health,
            Category::Env => Self::Environment,
            Category::Transport => Self::Transport,
            Category::Infra => Self::Utilities,
            Category::Other => Self::Services,
        }
    }
}

/// A set of topics, kept as bits: the audience query tests one of them on a million rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopicSet(i32);

impl TopicSet {
    /// The bits, as the database keeps them.
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// From the database's bits; unknown ones are dropped.
    pub fn from_bits(bits: i32) -> Self {
        Topic::ALL.iter().copied().filter(|topic| bits & topic.bit() != 0).collect()
    }

    /// Every topic.
    pub fn all() -> Self {
        Topic::ALL.iter().copied().collect()
    }

    /// Whether the topic is in the set.
    pub const fn contains(self, topic: Topic) -> bool {
        self.0 & topic.bit() != 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The topics, in their fixed order.
    pub fn iter(self) -> impl Iterator<Item = Topic> {
        Topic::ALL.iter().copied().filter(move |topic| self.contains(*topic))
    }
}

impl FromIterator<Topic> for TopicSet {
    fn from_iter<I: IntoIterator<Item = Topic>>(topics: I) -> Self {
        Self(topics.into_iter().fold(0, |bits, topic| bits | topic.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_topics_name_each_other() {
        for bits in 0..1 << Topic::ALL.len() {
            assert_eq!(TopicSet::from_bits(bits).iter().collect::<TopicSet>().bits(), bits);
        }
        assert_eq!(TopicSet::from_bits(-1), TopicSet::all());
    }

    #[test]
    fn slug_is_the_serialized_form() {
        for topic in Topic::ALL {
            assert_eq!(serde_json::to_value(topic).unwrap(), topic.as_str());
            assert_eq!(topic.as_str().parse(), Ok(*topic));
        }
    }
}
