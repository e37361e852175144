//! An element's children by their names, with the checks that all elements share.

use std::{collections::BTreeMap, str::FromStr};

use munadi_domain::vocabulary::UnknownWord;
use time::OffsetDateTime;

use crate::{
    report::{Report, quoted},
    stamp, text,
    xml::Element,
};

/// An element and its path from the root.
pub(super) struct Node<'a> {
    pub(super) path: String,
    pub(super) element: &'a Element,
}

impl Node<'_> {
    /// The text; none if it is empty, which real alerts write for what they do not say.
    fn text(&self, report: &mut Report) -> Option<&str> {
        if !self.element.children.is_empty() || self.element.has_foreign {
            report.fault(&self.path, "has elements where CAP has only text");
        }
        Some(self.element.text.trim()).filter(|text| !text.is_empty())
    }

    /// A text of one line.
    pub(super) fn line(&self, report: &mut Report) -> Option<String> {
        let line = text::one_line(self.text(report)?);
        self.visible(line, report)
    }

    /// A text of lines.
    pub(super) fn lines(&self, report: &mut Report) -> Option<String> {
        let lines = text::lines(self.text(report)?);
        self.visible(lines, report)
    }

    fn visible(&self, text: String, report: &mut Report) -> Option<String> {
        if text.contains(text::turns_order) {
            report.warn(
                &self.path,
                "has characters that turn the direction of writing; the notice cannot be submitted with them",
            );
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// A word of a closed vocabulary.
    pub(super) fn word<T: FromStr<Err = UnknownWord>>(&self, report: &mut Report) -> Option<T> {
        let text = self.text(report)?;
        text.parse().map_err(|error| report.fault(&self.path, format!("{} is unknown: {error}", quoted(text)))).ok()
    }

    /// A date and time with its offset.
    pub(super) fn time(&self, report: &mut Report) -> Option<OffsetDateTime> {
        let text = self.text(report)?;
        stamp::read(text).map_err(|reason| report.fault(&self.path, format!("{} {reason}", quoted(text)))).ok()
    }
}

/// The children of an element.
pub(super) struct Group<'a> {
    path: String,
    children: BTreeMap<&'a str, Vec<&'a Element>>,
}

impl<'a> Group<'a> {
    /// Sorts the children of an element which may have those named; what is not known is left out with a warning.
    pub(super) fn new(node: &Node<'a>, known: &[&str], report: &mut Report) -> Self {
        if !node.element.text.trim().is_empty() {
            report.fault(&node.path, "has text where CAP has only elements");
        }
        let mut children: BTreeMap<&str, Vec<&Element>> = BTreeMap::new();
        for child in &node.element.children {
            if known.contains(&child.name.as_str()) {
                children.entry(&child.name).or_default().push(child);
            } else {
                report.warn(
                    &node.path,
                    format!("has an element {}, which CAP does not have here: it is left out", quoted(&child.name)),
                );
            }
        }
        Self { path: node.path.clone(), children }
    }

    /// The path of a child that occurs once.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    fn all(&self, name: &str) -> &[&'a Element] {
        self.children.get(name).map_or(&[], Vec::as_slice)
    }

    /// The child of which there is at most one.
    pub(super) fn one(&self, name: &str, report: &mut Report) -> Option<Node<'a>> {
        let all = self.all(name);
        if all.len() > 1 {
            report.fault(&self.at(name), format!("is there {} times, and CAP allows it once", all.len()));
        }
        all.first().map(|element| Node { path: self.at(name), element })
    }

    /// The child without which the element means nothing.
    pub(super) fn required(&self, name: &str, report: &mut Report) -> Option<Node<'a>> {
        let node = self.one(name, report);
        match &node {
            None => report.fault(&self.at(name), "is missing"),
            Some(node) if node.element.text.trim().is_empty() => report.fault(&node.path, "is empty"),
            Some(_) => {}
        }
        node
    }

    /// The children of which there may be several, counted from 1 in their paths.
    pub(super) fn many(&self, name: &str) -> impl Iterator<Item = Node<'a>> {
        let all = self.all(name).iter().enumerate();
        all.map(move |(index, element)| Node { path: format!("{}[{}]", self.at(name), index + 1), element })
    }

    /// Notes the children which say something that a notice cannot keep.
    pub(super) fn leave_out(&self, names: &[&'static str], report: &mut Report) {
        let says = |element: &&Element| !element.children.is_empty() || !element.text.trim().is_empty();
        names.iter().filter(|name| self.all(name).iter().any(says)).for_each(|name| report.leave_out(name));
    }
}
