//! Keeps the parts running: a part that fails is started again, and all end in time when they are asked to.

use std::{future::Future, pin::Pin, time::Duration};

use anyhow::Result;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long parts may take to finish what is in flight.
const GRACE: Duration = Duration::from_secs(25);
/// The waits before a part that failed is started again; the last one repeats.
const WAITS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(15)];

type Run = Box<dyn Fn(CancellationToken) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// The parts of this process.
#[derive(Default)]
pub(crate) struct Supervisor {
    parts: Vec<(&'static str, Run)>,
}

impl Supervisor {
    /// Adds a part: it runs until the token is cancelled; whatever ends it before is a failure.
    pub(crate) fn add<F, R>(&mut self, name: &'static str, run: R)
    where
        F: Future<Output = Result<()>> + Send + 'static,
        R: Fn(CancellationToken) -> F + Send + Sync + 'static,
    {
        self.parts.push((name, Box::new(move |shutdown| Box::pin(run(shutdown)))));
    }

    /// Runs all parts until the token is cancelled, and waits for them to finish what is in flight.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut tasks = JoinSet::new();
        for (name, run) in self.parts {
            tasks.spawn(keep_running(name, run, shutdown.clone()));
        }
        shutdown.cancelled().await;
        tracing::info!("stopping: finishing what is in flight");
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("some parts did not finish in time; what they had goes back to its queue");
        }
    }
}

async fn keep_running(name: &'static str, run: Run, shutdown: CancellationToken) {
    for attempt in 0_usize.. {
        // A task of its own, so that a panic in a part is a failure of that part and no more.
        let mut task = JoinSet::new();
        task.spawn(run(shutdown.clone()));
        let ended = task.join_next().await;
        if shutdown.is_cancelled() {
            return;
        }
        let why = match ended {
            Some(Ok(Ok(()))) | None => "it ended by itself".to_owned(),
            Some(Ok(Err(error))) => format!("{error:#}"),
            Some(Err(error)) => error.to_string(),
        };
        let wait = WAITS[attempt.min(WAITS.len() - 1)];
        tracing::error!(part = name, why, again_in = ?wait, "a part failed");
        metrics::counter!("munadi_part_failures_total", "part" => name).increment(1);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

/// A token that is cancelled by Ctrl-C and by SIGTERM. A second signal ends the process at once.
#[expect(clippy::disallowed_methods, reason = "whoever asks twice wants the process gone, whatever it is doing")]
pub(crate) fn on_signal(tasks: &mut JoinSet<()>) -> Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let token = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let cancel = token.clone();
    tasks.spawn(async move {
        tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} }
        cancel.cancel();
        tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} }
        std::process::exit(130);
    });
    Ok(token)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn part_that_fails_or_panics_is_started_again() {
        let starts = Arc::new(AtomicUsize::new(0));
        let shutdown = CancellationToken::new();
        let mut supervisor = Supervisor::default();
        let (counter, cancel) = (Arc::clone(&starts), shutdown.clone());
        supervisor.add("test", move |_| {
            let (counter, cancel) = (Arc::clone(&counter), cancel.clone());
            async move {
                match counter.fetch_add(1, Ordering::SeqCst) {
                    0 => anyhow::bail!("the first time"),
                    1 => panic!("the second time"),
                    _ => cancel.cancel(),
                }
                Ok(())
            }
        });
        supervisor.run(shutdown).await;
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }
}
