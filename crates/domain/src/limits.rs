//! Limits on every size and count that a stranger or a colleague can choose.

/// Bytes of a signed notice's canonical payload.
pub const PAYLOAD_BYTES: usize = 64 * 1024;
/// Language versions of a notice.
pub const LANGUAGES: usize = 16;
/// Polygons of an area.
pub const POLYGONS: usize = 1_000;
/// Circles of an area.
pub const CIRCLES: usize = 1_000;
/// Points of all polygons of an area together.
pub const POINTS: usize = 50_000;
/// PIN codes that an area names one by one.
pub const AREA_PINS: usize = 5_000;
/// Districts and states that an area names.
pub const AREA_DISTRICTS: usize = 1_000;
/// Characters of a headline.
pub const HEADLINE_CHARS: usize = 200;
/// Characters of a body.
pub const BODY_CHARS: usize = 10_000;
/// Characters of an instruction.
pub const INSTRUCTION_CHARS: usize = 4_000;
/// Characters of an area's description.
pub const AREA_DESCRIPTION_CHARS: usize = 500;
/// Links and attachments of a notice, each.
pub const LINKS: usize = 10;
/// Characters of a link.
pub const LINK_CHARS: usize = 1_000;
/// Characters of a comment with which a notice is returned.
pub const COMMENT_CHARS: usize = 2_000;
/// The longest time from now to a notice's expiry, in days: the longest a push service keeps a message.
pub const LIFETIME_DAYS: i64 = 28;
/// PIN codes of one subscription.
pub const SUBSCRIPTION_PINS: usize = 20;
/// Bytes of a CAP document.
pub const CAP_BYTES: usize = 1024 * 1024;
/// References of a notice to others' alerts.
pub const REFERENCES: usize = 50;
/// Recipients of one batch.
pub const BATCH: usize = 500;
