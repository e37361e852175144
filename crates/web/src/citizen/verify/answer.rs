//! What is answered, and why.

use std::collections::BTreeSet;

use munadi_domain::{id::NoticeId, notice::State, payload::Payload, vocabulary::Status};
use munadi_services::{
    ServiceError,
    authenticity::{self, CheckedNotice, Worth},
    inbox::Query,
    page::Page as Part,
};
use url::Url;

use super::{
    compare::{Difference, Likeness, Stretch, compare_all},
    text,
};
use crate::{
    citizen::{Library, card::Card, reader::Reader},
    error::Result,
    page::Page,
    words,
};

/// How many notices with the same words are compared.
const CANDIDATES: u16 = 5;
/// Fewer words beside a link say nothing of their own.
const FEWEST_WORDS: usize = 4;

/// What is answered.
pub(super) struct Answer {
    /// `good`, `warn` or `bad`, for the look and for the shape.
    pub(super) look: &'static str,
    /// In a few words.
    pub(super) heading: String,
    /// Why.
    pub(super) reasons: Vec<String>,
    /// The real notice.
    pub(super) card: Option<Card>,
    /// Where the text differs from it.
    pub(super) difference: Option<Shown>,
}

/// A text beside the real one.
pub(super) struct Shown {
    /// What was sent.
    pub(super) given: Vec<Stretch>,
    /// What was published.
    pub(super) real: Vec<Stretch>,
}

impl From<Difference> for Shown {
    fn from(difference: Difference) -> Self {
        Self { given: difference.given, real: difference.real }
    }
}

/// What is looked in, and for whom.
pub(super) struct Asker<'a> {
    pub(super) library: &'a Library,
    pub(super) page: &'a Page,
    pub(super) reader: &'a Reader,
}

impl Asker<'_> {
    /// What a text is, as far as we can tell.
    pub(super) async fn answer(&self, text: &str) -> Result<Answer> {
        let ours = Url::parse(&self.page.absolute("/")).ok();
        let elsewhere = ours.map(|ours| text::sites_elsewhere(text, &ours)).unwrap_or_default();
        let Some(id) = text::id_in(text) else { return self.by_words(text, &elsewhere).await };
        match self.find(id).await? {
            Some(found) => Ok(self.by_id(text, &found, &elsewhere)),
            None => Ok(not_ours(self.page, "verify-why-no-such-id", &elsewhere)),
        }
    }

    async fn find(&self, id: NoticeId) -> Result<Option<CheckedNotice>> {
        match self.library.inbox.get(id).await {
            Ok(notice) => Ok(authenticity::check(&self.library.core, &self.library.directory, notice).await?),
            Err(ServiceError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A link or an id was given: the notice is real; is the rest of the text?
    fn by_id(&self, text: &str, found: &CheckedNotice, elsewhere: &[String]) -> Answer {
        let rest = text::without_links(text);
        let mut answer = self.plain(found);
        match self.compare(&rest, found) {
            Likeness::Changed(difference) => answer = changed(self.page, answer, difference),
            Likeness::Other if text::words(&rest).len() >= FEWEST_WORDS => {
                answer.look = if answer.look == "good" { "warn" } else { answer.look };
                answer.reasons.push(self.page.t("verify-why-other-words"));
            }
            Likeness::Same | Likeness::Other => (),
        }
        with_sites(self.page, answer, &not_named(&found.payload, elsewhere), true)
    }

    /// Only words were given: the notice that they are most like.
    async fn by_words(&self, text: &str, elsewhere: &[String]) -> Result<Answer> {
        let rest = text::without_links(text);
        let mut best: Option<(CheckedNotice, Difference)> = None;
        for id in self.candidates(&rest).await? {
            let Some(found) = self.find(id).await? else { continue };
            match self.compare(&rest, &found) {
                Likeness::Same => {
                    let mut answer = self.plain(&found);
                    answer.reasons.push(self.page.t("verify-why-same-words"));
                    return Ok(with_sites(self.page, answer, &not_named(&found.payload, elsewhere), false));
                }
                Likeness::Changed(difference)
                    if best.as_ref().is_none_or(|(_, best)| best.common() < difference.common()) =>
                {
                    best = Some((found, difference));
                }
                Likeness::Changed(_) | Likeness::Other => (),
            }
        }
        let Some((found, difference)) = best else {
            return Ok(not_ours(self.page, "verify-why-no-such-words", elsewhere));
        };
        let answer = changed(self.page, self.plain(&found), difference);
        Ok(with_sites(self.page, answer, elsewhere, false))
    }

    /// Notices with some of the words, without doubles.
    async fn candidates(&self, text: &str) -> Result<Vec<NoticeId>> {
        let mut candidates = Vec::new();
        for search in text::searches(text) {
            let query = Query { text: Some(search), ..Query::default() };
            let listed = self.library.inbox.page(&query, Part::new(None, CANDIDATES)).await?;
            candidates.extend(listed.items.iter().map(|notice| notice.id));
        }
        let mut seen = BTreeSet::new();
        candidates.retain(|id| seen.insert(*id));
        Ok(candidates)
    }

    /// What the notice itself is.
    fn plain(&self, found: &CheckedNotice) -> Answer {
        let (summary, now) = (&found.notice.summary, self.library.core.clock.now());
        let status = found.payload.status;
        let (look, heading, reason) = match (&found.worth, summary.state) {
            (Worth::NotOfficial { .. }, _) => ("bad", "verify-not-ours", "verify-why-broken"),
            (_, State::Withdrawn) => ("warn", "verify-over", "verify-why-withdrawn"),
            (_, State::Superseded) => ("warn", "verify-over", "verify-why-superseded"),
            (Worth::Over, _) => ("warn", "verify-over", "verify-why-expired"),
            (Worth::Official, _) if status == Status::Exercise => ("warn", "verify-exercise", "verify-why-exercise"),
            (Worth::Official, _) if status == Status::Test => ("warn", "verify-test", "verify-why-test"),
            (Worth::Official, _) => ("good", "verify-real", "verify-why-real"),
        };
        let mut reasons = vec![self.page.t1(reason, "time", self.page.moment(&found.payload.expires))];
        if look != "bad" {
            reasons.push(self.page.count("verify-why-signed", found.signers.len().saturating_sub(1)));
        }
        let card = Card::new(self.page, self.reader, summary, now);
        Answer { look, heading: self.page.t(heading), reasons, card: Some(card), difference: None }
    }

    /// Compares with every version, and with what is written beside it when a notice is passed on, in whatever language that was.
    fn compare(&self, text: &str, found: &CheckedNotice) -> Likeness {
        let summary = &found.notice.summary;
        let mut around = vec![summary.area.clone()];
        around.extend(summary.department_name.values().cloned());
        let catalogue = &self.library.catalogue;
        for texts in catalogue.languages().filter_map(|lang| catalogue.of(lang)) {
            let until = words::moment(texts, found.payload.expires);
            around.push(texts.get("card-until", &[("time", until.into())]));
            around.extend(["state-superseded", "state-withdrawn", "state-expired"].map(|key| texts.get(key, &[])));
            around.extend(drill_keys(summary.status).map(|key| texts.get(key, &[])));
        }
        let around: Vec<&str> = around.iter().map(String::as_str).collect();
        compare_all(text, &found.payload.languages, &around)
    }
}

/// What stands on an exercise or a test wherever it is shown.
fn drill_keys(status: Status) -> impl Iterator<Item = &'static str> {
    let keys: &[&str] = match status {
        Status::Actual => &[],
        Status::Exercise => &["mark-exercise", "drill-exercise"],
        Status::Test => &["mark-test", "drill-test"],
    };
    keys.iter().copied()
}

fn changed(page: &Page, answer: Answer, difference: Difference) -> Answer {
    let mut reasons = vec![page.t("verify-why-changed")];
    if answer.look != "good" {
        reasons.extend(answer.reasons.into_iter().take(1));
    }
    Answer { look: "bad", heading: page.t("verify-changed"), reasons, difference: Some(difference.into()), ..answer }
}

fn not_ours(page: &Page, reason: &str, elsewhere: &[String]) -> Answer {
    let answer = Answer {
        look: "bad",
        heading: page.t("verify-not-ours"),
        reasons: vec![page.t(reason)],
        card: None,
        difference: None,
    };
    with_sites(page, answer, elsewhere, false)
}

/// Warns of links to others. With a notice's id in it, such a link pretends to be ours.
fn with_sites(page: &Page, mut answer: Answer, sites: &[String], has_id: bool) -> Answer {
    if sites.is_empty() {
        return answer;
    }
    if has_id {
        answer.look = "bad";
        answer.heading = page.t("verify-elsewhere");
    } else if answer.look == "good" {
        answer.look = "warn";
    }
    answer.reasons.insert(0, page.t1("verify-why-elsewhere", "sites", sites.join(", ")));
    answer
}

/// The sites but for those that the notice itself names.
fn not_named(payload: &Payload, sites: &[String]) -> Vec<String> {
    let in_links = |site: &str| {
        payload.links.iter().any(|link| Url::parse(&link.href).is_ok_and(|url| url.host_str() == Some(site)))
    };
    let texts: Vec<&str> =
        payload.languages.iter().flat_map(|version| [version.body.as_str(), &version.instruction]).collect();
    let in_texts = |site: &str| texts.iter().any(|text| text.contains(&format!("//{site}")));
    sites.iter().filter(|site| !in_links(site) && !in_texts(site)).cloned().collect()
}
