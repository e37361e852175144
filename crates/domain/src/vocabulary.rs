//! The closed vocabularies of a notice. They are those of CAP 1.2, so that an alert goes in and out without a loss.

use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word as it stands in CAP, in the signed payload and in the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| UnknownWord {
                    known: Self::ALL.iter().map(|value| value.as_str()).collect(),
                })
            }
        }
    )*};
}

/// A word that the vocabulary does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {}", known.join(", "))]
pub struct UnknownWord {
    /// The words it has.
    pub known: Vec<&'static str>,
}

vocabulary! {
    /// Whether a notice is meant. It is inside the signed bytes, so that a drill cannot be passed off as the real thing, nor the reverse.
    Status {
        /// People must act on it.
        Actual,
        /// A drill: real people, no real danger.
        Exercise,
        /// A technical test, which people need not act on.
        Test,
    }

    /// What a notice does to the notices before it.
    MsgType {
        /// It starts something new.
        Alert,
        /// It replaces the notices that it references.
        Update,
        /// It takes back the notices that it references.
        Cancel,
    }

    /// The kind of event.
    Category {
        /// Geophysical, such as a landslide or an earthquake.
        Geo,
        /// Meteorological, also floods.
        Met,
        /// General safety.
        Safety,
        /// Law enforcement, military and security.
        Security,
        /// Rescue and recovery.
        Rescue,
        /// Fire.
        Fire,
        /// Medicine and public health.
        Health,
        /// Pollution and other environment.
        Env,
        /// Public and private transport.
        Transport,
        /// Utilities and other infrastructure.
        Infra,
        /// Chemical, biological, radiological, nuclear or explosive.
        CBRNE,
        /// Anything else.
        Other,
    }

    /// How bad it is.
    Severity {
        /// Extraordinary threat to life or property. A second approver is needed.
        Extreme,
        /// Significant threat.
        Severe,
        /// Possible threat.
        Moderate,
        /// Little or no threat.
        Minor,
        /// Not known.
        Unknown,
    }

    /// How soon people must act.
    Urgency {
        /// At once.
        Immediate,
        /// Within the next hour.
        Expected,
        /// In the near future.
        Future,
        /// It is over.
        Past,
        /// Not known.
        Unknown,
    }

    /// How sure it is.
    Certainty {
        /// It has happened or is going on.
        Observed,
        /// More likely than not.
        Likely,
        /// Possible, but not likely.
        Possible,
        /// Hardly.
        Unlikely,
        /// Not known.
        Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_written_and_only_so() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(*severity));
        }
        let error = "severe".parse::<Severity>().unwrap_err();
        assert_eq!(error.to_string(), "expected one of Extreme, Severe, Moderate, Minor, Unknown");
    }
}
