use munadi_domain::{
    area::Area,
    content::LanguageVersion,
    id::{DepartmentId, NoticeId, Seed},
    topic::Topic,
    vocabulary::{Category, Certainty, Severity, Urgency},
};
use quick_xml::{Reader, events::Event};
use time::macros::datetime;

use super::*;

fn payload(status: Status, msg_type: MsgType) -> Payload {
    let seed = Seed { unix_ms: 1_790_000_000_000, random: 1 };
    let version = |lang: &str, headline: &str, body: &str, instruction: &str| LanguageVersion {
        lang: lang.parse().unwrap(),
        headline: headline.to_owned(),
        body: body.to_owned(),
        instruction: instruction.to_owned(),
    };
    Payload {
        id: NoticeId::new(seed),
        seq: 1,
        department: DepartmentId::new(seed),
        status,
        msg_type,
        references: vec![],
        category: Category::Met,
        severity: Severity::Severe,
        urgency: Urgency::Expected,
        certainty: Certainty::Likely,
        topic: Topic::Flood,
        area: Area::default().into(),
        sent: datetime!(2026-09-29 2:42:40 UTC),
        effective: datetime!(2026-09-29 2:42:40 UTC),
        expires: datetime!(2026-09-29 15:30 UTC),
        languages: vec![
            version("en-IN", "Water <rising> & fast ]]>", "At \"Turtipar\".", "Go."),
            version("ur", "سیلاب", "", "اونچی جگہ پر جائیں۔"),
        ],
        links: vec![],
        attachments: vec![],
    }
}

fn entry(lang: &str, status: Status, msg_type: MsgType) -> Entry {
    let meta = EntryMeta {
        host: "munadi.example.in".to_owned(),
        author: "UP SDMA & co".to_owned(),
        published: datetime!(2026-09-29 2:45 UTC),
        updated: datetime!(2026-09-29 8:30 +5:30),
        page_href: "https://munadi.example.in/notices/1?a=1&b=\"2\"".to_owned(),
        alternates: vec![Link {
            href: "https://munadi.example.in/notices/1.cap".to_owned(),
            media_type: "application/cap+xml".to_owned(),
        }],
    };
    Entry::of(&payload(status, msg_type), &lang.parse().unwrap(), meta)
}

fn feed(entries: Vec<Entry>) -> Feed {
    Feed {
        id: "tag:munadi.example.in,2026:notices".to_owned(),
        title: "Notices".to_owned(),
        lang: "en-IN".parse().unwrap(),
        author: "Munadi".to_owned(),
        updated: datetime!(2026-09-29 3:00 UTC),
        self_href: "https://munadi.example.in/feed.atom".to_owned(),
        page_href: "https://munadi.example.in/".to_owned(),
        entries,
    }
}

#[test]
fn feed_is_atom() {
    let entries = vec![entry("en", Status::Actual, MsgType::Alert), entry("ur", Status::Exercise, MsgType::Alert)];
    insta::assert_snapshot!(atom(&feed(entries)));
}

#[test]
fn every_feed_is_well_formed() {
    let mut hostile = entry("en", Status::Actual, MsgType::Alert);
    for text in [&mut hostile.title, &mut hostile.summary, &mut hostile.author, &mut hostile.page_href, &mut hostile.id]
    {
        *text = "\"'<a href=\"x\">&amp;&#0;]]></title>\u{0}\u{b}\r\n\t\u{fffe}".to_owned();
    }
    let text = atom(&feed(vec![hostile]));
    let mut reader = Reader::from_str(&text);
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                depth += 1;
                assert!(start.attributes().all(|attribute| attribute.is_ok()));
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
}

#[test]
fn title_says_what_is_not_to_be_taken_for_an_alert() {
    for (status, msg_type, mark) in [
        (Status::Actual, MsgType::Alert, "Water"),
        (Status::Actual, MsgType::Update, "Water"),
        (Status::Actual, MsgType::Cancel, "[CANCELED] Water"),
        (Status::Exercise, MsgType::Cancel, "[EXERCISE] Water"),
        (Status::Test, MsgType::Alert, "[TEST] Water"),
    ] {
        assert!(entry("en", status, msg_type).title.starts_with(mark));
    }
}

#[test]
fn version_is_the_readers() {
    let urdu = entry("ur", Status::Actual, MsgType::Alert);
    assert_eq!((urdu.lang.as_str(), urdu.summary.as_str()), ("ur", "اونچی جگہ پر جائیں۔"));
    let other = entry("ta", Status::Actual, MsgType::Alert);
    assert_eq!((other.lang.as_str(), other.summary.as_str()), ("en-IN", "At \"Turtipar\".\n\nGo."));
    assert_eq!(other.id, format!("tag:munadi.example.in,2026-09-29:{}", payload(Status::Actual, MsgType::Alert).id));
}
