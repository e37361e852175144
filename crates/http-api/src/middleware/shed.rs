//! Too much at once, and too long.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::Semaphore;

use crate::problem::Kind;

/// How long a handler may work until its answer begins. A stream may take as long as it likes after that.
const PATIENCE: Duration = Duration::from_secs(30);

/// Requests that are worked on at once.
#[derive(Debug, Clone)]
pub(crate) struct InFlight(Arc<Semaphore>);

impl InFlight {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))))
    }
}

/// Refuses at once what would have to wait: it is better to answer many in time than all too late.
pub(crate) async fn shed_load(State(InFlight(free)): State<InFlight>, request: Request, next: Next) -> Response {
    let Ok(_permit) = free.try_acquire() else {
        metrics::counter!("munadi_http_shed_total").increment(1);
        return Kind::OVERLOADED
            .with("There is too much to do at the moment: try again in a second")
            .retry_after(1)
            .into_response();
    };
    next.run(request).await
}

/// Ends a handler that takes too long. Its transaction is rolled back.
pub(crate) async fn run_in_time(request: Request, next: Next) -> Response {
    let late =
        |_| Kind::OVERLOADED.with("This took too long and was given up: try again").retry_after(5).into_response();
    tokio::time::timeout(PATIENCE, next.run(request)).await.unwrap_or_else(late)
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        middleware::{from_fn, from_fn_with_state},
        routing::get,
    };
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;
    use crate::middleware::on_panic;

    async fn status(router: Router) -> u16 {
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        response.status().as_u16()
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_given_up() {
        let forever = get(|| async { std::future::pending::<()>().await });
        assert_eq!(status(Router::new().route("/", forever).layer(from_fn(run_in_time))).await, 503);
    }

    #[tokio::test]
    async fn what_would_have_to_wait_is_refused() {
        let full = from_fn_with_state(InFlight::new(0), shed_load);
        assert_eq!(status(Router::new().route("/", get(|| async {})).layer(full)).await, 503);
    }

    #[tokio::test]
    async fn handler_that_panics_fails_its_own_request() {
        async fn fail() {
            panic!("on purpose");
        }
        let caught = CatchPanicLayer::custom(on_panic);
        assert_eq!(status(Router::new().route("/", get(fail)).layer(caught)).await, 500);
    }
}
