//! The texts of an alert, one version for each language.

use std::collections::HashSet;

use munadi_domain::{
    content::LanguageVersion,
    language::Lang,
    limits::{BODY_CHARS, HEADLINE_CHARS, INSTRUCTION_CHARS, LANGUAGES},
};

use super::language;
use crate::{alert::CapInfo, report::Report, text};

/// The texts of the infos of one language.
struct Version<'a> {
    lang: Lang,
    /// Which `info` is the first.
    first: usize,
    texts: Texts<'a>,
    others: Vec<Texts<'a>>,
    known: HashSet<Texts<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Texts<'a> {
    headline: &'a str,
    body: &'a str,
    instruction: &'a str,
}

pub(super) fn of(infos: &[CapInfo], report: &mut Report) -> Vec<LanguageVersion> {
    let mut versions: Vec<Version<'_>> = Vec::new();
    for (index, info) in infos.iter().enumerate() {
        let (Some(lang), Some(texts)) = (lang(info, index, report), texts(info, index, report)) else {
            continue;
        };
        match versions.iter().position(|version| version.lang == lang) {
            Some(same) => versions[same].add(texts, index, report),
            None if versions.len() < LANGUAGES => {
                versions.push(Version { lang, first: index, texts, others: Vec::new(), known: HashSet::from([texts]) });
            }
            None => {
                report.fault(
                    &"alert/info",
                    format!("is there in more than {LANGUAGES} languages, at most {LANGUAGES} are allowed"),
                );
                break;
            }
        }
    }
    versions.into_iter().map(|version| version.finish(report)).collect()
}

fn lang(info: &CapInfo, index: usize, report: &mut Report) -> Option<Lang> {
    let at = format!("alert/info[{}]/language", index + 1);
    match language::of(info) {
        Ok((lang, warning)) => {
            if let Some(warning) = warning {
                report.warn(&at, warning);
            }
            Some(lang)
        }
        Err(reason) => {
            report.fault(&at, reason);
            None
        }
    }
}

/// The event's name stands in for a headline that is missing.
fn texts<'a>(info: &'a CapInfo, index: usize, report: &mut Report) -> Option<Texts<'a>> {
    let headline = info.headline.as_deref().or(info.event.as_deref());
    if headline.is_none() {
        report.fault(&format!("alert/info[{}]/headline", index + 1), "is missing, and so is the event's name");
    }
    let body = info.description.as_deref().unwrap_or_default();
    let instruction = info.instruction.as_deref().unwrap_or_default();
    if [body, instruction].iter().any(|text| text.contains("</") || text.contains("/>")) {
        report.warn(
            &format!("alert/info[{}]", index + 1),
            "has HTML in its texts, which is shown as it is written: tidy it up",
        );
    }
    Some(Texts { headline: headline?, body, instruction })
}

impl<'a> Version<'a> {
    /// Another text in the same language is put under the first: nothing of an alert is lost.
    fn add(&mut self, texts: Texts<'a>, index: usize, report: &mut Report) {
        if self.known.insert(texts) {
            self.others.push(texts);
            let (lang, first) = (&self.lang, self.first + 1);
            let reason = format!(
                "has another text in “{lang}” than info[{first}]: a notice has one, and this is put under that"
            );
            report.warn(&format!("alert/info[{}]", index + 1), reason);
        }
    }

    fn finish(self, report: &mut Report) -> LanguageVersion {
        let at = format!("alert/info[{}]", self.first + 1);
        let (headline, rest) = headline(self.texts.headline, &at, report);
        let paragraphs = self.others.iter().flat_map(|texts| [texts.headline, texts.body]);
        let body = join([rest.unwrap_or_default(), self.texts.body].into_iter().chain(paragraphs));
        let instruction = join(std::iter::once(&self.texts).chain(&self.others).map(|texts| texts.instruction));
        for (name, text, most) in [("description", &body, BODY_CHARS), ("instruction", &instruction, INSTRUCTION_CHARS)]
        {
            let count = text.chars().count();
            if count > most {
                report.fault(&format!("{at}/{name}"), format!("has {count} characters, at most {most} are allowed"));
            }
        }
        LanguageVersion { lang: self.lang, headline, body, instruction }
    }
}

/// A headline that fits, and the whole of one that had to be cut. India's alerts often say everything in the headline.
fn headline<'a>(text: &'a str, at: &str, report: &mut Report) -> (String, Option<&'a str>) {
    let Some(cut) = text::cut(text, HEADLINE_CHARS) else {
        return (text.to_owned(), None);
    };
    let reason =
        format!("has more than {HEADLINE_CHARS} characters: it is cut, and all of it put before the description");
    report.warn(&format!("{at}/headline"), reason);
    (cut, Some(text))
}

/// Paragraphs, each once.
fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut known = HashSet::new();
    texts.filter(|text| !text.is_empty() && known.insert(*text)).collect::<Vec<_>>().join("\n\n")
}
