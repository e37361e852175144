//! The parts of the form that can be there several times. The fields of the third have names that end with `-2`.

use munadi_domain::{
    content::{Attachment, LanguageVersion, Link},
    fault::Fault,
    limits::{LANGUAGES, LINKS},
};

use crate::{
    fields::Fields,
    page::{direction, own_name},
};

/// A version in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::console) struct LanguageRow {
    pub(in crate::console) lang: String,
    pub(in crate::console) headline: String,
    pub(in crate::console) body: String,
    pub(in crate::console) instruction: String,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::console) struct LinkRow {
    pub(in crate::console) href: String,
    pub(in crate::console) title: String,
}

/// A file of which the notice carries the digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::console) struct FileRow {
    pub(in crate::console) name: String,
    pub(in crate::console) media_type: String,
    pub(in crate::console) size: String,
    pub(in crate::console) sha256: String,
}

/// The rows of a kind, as long as they go on.
fn rows<T>(most: usize, read: impl Fn(usize) -> Option<T>) -> Vec<T> {
    (0..=most).map_while(read).collect()
}

fn field(fields: &Fields, name: &str, index: usize) -> Option<String> {
    let name = format!("{name}-{index}");
    fields.has(&name).then(|| fields.text(&name).to_owned())
}

pub(super) fn languages(fields: &Fields) -> Vec<LanguageRow> {
    rows(LANGUAGES, |index| {
        Some(LanguageRow {
            lang: field(fields, "lang", index)?,
            headline: field(fields, "headline", index)?,
            body: field(fields, "body", index)?,
            instruction: field(fields, "instruction", index)?,
        })
    })
}

pub(super) fn links(fields: &Fields) -> Vec<LinkRow> {
    let mut rows = rows(LINKS, |index| {
        Some(LinkRow { href: field(fields, "link-href", index)?, title: field(fields, "link-title", index)? })
    });
    rows.retain(|row| *row != LinkRow::default());
    rows
}

pub(super) fn files(fields: &Fields) -> Vec<FileRow> {
    let mut rows = rows(LINKS, |index| {
        Some(FileRow {
            name: field(fields, "file-name", index)?,
            media_type: field(fields, "file-type", index)?,
            size: field(fields, "file-size", index)?,
            sha256: field(fields, "file-sha256", index)?.to_ascii_lowercase(),
        })
    });
    rows.retain(|row| *row != FileRow::default());
    rows
}

impl LanguageRow {
    pub(super) fn new(tag: &str) -> Self {
        Self { lang: tag.to_owned(), ..Self::default() }
    }

    /// A tag that is none was not chosen from the page.
    pub(super) fn read(&self) -> Option<LanguageVersion> {
        Some(LanguageVersion {
            lang: self.lang.parse().ok()?,
            headline: self.headline.clone(),
            body: self.body.clone(),
            instruction: self.instruction.clone(),
        })
    }

    /// The language's name in itself.
    pub(in crate::console) fn name(&self) -> &'static str {
        self.lang.parse().map_or("?", |lang| own_name(&lang))
    }

    /// The direction in which it is written.
    pub(in crate::console) fn dir(&self) -> &'static str {
        self.lang.parse().map_or("ltr", |lang| direction(&lang))
    }
}

impl LinkRow {
    pub(super) fn read(&self) -> Link {
        Link { href: self.href.clone(), title: self.title.clone() }
    }
}

impl FileRow {
    /// A size that is no number is a fault; the rest is kept.
    pub(super) fn read(&self, index: usize, faults: &mut Vec<Fault>) -> Attachment {
        let size = self.size.parse().ok();
        if size.is_none() {
            faults.push(Fault::new(format!("/attachments/{index}"), "the size is no number of bytes"));
        }
        Attachment {
            name: self.name.clone(),
            media_type: self.media_type.clone(),
            size: size.unwrap_or(0),
            sha256: self.sha256.clone(),
        }
    }
}

impl From<&LanguageVersion> for LanguageRow {
    fn from(version: &LanguageVersion) -> Self {
        let LanguageVersion { lang, headline, body, instruction } = version.clone();
        Self { lang: lang.to_string(), headline, body, instruction }
    }
}

impl From<&Link> for LinkRow {
    fn from(link: &Link) -> Self {
        Self { href: link.href.clone(), title: link.title.clone() }
    }
}

impl From<&Attachment> for FileRow {
    fn from(file: &Attachment) -> Self {
        let Attachment { name, media_type, size, sha256 } = file.clone();
        Self { name, media_type, size: size.to_string(), sha256 }
    }
}
