//! Where a notice applies, in names.

use munadi_domain::{area::Pin, payload::PayloadArea, place};

/// PIN codes that are named one by one.
const NAMED: usize = 30;

/// What the signed area names. The names are in English, as the Local Government Directory has them.
pub(super) struct Places {
    /// Whole states.
    pub(super) states: Vec<String>,
    /// Whole districts, with their states.
    pub(super) districts: Vec<String>,
    /// The first PIN codes.
    pub(super) pins: Vec<Pin>,
    /// How many more there are.
    pub(super) more_pins: usize,
    /// Whether there are shapes on the map too.
    pub(super) has_shapes: bool,
}

impl Places {
    pub(super) fn of(area: &PayloadArea, known: &place::Places) -> Self {
        let district = |code: &u16| {
            let district = known.district(*code)?;
            Some(format!("{}, {}", district.name, known.state(district.state).unwrap_or_default()))
        };
        Self {
            states: area.states.iter().filter_map(|code| known.state(*code)).map(str::to_owned).collect(),
            districts: area.districts.iter().filter_map(district).collect(),
            pins: area.pins.iter().copied().take(NAMED).collect(),
            more_pins: area.pins.len().saturating_sub(NAMED),
            has_shapes: !area.polygons.is_empty() || !area.circles.is_empty(),
        }
    }

    /// The PIN codes with commas between them.
    pub(super) fn pins_joined(&self) -> String {
        self.pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}
