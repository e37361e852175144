//! Why a use case refused, in the reader's words.

use std::sync::Arc;

use munadi_domain::{language::Lang, notice::Refusal};
use munadi_services::ServiceError;

use crate::page::{Page, own_name};

/// Sentences of use cases, and their texts. What has no text yet is shown in English, and marked so.
const SENTENCES: [(&str, &str); 4] = [
    ("another admin must do that to your own account", "refusal-own-account"),
    ("another admin than the one who asked must confirm a role", "refusal-own-grant"),
    ("it was settled already", "refusal-settled"),
    ("this cancels something itself: publish a new alert", "refusal-cancels"),
];

/// What a refusal page says besides its title.
pub(super) struct Said {
    /// The sentence.
    pub(super) text: String,
    /// Whether it is in English whatever the page's language.
    pub(super) is_foreign: bool,
}

/// The sentence for an error; none where the page's own words say it all.
pub(super) fn say(page: &Page, error: &Arc<ServiceError>) -> Option<Said> {
    let text = match &**error {
        ServiceError::Refused(refusal) => refused(page, refusal),
        ServiceError::BadSignature(_) => page.t("refusal-signature"),
        ServiceError::Conflict(sentence) => match SENTENCES.iter().find(|(english, _)| english == sentence) {
            Some((_, key)) => page.t(key),
            None => return Some(foreign(page, error)),
        },
        ServiceError::Invalid(_) | ServiceError::Unavailable(_) => return Some(foreign(page, error)),
        ServiceError::Unauthenticated(_)
        | ServiceError::Forbidden(_)
        | ServiceError::NotFound(_)
        | ServiceError::StaleRevision { .. }
        | ServiceError::TooMany { .. }
        | ServiceError::Entropy
        | ServiceError::Store(_) => return None,
    };
    Some(Said { text, is_foreign: false })
}

fn foreign(page: &Page, error: &ServiceError) -> Said {
    Said { text: error.to_string(), is_foreign: page.lang().primary() != "en" }
}

fn refused(page: &Page, refusal: &Refusal) -> String {
    match refusal {
        Refusal::AuthorApproves => page.t("refusal-author"),
        Refusal::EditorApproves => page.t("refusal-editor"),
        Refusal::SignedBefore => page.t("refusal-signed-before"),
        Refusal::NoSuchLanguage(lang) => page.t1("refusal-no-language", "lang", own_name(lang)),
        Refusal::LanguagesMissing(languages) => page.t1("refusal-languages", "languages", names(languages)),
        Refusal::Expired(at) => page.t1("refusal-expired", "time", page.moment(at)),
    }
}

fn names(languages: &[Lang]) -> String {
    languages.iter().map(own_name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_sentence_has_its_text_in_every_language() {
        let catalogue = Catalogue::load().unwrap();
        for lang in catalogue.languages() {
            for (_, key) in SENTENCES {
                assert_ne!(catalogue.of(lang).unwrap().get(key, &[]), key);
            }
        }
    }
}
