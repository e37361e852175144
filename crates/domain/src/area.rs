//! Where a notice applies: states, districts and PIN codes by their codes, polygons and circles by coordinates.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{fault::Fault, limits};

/// A district's code in the Local Government Directory.
pub type DistrictCode = u16;
/// A state's code in the Local Government Directory.
pub type StateCode = u16;

/// A postal index number: six digits, the first not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pin(u32);

/// A text or number that is not a PIN code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a PIN code: six digits, the first not 0")]
pub struct InvalidPin;

impl Pin {
    /// The digits as a number, as the database keeps them.
    pub fn number(self) -> i32 {
        self.0.cast_signed()
    }
}

impl TryFrom<i32> for Pin {
    type Error = InvalidPin;

    fn try_from(number: i32) -> Result<Self, InvalidPin> {
        match u32::try_from(number) {
            Ok(digits @ 100_000..=999_999) => Ok(Self(digits)),
            _ => Err(InvalidPin),
        }
    }
}

impl FromStr for Pin {
    type Err = InvalidPin;

    fn from_str(text: &str) -> Result<Self, InvalidPin> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidPin);
        }
        text.parse::<i32>().map_err(|_| InvalidPin)?.try_into()
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A fixed-point number with five decimals: about a meter of latitude, and the same bytes on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal5(i32);

/// A text that is not a decimal number of a usable size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a plain decimal number such as “26.14100”")]
pub struct InvalidDecimal;

impl Decimal5 {
    /// From hundred-thousandths.
    pub const fn from_e5(e5: i32) -> Self {
        Self(e5)
    }

    /// In hundred-thousandths.
    pub const fn e5(self) -> i32 {
        self.0
    }

    /// As a floating-point number, for distances.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1e5
    }
}

impl FromStr for Decimal5 {
    type Err = InvalidDecimal;

    /// Reads a plain decimal; a sixth and later decimals are rounded. `NaN`, infinities and exponents are not numbers here.
    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() > 4 || fraction.len() > 20 || !numeric(whole) || !numeric(fraction) {
            return Err(InvalidDecimal);
        }
        let padded = format!("{fraction:0<6}");
        let number = |part: &str| part.parse::<i32>().map_err(|_| InvalidDecimal);
        let rounding = i32::from(padded.as_bytes()[5] >= b'5');
        let magnitude = number(whole)? * 100_000 + number(&padded[..5])? + rounding;
        Ok(Self(if negative { -magnitude } else { magnitude }))
    }
}

impl fmt::Display for Decimal5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:05}", magnitude / 100_000, magnitude % 100_000)
    }
}

impl Serialize for Decimal5 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal5 {
    /// Accepts the canonical string and, for the convenience of those who send drafts, a JSON number.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            _ => return Err(de::Error::custom(InvalidDecimal)),
        };
        text.parse().map_err(de::Error::custom)
    }
}

/// A point on the earth (WGS 84). Serialized as `[lat, lon]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "(Decimal5, Decimal5)", into = "(Decimal5, Decimal5)")]
pub struct Point {
    /// Degrees north.
    pub lat: Decimal5,
    /// Degrees east.
    pub lon: Decimal5,
}

impl From<(Decimal5, Decimal5)> for Point {
    fn from((lat, lon): (Decimal5, Decimal5)) -> Self {
        Self { lat, lon }
    }
}

impl From<Point> for (Decimal5, Decimal5) {
    fn from(point: Point) -> Self {
        (point.lat, point.lon)
    }
}

/// Mean radius of the earth in kilometers.
const EARTH_KM: f64 = 6_371.008_8;

impl Point {
    /// Whether latitude and longitude are on the earth.
    pub fn is_on_earth(self) -> bool {
        self.lat.e5().unsigned_abs() <= 9_000_000 && self.lon.e5().unsigned_abs() <= 18_000_000
    }

    /// The great-circle distance in kilometers.
    pub fn distance_km(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.lat.to_f64().to_radians(), other.lat.to_f64().to_radians());
        let half = |a: f64, b: f64| ((a - b) / 2.0).sin().powi(2);
        let lon = half(self.lon.to_f64().to_radians(), other.lon.to_f64().to_radians());
        let a = half(lat1, lat2) + lat1.cos() * lat2.cos() * lon;
        2.0 * EARTH_KM * a.sqrt().min(1.0).asin()
    }
}

/// A closed ring: the last point is the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Polygon(pub Vec<Point>);

impl Polygon {
    /// Whether the point lies inside, by the even-odd rule in exact arithmetic.
    pub fn contains(&self, point: Point) -> bool {
        let (x, y) = (i64::from(point.lon.e5()), i64::from(point.lat.e5()));
        self.0.windows(2).fold(false, |inside, edge| {
            let (ax, ay) = (i64::from(edge[0].lon.e5()), i64::from(edge[0].lat.e5()));
            let (bx, by) = (i64::from(edge[1].lon.e5()), i64::from(edge[1].lat.e5()));
            if (ay > y) == (by > y) {
                return inside;
            }
            let cross = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
            inside ^ ((cross > 0) == (by > ay))
        })
    }

    fn fault(&self) -> Option<&'static str> {
        let ring = &self.0;
        let spread = |of: fn(&Point) -> i32| {
            let values = ring.iter().map(of);
            values.clone().max().zip(values.min()).map_or(0, |(most, least)| most.abs_diff(least))
        };
        if ring.len() < 4 {
            Some("a polygon needs at least four points, the last the same as the first")
        } else if ring.first() != ring.last() {
            Some("the polygon is open: its last point must be the same as its first")
        } else if !ring.iter().all(|point| point.is_on_earth()) {
            Some("a latitude lies between -90 and 90 and comes first, a longitude between -180 and 180")
        } else if spread(|point| point.lon.e5()) > 18_000_000 {
            Some("the polygon spans more than half of the earth")
        } else {
            None
        }
    }
}

/// A point and a distance around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circle {
    /// The center.
    pub center: Point,
    /// The radius in kilometers.
    pub radius_km: Decimal5,
}

impl Circle {
    /// Whether the point is at most the radius away.
    pub fn contains(&self, point: Point) -> bool {
        self.center.distance_km(point) <= self.radius_km.to_f64()
    }

    fn fault(&self) -> Option<&'static str> {
        if !self.center.is_on_earth() {
            Some("a latitude lies between -90 and 90 and comes first, a longitude between -180 and 180")
        } else if !(0..=500_000_000).contains(&self.radius_km.e5()) {
            Some("a radius lies between 0 and 5000 kilometers")
        } else {
            None
        }
    }
}

/// Where a notice applies: the union of all its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Area {
    /// The place in words, as people there call it.
    pub description: String,
    /// Whole states, by LGD code.
    pub states: Vec<StateCode>,
    /// Whole districts, by LGD code.
    pub districts: Vec<DistrictCode>,
    /// Single PIN codes.
    pub pins: Vec<Pin>,
    /// Closed rings.
    pub polygons: Vec<Polygon>,
    /// Circles.
    pub circles: Vec<Circle>,
}

impl Area {
    /// Whether no place is named.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
            && self.districts.is_empty()
            && self.pins.is_empty()
            && self.polygons.is_empty()
            && self.circles.is_empty()
    }

    /// Everything that is wrong with the shapes and the counts; `at` is the pointer of the area itself. Codes are checked against
    /// the places that exist by [`crate::place::Places::resolve`].
    pub fn faults(&self, at: &str) -> Vec<Fault> {
        let mut faults = self.count_faults(at);
        let polygons = self.polygons.iter().enumerate().map(|(i, shape)| (format!("{at}/polygons/{i}"), shape.fault()));
        let circles = self.circles.iter().enumerate().map(|(i, shape)| (format!("{at}/circles/{i}"), shape.fault()));
        faults.extend(polygons.chain(circles).filter_map(|(at, fault)| Some(Fault::new(at, fault?))));
        faults
    }

    fn count_faults(&self, at: &str) -> Vec<Fault> {
        let points: usize = self.polygons.iter().map(|polygon| polygon.0.len()).sum();
        let counts = [
            ("states", self.states.len(), limits::AREA_DISTRICTS),
            ("districts", self.districts.len(), limits::AREA_DISTRICTS),
            ("pins", self.pins.len(), limits::AREA_PINS),
            ("polygons", self.polygons.len(), limits::POLYGONS),
            ("circles", self.circles.len(), limits::CIRCLES),
        ];
        let mut faults: Vec<Fault> = counts
            .into_iter()
            .filter(|(_, count, most)| count > most)
            .map(|(name, count, most)| {
                Fault::new(format!("{at}/{name}"), format!("{count} are given, at most {most} are allowed"))
            })
            .collect();
        if points > limits::POINTS {
            let reason = format!("the polygons have {points} points together, at most {} are allowed", limits::POINTS);
            faults.push(Fault::new(format!("{at}/polygons"), reason));
        }
        if self.description.chars().count() > limits::AREA_DESCRIPTION_CHARS {
            let reason = format!("at most {} characters are allowed", limits::AREA_DESCRIPTION_CHARS);
            faults.push(Fault::new(format!("{at}/description"), reason));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(lat: &str, lon: &str) -> Point {
        Point { lat: lat.parse().unwrap(), lon: lon.parse().unwrap() }
    }

    #[test]
    fn decimals_are_exact_and_plain() {
        for (given, written) in [
            ("26.1410", "26.14100"),
            ("-0.000005", "-0.00001"),
            ("83", "83.00000"),
            ("+1.5", "1.50000"),
            ("9.999999", "10.00000"),
        ] {
            assert_eq!(given.parse::<Decimal5>().unwrap().to_string(), written);
        }
        for text in ["NaN", "inf", "1e3", "", "-", ".", "1.", ".5", "12345.0", "0x1", "１", "1,5", " 1", "--1"] {
            assert!(text.parse::<Decimal5>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decimal_text_and_number_name_each_other(e5 in -999_999_999..=999_999_999_i32) {
            let decimal = Decimal5::from_e5(e5);
            prop_assert_eq!(decimal.to_string().parse::<Decimal5>().ok(), Some(decimal));
        }

        #[test]
        fn rectangle_contains_what_is_between_its_sides(lat in -10..10_i32, lon in -10..10_i32) {
            let corner = |lat: i32, lon: i32| Point { lat: Decimal5::from_e5(lat), lon: Decimal5::from_e5(lon) };
            let ring = [corner(-5, -7), corner(-5, 7), corner(5, 7), corner(5, -7), corner(-5, -7)];
            let strictly_inside = (-5 < lat && lat < 5) && (-7 < lon && lon < 7);
            let outside = !(-5..=5).contains(&lat) || !(-7..=7).contains(&lon);
            let backwards = Polygon(ring.iter().rev().copied().collect());
            let contains = Polygon(ring.to_vec()).contains(corner(lat, lon));
            prop_assert!(!strictly_inside || contains);
            prop_assert!(!outside || !contains);
            if strictly_inside || outside {
                prop_assert_eq!(backwards.contains(corner(lat, lon)), contains);
            }
        }
    }

    #[test]
    fn distance_from_delhi_to_mumbai() {
        let km = point("28.6139", "77.2090").distance_km(point("19.0760", "72.8777"));
        assert!((1140.0..1160.0).contains(&km), "{km}");
    }

    #[test]
    fn shapes_that_are_none_are_named() {
        let open = Polygon(vec![point("1", "1"), point("1", "2"), point("2", "2"), point("2", "1")]);
        let swapped = Circle { center: point("103.8", "1.3"), radius_km: Decimal5::from_e5(1) };
        let area = Area { polygons: vec![open], circles: vec![swapped], ..Area::default() };
        let faults = area.faults("/area");
        assert_eq!(
            faults[0].to_string(),
            "/area/polygons/0: the polygon is open: its last point must be the same as its first"
        );
        assert_eq!(faults[1].at, "/area/circles/0");
    }

    #[test]
    fn pin_codes_have_six_digits() {
        assert_eq!("221001".parse::<Pin>().unwrap().to_string(), "221001");
        for text in ["021001", "22100", "2210011", "२२१००१", "22100x", "+22100"] {
            assert_eq!(text.parse::<Pin>(), Err(InvalidPin));
        }
    }
}
