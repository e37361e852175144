use proptest::prelude::*;
use serde_json::json;

use super::*;

fn canonical(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap();
    CanonicalJson::from_value(&value).unwrap().to_string()
}

/// A second, naive reading of RFC 8785: serde's own escapes, and names compared as vectors of UTF-16 code units.
fn by_definition(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(by_definition).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut named: Vec<(Vec<u16>, String)> = Vec::new();
            for (name, value) in members {
                let member = format!("{}:{}", Value::from(name.as_str()), by_definition(value));
                named.push((name.encode_utf16().collect(), member));
            }
            named.sort();
            let members: Vec<_> = named.into_iter().map(|(_, member)| member).collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

fn allowed_value() -> impl Strategy<Value = Value> {
    let most = i64::try_from(MAX_INTEGER).unwrap();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-most..=most).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_what_the_definition_says(value in allowed_value()) {
        let written = CanonicalJson::from_value(&value).unwrap();
        prop_assert_eq!(written.as_str(), by_definition(&value));
    }

    #[test]
    fn what_is_written_verifies_and_means_the_same(value in allowed_value()) {
        let written = CanonicalJson::from_value(&value).unwrap();
        prop_assert_eq!(CanonicalJson::verify(written.as_bytes()), Ok(written.clone()));
        prop_assert_eq!(written.parse::<Value>().unwrap(), value);
    }

    #[test]
    fn white_space_anywhere_outside_strings_is_refused(value in allowed_value()) {
        let pretty = serde_json::to_vec_pretty(&value).unwrap();
        let compact = CanonicalJson::from_value(&value).unwrap();
        prop_assume!(pretty != compact.as_bytes());
        prop_assert_eq!(CanonicalJson::verify(&pretty), Err(CanonicalError::NotCanonical));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = CanonicalJson::verify(&bytes);
    }
}

#[test]
fn example_of_rfc_8785_section_3_2_2_without_its_floats() {
    let given = r#"{
        "numbers": [333333333, 4, 2],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected =
        "{\"literals\":[null,true,false],\"numbers\":[333333333,4,2],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
    assert_eq!(canonical(given), expected);
}

#[test]
fn example_of_rfc_8785_section_3_2_3_sorts_by_utf_16() {
    let given = r#"{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"#;
    let written = canonical(given);
    let order: Vec<_> = ["Carriage Return", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"]
        .map(|name| written.find(name).unwrap())
        .into();
    assert!(order.is_sorted(), "{written}");
}

#[test]
fn numbers_are_integers_that_javascript_keeps() {
    for good in ["0", "-1", "9007199254740991", "-9007199254740991"] {
        assert!(CanonicalJson::verify(good.as_bytes()).is_ok(), "{good}");
    }
    for bad in ["0.5", "1.0", "1e2", "-0", "9007199254740992", "-9007199254740992", "18446744073709551616", "1E400"] {
        let refused = CanonicalJson::verify(bad.as_bytes());
        assert!(matches!(refused, Err(CanonicalError::Number(_) | CanonicalError::Syntax(_))), "{bad}: {refused:?}");
    }
    assert!(CanonicalJson::from_serialize(&[0.5]).is_err());
}

#[test]
fn other_spellings_are_refused() {
    for other in [
        r#"{"b":1,"a":2}"#,
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a": 1}"#,
        r#"{"a":1} "#,
        r#""\u0041""#,
        r#""\/""#,
        r#""\u000A""#,
        r#""\u000a""#,
        r#""\ud83d\ude00""#,
    ] {
        assert_eq!(CanonicalJson::verify(other.as_bytes()), Err(CanonicalError::NotCanonical), "{other}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let bad: [&[u8]; 10] = [
        b"",
        b"{",
        b"{\"a\":1}x",
        b"nan",
        b"'a'",
        b"01",
        b"\"\\ud800\"",
        b"\"\\udc00\\ud800\"",
        b"\"\xed\xa0\x80\"",
        b"\xef\xbb\xbf{}",
    ];
    for bytes in bad {
        assert!(matches!(CanonicalJson::verify(bytes), Err(CanonicalError::Syntax(_))), "{bytes:?}");
    }
}

#[test]
fn depth_and_size_are_limited() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(CanonicalJson::verify(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(CanonicalJson::verify(nested(MAX_DEPTH + 1).as_bytes()), Err(CanonicalError::TooDeep));
    assert!(CanonicalJson::verify(nested(60_000 / 2).as_bytes()).is_err());

    let text = json!("x".repeat(MAX_BYTES - 2));
    assert!(CanonicalJson::from_value(&text).is_ok());
    let longer = json!("x".repeat(MAX_BYTES - 1));
    let refused = Err(CanonicalError::TooLarge { limit: MAX_BYTES });
    assert_eq!(CanonicalJson::from_value(&longer), refused);
    assert_eq!(CanonicalJson::verify(longer.to_string().as_bytes()), refused);
    assert!(CanonicalJson::from_value_within(&longer, MAX_BYTES + 1).is_ok());
}

#[test]
fn digest_is_sha_256_of_the_text() {
    let empty = CanonicalJson::from_value(&json!({})).unwrap();
    assert_eq!(encoding::to_base64url(&empty.digest()), "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o");
}
