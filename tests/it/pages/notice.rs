//! A notice's page, whatever became of the notice.

use munadi_domain::{content::DraftContent, notice::Intent, vocabulary::Status};
use munadi_services::notices::NoticeRecord;
use munadi_testkit::people::id;
use time::Duration;

use super::Site;

/// Publishes a notice that says something else than usual.
pub(super) async fn publish(site: &Site, change: impl FnOnce(&mut DraftContent)) -> NoticeRecord {
    let town = site.town();
    let mut content = town.content();
    change(&mut content);
    town.publish(&town.approve(&town.submit(&town.draft_of(&content).await).await).await).await
}

fn path(notice: &NoticeRecord) -> String {
    format!("/notices/{}", id(notice))
}

#[tokio::test]
async fn notice_that_is_none_has_a_page_that_says_so() {
    let site = Site::new().await;
    for name in ["x", "ntc_01jd6z3v9we7fbvk3xq5m8n2rt"] {
        let page = site.get(&format!("/notices/{name}")).reader("hi").page(404).await;
        assert!(page.contains("<html lang=\"hi\""), "{page}");
    }
}

#[tokio::test]
async fn page_is_in_the_readers_language_and_leads_to_the_others() {
    let site = Site::new().await;
    let path = path(&site.town().published().await);
    let hindi = site.get(&path).reader("hi").page(200).await;
    assert!(hindi.contains("<html lang=\"hi\" dir=\"ltr\">"), "{hindi}");
    assert!(hindi.contains("यमुना खतरे के निशान से ऊपर") && hindi.contains("तुरंत ऊँचे स्थान पर जाएँ।"));
    assert!(hindi.contains("इस सूचना पर दो अधिकारियों और विभाग के हस्ताक्षर हैं।"));
    let english = site.get(&path).reader("en").page(200).await;
    assert!(
        english.contains("<span lang=\"en-IN\" dir=\"ltr\">The Yamuna is above the danger mark</span>"),
        "{english}"
    );
    assert!(english.contains("Two officers and the department have signed this notice."));
    assert!(english.contains(&format!("href=\"{path}?in=hi\"")));
    // The page's words in one language, the notice in another.
    let mixed = site.get(&format!("{path}?in=hi")).reader("en").page(200).await;
    assert!(mixed.contains("<html lang=\"en\"") && mixed.contains("<span lang=\"hi\" dir=\"ltr\">यमुना"), "{mixed}");
    let chosen = site.get(&path).reader("en").cookie("inbox=110001~~hi").page(200).await;
    assert!(chosen.contains("<span lang=\"hi\" dir=\"ltr\">यमुना"));
}

#[tokio::test]
async fn page_has_what_is_passed_on_and_nothing_of_whoever_signed() {
    let site = Site::new().await;
    let notice = site.town().published().await;
    let page = site.get(&path(&notice)).page(200).await;
    let address = format!("https://munadi.test{}", path(&notice));
    assert!(page.contains(&format!("<meta property=\"og:url\" content=\"{address}\">")), "{page}");
    for part in ["<svg", ".jws\"", ".cap\"", ".json\"", "data-verify=\"/notices/ntc_", "href=\"/manage\""] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("ofc_") && !page.contains("Officer "), "officers stay without names: {page}");
    let is_whole = page.contains("<main id=\"main\"") && page.matches("<h1").count() == 1;
    assert!(
        is_whole && !page.contains(" style=") && !page.contains("onclick") && page.len() < 60_000,
        "{}",
        page.len()
    );
}

#[tokio::test]
async fn exercise_and_test_are_unmistakable() {
    let site = Site::new().await;
    for (status, words, look) in
        [(Status::Exercise, ["EXERCISE", "अभ्यास"], "exercise"), (Status::Test, ["TEST", "परीक्षण"], "test")]
    {
        let path = path(&publish(&site, |content| content.status = Some(status)).await);
        for (lang, word) in ["en", "hi"].into_iter().zip(words) {
            let page = site.get(&path).reader(lang).page(200).await;
            assert!(page.contains(&format!("<title>{word}: ")), "{page}");
            assert!(page.contains(&format!("<h1><b class=\"mark\">{word}</b> ")), "{page}");
            assert!(page.contains(&format!("class=\"notice full severe {look}\"")), "{page}");
            let list = site.get("/archive").reader(lang).page(200).await;
            assert!(list.contains(&format!("<b class=\"mark\" data-field=\"status\">{word}</b> ")), "{list}");
        }
    }
}

#[tokio::test]
async fn notice_that_no_longer_counts_looks_like_it_and_leads_on() {
    let site = Site::new().await;
    let town = site.town();
    let (old, wrong) = (town.published().await, town.published().await);
    let new = town.followed_by(&old, Intent::Update).await;
    let cancel = town.followed_by(&wrong, Intent::Cancel).await;

    let page = site.get(&path(&old)).reader("en").page(200).await;
    assert!(page.contains("There is a newer notice") && page.contains(&format!("href=\"{}\"", path(&new))), "{page}");
    let page = site.get(&path(&new)).reader("en").page(200).await;
    assert!(page.contains("brings an earlier notice up to date") && page.contains(&format!("href=\"{}\"", path(&old))));
    let page = site.get(&path(&wrong)).reader("en").page(200).await;
    assert!(
        page.contains("This notice was taken back") && page.contains(&format!("href=\"{}\"", path(&cancel))),
        "{page}"
    );
    let page = site.get(&path(&cancel)).reader("en").page(200).await;
    assert!(
        page.contains("This takes back an earlier notice.")
            && page.contains("One officer and the department have signed")
    );

    let last = town.published().await;
    town.world.clock.advance(Duration::hours(2));
    let page = site.get(&path(&last)).reader("en").page(200).await;
    assert!(page.contains("No longer in force") && page.contains("notice full severe over"), "{page}");
    assert!(site.get("/archive").reader("hi").page(200).await.contains("अब लागू नहीं"));
}

#[tokio::test]
async fn hostile_words_come_out_as_words() {
    let site = Site::new().await;
    let hostile = "</title><script>alert(1)</script>\" onmouseover=\"x";
    let notice = publish(&site, |content| {
        for version in &mut content.languages {
            (version.headline, version.body) = (hostile.to_owned(), hostile.to_owned());
            version.instruction = hostile.to_owned();
        }
        content.area.description = hostile.to_owned();
    })
    .await;
    for path in [
        path(&notice),
        "/".to_owned(),
        "/archive".to_owned(),
        "/inbox".to_owned(),
        format!("/verify?q={}", id(&notice)),
    ] {
        let page = site.get(&path).page(200).await;
        assert!(page.contains("&#60;script&#62;alert(1)"), "{path}: {page}");
        assert!(!page.contains("<script>alert") && !page.contains("\" onmouseover"), "{path}: {page}");
    }
}

#[tokio::test]
async fn notice_that_somebody_changed_is_called_so() {
    let site = Site::new().await;
    let notice = site.town().published().await;
    // Whoever has the whole database changes the envelope, which no trigger allows anybody else.
    let pool = site.town().world.database.pool().await;
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("alter table notice disable trigger user").execute(&mut *tx).await.unwrap();
    let forge = "update notice set envelope = replace(envelope, '\"signature\":\"', '\"signature\":\"A') where id = $1";
    assert_eq!(sqlx::query(forge).bind(id(&notice).to_string()).execute(&mut *tx).await.unwrap().rows_affected(), 1);
    tx.commit().await.unwrap();
    let page = site.get(&path(&notice)).reader("en").page(200).await;
    assert!(page.contains("Do not trust this notice") && !page.contains("have signed this notice"), "{page}");
    assert!(!page.contains("id=\"share-text\""), "nobody is asked to pass it on");
    let answer = site.get(&format!("/verify?q={}", id(&notice))).reader("en").page(200).await;
    assert!(answer.contains("Not one of ours") && answer.contains("its signatures do not fit"), "{answer}");
}
