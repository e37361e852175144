//! The places that exist: states, districts and PIN codes, and which PIN codes an area covers.

mod picker;

pub use picker::{DistrictCover, PastedPins, PinName};

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    area::{Area, Circle, DistrictCode, Pin, Point, Polygon, StateCode},
    fault::Fault,
};

const DISTRICTS: &str = include_str!("../data/india-districts.csv");
const PIN_CODES: &str = include_str!("../data/india-pin-codes.csv");

/// A district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct District {
    /// Its LGD code.
    pub code: DistrictCode,
    /// Its name in English.
    pub name: String,
    /// Its state.
    pub state: StateCode,
}

#[derive(Debug, Clone, Copy)]
struct PinPlace {
    district: DistrictCode,
    /// None for the few whose post offices have no coordinates: only their code and their district name them.
    centroid: Option<Point>,
}

/// All places, with the lookups that areas need.
#[derive(Debug)]
pub struct Places {
    states: BTreeMap<StateCode, String>,
    districts: BTreeMap<DistrictCode, District>,
    pins: BTreeMap<Pin, PinPlace>,
}

/// The table of places has a line that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the table of {table} cannot be read")]
pub struct InvalidTable {
    /// Which table.
    pub table: &'static str,
    /// The line's number, from 1.
    pub line: usize,
}

impl Places {
    /// The places of India that are compiled in (see `crates/domain/data/README.md`).
    pub fn india() -> Result<Self, InvalidTable> {
        Self::parse(DISTRICTS, PIN_CODES)
    }

    fn parse(districts: &str, pin_codes: &str) -> Result<Self, InvalidTable> {
        let mut places = Self { states: BTreeMap::new(), districts: BTreeMap::new(), pins: BTreeMap::new() };
        for (index, line) in districts.lines().enumerate().skip(1) {
            places.add_district(line).ok_or(InvalidTable { table: "districts", line: index + 1 })?;
        }
        for (index, line) in pin_codes.lines().enumerate().skip(1) {
            places.add_pin(line).ok_or(InvalidTable { table: "PIN codes", line: index + 1 })?;
        }
        Ok(places)
    }

    fn add_district(&mut self, line: &str) -> Option<()> {
        let [code, name, state, state_name] = fields(line)?;
        let district = District { code: code.parse().ok()?, name: name.to_owned(), state: state.parse().ok()? };
        self.states.insert(district.state, state_name.to_owned());
        self.districts.insert(district.code, district);
        Some(())
    }

    fn add_pin(&mut self, line: &str) -> Option<()> {
        let [pin, district, lat, lon] = fields(line)?;
        let is_placed = !(lat.is_empty() && lon.is_empty());
        let point = || Some(Point { lat: lat.parse().ok()?, lon: lon.parse().ok()? });
        let centroid = if is_placed { Some(point()?) } else { None };
        let district: DistrictCode = district.parse().ok()?;
        self.districts.contains_key(&district).then_some(())?;
        self.pins.insert(pin.parse().ok()?, PinPlace { district, centroid });
        Some(())
    }

    /// A state's name.
    pub fn state(&self, code: StateCode) -> Option<&str> {
        self.states.get(&code).map(String::as_str)
    }

    /// All states, by code.
    pub fn states(&self) -> impl Iterator<Item = (StateCode, &str)> {
        self.states.iter().map(|(code, name)| (*code, name.as_str()))
    }

    /// A district.
    pub fn district(&self, code: DistrictCode) -> Option<&District> {
        self.districts.get(&code)
    }

    /// All districts, by code.
    pub fn districts(&self) -> impl Iterator<Item = &District> {
        self.districts.values()
    }

    /// All PIN codes, in order.
    pub fn pins(&self) -> impl Iterator<Item = Pin> {
        self.pins.keys().copied()
    }

    /// The district that most of a PIN code's post offices lie in; none for a PIN code that does not exist.
    pub fn district_of(&self, pin: Pin) -> Option<&District> {
        self.districts.get(&self.pins.get(&pin)?.district)
    }

    /// Where a PIN code lies.
    pub fn centroid(&self, pin: Pin) -> Option<Point> {
        self.pins.get(&pin)?.centroid
    }

    /// The PIN code whose centroid is nearest: what a shape that covers no centroid is likely to mean.
    pub fn nearest(&self, point: Point) -> Option<(Pin, f64)> {
        let distances = self.pins.iter().filter_map(|(pin, place)| Some((*pin, place.centroid?.distance_km(point))));
        distances.min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// The PIN codes that an area covers: those it names, those of its districts and states, and those whose centroid lies in one
    /// of its shapes. Codes that do not exist, and an area that covers nothing, are faults; `at` is the pointer of the area.
    pub fn resolve(&self, area: &Area, at: &str) -> Result<BTreeSet<Pin>, Vec<Fault>> {
        let faults = self.unknown_codes(area, at);
        if !faults.is_empty() {
            return Err(faults);
        }
        let cover = Cover::new(self, area);
        let pins: BTreeSet<Pin> =
            self.pins.iter().filter(|(pin, place)| cover.contains(**pin, place)).map(|(pin, _)| *pin).collect();
        if pins.is_empty() { Err(vec![Fault::new(at, self.why_empty(area))]) } else { Ok(pins) }
    }

    fn unknown_codes(&self, area: &Area, at: &str) -> Vec<Fault> {
        let states = area.states.iter().enumerate().filter(|(_, code)| !self.states.contains_key(code));
        let states =
            states.map(|(i, code)| Fault::new(format!("{at}/states/{i}"), format!("no state has the LGD code {code}")));
        let districts = area.districts.iter().enumerate().filter(|(_, code)| !self.districts.contains_key(code));
        let districts = districts
            .map(|(i, code)| Fault::new(format!("{at}/districts/{i}"), format!("no district has the LGD code {code}")));
        let pins = area.pins.iter().enumerate().filter(|(_, pin)| !self.pins.contains_key(pin));
        let pins =
            pins.map(|(i, pin)| Fault::new(format!("{at}/pins/{i}"), format!("no place has the PIN code {pin}")));
        states.chain(districts).chain(pins).collect()
    }

    fn why_empty(&self, area: &Area) -> String {
        let of_polygon = area.polygons.first().and_then(|polygon| polygon.0.first().copied());
        let point = area.circles.first().map(|circle| circle.center).or(of_polygon);
        match point.and_then(|point| self.nearest(point)) {
            Some((pin, km)) => format!(
                "the area covers no PIN code; the nearest is {pin}, {km:.0} km away: make the area larger, or name a district or a PIN code"
            ),
            None => "the area names no place: give a state, a district, a PIN code, a polygon or a circle".to_owned(),
        }
    }
}

/// An area in the form that asks fastest whether it covers a PIN code: an area may have 50,000 points, and there are 20,000 PIN codes.
struct Cover<'a> {
    districts: BTreeSet<DistrictCode>,
    pins: BTreeSet<Pin>,
    circles: &'a [Circle],
    polygons: Vec<(&'a Polygon, Bounds)>,
}

impl<'a> Cover<'a> {
    fn new(places: &Places, area: &'a Area) -> Self {
        let of_states = places.districts.values().filter(|district| area.states.contains(&district.state));
        let polygons =
            area.polygons.iter().filter_map(|polygon| Some((polygon, Bounds::around(polygon.0.iter().copied())?)));
        Self {
            districts: area.districts.iter().copied().chain(of_states.map(|district| district.code)).collect(),
            pins: area.pins.iter().copied().collect(),
            circles: &area.circles,
            polygons: polygons.collect(),
        }
    }

    fn contains(&self, pin: Pin, place: &PinPlace) -> bool {
        let in_shape = |point: Point| {
            self.circles.iter().any(|circle| circle.contains(point))
                || self.polygons.iter().any(|(polygon, bounds)| bounds.contains(point) && polygon.contains(point))
        };
        self.districts.contains(&place.district) || self.pins.contains(&pin) || place.centroid.is_some_and(in_shape)
    }
}

/// The smallest box around some points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The corner with the least latitude and longitude.
    pub south_west: Point,
    /// The corner with the greatest latitude and longitude.
    pub north_east: Point,
}

impl Bounds {
    /// The box around the points; none around no points.
    pub fn around(points: impl Iterator<Item = Point> + Clone) -> Option<Self> {
        let lats = points.clone().map(|point| point.lat);
        let lons = points.map(|point| point.lon);
        let south_west = Point { lat: lats.clone().min()?, lon: lons.clone().min()? };
        let north_east = Point { lat: lats.max()?, lon: lons.max()? };
        Some(Self { south_west, north_east })
    }

    /// Whether the point lies in the box or on its border.
    pub fn contains(&self, point: Point) -> bool {
        (self.south_west.lat..=self.north_east.lat).contains(&point.lat)
            && (self.south_west.lon..=self.north_east.lon).contains(&point.lon)
    }
}

fn fields<const N: usize>(line: &str) -> Option<[&str; N]> {
    line.split(',').collect::<Vec<_>>().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn india() -> Places {
        Places::india().unwrap()
    }

    fn point(lat: &str, lon: &str) -> Point {
        Point { lat: lat.parse().unwrap(), lon: lon.parse().unwrap() }
    }

    #[test]
    fn tables_are_whole() {
        let places = india();
        assert_eq!((places.districts().count(), places.pins().count()), (763, 19_486));
        assert!(places.pins().all(|pin| places.district_of(pin).is_some()));
        let delhi = places.district_of("110001".parse().unwrap()).unwrap();
        assert_eq!((delhi.code, places.state(delhi.state)), (79, Some("Delhi")));
    }

    #[test]
    fn circle_around_turtipar_covers_ballia_but_not_delhi() {
        let places = india();
        let circle = Circle { center: point("26.1410", "83.8790"), radius_km: "25".parse().unwrap() };
        let pins = places.resolve(&Area { circles: vec![circle], ..Area::default() }, "/area").unwrap();
        let districts: BTreeSet<&str> =
            pins.iter().filter_map(|pin| Some(places.district_of(*pin)?.name.as_str())).collect();
        assert!(districts.contains("Ballia"), "{districts:?}");
        assert!(!districts.contains("New Delhi"));
    }

    #[test]
    fn union_of_parts_is_the_union_of_their_pins() {
        let places = india();
        let one = Area { districts: vec![79], ..Area::default() };
        let two = Area { pins: vec!["560001".parse().unwrap()], ..Area::default() };
        let both = Area { districts: one.districts.clone(), pins: two.pins.clone(), ..Area::default() };
        let resolve = |area: &Area| places.resolve(area, "").unwrap();
        assert_eq!(resolve(&both), &resolve(&one) | &resolve(&two));
    }

    #[test]
    fn whole_state_has_all_its_districts() {
        let places = india();
        let pins = places.resolve(&Area { states: vec![7], ..Area::default() }, "").unwrap();
        assert!(pins.iter().all(|pin| places.district_of(*pin).unwrap().state == 7));
        assert!(pins.len() > 50);
    }

    #[test]
    fn unknown_codes_and_empty_shapes_are_said() {
        let places = india();
        let area = Area { districts: vec![65_000], pins: vec!["999999".parse().unwrap()], ..Area::default() };
        let faults = places.resolve(&area, "/area").unwrap_err();
        assert_eq!(faults[0].to_string(), "/area/districts/0: no district has the LGD code 65000");
        assert_eq!(faults[1].at, "/area/pins/0");
        let ring = [("0", "70"), ("0", "71"), ("1", "71"), ("0", "70")].map(|(lat, lon)| point(lat, lon)).to_vec();
        let sea = Area { polygons: vec![Polygon(ring)], ..Area::default() };
        assert!(places.resolve(&sea, "/area").unwrap_err()[0].reason.contains("the nearest is"));
    }
}
