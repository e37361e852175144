use std::time::{Duration, Instant};

use munadi_domain::place::Places;
use proptest::prelude::*;

use super::*;

const FILES: [&[u8]; 9] = [
    include_bytes!("../../testdata/australia.cap"),
    include_bytes!("../../testdata/canada.cap"),
    include_bytes!("../../testdata/canada_signed.cap"),
    include_bytes!("../../testdata/earthquake.cap"),
    include_bytes!("../../testdata/sachet-andhra-lightning.cap"),
    include_bytes!("../../testdata/sachet-karnataka-thunderstorm.cap"),
    include_bytes!("../../testdata/sachet-uttar-pradesh-flood.cap"),
    include_bytes!("../../testdata/wcatwc-warning.cap"),
    include_bytes!("../../testdata/weather.cap"),
];

fn flood() -> String {
    String::from_utf8(FILES[6].to_vec()).unwrap()
}

/// Reads a real alert in which a text is replaced at its first place, and compares what is wrong with it.
#[track_caller]
fn check(from: &str, to: &str, expected: &[(&str, &str)]) {
    let document = flood();
    assert!(document.contains(from), "{from}");
    let faults = parse(document.replacen(from, to, 1).as_bytes()).expect_err("it is read");
    let places: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(places, expected.iter().map(|(at, _)| *at).collect::<Vec<_>>(), "{faults:?}");
    for (fault, (_, part)) in faults.iter().zip(expected) {
        assert!(fault.reason.contains(part), "{fault}");
    }
}

#[track_caller]
fn check_warning(from: &str, to: &str, at: &str, part: &str) {
    let warnings = parse(flood().replacen(from, to, 1).as_bytes()).unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.at == at && warning.reason.contains(part)), "{warnings:?}");
}

#[test]
fn unknown_words_are_named_with_those_that_are_known() {
    check(">Actual<", ">actual<", &[("alert/status", "“actual” is unknown: expected one of Actual, Exercise")]);
    check(">Update<", ">Correct<", &[("alert/msgType", "expected one of Alert, Update")]);
    check(">Public<", ">All<", &[("alert/scope", "expected one of Public")]);
    check(">Met<", ">Rain<", &[("alert/info[1]/category[1]", "expected one of Geo")]);
    check(">Severe<", ">Bad<", &[("alert/info[1]/severity", "expected one of Extreme")]);
    check(">Expected<", ">Now<", &[("alert/info[1]/urgency", "expected one of Immediate")]);
    check(">Observed<", ">Sure<", &[("alert/info[1]/certainty", "expected one of Observed")]);
    assert!(parse(flood().replacen(">Observed<", ">Very Likely<", 1).as_bytes()).is_ok());
}

#[test]
fn what_the_head_lacks_is_said_at_once() {
    check(
        "<cap:identifier>IN-1790656981155013_13</cap:identifier>\n  <cap:sender>Uttar-Pradesh-SDMA</cap:sender>",
        "<cap:sender> </cap:sender>",
        &[("alert/identifier", "is missing"), ("alert/sender", "is empty")],
    );
    let faults = parse(br#"<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>"#).unwrap_err();
    let places: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(
        places,
        ["alert/identifier", "alert/sender", "alert/sent", "alert/status", "alert/msgType", "alert/scope"]
    );
}

#[test]
fn what_is_there_twice_is_said() {
    check("<cap:status>", "<cap:status>Test</cap:status><cap:status>", &[("alert/status", "2 times")]);
    check("<cap:headline>", "<cap:headline>a</cap:headline><cap:headline>", &[("alert/info[1]/headline", "2 times")]);
    check(
        "<cap:areaDesc>",
        "<cap:areaDesc>a</cap:areaDesc><cap:areaDesc>",
        &[("alert/info[1]/area[1]/areaDesc", "2 times")],
    );
}

#[test]
fn texts_and_elements_stand_where_cap_has_them() {
    check("<cap:headline>", "<cap:headline><cap:b/>", &[("alert/info[1]/headline", "only text")]);
    check("<cap:headline>", "<cap:headline><b xmlns='http://www.w3.org/1999/xhtml'>", &[("document", "is no XML")]);
    check("<cap:headline>", "<cap:headline><b xmlns='urn:x'>a</b>", &[("alert/info[1]/headline", "only text")]);
    check("<cap:info>", "<cap:info>hidden", &[("alert/info[1]", "only elements")]);
    check_warning("<cap:info>", "<cap:info><cap:secret>a</cap:secret>", "alert/info[1]", "“secret”");
}

#[test]
fn times_have_a_zone() {
    check("2026-09-29T08:12:40+05:30", "2026-09-29T08:12:40", &[("alert/sent", "no time zone")]);
    check("2026-09-29T21:00:00+05:30", "29.9.2026", &[("alert/info[1]/expires", "expected a date")]);
    check("2026-09-29T21:00:00+05:30", "2026-09-31T21:00:00+05:30", &[("alert/info[1]/expires", "that exists")]);
    assert!(parse(flood().replace("+05:30", "Z").as_bytes()).is_ok());
}

#[test]
fn shapes_are_closed_and_on_earth() {
    let at = "alert/info[1]/area[1]/polygon[1]";
    for (ring, part) in [
        ("NaN,77 13,77 13,78 NaN,77", "“NaN” is no number"),
        ("12,inf 13,77 13,78 12,inf", "“inf” is no number"),
        ("1e1,77 13,77 13,78 1e1,77", "“1e1” is no number"),
        ("12,77 13,77 13,78 12,78", "open"),
        ("12,77 13,77 12,77", "four points"),
        ("12 77 13 77", "“12” is no point"),
        ("12,77,5 13,77,5 13,78,5 12,77,5", "“77,5” is no number"),
        ("100,77 13,77 13,78 100,77", "latitude"),
        ("१२,77 13,77 13,78 १२,77", "is no number"),
    ] {
        check("<cap:circle>", &format!("<cap:polygon>{ring}</cap:polygon><cap:circle>"), &[(at, part)]);
    }
    let at = "alert/info[1]/area[1]/circle[1]";
    for (circle, part) in [
        ("26.1410,83.8790", "is no circle"),
        ("26.1410,83.8790 25 km", "is no circle"),
        ("26.1410,83.8790 -1", "radius"),
        ("26.1410,83.8790 NaN", "“NaN”"),
        ("26.1410,183.8790 1", "longitude"),
    ] {
        check("26.1410,83.8790 25.0", circle, &[(at, part)]);
    }
    let spread = "<cap:polygon>\n 12.0,77.0\n\t12.0,77.0  13,77 13,78 12,77\n</cap:polygon><cap:polygon/><cap:circle>";
    assert_eq!(
        parse(flood().replacen("<cap:circle>", spread, 1).as_bytes()).unwrap().infos[0].areas[0].polygons.len(),
        1
    );
}

#[test]
fn references_are_whole() {
    check(
        "Uttar-Pradesh-SDMA,IN-1790656981155012_13,",
        "IN-1790656981155012_13,",
        &[("alert/references", "no reference")],
    );
    check_warning("<cap:sender>Uttar-Pradesh-SDMA", "<cap:sender>Uttar Pradesh", "alert/sender", "cannot refer");
    check("<cap:sender>Uttar-Pradesh-SDMA", &format!("<cap:sender>{}", "x".repeat(256)), &[("alert/sender", "255")]);
}

#[test]
fn letters_that_turn_the_writing_are_told() {
    check_warning("<cap:headline>", "<cap:headline>\u{202e}", "alert/info[1]/headline", "direction");
}

#[test]
fn faults_are_many_but_not_endless() {
    let polygons = "<cap:polygon>x</cap:polygon>".repeat(30_000);
    let faults = parse(flood().replacen("<cap:circle>", &format!("{polygons}<cap:circle>"), 1).as_bytes()).unwrap_err();
    assert_eq!((faults.len(), faults[50].to_string()), (51, "document: has 29950 more faults, not listed".to_owned()));
}

/// A megabyte of everything that an alert may have many of is read and turned into a draft, or refused, in time.
#[test]
fn a_megabyte_of_anything_is_read_in_time() {
    let places = Places::india().unwrap();
    let parts: [fn(usize) -> String; 9] = [
        |_| "<cap:polygon>1,1 1,2 2,2 1,1</cap:polygon>".to_owned(),
        |i| format!("<cap:circle>1,1 {}</cap:circle>", i % 5000),
        |i| {
            format!(
                "<cap:geocode><cap:valueName>PIN</cap:valueName><cap:value>{}</cap:value></cap:geocode>",
                100_000 + i
            )
        },
        |i| format!("<cap:geocode><cap:valueName>{i}</cap:valueName><cap:value>1</cap:value></cap:geocode>"),
        |_| "<cap:polygon/>".to_owned(),
        |i| format!("<cap:x{i}/>"),
        |i| format!("</cap:area><cap:area><cap:areaDesc>{i}</cap:areaDesc>"),
        |i| {
            format!(
                "</cap:area></cap:info><cap:info><cap:language>hi</cap:language><cap:headline>{i}</cap:headline><cap:area>"
            )
        },
        |i| format!("</cap:area><cap:resource><cap:uri>https://x.in/{i}</cap:uri></cap:resource><cap:area>"),
    ];
    for part in parts {
        let mut middle = String::new();
        for i in 0.. {
            let next = part(i);
            if middle.len() + next.len() > 1024 * 1024 - 4_000 {
                break;
            }
            middle += &next;
        }
        let started = Instant::now();
        let result =
            crate::import(flood().replacen("<cap:circle>", &format!("{middle}<cap:circle>"), 1).as_bytes(), &places);
        assert!(result.map_or_else(|faults| faults.len(), |import| import.warnings.len()) <= 52);
        assert!(started.elapsed() < Duration::from_secs(20), "{}: {:?}", part(1), started.elapsed());
    }
}

#[test]
fn polygon_of_a_megabyte_is_refused_for_its_points() {
    let ring = "1,1 ".repeat(200_000);
    check(
        "<cap:circle>",
        &format!("<cap:polygon>{ring}</cap:polygon><cap:circle>"),
        &[("alert/info[1]/area[1]/polygon[1]", "at most 50000")],
    );
}

/// A piece of a document, put where it does not belong.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            "<",
            ">",
            "&",
            ";",
            "/",
            "]]>",
            "<![CDATA[",
            "<!--",
            "-->",
            "<?",
            "?>",
            "<!DOCTYPE a [",
            "<!ENTITY",
            "&#",
            "&#x0;",
            "\u{0}",
            "\u{feff}",
            "</cap:info>",
            "<cap:info>",
            "<cap:area>",
            "<info>",
            "</info>",
            "xmlns=''",
            "'",
            "\"",
            "NaN",
            "-",
            ",",
            " ",
            "+05:30",
            "99999999999999999999",
            "é",
            "\u{202e}",
            "🌊",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn no_text_causes_a_panic(text in "(<[/!?]?[a-z:]{0,3}( [a-z]=['\"]?.?)?[/?]?>|&[#x0-9a-z]{0,4};|\\PC){0,40}") {
        let _ = parse(text.as_bytes());
        let _ = parse(format!("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>{text}</alert>").as_bytes());
    }

    #[test]
    fn no_change_of_a_real_alert_causes_a_panic(
        file in prop::sample::select(&FILES[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..30_usize, piece()), 1..6),
    ) {
        let places = PLACES.with(Clone::clone);
        let mut document = file.to_vec();
        for (index, cut, piece) in changes {
            let start = index.index(document.len() + 1);
            let end = (start + cut).min(document.len());
            document.splice(start..end, piece);
        }
        if let Ok(import) = crate::import(&document, &places) {
            // What is taken in keeps the limits that hold while a draft is typed.
            prop_assert_eq!(import.content.size_faults(), vec![]);
        }
    }
}

thread_local! {
    static PLACES: std::rc::Rc<Places> = std::rc::Rc::new(Places::india().unwrap());
}
