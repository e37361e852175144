//! Getting notices, the inbox, the archive, and what is kept in the browser; all of it without a script.

use super::{Site, notice::publish};

#[tokio::test]
async fn every_page_is_there_in_both_languages() {
    let site = Site::new().await;
    for path in [
        "/",
        "/inbox",
        "/archive",
        "/verify",
        "/manage",
        "/about",
        "/reach",
        "/privacy",
        "/accessibility",
        "/terms",
        "/offline",
    ] {
        for lang in ["en", "hi"] {
            let answer = site.get(path).reader(lang).send().await;
            let page = answer.text();
            assert_eq!(answer.status, 200, "{path}");
            assert!(page.contains(&format!("<html lang=\"{lang}\" dir=\"ltr\">")), "{path}");
            assert_eq!((page.matches("<h1").count(), page.matches("<main").count()), (1, 1), "{path}");
            assert!(!page.contains(" style=") && !page.contains("<style"), "{path}");
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        }
    }
}

#[tokio::test]
async fn place_is_shown_by_its_name_before_it_is_chosen() {
    let site = Site::new().await;
    let page = site
        .get("/?pins=221%20715%20%E0%A5%A7%E0%A5%A7%E0%A5%A6%E0%A5%A6%E0%A5%A6%E0%A5%A7&topics=flood&language=ta")
        .reader("en")
        .page(200)
        .await;
    assert!(page.contains("221715 Ballia, Uttar Pradesh") && page.contains("110001 New Delhi, Delhi"), "{page}");
    assert!(page.contains("value=\"flood\" checked") && page.contains("value=\"ta\" lang=\"ta\" selected"), "{page}");
    let page = site.get("/?pin=999999").reader("hi").page(422).await;
    assert!(page.contains("“999999” पिन कोड की कोई जगह नहीं है"), "{page}");
}

#[tokio::test]
async fn wishes_are_kept_in_the_browser_and_lead_to_the_inbox() {
    let site = Site::new().await;
    let answer = site.post("/subscribe", "pins=110001+226001&topics=flood&language=hi").send().await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/inbox#notifications"));
    let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    assert!(cookies[0].starts_with("inbox=110001,226001~flood~hi; Path=/; Max-Age="), "{cookies:?}");
    assert!(cookies.iter().all(|cookie| cookie.contains("HttpOnly; SameSite=Lax; Secure")), "{cookies:?}");

    let near = publish(&site, |_| {}).await;
    publish(&site, |content| {
        content.area.pins = vec!["560001".parse().unwrap()];
        content.languages[0].headline = "बेंगलुरु की सूचना".to_owned();
    })
    .await;
    let page = site.get("/inbox").cookie("inbox=110001,226001~flood~hi; lang=hi").page(200).await;
    assert!(page.contains(&format!("data-notice=\"{}\"", munadi_testkit::people::id(&near))), "{page}");
    assert!(!page.contains("बेंगलुरु की सूचना") && page.contains("226001 Lucknow, Uttar Pradesh"), "{page}");
    assert!(
        page.contains("data-pins=\"110001,226001\" data-topics=\"flood\" data-language=\"hi\" data-position=\"2\"")
    );
    assert!(page.contains("id=\"notifications\""));
    // A link shows another's list, and offers no notifications for it.
    let page = site.get("/inbox?pins=560001&topics=").cookie("inbox=110001~~hi").page(200).await;
    assert!(page.contains("बेंगलुरु की सूचना") && !page.contains("id=\"notifications\""), "{page}");
    let page = site.get("/manage").cookie("inbox=110001~flood~hi").reader("en").page(200).await;
    assert!(page.contains("110001 New Delhi, Delhi") && page.contains("action=\"/forget\""), "{page}");
    let answer = site.post("/forget", "").send().await;
    assert!(answer.header("set-cookie").starts_with("inbox=; Path=/; Max-Age=0"), "{answer:?}");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_field_with_what_was_typed() {
    let site = Site::new().await;
    for (form, lang, words) in [
        ("pins=&language=hi", "en", "Enter your PIN code: six digits"),
        ("pins=12&topics=fire&language=hi", "hi", "“12” पिन कोड की कोई जगह नहीं है"),
        ("pins=%3Cb%3E110001%22&topics=fire", "en", "There is no place with the PIN code “b”"),
    ] {
        let page = site.post("/subscribe", form).reader(lang).page(422).await;
        assert!(
            page.contains(words) && page.contains("href=\"#pins\"") && page.contains("aria-invalid=\"true\""),
            "{page}"
        );
        assert!(page.contains("aria-describedby=\"pins-hint pins-fault\""), "{page}");
        assert!(form.contains("fire") == page.contains("value=\"fire\" checked") && !page.contains("<b>110001"));
    }
    let foreign = site.post("/subscribe", "pins=110001").header("origin", "https://evil.in");
    let mut foreign = foreign;
    foreign.headers.remove("sec-fetch-site");
    assert_eq!(foreign.send().await.status, 403);
}

#[tokio::test]
async fn archive_keeps_the_search_from_page_to_page() {
    let site = Site::new().await;
    for _ in 0..21 {
        publish(&site, |_| {}).await;
    }
    let page = site.get("/archive?topic=flood&text=Yamuna&state=7").reader("en").page(200).await;
    assert_eq!(page.matches("<article").count(), 20);
    let next = page
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&")
        .replace("&amp;", "&");
    assert!(next.starts_with("/archive?text=Yamuna&state=7&topic=flood&before="), "{next}");
    assert_eq!(site.get(&next).page(200).await.matches("<article").count(), 1);
    assert!(page.contains("/feeds/notices.atom?state=7&#38;topic=flood"), "{page}");
    assert!(page.contains("<option value=\"79\""), "the state's districts can be chosen: {page}");
    let page = site.get("/archive?pin=560001").reader("en").page(200).await;
    assert!(page.contains("Nothing was found"), "{page}");
    let page =
        site.get("/archive?pin=1&from=x&department=%3Cscript%3E&text=%27%20%7C%20%21").reader("en").page(422).await;
    assert!(page.contains("Enter at least one word") && page.contains("id=\"from-fault\""), "{page}");
    assert!(page.contains("There is no place with the PIN code “1”") && !page.contains("<script>"), "{page}");
}

#[tokio::test]
async fn every_department_is_there_however_many_there_are() {
    let site = Site::new().await;
    let many = "insert into department (id, slug, name, created_at)
        select 'dep_7' || lpad(n::text, 25, '0'), 'office-' || n, jsonb_build_object('en', 'Office ' || n), now()
        from generate_series(1, 120) as n";
    sqlx::query(many).execute(&site.town().world.database.pool().await).await.unwrap();
    for path in ["/archive", "/about"] {
        let page = site.get(path).reader("en").page(200).await;
        assert!(page.contains("Office 1<") && page.contains("Office 120<"), "{path}: {page}");
    }
}
