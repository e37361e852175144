//! Looking at the queues from outside, for metrics and for whoever asks what is wrong.

use lapin::{options::QueueDeclareOptions, types::FieldTable};

use crate::{
    connection::{Broker, Session, within},
    error::{BrokerError, is_not_found},
    measure,
    topology::Queue,
};

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Messages that are ready; those being handled are not counted.
    pub messages: u32,
    /// Consumers.
    pub consumers: u32,
}

/// A queue that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueState {
    /// Which one.
    pub queue: Queue,
    /// Its name in RabbitMQ.
    pub name: String,
    /// How full it is; nothing if it does not exist.
    pub load: Option<Load>,
}

impl Broker {
    /// The state of every queue. Declares nothing, so what is missing stays missing. Also sets the gauges of the queues.
    ///
    /// # Errors
    /// RabbitMQ cannot be reached or does not answer.
    pub async fn inspect(&self) -> Result<Vec<QueueState>, BrokerError> {
        let mut session = self.open_bare("inspection").await?;
        let mut states = Vec::new();
        for queue in Queue::all() {
            let name = self.topology().queue_name(queue);
            let load = match session.look_at(&name).await {
                Ok(load) => Some(load),
                Err(BrokerError::Failed { source, .. }) if is_not_found(&source) => {
                    // RabbitMQ closes the channel of whoever names what is not there.
                    session.renew_channel().await?;
                    None
                }
                Err(error) => return Err(error),
            };
            if let Some(load) = load {
                measure::queue_seen(&queue.key(), load.messages, load.consumers);
            }
            states.push(QueueState { queue, name, load });
        }
        session.close().await;
        Ok(states)
    }
}

impl Session {
    /// How full the queue is.
    pub(crate) async fn look_at(&self, name: &str) -> Result<Load, BrokerError> {
        let options = QueueDeclareOptions::durable().passive();
        let asked = self.channel.queue_declare(name.into(), options, FieldTable::default());
        let queue = within(self.limit(), "looking at a queue", asked).await?;
        Ok(Load { messages: queue.message_count(), consumers: queue.consumer_count() })
    }
}
