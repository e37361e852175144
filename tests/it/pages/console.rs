//! The console as officers use it: forms, cookies, and signatures that their devices make.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use munadi_domain::{
    access::Role,
    id::OfficerId,
    notice::State,
    subscription::{Foreign, PushPolicy},
};
use munadi_services::people::Admin;
use munadi_testkit::{TestOfficer, people::id};
use munadi_transparency::notice::Role as SigningRole;

use super::{Site, Visit};
use crate::http::Answer;

const FLOOD: &[(&str, &str)] = &[
    ("status", "Actual"),
    ("topic", "flood"),
    ("category", "Met"),
    ("severity", "Severe"),
    ("urgency", "Expected"),
    ("certainty", "Likely"),
    ("description", "Below <Turtipar>"),
    ("pins", "221701, 221711 110001"),
    ("lang-0", "hi"),
    ("headline-0", "घाघरा में बाढ़ <b>चेतावनी</b>"),
    ("body-0", "पानी बढ़ रहा है।"),
    ("instruction-0", "ऊँची जगह जाएँ।"),
    ("lang-1", "en"),
    ("headline-1", "Flood warning for the Ghaghara"),
    ("body-1", "The water is rising fast."),
    ("instruction-1", "Go to high ground."),
];

/// A form as a browser encodes it.
fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// A browser in which somebody is signed in.
struct Browser<'a> {
    site: &'a Site,
    cookie: String,
}

impl<'a> Browser<'a> {
    async fn of(site: &'a Site, officer: OfficerId) -> Self {
        let session = site.town().world.sign_in.start_browser_session(officer).await.unwrap();
        Self { site, cookie: format!("__Host-munadi={}", session.cookie.secret.expose()) }
    }

    async fn page(&self, path: &str, status: u16) -> String {
        self.site.get(path).cookie(&self.cookie).page(status).await
    }

    fn visit(&self, path: &str, fields: &[(&str, &str)]) -> Visit<'a> {
        self.site.post(path, &form(fields)).cookie(&self.cookie)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.visit(path, fields).send().await
    }

    /// Where a form leads that is accepted.
    async fn follow(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        answer.header("location").to_owned()
    }

    /// A new notice that says this; its address.
    async fn write(&self, fields: &[(&str, &str)]) -> String {
        let edit = self.follow("/console/notices/new", fields).await;
        edit.split("/edit").next().unwrap().to_owned()
    }
}

/// The flood warning, until a time that is near.
fn flood(site: &Site) -> Vec<(&'static str, String)> {
    let ends = site.town().now() + time::Duration::hours(12);
    let ends = ends.to_offset(time::UtcOffset::from_hms(5, 30, 0).unwrap());
    let (date, clock) = (ends.date(), ends.time());
    let expires = format!("{date}T{:02}:{:02}", clock.hour(), clock.minute());
    let fields = FLOOD.iter().map(|(name, value)| (*name, (*value).to_owned()));
    fields.chain([("expires", expires)]).collect()
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// What stands between two texts of a page.
#[track_caller]
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("{before} is not in {page}")).1;
    rest.split_once(after).unwrap().0
}

fn revision(page: &str) -> String {
    between(page, "name=\"revision\" value=\"", "\"").to_owned()
}

/// The fields that the officer's device fills in.
fn signed(site: &Site, officer: &TestOfficer, role: SigningRole, page: &str) -> [(&'static str, String); 3] {
    let payload = BASE64_URL_SAFE_NO_PAD.decode(between(page, "data-payload=\"", "\"")).unwrap();
    assert!(page.contains(&format!("data-officer=\"{}\"", officer.officer.id)));
    assert!(page.contains("&#34;kid&#34;"), "the officer's key is named");
    let signature = officer.sign(role, &payload, site.town().now());
    let form = &page[page.find("data-sign").unwrap()..];
    [("revision", revision(form)), ("protected", signature.protected), ("signature", signature.signature)]
}

#[tokio::test]
async fn two_officers_bring_a_notice_to_the_people_by_forms() {
    let site = Site::new().await;
    let town = site.town();
    let author = Browser::of(&site, town.author.officer.id).await;
    let fields = flood(&site);
    let notice = author.write(&borrowed(&fields)).await;
    let edit = author.page(&format!("{notice}/edit"), 200).await;
    assert!(edit.contains("घाघरा में बाढ़ &#60;b&#62;चेतावनी&#60;/b&#62;"), "what was typed is shown as text: {edit}");
    assert!(edit.contains("Ballia"), "the places it covers are named");
    author.page(&format!("{notice}/preview"), 200).await;

    let sign = author.page(&format!("{notice}/sign"), 200).await;
    assert!(!sign.contains("data-sign"), "nothing is signed before it is frozen");
    author.follow(&format!("{notice}/freeze"), &[("revision", &revision(&sign))]).await;
    let sign = author.page(&format!("{notice}/sign"), 200).await;
    let signature = signed(&site, &town.author, SigningRole::Author, &sign);
    author.follow(&format!("{notice}/submit"), &borrowed(&signature)).await;
    let own = author.page(&notice, 200).await;
    assert!(own.contains("You wrote this notice") && !own.contains("data-sign"), "{own}");

    let approver = Browser::of(&site, town.approver.officer.id).await;
    assert!(approver.page("/console", 200).await.contains("One notice to read and approve"));
    let review = approver.page(&notice, 200).await;
    assert!(!review.contains("data-sign"), "first every language is read");
    let ticked = [("revision", revision(&review)), ("languages", "hi".to_owned()), ("languages", "en".to_owned())];
    approver.follow(&format!("{notice}/languages"), &borrowed(&ticked)).await;
    let review = approver.page(&notice, 200).await;
    let signature = signed(&site, &town.approver, SigningRole::Approver, &review);
    approver.follow(&format!("{notice}/approve"), &borrowed(&signature)).await;
    assert!(approver.page(&notice, 200).await.contains("waits for an officer who may publish"));

    let publisher = Browser::of(&site, town.publisher.officer.id).await;
    let page = publisher.page(&notice, 200).await;
    let revision = revision(&page);
    for word in ["Exercise", "yes", ""] {
        let answer = publisher.post(&format!("{notice}/publish"), &[("revision", &revision), ("word", word)]).await;
        assert_eq!(answer.status, 422, "{word}");
        assert!(answer.text().contains("That is not the word"), "{word}");
    }
    publisher.follow(&format!("{notice}/publish"), &[("revision", &revision), ("word", "वास्तविक")]).await;
    let page = publisher.page(&notice, 200).await;
    assert!(page.contains(&format!("data-follow=\"{notice}/progress\"")) && page.contains("Delivery"), "{page}");
    let follow = author.follow(&format!("{notice}/cancel"), &[]).await;
    assert!(author.page(&follow, 200).await.contains("Take a notice back"));
}

#[tokio::test]
async fn colleagues_who_write_at_once_lose_nothing() {
    let site = Site::new().await;
    let author = Browser::of(&site, site.town().author.officer.id).await;
    let deputy = Browser::of(&site, site.town().deputy.officer.id).await;
    let notice = author.write(&borrowed(&flood(&site))).await;
    let edit = format!("{notice}/edit");
    let seen = revision(&author.page(&edit, 200).await);
    let with = |headline: &str| -> Vec<(&'static str, String)> {
        let mut fields = flood(&site);
        fields.iter_mut().filter(|(name, _)| *name == "headline-1").for_each(|field| field.1 = headline.to_owned());
        fields.push(("revision", seen.clone()));
        fields
    };
    deputy.follow(&edit, &borrowed(&with("The deputy's headline"))).await;
    let saved = author.post(&format!("{notice}/save"), &borrowed(&with("The author's headline"))).await;
    assert_eq!((saved.status.as_u16(), saved.json()["state"].as_str()), (409, Some("conflict")));
    let conflict = author.post(&edit, &borrowed(&with("The author's headline"))).await;
    assert_eq!(conflict.status, 409);
    let page = conflict.text();
    assert!(page.contains("The deputy&#39;s headline") && page.contains("The author&#39;s headline"), "{page}");
    let mut again = with("Both headlines");
    again.iter_mut().filter(|(name, _)| *name == "revision").for_each(|field| field.1 = revision(page));
    author.follow(&edit, &borrowed(&again)).await;
    assert!(deputy.page(&edit, 200).await.contains("Both headlines"));
}

#[tokio::test]
async fn what_is_missing_stands_beside_its_field_in_the_readers_language() {
    let site = Site::new().await;
    let author = Browser::of(&site, site.town().author.officer.id).await;
    let notice = author.write(&[("lang-0", "hi"), ("headline-0", ""), ("body-0", ""), ("instruction-0", "")]).await;
    let next = author.follow(&format!("{notice}/edit"), &[("revision", "1"), ("do", "sign"), ("pins", "110001")]).await;
    assert!(next.ends_with("edit?check=1"), "{next}");
    let page = site.get(&format!("{next}&lang=hi")).cookie(&author.cookie).page(200).await;
    assert!(page.contains("कम से कम एक भाषा में सूचना लिखें।") && page.contains("aria-invalid=\"true\""), "{page}");
    let typed = [("revision", "2"), ("pins", "110001 Delhi"), ("description", "kept")];
    let answer = author.post(&format!("{notice}/edit"), &typed).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("Not a PIN code: Delhi") && answer.text().contains("value=\"kept\""));
}

#[tokio::test]
async fn only_those_who_may_get_in_and_only_from_our_own_pages() {
    let site = Site::new().await;
    let answer = site.get("/console/notices?state=draft").send().await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/console/sign-in?next=%2Fconsole%2Fnotices%3Fstate%3Ddraft");
    let approver = Browser::of(&site, site.town().approver.officer.id).await;
    for path in ["/console/notices/new", "/console/people", "/console/systems", "/console/operator"] {
        approver.page(path, 403).await;
    }
    let author = Browser::of(&site, site.town().author.officer.id).await;
    let foreign = site.ask(hyper::Method::POST, "/console/notices/new").cookie(&author.cookie);
    let foreign = foreign.header("sec-fetch-site", "cross-site").header("origin", "https://evil.in");
    let foreign = foreign.body("application/x-www-form-urlencoded", form(FLOOD)).send().await;
    assert_eq!(foreign.status, 403);
    assert!(site.town().notices.list(site.town().author.reader(), Default::default()).await.unwrap().is_empty());
    let draft = site.town().draft().await;
    let other = site.town().world.department(site.town().platform, "fire").await;
    let stranger = site.town().world.officer(&other, "drafter.fire", &[Role::Drafter]).await;
    let stranger = Browser::of(&site, stranger.id).await;
    stranger.page(&format!("/console/notices/{}/edit", draft.notice.head().id), 404).await;
}

#[tokio::test]
async fn first_sign_in_takes_a_new_password_and_says_nothing_to_strangers() {
    let site = Site::new().await;
    let town = site.town();
    let admin = Admin::Department(town.department.rights());
    let handed = town.world.people.reset_password(admin, town.author.officer.id).await.unwrap();
    let enter = async |fields: &[(&str, &str)]| site.post("/console/sign-in", &form(fields)).send().await;
    let wrong = enter(&[("name", "author.floods"), ("password", "wrong")]).await;
    let nobody = enter(&[("name", "nobody"), ("password", "wrong")]).await;
    assert_eq!((wrong.status.as_u16(), nobody.status.as_u16()), (422, 422));
    assert_eq!(wrong.text().replace("author.floods", "nobody"), nobody.text());
    let name = ("name", "author.floods");
    let first = enter(&[name, ("password", handed.expose())]).await;
    assert!(first.status == 200 && first.text().contains("name=\"new_password\""), "{}", first.text());
    let new = "three words for me";
    let unlike = [name, ("password", handed.expose()), ("new_password", new), ("new_password_again", "other")];
    assert_eq!(enter(&unlike).await.status, 422);
    let good = [name, ("password", handed.expose()), ("new_password", new), ("new_password_again", new)];
    let good = [&good[..], &[("next", "//evil.in")]].concat();
    let entered = enter(&good).await;
    assert_eq!((entered.status.as_u16(), entered.header("location")), (303, "/console"));
    let cookie = entered.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-munadi=") && cookie.contains("HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let home = site.get("/console").cookie(cookie).page(200).await;
    assert!(!home.contains(handed.expose()) && !home.contains(new));
    let out = site.post("/console/sign-out", "").cookie(cookie).send().await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(site.get("/console").cookie(cookie).send().await.status, 303);
}

#[tokio::test]
async fn reviewer_sees_what_changed_and_sends_back() {
    let site = Site::new().await;
    let town = site.town();
    let review = town.submitted().await;
    let path = format!("/console/notices/{}", review.notice.head().id);
    let approver = Browser::of(&site, town.approver.officer.id).await;
    let seen = revision(&approver.page(&path, 200).await);
    let silent = approver.post(&format!("{path}/return"), &[("revision", &seen), ("comment", " ")]).await;
    assert_eq!(silent.status, 422);
    approver.follow(&format!("{path}/return"), &[("revision", &seen), ("comment", "Name <the> villages")]).await;
    let author = Browser::of(&site, town.author.officer.id).await;
    assert!(author.page("/console", 200).await.contains("One notice came back to you"));
    assert!(author.page(&format!("{path}/edit"), 200).await.contains("Name &#60;the&#62; villages"));
    let draft = town.show(review.notice.head().id).await;
    let mut content = draft.content.clone();
    content.languages[0].headline = "A new headline".to_owned();
    let head = draft.notice.head();
    let edited = town.notices.edit(&town.author.drafter(), head.id, head.revision, &content).await.unwrap();
    let again = town.submit(&edited).await;
    assert_eq!(again.notice.state(), State::InReview);
    let page = approver.page(&path, 200).await;
    assert!(page.contains("<del>") && page.contains("<ins>") && page.contains("new headline"), "{page}");
}

#[tokio::test]
async fn every_page_of_the_console_is_there_in_both_languages() {
    let site = Site::new().await;
    let town = site.town();
    let published = town.published().await;
    let admin = Browser::of(&site, town.department.admin.id).await;
    let operator = Browser::of(&site, town.platform.officer).await;
    let deputy = Browser::of(&site, town.deputy.officer.id).await;
    let notice = format!("/console/notices/{}", published.notice.head().id);
    for lang in ["en", "hi"] {
        for (who, path) in [
            (&admin, "/console"),
            (&admin, "/console/notices"),
            (&admin, "/console/keys"),
            (&admin, "/console/people"),
            (&admin, "/console/systems"),
            (&admin, "/console/limits"),
            (&operator, "/console"),
            (&operator, "/console/people"),
            (&operator, "/console/operator"),
            (&operator, "/console/departments"),
            (&deputy, "/console/notices/new"),
            (&deputy, "/console/keys"),
            (&deputy, &notice),
        ] {
            let page = who.page(&format!("{path}?lang={lang}"), 200).await;
            assert!(page.contains(&format!("<html lang=\"{lang}\"")) && page.matches("<h1").count() == 1, "{path}");
            assert!(!page.contains(" style=") && !page.contains("<style") && !page.contains(" onclick="), "{path}");
        }
    }
}

#[tokio::test]
async fn department_sees_how_many_phones_need_no_outside_company() {
    let site = Site::with_policy(PushPolicy { own_hosts: Vec::new(), foreign: Foreign::Off }).await;
    let author = Browser::of(&site, site.town().author.officer.id).await;
    let notice = id(&site.town().published().await);
    let path = format!("/console/notices/{notice}");
    assert!(!author.page(&path, 200).await.contains("outside company"), "nothing was tried yet");
    let pool = site.town().world.database.pool().await;
    for statement in [
        "insert into broadcast (notice_id, lane, audience, batches, started_at) values ($1, 'emergency', 1300, 1, now())",
        "insert into delivery_batch (notice_id, batch, subscription_ids, outcomes, updated_at) values ($1, 0, '{1}', '\\x01', now())",
        "insert into delivery_tally (notice_id, batch, provider, outcome, count)
         values ($1, 0, 'own', 1, 1200), ($1, 0, 'mozilla', 4, 60), ($1, 0, 'ntfy.example.org', 1, 40), ($1, 0, 'google', 2, 9)",
    ] {
        sqlx::query(statement).bind(notice.to_string()).execute(&pool).await.unwrap();
    }
    let page = author.page(&path, 200).await;
    assert!(page.contains("Reached without any outside company: 1,200 of 1,300 phones (92 %)."), "{page}");
    assert!(page.contains("<th scope=\"row\">This government’s own push service</th>"), "{page}");
    assert!(page.contains("<th scope=\"row\">ntfy.example.org</th>"), "{page}");
    assert!(page.contains("Phones that use one count as failed"), "the policy is off: {page}");
    let hindi = site.get(&path).cookie(&author.cookie).reader("hi").page(200).await;
    assert!(hindi.contains("1,300 में से 1,200 फ़ोन (92 %)"), "{hindi}");
}

#[tokio::test]
async fn admin_adds_an_officer_and_a_second_one_confirms_the_role() {
    let site = Site::new().await;
    let town = site.town();
    let admin = Browser::of(&site, town.department.admin.id).await;
    let new = [("display_name", "Asha & Co"), ("sign_in", "asha.floods"), ("roles", "drafter")];
    let added = admin.post("/console/people", &new).await;
    assert!(added.status == 200 && added.text().contains("Asha &#38; Co"), "{}", added.text());
    assert_eq!(added.header("cache-control"), "no-store");
    let twice = admin.post("/console/people", &new).await;
    assert_eq!(twice.status, 422);
    let people = admin.page("/console/people", 200).await;
    assert!(people.contains("another admin must confirm it"), "{people}");
    let second = town.world.officer(&town.department, "second.floods", &[Role::DepartmentAdmin]).await;
    let second = Browser::of(&site, second.id).await;
    let waits = second.page("/console/people", 200).await;
    let confirm = format!("/console/people/grants/{}", between(&waits, "action=\"/console/people/grants/", "\""));
    assert!(confirm.ends_with("/confirm"), "{confirm}");
    assert_eq!(admin.post(&confirm, &[]).await.status, 409, "not by the one who asked");
    second.follow(&confirm, &[]).await;
    assert!(!second.page("/console/people", 200).await.contains(&confirm));
}

#[tokio::test]
async fn platform_admin_makes_a_department_with_its_first_admin() {
    let site = Site::new().await;
    let operator = Browser::of(&site, site.town().platform.officer).await;
    let wrong = [("name_hi", "रेलवे"), ("slug", "-"), ("sign_in", "R Admin")];
    let refused = operator.post("/console/departments?lang=hi", &wrong).await;
    let said = refused.text();
    assert!(refused.status == 422 && said.contains("value=\"रेलवे\""), "{said}");
    assert!(said.contains("href=\"#slug\"") && said.contains("id=\"slug-fault\""), "{said}");
    let right = [("name_hi", "रेलवे"), ("slug", "railways"), ("display_name", "R. Admin"), ("sign_in", "rail.admin")];
    let made = operator.post("/console/departments", &right).await;
    assert!(made.status == 200 && made.text().contains("rail.admin"), "{}", made.text());
    assert_eq!(operator.post("/console/departments", &right).await.status, 422, "its short name is taken");
    assert!(operator.page("/console/departments", 200).await.contains("<code>railways</code>"));
    let admin = Browser::of(&site, site.town().department.admin.id).await;
    assert_eq!(admin.post("/console/departments", &right).await.status, 403);
}
