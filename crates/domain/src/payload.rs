//! The payload of a signed notice: what its signatures cover, and nothing else.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    area::{Area, Circle, DistrictCode, Pin, Polygon, StateCode},
    content::{Attachment, Content, LanguageVersion, Link, whole_seconds},
    id::{DepartmentId, NoticeId},
    notice::{Head, Intent},
    topic::Topic,
    vocabulary::{Category, Certainty, MsgType, Severity, Status, Urgency},
};

/// The payload; its RFC 8785 form is what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload {
    /// The notice.
    pub id: NoticeId,
    /// Its number in the department; no two payloads of a department share one.
    pub seq: i64,
    /// The department.
    pub department: DepartmentId,
    /// Actual, Exercise or Test.
    pub status: Status,
    /// Alert, Update or Cancel.
    pub msg_type: MsgType,
    /// What it follows: own notices by id first, then others' alerts as CAP writes them.
    pub references: Vec<String>,
    /// The kind of event.
    pub category: Category,
    /// How bad it is.
    pub severity: Severity,
    /// How soon people must act.
    pub urgency: Urgency,
    /// How sure it is.
    pub certainty: Certainty,
    /// Whom it interests.
    pub topic: Topic,
    /// Where it applies.
    pub area: PayloadArea,
    /// When it was frozen for signing.
    #[serde(with = "time::serde::rfc3339")]
    pub sent: OffsetDateTime,
    /// From when it applies.
    #[serde(with = "time::serde::rfc3339")]
    pub effective: OffsetDateTime,
    /// Until when it applies.
    #[serde(with = "time::serde::rfc3339")]
    pub expires: OffsetDateTime,
    /// The text in each language.
    pub languages: Vec<LanguageVersion>,
    /// Links to more information.
    pub links: Vec<Link>,
    /// Files, by digest.
    pub attachments: Vec<Attachment>,
}

/// The area as it is signed: as its author named it. `circles` and `states` are absent where there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayloadArea {
    /// The place in words.
    pub description: String,
    /// Whole states, by LGD code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<StateCode>,
    /// Whole districts, by LGD code.
    pub districts: Vec<DistrictCode>,
    /// Single PIN codes.
    pub pins: Vec<Pin>,
    /// Closed rings of `[lat, lon]`.
    pub polygons: Vec<Polygon>,
    /// Circles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circles: Vec<Circle>,
}

impl From<Area> for PayloadArea {
    fn from(area: Area) -> Self {
        let Area { description, states, districts, pins, polygons, circles } = area;
        Self { description, states, districts, pins, polygons, circles }
    }
}

impl From<PayloadArea> for Area {
    fn from(area: PayloadArea) -> Self {
        let PayloadArea { description, states, districts, pins, polygons, circles } = area;
        Self { description, states, districts, pins, polygons, circles }
    }
}

impl Payload {
    /// What is frozen when the author asks for the bytes to sign.
    pub fn freeze(head: &Head, content: Content, seq: i64, now: OffsetDateTime) -> Self {
        let own = head.replaces.map(|notice| notice.to_string());
        Self {
            id: head.id,
            seq,
            department: head.department,
            status: content.status,
            msg_type: head.intent.msg_type(),
            references: own.into_iter().chain(content.references).collect(),
            category: content.category,
            severity: content.severity,
            urgency: content.urgency,
            certainty: content.certainty,
            topic: content.topic,
            area: content.area.into(),
            sent: whole_seconds(now),
            effective: content.effective,
            expires: content.expires,
            languages: content.languages,
            links: content.links,
            attachments: content.attachments,
        }
    }

    /// How many approvers must sign: none for a Cancel, which needs one person, and two for what is extreme.
    pub fn approvers_needed(&self) -> usize {
        match (self.msg_type, self.severity) {
            (MsgType::Cancel, _) => 0,
            (_, Severity::Extreme) => 2,
            _ => 1,
        }
    }

    /// Whether the notice must not wait behind routine traffic.
    pub fn is_emergency(&self) -> bool {
        let bad = matches!(self.severity, Severity::Extreme | Severity::Severe);
        let soon = matches!(self.urgency, Urgency::Immediate | Urgency::Expected);
        bad && soon
    }
}

impl Intent {
    /// The word for it in the signed bytes: a correction is an update of what was wrong.
    pub const fn msg_type(self) -> MsgType {
        match self {
            Self::Alert => MsgType::Alert,
            Self::Update | Self::Correct => MsgType::Update,
            Self::Cancel => MsgType::Cancel,
        }
    }
}
