//! `api-spec/asyncapi.json` says exactly what is sent and where.

use std::collections::BTreeSet;

use munadi_domain::{
    id::{NoticeId, Seed},
    message::Message,
};
use serde_json::Value;

use crate::{Exchange, Queue, Topology};

fn document() -> Value {
    serde_json::from_str(include_str!("../../../../api-spec/asyncapi.json")).unwrap()
}

/// Each kind of message with its name in the document. A new kind does not compile until it is here.
fn messages() -> Vec<(&'static str, Message)> {
    let notice = NoticeId::new(Seed { unix_ms: u64::MAX, random: u128::MAX });
    let all = vec![
        Message::FanOutV1 { notice },
        Message::DeliverBatchV1 { notice, batch: u32::MAX, attempt: u32::MAX },
        Message::NoticePublishedV1 { notice },
        Message::CanaryV1 { made_unix_ms: u64::MAX },
    ];
    let name = |message: &Message| match message {
        Message::FanOutV1 { .. } => "FanOutV1",
        Message::DeliverBatchV1 { .. } => "DeliverBatchV1",
        Message::NoticePublishedV1 { .. } => "NoticePublishedV1",
        Message::CanaryV1 { .. } => "CanaryV1",
    };
    all.into_iter().map(|message| (name(&message), message)).collect()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.map_or(schema, |pointer| document.pointer(pointer).unwrap())
}

fn assert_fits(document: &Value, schema: &Value, value: &Value) {
    let schema = resolve(document, schema);
    if let Some(expected) = schema.get("const") {
        return assert_eq!(value, expected);
    }
    match schema["type"].as_str().unwrap() {
        "object" => {
            assert_eq!(schema["additionalProperties"], false);
            let required: BTreeSet<_> =
                schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert_eq!(keys(value), keys(&schema["properties"]));
            assert_eq!(keys(value), required);
            for (name, part) in value.as_object().unwrap() {
                assert_fits(document, &schema["properties"][name], part);
            }
        }
        "integer" => {
            assert_eq!(schema["minimum"], 0);
            assert_eq!(value, &schema["maximum"], "the test has the largest number there is");
        }
        "string" => {
            assert_eq!(schema["pattern"], "^ntc_[0-7][0-9a-hjkmnp-tv-z]{25}$");
            assert!(value.as_str().unwrap().parse::<NoticeId>().is_ok());
        }
        other => panic!("{other} is not used"),
    }
}

#[test]
fn every_message_is_as_documented() {
    let document = document();
    let documented = &document["components"]["messages"];
    let names: BTreeSet<_> = messages().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, keys(documented));
    for (name, message) in messages() {
        let value = serde_json::to_value(&message).unwrap();
        assert_eq!(value["type"], documented[name]["name"], "{name}");
        assert_fits(&document, &documented[name]["payload"], &value);
    }
}

#[test]
fn every_example_is_a_message() {
    for message in document()["components"]["messages"].as_object().unwrap().values() {
        let example = &message["examples"][0]["payload"];
        let read: Message = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), *example);
    }
}

#[test]
fn every_queue_is_a_channel_and_the_live_exchange_is_one() {
    let document = document();
    let channels = document["channels"].as_object().unwrap();
    let documented: BTreeSet<_> =
        channels.values().filter_map(|channel| channel["bindings"]["amqp"]["queue"]["name"].as_str()).collect();
    let declared: BTreeSet<_> = Queue::all().into_iter().map(Queue::key).collect();
    assert_eq!(documented, declared.iter().map(String::as_str).collect());
    for channel in channels.values() {
        let queue = &channel["bindings"]["amqp"]["queue"];
        assert!(queue.is_null() || (queue["durable"] == true && channel["address"] == queue["name"]), "{channel}");
    }
    let live = Topology::default().exchanges().into_iter().find(|spec| spec.exchange == Exchange::Live).unwrap();
    let documented = &channels["live"]["bindings"]["amqp"]["exchange"];
    assert_eq!((&documented["name"], &documented["type"]), (&live.name.into(), &live.kind.into()));
}
