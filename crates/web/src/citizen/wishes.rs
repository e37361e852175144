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
        let mut pins = Vec::new();
        for pin in typed_pins(fields).iter().filter_map(|typed| typed.parse().ok()) {
            if pins.len() < SUBSCRIPTION_PINS && !pins.contains(&pin) {
                pins.push(pin);
            }
        }
        let mut topics: Vec<Topic> = words(fields, "topics").filter_map(topic).collect();
        topics.sort_unstable();
        topics.dedup();
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

    /// The PIN codes with commas between them.
    pub(super) fn pins_joined(&self) -> String {
        self.pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// The topics with commas between them.
    pub(super) fn topics_joined(&self) -> String {
        self.topics.iter().map(|topic| topic.as_str()).collect::<Vec<_>>().join(",")
    }

    /// Without PIN codes that do not exist, or no longer: one would make the whole list fail.
    pub(super) fn existing(mut self, places: &Places) -> Self {
        self.pins.retain(|pin| places.district_of(*pin).is_some());
        self
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
        self.pins.iter().filter_map(|pin| name_of(*pin, places)).collect()
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
fn words<'a>(fields: &'a Fields, name: &'a str) -> impl Iterator<Item = &'a str> {
    let words = fields.all(name).flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
    words.filter(|word| !word.is_empty())
}

/// What was typed as PIN codes, in the digits 0 to 9, right or wrong. A PIN code may be typed in the digits of any Indian script, and
/// with a space in its middle, as on letters.
pub(super) fn typed_pins(fields: &Fields) -> Vec<String> {
    let words: Vec<String> = words(fields, "pins").map(|word| word.chars().map(plain_digit).collect()).collect();
    let is_half = |word: &String| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let (mut rest, mut typed) = (words.as_slice(), Vec::new());
    while let Some((first, others)) = rest.split_first() {
        let second = others.first().filter(|second| is_half(first) && is_half(second));
        typed.push(format!("{first}{}", second.map_or("", String::as_str)));
        rest = if second.is_some() { &others[1..] } else { others };
    }
    typed
}

/// The zeros of the scripts that India's languages are written in.
const ZEROS: [char; 13] = ['०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '٠', '۰', '᱐', '꯰'];

fn plain_digit(letter: char) -> char {
    let value =
        ZEROS.into_iter().find_map(|zero| u32::from(letter).checked_sub(u32::from(zero)).filter(|value| *value < 10));
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};
    use proptest::prelude::*;

    use super::*;

    fn of_cookie(value: &str) -> Wishes {
        let value = HeaderValue::from_str(&format!("inbox={value}")).unwrap();
        Wishes::of_cookie(&HeaderMap::from_iter([(header::COOKIE, value)]))
    }

    #[test]
    fn cookie_gives_back_what_was_put_in() {
        let fields = Fields::of_query("pins=110001, 226001 110001&topics=weather&topics=flood&language=hi");
        let wishes = Wishes::of_fields(&fields);
        assert_eq!(wishes.to_cookie(), "110001,226001~weather,flood~hi");
        assert_eq!(of_cookie(&wishes.to_cookie()), wishes);
    }

    #[test]
    fn nonsense_is_left_out_and_much_is_cut() {
        let pins: Vec<String> = (0..50).map(|n| (110_001 + n).to_string()).collect();
        let fields = Fields::of_query(&format!("pins={}+x+012345&topics=war&language=%00", pins.join("+")));
        let wishes = Wishes::of_fields(&fields);
        assert_eq!((wishes.pins.len(), wishes.topics.len(), wishes.language), (SUBSCRIPTION_PINS, 0, None));
        assert_eq!(of_cookie("~~~~"), Wishes::default());
    }

    #[test]
    fn pin_codes_are_read_as_people_type_them() {
        let typed = |text: &str| {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("pins", text).finish();
            typed_pins(&Fields::of_query(&query))
        };
        assert_eq!(typed("110 001, 226001"), ["110001", "226001"]);
        assert_eq!(typed("११०००१;১১০০০১\n௧௧௦௦௦௧ "), ["110001", "110001", "110001"]);
        assert_eq!(typed("110 001 226 001"), ["110001", "226001"]);
        assert_eq!(typed("PIN 11000 abc"), ["PIN", "11000", "abc"]);
    }

    proptest! {
        /// Whatever stands in the cookie, it is read, and what is written is a cookie again.
        #[test]
        fn any_cookie_is_read_and_written(value in "[!#-+--:<-~]{0,80}") {
            let wishes = of_cookie(&value);
            prop_assert!(cookie::make(COOKIE, &wishes.to_cookie(), cookie::Kept::Gone, true).is_some());
            prop_assert_eq!(of_cookie(&wishes.to_cookie()), wishes);
        }
    }
}
