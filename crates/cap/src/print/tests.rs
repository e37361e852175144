use std::collections::BTreeSet;

use munadi_domain::{
    area::{Circle, Decimal5, Pin, Point, Polygon},
    content::Link,
    id::{DepartmentId, Seed},
    notice::Intent,
    vocabulary::{Category, Certainty, MsgType, Severity, Status, Urgency},
};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime, macros::datetime};

use super::*;
use crate::xml::{self, Element};

const WEB: &str = "https://munadi.example.in/notices/1?a=1&b=2";

fn meta(places: &Places, replaces: Vec<CapReference>) -> CapMeta<'_> {
    let name = |tag: &str, name: &str| (tag.parse().unwrap(), name.to_owned());
    CapMeta {
        places,
        sender: "sdma@up.gov.in".to_owned(),
        sender_names: BTreeMap::from([name("en", "Uttar Pradesh SDMA"), name("hi", "उत्तर प्रदेश आपदा प्रबंधन")]),
        web: WEB.to_owned(),
        payload_sha256: "00".repeat(32),
        replaces,
    }
}

fn id(random: u128) -> NoticeId {
    NoticeId::new(Seed { unix_ms: 1_790_000_000_000, random })
}

fn version(lang: &str, headline: &str, body: &str, instruction: &str) -> LanguageVersion {
    LanguageVersion {
        lang: lang.parse().unwrap(),
        headline: headline.to_owned(),
        body: body.to_owned(),
        instruction: instruction.to_owned(),
    }
}

fn point(lat: i32, lon: i32) -> Point {
    Point { lat: Decimal5::from_e5(lat), lon: Decimal5::from_e5(lon) }
}

/// A notice with something of everything.
fn rich() -> Payload {
    Payload {
        id: id(1),
        seq: 7,
        department: DepartmentId::new(Seed { unix_ms: 0, random: 0 }),
        status: Status::Exercise,
        msg_type: MsgType::Update,
        references: vec![id(0).to_string(), "IMD,IN-1,2026-09-28T20:05:11+05:30".to_owned(), "no reference".to_owned()],
        category: Category::Met,
        severity: Severity::Extreme,
        urgency: Urgency::Immediate,
        certainty: Certainty::Observed,
        topic: Topic::Flood,
        area: PayloadArea {
            description: "Ballia & around".to_owned(),
            states: vec![9],
            districts: vec![147, 525],
            pins: vec!["277001".parse().unwrap()],
            polygons: vec![Polygon(vec![
                point(2_600_000, 8_380_000),
                point(2_600_000, 8_390_000),
                point(2_610_000, 8_390_000),
                point(2_600_000, 8_380_000),
            ])],
            circles: vec![Circle { center: point(2_614_100, 8_387_900), radius_km: Decimal5::from_e5(2_500_000) }],
        },
        sent: datetime!(2026-09-29 2:42:40 UTC),
        effective: datetime!(2026-09-29 2:30 UTC),
        expires: datetime!(2026-09-29 15:30 UTC),
        languages: vec![
            version("en-IN", "River < danger & rising ]]>", "Line one.\nLine “two” 🌊", "Go <up>."),
            version("hi", "बाढ़", "नदी खतरे के निशान से ऊपर।", ""),
            version("ur", "سیلاب", "", "اونچی جگہ پر جائیں۔"),
        ],
        links: vec![
            Link { href: "https://cwc.gov.in/a?b=1&c=2".to_owned(), title: "Level of the river".to_owned() },
            Link { href: "https://ndma.gov.in".to_owned(), title: String::new() },
        ],
        attachments: vec![Attachment {
            name: "map.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size: 12_345,
            sha256: "0123456789abcdef".repeat(4),
        }],
    }
}

fn replaced() -> CapReference {
    CapReference::of_notice(
        "sdma@up.gov.in",
        &Payload { id: id(0), sent: datetime!(2026-09-28 14:35:11 UTC), ..rich() },
    )
}

/// The documents that `tests/interop/validate_cap.py` holds against the schema of OASIS.
#[test]
fn documents_for_the_validator() {
    let places = Places::india().unwrap();
    let rich = rich();
    insta::assert_binary_snapshot!("rich.cap", print(&rich, &meta(&places, vec![replaced()])).into_bytes());
    let plain = Payload {
        status: Status::Actual,
        msg_type: MsgType::Cancel,
        area: PayloadArea { description: String::new(), pins: vec![], polygons: vec![], circles: vec![], ..rich.area },
        languages: vec![version("te", "ముగిసింది", "", "")],
        links: vec![],
        attachments: vec![],
        ..rich
    };
    insta::assert_binary_snapshot!("plain.cap", print(&plain, &meta(&places, vec![replaced()])).into_bytes());
}

#[test]
fn area_without_words_is_named_by_what_it_lists() {
    let places = Places::india().unwrap();
    let bare =
        PayloadArea { description: String::new(), states: vec![], districts: vec![], pins: vec![], ..rich().area };
    let circle = Circle { center: point(1_297_000, 7_759_000), radius_km: Decimal5::from_e5(1) };
    let drawn = PayloadArea { circles: vec![circle], ..bare.clone() };
    assert_eq!(description(&drawn, &places), "Around Bengaluru Urban");
    let coded =
        PayloadArea { states: vec![7], districts: vec![525], pins: vec!["110001".parse().unwrap()], ..bare.clone() };
    assert_eq!(description(&coded, &places), "Delhi, Bengaluru Urban, PIN 110001");
    let many = PayloadArea { pins: (110_001..111_000).map(|pin| pin.try_into().unwrap()).collect(), ..bare.clone() };
    assert!(description(&many, &places).chars().count() <= limits::AREA_DESCRIPTION_CHARS);
    assert_eq!(description(&PayloadArea { polygons: vec![], circles: vec![], ..bare }, &places), "India");
}

#[test]
fn department_is_named_in_the_language_of_the_text() {
    let places = Places::india().unwrap();
    let root = xml::read(print(&rich(), &meta(&places, vec![])).as_bytes()).unwrap();
    let names = root.children.iter().filter(|child| child.name == "info").flat_map(|info| &info.children);
    let names: Vec<&str> = names.filter(|child| child.name == "senderName").map(|name| name.text.as_str()).collect();
    assert_eq!(names, ["Uttar Pradesh SDMA", "उत्तर प्रदेश आपदा प्रबंधन", "Uttar Pradesh SDMA"]);
}

#[test]
fn addresses_become_uris() {
    for (href, expected) in [
        ("https://ndma.gov.in", "https://ndma.gov.in"),
        ("https://[2001:db8::1]:8443/a?b=%C3%A9&c#d", "https://[2001:db8::1]:8443/a?b=%C3%A9&c#d"),
        ("https://x.in/100%?a=[1]#b#c", "https://x.in/100%25?a=%5B1%5D#b%23c"),
        ("https://x.in/%zz%", "https://x.in/%25zz%25"),
        ("https://भारत.in/a b|\"<>", "https://%E0%A4%AD%E0%A4%BE%E0%A4%B0%E0%A4%A4.in/a%20b%7C%22%3C%3E"),
    ] {
        assert_eq!(uri(href), expected);
    }
}

/// The order of elements in CAP's schema.
const ORDER: [(&str, &[&str]); 4] = [
    ("alert", &["identifier", "sender", "sent", "status", "msgType", "scope", "references", "info"]),
    (
        "info",
        &[
            "language",
            "category",
            "event",
            "urgency",
            "severity",
            "certainty",
            "eventCode",
            "effective",
            "expires",
            "senderName",
            "headline",
            "description",
            "instruction",
            "web",
            "parameter",
            "resource",
            "area",
        ],
    ),
    ("resource", &["resourceDesc", "mimeType", "size", "uri"]),
    ("area", &["areaDesc", "polygon", "circle", "geocode"]),
];

fn assert_order(element: &Element) {
    if let Some((_, order)) = ORDER.iter().find(|(name, _)| *name == element.name) {
        let place = |child: &Element| order.iter().position(|name| *name == child.name).expect("an element of CAP");
        assert!(element.children.iter().map(place).is_sorted(), "{element:?}");
    }
    element.children.iter().for_each(assert_order);
}

/// Texts in the letters of all sorts, with what XML could take for its own.
fn text(longest: usize, piece: &'static str) -> impl Strategy<Value = String> {
    let hard = prop::sample::select(vec![
        "]]>",
        "&",
        "&amp;",
        "&#0;",
        "<",
        ">",
        "</headline>",
        "<![CDATA[",
        "<!--",
        "\"",
        "'",
        " ",
        "बाढ़",
        "क्\u{200d}ष",
        "سیلاب",
        "🌊",
        "👩\u{200d}🚒",
        "\u{2028}",
    ]);
    let pieces = prop_oneof![hard.prop_map(str::to_owned), piece.prop_map(|text| text)];
    prop::collection::vec(pieces, 1..12)
        .prop_map(move |pieces| pieces.concat().chars().take(longest).collect::<String>().trim().to_owned())
}

fn headline() -> impl Strategy<Value = String> {
    text(200, "\\PC{0,9}").prop_filter("is empty", |text| !text.is_empty())
}

/// Versions in languages whose code is believed whatever the script; English comes with English letters.
fn languages() -> impl Strategy<Value = Vec<LanguageVersion>> {
    let tags = prop::sample::subsequence(vec!["as", "hi", "kok", "mni-Mtei", "or", "sat-Olck", "ta", "te", "ur"], 0..9);
    let tagged = tags.prop_flat_map(|tags| {
        let versions = tags.into_iter().map(|tag| {
            (headline(), text(2_000, "\\PC{0,9}|\n"), text(500, "\\PC{0,9}|\n"))
                .prop_map(move |(headline, body, instruction)| version(tag, &headline, &body, &instruction))
        });
        versions.collect::<Vec<_>>()
    });
    (tagged, "[a-zA-Z &<>]{0,50}[a-z]").prop_map(|(mut versions, english)| {
        versions.push(version("en-IN", english.trim(), "", ""));
        versions
    })
}

fn coordinate() -> impl Strategy<Value = Point> {
    (600_000..3_700_000_i32, 6_800_000..9_700_000_i32).prop_map(|(lat, lon)| point(lat, lon))
}

fn area() -> impl Strategy<Value = PayloadArea> {
    let polygon = prop::collection::vec(coordinate(), 3..9).prop_map(|mut ring| {
        ring.push(ring[0]);
        Polygon(ring)
    });
    let circle = (coordinate(), 0..500_000_000_i32)
        .prop_map(|(center, radius)| Circle { center, radius_km: Decimal5::from_e5(radius) });
    let codes = || prop::collection::btree_set(any::<u16>(), 0..5).prop_map(Vec::from_iter);
    let pins = prop::collection::btree_set(100_000..=999_999_i32, 0..5)
        .prop_map(|pins| pins.into_iter().map(|pin| Pin::try_from(pin).unwrap()).collect());
    (headline(), codes(), codes(), pins, prop::collection::vec(polygon, 0..3), prop::collection::vec(circle, 0..3))
        .prop_map(|(description, states, districts, pins, polygons, circles)| PayloadArea {
            description,
            states,
            districts,
            pins,
            polygons,
            circles,
        })
}

fn words() -> impl Strategy<Value = (Status, MsgType, Category, Severity, Urgency, Certainty, Topic)> {
    use prop::sample::select;
    (
        select(Status::ALL),
        select(MsgType::ALL),
        select(Category::ALL),
        select(Severity::ALL),
        select(Urgency::ALL),
        select(Certainty::ALL),
        select(Topic::ALL),
    )
}

fn attachments() -> impl Strategy<Value = Vec<Attachment>> {
    let file = (headline(), "[a-z]{1,9}/[a-z.+-]{1,9}", any::<u64>(), "[0-9a-f]{64}")
        .prop_map(|(name, media_type, size, sha256)| Attachment { name, media_type, size, sha256 });
    prop::collection::btree_map("[0-9a-f]{64}", file, 0..4).prop_map(|files| files.into_values().collect())
}

const ADDRESS: &str =
    "https://[a-z]{1,9}\\.in(:[1-9])?/([a-z0-9=/]|%F[0-9a-fA-F]){0,9}(\\?[a-z0-9=&/?-]{0,9})?(#[a-z0-9=?/]{0,9})?";

fn links() -> impl Strategy<Value = Vec<Link>> {
    let titles = prop_oneof![Just(String::new()), headline()];
    prop::collection::btree_map(ADDRESS, titles, 0..5)
        .prop_map(|links| links.into_iter().map(|(href, title)| Link { href, title }).collect())
}

fn times() -> impl Strategy<Value = [OffsetDateTime; 3]> {
    prop::array::uniform3(0..4_000_000_000_i64)
        .prop_map(|seconds| seconds.map(|seconds| OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)))
}

fn payload() -> impl Strategy<Value = Payload> {
    (words(), area(), times(), languages(), links(), attachments()).prop_map(
        |(words, area, times, languages, links, attachments)| {
            let (status, msg_type, category, severity, urgency, certainty, topic) = words;
            let [sent, effective, expires] = times;
            Payload {
                status,
                msg_type,
                category,
                severity,
                urgency,
                certainty,
                topic,
                area,
                sent,
                effective,
                expires,
                languages,
                links,
                attachments,
                ..rich()
            }
        },
    )
}

thread_local! {
    static PLACES: std::rc::Rc<Places> = std::rc::Rc::new(Places::india().unwrap());
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back_the_same(payload in payload()) {
        let places = PLACES.with(Clone::clone);
        let printed = print(&payload, &meta(&places, vec![replaced()]));
        assert_order(&xml::read(printed.as_bytes()).unwrap());
        let import = crate::import(printed.as_bytes(), &places).unwrap();
        let content = import.content;
        let words = (content.status, content.category, content.severity, content.urgency, content.certainty, content.topic);
        prop_assert_eq!(words, (
            Some(payload.status), Some(payload.category), Some(payload.severity),
            Some(payload.urgency), Some(payload.certainty), Some(payload.topic),
        ));
        prop_assert_eq!(content.area, payload.area.into());
        prop_assert_eq!((content.effective, content.expires), (Some(payload.effective), Some(payload.expires)));
        prop_assert_eq!(content.languages, payload.languages);
        prop_assert_eq!(content.attachments, payload.attachments);
        let own = Link { href: WEB.to_owned(), title: String::new() };
        prop_assert_eq!(content.links, std::iter::once(own).chain(payload.links).collect::<Vec<_>>());
        prop_assert_eq!(content.references, [replaced().to_string(), payload.references[1].clone()]);
        prop_assert_eq!(import.source.identifier, payload.id.to_string());
        prop_assert_eq!(import.source.sent, payload.sent);
        let intent = match payload.msg_type {
            MsgType::Alert => Intent::Alert,
            MsgType::Update => Intent::Update,
            MsgType::Cancel => Intent::Cancel,
        };
        prop_assert_eq!(import.intent, intent);
        let told: BTreeSet<&str> = import.warnings.iter().map(|warning| warning.at.as_str()).collect();
        prop_assert!(told.iter().all(|at| *at == "alert" || at.contains("geocode") || !at.contains('/') || at.ends_with(']')), "{told:?}");
    }
}
