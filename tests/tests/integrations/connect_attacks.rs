//! Callbacks that are not what they say: each ends on a page, and nothing is kept of it.

use mortise_tests::{ADA, Answer, BOB, Browser, Consent, GOOGLE, Kept, OUTLOOK, TestHub};

use crate::support::{assert_refused, exchanges, parameter, with_parameter};

/// A hub where Bob is connected, so that there is something to leave alone, and what it keeps.
async fn hub_with_bob() -> (TestHub, Kept) {
    let hub = TestHub::start().await;
    hub.connect("bob", GOOGLE, &Consent::of(BOB)).await;
    let kept = hub.rows.kept().await;
    assert_eq!((kept.integrations.len(), kept.tokens.len()), (1, 1));
    (hub, kept)
}

/// The callback is refused with this status and reason, and the database stays as it was.
async fn refuses(
    (hub, kept): &(TestHub, Kept),
    browser: &Browser,
    callback: &str,
    (status, why): (u16, &str),
) -> Answer {
    let page = browser.open(callback).await;
    assert_refused(&page, status, why);
    assert_eq!(&hub.rows.kept().await, kept);
    page
}

const EXPIRED: (u16, &str) = (400, "expired or was used already");
const OTHER_BROWSER: (u16, &str) = (403, "begun in another browser");

#[tokio::test]
async fn a_replayed_state_is_refused() {
    let (hub, _) = hub_with_bob().await;
    let browser = hub.browser();
    let callback = hub.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    browser.open(&callback).await.expect(200);
    let kept = hub.rows.kept().await;
    assert_eq!(kept.integrations.len(), 2);
    let before = exchanges(&hub);
    let hub = (hub, kept);
    refuses(&hub, &browser, &callback, EXPIRED).await;
    assert_eq!(exchanges(&hub.0), before, "the code was not sent a second time");
}

#[tokio::test]
async fn an_expired_state_is_refused() {
    let hub = hub_with_bob().await;
    let browser = hub.0.browser();
    let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    hub.0.clock.advance(600);
    let before = exchanges(&hub.0);
    refuses(&hub, &browser, &callback, EXPIRED).await;
    assert_eq!(exchanges(&hub.0), before);
}

#[tokio::test]
async fn a_made_up_state_and_none_are_refused() {
    let hub = hub_with_bob().await;
    let browser = hub.0.browser();
    let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    let made_up = "x".repeat(43);
    for state in [Some(made_up.as_str()), Some(""), Some("%00"), None] {
        let forged = with_parameter(&callback, "state", state);
        refuses(&hub, &browser, &forged, EXPIRED).await;
    }
    browser.open(&callback).await.expect(200);
}

#[tokio::test]
async fn another_user_s_state_is_refused_in_the_wrong_browser() {
    let hub = hub_with_bob().await;
    let (ada, mallory) = (hub.0.browser(), hub.0.browser());
    let callback_of_ada = hub.0.up_to_callback(&ada, "ada", GOOGLE, &Consent::of(ADA)).await;
    // Mallory has a browser cookie of his own, out of an attempt of his own.
    hub.0.up_to_callback(&mallory, "mallory", GOOGLE, &Consent::of("mallory@example.com")).await;
    refuses(&hub, &mallory, &callback_of_ada, OTHER_BROWSER).await;
    // The attempt is over with that: whoever saw the address cannot try on.
    refuses(&hub, &ada, &callback_of_ada, EXPIRED).await;
}

#[tokio::test]
async fn an_attacker_s_finished_consent_is_refused_in_the_victim_s_browser() {
    let hub = hub_with_bob().await;
    let (mallory, ada) = (hub.0.browser(), hub.0.browser());
    let consent = Consent::of("mallory@example.com");
    let trap = hub.0.up_to_callback(&mallory, "mallory", GOOGLE, &consent).await;
    refuses(&hub, &ada, &trap, OTHER_BROWSER).await;
}

#[tokio::test]
async fn a_browser_without_the_cookie_is_refused() {
    let hub = hub_with_bob().await;
    let browser = hub.0.browser();
    let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    assert!(!browser.cookies().is_empty());
    browser.forget_cookies();
    refuses(&hub, &browser, &callback, OTHER_BROWSER).await;
}

#[tokio::test]
async fn an_attempt_that_no_browser_opened_is_refused() {
    let hub = hub_with_bob().await;
    let browser = hub.0.browser();
    let link = hub.0.connect_link("ada", GOOGLE).await;
    let state = link.rsplit('/').next().unwrap();
    let callback =
        format!("{}/api/integrations/google-calendar/callback?state={state}&code=4/0x", hub.0.url);
    refuses(&hub, &browser, &callback, OTHER_BROWSER).await;
}

#[tokio::test]
async fn a_state_of_another_provider_is_refused() {
    let hub = hub_with_bob().await;
    let browser = hub.0.browser();
    let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    let crossed = callback.replace(GOOGLE, OUTLOOK);
    refuses(&hub, &browser, &crossed, (400, "belongs to another provider than Outlook")).await;
    assert_eq!(hub.0.sandbox.microsoft().requests(), [], "the code went to nobody else");
}

#[tokio::test]
async fn a_wrong_issuer_is_refused() {
    let hub = hub_with_bob().await;
    for issuer in [
        "https://evil.test",
        "https://accounts.google.com/",
        "https://accounts.google.com.evil.test",
        "",
    ] {
        let browser = hub.0.browser();
        let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
        assert_eq!(parameter(&callback, "iss").unwrap(), "https://accounts.google.com");
        let before = exchanges(&hub.0);
        let mixed_up = with_parameter(&callback, "iss", Some(issuer));
        refuses(&hub, &browser, &mixed_up, (400, "does not come from Google Calendar")).await;
        assert_eq!(exchanges(&hub.0), before, "the code went to nobody");
    }
}

#[tokio::test]
async fn a_user_who_says_no_stays_unconnected() {
    let hub = hub_with_bob().await;
    let browser = hub.0.browser();
    let no = Consent { deny: true, ..Consent::of(ADA) };
    let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &no).await;
    assert_eq!(parameter(&callback, "error").unwrap(), "access_denied");
    refuses(&hub, &browser, &callback, (400, "did not grant access (access_denied)")).await;
    assert_eq!(hub.0.status("ada", GOOGLE).await["status"], "not_connected");
}

#[tokio::test]
async fn the_text_of_an_error_does_not_reach_the_page() {
    let hub = hub_with_bob().await;
    let browser = hub.0.browser();
    let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
    let forged = with_parameter(&callback, "error", Some("<img src=x onerror=alert(1)>{{back}}"));
    let page = refuses(&hub, &browser, &forged, (400, "did not grant access")).await;
    assert!(!page.text.contains("<img") && !page.text.contains("{{"), "{}", page.text);
}

#[tokio::test]
async fn an_answer_with_neither_code_nor_error_is_refused() {
    let hub = hub_with_bob().await;
    for code in [None, Some("")] {
        let browser = hub.0.browser();
        let callback = hub.0.up_to_callback(&browser, "ada", GOOGLE, &Consent::of(ADA)).await;
        let without = with_parameter(&callback, "code", code);
        refuses(&hub, &browser, &without, (400, "an answer without a code")).await;
    }
}

#[tokio::test]
async fn a_code_of_another_attempt_is_refused_for_its_verifier() {
    let hub = hub_with_bob().await;
    let (ada, mallory) = (hub.0.browser(), hub.0.browser());
    let stolen = hub.0.up_to_callback(&ada, "ada", GOOGLE, &Consent::of(ADA)).await;
    let own = Consent::of("mallory@example.com");
    let own = hub.0.up_to_callback(&mallory, "mallory", GOOGLE, &own).await;
    let injected = with_parameter(&own, "code", parameter(&stolen, "code").as_deref());
    refuses(&hub, &mallory, &injected, (502, "the vendor refused the grant (invalid_grant)")).await;
    ada.open(&stolen).await.expect(200);
}

#[tokio::test]
async fn a_refused_user_finds_the_way_back_to_the_application() {
    let hub = TestHub::options()
        .set("oauth.return_to", "https://app.example.com/settings")
        .set("oauth.opener_origins", "https://app.example.com")
        .start()
        .await;
    let path = "/api/integrations/google-calendar/connect\
                ?return_to=https://app.example.com/settings?a=%22%3E\
                &opener_origin=https://app.example.com";
    let link = hub.as_user("ada").get(path).await.expect(200);
    let browser = hub.browser();
    let vendor = hub.lead_on(&browser, link.body["url"].as_str().unwrap()).await;
    let no = Consent { deny: true, ..Consent::of(ADA) };
    let page = browser.open(&hub.consent(GOOGLE, &vendor, &no)).await;
    assert_refused(&page, 400, "did not grant access");
    assert!(page.text.contains("<a href=\"https://app.example.com/settings?a="), "{}", page.text);
    assert!(!page.text.contains("?a=\">"), "the address cannot leave its attribute");
    assert!(page.text.contains(r#""type":"failed""#) && page.text.contains(r#""error":"denied""#));
    assert!(page.text.contains("const opener_origin = \"https://app.example.com\";"));
}

#[tokio::test]
async fn a_callback_for_a_provider_that_there_is_not_is_a_problem() {
    let hub = TestHub::start().await;
    let answer = hub.anonymous().get("/api/integrations/nothing/callback?state=x&code=y").await;
    assert_eq!(answer.refusal(), (404, "unknown-provider"));
}
