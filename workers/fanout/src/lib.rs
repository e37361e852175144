//! The fan-out: a published notice becomes batches of the subscriptions it goes to.
//!
//! Each step is one transaction: it reads the next part of the audience, writes batches and the messages that announce them, and moves
//! the cursor. A crash anywhere leaves the steps that were committed, and the message is handed out again and goes on behind them.
//! Two workers on one notice take turns.

mod step;
mod window;

pub use step::{FanOut, Step};

use std::sync::Arc;

use munadi_broker::{Broker, Consumer, Delivery, Disposition, Queue};
use munadi_domain::message::{Lane, Message};
use munadi_services::Core;
use tokio_util::sync::CancellationToken;

/// Notices that one process works on at the same time, in each lane. Their steps wait for the same database.
const PREFETCH: u16 = 2;

/// What the fan-out works with.
#[derive(Clone)]
pub struct Context {
    /// Database and time.
    pub core: Core,
    /// Where the messages come from.
    pub broker: Broker,
}

/// Fans out what is published in both lanes, until the shutdown.
pub async fn run(context: Context, shutdown: CancellationToken) {
    let fan_out = Arc::new(FanOut::new(context.core));
    let lane = |lane| consume(&context.broker, lane, Arc::clone(&fan_out), shutdown.clone());
    tokio::join!(lane(Lane::Emergency), lane(Lane::Routine));
}

async fn consume(broker: &Broker, lane: Lane, fan_out: Arc<FanOut>, shutdown: CancellationToken) {
    let consumer = Consumer::new(broker, Queue::FanOut(lane), PREFETCH);
    let stop = shutdown.clone();
    let handler = move |delivery: Delivery| {
        let (fan_out, stop) = (Arc::clone(&fan_out), stop.clone());
        async move { handle(&fan_out, delivery.message, &stop).await }
    };
    consumer.run(shutdown, handler).await;
}

async fn handle(fan_out: &FanOut, message: Message, stop: &CancellationToken) -> Disposition {
    let Message::FanOutV1 { notice } = message else {
        return Disposition::Dead("not a message for the fan-out".to_owned());
    };
    match fan_out.work(notice, stop).await {
        Ok(true) => Disposition::Done,
        // Stopped between two steps: whoever gets the message next goes on there.
        Ok(false) => Disposition::Again,
        Err(error) => {
            tracing::warn!(%notice, error = &error as &dyn std::error::Error, "the fan-out is interrupted");
            Disposition::Again
        }
    }
}
