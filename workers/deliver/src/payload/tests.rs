use munadi_domain::{id::Seed, language::KNOWN};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn lang(tag: &str) -> Lang {
    tag.parse().unwrap()
}

fn notice() -> NoticeId {
    NoticeId::new(Seed { unix_ms: 1, random: 2 })
}

fn full<'a>(lang: &'a Lang, title: &'a str, body: &'a str) -> FullMessage<'a> {
    FullMessage {
        notice: notice(),
        digest: "0123abcd",
        status: Status::Exercise,
        lang,
        title,
        body,
        navigate: "https://notices.example.org/n/1",
        tag: "family",
        silent: false,
    }
}

fn parse(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap()
}

#[test]
fn full_message_is_declarative() {
    let json = full(&lang("ur-IN"), "سیلاب", "پانی بڑھ رہا ہے").to_json().unwrap();
    let expected = json!({
        "web_push": 8030,
        "notification": {
            "title": "سیلاب",
            "navigate": "https://notices.example.org/n/1",
            "lang": "ur-IN",
            "dir": "rtl",
            "body": "پانی بڑھ رہا ہے",
            "tag": "family",
            "silent": false,
            "data": { "notice": notice().to_string(), "digest": "0123abcd", "status": "Exercise" },
        },
        "mutable": true,
    });
    assert_eq!(parse(&json), expected);
}

#[test]
fn wake_up_says_nothing() {
    let json = WakeUp { lang: &lang("hi-IN"), navigate: "https://notices.example.org/w/x" }.to_json().unwrap();
    let expected = json!({
        "web_push": 8030,
        "notification": {
            "title": "नई सरकारी सूचना",
            "navigate": "https://notices.example.org/w/x",
            "lang": "hi",
            "dir": "ltr",
            "silent": false,
        },
        "mutable": true,
    });
    assert_eq!(parse(&json), expected);
}

#[test]
fn every_language_gets_a_wake_up_that_fits() {
    let navigate = format!("https://notices.example.org/w/{}", "x".repeat(500));
    for tag in KNOWN.map(|(tag, ..)| tag).into_iter().chain(["fr", "mni-Mtei"]) {
        let json = WakeUp { lang: &lang(tag), navigate: &navigate }.to_json().unwrap();
        assert!(json.len() <= WakeUp::BUCKET.capacity());
        let told = parse(&json)["notification"]["lang"].as_str().unwrap().to_owned();
        assert!(told == tag || told == "en", "{tag} is answered in {told}");
    }
}

#[test]
fn title_in_english_is_not_written_from_right_to_left() {
    let json = WakeUp { lang: &lang("ks"), navigate: "https://example.org/" }.to_json().unwrap();
    assert_eq!(parse(&json)["notification"]["dir"], "ltr");
}

#[test]
fn link_that_is_too_long_is_said() {
    let navigate = "x".repeat(3_000);
    let lang = lang("en");
    let message = FullMessage { navigate: &navigate, ..full(&lang, "a", "b") };
    assert!(matches!(message.to_json(), Err(PayloadError::TooLong { len: 3_000.., capacity: 2_641 })));
    assert!(WakeUp { lang: &lang, navigate: &navigate }.to_json().is_err());
}

#[test]
fn long_text_is_cut_between_words() {
    for (text, bytes, cut) in [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 11, "one two…"),
        ("one two three", 10, "one two…"),
        ("one two three", 9, "one…"),
        ("onetwothree", 9, "onetwo…"),
        ("एक दो", 16, "एक दो"),
        ("बाढ़ की चेतावनी", 36, "बाढ़ की…"),
        ("a\n\n\n\n\n\n", 8, "a…"),
        ("abc", 2, ""),
        ("abcd", 3, "…"),
    ] {
        assert_eq!(fit(text, bytes), cut, "{text} in {bytes}");
    }
}

proptest! {
    #[test]
    fn any_text_fits_and_keeps_its_beginning(
        title in any::<String>(),
        body in "(\\PC|[\\x00-\\x20\"\\\\]|बाढ़ ){0,1500}",
    ) {
        let lang = lang("hi");
        let json = full(&lang, &title, &body).to_json().unwrap();
        prop_assert!(json.len() <= FullMessage::BUCKET.capacity());
        let message = parse(&json);
        let sent = message["notification"]["body"].as_str().unwrap_or_default();
        let cut = sent.strip_suffix(ELLIPSIS).filter(|_| sent != body);
        prop_assert!(body.starts_with(cut.unwrap_or(sent)));
        prop_assert!(cut.is_some() || sent == body);
        // What is cut fills at least half of the bucket.
        prop_assert!(cut.is_none() || json.len() > FullMessage::BUCKET.capacity() / 2);
    }

    #[test]
    fn length_in_json_is_told_right(text in any::<String>()) {
        let told: usize = text.chars().map(json_len).sum();
        prop_assert_eq!(told + 2, serde_json::to_string(&text).unwrap().len());
    }
}
