//! The texts of the pages, one Fluent file for each language (projectfluent.org). To add a language, add its file to [`FILES`].

use std::{borrow::Cow, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use munadi_domain::language::Lang;

/// Tag, and what is written. The first one is complete, and stands in wherever another has a gap.
pub(crate) const FILES: [(&str, &[&str]); 2] = [
    (
        "en",
        &[
            include_str!("../texts/en/common.ftl"),
            include_str!("../texts/en/citizen.ftl"),
            include_str!("../texts/en/console.ftl"),
        ],
    ),
    (
        "hi",
        &[
            include_str!("../texts/hi/common.ftl"),
            include_str!("../texts/hi/citizen.ftl"),
            include_str!("../texts/hi/console.ftl"),
        ],
    ),
];

/// A file of texts that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the texts in “{lang}” cannot be read: {reason}")]
pub struct InvalidTexts {
    lang: String,
    reason: String,
}

/// All texts, in every language that there is.
pub(crate) struct Catalogue {
    all: Vec<Arc<Texts>>,
}

/// The texts in one language.
pub(crate) struct Texts {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
    fallback: Option<Arc<Texts>>,
}

impl Catalogue {
    /// Reads the files that are compiled in.
    pub(crate) fn load() -> Result<Self, InvalidTexts> {
        let mut all: Vec<Arc<Texts>> = Vec::new();
        for (tag, files) in FILES {
            let texts = Texts::read(tag, files, all.first().cloned());
            all.push(Arc::new(texts.map_err(|reason| InvalidTexts { lang: tag.to_owned(), reason })?));
        }
        Ok(Self { all })
    }

    /// The languages that pages can be shown in.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &Lang> {
        self.all.iter().map(|texts| &texts.lang)
    }

    /// The texts in a language, if there are any in it, whatever its script and region.
    pub(crate) fn of(&self, lang: &Lang) -> Option<&Arc<Texts>> {
        let same = |texts: &&Arc<Texts>| texts.lang == *lang;
        let similar = |texts: &&Arc<Texts>| texts.lang.primary() == lang.primary();
        self.all.iter().find(same).or_else(|| self.all.iter().find(similar))
    }

    /// The complete texts.
    pub(crate) fn first(&self) -> &Arc<Texts> {
        &self.all[0]
    }
}

impl Texts {
    fn read(tag: &str, files: &[&str], fallback: Option<Arc<Self>>) -> Result<Self, String> {
        let lang: Lang = tag.parse().map_err(|_| "its name is no language tag".to_owned())?;
        let id: unic_langid::LanguageIdentifier = tag.parse().map_err(|error| format!("{error}"))?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Every value stands in an element with its own language and direction.
        bundle.set_use_isolating(false);
        for file in files {
            let resource = FluentResource::try_new((*file).to_owned()).map_err(|(_, errors)| format!("{errors:?}"))?;
            bundle.add_resource(resource).map_err(|errors| format!("{errors:?}"))?;
        }
        Ok(Self { lang, bundle, fallback })
    }

    /// Their language.
    pub(crate) fn lang(&self) -> &Lang {
        &self.lang
    }

    /// A text, with its arguments put in. What is in no file shows as its own key, and is logged.
    pub(crate) fn get(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        if let Some(text) = self.find(key, args) {
            return text;
        }
        if let Some(text) = self.fallback.as_ref().and_then(|fallback| fallback.find(key, args)) {
            return text;
        }
        tracing::error!(key, "a text is missing");
        key.to_owned()
    }

    fn find(&self, key: &str, args: &[(&str, Arg<'_>)]) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, FluentValue::from(value))).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors);
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a text cannot be filled in");
        }
        Some(text.into_owned())
    }
}

/// What is put into a text.
#[derive(Debug, Clone)]
pub(crate) enum Arg<'a> {
    /// Words.
    Text(Cow<'a, str>),
    /// A number: it chooses the plural, and is written as `words::number` writes it where the text says `{ $n_words }`.
    Number(u64),
}

impl<'a> From<&'a Arg<'_>> for FluentValue<'a> {
    fn from(arg: &'a Arg<'_>) -> Self {
        match arg {
            Arg::Text(text) => FluentValue::String(Cow::Borrowed(text)),
            // Beyond 2^53 nobody counts plurals.
            #[expect(clippy::cast_precision_loss, reason = "a plural is chosen by it, nothing is computed")]
            Arg::Number(number) => FluentValue::from(*number as f64),
        }
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Arg<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

#[cfg(test)]
mod tests;
