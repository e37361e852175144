//! Publishing that is only done when RabbitMQ says so.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use lapin::{Confirmation, message::BasicReturnMessage, options::BasicPublishOptions};
use munadi_domain::{
    id::MessageId,
    message::{Message, Route},
};
use tokio::sync::Mutex;

use crate::{
    connection::{Broker, Session, within},
    envelope::Letter,
    error::BrokerError,
    measure,
    topology::Queue,
};

/// A message, its id and where it goes.
pub type Outgoing = (Route, MessageId, Message);

/// What became of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishOutcome {
    /// RabbitMQ has it, on disk where it must be. Only this is success.
    Confirmed,
    /// There was no queue for it, and RabbitMQ dropped it. Send it again.
    Unroutable {
        /// RabbitMQ's words.
        reason: String,
    },
    /// RabbitMQ could not keep it. Send it again.
    Refused,
}

/// Publishes over one connection of its own, which it opens when it is first needed and again whenever something failed.
///
/// It takes no part in consuming: when an alarm makes RabbitMQ stop reading from publishers, acknowledgements must still get
/// through.
pub struct Publisher {
    broker: Broker,
    purpose: &'static str,
    // Empty while a batch is under way: only a batch that ended well puts the connection back.
    session: Mutex<Option<Session>>,
}

impl Publisher {
    /// `purpose` names the connection in RabbitMQ's lists and in metrics. Nothing is connected yet.
    pub fn new(broker: &Broker, purpose: &'static str) -> Self {
        Self { broker: broker.clone(), purpose, session: Mutex::new(None) }
    }

    /// Publishes all and waits for all to be confirmed; the outcomes are in the order of the batch. A batch should have no more than
    /// some hundred messages: it is in memory, and it shares one time limit.
    ///
    /// # Errors
    /// It is not known what became of any of the messages. Send all of them again; some may then arrive twice.
    pub async fn publish_all(&self, batch: &[Outgoing]) -> Result<Vec<PublishOutcome>, BrokerError> {
        let now = (self.broker.clock())();
        let letters = batch
            .iter()
            .map(|outgoing| Letter::new(self.broker.topology(), outgoing, now))
            .collect::<Result<Vec<_>, _>>()?;
        self.send(&letters).await
    }

    pub(crate) async fn send(&self, letters: &[Letter]) -> Result<Vec<PublishOutcome>, BrokerError> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let mut slot = self.session.lock().await;
        let session = self.take_or_open(&mut slot).await?;
        let outcomes = self.send_over(&session, letters).await.inspect_err(|_| {
            measure::reconnecting(self.purpose);
            measure::outcome_unknown(letters.len());
        })?;
        if outcomes.iter().any(|outcome| matches!(outcome, PublishOutcome::Unroutable { .. })) {
            // Something is missing; the next connection makes it again.
            session.close().await;
        } else {
            *slot = Some(session);
        }
        Ok(outcomes)
    }

    /// How many consumers the queue has.
    pub(crate) async fn consumers_of(&self, queue: Queue) -> Result<u32, BrokerError> {
        let mut slot = self.session.lock().await;
        let session = self.take_or_open(&mut slot).await?;
        let name = self.broker.topology().queue_name(queue);
        let consumers = session.look_at(&name).await?.consumers;
        *slot = Some(session);
        Ok(consumers)
    }

    async fn take_or_open(&self, slot: &mut Option<Session>) -> Result<Session, BrokerError> {
        if let Some(session) = slot.take().filter(Session::is_usable) {
            return Ok(session);
        }
        let session = self.broker.open(self.purpose).await?;
        session.confirm().await?;
        Ok(session)
    }

    async fn send_over(&self, session: &Session, letters: &[Letter]) -> Result<Vec<PublishOutcome>, BrokerError> {
        // The library's publish can wait forever when the connection ends under it, so one limit covers all of it.
        let sent = within(self.broker.answer_limit(), "publishing", publish(session, letters)).await;
        let confirmations = match sent {
            Err(BrokerError::TimedOut { .. }) if session.is_blocked() => return Err(BrokerError::Blocked),
            other => other?,
        };
        Ok(outcomes(letters, confirmations))
    }
}

async fn publish(session: &Session, letters: &[Letter]) -> lapin::Result<Vec<Confirmation>> {
    let mut confirms = Vec::with_capacity(letters.len());
    for letter in letters {
        let options = BasicPublishOptions { mandatory: letter.mandatory, immediate: false };
        let (exchange, key) = (letter.exchange.clone(), letter.key.clone());
        let written = session.channel.basic_publish(exchange, key, options, &letter.body, letter.properties.clone());
        measure::published(letter.route());
        confirms.push(written.await?);
    }
    try_join_all(confirms).await
}

type Address = (String, String, String);

fn outcomes(letters: &[Letter], confirmations: Vec<Confirmation>) -> Vec<PublishOutcome> {
    let acked: Vec<bool> = confirmations.iter().map(Confirmation::is_ack).collect();
    // RabbitMQ returns a message before it acks it, and the library hands the return to whichever confirm comes next: with one ack
    // for many, that is often a confirm of another message. So returns are matched by what they say, over the whole batch.
    let returned: HashMap<Address, String> =
        confirmations.into_iter().filter_map(Confirmation::take_message).map(|message| returned(&message)).collect();
    letters.iter().zip(acked).map(|(letter, acked)| outcome(letter, acked, &returned)).collect()
}

fn outcome(letter: &Letter, acked: bool, returned: &HashMap<Address, String>) -> PublishOutcome {
    if let Some(reason) = returned.get(&address(letter)) {
        measure::returned(letter.route());
        return PublishOutcome::Unroutable { reason: reason.clone() };
    }
    if !acked {
        measure::refused(letter.route());
        return PublishOutcome::Refused;
    }
    measure::confirmed(letter.route());
    PublishOutcome::Confirmed
}

fn address(letter: &Letter) -> Address {
    let id = letter.properties.message_id().as_ref().map(ToString::to_string);
    (letter.exchange.to_string(), letter.key.to_string(), id.unwrap_or_default())
}

fn returned(message: &BasicReturnMessage) -> (Address, String) {
    let delivery = &message.delivery;
    let id = delivery.properties.message_id().as_ref().map(ToString::to_string);
    let address = (delivery.exchange.to_string(), delivery.routing_key.to_string(), id.unwrap_or_default());
    (address, format!("{} {}", message.reply_code, message.reply_text))
}

#[cfg(test)]
mod tests {
    use lapin::message::Delivery;
    use munadi_domain::{id::Seed, message::Lane};

    use super::*;
    use crate::topology::Topology;

    fn letter(number: u64) -> Letter {
        let id = MessageId::new(Seed { unix_ms: number, random: 0 });
        let outgoing = (Route::Deliver(Lane::Routine), id, Message::CanaryV1 { made_unix_ms: number });
        Letter::new(&Topology::default(), &outgoing, 0).unwrap()
    }

    fn return_of(letter: &Letter) -> BasicReturnMessage {
        let mut delivery = Delivery::mock(0, letter.exchange.clone(), letter.key.clone(), false, letter.body.clone());
        delivery.properties = letter.properties.clone();
        BasicReturnMessage { delivery, reply_code: 312, reply_text: "NO_ROUTE".into() }
    }

    #[test]
    fn returned_message_is_found_in_whichever_confirm_carries_it() {
        let letters = [letter(1), letter(2), letter(3)];
        let confirmations =
            vec![Confirmation::Ack(Some(return_of(&letters[2]))), Confirmation::Ack(None), Confirmation::Ack(None)];
        let unroutable = PublishOutcome::Unroutable { reason: "312 NO_ROUTE".to_owned() };
        let expected = [PublishOutcome::Confirmed, PublishOutcome::Confirmed, unroutable];
        assert_eq!(outcomes(&letters, confirmations), expected);
    }

    #[test]
    fn only_an_ack_confirms() {
        let letters = [letter(1), letter(2)];
        let outcomes = outcomes(&letters, vec![Confirmation::Nack(None), Confirmation::NotRequested]);
        assert_eq!(outcomes, [PublishOutcome::Refused, PublishOutcome::Refused]);
    }
}
