//! What a notice says: the draft, in which anything may still be missing, and the content, in which nothing is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, UtcOffset};
use url::Url;

use crate::{
    area::{Area, Pin},
    fault::Fault,
    language::Lang,
    limits,
    place::Places,
    topic::Topic,
    vocabulary::{Category, Certainty, Severity, Status, Urgency},
};

/// One language version of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageVersion {
    /// The language.
    pub lang: Lang,
    /// What happened, in one line.
    pub headline: String,
    /// What is known.
    #[serde(default)]
    pub body: String,
    /// What to do.
    #[serde(default)]
    pub instruction: String,
}

/// A link to more information.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// An `https` address.
    pub href: String,
    /// What is there.
    #[serde(default)]
    pub title: String,
}

/// A file that belongs to the notice; the notice carries its digest only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The file's name.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// A notice as its author types it. Everything may be missing; nothing may be of the wrong kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DraftContent {
    /// Actual, Exercise or Test.
    pub status: Option<Status>,
    /// The kind of event.
    pub category: Option<Category>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// How soon people must act.
    pub urgency: Option<Urgency>,
    /// How sure it is.
    pub certainty: Option<Certainty>,
    /// Whom it interests.
    pub topic: Option<Topic>,
    /// Where it applies.
    pub area: Area,
    /// From when it applies; from its sending if absent.
    #[serde(with = "time::serde::rfc3339::option")]
    pub effective: Option<OffsetDateTime>,
    /// Until when it applies.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires: Option<OffsetDateTime>,
    /// The same text in several languages.
    pub languages: Vec<LanguageVersion>,
    /// Links to more information.
    pub links: Vec<Link>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Alerts of others that this one follows, as CAP writes them: `sender,identifier,sent`.
    pub references: Vec<String>,
}

/// A notice that can be submitted: complete and within all limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Actual, Exercise or Test.
    pub status: Status,
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
    pub area: Area,
    /// The PIN codes that the area covers.
    pub pins: BTreeSet<Pin>,
    /// From when it applies.
    pub effective: OffsetDateTime,
    /// Until when it applies.
    pub expires: OffsetDateTime,
    /// The same text in several languages.
    pub languages: Vec<LanguageVersion>,
    /// Links to more information.
    pub links: Vec<Link>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Alerts of others that this one follows.
    pub references: Vec<String>,
}

impl DraftContent {
    /// Completes the draft at the time of its submission, or says everything that is missing or wrong, with JSON Pointers into it.
    pub fn complete(&self, places: &Places, now: OffsetDateTime) -> Result<Content, Vec<Fault>> {
        let mut faults = self.faults();
        let pins = match places.resolve(&self.area, "/area") {
            Ok(pins) => pins,
            Err(more) => {
                faults.extend(more);
                BTreeSet::new()
            }
        };
        let mut need = |at: &str, words: &str, missing: bool| {
            if missing {
                faults.push(Fault::new(at, format!("is missing: say {words}")));
            }
        };
        need("/status", "whether it is Actual, an Exercise or a Test", self.status.is_none());
        need("/category", "what kind of event it is", self.category.is_none());
        need("/severity", "how bad it is", self.severity.is_none());
        need("/urgency", "how soon people must act", self.urgency.is_none());
        need("/certainty", "how sure it is", self.certainty.is_none());
        need("/topic", "whom it interests", self.topic.is_none());
        need("/expires", "until when it applies", self.expires.is_none());
        let now = whole_seconds(now);
        let effective = self.effective.map_or(now, whole_seconds);
        let expires = self.expires.map_or(now, whole_seconds);
        faults.extend(self.expires.and_then(|_| expiry_fault(effective, expires, now)));
        let content = self.with_all_set(pins, effective, expires);
        content.filter(|_| faults.is_empty()).ok_or(faults)
    }

    fn with_all_set(&self, pins: BTreeSet<Pin>, effective: OffsetDateTime, expires: OffsetDateTime) -> Option<Content> {
        Some(Content {
            status: self.status?,
            category: self.category?,
            severity: self.severity?,
            urgency: self.urgency?,
            certainty: self.certainty?,
            topic: self.topic?,
            area: self.area.clone(),
            pins,
            effective,
            expires,
            languages: self.languages.clone(),
            links: self.links.clone(),
            attachments: self.attachments.clone(),
            references: self.references.clone(),
        })
    }

    fn faults(&self) -> Vec<Fault> {
        let mut faults = self.area.faults("/area");
        faults.extend(language_faults(&self.languages));
        faults.extend(too_many("/links", self.links.len(), limits::LINKS));
        faults.extend(too_many("/attachments", self.attachments.len(), limits::LINKS));
        faults.extend(too_many("/references", self.references.len(), limits::REFERENCES));
        let links = self.links.iter().enumerate().filter(|(_, link)| !is_https(&link.href));
        faults.extend(
            links.map(|(i, _)| Fault::new(format!("/links/{i}/href"), "expected an https address without a user name")),
        );
        let references = self.references.iter().enumerate().filter(|(_, reference)| !is_reference(reference));
        let at = |i: usize| format!("/references/{i}");
        faults.extend(references.map(|(i, _)| Fault::new(at(i), "expected sender,identifier,sent as CAP writes them")));
        let files = self.attachments.iter().enumerate();
        faults.extend(
            files.filter_map(|(i, file)| Some(Fault::new(format!("/attachments/{i}"), attachment_fault(file)?))),
        );
        faults
    }

    /// The limits that hold even while a draft is typed, so that none can grow without bound.
    pub fn size_faults(&self) -> Vec<Fault> {
        let faults = self.faults();
        faults.into_iter().filter(|fault| fault.reason.contains("at most")).collect()
    }
}

/// Cuts to whole seconds in UTC, as everything signed has it. What UTC has no year for stays as it is; no limit on times admits it.
pub fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    let utc = time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
    utc.replace_nanosecond(0).unwrap_or(utc)
}

fn expiry_fault(effective: OffsetDateTime, expires: OffsetDateTime, now: OffsetDateTime) -> Option<Fault> {
    let reason = if expires <= now {
        "lies in the past: the notice would be over before it is sent".to_owned()
    } else if expires <= effective {
        "lies before the time from which the notice applies".to_owned()
    } else if expires - now > Duration::days(limits::LIFETIME_DAYS) {
        format!(
            "lies more than {} days ahead, which is longer than a message can wait for a phone",
            limits::LIFETIME_DAYS
        )
    } else {
        return None;
    };
    Some(Fault::new("/expires", reason))
}

fn too_many(at: &str, count: usize, most: usize) -> Option<Fault> {
    (count > most).then(|| Fault::new(at, format!("{count} are given, at most {most} are allowed")))
}

fn too_long(at: String, text: &str, most: usize) -> Option<Fault> {
    let count = text.chars().count();
    (count > most).then(|| Fault::new(at, format!("has {count} characters, at most {most} are allowed")))
}

/// Letters that write nothing or that turn the order of others: with them, two texts that differ look the same.
fn is_deceptive(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A reference as CAP writes it (`references`): three parts without white space, the last of them a time.
fn is_reference(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "<&".contains(c))
    };
    let parts: Vec<&str> = text.split(',').collect();
    text.len() <= limits::LINK_CHARS
        && parts.len() == 3
        && parts.iter().all(|part| is_part(part))
        && OffsetDateTime::parse(parts[2], &time::format_description::well_known::Rfc3339).is_ok()
}

fn language_faults(languages: &[LanguageVersion]) -> Vec<Fault> {
    let mut faults: Vec<Fault> = too_many("/languages", languages.len(), limits::LANGUAGES).into_iter().collect();
    if languages.is_empty() {
        faults.push(Fault::new("/languages", "is empty: write the notice in one language or more"));
    }
    let mut seen = BTreeSet::new();
    for (index, version) in languages.iter().enumerate() {
        let at = |name: &str| format!("/languages/{index}/{name}");
        if !seen.insert(&version.lang) {
            faults.push(Fault::new(at("lang"), format!("{} is there twice", version.lang)));
        }
        if version.headline.trim().is_empty() {
            faults.push(Fault::new(at("headline"), "is empty: say in one line what happened"));
        }
        let texts = [
            ("headline", &version.headline, limits::HEADLINE_CHARS),
            ("body", &version.body, limits::BODY_CHARS),
            ("instruction", &version.instruction, limits::INSTRUCTION_CHARS),
        ];
        for (name, text, most) in texts {
            faults.extend(too_long(at(name), text, most));
            if text.contains(is_deceptive) {
                faults.push(Fault::new(
                    at(name),
                    "has control characters, which could make it read differently than it is",
                ));
            }
        }
    }
    faults
}

fn is_https(href: &str) -> bool {
    href.len() <= limits::LINK_CHARS
        && Url::parse(href).is_ok_and(|url| {
            url.scheme() == "https" && url.username().is_empty() && url.password().is_none() && url.has_host()
        })
}

fn attachment_fault(file: &Attachment) -> Option<&'static str> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if file.name.is_empty() || file.name.len() > 255 || file.name.contains(['/', '\\', '\0']) {
        Some("the name must be a file's name without a folder, of at most 255 bytes")
    } else if file.media_type.len() > 127 || file.media_type.split('/').count() != 2 {
        Some("the type must be a media type such as application/pdf")
    } else if file.sha256.len() != 64 || !file.sha256.bytes().all(hex) {
        Some("sha256 must have 64 lower-case hexadecimal digits")
    } else if file.size == 0 || file.size > 1 << 30 {
        Some("the size lies between 1 byte and 1 GiB")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use time::macros::datetime;

    use super::*;

    static INDIA: LazyLock<Places> = LazyLock::new(|| Places::india().unwrap());
    const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn draft() -> DraftContent {
        let version = LanguageVersion {
            lang: "hi".parse().unwrap(),
            headline: "बाढ़".to_owned(),
            body: String::new(),
            instruction: String::new(),
        };
        DraftContent {
            status: Some(Status::Actual),
            category: Some(Category::Met),
            severity: Some(Severity::Severe),
            urgency: Some(Urgency::Expected),
            certainty: Some(Certainty::Observed),
            topic: Some(Topic::Flood),
            area: Area { pins: vec!["110001".parse().unwrap()], ..Area::default() },
            expires: Some(NOW + Duration::hours(1)),
            languages: vec![version],
            ..DraftContent::default()
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut DraftContent), at: &str) {
        let mut draft = draft();
        change(&mut draft);
        let faults = draft.complete(&INDIA, NOW).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.at.as_str()).collect::<Vec<_>>(), [at], "{faults:?}");
    }

    #[test]
    fn complete_draft_is_content() {
        let content = draft().complete(&INDIA, NOW).unwrap();
        assert_eq!((content.effective, content.pins.len()), (NOW, 1));
    }

    #[test]
    fn everything_missing_is_said_at_once() {
        let faults = DraftContent::default().complete(&INDIA, NOW).unwrap_err();
        assert_eq!(faults.len(), 9, "{faults:?}");
    }

    #[test]
    fn each_fault_is_at_its_place() {
        check(|draft| draft.severity = None, "/severity");
        check(|draft| draft.expires = Some(NOW), "/expires");
        check(|draft| draft.expires = Some(NOW + Duration::days(29)), "/expires");
        check(|draft| draft.effective = Some(NOW + Duration::hours(2)), "/expires");
        check(|draft| draft.area.pins.clear(), "/area");
        check(|draft| draft.languages.push(draft.languages[0].clone()), "/languages/1/lang");
        check(|draft| draft.languages[0].headline = " ".to_owned(), "/languages/0/headline");
        check(|draft| draft.languages[0].headline = "x".repeat(201), "/languages/0/headline");
        check(|draft| draft.languages[0].body = "a\u{202e}b".to_owned(), "/languages/0/body");
        check(|draft| draft.links.push(Link { href: "http://x.in".to_owned(), title: String::new() }), "/links/0/href");
        let reference = "SDMA,IN-1_2,2026-09-28T20:05:11+05:30".to_owned();
        check(|draft| draft.references = vec![reference.clone(); 51], "/references");
        check(|draft| draft.references = vec![reference, "SDMA IN-1_2 yesterday".to_owned()], "/references/1");
    }

    #[test]
    fn times_at_the_end_of_the_calendar_are_faults_and_no_panic() {
        let last = datetime!(9999-12-31 23:59:59 -01:00);
        check(|draft| draft.effective = Some(last), "/expires");
        check(|draft| draft.expires = Some(last), "/expires");
    }

    #[test]
    fn zero_width_joiners_belong_to_indian_scripts() {
        let mut draft = draft();
        draft.languages[0].headline = "श्रीलंका क्\u{200d}ष".to_owned();
        assert!(draft.complete(&INDIA, NOW).is_ok());
    }
}
