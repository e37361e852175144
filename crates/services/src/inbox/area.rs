//! Where notices apply, in keys that two short lists can be compared by: a notice for the whole country has one key, not 19,486.
//!
//! A notice has the key of what it covers wholly, and where it covers a part, also the key of what is touched. Who asks for a PIN code gets
//! what covers it; who asks for a district gets what covers the district, a part of it, or more than it.

use std::collections::{BTreeMap, BTreeSet};

use munadi_domain::{
    area::{DistrictCode, Pin, StateCode},
    place::Places,
};

/// Covers everything.
const COUNTRY: i32 = 5_000_000;

fn covers_district(code: DistrictCode) -> i32 {
    1_000_000 + i32::from(code)
}

fn touches_district(code: DistrictCode) -> i32 {
    2_000_000 + i32::from(code)
}

fn covers_state(code: StateCode) -> i32 {
    3_000_000 + i32::from(code)
}

fn touches_state(code: StateCode) -> i32 {
    4_000_000 + i32::from(code)
}

/// A place to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A PIN code.
    Pin(Pin),
    /// A district, by its LGD code.
    District(DistrictCode),
    /// A state, by its LGD code.
    State(StateCode),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pin(pin) => write!(f, "place with the PIN code {pin}"),
            Self::District(code) => write!(f, "district with the LGD code {code}"),
            Self::State(code) => write!(f, "state with the LGD code {code}"),
        }
    }
}

/// The keys of a notice for these PIN codes, in order.
pub(crate) fn keys_of_notice(places: &Places, pins: &[Pin]) -> Vec<i32> {
    let mut keys = BTreeSet::new();
    let mut whole_states = 0;
    let (covered, all) = (Cover::of(places, pins.iter().copied()), Cover::of(places, places.pins()));
    for (state, districts) in &covered.states {
        if Some(districts) == all.states.get(state) {
            keys.insert(covers_state(*state));
            whole_states += 1;
            continue;
        }
        keys.insert(touches_state(*state));
        for (district, pins) in districts {
            if all.states.get(state).and_then(|all| all.get(district)) == Some(pins) {
                keys.insert(covers_district(*district));
            } else {
                keys.insert(touches_district(*district));
                keys.extend(pins.iter().map(|pin| pin.number()));
            }
        }
    }
    if whole_states == all.states.len() { vec![COUNTRY] } else { keys.into_iter().collect() }
}

#[derive(PartialEq, Eq)]
struct Cover {
    states: BTreeMap<StateCode, BTreeMap<DistrictCode, BTreeSet<Pin>>>,
}

impl Cover {
    fn of(places: &Places, pins: impl Iterator<Item = Pin>) -> Self {
        let mut states: BTreeMap<_, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
        for (pin, district) in pins.filter_map(|pin| Some((pin, places.district_of(pin)?))) {
            states.entry(district.state).or_default().entry(district.code).or_default().insert(pin);
        }
        Self { states }
    }
}

/// The keys that a notice must have one of to be of interest in any of the places, in order. A place that does not exist adds what
/// covers the country.
pub(crate) fn keys_of_places(places: &Places, wanted: impl IntoIterator<Item = Place>) -> Vec<i32> {
    let keys: BTreeSet<i32> = wanted.into_iter().flat_map(|place| keys_of_place(places, place)).collect();
    keys.into_iter().collect()
}

fn keys_of_place(places: &Places, place: Place) -> Vec<i32> {
    let mut keys = vec![COUNTRY];
    match place {
        Place::Pin(pin) => {
            keys.push(pin.number());
            if let Some(district) = places.district_of(pin) {
                keys.extend([covers_district(district.code), covers_state(district.state)]);
            }
        }
        Place::District(code) => {
            keys.extend([covers_district(code), touches_district(code)]);
            keys.extend(places.district(code).map(|district| covers_state(district.state)));
        }
        Place::State(code) => keys.extend([covers_state(code), touches_state(code)]),
    }
    keys
}

/// Whether two ordered lists of keys have one in common.
pub(crate) fn meet(notice: &[i32], wanted: &[i32]) -> bool {
    wanted.iter().any(|key| notice.binary_search(key).is_ok())
}

#[cfg(test)]
mod tests {
    use munadi_domain::area::Area;
    use proptest::{prelude::*, sample};

    use super::*;

    fn pins(places: &Places, area: &Area) -> Vec<Pin> {
        places.resolve(area, "").unwrap().into_iter().collect()
    }

    #[test]
    fn whole_country_is_one_key() {
        let places = Places::india().unwrap();
        assert_eq!(keys_of_notice(&places, &places.pins().collect::<Vec<_>>()), [COUNTRY]);
    }

    #[test]
    fn whole_state_is_one_key_and_a_district_two() {
        let places = Places::india().unwrap();
        let delhi = pins(&places, &Area { states: vec![7], ..Area::default() });
        assert_eq!(keys_of_notice(&places, &delhi), [covers_state(7)]);
        let new_delhi = pins(&places, &Area { districts: vec![79], ..Area::default() });
        assert_eq!(keys_of_notice(&places, &new_delhi), [covers_district(79), touches_state(7)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// The keys find exactly what a comparison of all PIN codes would.
        #[test]
        fn keys_mean_what_pins_mean(
            districts in prop::collection::vec(any::<sample::Index>(), 0..4),
            singles in prop::collection::vec(any::<sample::Index>(), 1..5),
            asked in any::<sample::Index>(),
        ) {
            let places = Places::india().unwrap();
            let (all, codes): (Vec<Pin>, Vec<u16>) = (places.pins().collect(), places.districts().map(|it| it.code).collect());
            let districts = districts.iter().map(|index| *index.get(&codes)).filter(|code| all.iter().any(|pin| places.district_of(*pin).unwrap().code == *code));
            let area = Area { districts: districts.collect(), pins: singles.iter().map(|index| *index.get(&all)).collect(), ..Area::default() };
            let covered = pins(&places, &area);
            let notice = keys_of_notice(&places, &covered);
            let asked = *asked.get(&all);
            let district = places.district_of(asked).unwrap();
            let found = |place| meet(&notice, &keys_of_places(&places, [place]));
            prop_assert_eq!(found(Place::Pin(asked)), covered.contains(&asked));
            let in_district = covered.iter().any(|pin| places.district_of(*pin).unwrap().code == district.code);
            prop_assert_eq!(found(Place::District(district.code)), in_district);
            let in_state = covered.iter().any(|pin| places.district_of(*pin).unwrap().state == district.state);
            prop_assert_eq!(found(Place::State(district.state)), in_state);
        }
    }
}
