//! What a notice says: as a draft, and as it was signed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type},
    },
};

use super::words::{
    Category, Certainty, DepartmentId, Hex32, Lang, LgdCode, MsgType, NoticeId, Pin, Severity, Status, Topic, Urgency,
};

/// What is typed of a notice. Anything may be missing until it is submitted.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DraftContent {
    /// Whether it is meant.
    #[schema(value_type = Option<Status>)]
    status: Option<String>,
    /// The kind of event.
    #[schema(value_type = Option<Category>)]
    category: Option<String>,
    /// How bad it is.
    #[schema(value_type = Option<Severity>)]
    severity: Option<String>,
    /// How soon people must act.
    #[schema(value_type = Option<Urgency>)]
    urgency: Option<String>,
    /// How sure it is.
    #[schema(value_type = Option<Certainty>)]
    certainty: Option<String>,
    /// Whom it interests.
    #[schema(value_type = Option<Topic>)]
    topic: Option<String>,
    /// Where it applies.
    area: Area,
    /// From when it applies; from its sending if absent.
    #[schema(format = DateTime)]
    effective: Option<String>,
    /// Until when it applies: at most 28 days ahead when it is submitted.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// The same text in several languages.
    #[schema(max_items = 16)]
    languages: Vec<LanguageVersion>,
    /// Links to more information.
    #[schema(max_items = 10)]
    links: Vec<Link>,
    /// Files; the notice carries their digests only.
    #[schema(max_items = 10)]
    attachments: Vec<Attachment>,
    /// Alerts of others that this one follows, as CAP writes them: `sender,identifier,sent`.
    #[schema(max_items = 50)]
    references: Vec<String>,
}

/// Where a notice applies: the union of all its parts. Absent parts are empty.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Area {
    /// The place in words, as people there call it.
    #[schema(max_length = 500)]
    description: String,
    /// Whole states, by their codes in the Local Government Directory.
    #[schema(value_type = Vec<LgdCode>, max_items = 1000)]
    states: Vec<u16>,
    /// Whole districts, by their codes in the Local Government Directory.
    #[schema(value_type = Vec<LgdCode>, max_items = 1000)]
    districts: Vec<u16>,
    /// Single PIN codes.
    #[schema(value_type = Vec<Pin>, max_items = 5000)]
    pins: Vec<String>,
    /// Closed rings: the last point is the first. All together have at most 50,000 points.
    #[schema(value_type = Vec<Vec<Point>>, max_items = 1000)]
    polygons: Vec<serde_json::Value>,
    /// Circles.
    #[schema(max_items = 1000)]
    circles: Vec<Circle>,
}

/// A point and a distance around it.
#[derive(Serialize, Deserialize, ToSchema)]
struct Circle {
    /// The center.
    #[schema(value_type = Point)]
    center: serde_json::Value,
    /// The radius in kilometers, 0 to 5000.
    #[schema(value_type = Decimal)]
    radius_km: serde_json::Value,
}

/// One language version of a notice.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LanguageVersion {
    /// The language.
    #[schema(value_type = Lang)]
    lang: String,
    /// What happened, in one line.
    #[schema(max_length = 200)]
    headline: String,
    /// What is known.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    body: String,
    /// What to do.
    #[serde(default)]
    #[schema(max_length = 4000)]
    instruction: String,
}

/// A link to more information.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Link {
    /// An `https` address without a user name.
    href: String,
    /// What is there.
    #[serde(default)]
    title: String,
}

/// A file that belongs to the notice.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Attachment {
    /// The file's name, without a folder.
    name: String,
    /// Its media type.
    #[serde(rename = "type")]
    media_type: String,
    /// Its size in bytes.
    #[schema(minimum = 0)]
    size: u64,
    /// Its digest.
    #[schema(value_type = Hex32)]
    sha256: String,
}

/// What the signatures of a notice cover, in its RFC 8785 form.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedPayload {
    /// The notice.
    #[schema(value_type = NoticeId)]
    id: String,
    /// Its number in the department; no two payloads of a department share one.
    seq: i64,
    /// The department.
    #[schema(value_type = DepartmentId)]
    department: String,
    /// Whether it is meant.
    #[schema(value_type = Status)]
    status: String,
    /// What it does to the notices before it.
    #[schema(value_type = MsgType)]
    msg_type: String,
    /// What it follows: own notices by id first, then others' alerts as CAP writes them.
    references: Vec<String>,
    /// The kind of event.
    #[schema(value_type = Category)]
    category: String,
    /// How bad it is.
    #[schema(value_type = Severity)]
    severity: String,
    /// How soon people must act.
    #[schema(value_type = Urgency)]
    urgency: String,
    /// How sure it is.
    #[schema(value_type = Certainty)]
    certainty: String,
    /// Whom it interests.
    #[schema(value_type = Topic)]
    topic: String,
    /// Where it applies.
    area: Area,
    /// When it was frozen for signing.
    #[schema(format = DateTime)]
    sent: String,
    /// From when it applies.
    #[schema(format = DateTime)]
    effective: String,
    /// Until when it applies.
    #[schema(format = DateTime)]
    expires: String,
    /// The text in each language.
    languages: Vec<LanguageVersion>,
    /// Links to more information.
    links: Vec<Link>,
    /// Files, by digest.
    attachments: Vec<Attachment>,
}

/// A coordinate or a distance.
enum Decimal {}

impl PartialSchema for Decimal {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^[+-]?[0-9]{1,4}(\.[0-9]{1,20})?$"));
        let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(-9999)).maximum(Some(9999));
        let words = "A decimal number as a text, which has five decimals when we write it. In a draft, a JSON number is accepted too.";
        OneOfBuilder::new().item(text).item(number).description(Some(words)).into()
    }
}

impl ToSchema for Decimal {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Decimal")
    }
}

/// A point on the earth.
enum Point {}

impl PartialSchema for Point {
    fn schema() -> RefOr<Schema> {
        let items = utoipa::openapi::Ref::from_schema_name("Decimal");
        let point = ArrayBuilder::new().items(items).min_items(Some(2)).max_items(Some(2));
        point.description(Some("A point on the earth (WGS 84): degrees north, degrees east.")).into()
    }
}

impl ToSchema for Point {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Point")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Decimal::name().into_owned(), Decimal::schema()));
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use munadi_domain::{content, limits};
    use serde_json::{Value, json};

    use super::*;

    fn full() -> Value {
        json!({
            "status": "Actual", "category": "Met", "severity": "Severe", "urgency": "Expected", "certainty": "Observed", "topic": "flood",
            "area": {
                "description": "x", "states": [9], "districts": [187], "pins": ["221001"],
                "polygons": [[["25.0", "83.0"], ["26.0", 83], ["26.0", "84.0"], ["25.0", "83.0"]]],
                "circles": [{"center": ["25.0", "83.0"], "radius_km": 2.5}],
            },
            "effective": "2026-11-22T12:00:00Z", "expires": "2026-11-22T13:00:00Z",
            "languages": [{"lang": "hi", "headline": "बाढ़", "body": "", "instruction": ""}],
            "links": [{"href": "https://x.in", "title": ""}],
            "attachments": [{"name": "a.pdf", "type": "application/pdf", "size": 1, "sha256": "0".repeat(64)}],
            "references": ["a,b,c"],
        })
    }

    /// The names of all members, wherever they are.
    fn names(value: &Value, at: &str, into: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                into.push(format!("{at}/{name}"));
                names(value, &format!("{at}/{name}"), into);
            }),
            Value::Array(items) => items.iter().for_each(|item| names(item, &format!("{at}/*"), into)),
            _ => {}
        }
    }

    #[test]
    fn description_has_the_members_of_the_domain() {
        let content: content::DraftContent = serde_json::from_value(full()).unwrap();
        let (mut written, mut described) = (Vec::new(), Vec::new());
        names(&serde_json::to_value(&content).unwrap(), "", &mut written);
        names(&full(), "", &mut described);
        written.sort_unstable();
        described.sort_unstable();
        assert_eq!(written, described);
        assert!(serde_json::from_value::<DraftContent>(full()).is_ok());
        assert!(serde_json::from_value::<DraftContent>(json!({})).is_ok());
        assert!(serde_json::from_value::<DraftContent>(json!({"a": 1})).is_err());
    }

    #[test]
    fn signed_notice_is_as_described() {
        let vector = include_str!("../../../../api-spec/vectors/notice/alert.json");
        let vector: Value = serde_json::from_str(vector).unwrap();
        let envelope: Value = serde_json::from_str(vector["envelope"].as_str().unwrap()).unwrap();
        let payload = BASE64_URL_SAFE_NO_PAD.decode(envelope["payload"].as_str().unwrap()).unwrap();
        assert!(serde_json::from_slice::<SignedPayload>(&payload).is_ok());
    }

    #[test]
    fn described_limits_are_the_limits() {
        let schema = serde_json::to_value(DraftContent::schema()).unwrap();
        let most = |name: &str| schema["properties"][name]["maxItems"].as_u64().unwrap();
        assert_eq!(most("languages"), limits::LANGUAGES as u64);
        assert_eq!(most("links"), limits::LINKS as u64);
        assert_eq!(most("references"), limits::REFERENCES as u64);
        let schema = serde_json::to_value(Area::schema()).unwrap();
        let most = |name: &str| schema["properties"][name]["maxItems"].as_u64().unwrap();
        assert_eq!((most("pins"), most("polygons")), (limits::AREA_PINS as u64, limits::POLYGONS as u64));
        assert_eq!((most("circles"), most("states")), (limits::CIRCLES as u64, limits::AREA_DISTRICTS as u64));
    }
}
