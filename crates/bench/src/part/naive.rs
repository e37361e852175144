//! The fan-out as one would write it first: every subscription in one query, with all that is needed to send to it, and a queue
//! message for each.

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;
use munadi_broker::{PublishOutcome, Publisher};
use munadi_domain::{
    id::{MessageId, NoticeId, Seed},
    message::{Lane, Message, Route},
    topic::{Topic, TopicSet},
};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection};

use super::{say, words, workers::Services};

/// As many as the relay publishes at once.
const AT_ONCE: usize = 500;

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    services: Services,
    /// The notice.
    #[arg(long)]
    notice: NoticeId,
    /// The highest id of a subscription that belongs to the sample.
    #[arg(long)]
    through: i64,
}

/// What it did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Naive {
    pub(crate) messages: usize,
    pub(crate) seconds: f64,
    /// Until all rows were read.
    pub(crate) reading: f64,
}

/// What one needs to send to a subscription.
type Row = (i64, String, Vec<u8>, Vec<u8>, String);

pub(super) async fn run(options: &Options) -> Result<()> {
    let mut database = PgConnection::connect(options.services.database()).await?;
    let publisher = Publisher::new(&options.services.broker()?, "naive");
    // Both sides have their connections before the time begins.
    publish(&publisher, options.notice, &[]).await?;
    say(&"ready")?;
    words().next_line().await?;
    let start = Instant::now();
    let rows = read(&mut database, options).await?;
    let reading = start.elapsed().as_secs_f64();
    for part in rows.chunks(AT_ONCE) {
        publish(&publisher, options.notice, part).await?;
    }
    say(&Naive { messages: rows.len(), seconds: start.elapsed().as_secs_f64(), reading })?;
    // It lives until it was asked how much memory it had.
    words().next_line().await?;
    Ok(())
}

async fn read(database: &mut PgConnection, options: &Options) -> Result<Vec<Row>> {
    let topic = [Topic::Flood].into_iter().collect::<TopicSet>().bits();
    let query = sqlx::query_as(
        "select distinct s.id, s.endpoint, s.p256dh, s.auth, s.language from subscription s
         join subscription_place p on p.subscription_id = s.id
         join notice n on n.id = $1 and p.pin = any(n.pins)
         where p.topics & $3 <> 0 and s.id <= $2",
    );
    Ok(query.bind(options.notice.to_string()).bind(options.through).bind(topic).fetch_all(database).await?)
}

async fn publish(publisher: &Publisher, notice: NoticeId, rows: &[Row]) -> Result<()> {
    let letters: Vec<_> = rows.iter().map(|(id, ..)| letter(notice, *id)).collect();
    let outcomes = publisher.publish_all(&letters).await?;
    ensure!(outcomes.iter().all(|outcome| *outcome == PublishOutcome::Confirmed), "RabbitMQ did not take all");
    Ok(())
}

/// A message of the usual size: naming one subscription takes as many bytes as naming one batch.
fn letter(notice: NoticeId, subscription: i64) -> (Route, MessageId, Message) {
    let number = subscription.unsigned_abs();
    let batch = u32::try_from(number).unwrap_or(u32::MAX);
    let id = MessageId::new(Seed { unix_ms: number, random: u128::from(number) });
    (Route::Deliver(Lane::Routine), id, Message::DeliverBatchV1 { notice, batch, attempt: 0 })
}
