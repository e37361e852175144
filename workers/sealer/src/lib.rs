//! The sealer: gives committed audit events their places in the public log, and signs and publishes checkpoints over them.
//!
//! There is one at a time in the whole installation, by a lock in the database; every other copy waits to take over. It refuses to begin
//! if the database is not the one that it last signed for ([`Refusal`]).

mod desk;
mod edge;
mod keep;
mod measure;
mod refusal;

pub use desk::{Context, Due, Kept, Round, SealError, Sealer, Signed};
pub use keep::{KeepError, KeepFile};
pub use measure::describe_metrics;
pub use refusal::Refusal;

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// Events sealed at once: a fraction of a second's work, however many wait.
pub const BATCH: u32 = 4096;
/// How long a copy that is not the sealer waits before it asks for the lock again.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// How often it is measured how much waits while nothing does.
const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// How long one round may take. A database behind a broken network says nothing for hours.
const LONGEST_ROUND: Duration = Duration::from_mins(1);
/// How long a round under way may take after the shutdown. It may as well be cut off: see [`Sealer::round`].
const GRACE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How a shift ended without a failure.
enum Ended {
    Shutdown,
    SomebodyElseWorks,
}

/// Runs until the shutdown. `interval` is the time from one look, and so from one checkpoint, to the next; a backlog is sealed without a
/// pause. If the database fails, the sealer gives up the lock, so that a copy which is better off can take over, and
/// tries again after a pause.
///
/// # Errors
/// If it refuses to sign. Trying again may help when somebody has done what the refusal says.
pub async fn run(context: Context, interval: Duration, shutdown: CancellationToken) -> Result<(), Refusal> {
    let mut pause = FIRST_PAUSE;
    loop {
        let before_next = match shift(&context, interval, &shutdown).await {
            Ok(Ended::Shutdown) => return Ok(()),
            Ok(Ended::SomebodyElseWorks) => ASK_AGAIN,
            Err((SealError::Refused(refusal), _)) => {
                measure::refuses(true);
                return Err(refusal);
            }
            Err((error, got_on)) => {
                pause = if got_on { FIRST_PAUSE } else { LONGEST_PAUSE.min(pause * 2) };
                tracing::warn!(error = &error as &dyn std::error::Error, ?pause, "the audit trail is not sealed");
                pause
            }
        };
        if shutdown.run_until_cancelled(tokio::time::sleep(before_next)).await.is_none() {
            return Ok(());
        }
    }
}

/// Gets the lock if it is free, and works until the shutdown or a failure, which is told together with whether anything was done before.
async fn shift(
    context: &Context,
    interval: Duration,
    shutdown: &CancellationToken,
) -> Result<Ended, (SealError, bool)> {
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let mut got_on = false;
    let ended = tokio::select! {
        ended = work(context, interval, shutdown, &mut got_on) => ended,
        () = overdue => Ok(Ended::Shutdown),
    };
    ended.map_err(|error| (error, got_on))
}

async fn work(
    context: &Context,
    interval: Duration,
    shutdown: &CancellationToken,
    got_on: &mut bool,
) -> Result<Ended, SealError> {
    let opened = tokio::time::timeout(LONGEST_ROUND, Sealer::open(context)).await;
    let Some(mut sealer) = opened.map_err(|_| SealError::Silence)?? else { return Ok(Ended::SomebodyElseWorks) };
    let _working = measure::Working::begin();
    measure::refuses(false);
    tracing::info!(origin = %context.signer.name(), "this process is the sealer");
    let mut measured = None;
    while !shutdown.is_cancelled() {
        let begun = Instant::now();
        let round = seal(&mut sealer, begun).await?;
        *got_on = true;
        if round.added == u64::from(BATCH) {
            continue;
        }
        if round.added == 0 && measured.is_none_or(|last: Instant| last.elapsed() >= MEASURE_EVERY) {
            sealer.measure().await?;
            measured = Some(begun);
        }
        // Nobody tells that there is an event (ADR 13): a look costs less than telling.
        let rest = interval.saturating_sub(begun.elapsed());
        shutdown.run_until_cancelled(tokio::time::sleep(rest)).await;
    }
    Ok(Ended::Shutdown)
}

/// A round, measured.
async fn seal(sealer: &mut Sealer, begun: Instant) -> Result<Round, SealError> {
    let round = tokio::time::timeout(LONGEST_ROUND, sealer.round(BATCH)).await.map_err(|_| SealError::Silence)??;
    measure::sealed(round.added);
    if let Some(size) = round.published {
        measure::published(size, begun.elapsed());
    }
    Ok(round)
}
