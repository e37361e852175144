//! Metrics for Prometheus.

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds, from a fast answer to a slow push service.
const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Starts collecting; the handle prints what was collected.
pub(crate) fn start() -> Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?;
    let handle = builder.install_recorder().context("metrics cannot be collected")?;
    munadi_broker::describe_metrics();
    munadi_relay::describe_metrics();
    munadi_sealer::describe_metrics();
    Ok(handle)
}
