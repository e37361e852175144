use munadi_domain::{
    area::{Area, Circle, Decimal5, Point, Polygon},
    content::{Attachment, LanguageVersion, Link},
    language::KNOWN,
    topic::Topic,
    vocabulary::{Category, Certainty, Severity, Status, Urgency},
};
use proptest::{option, prelude::*, sample::select, sample::subsequence};

use super::*;

/// What people type into one field, without the spaces around it.
fn line() -> impl Strategy<Value = String> {
    "[\\p{L}0-9<>\"'&%+=?#.-]{0,8}( [\\p{L}0-9]{1,5}){0,2}".prop_map(|text| text.trim().to_owned())
}

fn lines() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..3).prop_map(|lines| lines.join("\n").trim().to_owned())
}

fn time() -> impl Strategy<Value = OffsetDateTime> {
    (1_700_000_000..1_900_000_000_i64).prop_map(|unix| OffsetDateTime::from_unix_timestamp(unix).unwrap())
}

fn point() -> impl Strategy<Value = Point> {
    let decimal = |most: i32| (-most..=most).prop_map(Decimal5::from_e5);
    (decimal(9_000_000), decimal(18_000_000)).prop_map(Point::from)
}

fn polygon() -> impl Strategy<Value = Polygon> {
    prop::collection::vec(point(), 3..6).prop_map(|mut ring| {
        if ring.first() != ring.last() {
            ring.push(ring[0]);
        }
        Polygon(ring)
    })
}

fn area() -> impl Strategy<Value = Area> {
    let circle = (point(), 0..500_000_000).prop_map(|(center, e5)| Circle { center, radius_km: Decimal5::from_e5(e5) });
    let pins = prop::collection::btree_set(100_000..=999_999_i32, 0..5);
    (
        line(),
        subsequence(vec![1_u16, 7, 9, 33], 0..4),
        subsequence(vec![79_u16, 80, 650, 7], 0..4),
        pins,
        prop::collection::vec(polygon(), 0..3),
        prop::collection::vec(circle, 0..3),
    )
        .prop_map(|(description, states, districts, pins, polygons, circles)| Area {
            description,
            states,
            districts,
            pins: pins.into_iter().map(|number| number.try_into().unwrap()).collect(),
            polygons,
            circles,
        })
}

fn languages() -> impl Strategy<Value = Vec<LanguageVersion>> {
    let version = (select(KNOWN.map(|(tag, ..)| tag).to_vec()), line(), lines(), lines());
    let version = version.prop_map(|(tag, headline, body, instruction)| LanguageVersion {
        lang: tag.parse().unwrap(),
        headline,
        body,
        instruction,
    });
    prop::collection::vec(version, 0..4)
}

fn files() -> impl Strategy<Value = Vec<Attachment>> {
    let file = ("[a-z]{1,8}\\.pdf", any::<u64>(), "[0-9a-f]{64}").prop_map(|(name, size, sha256)| Attachment {
        name,
        media_type: "application/pdf".to_owned(),
        size,
        sha256,
    });
    prop::collection::vec(file, 0..3)
}

fn draft() -> impl Strategy<Value = DraftContent> {
    let link =
        (line(), "[a-z]{1,5}").prop_map(|(title, host)| Link { href: format!("https://{host}.in/?a=b&c"), title });
    let words = (
        option::of(select(Status::ALL)),
        option::of(select(Category::ALL)),
        option::of(select(Severity::ALL)),
        option::of(select(Urgency::ALL)),
        option::of(select(Certainty::ALL)),
        option::of(select(Topic::ALL)),
    );
    let references = prop::collection::vec("[a-z]{1,5},[a-z0-9]{1,9},2026-01-31T08:00:00Z", 0..3);
    let parts = (area(), languages(), prop::collection::vec(link, 0..3), files(), references);
    (words, option::of(time()), option::of(time()), parts).prop_map(|(words, effective, expires, parts)| {
        let (status, category, severity, urgency, certainty, topic) = words;
        let (area, languages, links, attachments, references) = parts;
        DraftContent {
            status,
            category,
            severity,
            urgency,
            certainty,
            topic,
            area,
            effective,
            expires,
            languages,
            links,
            attachments,
            references,
        }
    })
}

/// The form's fields as a browser sends them.
fn sent(form: &Form) -> Fields {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let mut put = |name: &str, value: &str| {
        query.append_pair(name, value);
    };
    put("revision", &form.revision.to_string());
    for (name, value) in [
        ("status", &form.status),
        ("category", &form.category),
        ("severity", &form.severity),
        ("urgency", &form.urgency),
        ("certainty", &form.certainty),
        ("topic", &form.topic),
        ("effective", &form.effective),
        ("expires", &form.expires),
        ("description", &form.description),
        ("pins", &form.pins),
        ("polygons", &form.polygons),
        ("circles", &form.circles),
    ] {
        put(name, value);
    }
    form.states.iter().for_each(|code| put("states", &code.to_string()));
    form.districts.iter().for_each(|code| put("districts", &code.to_string()));
    form.references.iter().for_each(|reference| put("references", reference));
    for (i, row) in form.languages.iter().enumerate() {
        put(&format!("lang-{i}"), &row.lang);
        put(&format!("headline-{i}"), &row.headline);
        put(&format!("body-{i}"), &row.body);
        put(&format!("instruction-{i}"), &row.instruction);
    }
    for (i, row) in form.links.iter().chain([&LinkRow::default()]).enumerate() {
        put(&format!("link-href-{i}"), &row.href);
        put(&format!("link-title-{i}"), &row.title);
    }
    for (i, row) in form.files.iter().chain([&FileRow::default()]).enumerate() {
        put(&format!("file-name-{i}"), &row.name);
        put(&format!("file-type-{i}"), &row.media_type);
        put(&format!("file-size-{i}"), &row.size);
        put(&format!("file-sha256-{i}"), &row.sha256);
    }
    Fields::of_query(&query.finish())
}

proptest! {
    #[test]
    fn what_was_saved_comes_back_from_the_form(content in draft()) {
        let shown = Form::of(7, &content);
        let read = Form::read(&sent(&shown));
        prop_assert_eq!(&read, &shown);
        let said = read.content();
        prop_assert_eq!(said.faults, Vec::new());
        prop_assert_eq!(said.content, content);
    }

    #[test]
    fn no_paste_breaks_the_form(pins in "\\PC{0,30}", polygons in "[0-9., \n-]{0,60}", circles in "[0-9., \n-]{0,40}") {
        let form = Form { pins, polygons, circles, ..Form::default() };
        let first = form.content().content;
        prop_assert_eq!(Form::of(0, &first).content().content, first);
    }
}

#[test]
fn lists_are_read_however_they_were_pasted() {
    let form = Form {
        pins: "110001,110002;\n110003 | 110001".to_owned(),
        polygons: "26.1,83.8 26.2,83.8 26.2,83.9\n\n25 82\n25.5 82\n25.5 82.5\n25 82".to_owned(),
        circles: "26.141,83.879 25".to_owned(),
        ..Form::default()
    };
    let read = form.content();
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    assert_eq!(area::print_pins(&read.content.area.pins), "110001 110002 110003");
    let rings: Vec<usize> = read.content.area.polygons.iter().map(|polygon| polygon.0.len()).collect();
    assert_eq!(rings, [4, 4], "the open one is closed");
    assert_eq!(area::print_circles(&read.content.area.circles), "26.14100, 83.87900, 25.00000");
}

#[test]
fn what_cannot_be_read_is_said_and_kept() {
    let form = Form {
        pins: "110001 Delhi".to_owned(),
        polygons: "26.1 north".to_owned(),
        circles: "26 83".to_owned(),
        expires: "tomorrow".to_owned(),
        files: vec![FileRow { size: "12 KB".to_owned(), ..FileRow::default() }],
        ..Form::default()
    };
    let read = form.content();
    let at: Vec<_> = read.faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(at, ["/area/pins", "/area/polygons", "/area/circles", "/expires", "/attachments/0"]);
    assert_eq!(read.content.area.pins.len(), 1);
}
