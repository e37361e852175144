//! What the tests are made with.

pub(crate) mod api;
pub(crate) mod barrier;
pub(crate) mod citizens;
pub(crate) mod instance;
pub(crate) mod process;
pub(crate) mod queues;
pub(crate) mod town;

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

/// How long something may take that must happen. Two cores may be shared by several tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until there is something.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let (started, mut pause) = (Instant::now(), Duration::from_millis(20));
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        // tidy: waits for what the test asked for, and looks again
        tokio::time::sleep(pause).await;
        // Not so often that a limit is reached.
        pause = (pause * 3 / 2).min(Duration::from_millis(250));
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
