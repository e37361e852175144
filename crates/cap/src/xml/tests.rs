use std::time::{Duration, Instant};

use super::*;

const OPEN: &str = r#"<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">"#;

fn alert(inner: &str) -> String {
    format!("{OPEN}{inner}</alert>")
}

#[track_caller]
fn check(document: impl AsRef<[u8]>, part: &str) {
    let started = Instant::now();
    let reason = read(document.as_ref()).expect_err("it is read").reason;
    assert!(reason.contains(part), "{reason}");
    // Milliseconds, if the time grows with the length; minutes, if with its square.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// What `part` makes of each number, put together.
fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().concat()
}

fn text_of(inner: &str) -> String {
    read(alert(inner).as_bytes()).unwrap().text
}

#[test]
fn names_are_those_of_the_namespace_whatever_the_prefix() {
    for document in [
        r#"<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><sent/></alert>"#,
        r#"<x:alert xmlns:x="urn:oasis:names:tc:emergency:cap:1.1"><x:sent/></x:alert>"#,
        r#"<a:alert xmlns:a="urn:oasis:names:tc:emergency:cap:1.2"><sent xmlns="urn:oasis:names:tc:emergency:cap:1.2"/></a:alert>"#,
        r#"<a:alert xmlns:a="urn:oasis:names:tc:emergency:cap:1.2" xmlns:b="urn:x"><b:sent><a:no/></b:sent><a:sent/></a:alert>"#,
    ] {
        let root = read(document.as_bytes()).unwrap();
        assert_eq!(root.children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>(), ["sent"], "{document}");
    }
}

#[test]
fn texts_are_put_together() {
    assert_eq!(text_of("a &amp; b<!-- c --> <![CDATA[<d> & ]]>&#x939;&#2367; &lt;<?pi e?>"), "a & b <d> & हि <");
    assert_eq!(text_of("a<x xmlns='urn:x'>hidden<y/>&amp;</x>b"), "ab");
    assert_eq!(read(format!("\u{feff}{}", alert("x")).as_bytes()).unwrap().text, "x");
}

#[test]
fn document_types_and_entities_are_refused() {
    let lol = many(9, |i| format!(r#"<!ENTITY l{} "{}">"#, i + 1, format!("&l{i};").repeat(10)));
    check(
        format!(r#"<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY l0 "lol">{lol}]>{}"#, alert("&l9;")),
        "document type",
    );
    check(format!(r#"<!DOCTYPE alert SYSTEM "http://127.0.0.1/x.dtd">{}"#, alert("")), "document type");
    check(format!(r#"<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>{}"#, alert("")), "document type");
    check(format!("<!doctype alert>{}", alert("")), "document type");
    check(alert("&xxe;"), "entity");
    check(alert("<sent a='&xxe;'/>"), "entity");
    check(alert("<x xmlns='urn:x'>&xxe;</x>"), "entity");
    for reference in ["&#0;", "&#x0;", "&#8;", "&#xd800;", "&#xffff;", "&#x110000;", "&#99999999999;", "&#;", "&#x;"] {
        check(alert(reference), "character");
    }
}

#[test]
fn inclusions_are_refused() {
    let include = r#"<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>"#;
    check(alert(include), "XInclude");
    check(alert(&format!("<x xmlns='urn:x'>{include}</x>")), "XInclude");
}

#[test]
fn only_utf8_is_read() {
    let document = alert("बाढ़");
    for encode in [u16::to_le_bytes, u16::to_be_bytes] {
        let units = |text: &str| text.encode_utf16().flat_map(encode).collect::<Vec<_>>();
        check(units(&document), "save it as UTF-8");
        check(units(&format!("\u{feff}{document}")), "save it as UTF-8");
    }
    check(format!("<?xml version='1.0' encoding='UTF-16'?>{document}"), "declares the encoding “UTF-16”");
    check(format!("<?xml version='1.0' encoding='ISO-8859-1'?>{OPEN}</alert>"), "only UTF-8");
    check([OPEN.as_bytes(), b"\n\xe9t\xe9</alert>"].concat(), "line 2: has a byte that is not UTF-8");
    check([OPEN.as_bytes(), b"\xc0\xaf</alert>"].concat(), "not UTF-8");
    check([OPEN.as_bytes(), b"\xed\xa0\x80</alert>"].concat(), "not UTF-8");
    assert!(read(format!("<?xml version='1.0' encoding='utf-8'?>{document}").as_bytes()).is_ok());
}

#[test]
fn what_is_no_xml_is_refused() {
    for (document, part) in [
        (String::new(), "is empty"),
        (" \n".to_owned(), "is empty"),
        ("{}".to_owned(), "outside of its root"),
        (OPEN.to_owned(), "ends before <alert> is closed"),
        (alert("<a>"), "is no XML"),
        (alert("</a>"), "is no XML"),
        (alert("<a></b>"), "is no XML"),
        (alert("<a b=c/>"), "is no XML"),
        (alert("<a b='1' b='2'/>"), "is no XML"),
        (alert("<a b='<'/>"), "in an attribute"),
        (alert("a & b"), "is no XML"),
        (alert("a ]]> b"), "]]>"),
        (alert("<!-- a -- b -->"), "is no XML"),
        (alert("\u{1}"), "U+0001"),
        (alert("\u{fffe}"), "U+FFFE"),
        (alert("a\0"), "U+0000"),
        (alert("<p:a/>"), "prefix “p”"),
        (alert("") + &alert(""), "more than one root"),
        (alert("") + "x", "outside of its root"),
        (alert("") + "<![CDATA[]]>", "outside of its root"),
        (alert("") + "&amp;", "outside of its root"),
        (format!("\n<?xml version='1.0'?>{}", alert("")), "at its very start"),
        (format!("<?xml version='1.1'?>{}", alert("")), "XML 1.0"),
        (format!("<?xml encoding='utf-8'?>{}", alert("")), "declaration"),
        (format!("<?xml version='1.0' encoding='utf-8' encoding='utf-16'?>{}", alert("")), "declaration"),
        (alert("<a xmlns:xmlns='urn:x'/>"), "is no XML"),
    ] {
        check(document, part);
    }
}

#[test]
fn other_documents_are_no_alerts() {
    for document in [
        "<alert/>",
        "<alert xmlns='http://www.incident.com/cap/1.0'/>",
        "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.20'/>",
        "<info xmlns='urn:oasis:names:tc:emergency:cap:1.2'/>",
        "<feed xmlns='http://www.w3.org/2005/Atom'/>",
        "<html/>",
    ] {
        check(document, "is no CAP alert");
    }
}

#[test]
fn ten_megabytes_are_not_even_looked_at() {
    check(alert(&"x".repeat(10 * 1024 * 1024)), "at most 1048576");
    check(vec![b'<'; 1024 * 1024 + 1], "at most 1048576");
}

#[test]
fn depth_and_counts_are_limited() {
    check(OPEN.to_owned() + &"<a>".repeat(100_000), "32 deep");
    check(OPEN.to_owned() + &"<x xmlns='urn:x'>".repeat(50_000), "32 deep");
    check("<alert>".repeat(100_000), "is no CAP alert");
    check(alert(&"<a/>".repeat(200_000)), "more than 200000 elements");
    let attributes = many(60_000, |i| format!(" a{i}='{i}'"));
    check(alert(&format!("<a{attributes}/>")), "32 attributes");
    let attributes = " a=''".repeat(200_000);
    check(alert(&format!("<a{attributes}/>")), "32 attributes");
    let bindings = many(40_000, |i| format!(" xmlns:a{i}='u'"));
    check(alert(&format!("<a{bindings}/>")), "is no XML");
    check(format!("<?xml version='1.0'{}?>{}", " a=''".repeat(200_000), alert("")), "declaration");
}

/// A megabyte of what makes careless parsers slow.
#[test]
fn time_grows_with_the_length_only() {
    let size = 1024 * 1024 - 100;
    for part in
        ["&amp;", "<!---->", "<![CDATA[]]>", "<?a?>", "\n", "]]", "<x xmlns='u'/>", "<a xmlns:b='u' xmlns:c='u'></a>"]
    {
        let count = (size / part.len()).min(199_000);
        let started = Instant::now();
        assert!(read(alert(&part.repeat(count)).as_bytes()).is_ok(), "{part}");
        assert!(started.elapsed() < Duration::from_secs(20), "{part}: {:?}", started.elapsed());
    }
    for start in ["<!--", "<![CDATA[", "<?", "<a b='", "<!DOCTYPE [<!--", "<!DOCTYPE [<", "&", "<"] {
        check(OPEN.to_owned() + &start.repeat(size / start.len()), "");
        check(OPEN.to_owned() + start + &"-".repeat(size), "");
        check(OPEN.to_owned() + start + &"'\"".repeat(size / 2), "");
    }
}
