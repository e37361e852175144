//! Places in the form: lists that people paste from wherever they have them.

use munadi_domain::{
    area::{Area, Circle, Decimal5, Pin, Point, Polygon},
    fault::Fault,
};

use super::Form;

pub(super) fn print_pins(pins: &[Pin]) -> String {
    pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

pub(super) fn print_polygons(polygons: &[Polygon]) -> String {
    let line = |point: &Point| format!("{}, {}", point.lat, point.lon);
    let block = |polygon: &Polygon| polygon.0.iter().map(line).collect::<Vec<_>>().join("\n");
    polygons.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

pub(super) fn print_circles(circles: &[Circle]) -> String {
    let line = |it: &Circle| format!("{}, {}, {}", it.center.lat, it.center.lon, it.radius_km);
    circles.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn read(form: &Form, faults: &mut Vec<Fault>) -> Area {
    Area {
        description: form.description.clone(),
        states: form.states.clone(),
        districts: form.districts.clone(),
        pins: read_pins(&form.pins, faults),
        polygons: read_polygons(&form.polygons, faults),
        circles: read_circles(&form.circles, faults),
    }
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || ",;|".contains(letter)).filter(|piece| !piece.is_empty())
}

/// Any list with anything between; a PIN code that is there twice counts once.
fn read_pins(text: &str, faults: &mut Vec<Fault>) -> Vec<Pin> {
    let (mut pins, mut seen, mut wrong) = (Vec::new(), std::collections::BTreeSet::new(), Vec::new());
    for piece in pieces(text) {
        match piece.parse::<Pin>() {
            Ok(pin) if seen.insert(pin) => pins.push(pin),
            Ok(_) => {}
            Err(_) => wrong.push(piece),
        }
    }
    if !wrong.is_empty() {
        wrong.truncate(5);
        faults.push(Fault::new("/area/pins", format!("is no PIN code: {}", wrong.join(" "))));
    }
    pins
}

fn numbers(text: &str) -> Option<Vec<Decimal5>> {
    pieces(text).map(|piece| piece.parse().ok()).collect()
}

/// One polygon in each paragraph: numbers in pairs, latitude first. A ring that is open is closed.
fn read_polygons(text: &str, faults: &mut Vec<Fault>) -> Vec<Polygon> {
    let (mut polygons, mut block) = (Vec::new(), String::new());
    for line in text.lines().chain([""]) {
        if !line.trim().is_empty() {
            block.push_str(line);
            block.push('\n');
            continue;
        }
        if block.is_empty() {
            continue;
        }
        match read_ring(&block) {
            Some(polygon) => polygons.push(polygon),
            None => faults.push(Fault::new("/area/polygons", "is no list of latitude and longitude")),
        }
        block.clear();
    }
    polygons
}

fn read_ring(block: &str) -> Option<Polygon> {
    let numbers = numbers(block)?;
    let (pairs, rest) = numbers.as_chunks::<2>();
    let mut ring: Vec<Point> = pairs.iter().map(|[lat, lon]| Point { lat: *lat, lon: *lon }).collect();
    if ring.len() >= 3 && ring.first() != ring.last() {
        ring.push(ring[0]);
    }
    (rest.is_empty() && !ring.is_empty()).then_some(Polygon(ring))
}

/// One circle on each line: latitude, longitude, kilometers.
fn read_circles(text: &str, faults: &mut Vec<Fault>) -> Vec<Circle> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let circles: Option<Vec<Circle>> = lines.map(read_circle).collect();
    if circles.is_none() {
        faults.push(Fault::new("/area/circles", "is no list of latitude, longitude and kilometers"));
    }
    circles.unwrap_or_default()
}

fn read_circle(line: &str) -> Option<Circle> {
    let [lat, lon, radius_km] = numbers(line)?.try_into().ok()?;
    Some(Circle { center: Point { lat, lon }, radius_km })
}
