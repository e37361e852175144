//! One `area` (CAP 1.2 §3.2.4): shapes and codes.

use munadi_domain::area::{Area, Circle, Decimal5, Point, Polygon};

use super::group::{Group, Node};
use crate::{
    alert::{CapArea, Geocode},
    report::{Report, quoted},
};

const AREA: [&str; 6] = ["areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"];
const NAMED_VALUE: [&str; 2] = ["valueName", "value"];

pub(super) fn read(node: &Node<'_>, report: &mut Report) -> CapArea {
    let group = Group::new(node, &AREA, report);
    group.leave_out(&["altitude", "ceiling"], report);
    CapArea {
        description: group.one("areaDesc", report).and_then(|node| node.line(report)),
        polygons: shapes(&group, "polygon", polygon, report),
        circles: shapes(&group, "circle", circle, report),
        geocodes: group.many("geocode").filter_map(|node| named_value(&node, report)).collect(),
    }
}

/// A `valueName` and its `value`; none if either is empty.
pub(super) fn named_value(node: &Node<'_>, report: &mut Report) -> Option<Geocode> {
    let group = Group::new(node, &NAMED_VALUE, report);
    let name = group.one("valueName", report).and_then(|node| node.line(report));
    let value = group.one("value", report).and_then(|node| node.line(report));
    Some(Geocode { name: name?, value: value? })
}

type Read<T> = fn(&str) -> Result<T, String>;

fn shapes<T>(group: &Group<'_>, name: &str, read: Read<T>, report: &mut Report) -> Vec<T> {
    let mut shapes = Vec::new();
    for node in group.many(name) {
        match node.line(report).as_deref().map(read) {
            Some(Ok(shape)) => shapes.push(shape),
            Some(Err(reason)) => report.fault(&node.path, reason),
            None => {}
        }
    }
    shapes
}

/// “lat,lon lat,lon …”, the last pair the same as the first.
fn polygon(text: &str) -> Result<Polygon, String> {
    let ring = text.split_whitespace().map(point).collect::<Result<_, _>>()?;
    let polygon = Polygon(ring);
    fault(&Area { polygons: vec![polygon.clone()], ..Area::default() }).map_or(Ok(polygon), Err)
}

/// “lat,lon radius”, the radius in kilometers.
fn circle(text: &str) -> Result<Circle, String> {
    let mut parts = text.split_whitespace();
    let (Some(center), Some(radius), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(format!("{} is no circle: expected “lat,lon radius” such as “26.1410,83.8790 25.0”", quoted(text)));
    };
    let circle = Circle { center: point(center)?, radius_km: decimal(radius)? };
    fault(&Area { circles: vec![circle], ..Area::default() }).map_or(Ok(circle), Err)
}

fn point(pair: &str) -> Result<Point, String> {
    let (lat, lon) = pair
        .split_once(',')
        .ok_or_else(|| format!("{} is no point: expected “lat,lon” such as “26.1410,83.8790”", quoted(pair)))?;
    Ok(Point { lat: decimal(lat)?, lon: decimal(lon)? })
}

fn decimal(text: &str) -> Result<Decimal5, String> {
    text.parse().map_err(|error| format!("{} is no number: {error}", quoted(text)))
}

/// What is wrong with an area of one shape.
fn fault(area: &Area) -> Option<String> {
    area.faults("").into_iter().next().map(|fault| fault.reason)
}
