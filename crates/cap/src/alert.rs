//! A CAP alert as it was read: every value of its right kind, nothing decided yet.

use munadi_domain::{
    area::{Circle, Polygon},
    fault::Fault,
    vocabulary::{Category, Certainty, Severity, Urgency},
};
use time::OffsetDateTime;

use crate::reference::CapReference;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl std::str::FromStr for $name {
            type Err = munadi_domain::vocabulary::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $(stringify!($variant) => Ok(Self::$variant),)*
                    _ => Err(munadi_domain::vocabulary::UnknownWord { known: vec![$(stringify!($variant)),*] }),
                }
            }
        }
    )*};
}

words! {
    /// What CAP's `status` can say; a notice has the first three.
    CapStatus {
        /// People must act on it.
        Actual,
        /// A drill.
        Exercise,
        /// A technical test.
        Test,
        /// For the network's own machines.
        System,
        /// A template or an unfinished alert.
        Draft,
    }

    /// What CAP's `msgType` can say; a notice has the first three.
    CapMsgType {
        /// It starts something new.
        Alert,
        /// It replaces what it references.
        Update,
        /// It takes back what it references.
        Cancel,
        /// It acknowledges what it references.
        Ack,
        /// It refuses what it references.
        Error,
    }

    /// Whom an alert may reach.
    Scope {
        /// Everyone.
        Public,
        /// Those that `restriction` names.
        Restricted,
        /// Those that `addresses` lists.
        Private,
    }
}

/// Where an alert comes from: what identifies it in the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapSource {
    /// Who sent it.
    pub sender: String,
    /// Its identifier, unique with its sender.
    pub identifier: String,
    /// When it was sent, in the offset in which it was written.
    pub sent: OffsetDateTime,
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapAlert {
    /// Where it comes from.
    pub source: CapSource,
    /// Whether it is meant.
    pub status: CapStatus,
    /// What it does to others.
    pub msg_type: CapMsgType,
    /// Whom it may reach.
    pub scope: Scope,
    /// The others.
    pub references: Vec<CapReference>,
    /// What it says, once for each language and often more than once.
    pub infos: Vec<CapInfo>,
    /// What was noticed while it was read.
    pub warnings: Vec<Fault>,
}

/// One `info`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapInfo {
    /// The language's code as it was written.
    pub language: Option<String>,
    /// The kinds of event.
    pub categories: Vec<Category>,
    /// The event's name.
    pub event: Option<String>,
    /// The value of the `eventCode` under which Munadi writes a notice's topic.
    pub topic_code: Option<String>,
    /// How soon people must act.
    pub urgency: Option<Urgency>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// How sure it is.
    pub certainty: Option<Certainty>,
    /// From when it applies.
    pub effective: Option<OffsetDateTime>,
    /// Until when it applies.
    pub expires: Option<OffsetDateTime>,
    /// What happened, in one line.
    pub headline: Option<String>,
    /// What is known.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// An address with more.
    pub web: Option<String>,
    /// Files.
    pub resources: Vec<CapResource>,
    /// Where it applies.
    pub areas: Vec<CapArea>,
}

/// One `resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapResource {
    /// What it is.
    pub description: String,
    /// Its media type.
    pub mime_type: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its address or name.
    pub uri: Option<String>,
    /// Whether it came with a digest, which CAP makes with SHA-1.
    pub has_digest: bool,
}

/// One `area`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapArea {
    /// The place in words.
    pub description: Option<String>,
    /// Closed rings.
    pub polygons: Vec<Polygon>,
    /// Circles.
    pub circles: Vec<Circle>,
    /// Codes.
    pub geocodes: Vec<Geocode>,
}

/// One `geocode`: a code and the system it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geocode {
    /// The system's name.
    pub name: String,
    /// The code.
    pub value: String,
}
