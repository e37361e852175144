//! What every page knows: in which language it is, for whom, and where things are.

use std::{convert::Infallible, fmt::Display, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header, request::Parts},
};
use munadi_domain::language::{Direction, KNOWN, Lang};
use time::OffsetDateTime;
use url::form_urlencoded;

use crate::{
    assets::Assets,
    catalogue::{Arg, Texts},
    cookie,
    state::{WebSettings, WebState},
    words,
};

/// The cookie that keeps the language.
pub(crate) const LANGUAGE_COOKIE: &str = "lang";

/// The address that the visitor sees, where it is not the one that was routed.
#[derive(Debug, Clone)]
pub(crate) struct ShownUri(pub(crate) Uri);

/// Who is signed in, for the head of the console's pages.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    /// The name to show.
    pub(crate) name: String,
    /// The department's name in the page's language, or none for those who look after the installation.
    pub(crate) department: Option<String>,
    /// The words of `Role::as_str`.
    pub(crate) roles: Vec<&'static str>,
}

impl Viewer {
    /// Whether the officer has the role with this word.
    pub(crate) fn is(&self, role: &str) -> bool {
        self.roles.contains(&role)
    }
}

/// A link that shows the same page in another language.
pub(crate) struct Switch {
    /// The language's tag.
    pub(crate) tag: String,
    /// Its name in itself.
    pub(crate) name: &'static str,
    /// The same page in it.
    pub(crate) href: String,
    /// Whether it is shown now.
    pub(crate) is_current: bool,
}

/// What every template has as its field `page`. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Page {
    texts: Arc<Texts>,
    assets: Arc<Assets>,
    settings: Arc<WebSettings>,
    offered: Arc<[Lang]>,
    uri: Uri,
    /// Who is signed in; nobody on the citizens' pages.
    pub(crate) viewer: Option<Viewer>,
}

impl Page {
    /// For a request with this address and these headers.
    pub(crate) fn new(web: &WebState, uri: &Uri, headers: &HeaderMap) -> Self {
        let offered: Vec<Lang> = web.catalogue.languages().cloned().collect();
        let wishes = std::iter::once(asked_language(uri)).chain([kept_language(headers)]).flatten();
        let wishes = wishes.chain(accepted_languages(headers));
        let texts = wishes.into_iter().find_map(|lang| web.catalogue.of(&lang).cloned());
        Self {
            texts: texts.unwrap_or_else(|| web.catalogue.first().clone()),
            assets: web.assets.clone(),
            settings: web.settings.clone(),
            offered: offered.into(),
            uri: uri.clone(),
            viewer: None,
        }
    }

    /// The same page in a language, as far as there are texts in it.
    pub(crate) fn in_other(&self, web: &WebState, lang: &Lang) -> Self {
        let texts = web.catalogue.of(lang).cloned();
        Self { texts: texts.unwrap_or_else(|| self.texts.clone()), ..self.clone() }
    }

    /// The texts of its language.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Its language.
    pub(crate) fn lang(&self) -> &Lang {
        self.texts.lang()
    }

    /// Its direction of writing, `ltr` or `rtl`.
    pub(crate) fn dir(&self) -> &'static str {
        direction(self.lang())
    }

    /// A text.
    pub(crate) fn t(&self, key: &str) -> String {
        self.texts.get(key, &[])
    }

    /// A text with one argument.
    pub(crate) fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        self.texts.get(key, &[(name, value.to_string().into())])
    }

    /// A text with two arguments.
    pub(crate) fn t2(
        &self,
        key: &str,
        one: &str,
        value: impl Display,
        other: &str,
        other_value: impl Display,
    ) -> String {
        self.texts.get(key, &[(one, value.to_string().into()), (other, other_value.to_string().into())])
    }

    /// A text with a number: `$count` chooses the plural, `$n` is the number in words.
    pub(crate) fn count(&self, key: &str, count: impl Count) -> String {
        let count = count.count();
        self.texts.get(key, &[("count", Arg::Number(count)), ("n", words::number(count).into())])
    }

    /// A text whose key is made of a family and a member, such as `topic` and `flood`. All members are in the files.
    pub(crate) fn of(&self, family: &str, member: &str) -> String {
        self.texts.get(&format!("{family}-{}", member.to_ascii_lowercase().replace('_', "-")), &[])
    }

    /// A number as people in India write it.
    #[expect(clippy::unused_self, reason = "templates have the page and nothing else")]
    pub(crate) fn number(&self, number: impl Count) -> String {
        words::number(number.count())
    }

    /// A time in words.
    pub(crate) fn moment(&self, time: &OffsetDateTime) -> String {
        words::moment(&self.texts, *time)
    }

    /// A day in words.
    pub(crate) fn date(&self, time: &OffsetDateTime) -> String {
        words::date(&self.texts, *time)
    }

    /// A time for the attribute `datetime`.
    #[expect(clippy::unused_self, reason = "templates have the page and nothing else")]
    pub(crate) fn machine(&self, time: &OffsetDateTime) -> String {
        words::machine(*time)
    }

    /// Where a static file is.
    pub(crate) fn asset(&self, name: &str) -> String {
        self.assets.path(name)
    }

    /// The path that the visitor sees.
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    /// Whether this is that page or one below it, for `aria-current`.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.path() == path || (path != "/" && self.path().starts_with(&format!("{path}/")))
    }

    /// The whole address of a path, for links that leave the browser.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.settings.base())
    }

    /// The name under which this installation signs.
    pub(crate) fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Whether push services on this machine may be contacted, which every page says in red.
    pub(crate) fn is_development(&self) -> bool {
        self.settings.development
    }

    /// The same page in each language that there is.
    pub(crate) fn switches(&self) -> Vec<Switch> {
        let switch = |lang: &Lang| Switch {
            tag: lang.to_string(),
            name: own_name(lang),
            href: self.in_language(lang),
            is_current: lang == self.lang(),
        };
        self.offered.iter().map(switch).collect()
    }

    fn in_language(&self, lang: &Lang) -> String {
        let query = self.uri.query().unwrap_or_default();
        let others = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "lang");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .append_pair("lang", lang.as_str())
            .finish();
        format!("{}?{query}", self.path())
    }
}

impl FromRequestParts<WebState> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &WebState) -> Result<Self, Infallible> {
        let uri = parts.extensions.get::<ShownUri>().map_or(&parts.uri, |shown| &shown.0);
        let mut page = Self::new(web, uri, &parts.headers);
        page.viewer = parts.extensions.get::<Viewer>().cloned();
        Ok(page)
    }
}

/// A number of things, as templates have it: by value or by reference.
pub(crate) trait Count {
    /// How many; less than none is none.
    fn count(&self) -> u64;
}

impl<T: Count + ?Sized> Count for &T {
    fn count(&self) -> u64 {
        (**self).count()
    }
}

macro_rules! counts {
    ($($number:ty),*) => {$(
        impl Count for $number {
            fn count(&self) -> u64 {
                u64::try_from(*self).unwrap_or(0)
            }
        }
    )*};
}

counts!(u8, u16, u32, u64, usize, i32, i64);

/// `ltr` or `rtl`, for the attribute `dir` of what is in this language.
pub(crate) fn direction(lang: &Lang) -> &'static str {
    match lang.direction() {
        Direction::Ltr => "ltr",
        Direction::Rtl => "rtl",
    }
}

/// A language's name in itself.
pub(crate) fn own_name(lang: &Lang) -> &'static str {
    KNOWN.iter().find(|(tag, _, _)| *tag == lang.primary()).map_or("?", |(_, _, own)| own)
}

/// The language that the address asks for.
pub(crate) fn asked_language(uri: &Uri) -> Option<Lang> {
    let query = uri.query()?;
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang")?.1.parse().ok()
}

fn kept_language(headers: &HeaderMap) -> Option<Lang> {
    cookie::read(headers, LANGUAGE_COOKIE)?.parse().ok()
}

/// What the browser accepts, the best first (RFC 9110 §12.5.4).
pub(crate) fn accepted_languages(headers: &HeaderMap) -> Vec<Lang> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wishes: Vec<(Lang, f32)> = accepted.split(',').take(20).filter_map(wish).collect();
    wishes.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    wishes.into_iter().map(|(lang, _)| lang).collect()
}

fn wish(text: &str) -> Option<(Lang, f32)> {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, ""));
    let quality = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |text| text.parse().ok())?;
    (quality > 0.0).then_some((tag.trim().parse().ok()?, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn langs(accept: &str) -> String {
        let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, accept.parse().unwrap())]);
        accepted_languages(&headers).iter().map(Lang::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn browsers_wishes_are_taken_in_their_order() {
        assert_eq!(langs("hi-IN,hi;q=0.9,en;q=0.8"), "hi-IN hi en");
        assert_eq!(langs("en;q=0.3, *;q=0.1, hi"), "hi en");
        assert_eq!(langs("en;q=0, hi;q=x, ;;,"), "");
    }
}
