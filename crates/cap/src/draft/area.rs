//! One area of all the areas of an alert: a notice goes to their union.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::Hash,
};

use munadi_domain::{
    area::{Area, Pin, Point},
    limits,
    place::Places,
};

use super::language;
use crate::{
    alert::{CapArea, CapInfo, Geocode},
    report::{Report, quoted},
    text,
};

pub(super) fn merge(infos: &[CapInfo], places: &Places, report: &mut Report) -> Area {
    let mut area = shapes(infos);
    let mut codes = Codes { places, unknown: BTreeMap::new() };
    for (at, cap) in areas(infos) {
        for (index, geocode) in cap.geocodes.iter().enumerate() {
            codes.add(geocode, format!("{at}/geocode[{}]", index + 1), &mut area, report);
        }
    }
    codes.finish(report);
    drop_doubles(&mut area.states);
    drop_doubles(&mut area.districts);
    drop_doubles(&mut area.pins);
    area.description = description(infos, report);
    for fault in area.faults("") {
        report.fault(&"alert/info/area", format!("{}: {}", fault.at.trim_start_matches('/'), fault.reason));
    }
    area
}

/// All areas and their paths.
fn areas(infos: &[CapInfo]) -> impl Iterator<Item = (String, &CapArea)> {
    infos.iter().enumerate().flat_map(|(info, content)| {
        let areas = content.areas.iter().enumerate();
        areas.map(move |(area, cap)| (format!("alert/info[{}]/area[{}]", info + 1, area + 1), cap))
    })
}

/// The shapes, each once: the languages of an alert mostly repeat them.
fn shapes(infos: &[CapInfo]) -> Area {
    let (mut rings, mut circles) = (HashSet::<&[Point]>::new(), HashSet::new());
    let mut area = Area::default();
    for cap in infos.iter().flat_map(|info| &info.areas) {
        area.polygons.extend(cap.polygons.iter().filter(|polygon| rings.insert(&polygon.0)).cloned());
        area.circles.extend(cap.circles.iter().filter(|circle| circles.insert((circle.center, circle.radius_km))));
    }
    area
}

/// The systems of codes that are understood.
#[derive(Clone, Copy)]
enum System {
    District,
    State,
    Pin,
}

impl System {
    /// By its name, in which people vary spaces, hyphens and capitals.
    fn of(name: &str) -> Option<Self> {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        match letters.collect::<String>().to_ascii_lowercase().as_str() {
            "lgddistrictcode" | "lgddistrict" => Some(Self::District),
            "lgdstatecode" | "lgdstate" => Some(Self::State),
            "pin" | "pincode" | "postalindexnumber" => Some(Self::Pin),
            _ => None,
        }
    }
}

struct Codes<'a> {
    places: &'a Places,
    /// The systems that are not understood: where each was first met, and how often.
    unknown: BTreeMap<String, (String, usize)>,
}

impl Codes<'_> {
    fn add(&mut self, code: &Geocode, at: String, area: &mut Area, report: &mut Report) {
        let exists = match System::of(&code.name) {
            None => {
                self.unknown.entry(code.name.clone()).or_insert((at, 0)).1 += 1;
                return;
            }
            Some(System::District) => lgd(code).map(|number| {
                area.districts.push(number);
                self.places.district(number).is_some()
            }),
            Some(System::State) => lgd(code).map(|number| {
                area.states.push(number);
                self.places.state(number).is_some()
            }),
            Some(System::Pin) => pin(code).map(|number| {
                area.pins.push(number);
                self.places.district_of(number).is_some()
            }),
        };
        let (name, value) = (&code.name, quoted(&code.value));
        match exists {
            Some(true) => {}
            // It stays in the draft: left out, the notice could be sent to fewer people without anyone seeing it.
            Some(false) => {
                report.warn(&at, format!("{value} is no {name} that exists: mend it before the notice is submitted"));
            }
            None => report.fault(&format!("{at}/value"), format!("{value} is no {name}: expected its digits")),
        }
    }

    fn finish(self, report: &mut Report) {
        for (name, (at, count)) in self.unknown {
            let name = quoted(&name);
            let reason = format!(
                "has codes of {name} ({count} in all), which name no state, district or PIN code: they are left out"
            );
            report.warn(&at, reason);
        }
    }
}

fn lgd(code: &Geocode) -> Option<u16> {
    code.value.bytes().all(|byte| byte.is_ascii_digit()).then(|| code.value.parse().ok())?
}

/// India writes PIN codes with and without a space in the middle.
fn pin(code: &Geocode) -> Option<Pin> {
    code.value.replace(' ', "").parse().ok()
}

/// Keeps the first of each.
fn drop_doubles<T: Eq + Hash + Copy>(codes: &mut Vec<T>) {
    let mut seen = HashSet::new();
    codes.retain(|code| seen.insert(*code));
}

/// The place in the words of the first language.
fn description(infos: &[CapInfo], report: &mut Report) -> String {
    let named = |info: &CapInfo| info.areas.iter().any(|area| area.description.is_some());
    let Some(first) = infos.iter().position(named) else {
        return String::new();
    };
    let lang = |info: &CapInfo| language::of(info).map(|(lang, _)| lang).ok();
    let own = lang(&infos[first]);
    let (mut known, mut words) = (BTreeSet::new(), Vec::new());
    for text in infos.iter().filter(|info| lang(info) == own).flat_map(descriptions) {
        if known.insert(text) {
            words.push(text);
        }
    }
    let other = infos.iter().position(|info| descriptions(info).any(|text| !known.contains(text)));
    if let Some(index) = other {
        let at = format!("alert/info[{}]/area", index + 1);
        report.warn(
            &at,
            format!(
                "is described in other words than in info[{}]: a notice has one description, and that is taken",
                first + 1
            ),
        );
    }
    let all = words.join("; ");
    let Some(cut) = text::cut(&all, limits::AREA_DESCRIPTION_CHARS) else {
        return all;
    };
    let most = limits::AREA_DESCRIPTION_CHARS;
    report.warn(&"alert/info/area/areaDesc", format!("has more than {most} characters in all: the end is cut"));
    cut
}

fn descriptions(info: &CapInfo) -> impl Iterator<Item = &str> {
    info.areas.iter().filter_map(|area| area.description.as_deref())
}
