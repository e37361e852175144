//! `/v1/places`: states, districts and PIN codes.

use axum::{
    Json as JsonOut,
    extract::State,
    http::{HeaderName, header},
};
use munadi_domain::{
    area::Pin,
    place::{District, Places},
};
use munadi_services::Core;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState,
    extract::{Path, Query},
    problem::{Kind, Result},
    schema,
};

/// Places change with a new version of the program only.
const KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=3600")];

/// The places.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_states)).routes(routes!(list_districts)).routes(routes!(show_pin))
}

/// All states.
#[derive(Debug, Serialize, ToSchema)]
struct StatesOut {
    /// By code.
    states: Vec<NamedOut>,
}

/// A state or a district.
#[derive(Debug, Serialize, ToSchema)]
struct NamedOut {
    #[schema(value_type = schema::LgdCode)]
    code: u16,
    /// Its name in English.
    name: String,
}

/// Districts.
#[derive(Debug, Serialize, ToSchema)]
struct DistrictsOut {
    /// By code.
    districts: Vec<DistrictOut>,
}

/// A district and its state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlaceDistrictOut)]
struct DistrictOut {
    #[schema(value_type = schema::LgdCode)]
    code: u16,
    /// Its name in English.
    name: String,
    /// The code of its state.
    #[schema(value_type = schema::LgdCode)]
    state: u16,
}

/// A PIN code and where it lies.
#[derive(Debug, Serialize, ToSchema)]
struct PinOut {
    #[schema(value_type = schema::Pin)]
    pin: String,
    /// The district that most of its post offices lie in.
    district: NamedOut,
    /// That district's state.
    state: NamedOut,
    /// Where it lies: degrees north, degrees east.
    #[schema(min_items = 2, max_items = 2)]
    centroid: Vec<String>,
}

/// Which districts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DistrictsIn {
    /// Only those of this state, by its LGD code.
    #[param(value_type = Option<schema::LgdCode>)]
    state: Option<u16>,
}

impl From<&District> for DistrictOut {
    fn from(district: &District) -> Self {
        Self { code: district.code, name: district.name.clone(), state: district.state }
    }
}

/// Lists all states.
#[utoipa::path(get, path = "/v1/places/states", tag = "places", responses((status = 200, body = StatesOut)))]
async fn list_states(State(core): State<Core>) -> ([(HeaderName, &'static str); 1], JsonOut<StatesOut>) {
    let states = core.places.states().map(|(code, name)| NamedOut { code, name: name.to_owned() }).collect();
    (KEPT, JsonOut(StatesOut { states }))
}

/// Lists districts.
#[utoipa::path(get, path = "/v1/places/districts", tag = "places", params(DistrictsIn), responses((status = 200, body = DistrictsOut)))]
async fn list_districts(
    State(core): State<Core>,
    Query(asked): Query<DistrictsIn>,
) -> ([(HeaderName, &'static str); 1], JsonOut<DistrictsOut>) {
    let wanted = core.places.districts().filter(|district| asked.state.is_none_or(|state| state == district.state));
    (KEPT, JsonOut(DistrictsOut { districts: wanted.map(Into::into).collect() }))
}

/// Shows where a PIN code lies.
#[utoipa::path(get, path = "/v1/places/pins/{pin}", tag = "places", params(("pin" = schema::Pin, Path)), responses((status = 200, body = PinOut)))]
async fn show_pin(
    State(core): State<Core>,
    Path(pin): Path<Pin>,
) -> Result<([(HeaderName, &'static str); 1], JsonOut<PinOut>)> {
    let found = pin_out(&core.places, pin);
    let found = found.ok_or_else(|| Kind::NOT_FOUND.with(format!("No place has the PIN code {pin}")))?;
    Ok((KEPT, JsonOut(found)))
}

fn pin_out(places: &Places, pin: Pin) -> Option<PinOut> {
    let (district, centroid) = (places.district_of(pin)?, places.centroid(pin)?);
    let state = places.state(district.state).unwrap_or_default().to_owned();
    Some(PinOut {
        pin: pin.to_string(),
        district: NamedOut { code: district.code, name: district.name.clone() },
        state: NamedOut { code: district.state, name: state },
        centroid: vec![centroid.lat.to_string(), centroid.lon.to_string()],
    })
}
