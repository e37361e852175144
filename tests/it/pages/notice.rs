//! A notice's page.

use super::Site;

#[tokio::test]
async fn notice_that_is_none_has_a_page_that_says_so() {
    let site = Site::new().await;
    for name in ["x", "ntc_01jd6z3v9we7fbvk3xq5m8n2rt"] {
        let page = site.get(&format!("/notices/{name}")).reader("hi").page(404).await;
        assert!(page.contains("<html lang=\"hi\""), "{page}");
    }
}
