//! `/healthz`, `/readyz` and `/metrics`: for whoever looks after the installation.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json as JsonOut,
    extract::{Extension, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use munadi_services::{
    limits::ClientAddress,
    readiness::{Part, Readiness},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    ApiState, HttpSettings, Probes,
    problem::{Kind, Result},
};

/// What an orchestrator asks.
pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_health)).routes(routes!(show_readiness)).routes(routes!(show_metrics))
}

/// Whether the work can be done.
#[derive(Debug, Serialize, ToSchema)]
struct ReadinessOut {
    /// Whether all parts are there that an answer needs.
    ready: bool,
    /// Each part: `ok`, or what is wrong.
    parts: Vec<PartOut>,
}

/// A part of what the work needs.
#[derive(Debug, Serialize, ToSchema)]
struct PartOut {
    name: &'static str,
    state: &'static str,
}

/// Says that the process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operator", responses((status = 200, body = String, content_type = "text/plain")))]
async fn show_health() -> &'static str {
    "alive\n"
}

/// Says whether the work can be done: the database is there and up to date, and so are the keys. Without RabbitMQ the API works, and
/// what it starts waits, so that is told and does not count.
#[utoipa::path(get, path = "/readyz", tag = "operator", responses((status = 200, body = ReadinessOut), (status = 503, body = ReadinessOut)))]
async fn show_readiness(State(readiness): State<Readiness>, State(probes): State<Probes>) -> Response {
    let mut parts = readiness.parts().await;
    let ready = parts.iter().all(|part| part.fault.is_none());
    parts.push(Part { name: "broker", fault: (probes.broker)() });
    // What is wrong stays in the log: everyone can ask this.
    for part in parts.iter().filter(|part| part.fault.is_some()) {
        tracing::warn!(part = part.name, fault = part.fault, "not ready");
    }
    let parts =
        parts.iter().map(|part| PartOut { name: part.name, state: if part.fault.is_none() { "ok" } else { "fails" } });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, JsonOut(ReadinessOut { ready, parts: parts.collect() })).into_response()
}

/// Shows all metrics, to whoever asks from a loopback or private address, unless the settings say that everyone may know them.
#[utoipa::path(get, path = "/metrics", tag = "operator", responses((status = 200, body = String, content_type = "text/plain")))]
async fn show_metrics(
    State(settings): State<Arc<HttpSettings>>,
    State(probes): State<Probes>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
) -> Result<Response> {
    if !settings.metrics_open && !is_near(address) {
        return Err(Kind::FORBIDDEN.with("Metrics are shown to this machine and its private network only"));
    }
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((headers, (probes.metrics)()).into_response())
}

fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_its_network_are_near() {
        for (address, near) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("192.168.1.1", true),
            ("::1", true),
            ("fd00::1", true),
            ("8.8.8.8", false),
            ("0.0.0.0", false),
            ("2001:4860:4860::8888", false),
        ] {
            assert_eq!(is_near(address.parse().unwrap()), near, "{address}");
        }
    }
}
