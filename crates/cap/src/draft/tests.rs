use munadi_domain::{topic::Topic, vocabulary::Severity};
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;

/// The draft and all that is said about it, as one JSON value; polygons as the counts of their points.
fn told(import: &CapImport) -> Value {
    let mut content = serde_json::to_value(&import.content).unwrap();
    for polygon in content["area"]["polygons"].as_array_mut().unwrap() {
        *polygon = json!(format!("{} points", polygon.as_array().unwrap().len()));
    }
    json!({
        "content": content,
        "intent": import.intent,
        "source": [import.source.sender, import.source.identifier, import.source.sent.to_string()],
        "references": import.references.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "warnings": import.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn import(document: &[u8]) -> Result<CapImport, Vec<Fault>> {
    crate::import(document, &Places::india().unwrap())
}

macro_rules! samples {
    ($($name:ident: $file:literal,)*) => {$(
        #[test]
        fn $name() {
            let import = import(include_bytes!(concat!("../../testdata/", $file))).unwrap();
            insta::assert_json_snapshot!(told(&import));
        }
    )*};
}

samples! {
    sachet_andhra_lightning: "sachet-andhra-lightning.cap",
    sachet_karnataka_thunderstorm: "sachet-karnataka-thunderstorm.cap",
    sachet_uttar_pradesh_flood: "sachet-uttar-pradesh-flood.cap",
    australia: "australia.cap",
    canada: "canada.cap",
    canada_signed: "canada_signed.cap",
    earthquake: "earthquake.cap",
    wcatwc_warning: "wcatwc-warning.cap",
    weather: "weather.cap",
}

#[test]
fn sachet_alerts_are_complete_but_for_their_age() {
    let places = Places::india().unwrap();
    let files: [(&[u8], _); 3] = [
        (include_bytes!("../../testdata/sachet-andhra-lightning.cap"), datetime!(2026-09-30 15:00 +5:30)),
        (include_bytes!("../../testdata/sachet-karnataka-thunderstorm.cap"), datetime!(2026-08-26 21:00 +5:30)),
        (include_bytes!("../../testdata/sachet-uttar-pradesh-flood.cap"), datetime!(2026-09-29 09:00 +5:30)),
    ];
    for (document, now) in files {
        import(document).unwrap().content.complete(&places, now).unwrap();
    }
}

#[test]
fn foreign_alert_is_a_draft_that_covers_nobody_here() {
    let draft = import(include_bytes!("../../testdata/australia.cap")).unwrap().content;
    let faults = draft.complete(&Places::india().unwrap(), datetime!(2011-10-06 0:00 UTC)).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.at.as_str()).collect::<Vec<_>>(), ["/area"]);
}

/// What `part` makes of each number, put together.
fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().concat()
}

/// An alert with one `info`; what is given replaces what stands there.
fn alert(changes: &[(&str, &str)]) -> String {
    let mut text = r#"<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>1</identifier><sender>sdma</sender><sent>2026-09-29T08:00:00+05:30</sent>
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
<info><language>en-IN</language><category>Met</category><event>Flood</event><urgency>Expected</urgency>
<severity>Severe</severity><certainty>Likely</certainty><expires>2026-09-29T20:00:00+05:30</expires>
<headline>Flood</headline><description>Water.</description><instruction>Go.</instruction>
<area><areaDesc>Ballia</areaDesc><geocode><valueName>PIN Code</valueName><value>277001</value></geocode></area></info>
</alert>"#
        .to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

/// The alert with a second `info`.
fn with_second(info: &str) -> String {
    alert(&[("</alert>", &format!("{info}</alert>"))])
}

#[track_caller]
fn check_fault(changes: &[(&str, &str)], at: &str, part: &str) {
    let faults = import(alert(changes).as_bytes()).unwrap_err();
    assert_eq!((faults.len(), faults[0].at.as_str()), (1, at), "{faults:?}");
    assert!(faults[0].reason.contains(part), "{faults:?}");
}

#[track_caller]
fn check_warning(document: &str, at: &str, part: &str) -> CapImport {
    let import = import(document.as_bytes()).unwrap();
    let is_told = import.warnings.iter().any(|warning| warning.at == at && warning.reason.contains(part));
    assert!(is_told, "{:?}", import.warnings);
    import
}

#[test]
fn plain_alert_has_no_warnings() {
    assert_eq!(import(alert(&[]).as_bytes()).unwrap().warnings, []);
}

#[test]
fn what_is_not_for_the_public_is_refused() {
    check_fault(&[("Public", "Restricted")], "alert/scope", "few");
    check_fault(&[("Public", "Private")], "alert/scope", "few");
    check_fault(&[(">Actual<", ">System<")], "alert/status", "machines");
    check_fault(&[(">Alert<", ">Ack<")], "alert/msgType", "nothing to publish");
    check_fault(&[(">Alert<", ">Error<")], "alert/msgType", "nothing to publish");
}

#[test]
fn draft_status_is_left_to_the_officer() {
    let import = check_warning(&alert(&[(">Actual<", ">Draft<")]), "alert/status", "Draft");
    assert_eq!(import.content.status, None);
}

#[test]
fn what_is_missing_everywhere_is_a_fault() {
    check_fault(&[("<severity>Severe</severity>", "")], "alert/info[1]/severity", "missing");
    check_fault(&[("<severity>Severe</severity>", "<severity/>")], "alert/info[1]/severity", "missing");
    check_fault(&[("<category>Met</category>", "")], "alert/info[1]/category", "missing");
    check_fault(
        &[("<event>Flood</event>", ""), ("<headline>Flood</headline>", "")],
        "alert/info[1]/headline",
        "missing",
    );
}

#[test]
fn alert_without_info_says_nothing_but_a_cancel_may() {
    let document = alert(&[]);
    let (head, rest) = document.split_once("<info>").unwrap();
    let bare = format!("{head}{}", rest.split_once("</info>").unwrap().1);
    assert_eq!(import(bare.as_bytes()).unwrap_err()[0].at, "alert/info");
    let cancel = bare.replace(">Alert<", ">Cancel<");
    let import = check_warning(&cancel, "alert/info", "canceled");
    assert_eq!((import.intent, import.content.languages.len()), (Intent::Cancel, 0));
}

#[test]
fn infos_that_differ_give_the_safest_values() {
    let document = with_second(
        "<info><language>hi</language><category>Met</category><event>बाढ़</event><urgency>Immediate</urgency>
        <severity>Extreme</severity><certainty>Possible</certainty><effective>2026-09-29T07:00:00+05:30</effective>
        <expires>2026-09-29T21:00:00+05:30</expires></info>",
    );
    let import = check_warning(&document, "alert/info/severity", "Extreme, is taken");
    assert_eq!(import.content.severity, Some(Severity::Extreme));
    assert_eq!(import.content.expires, Some(datetime!(2026-09-29 15:30 UTC)));
    assert_eq!(import.content.effective, Some(datetime!(2026-09-29 1:30 UTC)));
    assert_eq!(import.content.languages[1].headline, "बाढ़");
    let told: Vec<&str> = import.warnings.iter().map(|warning| warning.at.as_str()).collect();
    assert_eq!(told, ["alert/info/severity", "alert/info/urgency", "alert/info/certainty", "alert/info/expires"]);
}

#[test]
fn second_text_in_a_language_is_put_under_the_first() {
    let second = alert(&[]).split_once("<info>").unwrap().1.split_once("</info>").unwrap().0.replace("Water.", "Mud.");
    let import = check_warning(&with_second(&format!("<info>{second}</info>")), "alert/info[2]", "under");
    let versions = &import.content.languages;
    assert_eq!((versions.len(), versions[0].body.as_str()), (1, "Water.\n\nFlood\n\nMud."));
    assert_eq!(versions[0].instruction, "Go.");
    let same = with_second(&format!("<info>{}</info>", second.replace("Mud.", "Water.")));
    assert_eq!(super::tests::import(same.as_bytes()).unwrap().warnings, []);
}

#[test]
fn texts_are_limited() {
    let long = "बाढ़ ".repeat(60);
    let import =
        check_warning(&alert(&[("<headline>Flood", &format!("<headline>{long}"))]), "alert/info[1]/headline", "cut");
    let version = &import.content.languages[0];
    assert!(version.headline.chars().count() <= limits::HEADLINE_CHARS && version.headline.ends_with('…'));
    assert_eq!(version.body, format!("{}\n\nWater.", long.trim()));
    check_fault(&[("Water.", &"x".repeat(10_001))], "alert/info[1]/description", "at most 10000");
    check_fault(&[("Go.", &"x".repeat(4_001))], "alert/info[1]/instruction", "at most 4000");
    let import = check_warning(&alert(&[(">Ballia<", &format!(">{long}{long}<"))]), "alert/info/area/areaDesc", "cut");
    assert!(import.content.area.description.chars().count() <= limits::AREA_DESCRIPTION_CHARS);
}

#[test]
fn languages_are_limited() {
    let infos =
        many(17, |i| format!("<info><language>x{}</language><event>x</event></info>", ('a'..='q').nth(i).unwrap()));
    let faults = import(with_second(&infos).as_bytes()).unwrap_err();
    assert!(faults[0].reason.contains("at most 16"), "{faults:?}");
    check_fault(&[("en-IN", "हिं")], "alert/info[1]/language", "no language");
}

#[test]
fn codes_are_checked_against_the_places_that_exist() {
    let code = |name: &str, value: &str| alert(&[("PIN Code", name), ("277001", value)]);
    let draft = |document: &str| import(document.as_bytes()).unwrap().content.area;
    assert_eq!(draft(&code("LGD District Code", "0754")).districts, [754]);
    assert_eq!(draft(&code("lgd-state code", "28")).states, [28]);
    assert_eq!(draft(&code("Pincode", "110 001")).pins, ["110001".parse().unwrap()]);
    let at = "alert/info[1]/area[1]/geocode[1]";
    // What does not exist stays, so that the submission fails rather than reach too few.
    let unknown = check_warning(&code("LGD District Code", "64000"), at, "exists");
    assert_eq!(unknown.content.area.districts, [64_000]);
    check_warning(&code("PIN", "999999"), at, "exists");
    check_warning(&code("FIPS6", "030049"), at, "“FIPS6”");
    for value in ["+754", "7 54", "７５４", "99999", "-1", "x"] {
        check_fault(&[("PIN Code", "LGD District Code"), ("277001", value)], &format!("{at}/value"), "digits");
    }
}

#[test]
fn doubles_of_areas_count_once_and_counts_are_limited() {
    let geocode = "<geocode><valueName>PIN</valueName><value>110001</value></geocode>";
    let shape = "<polygon>1,1 1,2 2,2 1,1</polygon><circle>1,1 1</circle>";
    let area =
        import(alert(&[("</area>", &format!("{}{}</area>", shape.repeat(5_000), geocode.repeat(5_000)))]).as_bytes());
    let area = area.unwrap().content.area;
    assert_eq!((area.polygons.len(), area.circles.len(), area.pins.len()), (1, 1, 2));
    let circles = many(1_001, |i| format!("<circle>1,1 {i}</circle>"));
    check_fault(
        &[("</area>", &format!("{circles}</area>"))],
        "alert/info/area",
        "circles: 1001 are given, at most 1000",
    );
}

#[test]
fn links_are_secure_and_limited() {
    let web = |href: &str| alert(&[("<area>", &format!("<web>{href}</web><area>"))]);
    let import = super::tests::import(web("https://ndma.gov.in/a?b=1&amp;c=2").as_bytes()).unwrap();
    assert_eq!(import.content.links[0].href, "https://ndma.gov.in/a?b=1&c=2");
    for href in ["http://ndma.gov.in", "javascript:alert(1)", "https://a:b@ndma.gov.in", "ndma", "https://"] {
        let import = check_warning(&web(href), "alert/info[1]/web", "left out");
        assert_eq!(import.content.links, []);
    }
    let resources = many(12, |i| {
        format!(
            "<resource><resourceDesc>m</resourceDesc><mimeType>image/png</mimeType><uri>https://x.in/{i}</uri></resource>"
        )
    });
    let import =
        check_warning(&alert(&[("<area>", &format!("{resources}<area>"))]), "alert/info[1]/resource[11]", "at most 10");
    assert_eq!(import.content.links.len(), 10);
    let digest =
        "<resource><resourceDesc>m</resourceDesc><digest>da39a3ee5e6b4b0d3255bfef95601890afd80709</digest></resource>";
    check_warning(&alert(&[("<area>", &format!("{digest}<area>"))]), "alert/info[1]/resource[1]", "SHA-1");
}

#[test]
fn update_says_what_it_follows() {
    check_warning(&alert(&[(">Alert<", ">Update<")]), "alert/references", "missing");
    let references = many(60, |i| format!("sdma,{i},2026-09-29T08:00:00+05:30 "));
    let document = alert(&[("</scope>", &format!("</scope><references>{references}</references>"))]);
    let import = check_warning(&document, "alert/references", "first 50");
    assert_eq!((import.references.len(), import.content.references.len()), (60, 50));
}

#[test]
fn own_topic_code_outranks_the_event() {
    let code = "<eventCode><valueName>munadi:topic</valueName><value>health</value></eventCode><area>";
    let import = import(alert(&[("<area>", code)]).as_bytes()).unwrap();
    assert_eq!((import.content.topic, import.warnings), (Some(Topic::Health), vec![]));
}

#[test]
fn what_has_no_place_is_told_once() {
    let extra = "<onset>2026-09-29T08:00:00+05:30</onset><contact>100</contact><parameter><valueName>a</valueName><value>b</value></parameter><area>";
    check_warning(&alert(&[("<area>", extra)]), "alert", "contact, onset, parameter");
}
