//! Whether a connection is in use: how many requests are open on it.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http_body_util::BodyExt;
use tokio::sync::watch;

/// Counts the open requests of one connection.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<watch::Sender<Load>>);

/// Waits for a connection to be left alone.
#[derive(Debug)]
pub(super) struct Watcher(watch::Receiver<Load>);

/// A request that is open.
#[derive(Debug)]
pub(super) struct Open(Activity);

#[derive(Debug, Clone, Copy, Default)]
struct Load {
    open: usize,
    was_used: bool,
}

impl Activity {
    /// Nothing is open yet.
    pub(super) fn new() -> (Self, Watcher) {
        let (sender, receiver) = watch::channel(Load::default());
        (Self(Arc::new(sender)), Watcher(receiver))
    }

    /// One more request is open, until what this gives is dropped.
    pub(super) fn begin(&self) -> Open {
        self.0.send_modify(|load| *load = Load { open: load.open + 1, was_used: true });
        Open(self.clone())
    }
}

impl Open {
    /// The same body; the request is open until all of it is sent, or given up.
    pub(super) fn until_sent(self, body: Body) -> Body {
        Body::new(body.map_frame(move |frame| {
            let _open = &self;
            frame
        }))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.send_modify(|load| load.open = load.open.saturating_sub(1));
    }
}

impl Watcher {
    /// Ends when the first request has not begun for so long, or when none was open for so long after the last one.
    pub(super) async fn left_alone(mut self, first: Duration, idle: Duration) {
        loop {
            let load = *self.0.borrow_and_update();
            let patience = if load.was_used { idle } else { first };
            let changed = self.0.changed();
            let changed = if load.open > 0 { Ok(changed.await) } else { tokio::time::timeout(patience, changed).await };
            match changed {
                Ok(Ok(())) => {}
                // Nobody can begin a request any more: the connection is about to end by itself.
                Ok(Err(_)) => return std::future::pending().await,
                Err(_) => return,
            }
        }
    }
}
