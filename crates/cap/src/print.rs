//! A notice as a CAP 1.2 alert.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{
    content::{Attachment, LanguageVersion},
    id::NoticeId,
    language::Lang,
    limits,
    payload::{Payload, PayloadArea},
    place::Places,
    topic::Topic,
};

use crate::{
    reference::CapReference,
    stamp::{in_india, stamp},
    text,
    write::Xml,
    xml::NAMESPACE,
};

/// The `valueName` of the `eventCode` that carries the topic.
pub(crate) const TOPIC_CODE: &str = "munadi:topic";
/// The start of a file's name by its SHA-256 (RFC 6920 §3); the digest in base64url follows.
pub(crate) const NAMED_INFORMATION: &str = "ni:///sha-256;";

/// What a CAP alert says and the signed payload does not.
#[derive(Debug, Clone)]
pub struct CapMeta<'a> {
    /// The places that exist, to name those of an area that has no description.
    pub places: &'a Places,
    /// The department's CAP sender: no spaces, no commas, neither “<” nor “&” (CAP 1.2 §3.2.1).
    pub sender: String,
    /// The department's name in the languages in which it has one.
    pub sender_names: BTreeMap<Lang, String>,
    /// The notice's permanent address.
    pub web: String,
    /// SHA-256 of the payload's canonical bytes, in hexadecimal: it leads from the alert to the signed notice.
    pub payload_sha256: String,
    /// The department's own notices that the payload references, as [`CapReference`] names them: the sender, the notice's id and when
    /// it was sent, in the payload's order. Without them the alert names only the alerts of others.
    pub replaces: Vec<CapReference>,
}

impl CapReference {
    /// The reference under which a notice that Munadi printed is known.
    pub fn of_notice(sender: &str, payload: &Payload) -> Self {
        Self { sender: sender.to_owned(), identifier: payload.id.to_string(), sent: in_india(payload.sent) }
    }
}

/// Writes a notice as one CAP 1.2 `alert` with an `info` for each language, all in the schema's order.
///
/// The digest in `parameter`, the topic in `eventCode` and files as `ni:` names (RFC 6920) let [`crate::parse`] give back what the payload
/// says. CAP's own `digest` is SHA-1 and is not written.
pub fn print(payload: &Payload, meta: &CapMeta<'_>) -> String {
    let mut xml = Xml::new();
    xml.open("alert", &[("xmlns", NAMESPACE)]);
    xml.leaf("identifier", &payload.id.to_string());
    xml.leaf("sender", &meta.sender);
    xml.leaf("sent", &stamp(payload.sent));
    xml.leaf("status", payload.status.as_str());
    xml.leaf("msgType", payload.msg_type.as_str());
    xml.leaf("scope", "Public");
    xml.optional("references", &references(payload, meta));
    for version in &payload.languages {
        info(&mut xml, payload, version, meta);
    }
    xml.finish()
}

fn references(payload: &Payload, meta: &CapMeta<'_>) -> String {
    let others = payload.references.iter().filter(|text| text.parse::<NoticeId>().is_err());
    let others = others.filter_map(|text| Some(text.parse::<CapReference>().ok()?.to_string()));
    let mut all: Vec<String> = meta.replaces.iter().map(ToString::to_string).collect();
    for other in others {
        if !all.contains(&other) {
            all.push(other);
        }
    }
    all.join(" ")
}

fn info(xml: &mut Xml, payload: &Payload, version: &LanguageVersion, meta: &CapMeta<'_>) {
    xml.open("info", &[]);
    xml.leaf("language", version.lang.as_str());
    xml.leaf("category", payload.category.as_str());
    xml.leaf("event", event(payload.topic));
    xml.leaf("urgency", payload.urgency.as_str());
    xml.leaf("severity", payload.severity.as_str());
    xml.leaf("certainty", payload.certainty.as_str());
    named_value(xml, "eventCode", TOPIC_CODE, payload.topic.as_str());
    xml.leaf("effective", &stamp(payload.effective));
    xml.leaf("expires", &stamp(payload.expires));
    xml.optional("senderName", sender_name(&version.lang, meta));
    xml.leaf("headline", &version.headline);
    xml.optional("description", &version.body);
    xml.optional("instruction", &version.instruction);
    xml.leaf("web", &uri(&meta.web));
    named_value(xml, "parameter", "munadi:payload-sha256", &meta.payload_sha256);
    resources(xml, payload);
    area(xml, &payload.area, meta.places);
    xml.close();
}

fn sender_name<'a>(lang: &Lang, meta: &'a CapMeta<'_>) -> &'a str {
    let offered: Vec<Lang> = meta.sender_names.keys().cloned().collect();
    let best = lang.best_of(&offered).and_then(|lang| meta.sender_names.get(lang));
    best.map_or("", String::as_str)
}

/// The event's name: CAP wants one where a notice has a topic.
const fn event(topic: Topic) -> &'static str {
    match topic {
        Topic::Weather => "Weather",
        Topic::Flood => "Flood",
        Topic::Cyclone => "Cyclone",
        Topic::Earthquake => "Earthquake, tsunami or landslide",
        Topic::Fire => "Fire",
        Topic::Health => "Public health",
        Topic::Environment => "Environment",
        Topic::Safety => "Public safety",
        Topic::Transport => "Transport",
        Topic::Utilities => "Water, power and supply",
        Topic::Services => "Public services",
    }
}

fn named_value(xml: &mut Xml, element: &'static str, name: &str, value: &str) {
    xml.open(element, &[]);
    xml.leaf("valueName", name);
    xml.leaf("value", value);
    xml.close();
}

fn resources(xml: &mut Xml, payload: &Payload) {
    for link in &payload.links {
        xml.open("resource", &[]);
        xml.leaf("resourceDesc", if link.title.is_empty() { &link.href } else { &link.title });
        xml.leaf("mimeType", "text/html");
        xml.leaf("uri", &uri(&link.href));
        xml.close();
    }
    for file in &payload.attachments {
        xml.open("resource", &[]);
        xml.leaf("resourceDesc", &file.name);
        xml.leaf("mimeType", &file.media_type);
        xml.leaf("size", &file.size.to_string());
        xml.optional("uri", &file_name(file).unwrap_or_default());
        xml.close();
    }
}

/// An address as a URI (RFC 3986 §2), which the schema demands: browsers take more, and so does a notice's link. What is no URI is
/// percent-encoded; what is one stays as it is.
fn uri(href: &str) -> String {
    let authority = href.find("://").map_or(0, |scheme| scheme + 3);
    let path = href[authority..].find(['/', '?', '#']).map_or(href.len(), |end| authority + end);
    let fragment = href.find('#').unwrap_or(href.len());
    let is_kept = |(place, byte): (usize, u8)| match byte {
        b'%' => {
            href.as_bytes().get(place + 1..place + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        }
        b'#' => place == fragment,
        b'[' | b']' => place < path,
        _ => byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte),
    };
    let encode =
        |(place, byte)| if is_kept((place, byte)) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    href.bytes().enumerate().map(encode).collect::<Vec<_>>().concat()
}

fn file_name(file: &Attachment) -> Option<String> {
    let hex = file.sha256.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = hex.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    Some(format!("{NAMED_INFORMATION}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes?)))
}

fn area(xml: &mut Xml, area: &PayloadArea, places: &Places) {
    xml.open("area", &[]);
    xml.leaf("areaDesc", &description(area, places));
    for polygon in &area.polygons {
        let points = polygon.0.iter().map(|point| format!("{},{}", point.lat, point.lon));
        xml.leaf("polygon", &points.collect::<Vec<_>>().join(" "));
    }
    for circle in &area.circles {
        xml.leaf("circle", &format!("{},{} {}", circle.center.lat, circle.center.lon, circle.radius_km));
    }
    for code in &area.states {
        named_value(xml, "geocode", "LGD State Code", &code.to_string());
    }
    for code in &area.districts {
        named_value(xml, "geocode", "LGD District Code", &code.to_string());
    }
    for pin in &area.pins {
        named_value(xml, "geocode", "PIN Code", &pin.to_string());
    }
    xml.close();
}

/// The place in words, which CAP demands: those of the author, else the names of what the area lists.
fn description(area: &PayloadArea, places: &Places) -> String {
    if !area.description.is_empty() {
        return area.description.clone();
    }
    let states = area.states.iter().filter_map(|code| Some(places.state(*code)?.to_owned()));
    let districts = area.districts.iter().filter_map(|code| Some(places.district(*code)?.name.clone()));
    let pins = area.pins.iter().map(|pin| format!("PIN {pin}"));
    let names = states.chain(districts).chain(pins).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        return around(area, places).unwrap_or_else(|| "India".to_owned());
    }
    text::cut(&names, limits::AREA_DESCRIPTION_CHARS).unwrap_or(names)
}

/// The district next to the area's first shape.
fn around(area: &PayloadArea, places: &Places) -> Option<String> {
    let corner = area.polygons.first().and_then(|polygon| polygon.0.first().copied());
    let point = area.circles.first().map(|circle| circle.center).or(corner)?;
    let (pin, _) = places.nearest(point)?;
    Some(format!("Around {}", places.district_of(pin)?.name))
}

#[cfg(test)]
mod tests;
