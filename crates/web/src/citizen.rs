//! What citizens see: no account, no name.

mod offline;

use axum::{Router, routing::get};

use crate::state::WebState;

/// The citizens' pages.
pub(crate) fn router() -> Router<WebState> {
    Router::new().route("/offline", get(offline::show))
}
