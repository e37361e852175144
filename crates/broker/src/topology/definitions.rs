//! The topology as RabbitMQ's own definitions file.

use serde_json::{Map, Value, json};

use super::{Argument, BindingSpec, ExchangeSpec, QueueSpec, Topology};

impl Topology {
    /// What `rabbitmqctl import_definitions` and `load_definitions` understand: the exchanges, queues and bindings of this topology
    /// in the virtual host `vhost`, and nothing about users or rights. The order of all lists is fixed, so that a file can be
    /// compared with it.
    pub fn definitions(&self, vhost: &str) -> Value {
        json!({
            "vhosts": [{ "name": vhost }],
            "exchanges": self.exchanges().iter().map(|spec| exchange(spec, vhost)).collect::<Vec<_>>(),
            "queues": self.queues().iter().map(|spec| queue(spec, vhost)).collect::<Vec<_>>(),
            "bindings": self.bindings().iter().map(|spec| binding(spec, vhost)).collect::<Vec<_>>(),
        })
    }
}

fn exchange(spec: &ExchangeSpec, vhost: &str) -> Value {
    json!({
        "name": spec.name,
        "vhost": vhost,
        "type": spec.kind,
        "durable": true,
        "auto_delete": false,
        "internal": false,
        "arguments": {},
    })
}

fn queue(spec: &QueueSpec, vhost: &str) -> Value {
    let arguments: Map<String, Value> =
        spec.arguments.iter().map(|(name, value)| ((*name).to_owned(), argument(value))).collect();
    json!({ "name": spec.name, "vhost": vhost, "durable": true, "auto_delete": false, "arguments": arguments })
}

fn argument(value: &Argument) -> Value {
    match value {
        Argument::Text(text) => json!(text),
        Argument::Number(number) => json!(number),
    }
}

fn binding(spec: &BindingSpec, vhost: &str) -> Value {
    json!({
        "source": spec.source,
        "vhost": vhost,
        "destination": spec.destination,
        "destination_type": "queue",
        "routing_key": spec.key,
        "arguments": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_say_what_is_declared() {
        let definitions = Topology::default().definitions("/");
        let rest =
            definitions["queues"].as_array().unwrap().iter().find(|queue| queue["name"] == "deliver.routine.retry.30s");
        let expected = json!({
            "x-queue-type": "quorum",
            "x-delivery-limit": 20,
            "x-dead-letter-exchange": "munadi",
            "x-dead-letter-routing-key": "deliver.routine",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-message-ttl": 30000,
        });
        assert_eq!(rest.unwrap()["arguments"], expected);
        assert_eq!(definitions["bindings"].as_array().unwrap().len(), 11);
        assert_eq!(definitions["exchanges"][0]["type"], "direct");
    }

    #[test]
    fn operators_file_is_current() {
        let file = include_str!("../../../../deploy/rabbitmq/definitions.json");
        assert_eq!(serde_json::from_str::<Value>(file).unwrap(), Topology::default().definitions("munadi"));
    }
}
