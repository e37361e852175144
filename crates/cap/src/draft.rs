//! From an alert to a draft: where a notice has one value and the alert has several, the safest is taken and a warning says so.

use munadi_domain::{content::DraftContent, fault::Fault, limits, notice::Intent, place::Places, vocabulary::Status};

use crate::{
    alert::{CapAlert, CapMsgType, CapSource, CapStatus, Scope},
    reference::CapReference,
    report::Report,
};

mod agree;
mod area;
mod language;
mod links;
mod topic;
mod versions;

/// What becomes of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapImport {
    /// The draft; what it still lacks is said by [`DraftContent::complete`].
    pub content: DraftContent,
    /// Alert, Update or Cancel, by the alert's `msgType`.
    pub intent: Intent,
    /// What identifies the alert, so that the same one is not taken in twice.
    pub source: CapSource,
    /// The alerts that it updates or cancels. If one of them is a notice of Munadi, its `identifier` is the notice's id.
    pub references: Vec<CapReference>,
    /// What was decided, left out or noticed: an officer should read it before submitting.
    pub warnings: Vec<Fault>,
}

impl CapAlert {
    /// Makes a draft of the alert, or says why a notice cannot say what it says.
    pub fn to_draft(&self, places: &Places) -> Result<CapImport, Vec<Fault>> {
        let mut report = Report::default();
        for warning in &self.warnings {
            report.warn(&warning.at, &warning.reason);
        }
        let status = self.notice_status(&mut report);
        let intent = self.intent(&mut report);
        self.check_scope(&mut report);
        self.check_infos(&mut report);
        let content = self.content(status, places, &mut report);
        let warnings = report.finish()?;
        let intent = intent.ok_or_else(Vec::new)?;
        Ok(CapImport { content, intent, source: self.source.clone(), references: self.references.clone(), warnings })
    }

    fn content(&self, status: Option<Status>, places: &Places, report: &mut Report) -> DraftContent {
        let infos = &self.infos;
        let category = agree::category(infos, report);
        DraftContent {
            status,
            category,
            severity: agree::severity(infos, report),
            urgency: agree::urgency(infos, report),
            certainty: agree::certainty(infos, report),
            topic: topic::of(infos, category),
            effective: agree::effective(infos, report),
            expires: agree::expires(infos, report),
            area: area::merge(infos, places, report),
            languages: versions::of(infos, report),
            links: links::links(infos, report),
            attachments: links::attachments(infos, report),
            references: self.reference_texts(report),
        }
    }

    fn notice_status(&self, report: &mut Report) -> Option<Status> {
        match self.status {
            CapStatus::Actual => Some(Status::Actual),
            CapStatus::Exercise => Some(Status::Exercise),
            CapStatus::Test => Some(Status::Test),
            CapStatus::Draft => {
                report.warn(&"alert/status", "is Draft: say whether the notice is Actual, an Exercise or a Test");
                None
            }
            CapStatus::System => {
                report
                    .fault(&"alert/status", "is System: such an alert is meant for machines, and a notice for people");
                None
            }
        }
    }

    fn intent(&self, report: &mut Report) -> Option<Intent> {
        let intent = match self.msg_type {
            CapMsgType::Alert => Intent::Alert,
            CapMsgType::Update => Intent::Update,
            CapMsgType::Cancel => Intent::Cancel,
            CapMsgType::Ack | CapMsgType::Error => {
                let reason = "is Ack or Error: that is an answer between systems and nothing to publish";
                report.fault(&"alert/msgType", reason);
                return None;
            }
        };
        if intent != Intent::Alert && self.references.is_empty() {
            report.warn(&"alert/references", "is missing: say which notice this one updates or cancels");
        }
        Some(intent)
    }

    fn check_scope(&self, report: &mut Report) {
        if self.scope != Scope::Public {
            let reason = "is not Public: a notice is, and would publish what was meant for few";
            report.fault(&"alert/scope", reason);
        }
    }

    fn check_infos(&self, report: &mut Report) {
        if !self.infos.is_empty() {
            return;
        }
        if self.msg_type == CapMsgType::Cancel {
            report.warn(&"alert/info", "is missing: write what is canceled and why");
        } else {
            report.fault(&"alert/info", "is missing: the alert says nothing");
        }
    }

    fn reference_texts(&self, report: &mut Report) -> Vec<String> {
        if self.references.len() > limits::REFERENCES {
            let (count, most) = (self.references.len(), limits::REFERENCES);
            report.warn(&"alert/references", format!("names {count} alerts: the first {most} are kept"));
        }
        self.references.iter().take(limits::REFERENCES).map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests;
