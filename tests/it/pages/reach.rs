//! Who carries notices: the public share, and what each citizen is told of the push service in between.

use munadi_domain::subscription::{Foreign, PushPolicy};
use munadi_push_sink::Subscriber;

use super::Site;
use crate::crowd;

fn policy(foreign: Foreign) -> PushPolicy {
    PushPolicy { own_hosts: vec!["push.gov.example".to_owned()], foreign }
}

/// So many subscriptions at each provider.
async fn subscribe(site: &Site, providers: &[(&str, usize)]) {
    let database = &site.town().world.database;
    let device = Subscriber::generate().unwrap();
    for (provider, count) in providers {
        let base = format!("https://{provider}.example/");
        crowd::settle(database, &base, &device, &crowd::neighbors(*count)).await;
        let named = "update subscription set provider = $1 where provider = 'sink'";
        sqlx::query(named).bind(*provider).execute(&database.pool().await).await.unwrap();
    }
}

#[tokio::test]
async fn share_is_shown_as_a_picture_with_the_same_in_words() {
    let site = Site::with_policy(policy(Foreign::WakeUp)).await;
    subscribe(&site, &[("google", 100), ("own", 60), ("mozilla", 30), ("ntfy.asha", 9), ("push.gov.example", 1)]).await;
    let page = site.get("/reach").reader("en").page(200).await;
    assert!(page.contains("31 % of those who get notifications need no outside company."), "{page}");
    assert!(page.contains("Bar: 31 % through this government’s own push service, 69 % through outside companies."));
    assert!(page.contains("<rect class=\"bar\" width=\"31\"") && page.contains("At least 200 browsers"), "{page}");
    for (name, percent) in [("Google (Chrome, Android)", 50), ("Mozilla (Firefox)", 15), ("Others", 5)] {
        let rest = page.split_once(&format!("<th scope=\"row\">{name}")).unwrap().1;
        assert!(rest.split_once("</tr>").unwrap().0.contains(&format!(">{percent} %<")), "{name}: {page}");
    }
    assert!(!page.contains("asha"), "a host of a few may be somebody's own");
    let hindi = site.get("/reach").reader("hi").page(200).await;
    assert!(hindi.contains("31 % को किसी बाहरी कंपनी की ज़रूरत नहीं है।") && hindi.contains("मोज़िला"), "{hindi}");

    let data = site.api.get("/v1/reach").send().await;
    assert_eq!(data.header("cache-control"), "public, max-age=60");
    let data = data.expect(200);
    assert_eq!(
        (&data["at_least"], &data["own_percent"], &data["foreign"]),
        (&200.into(), &31.into(), &"wake-up".into())
    );
    assert_eq!(data["providers"][0], serde_json::json!({ "provider": "google", "percent": 50 }));
}

#[tokio::test]
async fn nobody_and_few_are_said_honestly() {
    let site = Site::with_policy(policy(Foreign::Full)).await;
    let page = site.get("/reach").reader("en").page(200).await;
    assert!(page.contains("Nobody has turned on notifications here yet") && !page.contains("<svg class=\"share"));
    assert!(page.contains("how long it matters"), "the policy's words: {page}");
    let data = site.api.get("/v1/reach").send().await.expect(200);
    assert_eq!((&data["at_least"], data.get("own_percent")), (&0.into(), None));

    let site = Site::with_policy(PushPolicy::default()).await;
    subscribe(&site, &[("google", 2), ("own", 1)]).await;
    let page = site.get("/reach").reader("en").page(200).await;
    assert!(page.contains("30 % of those") && page.contains("Fewer than ten browsers"), "{page}");
    assert!(!page.contains("Google"), "two are not told by provider: {page}");
    assert!(page.contains("There is no push service of this government’s own here yet."), "{page}");
}

/// Where nothing goes to outside companies, those who depend on one do not “get notifications”.
#[tokio::test]
async fn share_is_said_truthfully_where_nothing_goes_abroad() {
    let site = Site::with_policy(policy(Foreign::Off)).await;
    subscribe(&site, &[("own", 30), ("mozilla", 10)]).await;
    let page = site.get("/reach").reader("en").page(200).await;
    assert!(page.contains("75 % of the browsers that turned on notifications get them"), "{page}");
    assert!(page.contains("Nothing is sent to the others.") && !page.contains("need no outside company"), "{page}");
}

#[tokio::test]
async fn pages_do_not_count_each_time_they_are_shown() {
    let site = Site::with_policy(policy(Foreign::WakeUp)).await;
    let page = site.get("/reach").reader("en").page(200).await;
    subscribe(&site, &[("google", 20)]).await;
    assert_eq!(site.get("/reach").reader("en").page(200).await, page);
}

/// What the page brings for the script that says whose push service a browser has.
fn words(page: &str) -> serde_json::Value {
    let data = page.split_once("data-push-services=\"").unwrap().1.split_once('"').unwrap().0;
    serde_json::from_str(&data.replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&")).unwrap()
}

#[tokio::test]
async fn each_policy_is_told_truthfully_where_notifications_are_turned_on_and_looked_at() {
    for (foreign, said) in [
        (Foreign::WakeUp, "your browser fetches the text from us"),
        (Foreign::Full, "They are locked on the way"),
        (Foreign::Off, "no notification comes to you"),
    ] {
        let site = Site::with_policy(policy(foreign)).await;
        let inbox = site.get("/inbox").cookie("inbox=110001~~en").reader("en").page(200).await;
        let manage = site.get("/manage").reader("en").page(200).await;
        for page in [&inbox, &manage] {
            let words = words(page);
            let text = |name: &str| words["texts"][name].as_str().unwrap().to_owned();
            assert!(text("mozilla").contains("through Mozilla’s push service") && text("mozilla").contains(said));
            assert!(text("host").contains("the push service at {host}") && text("host").contains(said));
            assert!(text("own").contains("No other company takes part."));
            assert_eq!(
                (&words["own"][0], &words["is_sent"]),
                (&"push.gov.example".into(), &(foreign != Foreign::Off).into())
            );
        }
        // Before the tap.
        let warned = inbox.contains("If your browser uses another company’s, as most do, you get none.");
        assert_eq!((warned, inbox.contains("id=\"allow\"")), (foreign == Foreign::Off, true));
        let privacy = site.get("/privacy").reader("en").page(200).await;
        let given = ["no text at all", "the text of a notice locked", "other companies nothing"];
        let given = given.iter().filter(|words| privacy.contains(**words)).count();
        assert!(given == 1 && privacy.contains("href=\"/reach\""), "{privacy}");
    }
}

#[tokio::test]
async fn where_nobody_can_get_notifications_none_are_offered() {
    let site = Site::with_policy(PushPolicy { own_hosts: Vec::new(), foreign: Foreign::Off }).await;
    let page = site.get("/inbox").cookie("inbox=110001~~en").reader("en").page(200).await;
    assert!(page.contains("We send no notifications at present.") && !page.contains("id=\"allow\""), "{page}");
}
