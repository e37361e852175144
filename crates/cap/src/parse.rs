//! From XML to an alert: every element once where CAP has it once, every value of its kind. What CAP demands but a notice can be
//! completed with, such as a missing severity, is left to the draft.

use munadi_domain::{fault::Fault, vocabulary::UnknownWord};

use crate::{
    alert::{CapAlert, CapMsgType, CapSource, CapStatus, Scope},
    reference::{CapReference, NAME_CHARS, is_name},
    report::{Report, quoted},
    xml,
};

mod area;
mod group;
mod info;

use group::{Group, Node};

const ALERT: [&str; 14] = [
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "source",
    "scope",
    "restriction",
    "addresses",
    "code",
    "note",
    "references",
    "incidents",
    "info",
];
/// Elements which say something that a notice cannot keep. `source` and `code` are for machines and are dropped without a word.
const LEFT_OUT: [&str; 4] = ["restriction", "addresses", "note", "incidents"];

/// Reads a CAP 1.2 or 1.1 document, or says everything that is wrong with it (CAP 1.2 §3.2).
///
/// The faults' places are paths of elements, counted from 1 where CAP allows several, or `document` for what is wrong with the XML.
pub fn parse(document: &[u8]) -> Result<CapAlert, Vec<Fault>> {
    let root = xml::read(document).map_err(|fault| vec![fault])?;
    let mut report = Report::default();
    let group = Group::new(&Node { path: root.name.clone(), element: &root }, &ALERT, &mut report);
    group.leave_out(&LEFT_OUT, &mut report);
    let head = head(&group, &mut report);
    let references = references(&group, &mut report);
    let infos = group.many("info").map(|node| info::read(&node, &mut report)).collect();
    let warnings = report.finish()?;
    let (source, status, msg_type, scope) = head.ok_or_else(Vec::new)?;
    Ok(CapAlert { source, status, msg_type, scope, references, infos, warnings })
}

type Head = (CapSource, CapStatus, CapMsgType, Scope);

/// None only where a fault was reported: all of them are required.
fn head(group: &Group<'_>, report: &mut Report) -> Option<Head> {
    let identifier = name(group, "identifier", report);
    let sender = name(group, "sender", report);
    let sent = group.required("sent", report).and_then(|node| node.time(report));
    let status = word(group, "status", report);
    let msg_type = word(group, "msgType", report);
    let scope = word(group, "scope", report);
    let source = CapSource { sender: sender?, identifier: identifier?, sent: sent? };
    Some((source, status?, msg_type?, scope?))
}

fn word<T: std::str::FromStr<Err = UnknownWord>>(group: &Group<'_>, name: &str, report: &mut Report) -> Option<T> {
    group.required(name, report)?.word(report)
}

fn name(group: &Group<'_>, name: &str, report: &mut Report) -> Option<String> {
    let node = group.required(name, report)?;
    let text = node.line(report)?;
    if text.chars().count() > NAME_CHARS {
        report.fault(&node.path, format!("has more than {NAME_CHARS} characters"));
    } else if !is_name(&text) {
        report.warn(
            &node.path,
            "has spaces, commas, “<” or “&”, which CAP forbids here: other alerts cannot refer to this one",
        );
    }
    Some(text)
}

fn references(group: &Group<'_>, report: &mut Report) -> Vec<CapReference> {
    let Some(node) = group.one("references", report) else {
        return Vec::new();
    };
    let text = node.line(report).unwrap_or_default();
    let mut references = Vec::new();
    for part in text.split_whitespace() {
        match part.parse() {
            Ok(reference) => references.push(reference),
            Err(error) => report.fault(&node.path, format!("{} is no reference: {error}", quoted(part))),
        }
    }
    references
}

#[cfg(test)]
mod tests;
