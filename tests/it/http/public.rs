//! What everyone may read: the archive, permanent addresses, feeds, the inbox, places, and what a verifier needs.

use munadi_domain::{content::DraftContent, notice::Intent, place::Places};
use munadi_services::notices::NoticeRecord;
use munadi_testkit::{AUDIENCE, people::id};
use munadi_transparency::{
    directory::KeyDirectory,
    key::PublicKey,
    verdict::Verdict,
    verify::{verify_from_root, verify_json},
};
use serde_json::{Value, json};

use super::{Answer, Api};

async fn publish(api: &Api, change: impl FnOnce(&mut DraftContent)) -> NoticeRecord {
    let mut content = api.town.content();
    change(&mut content);
    let town = &api.town;
    town.publish(&town.approve(&town.submit(&town.draft_of(&content).await).await).await).await
}

fn ids(page: &Value) -> Vec<String> {
    let notices = page["notices"].as_array().unwrap().iter();
    notices.map(|notice| notice["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn archive_is_searched_in_hindi_by_place_topic_and_time() {
    let api = Api::new().await;
    let flood = id(&publish(&api, |_| {}).await).to_string();
    let fire = id(&publish(&api, |content| {
        content.topic = Some("fire".parse().unwrap());
        content.area.pins = vec!["560001".parse().unwrap()];
        content.languages[0].headline = "आग की चेतावनी".to_owned();
    })
    .await)
    .to_string();
    let found = async |query: &str| ids(&api.get(&format!("/v1/archive?{query}")).send().await.expect(200));
    // खतरे, and चेतावनी as far as it was typed.
    assert_eq!(found("text=%E0%A4%96%E0%A4%A4%E0%A4%B0%E0%A5%87").await, std::slice::from_ref(&flood));
    assert_eq!(found("text=%E0%A4%9A%E0%A5%87%E0%A4%A4%E0%A4%BE%E0%A4%B5").await, std::slice::from_ref(&fire));
    assert_eq!(found("").await, [fire.clone(), flood.clone()]);
    assert_eq!(found("pin=110001").await, std::slice::from_ref(&flood));
    assert_eq!(found("pin=110001,560001").await, [fire.clone(), flood.clone()]);
    assert_eq!(found("topic=fire").await, std::slice::from_ref(&fire));
    assert_eq!(found("state=29").await, std::slice::from_ref(&fire));
    assert_eq!(found(&format!("department={}", api.town.department.id)).await, [fire.clone(), flood.clone()]);
    assert_eq!(found("from=2020-01-01T00:00:00Z&to=2020-01-02T05:30:00%2B05:30").await, [] as [String; 0]);
    assert_eq!(found("text=yamuna%27%20%7C%20%21%20%3A%2A%20%5C%20x").await, [] as [String; 0]);
}

#[tokio::test]
async fn pages_of_the_archive_lead_to_each_other() {
    let api = Api::new().await;
    for _ in 0..3 {
        publish(&api, |_| {}).await;
    }
    let (mut path, mut positions) = ("/v1/archive?limit=2&lang=hi".to_owned(), Vec::new());
    loop {
        let answer = api.get(&path).send().await;
        let page = answer.expect(200);
        positions.extend(page["notices"].as_array().unwrap().iter().map(|notice| notice["position"].as_i64().unwrap()));
        assert!(page["notices"][0]["headline"].as_str().unwrap().starts_with("यमुना"));
        let Some(link) = answer.headers.get("link") else { break };
        path = link.to_str().unwrap().trim_start_matches('<').split('>').next().unwrap().to_owned();
    }
    assert_eq!(positions, [3, 2, 1]);
}

#[tokio::test]
async fn permanent_address_has_the_exact_signed_bytes_for_ever() {
    let api = Api::new().await;
    let record = api.town.published().await;
    let path = format!("/notices/{}", id(&record));
    let signed = api.get(&format!("{path}.jws")).send().await;
    assert_eq!(signed.text(), record.envelope.as_deref().unwrap());
    assert_eq!(signed.header("content-type"), "application/jose+json");
    assert_eq!(signed.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(signed.header("last-modified").ends_with(" GMT"));
    let asked = api.get(&path).header("accept", "application/jose+json").send().await;
    assert_eq!((asked.body, asked.headers["vary"].to_str().unwrap()), (signed.body.clone(), "accept"));
    let known = api.get(&format!("{path}.jws")).header("if-none-match", signed.header("etag")).send().await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));

    let shown = api.get(&path).header("accept", "text/html").send().await;
    let notice = shown.expect(200);
    assert_eq!((&notice["state"], &notice["position"]), (&json!("published"), &json!(1)));
    assert_eq!(notice["payload"]["id"], id(&record).to_string());
    assert_eq!(notice["envelope"]["signatures"].as_array().unwrap().len(), 3);
    assert_eq!(api.get(&format!("{path}.json")).send().await.json(), notice);
    let known = api.get(&path).header("if-none-match", shown.header("etag")).send().await;
    assert_eq!(known.status, 304);
    api.town.followed_by(&record, Intent::Cancel).await;
    let ended = api.get(&path).header("if-none-match", shown.header("etag")).send().await;
    assert_eq!(ended.expect(200)["state"], "withdrawn");
    assert!(ended.json()["ended_by"].is_string() && ended.json()["ended_at"].is_string());
    let again = api.get(&format!("{path}.jws")).send().await;
    assert_eq!((again.body, again.headers["etag"].clone()), (signed.body.clone(), signed.headers["etag"].clone()));
}

#[tokio::test]
async fn what_is_not_published_has_no_public_address() {
    let api = Api::new().await;
    let draft = api.town.approved().await;
    let path = format!("/notices/{}", id(&draft));
    for path in [path.clone(), format!("{path}.jws"), format!("{path}.cap"), format!("/v1/archive/{}", id(&draft))] {
        api.get(&path).send().await.problem("not-found");
    }
    for name in ["x", "ntc_1.jws", "ntc_01jd6z3v9we7fbvk3xq5m8n2rt.exe", "..%2f..%2fetc", "%00"] {
        api.get(&format!("/notices/{name}")).send().await.problem("not-found");
    }
}

#[tokio::test]
async fn cap_alert_of_a_notice_is_read_back_as_what_was_signed() {
    let api = Api::new().await;
    let original = api.town.published().await;
    let update = api.town.followed_by(&original, Intent::Update).await;
    let answer = api.get(&format!("/notices/{}.cap", id(&update))).send().await;
    assert_eq!(answer.header("content-type"), "application/cap+xml");
    let alert = munadi_cap::parse(&answer.body).unwrap();
    assert_eq!((alert.source.identifier.as_str(), alert.references.len()), (id(&update).to_string().as_str(), 1));
    assert_eq!(alert.references[0].identifier, id(&original).to_string());
    let imported = munadi_cap::import(&answer.body, &Places::india().unwrap()).unwrap();
    assert_eq!(imported.content.languages, update.content.languages);
    assert_eq!(imported.content.area.pins, update.content.area.pins);
}

/// Elements are closed in the order in which they were opened, and names and texts are escaped; gives how often each element is there.
fn elements(xml: &str) -> std::collections::BTreeMap<String, usize> {
    let (mut open, mut count) = (Vec::new(), std::collections::BTreeMap::new());
    let body = xml.split_once("?>").map_or(xml, |(_, rest)| rest);
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert!(!text.contains('>') || !text.contains(']'), "{text}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name.to_owned())),
            None => {
                let name = tag.split([' ', '/', '\n']).next().unwrap().to_owned();
                *count.entry(name.clone()).or_default() += 1;
                if !tag.ends_with('/') {
                    open.push(name);
                }
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    count
}

#[tokio::test]
async fn feeds_have_the_newest_notices_and_say_which_are_over() {
    let api = Api::new().await;
    let original = publish(&api, |content| content.languages[1].headline = "Water & <mud> \"rise\"".to_owned()).await;
    let atom = api.get("/feeds/notices.atom?pin=110001").send().await;
    assert!(atom.header("content-type").starts_with("application/atom+xml"));
    let count = elements(atom.text());
    assert_eq!((count["feed"], count["entry"]), (1, 1));
    assert!(
        atom.text().contains("Water &amp; &lt;mud")
            && atom.text().contains(&format!("{AUDIENCE}/notices/{}", id(&original)))
    );
    let known = api.get("/feeds/notices.atom?pin=110001").header("if-none-match", atom.header("etag")).send().await;
    assert_eq!(known.status, 304);

    api.town.followed_by(&original, Intent::Cancel).await;
    let feed = api.get("/feeds/notices.json?lang=hi").send().await;
    assert_eq!(feed.header("content-type"), "application/feed+json");
    let feed = feed.json();
    assert_eq!(
        (&feed["version"], feed["items"].as_array().unwrap().len()),
        (&json!("https://jsonfeed.org/version/1.1"), 2)
    );
    let titles: Vec<_> = feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert!(titles[0].starts_with("[CANCELED] यमुना") && titles[1].starts_with("[WITHDRAWN] यमुना"), "{titles:?}");
    let changed = api.get("/feeds/notices.atom?pin=110001").header("if-none-match", atom.header("etag")).send().await;
    assert_eq!(changed.status, 200);
    assert_eq!(elements(changed.text())["entry"], 2);
    let none = api.get("/feeds/notices.atom?pin=560001").send().await;
    assert!(!elements(none.text()).contains_key("entry"));
}

#[tokio::test]
async fn inbox_is_read_from_either_end() {
    let api = Api::new().await;
    for _ in 0..3 {
        publish(&api, |_| {}).await;
    }
    let read = async |query: &str| api.get(&format!("/v1/inbox?pins=110001&{query}")).send().await.expect(200);
    let positions = |page: &Value| -> Vec<i64> {
        page["notices"].as_array().unwrap().iter().map(|notice| notice["position"].as_i64().unwrap()).collect()
    };
    let newest = read("limit=2").await;
    assert_eq!((positions(&newest), &newest["next"], &newest["position"]), (vec![3, 2], &json!(2), &json!(3)));
    assert_eq!(positions(&read("before=2").await), [1]);
    let since = read("after=1").await;
    assert_eq!((positions(&since), &since["reset"]), (vec![2, 3], &json!(false)));
    for (query, expected) in [("after=0&limit=2", vec![3, 2]), ("after=99", vec![3, 2, 1])] {
        let reset = read(query).await;
        assert_eq!((positions(&reset), &reset["reset"]), (expected, &json!(true)), "{query}");
    }
    assert_eq!(positions(&read("topics=fire").await), [] as [i64; 0]);
}

#[tokio::test]
async fn places_are_told_by_name() {
    let api = Api::new().await;
    let states = api.get("/v1/places/states").send().await.expect(200);
    assert!(states["states"].as_array().unwrap().len() >= 36);
    let districts = api.get("/v1/places/districts?state=7").send().await.expect(200);
    assert!(districts["districts"].as_array().unwrap().iter().all(|district| district["state"] == 7));
    let pin = api.get("/v1/places/pins/110001").send().await;
    assert_eq!(
        (&pin.expect(200)["state"]["name"], pin.header("cache-control")),
        (&json!("Delhi"), "public, max-age=3600")
    );
    api.get("/v1/places/pins/999999").send().await.problem("not-found");
}

#[tokio::test]
async fn verifier_finds_everything_it_needs() {
    let api = Api::new().await;
    let record = api.town.published().await;
    let about = api.get("/.well-known/munadi.json").send().await.expect(200);
    assert_eq!((&about["issuer"], &about["development"]), (&json!("munadi.test"), &json!(false)));
    let root: PublicKey = serde_json::from_value(about["root"].clone()).unwrap();
    let path = about["directory"].as_str().unwrap().strip_prefix(AUDIENCE).unwrap();
    let directory = api.get(path).send().await;
    let notice = api.get(&format!("/notices/{}.jws", id(&record))).send().await;
    let verdict = verify_from_root(&notice.body, &directory.body, &root, api.town.now());
    assert!(matches!(verdict, Verdict::Official(_)), "{verdict}");
    let verified = KeyDirectory::verify(&directory.body, &root).unwrap();
    assert!(matches!(verify_json(&notice.body, &verified, api.town.now()), Verdict::Official(_)));
    let known = api.get(path).header("if-none-match", directory.header("etag")).send().await;
    assert_eq!(known.status, 304);
    let jwks = api.get("/.well-known/jwks.json").send().await;
    assert_eq!(jwks.json()["keys"][0]["alg"], "ES256");
    let vapid = about["vapid_public_key"].as_str().unwrap();
    assert_eq!(vapid.len(), 87);
    let security: Answer = api.get("/.well-known/security.txt").send().await;
    assert!(security.text().starts_with("Contact: mailto:security@munadi.test\nExpires: 20"));
}
