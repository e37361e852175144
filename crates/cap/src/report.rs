//! What is found wrong on the way from a document to a draft.

use std::{collections::BTreeSet, fmt};

use munadi_domain::fault::Fault;

/// The most faults that are told, and the most warnings: a document of a megabyte can hold more than anyone reads.
const MOST: usize = 50;

/// A list that stops growing and says so.
#[derive(Debug, Default)]
struct Capped {
    told: Vec<Fault>,
    untold: usize,
}

impl Capped {
    fn push(&mut self, at: &dyn fmt::Display, reason: impl Into<String>) {
        if self.told.len() < MOST {
            self.told.push(Fault::new(at.to_string(), reason));
        } else {
            self.untold += 1;
        }
    }

    fn into_vec(self, what: &str) -> Vec<Fault> {
        let rest =
            (self.untold > 0).then(|| Fault::new("document", format!("has {} more {what}, not listed", self.untold)));
        self.told.into_iter().chain(rest).collect()
    }
}

/// Faults, which refuse the document, and warnings, which say what was decided or left out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    faults: Capped,
    warnings: Capped,
    left_out: BTreeSet<&'static str>,
}

impl Report {
    /// Notes what makes the document unusable.
    pub(crate) fn fault(&mut self, at: &dyn fmt::Display, reason: impl Into<String>) {
        self.faults.push(at, reason);
    }

    /// Notes what a reader of the draft should know.
    pub(crate) fn warn(&mut self, at: &dyn fmt::Display, reason: impl Into<String>) {
        self.warnings.push(at, reason);
    }

    /// Notes that an element has no place in a notice; all of them become one warning.
    pub(crate) fn leave_out(&mut self, name: &'static str) {
        self.left_out.insert(name);
    }

    /// The warnings, or the faults if there are any.
    pub(crate) fn finish(mut self) -> Result<Vec<Fault>, Vec<Fault>> {
        if !self.faults.told.is_empty() {
            return Err(self.faults.into_vec("faults"));
        }
        if !self.left_out.is_empty() {
            let names = self.left_out.iter().copied().collect::<Vec<_>>().join(", ");
            let reason = format!(
                "has elements for which a notice has no place: {names}; what matters of them belongs into the text"
            );
            self.warn(&"alert", reason);
        }
        Ok(self.warnings.into_vec("warnings"))
    }
}

/// A value from the document, short enough to be quoted.
pub(crate) fn quoted(value: &str) -> String {
    const LONGEST: usize = 40;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("“{}…”", &value[..end]),
        None => format!("“{value}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_end_with_their_rest() {
        let mut report = Report::default();
        (0..60).for_each(|i| report.fault(&i, "is wrong"));
        let faults = report.finish().unwrap_err();
        assert_eq!((faults.len(), faults[50].to_string()), (51, "document: has 10 more faults, not listed".to_owned()));
    }

    #[test]
    fn quotes_are_cut_between_letters() {
        assert_eq!(quoted("बाढ़"), "“बाढ़”");
        assert_eq!(quoted(&"ब".repeat(50)).chars().count(), 43);
    }
}
