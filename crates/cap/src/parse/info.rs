//! One `info` (CAP 1.2 §3.2.2) and its resources (§3.2.3).

use munadi_domain::vocabulary::{Certainty, UnknownWord};

use super::{
    area,
    group::{Group, Node},
};
use crate::{
    alert::{CapInfo, CapResource},
    print::TOPIC_CODE,
    report::{Report, quoted},
};

const INFO: [&str; 21] = [
    "language",
    "category",
    "event",
    "responseType",
    "urgency",
    "severity",
    "certainty",
    "audience",
    "eventCode",
    "effective",
    "onset",
    "expires",
    "senderName",
    "headline",
    "description",
    "instruction",
    "web",
    "contact",
    "parameter",
    "resource",
    "area",
];
/// Elements which say something that a notice cannot keep. `eventCode` and `senderName` are known by other means.
const LEFT_OUT: [&str; 5] = ["responseType", "audience", "onset", "contact", "parameter"];
const RESOURCE: [&str; 6] = ["resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"];

pub(super) fn read(node: &Node<'_>, report: &mut Report) -> CapInfo {
    let group = Group::new(node, &INFO, report);
    group.leave_out(&LEFT_OUT, report);
    CapInfo {
        language: line(&group, "language", report),
        categories: group.many("category").filter_map(|node| node.word(report)).collect(),
        event: line(&group, "event", report),
        topic_code: topic_code(&group, report),
        urgency: word(&group, "urgency", report),
        severity: word(&group, "severity", report),
        certainty: certainty(&group, report),
        effective: group.one("effective", report).and_then(|node| node.time(report)),
        expires: group.one("expires", report).and_then(|node| node.time(report)),
        headline: line(&group, "headline", report),
        description: lines(&group, "description", report),
        instruction: lines(&group, "instruction", report),
        web: line(&group, "web", report),
        resources: group.many("resource").map(|node| resource(&node, report)).collect(),
        areas: group.many("area").map(|node| area::read(&node, report)).collect(),
    }
}

fn line(group: &Group<'_>, name: &str, report: &mut Report) -> Option<String> {
    group.one(name, report)?.line(report)
}

fn lines(group: &Group<'_>, name: &str, report: &mut Report) -> Option<String> {
    group.one(name, report)?.lines(report)
}

fn word<T: std::str::FromStr<Err = UnknownWord>>(group: &Group<'_>, name: &str, report: &mut Report) -> Option<T> {
    group.one(name, report)?.word(report)
}

/// CAP 1.0 had “Very Likely”, which later versions read as Likely (CAP 1.2 §3.2.2).
fn certainty(group: &Group<'_>, report: &mut Report) -> Option<Certainty> {
    let node = group.one("certainty", report)?;
    if node.element.text.trim() == "Very Likely" {
        return Some(Certainty::Likely);
    }
    node.word(report)
}

/// The code of the event in Munadi's own vocabulary.
fn topic_code(group: &Group<'_>, report: &mut Report) -> Option<String> {
    let codes = group.many("eventCode").filter_map(|node| area::named_value(&node, report));
    codes.filter(|code| code.name == TOPIC_CODE).map(|code| code.value).last()
}

fn resource(node: &Node<'_>, report: &mut Report) -> CapResource {
    let group = Group::new(node, &RESOURCE, report);
    group.leave_out(&["derefUri"], report);
    CapResource {
        description: line(&group, "resourceDesc", report).unwrap_or_default(),
        mime_type: line(&group, "mimeType", report),
        size: size(&group, report),
        uri: line(&group, "uri", report),
        has_digest: line(&group, "digest", report).is_some(),
    }
}

fn size(group: &Group<'_>, report: &mut Report) -> Option<u64> {
    let text = line(group, "size", report)?;
    let size = text.parse().ok();
    if size.is_none() {
        report.warn(&group.at("size"), format!("{} is no number of bytes: it is left out", quoted(&text)));
    }
    size
}
