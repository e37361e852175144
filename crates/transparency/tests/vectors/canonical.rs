//! `canonical.json`: texts that are canonical, texts that are not, and what values are written as.

use munadi_transparency::canonical::CanonicalJson;
use serde_json::Value;

use crate::read;

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

#[test]
fn canonical_texts_are_told_from_others() {
    let file = read("canonical.json");
    for text in strings(&file["canonical"]) {
        assert!(CanonicalJson::verify(text.as_bytes()).is_ok(), "{text}");
    }
    for text in strings(&file["not_canonical"]) {
        assert!(CanonicalJson::verify(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn values_are_written_in_their_canonical_form() {
    for pair in read("canonical.json")["pairs"].as_array().unwrap() {
        let value: Value = serde_json::from_str(pair["given"].as_str().unwrap()).unwrap();
        assert_eq!(CanonicalJson::from_value(&value).unwrap().as_str(), pair["canonical"]);
    }
}
