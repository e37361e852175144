//! Values of which a notice has one and an alert one for each `info`.

use std::{collections::BTreeSet, fmt};

use munadi_domain::{
    content::whole_seconds,
    vocabulary::{Category, Certainty, Severity, Urgency},
};
use time::OffsetDateTime;

use crate::{alert::CapInfo, report::Report, stamp::stamp};

pub(super) fn category(infos: &[CapInfo], report: &mut Report) -> Option<Category> {
    require(infos, "category", |info| info.categories.first(), report);
    let mut all: Vec<Category> = Vec::new();
    for category in infos.iter().flat_map(|info| &info.categories) {
        if !all.contains(category) {
            all.push(*category);
        }
    }
    let (first, others) = all.split_first()?;
    if !others.is_empty() {
        let others = others.iter().map(|other| other.as_str()).collect::<Vec<_>>().join(", ");
        report.warn(
            &"alert/info/category",
            format!("is {first}, and also {others}: a notice has one, and {first} is taken"),
        );
    }
    Some(*first)
}

// The vocabularies are in the order from bad to unknown, so that the least is the worst.

pub(super) fn severity(infos: &[CapInfo], report: &mut Report) -> Option<Severity> {
    require(infos, "severity", |info| info.severity.as_ref(), report);
    one_of(infos, "severity", |info| info.severity, ("the worst", Iterator::min), report)
}

pub(super) fn urgency(infos: &[CapInfo], report: &mut Report) -> Option<Urgency> {
    require(infos, "urgency", |info| info.urgency.as_ref(), report);
    one_of(infos, "urgency", |info| info.urgency, ("the most urgent", Iterator::min), report)
}

pub(super) fn certainty(infos: &[CapInfo], report: &mut Report) -> Option<Certainty> {
    require(infos, "certainty", |info| info.certainty.as_ref(), report);
    one_of(infos, "certainty", |info| info.certainty, ("the most certain", Iterator::min), report)
}

pub(super) fn effective(infos: &[CapInfo], report: &mut Report) -> Option<OffsetDateTime> {
    let of = |info: &CapInfo| info.effective.map(Stamp);
    one_of(infos, "effective", of, ("the earliest", Iterator::min), report).map(|stamp| whole_seconds(stamp.0))
}

pub(super) fn expires(infos: &[CapInfo], report: &mut Report) -> Option<OffsetDateTime> {
    let of = |info: &CapInfo| info.expires.map(Stamp);
    one_of(infos, "expires", of, ("the latest", Iterator::max), report).map(|stamp| whole_seconds(stamp.0))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp(OffsetDateTime);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&stamp(self.0))
    }
}

/// CAP demands the value in every `info`. Real alerts leave it out in the second language; then that of the first holds.
fn require<T>(infos: &[CapInfo], name: &str, of: fn(&CapInfo) -> Option<&T>, report: &mut Report) {
    let is_somewhere = infos.iter().any(|info| of(info).is_some());
    for (index, _) in infos.iter().enumerate().filter(|(_, info)| of(info).is_none()) {
        let at = format!("alert/info[{}]/{name}", index + 1);
        if is_somewhere {
            report.warn(&at, "is missing: that of another info is taken");
        } else {
            report.fault(&at, "is missing");
        }
    }
}

type Choice<T> = (&'static str, fn(std::collections::btree_set::IntoIter<T>) -> Option<T>);

fn one_of<T: Ord + Copy + fmt::Display>(
    infos: &[CapInfo],
    name: &str,
    of: impl Fn(&CapInfo) -> Option<T>,
    (which, choose): Choice<T>,
    report: &mut Report,
) -> Option<T> {
    let values: BTreeSet<T> = infos.iter().filter_map(of).collect();
    let all = values.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let count = values.len();
    let chosen = choose(values.into_iter())?;
    if count > 1 {
        report.warn(
            &format!("alert/info/{name}"),
            format!("differs ({all}): a notice has one, and {which}, {chosen}, is taken"),
        );
    }
    Some(chosen)
}
