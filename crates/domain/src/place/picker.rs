//! Choosing places, and showing what was chosen by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{District, Places};
use crate::area::{DistrictCode, Pin, StateCode};

/// The most words of a pasted list that are told back as no PIN codes.
const MOST_UNREAD: usize = 100;
/// The most characters of each of them.
const UNREAD_CHARS: usize = 40;

/// Where a PIN code lies, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinName<'a> {
    /// The PIN code.
    pub pin: Pin,
    /// The district that most of its post offices lie in.
    pub district: &'a District,
    /// That district's state.
    pub state: &'a str,
}

/// How much of a district some PIN codes cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistrictCover<'a> {
    /// The district.
    pub district: &'a District,
    /// Its state.
    pub state: &'a str,
    /// Those of the PIN codes that lie in it, in order.
    pub pins: Vec<Pin>,
    /// How many PIN codes the district has.
    pub of: usize,
}

impl DistrictCover<'_> {
    /// Whether nothing of the district is missing.
    pub fn is_whole(&self) -> bool {
        self.pins.len() == self.of
    }
}

/// What a list that somebody pasted holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastedPins {
    /// The PIN codes that exist.
    pub pins: BTreeSet<Pin>,
    /// PIN codes that do not exist.
    pub unknown: BTreeSet<Pin>,
    /// Numbers that are no PIN codes, as they were written: the first 100, cut to 40 characters each.
    pub unread: Vec<String>,
}

impl Places {
    /// The districts of a state, by code; none for a state that does not exist.
    pub fn districts_of(&self, state: StateCode) -> impl Iterator<Item = &District> {
        self.districts.values().filter(move |district| district.state == state)
    }

    /// The PIN codes of a district, in order; none for a district that does not exist.
    pub fn pins_of(&self, district: DistrictCode) -> impl Iterator<Item = Pin> {
        self.pins.iter().filter(move |(_, place)| place.district == district).map(|(pin, _)| *pin)
    }

    /// Where a PIN code lies; none for one that does not exist.
    pub fn name(&self, pin: Pin) -> Option<PinName<'_>> {
        let district = self.district_of(pin)?;
        Some(PinName { pin, district, state: self.state(district.state)? })
    }

    /// The districts that PIN codes lie in, by state and district code, with how much of each they cover: what [`Self::resolve`] finds
    /// in an area, by name.
    pub fn by_district<'a>(&'a self, pins: &BTreeSet<Pin>) -> Vec<DistrictCover<'a>> {
        let mut covers = BTreeMap::<(StateCode, DistrictCode), DistrictCover<'a>>::new();
        for (pin, place) in &self.pins {
            let Some(district) = self.districts.get(&place.district) else { continue };
            let state = self.state(district.state).unwrap_or_default();
            let cover = covers.entry((district.state, district.code));
            let cover = cover.or_insert_with(|| DistrictCover { district, state, pins: Vec::new(), of: 0 });
            cover.of += 1;
            if pins.contains(pin) {
                cover.pins.push(*pin);
            }
        }
        covers.into_values().filter(|cover| !cover.pins.is_empty()).collect()
    }

    /// The PIN codes in a text that somebody pasted: from a letter, a table, or a message. Words are skipped; `221 001` is one PIN
    /// code, and digits of Devanagari are digits.
    pub fn read_pins(&self, text: &str) -> PastedPins {
        let mut read = PastedPins::default();
        for number in numbers(text) {
            let Ok(pin) = number.parse::<Pin>() else {
                read.unread.push(number.chars().take(UNREAD_CHARS).collect());
                continue;
            };
            let known = if self.pins.contains_key(&pin) { &mut read.pins } else { &mut read.unknown };
            known.insert(pin);
        }
        read.unread.truncate(MOST_UNREAD);
        read
    }
}

/// The numbers in a text, in ASCII digits. Three digits, one space and three digits are one number.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers: Vec<(String, usize)> = Vec::new();
    let mut gap = usize::MAX;
    for letter in text.chars() {
        match digit(letter) {
            Some(digit) if gap == 0 => {
                if let Some((number, _)) = numbers.last_mut() {
                    number.push(digit);
                }
            }
            Some(digit) => numbers.push((digit.into(), gap)),
            // One space between two numbers; anything else keeps them apart.
            None if gap == 0 && (letter == ' ' || letter == '\u{a0}') => {
                gap = 1;
                continue;
            }
            None => {
                gap = usize::MAX;
                continue;
            }
        }
        gap = 0;
    }
    let mut joined: Vec<String> = Vec::new();
    for (number, gap) in numbers {
        match joined.last_mut() {
            Some(before) if gap == 1 && before.len() == 3 && number.len() == 3 => before.push_str(&number),
            _ => joined.push(number),
        }
    }
    joined
}

fn digit(letter: char) -> Option<char> {
    match letter {
        '0'..='9' => Some(letter),
        '०'..='९' => char::from_digit(u32::from(letter) - u32::from('०'), 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::area::Area;

    fn pin(text: &str) -> Pin {
        text.parse().unwrap()
    }

    #[test]
    fn states_have_districts_and_those_have_pin_codes() {
        let places = Places::india().unwrap();
        let pins: usize = places
            .states()
            .flat_map(|(state, _)| places.districts_of(state))
            .map(|district| places.pins_of(district.code).count())
            .sum();
        assert_eq!(pins, places.pins().count());
        assert_eq!((places.districts_of(9_999).count(), places.pins_of(9_999).count()), (0, 0));
        let name = places.name(pin("110001")).unwrap();
        assert_eq!((name.district.code, name.state), (79, "Delhi"));
        assert_eq!(places.name(pin("999999")), None);
    }

    #[test]
    fn what_an_area_covers_is_shown_by_district() {
        let places = Places::india().unwrap();
        let area = Area { districts: vec![79], pins: vec![pin("560001")], ..Area::default() };
        let covers = places.by_district(&places.resolve(&area, "/area").unwrap());
        let shown: Vec<_> = covers.iter().map(|cover| (cover.state, cover.is_whole(), cover.pins.len())).collect();
        assert_eq!(shown, [("Delhi", true, places.pins_of(79).count()), ("Karnataka", false, 1)]);
    }

    #[track_caller]
    fn check(text: &str, pins: &[&str], unknown: &[&str], unread: &[&str]) {
        let read = Places::india().unwrap().read_pins(text);
        let set = |texts: &[&str]| texts.iter().map(|text| pin(text)).collect::<BTreeSet<_>>();
        let unread: Vec<String> = unread.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(read, PastedPins { pins: set(pins), unknown: set(unknown), unread }, "{text}");
    }

    #[test]
    fn lists_are_read_however_they_are_written() {
        check("110001, 226001;560001\n110001", &["110001", "226001", "560001"], &[], &[]);
        check("PIN: 221 001 (Varanasi), 110 001", &["221001", "110001"], &[], &[]);
        check("११०००१ और २२६००१", &["110001", "226001"], &[], &[]);
        check("110001 226001", &["110001", "226001"], &[], &[]);
        check("999999 12345 1234567 012345", &[], &["999999"], &["12345", "1234567", "012345"]);
        check("221  001", &[], &[], &["221", "001"]);
        check("", &[], &[], &[]);
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_is_read(text: String) {
            let read = Places { states: BTreeMap::new(), districts: BTreeMap::new(), pins: BTreeMap::new() }.read_pins(&text);
            prop_assert!(read.pins.is_empty() && read.unread.len() <= MOST_UNREAD);
        }
    }
}
