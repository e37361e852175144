//! The topology as declarations on a channel.

use std::time::Duration;

use lapin::{
    Channel, ExchangeKind,
    options::{
        ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable, LongString},
};

use super::{Argument, BindingSpec, ExchangeSpec, QueueSpec, Topology};
use crate::{
    connection::within,
    error::{BrokerError, inequivalence},
};

impl Topology {
    /// Makes what is not there yet. Doing it twice changes nothing.
    ///
    /// # Errors
    /// [`BrokerError::Inequivalent`] if something exists with other settings; RabbitMQ closes the channel then.
    pub(crate) async fn declare(&self, channel: &Channel, limit: Duration) -> Result<(), BrokerError> {
        for spec in self.exchanges() {
            declare_exchange(channel, &spec, limit).await?;
        }
        for spec in self.queues() {
            declare_queue(channel, &spec, limit).await?;
        }
        for spec in self.bindings() {
            bind(channel, &spec, limit).await?;
        }
        Ok(())
    }

    /// Takes away what there is of it.
    pub(crate) async fn remove(&self, channel: &Channel, limit: Duration) -> Result<(), BrokerError> {
        for spec in self.queues() {
            let deleted = channel.queue_delete(spec.name.into(), QueueDeleteOptions::default());
            within(limit, "deleting a queue", deleted).await?;
        }
        for spec in self.exchanges() {
            let deleted = channel.exchange_delete(spec.name.into(), ExchangeDeleteOptions::default());
            within(limit, "deleting an exchange", deleted).await?;
        }
        Ok(())
    }
}

async fn declare_exchange(channel: &Channel, spec: &ExchangeSpec, limit: Duration) -> Result<(), BrokerError> {
    let kind = if spec.kind == "direct" { ExchangeKind::Direct } else { ExchangeKind::Fanout };
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let declared = channel.exchange_declare(spec.name.as_str().into(), kind, options, FieldTable::default());
    within(limit, "declaring an exchange", declared).await.map_err(|error| explain(error, "exchange", &spec.name))
}

async fn declare_queue(channel: &Channel, spec: &QueueSpec, limit: Duration) -> Result<(), BrokerError> {
    let declared =
        channel.queue_declare(spec.name.as_str().into(), QueueDeclareOptions::durable(), field_table(&spec.arguments));
    within(limit, "declaring a queue", declared).await.map_err(|error| explain(error, "queue", &spec.name)).map(drop)
}

async fn bind(channel: &Channel, spec: &BindingSpec, limit: Duration) -> Result<(), BrokerError> {
    let bound = channel.queue_bind(
        spec.destination.as_str().into(),
        spec.source.as_str().into(),
        spec.key.as_str().into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    within(limit, "binding a queue", bound).await
}

fn field_table(arguments: &[(&'static str, Argument)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        let value = match value {
            Argument::Text(text) => AMQPValue::LongString(LongString::from(text.as_str())),
            Argument::Number(number) => AMQPValue::LongLongInt(i64::from(*number)),
        };
        table.insert((*name).into(), value);
    }
    table
}

fn explain(error: BrokerError, kind: &'static str, name: &str) -> BrokerError {
    let answer = match &error {
        BrokerError::Failed { source, .. } => inequivalence(source),
        _ => None,
    };
    match answer {
        Some(answer) => BrokerError::Inequivalent { kind, name: name.to_owned(), answer },
        None => error,
    }
}
