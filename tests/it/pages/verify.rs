//! Checking what somebody was sent.

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma};
use munadi_domain::{notice::Intent, vocabulary::Status};
use munadi_testkit::people::id;

use super::{Site, notice::publish};

const BOUNDARY: &str = "munadi-test";

async fn ask(site: &Site, text: &str) -> String {
    let form =
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"q\"\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n");
    let visit = site.post("/verify", "").reader("en");
    visit.with(&format!("multipart/form-data; boundary={BOUNDARY}"), form).page(200).await
}

fn answered(page: &str) -> &str {
    page.split("id=\"answer\"")
        .nth(1)
        .unwrap_or_else(|| panic!("no answer: {page}"))
        .split("</section>")
        .next()
        .unwrap()
}

#[track_caller]
fn check(page: &str, words: &[&str]) {
    let answer = answered(page);
    words.iter().for_each(|words| assert!(answer.contains(words), "{words}: {answer}"));
}

#[tokio::test]
async fn link_and_id_and_shared_text_are_real() {
    let site = Site::new().await;
    let notice = id(&site.town().published().await);
    let address = format!("https://munadi.test/notices/{notice}");
    for lang in ["en", "hi"] {
        let page = site.get(&format!("/notices/{notice}")).reader(lang).page(200).await;
        let shared = page.split("<textarea id=\"share-text\"").nth(1).unwrap().split('>').nth(1).unwrap();
        let shared = shared.split("</textarea").next().unwrap().to_owned();
        for text in [
            shared.clone(),
            shared.replace(&address, ""),
            address.clone(),
            notice.to_string(),
            format!("*{address}?in=hi*"),
        ] {
            check(&ask(&site, &text).await, &["Real", "It is in force until", "one of our notices"]);
        }
    }
    check(
        &site.get(&format!("/verify?q={notice}")).reader("en").page(200).await,
        &["Real", "two officers and of the department"],
    );
}

#[tokio::test]
async fn what_is_over_or_an_exercise_is_said() {
    let site = Site::new().await;
    let town = site.town();
    let (old, wrong) = (town.published().await, town.published().await);
    town.followed_by(&old, Intent::Update).await;
    town.followed_by(&wrong, Intent::Cancel).await;
    check(&ask(&site, &id(&old).to_string()).await, &["Real, but over", "a newer one has taken its place"]);
    check(&ask(&site, &id(&wrong).to_string()).await, &["Real, but over", "have taken it back"]);
    let drill = publish(&site, |content| content.status = Some(Status::Exercise)).await;
    check(&ask(&site, &id(&drill).to_string()).await, &["Real, but an EXERCISE", "Nothing has happened"]);
}

#[tokio::test]
async fn forged_and_changed_texts_are_not_ours() {
    let site = Site::new().await;
    let notice = id(&site.town().published().await);
    let no = "ntc_01jd6z3v9we7fbvk3xq5m8n2rt";
    check(
        &ask(&site, &format!("https://munadi.test/notices/{no}")).await,
        &["Not one of ours", "no notice with this number"],
    );
    check(&ask(&site, "कल से सभी बैंक बंद रहेंगे, पैसे निकाल लें").await, &["Not one of ours", "no notice with these words"]);
    for link in [format!("https://munadi.test.evil.in/notices/{notice}"), format!("evil.in/notices/{notice}")] {
        check(&ask(&site, &link).await, &["the link is not ours", "evil.in"]);
    }
    let page = ask(
        &site,
        &format!(
            "The Yamuna is below the danger mark.\nMove to higher ground now.\nhttps://munadi.test/notices/{notice}"
        ),
    )
    .await;
    check(&page, &["Not what we published", "word for word"]);
    assert!(page.contains("<del>below </del>") && page.contains("<ins>above </ins>"), "{page}");
    let page = ask(&site, "यमुना खतरे के निशान से ऊपर\nतुरंत इस खाते में 5000 रुपये भेजें").await;
    check(&page, &["Not what we published"]);
    assert!(page.contains(&format!("/notices/{notice}")), "the real one is shown: {page}");
}

#[tokio::test]
async fn picture_of_a_code_is_read_and_anything_else_is_refused() {
    let site = Site::new().await;
    let notice = id(&site.town().published().await);
    let address = format!("https://munadi.test/notices/{notice}");
    let page = site.picture(&png(&address)).page(200).await;
    check(&page, &["Real"]);
    assert!(page.contains(&address), "what the code says is shown: {page}");
    check(&site.picture(&png("https://evil.in/<script>")).page(200).await, &["Not one of ours", "evil.in"]);
    for bytes in [&b"hello"[..], &png("x")[..200]] {
        let page = site.picture(bytes).page(422).await;
        assert!(page.contains("We found no QR code") && page.contains("href=\"#picture\""), "{page}");
    }
    let page = site.picture(&vec![0; 6 * 1024 * 1024]).page(422).await;
    assert!(page.contains("send one of up to 5 MB"), "{page}");
    let page = site.get("/verify?q=").reader("hi").page(422).await;
    assert!(page.contains("कोई लिंक या पाठ चिपकाएँ"), "{page}");
}

impl Site {
    fn picture(&self, bytes: &[u8]) -> super::Visit<'_> {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"x.png\"\r\ncontent-type: image/png\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        self.post("/verify", "").reader("en").with(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }
}

fn png(text: &str) -> Vec<u8> {
    let code = qrcode::QrCode::new(text).unwrap();
    let (width, colors) = (code.width(), code.to_colors());
    let dark = |x: u32, y: u32| {
        let (x, y) = ((x as usize / 8).wrapping_sub(4), (y as usize / 8).wrapping_sub(4));
        x < width && y < width && colors[y * width + x] == qrcode::Color::Dark
    };
    let side = (width as u32 + 8) * 8;
    let picture = ImageBuffer::from_fn(side, side, |x, y| Luma([if dark(x, y) { 0_u8 } else { 255 }]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
