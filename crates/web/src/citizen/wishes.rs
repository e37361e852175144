//! What a citizen wants to hear about, as it stands in forms, in addresses and in the cookie `inbox`.

use axum::http::HeaderMap;
use munadi_domain::{area::Pin, language::Lang, limits::SUBSCRIPTION_PINS, place::Places, topic::Topic};
use munadi_services::inbox::{Place, Query};

use crate::{cookie, fields::Fields};

/// The cookie that keeps the wishes of whoever has no script: PIN codes, topics and language, with `~` between them.
pub(super) const COOKIE: &str = "inbox";

/// What a citizen wants to hear about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    /// Places, at most [`SUBSCRIPTION_PINS`].
    pub(super) pins: Vec<Pin>,
    /// Topics; all if empty.
    pub(super) topics: Vec<Topic>,
    /// The language to be addressed in.
    pub(super) language: Option<Lang>,
}

impl Wishes {
    /// From fields named `pins`, `topics` and `language`; what makes no sense is left out.
    pub(super) fn of_fields(fields: &Fields) -> Self {
        let mut pins: Vec<Pin> = words(fields, "pins").filter_map(|word| word.parse().ok()).collect();
        let mut seen = Vec::new();
        pins.retain(|pin| !seen.contains(pin) && { seen.push(*pin); seen.len() <= SUBSCRIPTION_PINS });
        let topics = words(fields, "topics").filter_map(topic).collect();
        Self { pins, topics, language: fields.some("language").and_then(|tag| tag.parse().ok()) }
    }

    /// From the cookie.
    pub(super) fn of_cookie(headers: &HeaderMap) -> Self {
        let mut parts = cookie::read(headers, COOKIE).unwrap_or_default().splitn(3, '~');
        let mut part = || parts.next().unwrap_or_default();
        let query = format!("pins={}&topics={}&language={}", part(), part(), part());
        Self::of_fields(&Fields::of_query(&query))
    }

    /// The cookie's value.
    pub(super) fn to_cookie(&self) -> String {
        let language = self.language.as_ref().map_or("", Lang::as_str);
        format!("{}~{}~{language}", self.pins_joined(), self.topics_joined())
    }

    pub(super) fn pins_joined(&self) -> String {
        self.pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    pub(super) fn topics_joined(&self) -> String {
        self.topics.iter().map(|topic| topic.as_str()).collect::<Vec<_>>().join(",")
    }

    /// What to ask the inbox for.
    pub(super) fn query(&self) -> Query {
        Query {
            places: self.pins.iter().copied().map(Place::Pin).collect(),
            topics: self.topics.clone(),
            ..Query::default()
        }
    }

    /// The places in words.
    pub(super) fn places(&self, places: &Places) -> Vec<String> {
        self.pins.iter().map(|pin| name_of(*pin, places).unwrap_or_else(|| pin.to_string())).collect()
    }
}

/// `221715 Ballia, Uttar Pradesh`.
pub(super) fn name_of(pin: Pin, places: &Places) -> Option<String> {
    let district = places.district_of(pin)?;
    let state = places.state(district.state).unwrap_or_default();
    Some(format!("{pin} {}, {state}", district.name))
}

/// A topic by its word.
pub(super) fn topic(word: &str) -> Option<Topic> {
    Topic::ALL.iter().copied().find(|topic| topic.as_str() == word)
}

/// The words of a field, whatever stands between them.
pub(super) fn words<'a>(fields: &'a Fields, name: &'a str) -> impl Iterator<Item = &'a str> {
    fields.all(name).flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    #[test]
    fn cookie_gives_back_what_was_put_in() {
        let fields = Fields::of_query("pins=110001, 226001 110001&topics=flood&topics=weather&language=hi");
        let wishes = Wishes::of_fields(&fields);
        assert_eq!(wishes.to_cookie(), "110001,226001~flood,weather~hi");
        let value = HeaderValue::from_str(&format!("inbox={}", wishes.to_cookie())).unwrap();
        assert_eq!(Wishes::of_cookie(&HeaderMap::from_iter([(header::COOKIE, value)])), wishes);
    }

    #[test]
    fn nonsense_is_left_out_and_much_is_cut() {
        let pins: Vec<String> = (0..50).map(|n| (110_001 + n).to_string()).collect();
        let fields = Fields::of_query(&format!("pins={}+x+012345&topics=war&language=%00", pins.join("+")));
        let wishes = Wishes::of_fields(&fields);
        assert_eq!((wishes.pins.len(), wishes.topics.len(), wishes.language), (SUBSCRIPTION_PINS, 0, None));
    }
}
