//! `GET /api/integrations/{slug}/status`

use mortise_tests::{ADA, Consent, GOOGLE, HUBSPOT, OUTLOOK, TestHub};

#[tokio::test]
async fn each_provider_connects_and_is_active() {
    let hub = TestHub::start().await;
    for slug in [GOOGLE, OUTLOOK, HUBSPOT] {
        assert_eq!(hub.status("ada", slug).await["status"], "not_connected");
        let page = hub.connect("ada", slug, &Consent::of(ADA)).await;
        assert!(page.text.contains("is connected"), "{}", page.text);
        assert_eq!(hub.status("ada", slug).await["status"], "active");
    }
}
